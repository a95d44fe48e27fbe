import { cannot } from "../core/errors.ts";
import type { EffectRows } from "./effect_rows.ts";
import type { Labelled } from "./encode_labels.ts";

/** One row per unit: a persona in an arm, its replies averaged; or a row of the table where there are no personas. */
export interface EffectUnits {
  /** The arms, in sorted order. */
  readonly arms: readonly string[];
  /** Each unit's arm. */
  readonly arm: Int32Array;
  /** Each unit's outcome; `NaN` where none of its rows counts. */
  readonly value: Float64Array;
  /** Each unit's persona. */
  readonly persona: Int32Array | null;
  /** The number of personas in the table. */
  readonly personas: number;
  /** Each unit's block; -1 where none of its rows has one. */
  readonly block: Labelled | null;
  /** Each unit's cluster; -1 where none of its rows has one. */
  readonly cluster: Labelled | null;
  /** Each unit's weight. */
  readonly weight: Float64Array | null;
  /** How many rows each unit's outcome is the mean of. */
  readonly replies: Int32Array;
  /** For each arm, why rows were left out and how many. */
  readonly leftOut: readonly ReadonlyMap<string, number>[];
  /** Rows without an arm. */
  readonly withoutArm: number;
}

/** Gathers rows to units and averages the rows of a persona in an arm. */
export function gatherUnits(action: string, rows: EffectRows): EffectUnits {
  const { unit, count } = numberUnits(rows);
  const units = {
    arm: new Int32Array(count),
    value: new Float64Array(count),
    persona: rows.persona === null ? null : new Int32Array(count),
    block: rows.block === null ? null : new Int32Array(count).fill(-1),
    cluster: rows.cluster === null ? null : new Int32Array(count).fill(-1),
    weight: rows.weight === null ? null : new Float64Array(count).fill(-1),
    replies: new Int32Array(count),
  };
  const leftOut = rows.arm.labels.map(() => new Map<string, number>());
  for (let row = 0; row < unit.length; row++) {
    const at = unit[row]!;
    if (at < 0) continue;
    const arm = rows.arm.codes[row]!;
    units.arm[at] = arm;
    if (units.persona !== null) units.persona[at] = rows.persona!.codes[row]!;
    keepOne(action, "blocks", units.block, at, rows.block?.codes[row], rows, row);
    keepOne(action, "clusters", units.cluster, at, rows.cluster?.codes[row], rows, row);
    keepOne(action, "weights", units.weight, at, rows.weight?.[row], rows, row);
    const why = rows.leftOut[row];
    if (why !== undefined) {
      leftOut[arm]!.set(why, (leftOut[arm]!.get(why) ?? 0) + 1);
      continue;
    }
    units.value[at] = units.value[at]! + rows.value[row]!;
    units.replies[at] = units.replies[at]! + 1;
  }
  for (let at = 0; at < count; at++) units.value[at] = units.value[at]! / units.replies[at]!;
  return {
    ...units,
    arms: rows.arm.labels,
    personas: rows.persona?.labels.length ?? 0,
    block: units.block === null ? null : { codes: units.block, labels: rows.block!.labels },
    cluster: units.cluster === null ? null : { codes: units.cluster, labels: rows.cluster!.labels },
    leftOut,
    withoutArm: rows.arm.codes.reduce((total, code) => total + (code < 0 ? 1 : 0), 0),
  };
}

/** Gives each row the number of its unit, -1 to rows without an arm. */
function numberUnits({ arm, persona }: EffectRows): { unit: Int32Array; count: number } {
  const unit = new Int32Array(arm.codes.length).fill(-1);
  const known = new Map<number, number>();
  const everyRow = persona === null || persona.labels.length === persona.codes.length;
  let count = 0;
  for (let row = 0; row < unit.length; row++) {
    const code = arm.codes[row]!;
    if (code < 0) continue;
    if (everyRow) {
      unit[row] = count++;
      continue;
    }
    const key = persona.codes[row]! * arm.labels.length + code;
    let at = known.get(key);
    if (at === undefined) known.set(key, at = count++);
    unit[row] = at;
  }
  return { unit, count };
}

/** Holds a unit's block, cluster or weight; all of a unit's rows must have the same. */
function keepOne(
  action: string,
  argument: string,
  held: Int32Array | Float64Array | null,
  at: number,
  value: number | undefined,
  rows: EffectRows,
  row: number,
): void {
  if (held === null || value === undefined || Number.isNaN(value) || value === -1) return;
  if (held[at] !== -1 && held[at] !== value) {
    const persona = rows.persona!.labels[rows.persona!.codes[row]!];
    throw new RangeError(cannot(action, argument, "be the same in all rows of a persona in an arm", persona));
  }
  held[at] = value;
}
