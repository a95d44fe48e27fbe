import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  calibrateMean,
  calibrateRegression,
  type CalibrateRegressionOptions,
} from "@understudy/understudy/calibration";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateRegression } from "@understudy/understudy/estimation";
import { leastSquares, normalQuantile, sampleQuantile } from "@understudy/understudy/stats";
import type { RegressionSample } from "../../lib/calibration/debiased_regression.ts";
import { crossFitLabels, designBasedMoments, type LabelledRows } from "../../lib/calibration/design_based.ts";
import type { RegressionModel } from "../../lib/calibration/model_moments.ts";
import { pairedBootstrap } from "../../lib/calibration/paired_bootstrap.ts";
import { rectifyCoefficients } from "../../lib/calibration/rectified_regression.ts";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

const cases = goldenCases("ppi");
const labelled = goldenData("ppi_labeled") as { [column: string]: number[] };
const unlabelled = goldenData("ppi_unlabeled") as { [column: string]: number[] };
const z = normalQuantile(0.975);

interface Row {
  readonly [column: string]: number | string;
}

function rowsOf(table: Table): Row[] {
  return table.objects() as unknown as Row[];
}

function assertAgree(found: ArrayLike<number>, expected: readonly number[], tol: number): void {
  assertEquals(found.length, expected.length);
  expected.forEach((value, at) => assert(agrees(found[at]!, value, tol), `${found[at]} is not ${value}`));
}

function ones(count: number): number[] {
  return new Array<number>(count).fill(1);
}

/** Golden data as two tables: people with what was predicted of them, then the pool. */
function tables(y: string, f: string): [Table, Table] {
  const columns = (data: { [column: string]: number[] }, value: string, letter: string) => ({
    ...{ persona_id: data.t!.map((_, at) => `${letter}${at}`), y: data[value]!, w: data.w! },
    ...{ t: data.t!, x1: data.x1!, x2: data.x2! },
  });
  const [own, told, pool] = [
    columns(labelled, y, "p"),
    columns(labelled, f, "p"),
    columns(unlabelled, f, "u"),
  ];
  const all = Object.entries(told).map((
    [name, values],
  ) => [name, [...values, ...pool[name as keyof typeof pool]]]);
  return [tableOf(own), tableOf(Object.fromEntries(all))];
}

const models: [id: string, model: RegressionModel, y: string, terms: string[]][] = [
  ["ppi_ols_tuned", "linear", "y", ["t", "x1", "x2"]],
  ["ppi_ols_lam1", "linear", "y", ["t", "x1", "x2"]],
  ["ppi_ols_lam0", "linear", "y", ["t", "x1", "x2"]],
  ["ppi_ols_weighted", "linear", "y", ["t", "x1", "x2"]],
  ["ppi_logistic_lam1", "logistic", "yb", ["t", "x1"]],
  ["ppi_logistic_lam0", "logistic", "yb", ["t", "x1"]],
  ["ppi_logistic_weighted_lam1", "logistic", "yb", ["t", "x1"]],
  ["ppi_poisson_lam1", "poisson", "yc", ["t", "x1"]],
];
for (const [id, model, y, terms] of models) {
  Deno.test(`calibrateRegression(estimator: "ppi", df: "residual") agrees with ppi_py: ${id}`, () => {
    const { expected, tol, args } = cases.get(id)! as unknown as {
      expected: { point: number[]; ci: number[][]; lambda_point?: number; lambda_ci?: number };
      tol: number;
      args: { lam?: number; w?: string };
    };
    const [human, synthetic] = tables(y, `yhat${y.slice(1)}`);
    const weights = args.w === undefined ? {} : { weights: "w" };
    const run = (lambda: number | "plug-in") =>
      rowsOf(calibrateRegression(human, synthetic, {
        ...{ outcome: "y", terms, model, estimator: "ppi", df: "residual", lambda },
        ...weights,
      })).filter(({ basis }) => basis === "calibrated");
    const point = run(args.lam ?? "plug-in");
    assertAgree(point.map(({ estimate }) => Number(estimate)), expected.point, tol);
    if (args.lam === undefined) assert(agrees(Number(point[0]!.lambda), expected.lambda_point!, tol));
    // The reference tunes λ again for the interval.
    const ends = run(args.lam ?? expected.lambda_ci!);
    assertAgree(ends.map(({ conf_low }) => Number(conf_low)), expected.ci[0]!, tol);
    assertAgree(ends.map(({ conf_high }) => Number(conf_high)), expected.ci[1]!, tol);
  });
}

