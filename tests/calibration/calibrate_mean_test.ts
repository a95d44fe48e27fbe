import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  calibrateMean,
  type CalibrateMeanOptions,
  calibrateRegression,
} from "@understudy/understudy/calibration";
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

/** So many people with these answers and predictions, and a pool. */
function few(y: unknown[], f: unknown[], pool: unknown[], further: { [column: string]: unknown[] } = {}) {
  const [own, others] = [namesOf(y.length, "p"), namesOf(pool.length, "u")];
  return [
    tableOf({ persona_id: own, y, ...further }),
    tableOf({ persona_id: [...own, ...others], y: [...f, ...pool] }),
  ] as const;
}

Deno.test("calibrateMean() has an estimate and no interval, and says why, where a single person answered", () => {
  const [row, alone] = rowsOf(few([3], [4], [1, 2, 6])) as unknown as { [column: string]: unknown }[];
  for (const each of [row!, alone!]) {
    assertEquals([each.estimate, each.std_error, each.conf_low, each.n], [3, NaN, NaN, 1]);
  }
  assertEquals(row!.reason, "no standard error can be computed");
  assertEquals(alone!.reason, "no degrees of freedom are left");
});

Deno.test("calibrateMean() leaves people alone where predictions are constant, or there are too few people, or others, to tune λ", () => {
  const studies = [
    few([1, 5, 2, 7, 4], [3, 3, 3, 3, 3], [3, 3, 3]),
    few([1, 5, 2], [1, 4, 3], [1, 2, 3]),
    few([1, 5, 2, 7, 4, 3], [1, 4, 3, 6, 4, 3], [5]),
  ];
  for (const data of studies) {
    const [row, alone] = rowsOf(data);
    assertEquals([row.lambda, row.n_effective], [0, row.n]);
    for (const column of ["estimate", "std_error", "df", "conf_low", "conf_high", "p_value"]) {
      assertAlmostEquals(row[column]!, alone[column]!, 1e-12);
    }
  }
});

Deno.test("calibrateMean() does not take it for known that all of a few people agree, nor that a model is right for all of them", () => {
  const said = (yes: number, count: number) =>
    Array.from({ length: count }, (_, at) => at < yes ? "yes" : "no");
  const [row, alone] = rowsOf(few(said(12, 12), said(12, 12), said(50, 100)), { category: "yes" });
  assertEquals([row.estimate, alone.estimate], [1, 1]);
  assert(alone.conf_low! < 0.9 && row.conf_low! < 0.9);
  const [right] = rowsOf(few(said(6, 12), said(6, 12), said(500, 1000)), { category: "yes" });
  assert(right.conf_high! - right.conf_low! > 0.2);
  assert(row.conf_high! === 1 && alone.conf_high! === 1);
  const [trusting] = rowsOf(few(said(6, 12), said(6, 12), said(500, 1000)), {
    ...asReference,
    category: "yes",
  });
  assert(trusting.conf_high! - trusting.conf_low! < 0.1);
});

Deno.test("calibrateMean() has a mean of each arm where both tables have arms", () => {
  const people = Array.from({ length: 24 }, (_, at) => at);
  const all = Array.from({ length: 80 }, (_, at) => at);
  const arm = (at: number) => at % 2 === 0 ? "control" : "letter";
  const answer = (at: number) => at % 2 * 5 + Math.sin(at);
  const means = calibrateMean(
    tableOf({ persona_id: people, arm: people.map(arm), y: people.map(answer) }),
    tableOf({ persona_id: all, arm: all.map(arm), y: all.map((at) => answer(at) + 0.1 * Math.cos(at)) }),
    { outcome: "y" },
  );
  assertEquals(means.array("arm"), ["control", "control", "letter", "letter"]);
  assertEquals(means.array("estimator").slice(0, 2), ["prediction_powered_mean", "humans_alone"]);
  assertEquals(means.array("basis").slice(0, 2), ["calibrated", "human"]);
  assertEquals(means.array("n_synthetic"), [28, 0, 28, 0]);
  const truth = (first: number) =>
    all.filter((at) => at % 2 === first).reduce((sum, at) => sum + answer(at), 0) / 40;
  assertAlmostEquals(means.get("estimate", 0), truth(0), 0.15);
  assertAlmostEquals(means.get("estimate", 2), truth(1), 0.15);
  assert(means.get("n_effective", 0) > 30 && means.get("correlation", 0) > 0.9);
});

Deno.test("calibrateMean() says in each row what was left out, and why an arm has no estimate", () => {
  const human = tableOf({ persona_id: ["a", "b", "c"], arm: ["x", "x", "z"], y: [1, 2, null] });
  const synthetic = tableOf({
    persona_id: ["a", "b", "c", "d", "e", "e"],
    arm: ["x", "x", "z", "x", "x", "z"],
    y: [1, 2, 3, 4, 5, 6],
  });
  const means = calibrateMean(human, synthetic, { outcome: "y" });
  assertEquals(
    means.array("reason").slice(2),
    new Array(2).fill("no person answered, or no persona is left in the pool"),
  );
  assertEquals(means.array("estimate").slice(2), [NaN, NaN]);
  assertStringIncludes(means.get("notes", 0), "people: left out: z 1 without a value");
});

Deno.test("calibrateMean(λ) is the regression without terms; with weights too, whose error has another small-sample factor", () => {
  for (const [weights, tolerance] of [[{}, 1e-9], [{ weights: "w" }, 0.01]] as const) {
    for (const lambda of [0, 0.6, 1]) {
      const options = { outcome: "y", lambda, ...weights };
      const means = calibrateMean(...plain, options);
      const coefficients = calibrateRegression(...plain, { ...options, terms: [] });
      for (const row of [0, 1]) {
        assertAlmostEquals(coefficients.get("estimate", row), means.get("estimate", row), 1e-9);
        assertAlmostEquals(coefficients.get("std_error", row) / means.get("std_error", row), 1, tolerance);
      }
    }
  }
});

Deno.test("calibrateMean() refuses options that are none", () => {
  const fails = (options: object, words: string) =>
    assertStringIncludes((assertThrows(() => rowsOf(plain, options)) as Error).message, words);
  fails({ lambda: NaN }, "Cannot calibrate a mean as 'lambda' must be finite: current value is NaN");
  fails({ lambda: "tuned" }, "'lambda' must be");
  fails({ lamda: 1 }, "lambda");
  fails({ alpha: 5 }, "'alpha'");
  fails({ strata: [], outcome: "z" }, "z");
});
