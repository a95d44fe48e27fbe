import { stream, tableOf } from "@understudy/understudy/core";
import { estimateLogit } from "@understudy/understudy/estimation";
import type { Bench } from "./bench.ts";

const rows = 100_000;

/** A treatment of 0 and 1 and 10 numbers, with the constant 12 columns. */
function prepareLogit(): () => unknown {
  const random = stream(20260801, "bench", "logit");
  const names = Array.from({ length: 10 }, (_, j) => `x${j + 1}`);
  const columns: { [name: string]: number[] } = { z: [], vote: [] };
  for (const name of names) columns[name] = [];
  for (let row = 0; row < rows; row++) {
    const z = random.uniform() < 0.5 ? 1 : 0;
    let eta = 0.4 * z - 0.3;
    names.forEach((name, j) => {
      const x = random.normal();
      columns[name]!.push(x);
      eta += 0.05 * j * x;
    });
    columns.z!.push(z);
    columns.vote!.push(random.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0);
  }
  const table = tableOf(columns);
  return () => estimateLogit(table, { outcome: "vote", predictors: ["z", ...names] });
}

/** Logistic regression with average marginal effects. */
export const benches: readonly Bench[] = [{
  name: "logit, 1e5 rows × 12 columns, with marginal effects",
  targetSeconds: 0.1,
  references: { statsmodels: 0.14, "R glm": 0.225 },
  prepare: prepareLogit,
}];
