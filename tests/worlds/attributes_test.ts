import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { pnorm } from "lib-r-math";
import { columnOf, type Table, tableOf } from "@understudy/understudy/core";
import {
  declareWorld,
  type World,
  type WorldDeclaration,
  worldPeople,
  worldTruth,
} from "@understudy/understudy/worlds";
import { readPrompt } from "../../lib/worlds/read_prompt.ts";
import { answerProbabilities, driftOf, effectOf, naiveOf } from "./fixtures.ts";

/** A society without a count table: shares, a numeric attribute, an ordinal one and a categorical one. */
const declaration: WorldDeclaration = {
  name: "declared",
  seed: 5,
  attributes: {
    gender: { shares: { woman: 0.52, man: 0.48 } },
    age: { kind: "numeric", range: [20, 80], step: 5, mean: { intercept: 48 }, sd: 15 },
    class: {
      kind: "ordinal",
      parents: ["age", "gender"],
      levels: ["working", "middle", "upper"],
      mean: { effects: { age: { slope: 0.02 }, gender: { man: 0.3 } } },
      thresholds: [0.8, 2.2],
    },
    hawk: {
      parents: ["class"],
      shares: { working: { yes: 0.3, no: 0.7 }, middle: { yes: 0.5, no: 0.5 }, upper: { yes: 0.6, no: 0.4 } },
    },
    reads: {
      parents: ["age"],
      levels: { paper: { effects: { age: { slope: 0.05 } } }, web: { intercept: 2 } },
    },
  },
  stimuli: { control: "exercise", threat: "incursion" },
  exposure: { threat: { age: { slope: 0.04 }, hawk: { yes: 1 } } },
  items: {
    support: {
      kind: "scale",
      range: [1, 4],
      sd: 1,
      thresholds: [-0.5, 0.4, 2],
      effects: { age: { slope: 0.02 }, hawk: { yes: 0.8 } },
      stimuli: { threat: { effect: 0.5, by: { class: { upper: 0.5 } } } },
    },
    age_told: { kind: "attribute", attribute: "age" },
    paper: { kind: "attribute", attribute: "reads" },
  },
};

const world = declareWorld(declaration);
const contrast = { outcome: "support", stimulus: "threat", reference: "control" };
const one = tableOf({ persona_id: ["p1"] });

function share(of: World, attribute: string, level: string): number {
  return of.cells.filter(({ levels }) => levels[attribute] === level)
    .reduce((sum, { probability }) => sum + probability, 0);
}

Deno.test("declareWorld(attributes) needs no count table", () => {
  assertEquals(world.attributes.age!.slice(0, 3), ["20", "25", "30"]);
  assertEquals(world.cells.length, 2 * 13 * 3 * 2 * 2);
  assertAlmostEquals(world.cells.reduce((sum, { probability }) => sum + probability, 0), 1, 1e-12);
  assertEquals(world.parents, {
    gender: [],
    age: [],
    class: ["age", "gender"],
    hawk: ["class"],
    reads: ["age"],
  });
  assertAlmostEquals(share(world, "gender", "woman"), 0.52, 1e-12);
});

Deno.test("worldPeople() has a row for each kind of person, numbers as numbers, and shares that sum to 1", () => {
  const people = worldPeople(world);
  assertEquals(people.columnNames(), [...Object.keys(world.attributes), "share"]);
  assertEquals(people.numRows(), world.cells.length);
  world.cells.forEach(({ levels, probability }, row) => {
    const { share, ...attributes } = people.object(row) as { share: number; age: unknown };
    assertEquals(attributes, { ...levels, age: Number(levels.age) } as never);
    assertEquals(share, probability);
  });
  const personas = worldPeople(world).rename({ share: "weight" }) as Table;
  assertAlmostEquals(
    effectOf(world, { ...contrast, personas }),
    effectOf(world, { ...contrast, personas: one }),
    1e-12,
  );
  const codes = tableOf({ region: ["01", "02"], kept: ["1", "20"], n: [1, 1] });
  const coded = declareWorld({
    name: "codes",
    seed: 1,
    population: codes,
    counts: "n",
    stimuli: {},
    items: {},
  });
  assertEquals(worldPeople(coded).objects()[1], { region: "02", kept: 20, share: 0.5 });
});

