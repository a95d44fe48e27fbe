import { stream, tableOf } from "@understudy/understudy/core";
import { rakeWeights } from "@understudy/understudy/personas";
import type { Bench } from "./bench.ts";

/** Raking: 100,000 rows on five margins with 2 to 6 levels. */
export const benches: readonly Bench[] = [
  {
    name: "raking of 100,000 rows to 5 margins, to a relative error of 1e-10",
    targetSeconds: 0.08,
    references: { "survey": 0.294, "ipfn (on cells)": 0.076 },
    prepare: () => {
      const random = stream(1, "bench", "raking");
      const columns: { [name: string]: string[] } = {};
      const targets: { [name: string]: { [level: string]: number } } = {};
      [2, 5, 4, 3, 6].forEach((levels, margin) => {
        const shares = Array.from({ length: levels }, () => 1 + 2 * random.uniform());
        columns[`v${margin}`] = Array.from({ length: 100_000 }, () => `l${random.index(shares)}`);
        const moved = shares.map((share) => share * (0.7 + 0.6 * random.uniform()));
        const total = moved.reduce((sum, share) => sum + share, 0);
        targets[`v${margin}`] = Object.fromEntries(moved.map((share, level) => [`l${level}`, share / total]));
      });
      const table = tableOf(columns);
      return () => rakeWeights(table, targets);
    },
  },
];
