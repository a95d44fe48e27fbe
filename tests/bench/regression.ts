import { stream, tableOf } from "@understudy/understudy/core";
import { estimateEffects } from "@understudy/understudy/estimation";
import { leastSquares } from "@understudy/understudy/stats";
import { differenceInMeans } from "../../lib/estimation/difference_in_means.ts";
import type { Bench } from "./bench.ts";

/** Normal columns behind a constant, and an outcome that depends on the second. */
function design(rows: number, columns: number): { columns: Float64Array[]; outcome: Float64Array } {
  const random = stream(1, "bench", "regression", rows, columns);
  const drawn = Array.from({ length: columns }, (_, j) => {
    return Float64Array.from({ length: rows }, () => j === 0 ? 1 : random.normal());
  });
  return { columns: drawn, outcome: drawn[1]!.map((value) => value + random.normal()) };
}

function experiment(rows: number, covariates: number): { [column: string]: ArrayLike<unknown> } {
  const { columns, outcome } = design(rows, covariates + 1);
  const random = stream(1, "bench", "arms");
  const arm = Array.from(outcome, () => random.integer(2));
  const support = outcome.map((value, row) => value + 0.3 * arm[row]!);
  const named = columns.slice(1).map((values, j) => [`x${j + 1}`, values]);
  return { arm, support, ...Object.fromEntries(named) };
}

/** Least squares and regression adjustment. */
export const benches: readonly Bench[] = [
  {
    name: "least squares, HC2, 100,000 × 12",
    targetSeconds: 0.05,
    references: { statsmodels: 0.106, estimatr: 0.159, sandwich: 0.253 },
    prepare: () => {
      const { columns, outcome } = design(100_000, 12);
      return () => leastSquares(columns, outcome);
    },
  },
  {
    name: "least squares, CR2, 5,000 clusters of 20, 12 columns",
    targetSeconds: 0.3,
    references: { estimatr: 9.86 },
    prepare: () => {
      const { columns, outcome } = design(100_000, 12);
      const clusters = Int32Array.from(outcome, (_, row) => Math.floor(row / 20));
      return () => leastSquares(columns, outcome, { clusters });
    },
  },
  {
    name: "least squares, CR2, 500 clusters of 200, 12 columns",
    targetSeconds: 0.3,
    references: { estimatr: 1.69 },
    prepare: () => {
      const { columns, outcome } = design(100_000, 12);
      const clusters = Int32Array.from(outcome, (_, row) => Math.floor(row / 200));
      return () => leastSquares(columns, outcome, { clusters });
    },
  },
  {
    name: "least squares, CR1S, 5,000 clusters of 20, 12 columns",
    targetSeconds: 0.08,
    references: { estimatr: 0.153, statsmodels: 0.077 },
    prepare: () => {
      const { columns, outcome } = design(100_000, 12);
      const clusters = Int32Array.from(outcome, (_, row) => Math.floor(row / 20));
      return () => leastSquares(columns, outcome, { clusters, covarianceType: "CR1S" });
    },
  },
  {
    name: "difference in means, 1,000,000 units",
    targetSeconds: 0.03,
    references: { estimatr: 1.37 },
    prepare: () => {
      const { outcome } = design(1_000_000, 2);
      const treated = Uint8Array.from(outcome, (_, row) => row % 2);
      const comparison = {
        action: "estimate effects",
        arms: ["control", "threat"] as const,
        outcome,
        treated,
        persona: null,
        block: null,
        cluster: null,
        weight: null,
        notes: [],
      };
      return () => differenceInMeans(comparison, { mixedBlocks: "hybrid", smallBlocks: "error" });
    },
  },
  {
    name: "Lin adjustment from a table, 100,000 × 10 covariates",
    targetSeconds: 0.08,
    references: { estimatr: 0.191 },
    prepare: () => {
      const columns = experiment(100_000, 10);
      const table = tableOf(columns);
      const covariates = Object.keys(columns).slice(2);
      return () => estimateEffects(table, { outcome: "support", reference: 0, estimator: "lin", covariates });
    },
  },
];
