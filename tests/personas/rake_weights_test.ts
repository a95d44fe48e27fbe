import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { type MarginTargets, rakeWeights } from "@understudy/understudy/personas";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

const cases = goldenCases("survey_balance");
const table = tableOf(goldenData("raking"));
const targets = readTargets();

function readTargets(): MarginTargets {
  const { variable, level, prop } = goldenData("raking_targets");
  const read: { [attribute: string]: { [level: string]: number } } = {};
  variable!.forEach((name, row) => (read[name] ??= {})[level![row]!] = Number(prop![row]));
  return read;
}

function weightsOf(raked: Table): number[] {
  return columnOf<number>(raked, "weight");
}

/** Largest difference between a margin's weighted share and its target. */
function largestGap(raked: Table, goals: MarginTargets): number {
  const weights = weightsOf(raked);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Math.max(
    ...Object.entries(goals).flatMap(([name, levels]) => {
      const values = columnOf(raked, name);
      return Object.entries(levels).map(([level, target]) => {
        const sum = weights.reduce(
          (part, weight, row) => String(values[row]) === level ? part + weight : part,
          0,
        );
        return Math.abs(sum / total - target);
      });
    }),
  );
}

for (const [id, options] of [["rake_unit_start", {}], ["rake_base_weights", { weights: "bw" }]] as const) {
  Deno.test(`rakeWeights(table, targets) agrees with ${id}`, () => {
    const { expected, tol } = cases.get(id)!;
    const weights = weightsOf(rakeWeights(table, targets, options));
    assertEquals(weights.length, expected.weights.length);
    weights.forEach((weight, row) =>
      assert(agrees(weight, expected.weights[row], tol), `row ${row}: ${weight}`)
    );
  });
}

Deno.test("rakeWeights(table, targets) agrees with calibrate_raking, sums to the rows and has the known deff", () => {
  const { expected, tol } = cases.get("calibrate_raking")!;
  const weights = weightsOf(rakeWeights(table, targets));
  weights.forEach((weight, row) => assert(agrees(weight, expected.weights[row], tol)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const squares = weights.reduce((total, weight) => total + weight * weight, 0);
  assertAlmostEquals(sum, expected.sum, 1e-8);
  assertAlmostEquals(weights.length * squares / sum ** 2, expected.kish_deff, 1e-7);
  assert(largestGap(rakeWeights(table, targets), targets) < 1e-10);
});

Deno.test("rakeWeights(one margin) is post-stratification", () => {
  const { expected, tol } = cases.get("poststratify")!;
  const raked = rakeWeights(table, { sex: targets.sex! });
  columnOf(raked, "sex").forEach((sex, row) =>
    assert(agrees(weightsOf(raked)[row]!, sex === "F" ? expected.weights_F : expected.weights_M, tol))
  );
});

Deno.test("rakeWeights(counts) sums to their total, and total overrides it", () => {
  const sum = (raked: Table) => weightsOf(raked).reduce((total, weight) => total + weight, 0);
  const counts = { sex: { F: 510, M: 490 } };
  assertAlmostEquals(sum(rakeWeights(table, counts)), 1000, 1e-9);
  assertAlmostEquals(sum(rakeWeights(table, counts, { total: 1 })), 1, 1e-12);
  assertAlmostEquals(sum(rakeWeights(table, { sex: { F: 0.51, M: 0.49 } })), 150, 1e-9);
});

Deno.test("rakeWeights(table) keeps the other columns and replaces a column weight", () => {
  const first = rakeWeights(tableOf({ weight: [9, 9, 9], sex: ["F", "M", "M"] }), {
    sex: { F: 0.5, M: 0.5 },
  });
  assertEquals(first.columnNames(), ["weight", "sex"]);
  weightsOf(first).forEach((weight, row) => assertAlmostEquals(weight, [1.5, 0.75, 0.75][row]!, 1e-14));
});

Deno.test("rakeWeights(levels) compares numbers and booleans as texts and takes targets of 0", () => {
  const raked = rakeWeights(tableOf({ level: [1, 1, 2, 3], yes: [true, false, true, false] }), {
    level: { 1: 0.5, 2: 0.5, 3: 0 },
    yes: { true: 0.75, false: 0.25 },
  });
  weightsOf(raked).forEach((weight, row) => assertAlmostEquals(weight, [1, 1, 2, 0][row]!, 1e-9));
});

Deno.test("rakeWeights(random margins) meets every margin", () => {
  const chance = stream(7, "rake");
  const rows = 500;
  const columns: { [name: string]: string[] } = {};
  const goals: { [name: string]: { [level: string]: number } } = {};
  for (const name of ["a", "b", "c", "d"]) {
    columns[name] = Array.from({ length: rows }, () => `l${chance.integer(4)}`);
    const shares = [1, 2, 3, 4].map((share) => share + chance.uniform());
    const total = shares.reduce((sum, share) => sum + share, 0);
    goals[name] = Object.fromEntries(shares.map((share, level) => [`l${level}`, share / total]));
  }
  assert(largestGap(rakeWeights(tableOf(columns), goals), goals) < 1e-10);
});

Deno.test("rakeWeights(bad input) says what is wrong", () => {
  const small = tableOf({ sex: ["F", "F", "M"], age: ["y", "o", "o"], bw: [1, 1, 0], gap: ["F", null, "M"] });
  const rake = (goals: unknown, options = {}) => () => rakeWeights(small, goals as MarginTargets, options);
  assertThrows(rake({ sex: { F: 0.5, M: 0.4, X: 0.1 } }), RangeError, "'targets.sex' needs level 'X'");
  assertThrows(rake({ sex: { F: 0.5, M: 0.5 } }, { weights: "bw" }), RangeError, "needs level 'M'");
  assertThrows(rake({ sex: { F: 1 } }), RangeError, "have a target for every level in the data, also 'M'");
  assertThrows(rake({ gap: { F: 0.5, M: 0.5 } }), RangeError, "column 'gap' must not be empty: row 2");
  assertThrows(
    rake({ sex: { F: 50, M: 50 }, age: { y: 50, o: 60 } }),
    RangeError,
    'share one total: current value is "sex 100, age 110"',
  );
  assertThrows(rake({ sex: { F: 0.5, M: 0.4 } }), RangeError, "sum to 1, or be counts");
  assertThrows(
    rake({ sex: { F: -1, M: 2 } }),
    RangeError,
    "'targets.sex.F' must be a finite number of at least 0",
  );
  assertThrows(rake({ party: { l: 1 } }), RangeError, "no column 'party': its columns are sex, age");
  assertThrows(rake({}), TypeError, "name the levels of at least one attribute");
  assertThrows(
    rake({ sex: { F: 0.5, M: 0.5 } }, { tolerence: 1 }),
    TypeError,
    "option 'tolerence' is unknown",
  );
  assertThrows(
    rake({ sex: { F: 0.5, M: 0.5 } }, { tolerance: 0 }),
    RangeError,
    "'tolerance' must be a positive",
  );
});

Deno.test("rakeWeights(contradictory margins) reports the errors reached and never returns", () => {
  // Nobody is young and male, so that men must all be old: half of the people cannot be men and 30% old.
  const data = tableOf({ sex: ["F", "F", "M"], age: ["young", "old", "old"] });
  const error = assertThrows(
    () => rakeWeights(data, { sex: { F: 0.5, M: 0.5 }, age: { young: 0.7, old: 0.3 } }),
    RangeError,
    "the errors reached are sex ",
  ) as Error;
  assert(/sex \d[\d.e-]*, age \d/.test(error.message), error.message);
});