Deno.test("rectifyCoefficients(λ) tells the λ that the reference would tune at its coefficients", () => {
  const { expected, tol } = cases.get("ppi_ols_tuned")!;
  const part = (data: { [column: string]: number[] }) => ({
    columns: [ones(data.t!.length), data.t!, data.x1!, data.x2!].map((column) => Float64Array.from(column)),
    prediction: Float64Array.from(data.yhat!),
    ...{ weight: null, cluster: Int32Array.from(data.t!.keys()) },
  });
  const human = { ...part(labelled), outcome: Float64Array.from(labelled.y!) };
  const sample: RegressionSample = { human, pool: part(unlabelled) };
  const tuned = (lambda: number) => rectifyCoefficients(sample, "linear", lambda)!.tuned;
  assert(agrees(tuned(1), expected.lambda_point, tol));
  assert(agrees(tuned(tuned(1)), expected.lambda_ci, tol));
});

Deno.test("people alone agree with the reference's classical intervals: least squares and logistic regression", () => {
  const columns = (...names: string[]) => [ones(labelled.t!.length), ...names.map((name) => labelled[name]!)];
  const fit = leastSquares(columns("t", "x1", "x2"), labelled.y!, { covarianceType: "HC0" });
  const low = fit.coefficients.map((value, j) => value - z * fit.standardErrors[j]!);
  assertAgree(low, cases.get("classical_ols_ci")!.expected.unweighted[0], 1e-8);
  const { ci } = cases.get("classical_logistic_ci")!.expected;
  const [human, synthetic] = tables("yb", "yhatb");
  const rows = rowsOf(
    calibrateRegression(human, synthetic, { outcome: "y", terms: ["t", "x1"], model: "logistic" }),
  );
  const alone = rows.filter(({ basis }) => basis === "human").map(({ estimate }) => Number(estimate));
  assertAgree(alone, (ci[0] as number[]).map((value, j) => (value + ci[1][j]) / 2), 1e-6);
});

Deno.test("pairedBootstrap(recorded draws) agrees with the predict-then-debias bootstrap of ppi_py", () => {
  const { expected, tol } = cases.get("ptd_ols_recorded")!;
  const url = new URL("../golden/data/ptd_draws.json", import.meta.url);
  const read = JSON.parse(Deno.readTextFileSync(url));
  const recorded = (Array.isArray(read) ? read : Object.values(read)[0]) as number[][];
  const fit = (data: { [column: string]: number[] }, y: number[], times: Int32Array) => {
    const rows = [...times.keys()].filter((row) => times[row]! > 0);
    const columns = [ones(rows.length), ...["t", "x1"].map((name) => rows.map((row) => data[name]![row]!))];
    const weights = rows.map((row) => times[row]!);
    return leastSquares(columns, rows.map((row) => y[row]!), { weights, covarianceType: "HC0" }).coefficients;
  };
  const run = (lambda: number | null) =>
    pairedBootstrap({
      sizes: [40, 100],
      statistic: (people, pool) => ({
        outcome: fit(labelled, labelled.y!, people),
        prediction: fit(labelled, labelled.yhat!, people),
        pool: fit(unlabelled, unlabelled.yhat!, pool),
      }),
      ...{ lambda, replicates: recorded.length, random: stream(1, "recorded") },
      draw: (visit) => recorded.forEach(visit),
    });
  const none = run(1);
  assertAgree(none.map(({ estimate }) => estimate), expected.none.point, tol);
  const diagonal = expected.optimal_diagonal;
  run(null).forEach((own, j) => {
    // PPBoot divides by another count than the predict-then-debias bootstrap: (B - 1) / B.
    const lambda = own.lambda * (recorded.length - 1) / recorded.length;
    assert(agrees(lambda, diagonal.tuning_matrix[j][j], tol));
    const { estimate, draws } = run(diagonal.tuning_matrix[j][j])[j]!;
    assert(agrees(estimate, diagonal.point[j], tol));
    for (const [which, end] of [[diagonal.ci, draws], [expected.none.ci, none[j]!.draws]] as const) {
      end.sort();
      assert(agrees(sampleQuantile(end, 0.025), which[0][j], tol));
      assert(agrees(sampleQuantile(end, 0.975), which[1][j], tol));
    }
  });
});

