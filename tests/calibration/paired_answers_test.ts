import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  calibrateEffects,
  calibrateMean,
  calibrateRegression,
  planHumanSample,
} from "@understudy/understudy/calibration";
import { type Columns, type Table, tableOf } from "@understudy/understudy/core";
import { readPairs } from "../../lib/calibration/paired_answers.ts";

const action = "calibrate a mean";

function pairs(human: Columns, synthetic: Columns | string, options: object = {}) {
  const other = typeof synthetic === "string" ? synthetic : tableOf(synthetic);
  return readPairs(
    action,
    tableOf(human),
    other,
    { outcome: "y", ...options } as Parameters<typeof readPairs>[3],
  );
}

function failure(human: Columns, synthetic: Columns | string, options: object = {}): string {
  return (assertThrows(() => pairs(human, synthetic, options)) as Error).message;
}

const people = { persona_id: ["b", "a"], y: [20, 10] };
const model = { persona_id: ["a", "b", "c", "d"], y: [1, 2, 3, 4] };

Deno.test("readPairs() pairs each person with the persona of the same name, in any order; the others are the pool", () => {
  const { human, pool, arms, notes } = pairs(people, model);
  assertEquals([...human.outcome], [20, 10]);
  assertEquals([...human.prediction], [2, 1]);
  assertEquals([...pool.prediction], [3, 4]);
  assertEquals([arms, notes, human.weight, pool.weight], [[""], [], null, null]);
  assertEquals([...human.row, ...pool.row], [0, 1, 2, 3]);
});

Deno.test("readPairs() takes numbers and texts for the same name", () => {
  const { human } = pairs({ persona_id: [2, 1], y: [5, 6] }, { persona_id: ["1", "2", "3"], y: [1, 2, 3] });
  assertEquals([...human.prediction], [2, 1]);
});

Deno.test("readPairs(column) reads both kinds of rows from one table", () => {
  const both = {
    persona_id: [...model.persona_id, ...people.persona_id],
    y: [...model.y, ...people.y],
    says: ["synthetic", "synthetic", "synthetic", "synthetic", "human", "human"],
  };
  const found = pairs(both, "says");
  assertEquals([...found.human.prediction], [2, 1]);
  assertEquals([...found.pool.prediction], [3, 4]);
  const wrong = { ...both, says: both.says.with(2, "Human") };
  assertStringIncludes(
    failure(wrong, "says"),
    "Cannot calibrate a mean as 'says' must say 'human' or 'synthetic' in every row: current value is \"Human\" (row 3)",
  );
  assertStringIncludes(failure(model, "says"), "says");
  assertStringIncludes(
    failure({ ...model, says: model.y.map(() => "human") }, "says"),
    "must name some rows synthetic",
  );
});

Deno.test("readPairs() says which personas do not meet, and that cells may do", () => {
  const message = failure({ persona_id: ["a", "x1", "x2"], y: [1, 2, 3] }, model);
  assertStringIncludes(
    message,
    "as 'synthetic' must hold each 'persona_id' of 'human': 2 of its 3 are not there",
  );
  assertStringIncludes(
    message,
    'such as "x1", "x2"; \'human\' holds "a", "x1", "x2", \'synthetic\' "a", "b", "c", "d"',
  );
  assertStringIncludes(message, '; to pair people by what is known of them, use { strata: ["…"] }');
  assertStringIncludes(failure({ y: [1, 2] }, model), "persona_id");
  assertStringIncludes(failure(people, { y: [1, 2] }), "persona_id");
  assertStringIncludes(failure(people, people), "must hold personas for whom no person answered");
  const nobody = failure({ ...people, y: [null, null] }, model);
  assertStringIncludes(nobody, "as 'human' must hold an answer to 'y'");
  assertStringIncludes(
    failure(people, { ...model, y: model.y.map(() => null) }),
    "as 'synthetic' must hold an answer to 'y'",
  );
});

