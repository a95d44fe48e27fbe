import type { DriftCells } from "./drift_cells.ts";
import type { PairLayouts } from "./drift_layout.ts";

/** The cells of some arms: who changes places with whom. */
export interface DriftPlaces {
  /** The cells, in their order. */
  readonly cells: Int32Array;
  /** The arm of each, as its place among the arms that are compared. */
  readonly labels: Int32Array;
  /** The group of each, counted from 0: labels change places only within it. */
  readonly groups: Int32Array;
  /** How many groups there are. */
  readonly groupCount: number;
  /** Between whom arms are permuted, in words. */
  readonly scope: string;
}

/** Finds who changes places: the cells of a unit that was in several arms, else units of a block. */
export function pickPlaces(cells: DriftCells, arms: readonly number[]): DriftPlaces {
  const picked: number[] = [];
  const perUnit = new Map<number, number>();
  cells.arm.forEach((arm, cell) => {
    if (!arms.includes(arm)) return;
    picked.push(cell);
    perUnit.set(cells.unit[cell]!, (perUnit.get(cells.unit[cell]!) ?? 0) + 1);
  });
  const alone = (cell: number) => perUnit.get(cells.unit[cell]!) === 1;
  const codes = new Map<number, number>();
  const groups = Int32Array.from(picked, (cell) => {
    // Blocks count down from -1, units up from 0, so that a block and a unit never share a group.
    const key = alone(cell) ? -1 - cells.block[cell]! : cells.unit[cell]!;
    if (!codes.has(key)) codes.set(key, codes.size);
    return codes.get(key)!;
  });
  return {
    cells: Int32Array.from(picked),
    labels: Int32Array.from(picked, (cell) => arms.indexOf(cells.arm[cell]!)),
    groups,
    groupCount: codes.size,
    scope: scopeOf(cells, picked.filter(alone), picked.length),
  };
}

function scopeOf(cells: DriftCells, alone: readonly number[], total: number): string {
  const within = `within ${cells.unitName}`;
  if (alone.length === 0) return within;
  const blocked = new Set(alone.map((cell) => cells.block[cell])).size > 1;
  const across = `across ${cells.unitName}${blocked ? " within blocks" : ""}`;
  return alone.length === total ? across : `${within} that answered in several arms, else ${across}`;
}

/** Who takes part in the permutations of one control. */
export interface ControlMembers {
  /** 1 for places whose cell has an answer that some comparison counts. */
  readonly member: Uint8Array;
  /** Whether that is all of them. */
  readonly everyone: boolean;
  /**
   * How much each place can give: the answers of a persona, the share that was answered of what a cluster was asked.
   * `null` where all gave as much, so that any may stand in for any.
   */
  readonly rates: Float64Array | null;
}

/** Finds who takes part in the permutations of a control: only those who answered it, as in the study itself. */
export function findMembers(
  cells: DriftCells,
  places: DriftPlaces,
  layouts: readonly PairLayouts[],
  control: number,
): ControlMembers {
  const answered = cells.answered[control]!;
  const skips = layouts.map(({ controls }) => controls[control]!.skip);
  const member = Uint8Array.from(
    places.cells,
    (cell) => answered[cell]! > 0 && skips.some((skip) => skip[cell] === 0) ? 1 : 0,
  );
  const clustered = cells.unitName === "clusters";
  const rates = Float64Array.from(
    places.cells,
    (cell) => clustered ? answered[cell]! / cells.questions[control]![cell]! : answered[cell]!,
  );
  const given = new Set(rates.filter((_, place) => member[place] === 1));
  return { member, everyone: !member.includes(0), rates: given.size > 1 ? rates : null };
}