/** The data of the dsl package's cases, people's rows first. */
function dslRows(): { data: { [column: string]: number[] }; order: number[]; people: number } {
  const data = goldenData("dsl") as { [column: string]: number[] };
  const all = [...data.y!.keys()];
  const isLabelled = (row: number) => data.labeled![row] === 1;
  const order = [...all.filter(isLabelled), ...all.filter((row) => !isLabelled(row))];
  const sorted = Object.entries(data).map(([name, values]) => [name, order.map((row) => values[row]!)]);
  return { data: Object.fromEntries(sorted), order, people: all.filter(isLabelled).length };
}

function labelledRows(design: LabelledRows["design"], outcome: number[] | null): LabelledRows {
  const { data, people } = dslRows();
  const numbers = (name: string) => Float64Array.from(data[name]!);
  const side = (start: number, end?: number) => ({
    columns: [],
    prediction: numbers("yhat").subarray(start, end),
    weight: null,
    cluster: Int32Array.from(data.id!).subarray(start, end),
  });
  const label = numbers("y").subarray(0, people);
  return {
    ...{ human: { ...side(0, people), outcome: label }, pool: side(people), design, label, covariates: [] },
    ...{ outcome: outcome && Float64Array.from(outcome), prediction: numbers("yhat"), chance: numbers("pi") },
  };
}

const dsl = goldenCases("dsl");
const values = (named: { [term: string]: number }) => Object.values(named);

function assertDesignBased(id: string, rows: LabelledRows): void {
  const { expected, tol } = dsl.get(id)!;
  const found = designBasedMoments(rows, rows.prediction, "linear")!;
  const count = values(expected.coefficients).length;
  assertAgree(found.coefficients.slice(0, count), values(expected.coefficients), tol);
  // The reference minimises a norm, to some digits; what it comes near is known exactly.
  if (expected.exact_solution) assertAgree(found.coefficients, expected.exact_solution, 1e-8);
  const errors = found.covariance.slice(0, count).map((row, j) => Math.sqrt(row[j]!));
  assertAgree(errors, values(expected.std_error), tol);
}

Deno.test("designBasedMoments(outcome, regressor or fixed effects) agrees with dsl, and to 1e-8 with the exact solution", () => {
  const { data } = dslRows();
  const [x, w] = [data.x!, data.z!].map((column) => Float64Array.from(column));
  const one = new Float64Array(x!.length).fill(1);
  assertDesignBased("dsl_core_lm_outcome", labelledRows(() => [one, x!, w!], null));
  assertDesignBased("dsl_core_lm_predicted_regressor", labelledRows((y) => [one, y, x!], data.z!));
  const groups = [...new Set(data.g!)].sort((a, b) => a - b);
  const code = data.g!.map((group) => (groups.indexOf(group) + 1) % 6);
  const effects = [...new Set(code)].map((group) => Float64Array.from(code, (own) => own === group ? 1 : 0));
  assertDesignBased("dsl_core_felm_oneway", labelledRows(() => [x!, w!, ...effects], null));
});

Deno.test("crossFitLabels(recorded folds) gives the coefficients and errors of dsl with three splits", () => {
  const { expected, tol } = dsl.get("dsl_full_lm_3splits")!;
  const { args } = dsl.get("dsl_full_lm_3splits")! as unknown as { args: { folds: number[][] } };
  const { data, order } = dslRows();
  const one = new Float64Array(order.length).fill(1);
  const rows = labelledRows(() => [one, Float64Array.from(data.x!), Float64Array.from(data.z!)], null);
  for (const fold of args.folds) {
    const predicted = crossFitLabels(rows, order.map((row) => fold[row]!));
    const { coefficients, covariance } = designBasedMoments(rows, predicted, "linear")!;
    assertAgree(coefficients, values(expected.coefficients), tol);
    assertAgree(covariance.map((row, j) => Math.sqrt(row[j]!)), values(expected.std_error), tol);
  }
});

