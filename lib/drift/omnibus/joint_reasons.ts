import type { DriftCells } from "../controls/drift_cells.ts";
import type { PairLayouts } from "../controls/drift_layout.ts";
import { describeBlocks, describeLeftOut } from "../controls/drift_reasons.ts";

/** Says who was left out of a comparison, and what blocks did. */
export function describeJoint(cells: DriftCells, layout: PairLayouts): string[] {
  const { total, missing } = cells.asked[0]!;
  return [
    ...describeBlocks(layout, 0),
    ...(missing > 0
      ? [`${missing} of ${total} replies, over all arms, are left out as an answer is missing`]
      : []),
    ...describeLeftOut(cells, layout, 0),
  ];
}
