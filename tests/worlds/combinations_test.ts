import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { pnorm } from "lib-r-math";
import { columnOf, type Table } from "@understudy/understudy/core";
import {
  assignTreatments,
  declareConjoint,
  declareDesign,
  declareFactorial,
} from "@understudy/understudy/designs";
import { estimateAmce } from "@understudy/understudy/estimation";
import { choice, likert } from "@understudy/understudy/items";
import { samplePersonas } from "@understudy/understudy/personas";
import { composePrompt } from "@understudy/understudy/prompts";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { plotWorld } from "@understudy/understudy/plots";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import {
  declareWorld,
  explainWorld,
  type WorldDeclaration,
  worldPeople,
  worldTruth,
} from "@understudy/understudy/worlds";
import { readPrompt } from "../../lib/worlds/read_prompt.ts";
import { effectOf, naiveOf, probabilityOf } from "./fixtures.ts";

const logistic = (score: number): number => 1 / (1 + Math.exp(-score));

const factorial = declareFactorial({
  factors: { tone: ["calm", "angry"], source: { police: 3, witness: 1 } },
  text: "A {{ tone }} report by the {{ source }}.",
});

/** A society whose left meets angry reports more often, and believes the police less. */
const society: WorldDeclaration = {
  name: "reports",
  seed: 7,
  attributes: { ideology: { shares: { left: 0.4, right: 0.6 } } },
  factors: {
    tone: { calm: "calm report", angry: "angry report" },
    source: { police: "by the police", witness: "by the witness" },
  },
  exposure: { "tone.angry": { ideology: { left: 1 } } },
  items: {
    trust: {
      kind: "yesNo",
      effects: { ideology: { left: -0.5 }, tone: { angry: -0.8 }, source: { police: 0.6 } },
      interactions: [
        { where: { tone: "angry", source: "police" }, effect: 0.5 },
        { where: { ideology: "left", source: "police" }, effect: -0.9 },
      ],
    },
    news: { kind: "choice", options: { paper: { effects: { ideology: { left: 0.7 } } }, web: {} } },
  },
};

/** P(yes) in the society, written out anew. */
function trustIn(arm: string, left: number): number {
  const [tone, source] = arm.split(".");
  const [angry, police] = [tone === "angry" ? 1 : 0, source === "police" ? 1 : 0];
  const of = (isLeft: number) =>
    logistic(-0.5 * isLeft - 0.8 * angry + 0.6 * police + 0.5 * angry * police - 0.9 * isLeft * police);
  return left * of(1) + (1 - left) * of(0);
}

Deno.test("worldTruth() of a combination is the sum of its factors' effects and of where they meet", () => {
  const world = declareWorld(society, { treatments: factorial });
  const arms = ["calm.witness", "angry.police", "angry.witness"];
  const table = worldTruth(world, { outcome: "trust", reference: "calm.police", treatments: factorial });
  assertEquals(table.array("arm"), ["calm.witness", "angry.police", "angry.witness"]);
  columnOf<number>(table, "value").forEach((value, i) =>
    assertAlmostEquals(value, trustIn(arms[i]!, 0.4) - trustIn("calm.police", 0.4), 1e-12)
  );
  // P(angry | left) = e/(1+e), P(angry | right) = 1/2.
  const leftSeeing = (angry: boolean) => {
    const [left, right] = [logistic(angry ? 1 : -1) * 0.4, 0.5 * 0.6];
    return left / (left + right);
  };
  assertAlmostEquals(
    naiveOf(world, { outcome: "trust", stimulus: "angry.police", reference: "calm.police" }),
    trustIn("angry.police", leftSeeing(true)) - trustIn("calm.police", leftSeeing(false)),
    1e-12,
  );
  const drift = {
    what: "drift",
    outcome: "news",
    stimulus: "calm.witness",
    reference: "calm.police",
  } as const;
  assertEquals(effectOf(world, drift), 0);
  assert(effectOf(world, { ...drift, stimulus: "angry.police" }) > 0.01);
});

Deno.test("declareWorld(treatments) finds arms of a factorial that it does not recognise", () => {
  const of = (text: string) => () =>
    declareWorld(society, {
      treatments: declareFactorial({
        factors: { tone: ["calm", "angry"], source: ["police", "witness"] },
        text,
      }),
    });
  assertThrows(
    of("The {{ tone }} one by the {{ source }}."),
    RangeError,
    "a phrase of stimulus 'tone.calm' and of",
  );
  const read = (content: string) => readPrompt(declareWorld(society), [{ role: "user", content }]);
  assertEquals(read("An angry  report by the police.").stimuli, ["tone.angry", "source.police"]);
  assertThrows(() => read("A calm report, an angry report."), RangeError, "two levels of 'tone'");
});