/** People and personas of a survey, with a model that is half wrong. */
function survey(people: number, seed = 1, count = 300): [Table, Table] {
  const random = stream(seed, "survey");
  const names = ["left", "centre", "right"];
  const rows = Array.from({ length: count }, (_, at) => {
    const [party, age, arm] = [
      names[random.integer(3)]!,
      20 + random.integer(50),
      at % 2 === 0 ? "control" : "threat",
    ];
    const mean = age / 20 + (party === "left" ? 1 : 0) + (arm === "threat" ? 0.5 : 0);
    const [y, f] = [mean + random.normal(), 1 + 0.7 * random.normal()];
    return { persona_id: `p${at}`, party, age, arm, y, f: y + f, group: `g${at % 30}`, pi: 0.2 };
  });
  const human = rows.slice(0, people).map((row) => ({
    ...row,
    yes: row.y > 3 ? 1 : 0,
    count: Math.max(0, Math.round(row.y)),
  }));
  const synthetic = rows.map((row) => ({
    ...{ ...row, y: row.f, yes: row.f > 4 ? 1 : 0, count: Math.max(0, Math.round(row.f)) },
  }));
  return [tableOf(human), tableOf(synthetic)];
}

function surveyRows(options: Partial<CalibrateRegressionOptions> = {}, people = 60): Row[] {
  return rowsOf(
    calibrateRegression(...survey(people), { outcome: "y", terms: ["arm", "party", "age"], ...options }),
  );
}

Deno.test("calibrateRegression() has people alone as estimateRegression, and calibrated rows that are as precise as more people", () => {
  const rows = surveyRows();
  const alone = rowsOf(
    estimateRegression(survey(60)[0], { outcome: "y", terms: ["arm", "party", "age"], basis: "human" }),
  );
  const own = rows.filter(({ basis }) => basis === "human");
  assertEquals(own.map(({ term }) => term), alone.map(({ term }) => term));
  own.forEach((row, at) => {
    assertAlmostEquals(Number(row.estimate), Number(alone[at]!.estimate), 1e-10);
    assertAlmostEquals(Number(row.std_error), Number(alone[at]!.std_error), 1e-10);
  });
  for (const row of rows.filter(({ basis }) => basis === "calibrated")) {
    assertEquals([row.estimator, row.n_human, row.n_synthetic], ["debiased", 60, 240]);
    assert(
      Number(row.n_effective) > 80 && Number(row.lambda) > 0.4 && Number(row.correlation) > 0.7,
      JSON.stringify(row),
    );
  }
});

Deno.test("calibrateRegression(λ = 1) is the regression of the pool's predictions, corrected by that of people's errors", () => {
  const [human, synthetic] = survey(60);
  const pool = synthetic.slice(60).reify();
  const own = columnOf<number>(human, "y");
  const errors = own.map((value, at) => value - columnOf<number>(synthetic, "y")[at]!);
  const fit = (table: Table) =>
    columnOf<number>(estimateRegression(table, { outcome: "y", terms: ["party"] }), "estimate");
  const corrected = fit(tableOf({ party: columnOf(human, "party"), y: errors }));
  const expected = fit(pool).map((value, j) => value + corrected[j]!);
  for (const estimator of ["debiased", "ppi"] as const) {
    const rows = surveyRows({ terms: ["party"], lambda: 1, estimator }).filter(({ basis }) =>
      basis === "calibrated"
    );
    rows.forEach(({ estimate }, j) => assertAlmostEquals(Number(estimate), expected[j]!, 1e-9));
  }
});

Deno.test("calibrateRegression(terms: [], λ = 1) is calibrateMean's estimate", () => {
  const all = survey(60).map((table) => table.select(["persona_id", "y"]).reify()) as [Table, Table];
  const expected = rowsOf(calibrateMean(...all, { outcome: "y", lambda: 1 }))[0]!;
  const found = rowsOf(calibrateRegression(...all, { outcome: "y", terms: [], lambda: 1 }))[0]!;
  for (const column of ["estimate", "std_error", "df"]) {
    assertAlmostEquals(Number(found[column]), Number(expected[column]), 1e-8, column);
  }
});

Deno.test("calibrateRegression(ppboot) gives the same rows for the same seed", () => {
  const [first, again, other] = [1, 1, 2].map((seed) =>
    surveyRows({ terms: ["age"], estimator: "ppboot", replicates: 60, seed })
  );
  assertEquals(first, again);
  assert(first![0]!.conf_low !== other![0]!.conf_low);
  assertEquals([first![0]!.statistic, first![0]!.df], [NaN, NaN]);
});

