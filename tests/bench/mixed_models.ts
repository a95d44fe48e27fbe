import { stream, tableOf } from "@understudy/understudy/core";
import { estimateMixed } from "@understudy/understudy/estimation";
import type { Bench } from "./bench.ts";

/** Random-intercept models. */
export const benches: readonly Bench[] = [
  {
    name: "random intercepts by REML from a table, 15,000 rows in 700 groups, 8 terms",
    targetSeconds: 0.05,
    references: { statsmodels: 0.76 },
    prepare: () => {
      const random = stream(1, "bench", "random intercepts");
      const judge = Array.from({ length: 15_000 }, (_, row) => row < 700 ? row : random.integer(700));
      const own = Array.from({ length: 700 }, () => 0.7 * random.normal());
      const terms = Array.from({ length: 8 }, (_, j) => `x${j + 1}`);
      const columns = Object.fromEntries(terms.map((name) => [name, judge.map(() => random.normal())]));
      const rating = judge.map((group, row) => columns.x1![row]! + own[group]! + random.normal());
      const table = tableOf({ judge, ...columns, rating });
      return () => estimateMixed(table, { outcome: "rating", terms, group: "judge" });
    },
  },
];
