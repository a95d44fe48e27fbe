import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, stream, tableOf } from "@understudy/understudy/core";
import { estimateRegression } from "@understudy/understudy/estimation";
import { compareRegressions } from "@understudy/understudy/fidelity";
import { studentTQuantile } from "@understudy/understudy/stats";

/** Support falls with age and rises with the threat; by how much is given. */
function answers(name: string, n: number, age: number, threat: number) {
  const random = stream(1, "regressions", name);
  const columns = {
    age: [] as number[],
    arm: [] as string[],
    party: [] as number[],
    support: [] as number[],
  };
  for (let person = 0; person < n; person++) {
    columns.age.push(random.normal());
    columns.arm.push(["control", "threat"][person % 2]!);
    columns.party.push(random.integer(2));
    const effect = columns.arm.at(-1) === "threat" ? threat : 0;
    columns.support.push(4 + age * columns.age.at(-1)! + effect + columns.party.at(-1)! + random.normal());
  }
  return tableOf(columns);
}

const options = { outcome: "support", terms: ["age", "arm", "party"] };

Deno.test("compareRegressions(human, synthetic) finds the coefficients that differ, and which have turned their sign", () => {
  const [human, synthetic] = [answers("human", 200, -0.5, 0.4), answers("synthetic", 800, 0.5, 1.4)];
  const table = compareRegressions(human, synthetic, options);
  assertEquals(columnOf(table, "term"), ["(intercept)", "age", "arm = threat", "party"]);
  assertEquals(table.array("verdict").slice(1), ["found", "found", "not found"]);
  assertEquals(table.array("opposite_sign").slice(1), [true, false, false]);
  assertStringIncludes(
    table.get("notes", 0),
    "coefficients that differ: 2 of 3; of these with the opposite sign: 1",
  );
  const [ours, theirs] = [estimateRegression(human, options), estimateRegression(synthetic, options)];
  const difference = theirs.get("estimate", 1) - ours.get("estimate", 1);
  const error = Math.hypot(theirs.get("std_error", 1), ours.get("std_error", 1));
  assertAlmostEquals(table.get("difference", 1), difference, 1e-12);
  assertAlmostEquals(table.get("statistic", 1), difference / error, 1e-12);
  // Satterthwaite's degrees of freedom, of fits that have each row as a cluster.
  const fits = [human, synthetic].map((rows) =>
    estimateRegression(rows.assign(tableOf({ row: Array.from({ length: rows.numRows() }, (_, at) => at) })), {
      ...options,
      clusters: "row",
    })
  );
  const [own, other] = fits.map((fit) => fit.get("std_error", 1) ** 2) as [number, number];
  const df = (own + other) ** 2 / (own ** 2 / fits[0]!.get("df", 1) + other ** 2 / fits[1]!.get("df", 1));
  assertAlmostEquals(table.get("null_high", 1), studentTQuantile(0.975, df), 1e-9);
  assert(df < 200);
});

Deno.test("compareRegressions() compares only coefficients that both have, of columns with the same names", () => {
  const [human, synthetic] = [answers("human", 60, 0, 0), answers("synthetic", 60, 0, 0)];
  const renamed = synthetic.derive({ arm: "d => d.arm === 'control' ? 'neutral' : d.arm" });
  assertThrows(
    () => compareRegressions(human, renamed, options),
    RangeError,
    "'synthetic.arm' must hold the same names, control, threat: current value is \"neutral, threat\"",
  );
  const constant = compareRegressions(human, synthetic.derive({ party: "d => 1" }), options);
  assertEquals(constant.get("verdict", 3), "cannot tell");
  assertEquals(constant.get("reason", 3), "synthetic rows: this term is a combination of earlier ones");
  assertStringIncludes(
    constant.get("notes", 0),
    "synthetic rows: left out as combinations of earlier terms: party",
  );
});

Deno.test("compareRegressions() says that answers do not vary, and counts what it could not compare", () => {
  const [human, synthetic] = [answers("human", 60, 0.5, 1), answers("synthetic", 60, 0, 0)];
  const table = compareRegressions(human, synthetic.derive({ support: "d => 3" }), options);
  for (const term of [1, 2, 3]) {
    assertEquals(table.get("verdict", term), "cannot tell");
    assertEquals(table.get("reason", term), "synthetic rows: the answers do not vary");
  }
  assertStringIncludes(table.get("notes", 0), "coefficients that cannot be compared: 3 of 3");
  assertThrows(
    () => compareRegressions(human, synthetic, undefined as never),
    TypeError,
    "Cannot estimate a regression as 'options' must be an object",
  );
});
