import { stream } from "@understudy/understudy/core";
import { bootstrapMean } from "../stats/bootstrap_mean.ts";
import type { Bench } from "./bench.ts";

/** The bootstrap: resampling without copies. */
export const benches: readonly Bench[] = [
  {
    name: "bootstrap of a mean, 1,000 resamples of 10,000 values",
    targetSeconds: 0.05,
    references: { "numpy": 0.039, "base R": 0.432, "boot": 0.527, "scipy (percentile)": 0.154 },
    prepare: () => {
      const random = stream(1, "bench", "bootstrap");
      const values = Float64Array.from({ length: 10_000 }, () => random.normal());
      return () => bootstrapMean(values, { random: stream(2, "bench", "resamples"), replicates: 1000 });
    },
  },
];