Deno.test('calibrateRegression(estimator: "dsl") draws its folds anew for each split, takes known chances, and a predicted term', () => {
  const chance = { estimator: "dsl", labelProbability: "pi" } as const;
  const split = (seed: number, replicates: number) =>
    surveyRows({ ...chance, replicates, seed })[0]!.estimate;
  assert(split(1, 1) !== split(2, 1));
  assert(split(1, 1) !== split(1, 2));
  const rows = surveyRows({ ...chance, outcome: "age", terms: ["arm", "y"], predicted: "y" });
  const slope = rows.filter(({ term }) => term === "y");
  assert(Math.abs(Number(slope[0]!.estimate) - Number(slope[1]!.estimate)) < 2 * Number(slope[1]!.std_error));
  assert(Number(slope[0]!.std_error) < Number(slope[1]!.std_error));
  assertThrows(
    () => surveyRows({ predicted: "y", outcome: "age", terms: ["y"] }),
    RangeError,
    '{ estimator: "dsl" }',
  );
});

Deno.test("calibrateRegression(dsl, logistic) needs no options to run, where ppi_py's cross-fitted logit fails at its defaults", () => {
  const rows = surveyRows({ outcome: "yes", terms: ["age", "party"], model: "logistic", estimator: "dsl" });
  assert(rows.every(({ estimate, std_error }) => Number.isFinite(estimate) && Number(std_error) > 0));
});

Deno.test("calibrateRegression(useless, constant, or exactly explained predictions) leaves people alone", () => {
  const [human, synthetic] = survey(60);
  const constant = tableOf({
    ...Object.fromEntries(synthetic.columnNames().map((name) => [name, columnOf(synthetic, name)])),
    y: ones(300).map(() => 4),
  });
  const explained = tableOf({
    ...Object.fromEntries(synthetic.columnNames().map((name) => [name, columnOf(synthetic, name)])),
    y: columnOf<number>(synthetic, "age").map((age) => age / 10),
  });
  for (const table of [constant, explained]) {
    const rows = rowsOf(calibrateRegression(human, table, { outcome: "y", terms: ["arm", "age"] }));
    for (let at = 0; at < rows.length; at += 2) {
      assertEquals([rows[at]!.lambda, rows[at]!.n_effective], [0, 60]);
      assertStringIncludes(String(rows[at]!.notes), "λ is 0");
      assertAlmostEquals(Number(rows[at]!.conf_low), Number(rows[at + 1]!.conf_low), 1e-9);
    }
  }
});

Deno.test("calibrateRegression(pool that is small, or of one arm) leaves people alone, and says why", () => {
  const [human, synthetic] = survey(60);
  const few = synthetic.slice(0, 63).reify();
  const rows = synthetic.objects() as unknown as { arm: string }[];
  const arms = tableOf(rows.filter(({ arm }, at) => arm === "control" || at < 60));
  for (const table of [few, arms]) {
    const found = rowsOf(calibrateRegression(human, table, { outcome: "y", terms: ["arm", "age"] }));
    assertEquals(found.map(({ lambda }) => lambda), [0, 0, 0, 0, 0, 0]);
    assertEquals(found[0]!.conf_high, found[1]!.conf_high);
    assertStringIncludes(String(found[0]!.notes), "the pool cannot tell the terms apart");
  }
});

Deno.test("calibrateRegression() counts people who answered in both arms as clusters", () => {
  const [human, synthetic] = survey(60);
  const twice = (table: Table) => {
    const rows = table.objects() as unknown as { arm: string; y: number }[];
    return tableOf([
      ...rows,
      ...rows.map((row) => ({ ...row, arm: row.arm === "threat" ? "control" : "threat", y: row.y + 0.1 })),
    ]);
  };
  const [both, told] = [twice(human), twice(synthetic)];
  const rows = rowsOf(calibrateRegression(both, told, { outcome: "y", terms: ["arm", "age"] }));
  const alone = rowsOf(estimateRegression(both, { outcome: "y", terms: ["arm", "age"] }));
  assertEquals(rows[0]!.n, 120);
  const unclustered = { outcome: "y", terms: ["arm"], estimator: "ppi" } as const;
  assertThrows(() => calibrateRegression(both, told, unclustered), RangeError, "personas have several rows");
  rows.filter(({ basis }) => basis === "human").forEach((row, at) => {
    assertAlmostEquals(Number(row.std_error), Number(alone[at]!.std_error), 1e-10);
    assertAlmostEquals(Number(row.df), Number(alone[at]!.df), 1e-8);
  });
});

