import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Item, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { estimateDirection, estimateRecall, estimateStability } from "@understudy/understudy/drift";
import { choice, likert } from "@understudy/understudy/items";
import { samplePersonas } from "@understudy/understudy/personas";
import {
  declareProtocol,
  lines,
  probe,
  rounds,
  say,
  script,
  tell,
  treatment,
} from "@understudy/understudy/protocols";
import { simulatedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { declareTreatments } from "@understudy/understudy/treatments";
import {
  declareReadyStudy,
  declareWorld,
  type World,
  type WorldBehaviour,
} from "@understudy/understudy/worlds";
import { rowsWhere, rowWhere } from "./transcript_tables.ts";

const parties = ["A", "B", "C"];
const regions = ["north", "south"];

/** A world in which nothing drifts but what its behaviour makes drift. */
function worldOf(seed: number, behaviour: WorldBehaviour): World {
  const cells = parties.flatMap((party) => regions.map((region) => ({ party, region })));
  return declareWorld({
    name: "talk",
    seed,
    population: tableOf({
      party: cells.map(({ party }) => party),
      region: cells.map(({ region }) => region),
      n: cells.map(() => 1),
    }),
    counts: "n",
    drift: 0,
    stimuli: { control: "exercise", threat: "incursion" },
    items: {
      trust: { kind: "scale", range: [1, 7], sd: 1, intercept: 4, effects: { party: { A: -2, C: 2 } } },
      mood: { kind: "yesNo", intercept: 0 },
    },
    behaviour,
  });
}

const treatments = declareTreatments({
  control: "There was an exercise.",
  threat: "There was an incursion.",
});

const questions = Array.from(
  { length: 8 },
  (_, turn) => `Question ${turn + 1}: are you in good spirits? [mood]`,
);

/** An interview with probes after some of the lines, twice before it, and of nobody. */
function interview(
  questions: readonly string[],
  asked: readonly Item[],
  after: readonly number[],
  times: number,
) {
  return declareProtocol({
    roles: { subject: "", interviewer: script(lines(questions)) },
    steps: [
      probe(asked, { persona: false, times }),
      probe(asked, { times: 2 }),
      tell(treatment()),
      rounds(questions.length, [
        say({ by: "interviewer" }),
        say({ by: "subject" }),
        probe(asked, { when: ({ round }) => after.includes(round) }),
      ]),
    ],
  });
}

/** Interviews people of a world, each in both arms, whose respondent may behave differently in the arm `threat`. */
async function recordIn(world: World, personas = 90, threat = world): Promise<Table> {
  const [calm, threatened] = [world, threat].map((of) => simulatedRespondent(of));
  const asked = [
    choice("party", "Which party are you close to?", parties),
    choice("region", "Where do you live?", regions),
    likert("trust", "How much do you trust parliament?", { points: 7 }),
  ];
  const protocol = interview(questions, asked, [1, 2, 4, 8], 40);
  const design = declareDesign({ treatments, protocol, stated: ["party", "region"], subjects: "within" });
  const rows = Array.from({ length: personas }, (_, i) => i);
  const people = tableOf({
    persona_id: rows.map((i) => `p${i}`),
    party: rows.map((i) => parties[i % 3]!),
    region: rows.map((i) => regions[i % 2]!),
  });
  const plan = planExperiment(assignTreatments(people, design, { seed: 1 }), design, { seed: 1 });
  return await runExperiment(plan, {
    ...calm!,
    respond: (request, options) => {
      const treated = request.messages.some(({ content }) => content.includes("incursion"));
      return (treated ? threatened! : calm!).respond(request, options);
    },
  });
}

const fast = { permutations: 199, bootstraps: 199 };
const quick = { permutations: 199 };

for (const rate of [0.15, 0.4]) {
  Deno.test(`a world with a decay of ${rate} per turn has half-lives that hold ln 2 / ${rate}, the same in both arms`, async () => {
    const transcripts = await recordIn(worldOf(3, { decay: { rate, default: {} } }));
    const stability = estimateStability(transcripts, fast);
    for (const { conf_low, conf_high, verdict } of rowsWhere(stability, { outcome: "half-life" })) {
      assert(conf_low < Math.LN2 / rate && Math.LN2 / rate < conf_high, `${conf_low} to ${conf_high}`);
      assertEquals(verdict, "found");
    }
    const compared = rowsWhere(stability, { reference: "control" });
    assertEquals(new Set(compared.map(({ verdict }) => verdict)), new Set(["not found"]));
  });
}

Deno.test("a world that decays to a default person of its own has its half-life, and the answers without a persona as its floor", async () => {
  const behaviour = { decay: { rate: 0.5, default: { party: "B", region: "north" } } };
  const transcripts = await recordIn(worldOf(4, behaviour), 150);
  const stability = estimateStability(transcripts, { ...fast, probes: ["party", "region"] });
  // A third of the personas is of party B, a half lives in the north.
  const floor = rowWhere(stability, { outcome: "no-persona level", arm: "control" });
  assertAlmostEquals(floor.estimate, (1 / 3 + 1 / 2) / 2, 1e-12);
  const half = rowWhere(stability, { outcome: "half-life", arm: "control" });
  assert(half.conf_low < Math.LN2 / 0.5 && Math.LN2 / 0.5 < half.conf_high);
  assert(half.conf_high < 4, "the interval says something");
  // Trust without a persona is that of party B.
  const slopes = rowsWhere(estimateDirection(transcripts, { ...quick, probes: "trust" }), {
    outcome: "change per turn",
    reference: "",
  });
  assertEquals(slopes.map(({ verdict }) => verdict), ["found", "found"]);
  assert(slopes.every(({ notes }) => notes.includes("toward the default")));
});

Deno.test("the ready study of persona decay has its rate in estimateStability, and the clean one has no decay", async () => {
  const record = (name: "persona decay" | "clean") => {
    const { world, population, stated, treatments, ...study } = declareReadyStudy(name, { seed: 1 });
    const people = samplePersonas(population, { n: 130, seed: 2, weights: "share" });
    const protocol = interview(study.script, study.probes, study.script.map((_, i) => i + 1), 10);
    const design = declareDesign({ treatments, protocol, stated });
    const plan = planExperiment(assignTreatments(people, design, { seed: 3 }), design, { seed: 5 });
    return runExperiment(plan, simulatedRespondent(world));
  };
  const fading = await record("persona decay");
  for (
    const { conf_low, conf_high } of rowsWhere(estimateStability(fading, fast), { outcome: "half-life" })
  ) {
    assert(conf_low < Math.LN2 / 0.4 && Math.LN2 / 0.4 < conf_high, `${conf_low} to ${conf_high}`);
    assert(conf_high < 2.5, "the interval says something");
  }
  const recall = rowsWhere(estimateRecall(fading, quick), { outcome: "recall", item: "", reference: "" });
  assertEquals(recall.map(({ verdict }) => verdict), ["found", "found"]);
  const clean = await record("clean");
  const trends = rowsWhere(estimateStability(clean, fast), { outcome: "change per turn", reference: "" });
  assertEquals(new Set(trends.map(({ verdict }) => verdict)), new Set(["not found"]));
});

Deno.test("a world without decay gets no verdict of decay, loss, direction or difference", async () => {
  const transcripts = await recordIn(worldOf(5, { recallError: 0.03 }));
  const stability = estimateStability(transcripts, fast);
  const verdicts = [stability, estimateDirection(transcripts, quick), estimateRecall(transcripts, quick)]
    .flatMap((table) => table.array("verdict") as string[]);
  assertEquals(verdicts.filter((verdict) => verdict === "found"), []);
  const recall = rowWhere(estimateRecall(transcripts, quick), {
    outcome: "recall",
    item: "",
    arm: "threat",
    reference: "",
  });
  assert(recall.conf_low < 0.97 && 0.97 < recall.conf_high);
  assertEquals(recall.verdict, "within margin");
});

Deno.test("a world that decays faster in one arm differs by arm, and the notes say what that means", async () => {
  const decay = (rate: number) => worldOf(8, { decay: { rate, default: {} } });
  const stability = estimateStability(await recordIn(decay(0.05), 90, decay(0.5)), fast);
  const rate = rowWhere(stability, { outcome: "decay rate", reference: "control" });
  assertEquals(rate.verdict, "found");
  assert(rate.conf_low < 0.45 && 0.45 < rate.conf_high);
  assert(rate.notes.includes("confounder"));
});
