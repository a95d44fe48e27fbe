import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { calibrateMean, type CalibrateMeanOptions } from "@understudy/understudy/calibration";
import { type Table, tableOf } from "@understudy/understudy/core";
import { normalQuantile } from "@understudy/understudy/stats";
import { type Data, labelled, namesOf, pairedTables, unlabelled } from "./golden_pairs.ts";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

type Row = { readonly [column: string]: number };

const cases = goldenCases("ppi");
function rowsOf(data: readonly [Table, Table], options: Partial<CalibrateMeanOptions> = {}): [Row, Row] {
  return calibrateMean(...data, { outcome: "y", ...options }).objects() as unknown as [Row, Row];
}

function assertRow(
  row: Row,
  expected: { point?: number[]; ci: number[][]; pval?: number[] },
  tol: number,
  at = 0,
): void {
  const first = (value: number | number[]) => typeof value === "number" ? value : value[at]!;
  if (expected.point !== undefined) {
    assert(agrees(row.estimate!, expected.point[at]!, tol), `${row.estimate}`);
  }
  assert(agrees(row.conf_low!, first(expected.ci[0]!), tol), `${row.conf_low}`);
  assert(agrees(row.conf_high!, first(expected.ci[1]!), tol), `${row.conf_high}`);
  if (expected.pval !== undefined) assert(agrees(row.p_value!, expected.pval[at]!, tol));
}

const asReference = { lambda: "plug-in", df: "residual" } as const;
const plain = pairedTables(labelled, unlabelled, ["y", "yhat"]);

const means: { [id: string]: Partial<CalibrateMeanOptions> } = {
  ppi_mean_tuned: {},
  ppi_mean_default_alpha10: { alpha: 0.1 },
  ppi_mean_lam1: { lambda: 1 },
  ppi_mean_lam0: { lambda: 0 },
};
for (const [id, options] of Object.entries(means)) {
  Deno.test(`calibrateMean(df: "residual") agrees with ppi_py: ${id}`, () => {
    const { expected, tol } = cases.get(id)!;
    const [row] = rowsOf(plain, { ...asReference, ...options });
    assertRow(row, expected, tol);
    assert(agrees(row.lambda!, expected.lambda, tol));
  });
}

Deno.test('calibrateMean(df: "residual") agrees with ppi_py on an outcome of 0 and 1', () => {
  const { expected, tol } = cases.get("ppi_mean_binary")!;
  const [row] = rowsOf(pairedTables(labelled, unlabelled, ["yb", "yhatb"]), asReference);
  assertRow(row, expected, tol);
  assert(agrees(row.lambda!, expected.lambda, tol));
});

Deno.test('calibrateMean(df: "residual") tunes each of two outcomes as ppi_py does element by element', () => {
  const { expected, tol } = cases.get("ppi_mean_2d")!;
  const [people, pool] = ["labeled", "unlabeled"].map((part) =>
    goldenData(`ppi_mean2d_${part}`) as unknown as Data
  );
  for (const at of [0, 1]) {
    const [row] = rowsOf(pairedTables(people!, pool!, [`y${at + 1}`, `h${at + 1}`]), asReference);
    assertRow(row, { point: expected.element_point, ci: expected.element_ci }, tol, at);
    // With one λ for both, as it does by default, the point is that of this λ.
    const [same] = rowsOf(pairedTables(people!, pool!, [`y${at + 1}`, `h${at + 1}`]), {
      ...asReference,
      lambda: expected.overall_lambda,
    });
    assertRow(same, { point: expected.overall_point, ci: expected.overall_ci }, tol, at);
  }
});

Deno.test("calibrateMean(alpha) has one-sided ends at twice the alpha, also where λ is tuned, which ppi_py's ignore", () => {
  const { expected, tol } = cases.get("ppi_mean_onesided")!;
  const [fixed] = rowsOf(plain, { lambda: 0.7, df: "residual", alpha: 0.1 });
  assert(agrees(fixed.conf_low!, expected.larger[0][0], tol));
  assert(agrees(fixed.conf_high!, expected.smaller[1][0], tol));
  const [tuned] = rowsOf(plain, { ...asReference, alpha: 0.1 });
  const [low, high] = expected.larger_with_lam_None.flat();
  assert(tuned.conf_low! > low + 0.02 && tuned.conf_high! < high - 0.02);
  assert(agrees(tuned.conf_low!, tuned.estimate! - normalQuantile(0.95) * tuned.std_error!, tol));
});

