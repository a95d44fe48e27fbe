import { calibrateMean, calibrateQuantiles } from "@understudy/understudy/calibration";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { rectifiedMean, type RectifiedSample } from "../../lib/calibration/rectified_mean.ts";
import { debiasedRegression, type RegressionSample } from "../../lib/calibration/debiased_regression.ts";
import type { RegressionModel } from "../../lib/calibration/model_moments.ts";
import { bootstrappedRegression, rectifyCoefficients } from "../../lib/calibration/rectified_regression.ts";
import type { Bench } from "./bench.ts";

/** Answers of 10,000 people, predictions that go with them at .7, and a pool. */
function draw(size: number): RectifiedSample {
  const random = stream(1, "bench", "calibration", size);
  const outcome = Float64Array.from({ length: 10_000 }, () => random.normal());
  const prediction = outcome.map((value) => 0.7 * value + 0.7 * random.normal());
  const pool = Float64Array.from({ length: size }, () => random.normal());
  return { outcome, prediction, weight: null, pool, poolWeight: null };
}

function tables(size: number): [Table, Table] {
  const { outcome, prediction, pool } = draw(size);
  const ids = Array.from({ length: outcome.length + size }, (_, at) => `persona ${at}`);
  return [
    tableOf({ persona_id: ids.slice(0, outcome.length), y: [...outcome] }),
    tableOf({ persona_id: ids, y: [...prediction, ...pool] }),
  ];
}

/** The same kind of data in Python, and the least seconds of five runs of a call. */
function inPython(size: number, call: string): string {
  return `
import os, time
import numpy as np
import ppi_py
random = np.random.default_rng(1)
y = random.normal(size=10_000)
f = 0.7 * y + 0.7 * random.normal(size=10_000)
pool = random.normal(size=${size})
def run():
    begun = time.perf_counter()
    ${call}
    return time.perf_counter() - begun
print(min(run() for _ in range(5)))
`;
}

const covariates = 10;

/** Answers of 10,000 people to the covariates, predictions that go with them, and a pool. */
function drawRegression(model: RegressionModel, size: number): RegressionSample {
  const random = stream(1, "bench", model, size);
  const draw = (count: number) => {
    const columns = Array.from(
      { length: covariates + 1 },
      (_, j) => Float64Array.from({ length: count }, () => j === 0 ? 1 : random.normal()),
    );
    const outcome = columns[0]!.map((_, row) => {
      const eta = columns.reduce((sum, column, j) => sum + 0.02 * (j - 5) * column[row]!, 0);
      if (model === "linear") return eta + random.normal();
      if (model === "logistic") return random.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0;
      return Math.max(0, Math.round(Math.exp(eta) + 0.5 * random.normal()));
    });
    const prediction = outcome.map((value) => {
      if (model === "linear") return value + 0.5 * random.normal();
      if (model === "logistic") return random.uniform() < 0.8 ? value : 1 - value;
      return random.uniform() < 0.3 ? value + 1 : value;
    });
    return { columns, outcome, prediction, weight: null, cluster: Int32Array.from(outcome.keys()) };
  };
  return { human: draw(10_000), pool: draw(size) };
}

function tuned(sample: RegressionSample, model: RegressionModel) {
  const first = rectifyCoefficients(sample, model, 1)!;
  return rectifyCoefficients(sample, model, first.tuned, first.coefficients);
}

/** The same kind of data in Python, and the least seconds of five runs of a call. */
function regressionInPython(call: string): string {
  return `
import time, warnings
import numpy as np
import ppi_py
from ppi_py.cross_ppi import crossppi_ols_ci
warnings.filterwarnings("ignore")
random = np.random.default_rng(1)
b = .02 * (np.arange(${covariates + 1}) - 5)
def draw(n):
    X = np.c_[np.ones(n), random.normal(size=(n, ${covariates}))]
    y = X @ b + random.normal(size=n)
    yes = (random.random(n) < 1 / (1 + np.exp(-X @ b))) * 1.
    count = np.maximum(0, np.round(np.exp(X @ b) + .5 * random.normal(size=n)))
    return X, y, y + .5 * random.normal(size=n), yes, np.where(random.random(n) < .8, yes, 1 - yes), count, count + (random.random(n) < .3)
X, y, f, yes, said, count, counted = draw(10_000)
U, _, g, _, told, _, more = draw(100_000)
ols = lambda X, y: np.linalg.lstsq(X, y, rcond=None)[0]
def run():
    begun = time.perf_counter()
    ${call}
    return time.perf_counter() - begun
print(min(run() for _ in range(5)))
`;
}

