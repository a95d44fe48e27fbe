import { answerAsWorld } from "../../lib/worlds/answer_as_world.ts";
import { readPrompt } from "../../lib/worlds/read_prompt.ts";
import { answerProbabilities, driftOf, effectOf, naiveOf } from "./fixtures.ts";
import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { type Table, tableOf } from "@understudy/understudy/core";
import { likert, replySchema } from "@understudy/understudy/items";
import { declareTreatments } from "@understudy/understudy/treatments";
import { declareWorld, type World, type WorldDeclaration, worldTruth } from "@understudy/understudy/worlds";
import { pchisq } from "lib-r-math";

const population = tableOf({
  party: ["A", "A", "B", "B", "B"],
  ideology: ["left", "right", "left", "middle", "right"],
  n: [30, 10, 5, 25, 30],
});

const declaration: WorldDeclaration = {
  name: "test",
  seed: 4,
  population,
  counts: "n",
  attributes: {
    hawk: {
      parents: ["ideology"],
      levels: { yes: { intercept: -1, effects: { ideology: { right: 2 } } }, no: {} },
    },
  },
  stimuli: { control: "exercise", threat: ["incursion", "invasion"] },
  exposure: { threat: { ideology: { right: 1, left: -0.5 }, party: { B: 0.4 } } },
  items: {
    support: {
      kind: "scale",
      range: [1, 7],
      sd: 1.3,
      intercept: 3.5,
      effects: { ideology: { left: -1, right: 1 }, hawk: { yes: 0.5 } },
      stimuli: { threat: { effect: 0.6, by: { ideology: { right: 0.4 } } } },
    },
    news: { kind: "choice", options: { tv: { effects: { ideology: { right: 1 } } }, web: {} } },
    gun: { kind: "yesNo", intercept: -0.5, effects: { ideology: { right: 1 } } },
    own_party: { kind: "attribute", attribute: "party" },
  },
};

const one = tableOf({ persona_id: ["p1"] });
const contrast = { outcome: "support", stimulus: "threat", reference: "control" };

function biasOf(world: World, personas: Table): number {
  return naiveOf(world, { ...contrast, personas }) -
    effectOf(world, { ...contrast, personas });
}

Deno.test("naiveOf(world) differs from effectOf(world) where exposure depends on a cause of the outcome", () => {
  assert(biasOf(declareWorld(declaration), one) > 0.1);
});

Deno.test("naiveOf(world) equals effectOf(world) and drift is 0 where the drift dial is 0", () => {
  const world = declareWorld({ ...declaration, drift: 0 });
  assertAlmostEquals(biasOf(world, one), 0, 1e-12);
  for (const control of ["news", "gun", "own_party"]) {
    assertAlmostEquals(
      driftOf(world, {
        outcome: control,
        stimulus: "threat",
        reference: "control",
        personas: one,
      }),
      0,
      1e-12,
    );
  }
});

Deno.test("naiveOf(world) equals effectOf(world) once the exposure's attributes are stated", () => {
  const world = declareWorld(declaration);
  const personas = tableOf({ persona_id: ["p1", "p2"], party: ["A", "B"], ideology: ["left", "right"] });
  assertAlmostEquals(biasOf(world, personas), 0, 1e-12);
  // Party alone leaves ideology open.
  assert(
    Math.abs(
      naiveOf(world, { ...contrast, personas, stated: ["party"] }) -
        effectOf(world, { ...contrast, personas, stated: ["party"] }),
    ) > 0.05,
  );
});

Deno.test("stating an attribute that nothing depends on changes neither effect", () => {
  const sized = tableOf({
    party: ["A", "B", "A", "B"],
    ideology: ["left", "left", "right", "right"],
    hair: ["dark", "dark", "dark", "fair"],
    n: [10, 20, 30, 40],
  });
  // Hair is independent of the rest.
  const rows = ["dark", "fair"].flatMap((hair) =>
    (sized.objects() as { party: string; ideology: string; n: number }[]).map((row) => ({ ...row, hair }))
  );
  const independent = tableOf({
    party: rows.map((row) => row.party),
    ideology: rows.map((row) => row.ideology),
    hair: rows.map((row) => row.hair),
    n: rows.map((row) => row.n),
  });
  const world = declareWorld({ ...declaration, population: independent });
  const personas = tableOf({ persona_id: ["p1"], hair: ["dark"] });
  for (const effect of [naiveOf, effectOf]) {
    assertAlmostEquals(
      effect(world, { ...contrast, personas, stated: ["hair"] }),
      effect(world, { ...contrast, personas, stated: [] }),
      1e-12,
    );
  }
});

