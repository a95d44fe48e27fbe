import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { checkMargins, type MarginTargets, rakeWeights } from "@understudy/understudy/personas";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

const data = goldenData("raking");
const targets: MarginTargets = {
  sex: { F: 0.51, M: 0.49 },
  age: { "18-34": 0.29, "35-54": 0.33, "55+": 0.38 },
  edu: { HS: 0.55, BA: 0.32, PG: 0.13 },
};

function column(table: Table, name: string): number[] {
  return columnOf<number>(table, name);
}

Deno.test("checkMargins(personas, targets) agrees with margin_goodness_of_fit", () => {
  const { expected, tol } = goldenCases("survey_balance").get("margin_goodness_of_fit")!;
  const margins = checkMargins(tableOf(data), targets);
  assertEquals(margins.numRows(), 8);
  columnOf<string>(margins, "attribute").forEach((attribute, row) => {
    const reference = expected[attribute];
    const level = reference.levels.indexOf(columnOf(margins, "level")[row]);
    for (const name of ["statistic", "p_value"]) {
      assert(agrees(column(margins, name)[row]!, reference[name], tol), `${attribute} ${name}`);
    }
    for (const name of ["conf_low", "conf_high"]) {
      assert(agrees(column(margins, name)[row]!, reference[name][level], tol), `${attribute} ${name}`);
    }
  });
  const sexP = expected.sex.p_value;
  assertAlmostEquals(column(margins, "p_adjusted")[0]!, Math.min(1, sexP), 1e-9);
  assertEquals(columnOf(margins, "verdict").slice(2), new Array(6).fill("found"));
});

Deno.test("checkMargins(raked personas) agrees exactly, and takes the column weight by itself", () => {
  const margins = checkMargins(rakeWeights(tableOf(data), targets), targets);
  column(margins, "difference").forEach((difference) => assertAlmostEquals(difference, 0, 1e-10));
  assertEquals(new Set(columnOf(margins, "verdict")), new Set(["not found"]));
});

Deno.test("checkMargins(weights) divides the chi-square by the design effect", () => {
  const weights = data.sex!.map((_, row) => row % 3 === 0 ? 3 : 1);
  const table = tableOf({ sex: data.sex!, weight: weights });
  const margins = checkMargins(table, { sex: targets.sex! });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const effective = total ** 2 / weights.reduce((sum, weight) => sum + weight * weight, 0);
  const share = weights.reduce((sum, weight, row) => data.sex![row] === "F" ? sum + weight : sum, 0) / total;
  assertAlmostEquals(column(margins, "share")[0]!, share, 1e-12);
  // With two levels chi-square is the squared z statistic of one share.
  assertAlmostEquals(
    column(margins, "statistic")[0]!,
    effective * (share - 0.51) ** 2 / (0.51 * 0.49),
    1e-10,
  );
  assertEquals(column(margins, "n")[0], data.sex!.filter((sex) => sex === "F").length);
});

Deno.test("checkMargins(independent draws) rejects true margins as often as alpha, also with weights", () => {
  const shares = { a: 0.5, b: 0.3, c: 0.2 };
  for (const weighted of [false, true]) {
    let rejected = 0;
    for (let seed = 0; seed < 1000; seed++) {
      const chance = stream(seed, "check margins");
      const level = Array.from({ length: 300 }, () => ["a", "b", "c"][chance.index([0.5, 0.3, 0.2])]!);
      const weight = level.map(() => weighted ? 0.2 + chance.uniform() * 3 : 1);
      const margins = checkMargins(tableOf({ level, weight }), { level: shares });
      if (columnOf(margins, "verdict")[0] === "found") rejected++;
    }
    // 5% of 1000, three binomial standard errors (6.9)
    assert(Math.abs(rejected - 50) <= 21, `${rejected} of 1000`);
  }
});

Deno.test("checkMargins(level without target) is impossible under the target and says so", () => {
  const margins = checkMargins(tableOf({ sex: ["F", "M", "X", null] }), { sex: { F: 0.5, M: 0.5 } });
  assertEquals(columnOf(margins, "level"), ["F", "M", "X"]);
  assertEquals(column(margins, "statistic")[2], Infinity);
  assertEquals(column(margins, "p_value")[2], 0);
  const reason = columnOf<string>(margins, "notes")[0]!;
  assert(
    reason.includes("rows without a value, left out: 1") && reason.includes("not among the targets: X"),
    reason,
  );
  assert(reason.includes("expected count is below 5"));
});

Deno.test("checkMargins(no values) cannot say", () => {
  const margins = checkMargins(tableOf({ sex: [null, null], age: ["y", "o"] }), {
    sex: { F: 0.5, M: 0.5 },
    age: { y: 0.5, o: 0.5 },
  });
  assertEquals(columnOf(margins, "verdict"), ["cannot tell", "cannot tell", "not found", "not found"]);
  assert(Number.isNaN(column(margins, "p_value")[0]!));
});

Deno.test("checkMargins(bad input) says what is wrong", () => {
  const personas = tableOf({ sex: ["F", "M"], w: [1, -1] });
  const goals = { sex: { F: 0.5, M: 0.5 } };
  assertThrows(() => checkMargins(personas, { age: { y: 1 } }), RangeError, "'personas' has no column 'age'");
  assertThrows(() => checkMargins(personas, goals, { weights: "w" }), RangeError, "at least 0");
  assertThrows(
    () => checkMargins(personas, goals, { alpha: 5 }),
    RangeError,
    "'alpha' must lie between 0 and 1",
  );
  assertThrows(
    () => checkMargins(personas, goals, { level: 1 } as never),
    TypeError,
    "option 'level' is unknown",
  );
});