Deno.test("calibrateMean() has people alone beside it: the classical interval", () => {
  const { expected, tol } = cases.get("classical_mean_ci")!;
  const [calibrated, alone] = rowsOf(plain, asReference);
  assert(agrees(alone.conf_low!, expected.unweighted[0], tol));
  assert(agrees(alone.conf_high!, expected.unweighted[1], tol));
  assertEquals([alone.lambda, alone.n_synthetic, alone.n_effective], [0, 0, 80]);
  assertEquals([calibrated.n, calibrated.n_human, calibrated.n_synthetic], [80, 80, 400]);
  assertAlmostEquals(calibrated.n_effective! / 80, (alone.std_error! / calibrated.std_error!) ** 2, 1e-12);
});

Deno.test("calibrateMean(weights) agrees with ppi_py on λ and the mean; its interval stays when a constant is added, ppi_py's does not", () => {
  const { expected, tol } = cases.get("ppi_mean_weighted")!;
  const [row] = rowsOf(plain, { ...asReference, weights: "w" });
  assert(agrees(row.estimate!, expected.point[0], tol));
  assert(agrees(row.lambda!, expected.lambda, tol));
  // The reference's variance is that of weighted values, and of no ratio: a constant added to all answers changes it.
  const reference = (constant: number): number => {
    const error = (values: readonly number[], weights: readonly number[]) => {
      const scale = weights.length / weights.reduce((sum, weight) => sum + weight, 0);
      const weighted = values.map((value, at) => weights[at]! * scale * value);
      const mean = weighted.reduce((sum, value) => sum + value, 0) / weighted.length;
      return weighted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / weighted.length ** 2;
    };
    const residual = labelled.y!.map((y, at) =>
      y + constant - row.lambda! * (labelled.yhat![at]! + constant)
    );
    return Math.sqrt(
      error(residual, labelled.w!) +
        error(unlabelled.yhat!.map((f) => row.lambda! * (f + constant)), unlabelled.w!),
    );
  };
  const half = (expected.ci[1][0] - expected.ci[0][0]) / 2;
  assert(agrees(normalQuantile(0.975) * reference(0), half, tol));
  assertNotEquals(reference(10), reference(0));
  const plus = (data: Data, constant: number): Data =>
    Object.fromEntries(
      Object.entries(data).map((
        [name, values],
      ) => [name, name === "w" ? values : values.map((value) => value + constant)]),
    );
  for (const options of [{ weights: "w" }, { weights: "w", ...asReference }]) {
    const [here, there] = [0, 10].map((constant) =>
      rowsOf(pairedTables(plus(labelled, constant), plus(unlabelled, constant), ["y", "yhat"]), options)[0]
    );
    assertAlmostEquals(there!.std_error!, here!.std_error!, 1e-12);
    assertAlmostEquals(there!.conf_low!, here!.conf_low! + 10, 1e-9);
    assertAlmostEquals(there!.lambda!, here!.lambda!, 1e-9);
  }
});

Deno.test("calibrateMean(λ = 1) agrees with ppi_py's cross-prediction: several models' answers are averaged", () => {
  const { expected, tol } = cases.get("crossppi_mean")!;
  const pool = goldenData("crossppi_unlabeled") as unknown as Data;
  const own = namesOf(80, "p");
  const others = namesOf(400, "u");
  const synthetic = tableOf({
    persona_id: [...own, ...others, ...others, ...others],
    y: [...labelled.yhat!, ...pool.f1!, ...pool.f2!, ...pool.f3!],
  });
  const [row] = rowsOf([plain[0], synthetic], { lambda: 1, df: "residual" });
  assertRow(row, expected, tol);
  assertEquals(row.n_synthetic, 400);
});