function ask(world: World, text: string, seed: number): string {
  const schema = replySchema([likert("support", "How much?", { points: 7 })]);
  return answerAsWorld(world, { messages: [{ role: "user", content: text }], schema, seed, replicate: 1 })
    .text;
}

Deno.test("answerAsWorld(request) gives the same reply to the same request, and others to other seeds", () => {
  const world = declareWorld(declaration);
  assertEquals(ask(world, "An incursion.", 1), ask(world, "An incursion.", 1));
  const replies = new Set(Array.from({ length: 50 }, (_, seed) => ask(world, "An incursion.", seed)));
  assert(replies.size >= 4);
});

Deno.test("answerAsWorld(request) answers with the enumerated probabilities", () => {
  const world = declareWorld(declaration);
  const draws = 4000;
  const schema = {
    name: "answers",
    schema: { type: "object", properties: { news: { type: "string" }, own_party: {} } },
  };
  const counts = new Map<string, number>();
  for (let seed = 0; seed < draws; seed++) {
    const messages = [{ role: "user" as const, content: "Your ideology is right. There was an invasion." }];
    const { text } = answerAsWorld(world, { messages, schema, seed, replicate: 1 });
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  // P(party | right, threat) ∝ n · softmax; computed by hand from the declaration.
  const exposed = (party: number) => Math.exp(1 + 0.4 * party) / (1 + Math.exp(1 + 0.4 * party));
  const a = 10 * exposed(0);
  const b = 30 * exposed(1);
  const tv = Math.E / (1 + Math.E);
  const expected = new Map([
    ['{"news":"tv","own_party":"A"}', tv * a / (a + b)],
    ['{"news":"web","own_party":"A"}', (1 - tv) * a / (a + b)],
    ['{"news":"tv","own_party":"B"}', tv * b / (a + b)],
    ['{"news":"web","own_party":"B"}', (1 - tv) * b / (a + b)],
  ]);
  let chiSquare = 0;
  for (const [text, share] of expected) {
    chiSquare += ((counts.get(text) ?? 0) - draws * share) ** 2 / (draws * share);
  }
  assertEquals([...counts.keys()].every((text) => expected.has(text)), true);
  assert(pchisq(chiSquare, 3, undefined, false) > 1e-4, `chi-square ${chiSquare}`);
});

Deno.test("answerAsWorld() refuses as often as declared, and says so in the refusal field", () => {
  const world = declareWorld({
    ...declaration,
    behaviour: { refusal: { intercept: 0, stimuli: { threat: { effect: Math.log(3) } } } },
  });
  const schema = replySchema([likert("support", "How much?", { points: 7 })]);
  let refused = 0;
  const draws = 2000;
  for (let seed = 0; seed < draws; seed++) {
    const messages = [{ role: "user" as const, content: "An incursion." }];
    if (answerAsWorld(world, { messages, schema, seed, replicate: 1 }).refusal !== null) refused++;
  }
  assert(Math.abs(refused / draws - 0.75) < 3.9 * Math.sqrt(0.1875 / draws));
});

Deno.test("answerAsWorld() finds attributes in every wording of describePersona, as whole words", () => {
  const world = declareWorld({ ...declaration, phrases: { party: "You vote {value}" } });
  const asked = (content: string) =>
    answerAsWorld(world, { messages: [{ role: "user", content: `${content} [own_party]` }], replicate: 1 })
      .text;
  for (
    const text of ["Your party is B.", "My party is B.", "- party: B", "You vote B", "Your  party\nis B."]
  ) {
    assertEquals(asked(text), '{"own_party":"B"}', text);
  }
  assertThrows(() => asked("Your party is B. My party is A."), RangeError, "two values of 'party'");
  const answers = new Set(Array.from({ length: 40 }, (_, i) => asked(`You vote Bolivian ${i}.`)));
  assertEquals(answers.size, 2);
});

Deno.test("answerAsWorld() names what the world does not know", () => {
  const world = declareWorld(declaration);
  const request = (content: string) => ({ messages: [{ role: "user" as const, content }], replicate: 1 });
  assertThrows(
    () => answerAsWorld(world, request("nothing")),
    RangeError,
    "asks no item of the world 'test': write [support] in the line, or give a schema (its items are support,",
  );
  assertThrows(
    () => answerAsWorld(world, request("Your party is A. Your ideology is middle. [gun]")),
    RangeError,
    "has nobody with",
  );
});

Deno.test("declareWorld() names what does not exist", () => {
  const wrong = (change: Partial<WorldDeclaration>) => () => declareWorld({ ...declaration, ...change });
  assertThrows(wrong({ counts: "m" }), RangeError, "has no column 'm'");
  assertThrows(
    wrong({ exposure: { thread: {} } }),
    RangeError,
    "'exposure.thread' must name stimuli (control, threat)",
  );
  assertThrows(wrong({ exposure: { threat: { idea: {} } } }), RangeError, "name attributes");
  assertThrows(wrong({ exposure: { threat: { party: { C: 1 } } } }), RangeError, "name levels (A, B)");
  assertThrows(
    wrong({ items: { a: { kind: "likert" } as never } }),
    RangeError,
    "one of scale, choice, yesNo, profile, attribute",
  );
  assertThrows(wrong({ items: { a: { kind: "scale", range: [1, 7], sd: 0 } } }), RangeError, "above 0");
  assertThrows(wrong({ drift: 2 }), RangeError, "'drift' must lie from 0 to 1");
  assertThrows(
    wrong({ attributes: { x: { levels: { a: { effects: { party: { A: 1 } } }, b: {} } } } }),
    RangeError,
    "name 'party', which it depends on",
  );
  const effects = worldTruth(declareWorld(declaration), { ...contrast, outcome: "news" });
  assertEquals(effects.array("outcome"), ["news = tv", "news = web"]);
});

Deno.test("declareWorld(treatments) does not silently miss its treatment", () => {
  const check = (control: string, threat: string) => () =>
    declareWorld(declaration, { treatments: declareTreatments({ control, threat }) });
  check("An exercise.", "An incursion.")();
  assertThrows(check("An exercise.", "An attack."), RangeError, "no stimulus in");
  assertThrows(check("An exercise.", "An incursion, not an exercise."), RangeError, "control and threat");
  assertThrows(check("An incursion.", "An exercise."), RangeError, "arm 'control'");
});

Deno.test("a text that is another and one sentence more is the stimulus whose phrase holds the other's", () => {
  const control = "The council will vote on the tax.";
  const treatments = declareTreatments({ control, revenue: `${control} It will pay for the school.` });
  const stimuli = { control: "vote on the tax.", revenue: "vote on the tax. It will pay" };
  const effects = { support: { ...declaration.items.support, stimuli: { revenue: { effect: 1 } } } };
  const taxed = { ...declaration, stimuli, exposure: {}, items: effects } as WorldDeclaration;
  const world = declareWorld(taxed, { treatments });
  const seen = (content: string) => readPrompt(world, [{ role: "user", content }]).stimuli;
  assertEquals(treatments.arms.map(({ wordings }) => seen(wordings[0]!)), [["control"], ["revenue"]]);
  // In a conversation both may stand, each by itself.
  assertEquals(seen(`${treatments.arms[1]!.wordings[0]}\nAgain: ${control}`), ["control", "revenue"]);
  const apart = { ...taxed, stimuli: { ...stimuli, revenue: "pay for the school" } };
  assertThrows(
    () => declareWorld(apart, { treatments }),
    RangeError,
    'give it a phrase that holds the other\'s: the longer one counts): current value is "control and revenue"',
  );
});

Deno.test("declareWorld() gives different fingerprints to worlds that differ anywhere", () => {
  const { fingerprint } = declareWorld(declaration);
  assertEquals(declareWorld(declaration).fingerprint, fingerprint);
  assertNotEquals(declareWorld({ ...declaration, drift: 0.5 }).fingerprint, fingerprint);
  assertNotEquals(
    declareWorld({ ...declaration, phrases: { party: "You vote {value}" } }).fingerprint,
    fingerprint,
  );
});

Deno.test("declareWorld() finds misspelt names, steps that do not fit, and questions that hold a stimulus", () => {
  const wrong = (items: object) => () =>
    declareWorld({ ...declaration, items: items as WorldDeclaration["items"] });
  const scale = { kind: "scale", range: [1, 7], sd: 1 } as const;
  assertThrows(wrong({ a: { ...scale, stimulus: {} } }), TypeError, "'items.a' has no 'stimulus'");
  assertThrows(wrong({ a: { ...scale, effect: {} } }), TypeError, "it may have kind, range, step, sd");
  assertThrows(wrong({ a: { ...scale, stimuli: { threat: { efect: 1 } } } }), TypeError);
  for (const step of [0, -1, 4]) {
    assertThrows(wrong({ a: { ...scale, step } }), RangeError, "divide the range 1 to 7");
  }
  const items = [likert("fear", "Do you fear an incursion?", { points: 7 })];
  assertThrows(
    () => declareWorld(declaration, { items }),
    RangeError,
    "item 'fear' contains a phrase of 'threat'",
  );
});

Deno.test("readPrompt() does not read a number within a longer one", () => {
  const world = declareWorld({
    ...declaration,
    population: tableOf({ income: ["10", "20"], n: [1, 1] }),
    attributes: {},
    exposure: {},
    items: {},
  });
  const read = (content: string) => readPrompt(world, [{ role: "user", content }]).stated;
  assertEquals(read("Your income is 10."), { income: "10" });
  assertEquals(read("Your income is 10.5."), {});
  assertEquals(read("Your income is 100."), {});
});

Deno.test("answerAsWorld() gives replicates without a seed other answers", () => {
  const world = declareWorld(declaration);
  const texts = Array.from(
    { length: 40 },
    (_, i) =>
      answerAsWorld(world, {
        messages: [{ role: "user", content: "An incursion. [support]" }],
        replicate: i + 1,
      }).text,
  );
  assert(new Set(texts).size > 2);
});

/** A world whose levels are given; the second level meets b more often, and fears more. */
function worldOf(levels: readonly [string, string], change: Partial<WorldDeclaration> = {}) {
  return declareWorld({
    name: "w",
    seed: 1,
    attributes: { job: { shares: { [levels[0]]: 0.5, [levels[1]]: 0.5 } } },
    stimuli: { a: "exercise", b: "incursion" },
    exposure: { b: { job: { [levels[1]]: 1 } } },
    items: {
      fear: { kind: "yesNo", effects: { job: { [levels[1]]: 1 } }, stimuli: { b: { effect: 1 } } },
      own_job: { kind: "attribute", attribute: "job" },
    },
    ...change,
  });
}

const fear = { outcome: "fear", stimulus: "b", reference: "a" };

Deno.test("the truth of a world does not hang on what its levels are called", () => {
  const plain = worldOf(["builder", "nurse"]);
  for (const level of ["constructor", "toString", "valueOf", ".*", "a|b", "Łódź", "🙂", "{value}", "$&"]) {
    const odd = worldOf([level, "nurse"]);
    for (const verb of [effectOf, naiveOf]) {
      assertAlmostEquals(
        verb(odd, { ...fear, personas: one }),
        verb(plain, { ...fear, personas: one }),
      );
    }
    const drift = { stimulus: "b", reference: "a", outcome: "own_job", personas: one };
    assertAlmostEquals(driftOf(odd, drift), driftOf(plain, drift));
    const messages = [{ role: "user" as const, content: `Your job is ${level}. [own_job]` }];
    assertEquals(readPrompt(odd, messages).stated, { job: level });
    assertEquals(answerProbabilities(odd, { messages, replicate: 1 })[0]!.probability, 1);
  }
});

Deno.test("a shift of some options leaves an option called as an inherited property where it is", () => {
  const items: WorldDeclaration["items"] = {
    blame: { kind: "choice", options: { constructor: {}, us: {} } },
  };
  const shift = { b: { blame: { share: 1, effect: { us: 1 } } } };
  const world = worldOf(["x", "y"], { items, exposure: {}, behaviour: { memorised: shift } });
  const effect = naiveOf(world, {
    ...fear,
    outcome: "blame",
    category: "us",
    personas: one,
  });
  assertAlmostEquals(effect, 1 / (1 + Math.exp(-1)) - 0.5);
});

Deno.test("names that every object inherits are refused as attributes, stimuli and items, not answered with NaN", () => {
  const fear: WorldDeclaration["items"] = { fear: { kind: "yesNo" } };
  for (const name of ["constructor", "toString", "__proto__"]) {
    const named = <T>(value: T): { [name: string]: T } => Object.fromEntries([[name, value]]);
    for (
      const part of [
        { stimuli: { a: "exercise", ...named("incursion") }, exposure: {}, items: fear },
        { attributes: named({ shares: { x: 0.5, y: 0.5 } }), exposure: {}, items: fear },
        { items: named({ kind: "yesNo" as const }) },
        {
          attributes: {},
          exposure: {},
          items: fear,
          population: tableOf({ ...named(["x"]), n: [1] }),
          counts: "n",
        },
      ]
    ) assertThrows(() => worldOf(["x", "y"], part), RangeError, "every object");
  }
});

Deno.test("a population has a value in every row, and no level called slope, which would make coefficients NaN", () => {
  const from = (job: unknown[]) => () =>
    worldOf(["x", "y"], {
      population: tableOf({ job, n: job.map(() => 1) }),
      counts: "n",
      attributes: {},
      exposure: {},
      items: { fear: { kind: "yesNo" } },
    });
  for (const value of [null, undefined, NaN, " "]) {
    assertThrows(from(["x", value]), RangeError, "'population.job' must have a value in every row");
  }
  assertThrows(from(["x", "slope"]), RangeError, "no level called slope");
});

Deno.test("what a persona lacks is left open by the truth, as its text leaves it open", () => {
  const world = worldOf(["x", "y"]);
  const personas = (job: unknown[]): Table => tableOf({ persona_id: job.map((_, i) => `p${i}`), job });
  for (const missing of [null, undefined, NaN]) {
    for (const verb of [effectOf, naiveOf]) {
      const open = verb(world, { ...fear, personas: one });
      const stated = verb(world, { ...fear, personas: personas(["y"]) });
      assertAlmostEquals(
        verb(world, { ...fear, personas: personas([missing, "y"]) }),
        (open + stated) / 2,
      );
    }
  }
  const effects = worldTruth(world, {
    ...fear,
    personas: personas([null, "y"]),
    by: "persona_id",
  });
  assertAlmostEquals(
    effects.get("value", 0),
    effectOf(world, { ...fear, personas: one }),
  );
});

Deno.test("an earlier answer to asked_job states the job, as an answer to job does", () => {
  const world = worldOf(["x", "y"]);
  for (const name of ["job", "asked_job", "own_job"]) {
    const { stated } = readPrompt(world, [
      { role: "user", content: "Your job?" },
      { role: "assistant", content: JSON.stringify({ [name]: "y" }) },
      { role: "user", content: "And now?" },
    ]);
    assertEquals(stated, { job: "y" });
  }
});

Deno.test("under focalism one attribute called 'a b' is not two called a and b", () => {
  const levels = { "a b": ["x", "y"], a: ["x", "y"], b: ["x", "y"] };
  const rows = levels.a.flatMap((a) => levels.b.flatMap((b) => levels["a b"].map((ab) => ({ a, b, ab }))));
  const world = declareWorld({
    name: "w",
    seed: 1,
    population: tableOf({
      a: rows.map(({ a }) => a),
      b: rows.map(({ b }) => b),
      "a b": rows.map(({ ab }) => ab),
      n: rows.map(() => 1),
    }),
    counts: "n",
    stimuli: { a: "exercise", b: "incursion" },
    items: {
      fear: { kind: "yesNo", effects: { a: { y: 1 }, "a b": { y: 1 } }, stimuli: { b: { effect: 1 } } },
    },
    behaviour: { focalism: 3, decay: { rate: Math.LN2, default: { "a b": "y" } } },
  });
  const personas = tableOf({ persona_id: ["p1"], a: ["y"], b: ["y"] });
  const naive = (stimulus: number) => {
    const yes = (score: number) => 1 / (1 + Math.exp(-score - stimulus));
    // Half the time a and b are stated, half the time 'a b' is; what is open is either level.
    return (yes(3) + yes(4)) / 4 + (yes(3) + yes(4)) / 4;
  };
  const effect = naiveOf(world, { ...fear, personas, stated: ["a", "b"], turns: 1 });
  assertAlmostEquals(effect, naive(1) - naive(0), 1e-12);
});