Deno.test("calibrateRegression(separated, too few people, collinear terms, names that no person has) says so", () => {
  const [human, synthetic] = survey(60);
  const arm = columnOf<string>(human, "arm");
  const told = Object.fromEntries(human.columnNames().map((name) => [name, columnOf(human, name)]));
  const separated = tableOf({
    ...told,
    yes: arm.map((name, at) => name === "threat" || at % 4 === 0 ? 1 : 0),
  });
  const rows = rowsOf(
    calibrateRegression(separated, synthetic, { outcome: "yes", terms: ["arm"], model: "logistic" }),
  );
  for (const row of rows) {
    assertEquals(row.estimate, NaN);
    assertStringIncludes(String(row.reason), "perfect separation");
  }
  for (const row of surveyRows({}, 5)) {
    assertStringIncludes(String(row.reason), "not more people than terms");
  }
  const doubled = tableOf({ ...told, again: columnOf<number>(human, "age").map((age) => 2 * age) });
  const also = tableOf({
    ...Object.fromEntries(synthetic.columnNames().map((name) => [name, columnOf(synthetic, name)])),
    again: columnOf<number>(synthetic, "age").map((age) => 2 * age),
  });
  const again = rowsOf(calibrateRegression(doubled, also, { outcome: "y", terms: ["age", "again"] }));
  assertEquals(again.map(({ estimate }) => Number.isNaN(estimate)), [false, false, false, false, true, true]);
  assertStringIncludes(String(again[4]!.reason), "combination of earlier ones");
  const centre = human.filter((row: { party: string }) => row.party !== "centre").reify();
  const without = rowsOf(calibrateRegression(centre, synthetic, { outcome: "y", terms: ["party"] }));
  assertEquals(without.map(({ term }) => term), [
    "(intercept)",
    "(intercept)",
    "party = right",
    "party = right",
  ]);
  assertStringIncludes(String(without[0]!.notes), "whose 'party' no person has");
});

Deno.test("calibrateRegression() refuses outcomes that do not fit the model, and a term that is the outcome", () => {
  assertThrows(() => surveyRows({ model: "logistic" }), RangeError, "be 0 or 1 of people");
  assertThrows(() => surveyRows({ terms: ["y"] }), RangeError, "not hold the outcome");
  assertThrows(() => surveyRows({ terms: ["wealth"] }), RangeError, "wealth");
  const impossible = { estimator: "dsl", labelProbability: "age", terms: ["arm"] } as const;
  assertThrows(() => surveyRows(impossible), RangeError, "above 0 and at most 1");
  const counts = surveyRows({ outcome: "count", terms: ["age"], model: "poisson" });
  assert(counts.every(({ std_error }) => Number(std_error) > 0));
});

/** The columns of tables by their values; people are the first `people` rows. */
function pair(
  people: number,
  columns: { [name: string]: unknown[] },
  told: { [name: string]: unknown[] },
): [Table, Table] {
  const persona_id = Object.values(told)[0]!.map((_, at) => at);
  const own = Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, values.slice(0, people)]),
  );
  return [
    tableOf({ persona_id: persona_id.slice(0, people), ...own }),
    tableOf({ persona_id, ...columns, ...told }),
  ];
}

const places = (count: number) => Array.from({ length: count }, (_, at) => at);

Deno.test("calibrateRegression() stays near people alone where a model says (almost) only yes, or what the terms say", () => {
  const said: { [name: string]: (age: number, uniform: number) => number } = {
    yes: (_age, uniform) => uniform < 0.97 ? 1 : 0,
    chance: (age) => 1 / (1 + Math.exp(1.6 - 0.3 * age)),
  };
  for (const [name, tell] of Object.entries(said)) {
    for (let seed = 0; seed < 40; seed++) {
      const random = stream(seed, name);
      const age = places(530).map(() => 2 + 5 * random.uniform());
      const told = age.map((years) => tell(years, random.uniform()));
      const yes = age.map((years) => random.uniform() < 1 / (1 + Math.exp(1.6 - 0.3 * years)) ? 1 : 0);
      const tables = pair(30, { age, yes }, { yes: told });
      const rows = rowsOf(
        calibrateRegression(...tables, { outcome: "yes", terms: ["age"], model: "logistic" }),
      );
      for (const at of [0, 2]) {
        const [own, alone] = [rows[at]!, rows[at + 1]!];
        const away = Math.abs(Number(own.estimate) - Number(alone.estimate));
        assert(
          !(away > Number(alone.std_error)),
          `${name} ${seed}: ${own.estimate} beside ${alone.estimate}`,
        );
        assert(!(Number(own.std_error) > 1.1 * Number(alone.std_error)), `${name} ${seed}: ${own.std_error}`);
      }
    }
  }
});

