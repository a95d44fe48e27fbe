import { type Columns, stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateAmce, estimateMarginalMeans } from "@understudy/understudy/estimation";
import type { Bench } from "./bench.ts";

/** Ten profiles of each of many respondents, with six features of two to five levels. */
function profiles(respondents: number): Table {
  const random = stream(20260801, "conjoint bench");
  const rows = respondents * 10;
  const columns: Columns = {
    persona_id: Array.from({ length: rows }, (_, row) => `p${Math.floor(row / 10)}`),
    chosen: Array.from({ length: rows }, () => random.integer(2)),
  };
  [3, 3, 2, 4, 5, 4].forEach((levels, feature) => {
    columns[`feature_${feature + 1}`] = Array.from({ length: rows }, () => `level ${random.integer(levels)}`);
  });
  return tableOf(columns);
}

const features = [1, 2, 3, 4, 5, 6].map((feature) => `feature_${feature}`);

/** Conjoint estimators on 100,000 profiles. */
export const benches: readonly Bench[] = [
  {
    name: "AMCE, 1e5 profiles of 1e4 respondents, 6 features",
    targetSeconds: 0.1,
    references: { cregg: 0.93 },
    prepare: () => {
      const table = profiles(10_000);
      return () => estimateAmce(table, { outcome: "chosen", features });
    },
  },
  {
    name: "marginal means, 1e5 profiles of 1e4 respondents, 6 features",
    targetSeconds: 0.1,
    references: { cregg: 5.0 },
    prepare: () => {
      const table = profiles(10_000);
      return () => estimateMarginalMeans(table, { outcome: "chosen", features, nullValue: 0.5 });
    },
  },
];