Deno.test("readPairs(strata) predicts each person by the mean of the cell, as it does each persona, all of whom are the pool", () => {
  const human = { age: ["old", "young", "old"], sex: ["f", "m", "f"], y: [5, 6, 7] };
  const synthetic = {
    age: ["old", "old", "young", "young", "young"],
    sex: ["f", "f", "m", "m", "f"],
    y: [1, 3, 4, 6, 100],
  };
  const { human: own, pool } = pairs(human, synthetic, { strata: ["age", "sex"] });
  assertEquals([...own.prediction], [2, 5, 2]);
  assertEquals([...pool.prediction], [2, 2, 5, 5, 100]);
  assertStringIncludes(
    failure({ ...human, sex: ["f", "m", "x"] }, synthetic, { strata: ["age", "sex"] }),
    "must hold each 'age, sex' of 'human': 1 of its 3 are not there, such as \"old, x\"",
  );
  // Who says nothing of the cell is predicted by the mean, on either side.
  const missing = pairs({ ...human, sex: ["f", null, "f"] }, {
    ...synthetic,
    sex: ["f", "f", null, "m", "f"],
  }, { strata: ["age", "sex"] });
  assertEquals(missing.human.prediction[1], 114 / 5);
  assertEquals(missing.pool.prediction[2], 114 / 5);
});

Deno.test("readPairs() averages replicates, and imputes what the model refused by the same mean on both sides", () => {
  const answers = {
    persona_id: ["a", "a", "b", "c", "c", "d"],
    item: ["y", "y", "y", "y", "y", "y"],
    value: [1, 3, null, 5, 6, null],
    status: ["answered", "answered", "refused", "answered", "answered", "refused"],
    replicate: [1, 2, 1, 1, 2, 1],
  };
  const { human, pool, notes } = pairs(people, answers);
  // The mean over personas who answered: (2 + 5.5) / 2.
  assertEquals([...human.prediction], [3.75, 2]);
  assertEquals([...pool.prediction], [5.5, 3.75]);
  assertEquals([...human.predictions[0]!], [NaN, 2]);
  assertStringIncludes(notes.join("; "), "no usable synthetic answer for 50% of people and 50% of others");
  assert(!notes.join("; ").includes("WARNING"), notes.join("; "));
  assert(notes.some((note) => note.startsWith("personas: averaged the replies")), notes.join("; "));
  assert(
    notes.some((note) => note.startsWith("personas: left out") && note.includes("2 refused")),
    notes.join("; "),
  );
});

Deno.test("readPairs() leaves people without an answer out, and their personas do not become the pool", () => {
  const { human, pool, notes } = pairs({ persona_id: ["b", "a"], y: [20, null] }, model);
  assertEquals([[...human.outcome], [...pool.prediction]], [[20], [3, 4]]);
  assertStringIncludes(notes.join("; "), "people: left out");
});

Deno.test("readPairs() tells units apart by arm where both tables have arms, and leaves out arms without people", () => {
  const human = { persona_id: ["a", "b"], arm: ["control", "letter"], y: [10, 20] };
  const synthetic = {
    persona_id: ["a", "a", "b", "b", "c", "c", "c"],
    arm: ["letter", "control", "letter", "control", "letter", "control", "other"],
    y: [1, 2, 3, 4, 5, 6, 7],
  };
  const found = pairs(human, synthetic);
  assertEquals(found.arms, ["control", "letter"]);
  assertEquals([...found.human.arm], [0, 1]);
  assertEquals([...found.human.prediction], [2, 3]);
  assertEquals(found.human.predictions.map((each) => [...each]), [[2, 4], [1, 3]]);
  assertEquals([...found.pool.prediction], [5, 6]);
  assertEquals([...found.pool.arm], [1, 0]);
  assertStringIncludes(
    failure(human, { ...synthetic, arm: synthetic.arm.map(() => "control") }),
    "must hold an answer to 'y' in arm 'letter'",
  );
  // Where people have no arms, a persona's prediction is the mean of what it says in all.
  assertEquals([...pairs(people, synthetic).human.prediction], [3.5, 1.5]);
});

