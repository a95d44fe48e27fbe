import { agrees, goldenCases, goldenData } from "../../stats/golden_cases.ts";
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateLogit, type EstimateLogitOptions } from "@understudy/understudy/estimation";

const cases = goldenCases("logit");
const data = goldenData("rct");
const rct = tableOf(data);
type Row = { [column: string]: number } & { term: string; quantity: string; notes: string; reason: string };

function rowsOf(options: Partial<EstimateLogitOptions>, table: Table = rct): Row[] {
  const full = { outcome: "ybin", predictors: ["z", "x1", "x2"], ...options };
  return estimateLogit(table, full).objects() as Row[];
}
const find = (rows: readonly Row[], term: string, quantity = "log_odds_ratio") =>
  rows.find((row) => row.term === term && row.quantity === quantity)!;
const ours: { [term: string]: string } = { "(Intercept)": "(intercept)", x2b: "x2 = b", x2c: "x2 = c" };

function checkTerms(
  rows: readonly Row[],
  terms: { [term: string]: { [field: string]: number } },
  tol: number,
): void {
  for (const [term, values] of Object.entries(terms)) {
    const row = find(rows, ours[term] ?? term);
    for (const [field, value] of Object.entries(values)) {
      assert(agrees(row[field]!, value, tol), `${term} ${field}: ${row[field]} is not ${value}`);
    }
  }
}

Deno.test("estimateLogit(table) agrees with R's glm", () => {
  const { expected, tol } = cases.get("logit")!;
  const rows = rowsOf({});
  checkTerms(rows, expected.coef, tol);
  ["(intercept)", "z", "x1", "x2 = b", "x2 = c"].forEach((term, j) => {
    assert(agrees(find(rows, term).conf_low!, expected.ci_wald[j][0], tol));
    assert(agrees(find(rows, term).conf_high!, expected.ci_wald[j][1], tol));
  });
});

Deno.test("estimateLogit(table) agrees with sandwich: HC0, HC1, cluster", () => {
  const { expected, tol } = cases.get("logit_HC0_HC1_CL")!;
  checkTerms(rowsOf({ covarianceType: "HC0" }), expected.HC0, tol);
  checkTerms(rowsOf({ covarianceType: "HC1" }), expected.HC1, tol);
  checkTerms(rowsOf({ clusters: "cl" }), expected.CL, tol);
});

Deno.test("estimateLogit(table) agrees with R's quasibinomial: weights and dispersion", () => {
  const { expected, tol } = cases.get("logit_weighted_quasi")!;
  const rows = rowsOf({ predictors: ["z", "x1"], weights: "w", covarianceType: "classical" });
  checkTerms(rows, expected.coef, tol);
  assertStringIncludes(rows[0]!.notes, "dispersion 1.534");
});

Deno.test("estimateLogit(table) detects perfect separation, where R warns and returns numbers", () => {
  assertEquals(cases.get("logit_separation")!.expected.coef.x, 45.8049208488389);
  const table = tableOf({ y: [0, 0, 0, 0, 1, 1, 1, 1], x: [1, 2, 3, 4, 5, 6, 7, 8] });
  for (const row of rowsOf({ outcome: "y", predictors: ["x"] }, table)) {
    assert(Number.isNaN(row.estimate));
    assertStringIncludes(row.reason, "perfect separation: 'x' predicts some outcomes without error");
  }
});

Deno.test("estimateLogit(table) detects separation by one value of one variable, and names it alone", () => {
  const table = tableOf({
    y: [0, 1, 0, 1, 1, 1, 0, 1, 1, 0],
    party: ["a", "a", "a", "a", "b", "b", "c", "c", "c", "c"],
    age: [20, 30, 40, 50, 25, 35, 45, 30, 60, 22],
  });
  const rows = rowsOf({ outcome: "y", predictors: ["party", "age"] }, table);
  assertStringIncludes(rows[0]!.reason, "perfect separation: 'party = b' predicts");
});

Deno.test("estimateLogit(table) has an estimate where separation is near but not perfect", () => {
  const x = Array.from({ length: 40 }, (_, i) => i);
  const y = x.map((value) => value === 19 ? 1 : value === 20 ? 0 : value > 19 ? 1 : 0);
  const row = find(rowsOf({ outcome: "y", predictors: ["x"] }, tableOf({ x, y })), "x");
  assert(row.estimate! > 1 && row.std_error! > 0 && row.notes === "standard errors: classical");
});

