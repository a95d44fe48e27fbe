/** The columns of estimates from likelihoods. */
export const likelihoodColumns: readonly string[] = [
  "outcome",
  "term",
  "quantity",
  "estimator",
  "estimate",
  "std_error",
  "statistic",
  "df",
  "p_value",
  "conf_low",
  "conf_high",
  "conf_level",
  "n",
  "basis",
  "reason",
];