Deno.test("readPairs(labelProbability) lets people, and the personas left, each stand for all", () => {
  const chances = { chance: [0.5, 0.25] };
  const { human, pool } = pairs({ ...people, ...chances }, { ...model, chance: [0.25, 0.5, 0.2, 0] }, {
    labelProbability: "chance",
  });
  assertEquals([...human.weight!], [2, 4]);
  assertEquals([...pool.weight!], [1.25, 1]);
  const fails = (own: unknown[], others: unknown[], words: string) =>
    assertStringIncludes(
      failure({ ...people, chance: own }, { ...model, chance: others }, { labelProbability: "chance" }),
      words,
    );
  fails(
    [0, 0.5],
    [0.5, 0.5, 0.5, 0.5],
    "'chance' must be above 0 and at most 1 for people: current value is 0",
  );
  fails(
    [0.5, 2],
    [0.5, 0.5, 0.5, 0.5],
    "'chance' must be above 0 and at most 1 for people: current value is 2",
  );
  fails([0.5, 0.5], [0.5, 0.5, 1, 0.5], "'chance' must be at least 0 and below 1 for personas not asked");
  fails([0.5, 0.5], [0.5, 0.5, null, 0.5], "current value is null");
  fails([0.5, 0.5], [0.5, 0.5, "0.5", 0.5], 'current value is "0.5"');
  assertStringIncludes(failure(people, model, { labelProbability: "chance" }), "chance");
  // In cells nobody among the personas was asked: each stands for itself, and needs no chance.
  const cells = pairs({ ...people, ...chances, cell: ["x", "y"] }, { cell: ["x", "y", "y"], y: [1, 2, 3] }, {
    strata: "cell",
    labelProbability: "chance",
  });
  assertEquals([[...cells.human.weight!], cells.pool.weight], [[2, 4], null]);
});

Deno.test("readPairs(weights) multiplies weights and chances; who has no weight does not count", () => {
  const found = pairs({ ...people, w: [3, 2], chance: [0.5, 0.5] }, {
    ...model,
    w: [1, 1, 5, null],
    chance: [0.5, 0.5, 0.5, 0.5],
  }, { weights: "w", labelProbability: "chance" });
  assertEquals([[...found.human.weight!], [...found.pool.weight!]], [[6, 4], [10]]);
  assertStringIncludes(
    failure({ ...people, w: [3, -2] }, { ...model, w: [1, 1, 1, 1] }, { weights: "w" }),
    "w",
  );
});

Deno.test("readPairs(category) reads shares, also of an answer that nobody of a side gave", () => {
  const said = { persona_id: ["a", "b"], y: ["no", "no"] };
  const { human, pool, notes } = pairs(said, { persona_id: ["a", "b", "c"], y: ["yes", "no", "yes"] }, {
    category: "yes",
  });
  assertEquals([[...human.outcome], [...human.prediction], [...pool.prediction]], [[0, 0], [1, 0], [1]]);
  assertStringIncludes(notes.join("; "), "people: nobody answered 'yes'");
  assertStringIncludes(failure(said, { ...said, persona_id: ["a", "b"] }, {}), "'y' must hold numbers");
  assertStringIncludes(
    failure(said, { persona_id: ["a", "b", "c"], y: ["yes", "no", "yes"] }, { category: "nno" }),
    '"no"',
  );
});

Deno.test("readPairs() counts an answer that is probabilities by what is expected of it", () => {
  const answers = {
    persona_id: ["a", "b", "c"],
    item: ["y", "y", "y"],
    value: [1, 2, 2],
    status: ["answered", "answered", "answered"],
    distribution: [{ 1: 0.75, 2: 0.25 }, { 1: 0, 2: 1 }, { 1: 0.5, 2: 0.5 }],
  };
  const mean = pairs(people, answers);
  assertEquals([[...mean.human.prediction], [...mean.pool.prediction]], [[2, 1.25], [1.5]]);
  const share = pairs({ ...people, y: [1, 2] }, answers, { category: 1 });
  assertEquals([[...share.human.outcome], [...share.human.prediction]], [[1, 0], [0, 0.75]]);
});

Deno.test("readPairs() is not misled by names that every object has, and refuses values that are no numbers", () => {
  const odd = ["__proto__", "constructor", "toString"];
  const { human, pool } = pairs({ persona_id: odd.slice(0, 2), y: [1, 2] }, {
    persona_id: odd,
    y: [3, 4, 5],
  });
  assertEquals([[...human.prediction], [...pool.prediction]], [[3, 4], [5]]);
  assertStringIncludes(failure({ persona_id: ["a"], y: [Infinity] }, model), "must hold finite numbers");
  assertStringIncludes(failure({ persona_id: ["a"], y: ["7"] }, model), "must hold numbers");
  assertStringIncludes(failure({ persona_id: [{}], y: [1] }, model), "persona_id");
  assertStringIncludes(failure({ persona_id: [null], y: [1] }, model), "must name a persona in every row");
  assertStringIncludes(failure({ persona_id: [], y: [] }, model), "must have at least one row");
  assertThrows(() => calibrateMean(tableOf(people), 7 as unknown as Table, { outcome: "y" }));
  assertThrows(
    () => calibrateMean(undefined as unknown as Table, tableOf(model), { outcome: "y" }),
    TypeError,
  );
});