Deno.test("declareWorld(factors) names what is wrong", () => {
  const wrong = (change: object, error: typeof RangeError | typeof TypeError, message: string) =>
    assertThrows(() => declareWorld({ ...society, ...change } as WorldDeclaration), error, message);
  wrong({ factors: { ideology: ["a", "b"] } }, RangeError, "differ from the attributes");
  wrong({ factors: { tone: ["calm"] } }, RangeError, "'factors.tone' must have at least two levels");
  wrong({ factors: { tone: "calm" } }, TypeError, "'factors.tone' must be an object");
  wrong({ factors: { constructor: ["a", "b"] } }, RangeError, "every object");
  wrong({ exposure: { "tone.loud": {} } }, RangeError, "'exposure.tone.loud' must name stimuli");
  const trust = (part: object) => ({ items: { trust: { kind: "yesNo", ...part } } });
  wrong(trust({ effects: { tone: { loud: 1 } } }), RangeError, "name levels (calm, angry)");
  wrong(
    trust({ interactions: [{ where: { tone: "loud" }, effect: 1 }] }),
    RangeError,
    "'items.trust.interactions.where.tone' must name a level (calm, angry)",
  );
  wrong(trust({ interactions: [{ when: {}, effect: 1 }] }), TypeError, "has no 'when'");
});

const conjoint = declareConjoint({
  features: {
    years_of_schooling: [8, 12, 16],
    job: { janitor: 1, doctor: 2 },
    language: ["fluent", "broken"],
  },
  restrictions: [{ years_of_schooling: 8, job: "doctor" }],
  tasks: 4,
});

const part = {
  effects: { years_of_schooling: { slope: 0.15 }, job: { doctor: 0.9 }, language: { broken: -0.7 } },
  interactions: [{ where: { job: "doctor", ideology: "left" }, effect: -1 }],
};

/** A society that judges immigrants, and of which nobody speaks. */
const judges: WorldDeclaration = {
  name: "judges",
  seed: 8,
  attributes: { ideology: { shares: { left: 0.4, right: 0.6 } } },
  factors: {
    years_of_schooling: [8, 12, 16],
    job: ["janitor", "doctor"],
    language: ["fluent", "broken"],
  },
  items: {
    admitted: {
      kind: "profile",
      ...part,
      others: { neither: { intercept: 2, effects: { ideology: { left: 1 } } } },
    },
    welcome: { kind: "scale", range: [1, 7], sd: 1, intercept: 2, ...part },
    mood: { kind: "yesNo", effects: { ideology: { left: 1 } } },
  },
};

const items = [
  choice("admitted", "Which of the two should be admitted?", [...conjoint.labels, "neither"]),
  likert("welcome", "How welcome would this person be?", { points: 7 }),
];
const design = declareDesign({ conjoint, items, stated: [] });

/** AMCEs of a choice, by enumeration of all pairs of different profiles, written out anew. */
function amceOf(feature: string, [level, base]: readonly [string, string]): number {
  const all = [8, 12, 16].flatMap((years) =>
    ["janitor", "doctor"].flatMap((job) =>
      ["fluent", "broken"].map((language) => ({ years_of_schooling: String(years), job, language }))
    )
  ).filter(({ years_of_schooling, job }) => !(years_of_schooling === "8" && job === "doctor"));
  type Profile = (typeof all)[number];
  const weight = ({ job }: Profile) => (job === "doctor" ? 2 : 1);
  const worth = (profile: Profile, left: number) =>
    Math.exp(
      0.15 * Number(profile.years_of_schooling) + (profile.job === "doctor" ? 0.9 - left : 0) -
        (profile.language === "broken" ? 0.7 : 0),
    );
  const chosen = (own: Profile) => {
    const others = all.filter((other) => other !== own);
    const total = others.reduce((sum, other) => sum + weight(other), 0);
    return others.reduce((sum, other) => {
      const of = (left: number) =>
        worth(own, left) / (worth(own, left) + worth(other, left) + Math.exp(2 + left));
      return sum + weight(other) / total * (0.4 * of(1) + 0.6 * of(0));
    }, 0);
  };
  const pairs = all.filter((profile) => profile[feature as "job"] === level).flatMap((own) => {
    const other = all.find((one) =>
      Object.entries(one).every(([name, value]) => value === (name === feature ? base : own[name as "job"]))
    );
    return other === undefined ? [] : [{ own, other }];
  });
  const total = pairs.reduce((sum, { own, other }) => sum + weight(own) + weight(other), 0);
  return pairs.reduce(
    (sum, { own, other }) => sum + (weight(own) + weight(other)) / total * (chosen(own) - chosen(other)),
    0,
  );
}

function run(world: ReturnType<typeof declareWorld>, n: number): Promise<Table> {
  const personas = samplePersonas(worldPeople(world), { n, seed: 1, weights: "share" });
  const plan = planExperiment(assignTreatments(personas, design, { seed: 2 }), design, { seed: 3 });
  return runExperiment(plan, simulatedRespondent(world));
}

