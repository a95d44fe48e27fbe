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
  "n",
  "verdict",
  "reason",
] as const;

/** One row of a drift table. */
export type DriftRow =
  & { [column in "control" | "arm" | "reference" | "measure" | "reason"]: string }
  & { verdict: "drift" | "no drift found" | "not checked" }
  & {
    [
      column in
        | "statistic"
        | "null_mean"
        | "null_high"
        | "excess"
        | "p_value"
        | "p_adjusted"
        | "p_joint"
        | "conf_low"
        | "conf_high"
        | "n"
        // Not a column: decides whether drift could have been found at all.
        | "smallest_p"
    ]: number;
  };
