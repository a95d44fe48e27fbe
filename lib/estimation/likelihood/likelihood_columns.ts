import { estimateNumbers } from "../../core/columns.ts";

/** The columns of estimates from likelihoods. */
export const likelihoodColumns: readonly string[] = [
  "outcome",
  "term",
  "quantity",
  "estimator",
  ...estimateNumbers,
  "conf_level",
  "n",
  "basis",
  "reason",
];