const regressions: readonly [RegressionModel, number, number, string][] = [
  ["linear", 0.07, 0.197, "ppi_py.ppi_ols_ci(X, y, f, U, g, alpha=0.05)"],
  ["logistic", 0.15, 0.388, "ppi_py.ppi_logistic_ci(X, yes, said, U, told, alpha=0.05)"],
  ["poisson", 0.2, 0.543, "ppi_py.ppi_poisson_ci(X, count, counted, U, more, alpha=0.05)"],
];

const ofRegressions: readonly Bench[] = [
  ...regressions.flatMap(([model, targetSeconds, seconds, call]): Bench[] => [
    {
      name: `tuned prediction-powered ${model} regression, 10,000 people, 10 covariates, 100,000 predictions`,
      ...{ targetSeconds, references: { "ppi_py 0.2.3": seconds }, python: regressionInPython(call) },
      prepare: () => {
        const sample = drawRegression(model, 100_000);
        return () => tuned(sample, model);
      },
    },
    {
      name: `debiased ${model} regression, 1,000,000 predictions`,
      ...{ targetSeconds: 3, references: {} },
      prepare: () => {
        const sample = drawRegression(model, 1_000_000);
        return () => debiasedRegression(sample, { model, lambda: "cross-fitted", df: "satterthwaite" });
      },
    },
  ]),
  {
    name: "cross-prediction-powered linear regression, 10 models' predictions of 100,000",
    ...{ targetSeconds: 0.25, references: { "ppi_py 0.2.3": 0.62 } },
    python: regressionInPython(
      "crossppi_ols_ci(X, y, f, U, np.repeat(g[:, None], 10, axis=1), alpha=0.05)",
    ),
    prepare: () => {
      const sample = drawRegression("linear", 100_000);
      const models = Array.from({ length: 10 }, () => sample.pool.prediction.slice());
      return () => {
        const prediction = new Float64Array(100_000);
        for (const own of models) {
          for (let row = 0; row < own.length; row++) prediction[row] = prediction[row]! + own[row]! / 10;
        }
        rectifyCoefficients({ ...sample, pool: { ...sample.pool, prediction } }, "linear", 1);
      };
    },
  },
  {
    name: "prediction-powered bootstrap of a linear regression, 50 resamples for λ and 50 for the interval",
    ...{ targetSeconds: 0.6, references: { "ppi_py 0.2.3": 1.82 } },
    python: regressionInPython(
      "ppi_py.ppboot(ols, y, f, g, X=X, X_unlabeled=U, n_resamples=50, n_resamples_lam=50)",
    ),
    prepare: () => {
      const sample = drawRegression("linear", 100_000);
      const settings = {
        model: "linear",
        df: "satterthwaite",
        alpha: 0.05,
        seed: 1,
        replicates: 100,
      } as const;
      return () => bootstrappedRegression(sample, { ...settings, lambda: "cross-fitted" });
    },
  },
];

/** Means, quantiles and regressions of people's answers with a model's. */
export const benches: readonly Bench[] = [
  ...ofRegressions,
  {
    name: "tuned prediction-powered mean, 10,000 people and 1,000,000 predictions",
    targetSeconds: 0.02,
    references: { "ppi_py 0.2.3": 0.029 },
    python: inPython(1_000_000, "ppi_py.ppi_mean_ci(y, f, pool, alpha=0.05)"),
    prepare: () => {
      const sample = draw(1_000_000);
      return () => rectifiedMean(sample, { lambda: "cross-fitted" });
    },
  },
  {
    name: "calibrateMean, tables of 10,000 and 1,010,000 rows",
    targetSeconds: 3,
    references: {},
    prepare: () => {
      const pair = tables(1_000_000);
      return () => calibrateMean(...pair, { outcome: "y" });
    },
  },
  {
    name: "calibrateQuantiles (a median), tables of 10,000 and 110,000 rows",
    targetSeconds: 0.1,
    references: { "ppi_py 0.2.3 (8 GB)": 4.99 },
    python: inPython(
      100_000,
      // Its memory is people times a grid of 5000 values: not taken from a machine that has not that much to spare.
      "assert os.sysconf('SC_AVPHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') > 12e9, 'it needs 8 GB of memory'; " +
        "ppi_py.ppi_quantile_ci(y, f, pool, 0.5, alpha=0.05)",
    ),
    prepare: () => {
      const pair = tables(100_000);
      return () => calibrateQuantiles(...pair, { outcome: "y", quantiles: [0.5] });
    },
  },
  {
    name: "calibrateQuantiles (a median), tables of 10,000 and 1,010,000 rows",
    targetSeconds: 3,
    references: {},
    prepare: () => {
      const pair = tables(1_000_000);
      return () => calibrateQuantiles(...pair, { outcome: "y", quantiles: [0.5] });
    },
  },
];
