import type { DriftCells } from "../controls/drift_cells.ts";
import type { PairLayouts } from "../controls/drift_layout.ts";

/** Says who was left out of a comparison, and what blocks did. */
export function describeJoint(cells: DriftCells, layout: PairLayouts): string[] {
  const { incomplete, emptyBlocks, weights } = layout.controls[0]!;
  const { total, missing } = cells.asked[0]!;
  const blocks = weights.filter((weight) => weight > 0).length;
  return [
    ...(blocks > 1
      ? [`shares are averages over ${blocks} blocks, weighted by how much was asked in each`]
      : []),
    ...(missing > 0
      ? [`${missing} of ${total} replies, over all arms, are left out as an answer is missing`]
      : []),
    ...(incomplete > 0
      ? [`${cells.unitName} left out as they were in both arms and answered in one: ${incomplete}`]
      : []),
    ...(emptyBlocks.blocks > 0
      ? [
        `blocks left out as an arm has no answer there: ${emptyBlocks.blocks}, ${cells.unitName} in them: ` +
        `${emptyBlocks.units}`,
      ]
      : []),
  ];
}