Deno.test("estimateLogit(table): an arm alone has the shares' difference for its average marginal effect", () => {
  const row = find(rowsOf({ predictors: ["z"] }), "z", "average_marginal_effect");
  const shares = [0, 1].map((arm) => {
    const own = (data.ybin as number[]).filter((_, i) => data.z![i] === arm);
    const p = own.reduce((total, value) => total + value, 0) / own.length;
    return { p, variance: p * (1 - p) / own.length };
  });
  assertAlmostEquals(row.estimate!, shares[1]!.p - shares[0]!.p, 1e-11);
  assertAlmostEquals(row.std_error!, Math.sqrt(shares[0]!.variance + shares[1]!.variance), 1e-11);
});

Deno.test("estimateLogit(table): marginal effects and their errors agree with numerical derivatives", () => {
  const rows = rowsOf({ predictors: ["z", "x1"], covarianceType: "HC0" });
  const beta = ["(intercept)", "z", "x1"].map((term) => find(rows, term).estimate!);
  const [z, x1] = [data.z as number[], data.x1 as number[]];
  const p = (eta: number) => 1 / (1 + Math.exp(-eta));
  const mean = (f: (row: number) => number) => z.reduce((total, _, row) => total + f(row), 0) / z.length;
  const effects: { [term: string]: (b: readonly number[]) => number } = {
    z: (b) => mean((row) => p(b[0]! + b[1]! + b[2]! * x1[row]!) - p(b[0]! + b[2]! * x1[row]!)),
    x1: (b) => {
      const at = (shift: number) => mean((row) => p(b[0]! + b[1]! * z[row]! + b[2]! * (x1[row]! + shift)));
      return (at(1e-4) - at(-1e-4)) / 2e-4;
    },
  };
  const scores = z.map((_, row) => {
    const residual = (data.ybin as number[])[row]! - p(beta[0]! + beta[1]! * z[row]! + beta[2]! * x1[row]!);
    return [residual, residual * z[row]!, residual * x1[row]!];
  });
  for (const [term, effect] of Object.entries(effects)) {
    const row = find(rows, term, "average_marginal_effect");
    assertAlmostEquals(row.estimate!, effect(beta), 1e-7);
    // Delta method: the standard error is that of the sum of influences g' H⁻¹ s_i.
    const gradient = beta.map((_, j) => {
      const move = (step: number) => effect(beta.map((value, l) => l === j ? value + step : value));
      return (move(1e-4) - move(-1e-4)) / 2e-4;
    });
    const H = [0, 1, 2].map((j) =>
      [0, 1, 2].map((l) =>
        z.reduce((total, _, i) => {
          const x = [1, z[i]!, x1[i]!];
          const fitted = p(beta[0]! + beta[1]! * z[i]! + beta[2]! * x1[i]!);
          return total + fitted * (1 - fitted) * x[j]! * x[l]!;
        }, 0)
      )
    );
    const direction = solve(H, gradient);
    const variance = scores.reduce(
      (total, score) => total + score.reduce((sum, value, j) => sum + value * direction[j]!, 0) ** 2,
      0,
    );
    assertAlmostEquals(row.std_error!, Math.sqrt(variance), 1e-6);
  }
});

/** Gauss elimination. */
function solve(matrix: number[][], b: number[]): number[] {
  const rows = matrix.map((row, i) => [...row, b[i]!]);
  rows.forEach((pivot, i) => {
    for (let j = 0; j < rows.length; j++) {
      if (j === i) continue;
      const factor = rows[j]![i]! / pivot[i]!;
      rows[j] = rows[j]!.map((value, l) => value - factor * pivot[l]!);
    }
  });
  return rows.map((row, i) => row.at(-1)! / row[i]!);
}

Deno.test("estimateLogit(table) keeps its digits on badly scaled and nearly collinear columns", () => {
  const { expected } = cases.get("logit")!;
  const x1 = data.x1 as number[];
  const scaled = rct.assign({ x1: x1.map((value) => 1e4 + value * 1e-2) });
  assertAlmostEquals(find(rowsOf({}, scaled), "x1").estimate! / 1e2, expected.coef.x1.estimate, 1e-6);
  // u = z + 1e-4 x1, so that b_u u + b_z z = the same fit with b_u = 1e4 b_x1 and b_z less b_u.
  const near = rct.assign({ u: x1.map((value, row) => data.z![row] as number + 1e-4 * value) });
  const rows = rowsOf({ predictors: ["u", "z", "x2"] }, near);
  assertAlmostEquals(find(rows, "u").estimate! / 1e4, expected.coef.x1.estimate, 1e-7);
  assertAlmostEquals(find(rows, "u").std_error! / 1e4, expected.coef.x1.std_error, 1e-7);
});

