import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Table, tableOf } from "@understudy/understudy/core";
import { declareWorld, type WorldDeclaration, worldTruth } from "@understudy/understudy/worlds";
import { readPrompt } from "../../lib/worlds/read_prompt.ts";
import { answerProbabilities, driftOf, effectOf, naiveOf } from "./fixtures.ts";

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

const contrast = { outcome: "fear", stimulus: "b", reference: "a" };
const one = tableOf({ persona_id: ["p1"] });

Deno.test("the truth of a world does not hang on what its levels are called", () => {
  const plain = worldOf(["builder", "nurse"]);
  for (const level of ["constructor", "toString", "valueOf", ".*", "a|b", "Łódź", "🙂", "{value}", "$&"]) {
    const odd = worldOf([level, "nurse"]);
    for (const verb of [effectOf, naiveOf]) {
      assertAlmostEquals(
        verb(odd, { ...contrast, personas: one }),
        verb(plain, { ...contrast, personas: one }),
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
  const effect = naiveOf(world, { ...contrast, outcome: "blame", category: "us", personas: one });
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
      const open = verb(world, { ...contrast, personas: one });
      const stated = verb(world, { ...contrast, personas: personas(["y"]) });
      assertAlmostEquals(
        verb(world, { ...contrast, personas: personas([missing, "y"]) }),
        (open + stated) / 2,
      );
    }
  }
  const effects = worldTruth(world, { ...contrast, personas: personas([null, "y"]), by: "persona_id" });
  assertAlmostEquals(effects.get("value", 0), effectOf(world, { ...contrast, personas: one }));
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
  const effect = naiveOf(world, { ...contrast, personas, stated: ["a", "b"], turns: 1 });
  assertAlmostEquals(effect, naive(1) - naive(0), 1e-12);
});
