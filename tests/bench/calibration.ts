import { calibrateMean, calibrateQuantiles } from "@understudy/understudy/calibration";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { rectifiedMean, type RectifiedSample } from "../../lib/calibration/rectified_mean.ts";
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

/** Means and quantiles of people's answers with a model's. */
export const benches: readonly Bench[] = [
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