Deno.test("calibrateMean(labelProbability) is right where who is likely to be asked answers otherwise", () => {
  // Of 1000 personas the 500 old answer 6 and the young 2; the old are asked ten times as often.
  const ids = Array.from({ length: 1000 }, (_, at) => `p${at}`);
  const old = ids.map((_, at) => at % 2 === 0);
  const chance = old.map((each) => each ? 0.1 : 0.01);
  const truth = old.map((each, at) => (each ? 6 : 2) + Math.sin(at));
  const asked = ids.map((_, at) => old[at] ? at % 20 === 0 : at % 200 === 1);
  const take = <T>(values: T[]) => values.filter((_, at) => asked[at]);
  const human = tableOf({ persona_id: take(ids), y: take(truth), chance: take(chance) });
  const synthetic = tableOf({ persona_id: ids, y: old.map((each) => each ? 5 : 4), chance });
  const means = calibrateMean(human, synthetic, { outcome: "y", labelProbability: "chance" });
  assertAlmostEquals(means.get("estimate", 0), 4, 0.3);
  assert(calibrateMean(human, synthetic, { outcome: "y" }).get("estimate", 1) > 5.4);
});

Deno.test("readPairs() warns where the model refuses for people and not for others, and not for a few that chance may pick", () => {
  const persona_id = Array.from({ length: 330 }, (_, at) => `p${at}`);
  const human = { persona_id: persona_id.slice(0, 30), y: persona_id.slice(0, 30).map((_, at) => at % 7) };
  const notesOf = (refused: number) => {
    const y = persona_id.map((_, at) => at < refused ? null : at % 5);
    return pairs(human, { persona_id, y }).notes.join("; ");
  };
  assertStringIncludes(notesOf(15), "no usable synthetic answer for 50% of people and 0% of others");
  assertStringIncludes(notesOf(15), "WARNING: these differ beyond chance");
  assertStringIncludes(notesOf(1), "no usable synthetic answer for 3% of people and 0% of others");
  assert(!notesOf(1).includes("WARNING") && !notesOf(0).includes("no usable"));
});

Deno.test("readPairs() says what is wrong where no second table is given, and where a persona has two chances of being asked", () => {
  const message =
    (assertThrows(() => calibrateMean(tableOf(people), undefined!, { outcome: "y" })) as Error).message;
  assertStringIncludes(
    message,
    "'synthetic' must be a table or the name of a column: current value is undefined",
  );
  const chances = { labelProbability: "chance" };
  const asked = { ...people, chance: [0.9, 0.9] };
  assertStringIncludes(
    failure(asked, { ...model, chance: [0.9, 0.1, 0.5, 0.5] }, chances),
    "'chance' must be the same in both tables, 0.9: current value is 0.1",
  );
  assertEquals(pairs(asked, { ...model, chance: [0.9, null, 0.5, 0.5] }, chances).human.weight!.length, 2);
});

Deno.test("notes of what was left out have one space where no arms are told apart", () => {
  const { notes } = pairs({ ...people, w: [0, 1] }, { ...model, w: [1, 1, 1, 1] }, { weights: "w" });
  assert(notes.includes("people: left out: 1 with weight 0"), notes.join("; "));
});

const said = (values: unknown[], prefix = "p", more: Columns = {}) =>
  tableOf({ persona_id: values.map((_, at) => `${prefix}${at}`), ...more, support: values });
const both = (values: unknown[], others: unknown[]) => said([...values, ...others]);

