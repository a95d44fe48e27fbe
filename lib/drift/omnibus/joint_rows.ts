/** The columns of a table of joint drift, in their order. */
export const jointColumns = [
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
  "conf_low",
  "conf_high",
  "n",
  "verdict",
  "reason",
] as const;

/** One row of a table of joint drift. */
export type JointRow =
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
        | "conf_low"
        | "conf_high"
        | "n"
        // Not a column: decides whether drift could have been found at all.
        | "smallest_p"
    ]: number;
  };