Deno.test("calibrateRegression(an arm in which people agree) has no interval for it, as people alone have none", () => {
  const arm = places(230).map((at) => at % 2 === 0 ? "a" : "b");
  const tables = pair(30, { arm, v: places(230).map((at) => at % 2 === 1 && at % 3 > 0 ? 1 : 0) }, {
    v: places(230).map((at) => at % 5 < 2 ? 1 : 0),
  });
  const rows = rowsOf(calibrateRegression(...tables, { outcome: "v", terms: ["arm"], lambda: 0.5 }));
  for (const at of [0, 1]) {
    assertEquals([rows[at]!.std_error, rows[at]!.conf_low], [0, NaN]);
    assertStringIncludes(String(rows[at]!.reason), "fitted exactly");
  }
  assertEquals([rows[0]!.lambda, rows[0]!.n_effective], [0, 30]);
  assert(Number(rows[2]!.conf_low) < Number(rows[2]!.conf_high));
});

Deno.test("calibrateRegression() does not take a model that is right for all of ten people to be right for everyone", () => {
  const v = places(310).map((at) => 1 + at * 5 % 7);
  const x = places(310).map((at) => at % 11);
  const rows = rowsOf(calibrateRegression(...pair(10, { x, v }, { v }), { outcome: "v", terms: ["x"] }));
  assert(Number(rows[0]!.std_error) > 0.4 * Number(rows[1]!.std_error), JSON.stringify(rows[0]));
});

Deno.test("calibrateRegression() is the same with weights of another scale", () => {
  const random = stream(2, "weights");
  const x = places(60).map(() => random.normal());
  const v = x.map((value) => value + random.normal());
  const f = v.map((value) => value + random.normal());
  const w = x.map(() => 1 + random.integer(3));
  const [first, second] = [1, 1000].map((factor) => {
    const [human, synthetic] = pair(15, { x, v, w: w.map((weight) => weight * factor) }, { v: f, w });
    return rowsOf(calibrateRegression(human, synthetic, { outcome: "v", terms: ["x"], weights: "w" }));
  });
  for (const column of ["estimate", "std_error", "lambda"]) {
    first!.forEach((row, at) => assertAlmostEquals(Number(row[column]), Number(second![at]![column]), 1e-10));
  }
});

Deno.test("calibrateRegression() says what rows of a persona, names and numbers cannot be used, and counts names no person has", () => {
  const people = { persona_id: places(8), x: places(8), g: [..."abababab"], v: [1, 2, 3, 4, 3, 5, 6, 5] };
  const g = places(24).map((at) => at < 8 ? "ab"[at % 2] : at % 3 ? "c" : "a");
  const model = {
    persona_id: places(24),
    x: places(24).map((at) => at % 8),
    g,
    v: places(24).map((at) => at * 5 % 9),
  };
  const run = (own: object, told: object, terms: string[]) =>
    calibrateRegression(tableOf({ ...people, ...own }), tableOf({ ...model, ...told }), {
      outcome: "v",
      terms,
    });
  for (const x of [[9, 1], [1, 9]]) {
    const twice = { persona_id: [0, 0, 1, 2, 3, 4, 5, 6], x: [...x, 2, 3, 4, 5, 6, 7] };
    assertThrows(() => run(twice, {}, ["x"]), RangeError, "same in all rows of a persona");
  }
  assertThrows(() => run({}, { x: model.x.map(String) }, ["x"]), RangeError, "hold text in both tables");
  assertThrows(() => run({ x: people.x.map(String) }, {}, ["x"]), RangeError, "hold text in both tables");
  const notes = String(rowsOf(run({}, {}, ["g"]))[0]!.notes);
  assertStringIncludes(notes, "personas: left out: 11 whose 'g' no person has");
  assert(!notes.includes("without 'g'"), notes);
});