Deno.test("a conjoint on a world estimates the component effects that the world has", async () => {
  const world = declareWorld(judges, { items });
  const answers = await run(world, 500);
  const found = estimateAmce(answers, {
    outcome: "admitted",
    features: Object.keys(conjoint.features),
    conjoint,
  });
  const rows = found.objects() as { [column: string]: unknown; estimate: number; std_error: number }[];
  const effects = rows.filter(({ std_error }) => std_error > 0);
  assertEquals(effects.map(({ level }) => String(level)), ["12", "16", "doctor", "broken"]);
  for (const { feature, level, reference, estimate, std_error } of effects) {
    const truth = amceOf(String(feature), [String(level), String(reference)]);
    assert(Math.abs(estimate - truth) < 4 * std_error, `${level}: ${estimate} ± ${std_error}, not ${truth}`);
  }
  assertThrows(
    () => worldTruth(world, { outcome: "admitted", stimulus: "job.doctor", reference: "job.janitor" }),
    RangeError,
    "'outcome' must be no choice between profiles",
  );
});

Deno.test("simulatedRespondent() reads the profiles of a task from the text alone", async () => {
  const world = declareWorld(judges);
  const personas = samplePersonas(worldPeople(world), { n: 2, seed: 1, weights: "share" });
  const assigned = assignTreatments(personas, design, { seed: 2 });
  const plan = planExperiment(assigned, design, { seed: 3 });
  const request = composePrompt(plan, plan.trials.get("trial_id", 0) as string);
  const { profiles, stimuli } = readPrompt(world, request.messages);
  assertEquals(stimuli, []);
  assertEquals(profiles.map(({ label }) => label), ["Profile 1", "Profile 2"]);
  const shown = (assigned.objects() as { [column: string]: unknown }[]).slice(0, 2);
  profiles.forEach(({ stimuli }, i) =>
    assertEquals(
      new Set(stimuli),
      new Set(Object.keys(conjoint.features).map((name) => `${name}.${shown[i]![name]}`)),
    )
  );
  const reply = await simulatedRespondent(world).respond(request);
  assertEquals(Object.keys(JSON.parse(reply.text)).sort(), ["admitted", "welcome_1", "welcome_2"]);
  const unknown = declareWorld({
    ...judges,
    factors: { ...judges.factors, job: ["janitor", "nurse"] },
    items: {},
  });
  assertThrows(() => readPrompt(unknown, request.messages), RangeError, "has no level 'doctor'");
});

Deno.test("one profile is what every question is about, and of several none is where none is named", () => {
  const world = declareWorld(judges);
  const ask = (name: string, content: string) =>
    probabilityOf(
      world,
      {
        messages: [{ role: "user", content: `Your ideology is right.\n\n${content}` }],
        schema: { name: "s", schema: { type: "object", properties: { [name]: {} } } },
        replicate: 1,
      },
      name,
      7,
    );
  const rows = (cells: string[]) => `| | ${cells.join(" | ")} |`;
  const shown = (...jobs: string[]) =>
    [rows(jobs.map((_, i) => `P${i + 1}`)), `| ${["---", ...jobs.map(() => "---")].join(" | ")} |`]
      .concat(`| job | ${jobs.join(" | ")} |`).join("\n");
  const of = (latent: number) => 1 - (pnorm(6.5, latent, 1) as number);
  assertAlmostEquals(ask("welcome", shown("doctor")), of(2.9), 1e-12);
  assertAlmostEquals(ask("welcome_2", shown("doctor", "janitor")), of(2), 1e-12);
  assertAlmostEquals(ask("welcome", shown("doctor", "janitor")), of(2), 1e-12);
  assertThrows(() => ask("welcome_3", shown("doctor", "janitor")), RangeError, "has no item 'welcome_3'");
  assertThrows(() => ask("admitted", "No table."), RangeError, "shows no profiles");
});

Deno.test("explainWorld() says what factors do", () => {
  const text = explainWorld(declareWorld(society));
  assert(
    text.includes("**tone.angry**, known by “angry report”: log-odds of meeting it: ideology (left +1)"),
  );
  assert(text.includes("tone angry with source police +0.5"));
  assert(explainWorld(declareWorld(judges)).includes("admitted, one of the profiles shown"));
});

Deno.test("plotWorld() draws factors as stimuli", () => {
  for (const declaration of [society, judges]) {
    const { svg } = plotWorld(declareWorld(declaration));
    for (const factor of Object.keys(declaration.factors!)) assert(svg.includes(`>${factor}<`), factor);
    assert(!/NaN|Infinity/.test(svg.replace(/<desc>.*?<\/desc>/, "")));
  }
});