Deno.test("declareWorld(numeric) cuts a normal curve half-way between the values of its grid", () => {
  assertAlmostEquals(share(world, "age", "20"), pnorm(22.5, 48, 15) as number, 1e-12);
  assertAlmostEquals(
    share(world, "age", "50"),
    (pnorm(52.5, 48, 15) as number) - (pnorm(47.5, 48, 15) as number),
    1e-12,
  );
  assertAlmostEquals(share(world, "age", "80"), 1 - (pnorm(77.5, 48, 15) as number), 1e-12);
});

Deno.test("declareWorld(ordinal) cuts a normal latent value at its thresholds, given its parents", () => {
  const men = world.cells.filter(({ levels }) => levels.gender === "man" && levels.age === "60");
  const all = men.reduce((sum, { probability }) => sum + probability, 0);
  const upper = men.filter(({ levels }) => levels.class === "upper").reduce(
    (sum, c) => sum + c.probability,
    0,
  );
  assertAlmostEquals(upper / all, 1 - (pnorm(2.2, 0.02 * 60 + 0.3, 1) as number), 1e-12);
});

Deno.test("declareWorld(shares) takes the shares of each combination of the parents' levels", () => {
  assertAlmostEquals(
    share(world, "hawk", "yes"),
    0.3 * share(world, "class", "working") + 0.5 * share(world, "class", "middle") +
      0.6 * share(world, "class", "upper"),
    1e-12,
  );
});

Deno.test("declareWorld(attributes) extends a count table by attributes of every kind", () => {
  const extended = declareWorld({
    ...declaration,
    population: tableOf({ region: ["north", "south"], n: [1, 3] }),
    counts: "n",
  });
  assertEquals(extended.cells.length, 2 * world.cells.length);
  assertAlmostEquals(share(extended, "region", "north"), 0.25, 1e-12);
});

Deno.test("a scale with thresholds is cut there", () => {
  const people = {
    ...declaration,
    items: { support: { kind: "scale", range: [1, 4], sd: 2, thresholds: [-1, 0, 3] } },
  } as const;
  const messages = [{ role: "user" as const, content: "[support]" }];
  const table = answerProbabilities(declareWorld(people), { messages, replicate: 1 });
  assertAlmostEquals(table[0]!.probability, pnorm(-0.5) as number, 1e-12);
  assertAlmostEquals(table[3]!.probability, 1 - (pnorm(1.5) as number), 1e-12);
});

Deno.test("naiveOf() equals effectOf() in a world of numbers without drift, or with the exposure's attributes stated", () => {
  const bias = (of: World, personas = one) =>
    naiveOf(of, { ...contrast, personas }) - effectOf(of, { ...contrast, personas });
  assert(bias(world) > 0.05);
  const still = declareWorld({ ...declaration, drift: 0 });
  assertAlmostEquals(bias(still), 0, 1e-12);
  for (const control of ["age_told", "paper", "gender"]) {
    assertAlmostEquals(driftOf(still, { ...contrastOf(control), personas: one }), 0, 1e-12);
  }
  const stated = tableOf({ persona_id: ["p1", "p2"], age: [30, 70], hawk: ["yes", "no"] });
  assertAlmostEquals(bias(world, stated), 0, 1e-12);
  assertAlmostEquals(driftOf(world, { ...contrastOf("paper"), personas: stated }), 0, 1e-12);
});

function contrastOf(outcome: string): { outcome: string; stimulus: string; reference: string } {
  return { outcome, stimulus: "threat", reference: "control" };
}

Deno.test("stating an attribute that nothing depends on changes neither effect in a world of numbers", () => {
  for (const effect of [naiveOf, effectOf]) {
    const apart = declareWorld({
      ...declaration,
      attributes: { ...declaration.attributes, height: { kind: "numeric", range: [0, 2], mean: {}, sd: 1 } },
    });
    const personas = tableOf({ persona_id: ["p1"], height: [1] });
    assertAlmostEquals(
      effect(apart, { ...contrast, personas }),
      effect(apart, { ...contrast, personas, stated: [] }),
      1e-12,
    );
  }
});

Deno.test("worldTruth(by) averages to the effect of all, by group and by persona", () => {
  const personas = tableOf({
    persona_id: ["a", "b", "c"],
    gender: ["woman", "man", "man"],
    weight: [1, 2, 3],
  });
  const options = { ...contrast, personas };
  const groups = worldTruth(world, { ...options, by: "class" }).objects() as {
    share: number;
    value: number;
  }[];
  assertAlmostEquals(groups.reduce((sum, group) => sum + group.share, 0), 1, 1e-12);
  const effect = effectOf(world, options);
  assertAlmostEquals(groups.reduce((sum, group) => sum + group.share * group.value, 0), effect, 1e-12);
  const each = columnOf<number>(worldTruth(world, { ...options, by: "persona_id" }), "value");
  assertAlmostEquals((each[0]! + 2 * each[1]! + 3 * each[2]!) / 6, effect, 1e-12);
  assertEquals(each[1], each[2]);
  assert(groups[2]!.value > groups[1]!.value);
});