Deno.test("calibrateRegression(dsl, ppboot) draws alike whatever the order of rows", () => {
  const [human, synthetic] = survey(60);
  const turned = [human, synthetic].map((table) =>
    tableOf((table.objects() as object as Row[]).toReversed())
  ) as [Table, Table];
  for (const estimator of ["dsl", "ppboot"] as const) {
    const options = { outcome: "y", terms: ["age"], estimator, replicates: 20 } as const;
    assertEquals(
      rowsOf(calibrateRegression(...turned, options)),
      rowsOf(calibrateRegression(human, synthetic, options)),
    );
  }
});

Deno.test('calibrateRegression(estimator: "dsl") takes clusters, which other estimators refuse, as they do recorded ones', () => {
  const clusters = { estimator: "dsl", clusters: "group", terms: ["age"] } as const;
  const [alone, plain] = [surveyRows(clusters), surveyRows({ ...clusters, clusters: "persona_id" })].map((
    rows,
  ) => rows[3]!);
  const expected = estimateRegression(survey(60)[0], { outcome: "y", terms: ["age"], clusters: "group" });
  assertAlmostEquals(Number(alone!.std_error), expected.get("std_error", 1), 1e-10);
  assert(Number(alone!.df) < Number(plain!.df));
  assertThrows(() => surveyRows({ clusters: "group" }), RangeError, '{ estimator: "dsl" }');
  const [human, synthetic] = survey(60);
  const columns = (table: Table) =>
    Object.fromEntries(table.columnNames().map((name) => [name, columnOf(table, name)]));
  const assigned = tableOf({
    ...columns(human),
    cluster: columnOf(human, "group"),
    arm_probability: ones(60),
  });
  const options = { outcome: "y", terms: ["arm"] };
  assertThrows(() => calibrateRegression(assigned, synthetic, options), RangeError, 'persona: "cluster"');
  const lacking = tableOf({ ...columns(human), group: ones(60).map((_, at) => at === 3 ? null : "g") });
  assertThrows(
    () => calibrateRegression(lacking, synthetic, { ...options, ...clusters }),
    RangeError,
    "in every row",
  );
});

Deno.test('calibrateRegression(estimator: "dsl", labelProbability) weighs people alone by the chances, too', () => {
  const [human, synthetic] = survey(60);
  const chance = (at: number) => at % 3 === 0 ? 0.1 : 0.4;
  const columns = (table: Table) =>
    Object.fromEntries(table.columnNames().map((name) => [name, columnOf(table, name)]));
  const p = (count: number) => ({
    p: places(count).map(chance),
    w: places(count).map((at) => 1 / chance(at)),
  });
  const people = tableOf({ ...columns(human), ...p(60) });
  const options = { outcome: "y", terms: ["age"], estimator: "dsl", labelProbability: "p" } as const;
  const rows = rowsOf(calibrateRegression(people, tableOf({ ...columns(synthetic), ...p(300) }), options));
  const expected = estimateRegression(people, { outcome: "y", terms: ["age"], weights: "w" });
  assertAlmostEquals(Number(rows[3]!.estimate), expected.get("estimate", 1), 1e-10);
  assertAlmostEquals(Number(rows[3]!.std_error), expected.get("std_error", 1), 1e-10);
});

Deno.test("calibrateRegression() shows both lists where a name that people have is not among the model's", () => {
  const [human, synthetic] = survey(60);
  const calls = { one: "d => d.party === 'right' ? 'Right' : d.party", all: "d => d.party + '!'" };
  const fails = (told: Table, options = {}) => {
    const asked = { outcome: "y", terms: ["party"], ...options };
    return assertThrows(() => calibrateRegression(human, told, asked), RangeError).message;
  };
  const rule = "'synthetic' must hold each 'party' of 'human'";
  const one = fails(synthetic.derive({ party: calls.one }));
  assertStringIncludes(one, `${rule}: 1 of its 3 are not there, such as "right"; 'human' holds`);
  assertStringIncludes(one, '"Right"');
  assertStringIncludes(fails(synthetic.derive({ party: calls.all })), `${rule}: 3 of its 3`);
  const numbers = synthetic.derive({ party: "d => d.party === 'right' ? 1 : 2" });
  assertStringIncludes(fails(numbers, { factors: ["party"] }), `${rule}: 3 of its 3`);
});
