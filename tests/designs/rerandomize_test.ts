import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import {
  assignTreatments,
  declareAssignment,
  declareDesign,
  rerandomize,
  type RerandomizeOptions,
} from "@understudy/understudy/designs";
import { items, personasOf, treatmentsOf } from "./fixtures.ts";

function people(n: number, seed = 1): Table {
  const random = stream(seed, "people");
  return personasOf(n, {
    age: Array.from({ length: n }, () => 40 + 15 * random.normal()),
    income: Array.from({ length: n }, () => Math.exp(random.normal())),
    party: Array.from({ length: n }, () => ["l", "m", "r"][random.integer(3)]),
  });
}

/** Morgan and Rubin's eq. 1 for one covariate: n₁n₀/n (x̄₁ − x̄₀)² / s². */
function oneCovariate(x: number[], arms: readonly string[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [one, other] = ["treated", "control"].map((arm) => x.filter((_, i) => arms[i] === arm));
  const variance = x.reduce((sum, value) => sum + (value - mean(x)) ** 2, 0) / (x.length - 1);
  return (one!.length * other!.length / x.length) * (mean(one!) - mean(other!)) ** 2 / variance;
}

Deno.test("rerandomize(assignment).distance is Morgan and Rubin's for two arms and one covariate", () => {
  const table = people(15);
  const assignment = declareAssignment({ n: 15, sizes: { treated: 6 } });
  const balanced = rerandomize(assignment, { table, covariates: "age" });
  for (const seed of [1, 2, 3]) {
    const arms = assignment.assign(seed);
    assertAlmostEquals(balanced.distance(arms), oneCovariate(columnOf(table, "age"), arms), 1e-9);
  }
  assertEquals(balanced.df, 1);
});

Deno.test("rerandomize(assignment).distance has the mean of chi-square, its degrees of freedom, over all draws", () => {
  const table = people(9);
  for (
    const [options, df] of [
      [{ n: 9, sizes: { treated: 4 } }, 2],
      [{ n: 9, arms: ["a", "b", "c"] }, 4],
      [
        { blocks: [..."xxxxxyyyy"], sizes: undefined, blockSizes: { x: { treated: 2 }, y: { treated: 3 } } },
        2,
      ],
    ] as const
  ) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const assignment = declareAssignment(given);
    const { distance, ...rule } = rerandomize(assignment, { table, covariates: ["age", "income"] });
    let mean = 0;
    for (const { arms, probability } of assignment.enumerate()) mean += probability * distance(arms);
    assertEquals(rule.df, df);
    // E d'V⁻¹d is the dimension, whatever the covariates.
    assertAlmostEquals(mean, df, 1e-6);
  }
});

Deno.test("rerandomize(assignment) draws accepted assignments only, each equally often", () => {
  const table = people(8, 3);
  const assignment = declareAssignment({ n: 8 });
  const balanced = rerandomize(assignment, { table, covariates: ["age", "income"], probability: 0.3 });
  const accepted = new Map(
    [...balanced.enumerate()].map(({ arms, probability }) => [arms.join(), probability]),
  );
  assert(accepted.size > 3 && accepted.size < 40);
  assertAlmostEquals([...accepted.values()].reduce((sum, p) => sum + p, 0), 1, 1e-9);
  const draws = 4000;
  const counts = new Map<string, number>();
  for (let seed = 0; seed < draws; seed++) {
    const arms = balanced.assign(seed).join();
    counts.set(arms, (counts.get(arms) ?? 0) + 1);
  }
  assertEquals([...counts.keys()].sort(), [...accepted.keys()].sort());
  for (const [arms, p] of accepted) {
    assertAlmostEquals(counts.get(arms)! / draws, p, 4.5 * Math.sqrt(p * (1 - p) / draws));
  }
});

Deno.test("rerandomize(clusters in blocks) keeps clusters together and arm sizes within blocks", () => {
  const cluster = [..."aabbccddeeffgghh"];
  const block = [..."xxxxxxxxyyyyyyyy"];
  const assignment = declareAssignment({ clusters: cluster, blocks: block });
  const balanced = rerandomize(assignment, { table: people(16), covariates: "age", probability: 0.2 });
  const arms = balanced.assign(1);
  arms.forEach((arm, i) => assertEquals(arm, arms[cluster.indexOf(cluster[i]!)]));
  for (const name of ["x", "y"]) {
    assertEquals(arms.filter((arm, i) => block[i] === name && arm === "treated").length, 4);
  }
  assert(balanced.distance(arms) <= balanced.threshold);
});

Deno.test("assignTreatments(rerandomize) balances, keeps sizes and does not depend on the order of rows", () => {
  const table = people(60);
  const design = declareDesign({
    treatments: treatmentsOf("control", "treated"),
    items,
    stated: [],
    blocks: "party",
  });
  const rule = { covariates: ["age", "income"], probability: 0.01 };
  const plain = assignTreatments(table, design, { seed: 2 });
  const assigned = assignTreatments(table, design, { seed: 2, rerandomize: rule });
  assertEquals(assigned.columnNames(), plain.columnNames());
  const arms = columnOf<string>(assigned, "arm");
  assertNotEquals(arms, columnOf(plain, "arm"));
  assert(oneCovariate(columnOf(table, "age"), arms) < 1);
  const ids = columnOf<string>(table, "persona_id");
  const reversed = tableOf(
    Object.fromEntries(table.columnNames().map((name) => [name, columnOf(table, name).reverse()])),
  );
  const backward = assignTreatments(reversed, design, { seed: 2, rerandomize: rule });
  assertEquals(columnOf(backward, "persona_id").reverse(), ids);
  assertEquals(columnOf(backward, "arm").reverse(), arms);
});

Deno.test("rerandomize(bad input) says what is wrong", () => {
  const table = people(8);
  const assignment = declareAssignment({ n: 8 });
  const draw = (options: object) => () =>
    rerandomize(assignment, { table, covariates: "age", ...options } as RerandomizeOptions);
  assertThrows(
    () => rerandomize({} as never, { table, covariates: "age" }),
    TypeError,
    "result of declareAssign",
  );
  assertThrows(draw({ covariate: "age" }), TypeError, "option 'covariate' is unknown");
  assertThrows(draw({ covariates: "height" }), RangeError, "no column 'height'");
  assertThrows(draw({ covariates: [] }), TypeError, "'covariates' must name at least one column");
  assertThrows(
    draw({ table: people(7) }),
    RangeError,
    "'table' must have one row per unit of the assignment, 8",
  );
  assertThrows(draw({ probability: 0 }), RangeError, "'probability' must lie between 0 and 1");
  assertThrows(draw({ threshold: -1 }), RangeError, "'threshold' must be a number above 0");
  assertThrows(draw({ threshold: 1, probability: 0.1 }), RangeError, "left out where 'probability' is given");
  const gap = tableOf({ age: [1, 2, 3, NaN, 5, 6, 7, 8] });
  assertThrows(draw({ table: gap }), RangeError, "covariate 'age' must not be empty: row 4");
  const never = rerandomize(assignment, { table, covariates: "age", threshold: 1e-12, maximumDraws: 50 });
  assertThrows(() => never.assign(1), RangeError, "one of 50 draws ('maximumDraws') to be accepted");
  const design = declareDesign({ treatments: treatmentsOf("a", "b"), items, stated: [], subjects: "within" });
  assertThrows(
    () => assignTreatments(table, design, { seed: 1, rerandomize: { covariates: "age" } }),
    RangeError,
    "'rerandomize' must be left out within subjects",
  );
});