Deno.test("estimateLogit(table) keeps a covariate that varies little about a large mean", () => {
  const table = tableOf({ ...data, x1: (data.x1 as number[]).map((value) => 1e12 + value) });
  const [far, near] = [rowsOf({}, table), rowsOf({})].map((rows) => find(rows, "x1"));
  assertAlmostEquals(far!.estimate! / near!.estimate!, 1, 1e-3);
  assertAlmostEquals(far!.std_error! / near!.std_error!, 1, 1e-3);
});

Deno.test("estimateLogit(table) starts with a part of many rows and arrives at the same maximum", () => {
  const random = stream(4, "many rows");
  const x = Array.from({ length: 70_000 }, () => random.normal());
  const y = x.map((value) => random.uniform() < 1 / (1 + Math.exp(1 - value)) ? 1 : 0);
  const b = rowsOf({ outcome: "y", predictors: ["x"] }, tableOf({ x, y })).map(({ estimate }) => estimate!);
  // At the maximum the residuals are orthogonal to the columns.
  const residuals = y.map((value, row) => value - 1 / (1 + Math.exp(-b[0]! - b[1]! * x[row]!)));
  assertAlmostEquals(residuals.reduce((total, value) => total + value, 0), 0, 1e-6);
  assertAlmostEquals(residuals.reduce((total, value, row) => total + value * x[row]!, 0), 0, 1e-6);
});

Deno.test("estimateLogit(table) leaves out the later of collinear columns and says so", () => {
  const table = rct.assign({ twice: (data.x1 as number[]).map((value) => 2 * value) });
  const rows = rowsOf({ predictors: ["z", "x1", "twice"] }, table);
  assert(Number.isNaN(find(rows, "twice").estimate));
  assertStringIncludes(find(rows, "twice").reason, "left out: a combination of other terms");
  assert(find(rows, "x1").std_error! > 0);
});

Deno.test("estimateLogit(answers) clusters by persona where personas answer several times, and takes a category", () => {
  const table = tableOf({
    persona_id: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
    arm: [..."ccccccttttttt"].slice(0, 12).map((arm) => arm === "c" ? "control" : "threat"),
    item: new Array(12).fill("source"),
    value: ["tv", "web", "tv", "tv", "web", "tv", "web", "web", "tv", "web", "web", null],
    status: [...new Array(11).fill("answered"), "refused"],
  });
  const rows = rowsOf({ outcome: "source", predictors: ["arm"], category: "web" }, table);
  assertEquals(rows[0]!.outcome as unknown, "source = web");
  assertStringIncludes(
    rows[0]!.notes,
    "left out: 1 refused; 6 clusters (persona_id); standard errors: cluster",
  );
  assertAlmostEquals(find(rows, "arm = threat", "average_marginal_effect").estimate!, 4 / 5 - 2 / 6, 1e-11);
});

Deno.test("estimateLogit(table) says why nothing can be estimated", () => {
  const same = rowsOf({ outcome: "y", predictors: ["x"] }, tableOf({ y: [1, 1, 1], x: [1, 2, 3] }));
  assertStringIncludes(same[0]!.reason, "nothing can be estimated: the outcome does not vary");
  const few = rowsOf({ outcome: "y", predictors: ["x"] }, tableOf({ y: [0, 1], x: [1, 2] }));
  assertStringIncludes(few[0]!.reason, "there are not more rows than terms");
});

Deno.test("estimateLogit(table, options) refuses what it cannot mean", () => {
  assertThrows(() => rowsOf({ outcome: "y" }), RangeError, "must hold only 0 and 1");
  assertThrows(
    () => rowsOf({ predictors: ["z", "z"] }),
    RangeError,
    "'predictors' must name each column once",
  );
  assertThrows(() => rowsOf({ predictors: "z" as never }), TypeError, "'predictors' must be a list");
  assertThrows(() => rowsOf({ covarianceType: "cluster" }), RangeError, "where no clusters are named");
  assertThrows(
    () => rowsOf({ covarianceType: "HC2" as never }),
    RangeError,
    "'covarianceType' must be one of",
  );
});
