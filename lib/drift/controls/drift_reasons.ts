import { type DriftCells, mostCategories } from "./drift_cells.ts";
import type { PairLayouts } from "./drift_layout.ts";
import type { DriftNull } from "./drift_null.ts";
import type { TestNull } from "./drift_null_counts.ts";
import type { DriftSettings } from "./drift_options.ts";

/** Why a control says nothing about two arms; `null` where it does. */
export function whyUnusable(cells: DriftCells, layouts: PairLayouts, control: number): string | null {
  const { units, skip } = layouts.controls[control]!;
  const answered = cells.answered[control]!;
  for (const arm of layouts.arms) {
    const answers = cells.arm.some((of, cell) => of === arm && answered[cell]! > 0);
    if (!answers) return `arm '${cells.arms[arm]}' has no answer to this control`;
  }
  if (units.first === 0 || units.second === 0) {
    const blocks = cells.blocks > 1 ? " and no block has answers of others in both" : "";
    return `nobody can be compared: none of the ${cells.unitName} answered in both arms${blocks}`;
  }
  const given = new Set<string>();
  cells.arm.forEach((arm, cell) => {
    if (!layouts.arms.includes(arm) || skip[cell] === 1) return;
    const from = cells.from[control]![cell]!;
    for (let a = from; a < from + answered[cell]!; a++) given.add(cells.categories[cells.answers[a]!]!);
  });
  return given.size > 1
    ? null
    : `every answer is '${[...given][0]}': a control that does not vary cannot show drift`;
}

/** Says which null a control was compared with, what was left out, and why a value is missing. */
export function describeComparison(
  cells: DriftCells,
  layouts: PairLayouts,
  control: number,
  own: TestNull,
  { unusable, permuted, settings }: {
    unusable: string | null;
    permuted: DriftNull;
    settings: DriftSettings;
  },
): string {
  const { total, missing } = cells.asked[control]!;
  return [
    ...(unusable === null ? describeNull(cells, layouts, control, { own, permuted }) : [unusable]),
    ...[cells.notes[control]!].filter((note) => note !== ""),
    ...describeLeftOut(cells, layouts, control),
    ...(missing > 0 ? [`${missing} of ${total} answers, over all arms, are missing`] : []),
    ...describeInterval(cells, control, settings),
  ].join("; ");
}

function describeInterval(cells: DriftCells, control: number, { bootstraps }: DriftSettings): string[] {
  const categories = cells.offsets[control + 1]! - cells.offsets[control]!;
  if (bootstraps < 2) return [`no interval as 'bootstraps' is ${bootstraps}`];
  return categories > mostCategories ? [`no interval as there are ${categories} categories`] : [];
}

function describeNull(
  cells: DriftCells,
  layouts: PairLayouts,
  control: number,
  { own, permuted }: { own: TestNull; permuted: DriftNull },
): string[] {
  const { exact, count } = own;
  const answered = cells.answered[control]!;
  const silent = cells.arm.some((arm, cell) => layouts.arms.includes(arm) && answered[cell] === 0);
  return [
    exact
      ? `exact null: all ${count} assignments of arms ${permuted.scope}`
      : `null: ${count} random permutations of arms ${permuted.scope}`,
    ...(silent ? [`only ${cells.unitName} that answered change places`] : []),
    ...(permuted.thinned[control]
      ? [
        `as some answered less often, a unit in the place of another gives at most as many answers as that one`,
      ]
      : []),
    ...describeBlocks(layouts, control),
  ];
}

/** Says over how many blocks shares are averages. */
export function describeBlocks(layouts: PairLayouts, control: number): string[] {
  const blocks = layouts.controls[control]!.weights.filter((weight) => weight > 0).length;
  return blocks > 1
    ? [`shares are averages over ${blocks} blocks, weighted by how much was asked in each`]
    : [];
}

/** Says how many were left out. */
export function describeLeftOut(cells: DriftCells, layouts: PairLayouts, control: number): string[] {
  const { incomplete, emptyBlocks } = layouts.controls[control]!;
  return [
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
