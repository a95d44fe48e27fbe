/** The columns of a drift table, in their order. */
export const driftColumns = [
  "control",
  "arm",
  "reference",
  "measure",
  "statistic",
  "null_mean",
  "null_high",
  "excess",
  "p_value",
  "p_adjusted",
  "p_joint",
  "conf_low",
  "conf_high",
  "margin",
  "p_equivalence",
  "n",
  "verdict",
  "reason",
] as const;

/**
 * What a check of drift says: `drift` (the arms differ), `drift below margin` (whatever they differ by is shown to be
 * small), `no drift found` (neither is shown), `not checked`.
 */
export type DriftVerdict = "drift" | "drift below margin" | "no drift found" | "not checked";

type Text = "control" | "arm" | "reference" | "measure" | "reason";

/** One row of a drift table. */
export type DriftRow =
  & { [column in Text]: string }
  & { verdict: DriftVerdict }
  // The smallest p-value there can be is not a column: it decides whether drift could have been found at all.
  & { [column in Exclude<(typeof driftColumns)[number], Text | "verdict"> | "smallest_p"]: number };
