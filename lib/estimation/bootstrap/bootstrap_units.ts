import { columnOf, type Table, tableOf } from "../../core/table.ts";
import { readStudy } from "../../core/study.ts";
import { gatherUnits, type Units } from "../../core/units.ts";
import type { EstimateEffectsOptions } from "../estimate_effects.ts";

/** The observations of an outcome and the units that a bootstrap draws: each unit holds one or more observations. */
export interface BootstrapUnits {
  /** The number of units. */
  readonly count: number;
  /** The first observation of each unit; one more entry ends the list. */
  readonly start: Int32Array;
  /** Each observation's arm, block, outcome and weight, observations of a unit together. */
  readonly arm: Int32Array;
  /** Each observation's block, 0 where there are none. */
  readonly block: Int32Array;
  /** Each observation's outcome. */
  readonly value: Float64Array;
  /** Each observation's weight, 1 where there are none. */
  readonly weight: Float64Array;
  /** Each unit's stratum: its arm and block where all its observations share them. */
  readonly strata: Int32Array;
  /** The arms, in sorted order. */
  readonly arms: readonly string[];
  /** The number of blocks, at least 1. */
  readonly blocks: number;
  /** What each unit is called: a cluster, a persona, or the place of a row. */
  readonly ids: readonly string[];
  /** What a unit is: cluster, persona or row. */
  readonly name: string;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/** Reads an outcome by arm; without arms all rows are in one. Replies of a persona in an arm are averaged. */
export function readBootstrapUnits(
  action: string,
  table: Table,
  options: EstimateEffectsOptions,
  compares: boolean,
): BootstrapUnits {
  const held = compares ? { table, arm: options.arm ?? "arm" } : inOneArm(table);
  const rows = readStudy(action, held.table, { ...options, arm: held.arm });
  const units = gatherUnits(action, rows);
  const kept: number[] = [];
  for (let at = 0; at < units.arm.length; at++) if (units.replies[at]! > 0) kept.push(at);
  const [codes, name] = units.cluster !== null
    ? [units.cluster.codes, "clusters"]
    : units.persona !== null
    ? [units.persona, "personas"]
    : [null, "rows"];
  const labels = (units.cluster ?? rows.persona)?.labels ?? null;
  return { ...sortByUnit(units, kept, codes, labels), arms: units.arms, name, notes: notesOf(units) };
}

function inOneArm(table: Table): { table: Table; arm: string } {
  const names = table.columnNames();
  let arm = "arm";
  while (names.includes(arm)) arm = `${arm}_`;
  const columns = Object.fromEntries(names.map((name) => [name, columnOf(table, name)]));
  return { table: tableOf({ ...columns, [arm]: new Array(table.numRows()).fill("all") }), arm };
}

function sortByUnit(
  units: Units,
  kept: readonly number[],
  codes: Int32Array | null,
  labels: readonly string[] | null,
): Omit<BootstrapUnits, "arms" | "name" | "notes"> {
  const places = new Map<number, number>();
  const unitOf = kept.map((at) => {
    const code = codes === null ? at : codes[at]!;
    if (!places.has(code)) places.set(code, places.size);
    return places.get(code)!;
  });
  const count = places.size;
  const order = kept.map((_, i) => i).sort((a, b) => unitOf[a]! - unitOf[b]! || a - b);
  const start = new Int32Array(count + 1);
  unitOf.forEach((unit) => start[unit + 1]!++);
  for (let unit = 0; unit < count; unit++) start[unit + 1]! += start[unit]!;
  const rows = order.map((i) => kept[i]!);
  const blocks = Math.max(1, units.block?.labels.length ?? 1);
  const arm = Int32Array.from(rows, (at) => units.arm[at]!);
  const block = Int32Array.from(rows, (at) => Math.max(0, units.block?.codes[at] ?? 0));
  return {
    count,
    ids: [...places.keys()].map((code) => labels === null ? String(code) : labels[code]!),
    start,
    arm,
    block,
    value: Float64Array.from(rows, (at) => units.value[at]!),
    weight: Float64Array.from(rows, (at) => units.weight?.[at] ?? 1),
    strata: strataOf(start, [arm, block]),
    blocks,
  };
}

/** A label by which all units' observations agree parts the units into strata; one by which any unit differs does not. */
function strataOf(start: Int32Array, labels: readonly Int32Array[]): Int32Array {
  const count = start.length - 1;
  const strata = new Int32Array(count);
  for (const label of labels) {
    let agree = true;
    for (let unit = 0; unit < count && agree; unit++) {
      for (let i = start[unit]!; i < start[unit + 1]!; i++) {
        if (label[i] !== label[start[unit]!]) agree = false;
      }
    }
    const size = label.reduce((most, code) => Math.max(most, code), 0) + 1;
    if (!agree) continue;
    for (let unit = 0; unit < count; unit++) strata[unit] = strata[unit]! * size + label[start[unit]!]!;
  }
  return strata;
}

function notesOf(units: Units): string[] {
  const leftOut = units.arms.flatMap((arm, code) => {
    const counts = [...units.leftOut[code]!].sort(([a], [b]) => a < b ? -1 : 1);
    const said = counts.map(([why, count]) => `${count} ${why}`).join(", ");
    return counts.length === 0 ? [] : [units.arms.length === 1 ? said : `${arm} ${said}`];
  });
  return [
    ...(leftOut.length === 0 ? [] : [`left out: ${leftOut.join("; ")}`]),
    ...(units.withoutArm === 0 ? [] : [`rows without an arm: ${units.withoutArm}`]),
  ];
}
