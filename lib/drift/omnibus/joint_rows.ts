import { driftColumns, type DriftRow, type DriftVerdict } from "../controls/drift_rows.ts";

const notOfJoint = ["p_joint", "margin", "p_equivalence"] as const;

/** The columns of a table of joint drift, in their order: those of drift but for what several controls, or a margin, add. */
export const jointColumns: readonly string[] = driftColumns.filter((name) =>
  !(notOfJoint as readonly string[]).includes(name)
);

/** One row of a table of joint drift. */
export type JointRow =
  & Omit<DriftRow, (typeof notOfJoint)[number] | "verdict">
  & { verdict: Exclude<DriftVerdict, "drift below margin"> };
