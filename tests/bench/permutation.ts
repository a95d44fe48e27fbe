import { stream } from "@understudy/understudy/core";
import { permuteSums } from "../../lib/stats/permutation.ts";
import type { Bench } from "./bench.ts";

/** Permutation tests. Memory: one copy of the 10,000 values. */
export const benches: readonly Bench[] = [{
  name: "permutation of a difference in means, 1000 permutations of 10,000 units",
  targetSeconds: 0.08,
  references: { coin: 0.076, numpy: 0.152, scipy: 0.159, "base R": 0.52 },
  prepare: () => {
    const random = stream(1, "bench", "permutation");
    const outcome = Float64Array.from({ length: 10_000 }, () => random.normal());
    const marked = Uint8Array.from(outcome, (_, unit) => unit % 2);
    const total = outcome.reduce((sum, value) => sum + value, 0);
    return () =>
      permuteSums(outcome, marked, { random: stream(1, "bench", "draws"), permutations: 1000 })
        .map((sum) => sum / 5000 - (total - sum) / 5000);
  },
}];