Deno.test("readPrompt() reads numbers, and declared synonyms", () => {
  const reader = declareWorld({
    ...declaration,
    phrases: {
      age: "You are {value} years old.",
      hawk: { yes: ["You are a hawk.", "You favour force."], no: "You are a dove." },
    },
  });
  const read = (content: string) => readPrompt(reader, [{ role: "user", content }]).stated;
  assertEquals(read("You are 35 years old. You favour force."), { age: "35", hawk: "yes" });
  assertEquals(read("Your age is 80. You are a dove."), { age: "80", hawk: "no" });
  assertThrows(
    () => declareWorld({ ...declaration, phrases: { wealth: "You own {value}." } }),
    RangeError,
    "'phrases' must name attributes",
  );
});

Deno.test("declareWorld(effects) shows how a coefficient is written where it is a bare number", () => {
  const of = (effects: object) => () =>
    declareWorld({
      name: "bare",
      seed: 1,
      attributes: {
        age: { kind: "numeric", range: [20, 80], step: 10, mean: { intercept: 48 }, sd: 15 },
        area: { shares: { "inner city": 0.4, country: 0.6 } },
      },
      stimuli: { control: "exercise" },
      items: { fear: { kind: "yesNo", effects: effects as never } },
    });
  assertThrows(
    of({ age: 0.1 }),
    TypeError,
    "'items.fear.effects.age' must be an object, such as { slope: 0.1 }",
  );
  assertThrows(of({ area: 2 }), TypeError, 'such as { "inner city": 2 }: current value is 2');
  assertEquals(of({ age: { slope: 0.1 } })().name, "bare");
});

Deno.test("declareWorld(attributes) names what is wrong with an attribute", () => {
  const wrong = (attributes: object, error: typeof RangeError | typeof TypeError, message: string) =>
    assertThrows(
      () => declareWorld({ ...declaration, exposure: {}, items: {}, attributes } as WorldDeclaration),
      error,
      message,
    );
  const shares = { a: 0.5, b: 0.5 };
  wrong(
    { x: { parents: ["y"], shares: { a: shares, b: shares } }, y: { shares } },
    RangeError,
    "'attributes.x.parents' must name attributes",
  );
  wrong({ x: { shares: { a: 0.5, b: 0.6 } } }, RangeError, "sum to 1");
  wrong(
    { y: { shares }, x: { parents: ["y"], shares: { a: shares } } },
    RangeError,
    "give a, b in this order for y b",
  );
  wrong(
    { x: { kind: "count", levels: {} } },
    RangeError,
    "'attributes.x.kind' must be one of ordinal, numeric",
  );
  wrong({ x: { levels: { a: {} } } }, RangeError, "at least two different texts");
  wrong({ x: { levels: { a: { stimuli: {} }, b: {} } } }, TypeError, "has no 'stimuli'");
  wrong({ x: { kind: "numeric", range: [0, 10], step: 3, mean: {}, sd: 1 } }, RangeError, "divide the range");
  wrong(
    { x: { kind: "numeric", range: [0, 10], mean: {}, sd: 0 } },
    RangeError,
    "'attributes.x.sd' must be above 0",
  );
  wrong(
    { x: { kind: "ordinal", levels: ["a", "b", "c"], thresholds: [1, 0] } },
    RangeError,
    "be 2 rising numbers",
  );
  wrong(
    {
      y: { shares },
      x: { kind: "numeric", parents: ["y"], range: [0, 1], mean: { effects: { y: { slope: 1 } } }, sd: 1 },
    },
    RangeError,
    "name levels (a, b)",
  );
  wrong(
    Object.fromEntries(
      ["u", "v", "w"].map((name) => [name, { kind: "numeric", range: [0, 99], mean: {}, sd: 9 }]),
    ),
    RangeError,
    "leave at most 200000 kinds of people",
  );
  wrong({}, TypeError, "no 'population' and no attributes");
  assertThrows(
    () => declareWorld({ ...declaration, population: tableOf({ gender: ["x"], n: [1] }), counts: "n" }),
    RangeError,
    "differ from those of the population",
  );
});