Deno.test("a category that neither people nor the model gave is an error, one that one side gave is not", () => {
  const [human, synthetic] = [said([1, 0, 1, 0, 1, 0]), both([1, 0, 1, 1, 1, 0], [0, 1, 0, 1])];
  const asked = { outcome: "support", category: "yes" };
  const rule = /'category' must be an answer to 'support': current value is "yes", the answers are "0", "1"/;
  const target = { stdError: 0.2, costPrediction: 0.02, estimand: "mean" } as const;
  assertMatch(assertThrows(() => calibrateMean(human, synthetic, asked), RangeError).message, rule);
  assertMatch(
    assertThrows(() => planHumanSample(human, synthetic, { ...asked, ...target }), RangeError).message,
    rule,
  );
  const [arm, long] = [["a", "a", "a", "b", "b", "b"], ["a", "a", "a", "b", "b", "b", "a", "a", "b", "b"]];
  const armed = [
    said([1, 0, 1, 0, 1, 0], "p", { arm }),
    said([1, 0, 1, 1, 1, 0, 0, 1, 0, 1], "p", { arm: long }),
  ];
  const regression = () => calibrateRegression(human, synthetic, { ...asked, terms: [] });
  for (const call of [() => calibrateEffects(armed[0]!, armed[1]!, asked), regression]) {
    assertMatch(assertThrows(call, RangeError).message, rule);
  }
  const maybe = both(["a", "b", "a", "c", "b", "a"], ["a", "c"]);
  const means = calibrateMean(said(["a", "b", "a", "b", "b", "a"]), maybe, {
    outcome: "support",
    category: "c",
  });
  assertMatch(String(means.get("notes", 0)), /people: nobody answered 'c'/);
});

Deno.test("people whose persona was asked in another arm only are told apart from people without an answer", () => {
  const human = said([1, 2, 3, 4, 5, 6], "p", { arm: ["a", "a", "a", "b", "b", "b"] });
  const arm = ["a", "a", "b", "a", "b", "b", "a", "b", "a", "b"];
  const synthetic = said([1, 2, 3, 4, 5, 6, 3, 4, 5, 6], "p", { arm });
  const notes = String(calibrateEffects(human, synthetic, { outcome: "support" }).get("notes", 0));
  assertMatch(
    notes,
    /2 people have one in another arm only: subjects: "within" asks each persona in every arm/,
  );
});

Deno.test("errors of pairing name the table, its arms, or why its replies are no answers", () => {
  const human = said([1, 2, 3, 4], "p", { arm: [0, 0, 1, 1] });
  const fails = (table: Table, people = human) =>
    assertThrows(() => calibrateEffects(people, table, { outcome: "support" }), RangeError).message;
  const named = said([1, 2, 3, 4, 5, 6], "p", { arm: ["a", "a", "b", "b", "a", "b"] });
  assertMatch(fails(named), /in arm '0'.*'human' has arms "0", "1", 'synthetic' "a", "b".*`codes`/);
  assertMatch(fails(human), /for whom no person answered, as from samplePersonas: current value is "none"/);
  assertMatch(fails(said([1, 2, 3, 4, 5])), /'synthetic' has no column 'arm'/);
  assertMatch(fails(named.rename({ support: "trust" })), /'synthetic' has no column 'support'/);
  assertMatch(fails(named, human.rename({ support: "trust" })), /'human' has no column 'support'/);
  const replies = tableOf({
    persona_id: ["p0", "p1", "p2", "p3", "p4"],
    item: Array(5).fill("support"),
    value: Array(5).fill(null),
    status: ["unparsed", "unparsed", "refused", "unparsed", "unparsed"],
  });
  const mean = () => calibrateMean(said([1, 2, 3, 4]), replies, { outcome: "support" });
  assertMatch(assertThrows(mean, RangeError).message, /left out: 1 refused, 4 unparsed/);
});

Deno.test("where people's table names no reference, effects are against the one recorded beside the answers", () => {
  const human = said([1, 2, 3, 4, 5, 6], "p", { arm: ["a", "a", "a", "b", "b", "b"] });
  const arm = ["a", "a", "a", "b", "b", "b", "a", "b", "a", "b"];
  const recorded = { arm, reference_arm: Array(10).fill("b") };
  const synthetic = said([1, 2, 3, 4, 5, 6, 3, 4, 5, 6], "p", recorded);
  const effects = (options = {}) => calibrateEffects(human, synthetic, { outcome: "support", ...options });
  assertEquals(effects().array("reference"), ["b", "b"]);
  assertEquals(effects({ reference: "a" }).array("reference"), ["a", "a"]);
});
