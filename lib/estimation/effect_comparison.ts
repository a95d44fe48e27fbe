import type { EffectUnits } from "./effect_units.ts";
import type { Labelled } from "./encode_labels.ts";

/** The units of one arm and of the reference, as an estimator takes them. */
export interface EffectComparison {
  /** What the caller does, for error messages. */
  readonly action: string;
  /** The reference arm and the arm compared with it. */
  readonly arms: readonly [string, string];
  /** Each unit's outcome. */
  readonly outcome: Float64Array;
  /** 1 for units of the arm, 0 for units of the reference. */
  readonly treated: Uint8Array;
  /** Each unit's persona where personas are compared with themselves, each in both arms; otherwise `null`. */
  readonly persona: Int32Array | null;
  /** Each unit's block. */
  readonly block: Labelled | null;
  /** Each unit's cluster. */
  readonly cluster: Labelled | null;
  /** Each unit's weight. */
  readonly weight: Float64Array | null;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/** Takes out the units of two arms; decides whether personas are compared with themselves. */
export function compareArms(
  action: string,
  units: EffectUnits,
  reference: number,
  term: number,
): EffectComparison {
  const arms: [string, string] = [units.arms[reference]!, units.arms[term]!];
  const notes = [...noteLeftOut(units, [reference, term]), ...noteReplies(units, [reference, term])];
  const both = personasInBoth(units, reference, term);
  const keep = both === null
    ? withoutBrokenPairs(units, reference, term, notes)
    : completePersonas(units, reference, term, both, notes);
  const rows: number[] = [];
  for (let at = 0; at < units.arm.length; at++) {
    const arm = units.arm[at]!;
    if ((arm === reference || arm === term) && units.replies[at]! > 0 && keep(at)) rows.push(at);
  }
  const treated = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) treated[i] = units.arm[rows[i]!] === term ? 1 : 0;
  return {
    action,
    arms,
    outcome: takeNumbers(units.value, rows),
    treated,
    persona: both === null ? null : takeCodes(units.persona!, rows),
    block: takeLabelled(units.block, rows),
    cluster: takeLabelled(units.cluster, rows),
    weight: units.weight === null ? null : takeNumbers(units.weight, rows),
    notes,
  };
}

/** The values of some rows; all rows give the values themselves. */
function takeNumbers(values: Float64Array, rows: readonly number[]): Float64Array {
  if (rows.length === values.length) return values;
  const taken = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]!]!;
  return taken;
}

function takeCodes(codes: Int32Array, rows: readonly number[]): Int32Array {
  if (rows.length === codes.length) return codes;
  const taken = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) taken[i] = codes[rows[i]!]!;
  return taken;
}

function takeLabelled(column: Labelled | null, rows: readonly number[]): Labelled | null {
  return column === null ? null : { codes: takeCodes(column.codes, rows), labels: column.labels };
}

/** Why rows of some arms were left out. */
export function noteLeftOut(units: EffectUnits, arms: readonly number[]): string[] {
  const parts = arms.flatMap((arm) => {
    const counts = [...units.leftOut[arm]!].sort(([a], [b]) => a < b ? -1 : 1);
    if (counts.length === 0) return [];
    return [`${units.arms[arm]} ${counts.map(([why, count]) => `${count} ${why}`).join(", ")}`];
  });
  const rows = parts.length === 0 ? [] : [`left out: ${parts.join("; ")}`];
  return units.withoutArm === 0 ? rows : [...rows, `rows without an arm: ${units.withoutArm}`];
}

/** That several replies of a persona were averaged. */
export function noteReplies(units: EffectUnits, arms: readonly number[]): string[] {
  let averaged = 0;
  let most = 0;
  for (let at = 0; at < units.arm.length; at++) {
    if (!arms.includes(units.arm[at]!) || units.replies[at]! < 2) continue;
    averaged++;
    most = Math.max(most, units.replies[at]!);
  }
  return averaged === 0
    ? []
    : [`averaged the replies of a persona in an arm first (${averaged} averages of up to ${most})`];
}

/** For each persona whether it stands in both arms, answered or not; `null` where none does. */
function personasInBoth(units: EffectUnits, reference: number, term: number): Uint8Array | null {
  if (units.persona === null) return null;
  const seen = new Uint8Array(units.personas);
  let both = false;
  for (let at = 0; at < units.arm.length; at++) {
    const bit = units.arm[at] === reference ? 1 : units.arm[at] === term ? 2 : 0;
    const persona = units.persona[at]!;
    seen[persona] = seen[persona]! | bit;
    if (seen[persona] === 3) both = true;
  }
  return both ? seen : null;
}

function completePersonas(
  units: EffectUnits,
  reference: number,
  term: number,
  seen: Uint8Array,
  notes: string[],
): (at: number) => boolean {
  const answered = new Uint8Array(seen.length);
  for (let at = 0; at < units.arm.length; at++) {
    const bit = units.arm[at] === reference ? 1 : units.arm[at] === term ? 2 : 0;
    if (units.replies[at]! > 0) answered[units.persona![at]!] = answered[units.persona![at]!]! | bit;
  }
  const complete = answered.reduce((total, bits) => total + (bits === 3 ? 1 : 0), 0);
  const incomplete = seen.reduce(
    (total, bits, persona) => total + (bits > 0 && answered[persona] !== 3 ? 1 : 0),
    0,
  );
  notes.push(
    `${complete} personas answered in both arms: each is compared with itself` +
      (units.block === null ? "" : ", which is finer than the blocks"),
  );
  if (incomplete > 0) notes.push(`personas left out as they did not answer in both arms: ${incomplete}`);
  return (at) => answered[units.persona![at]!] === 3;
}

/** Leaves out what is left of a pair when the other unit has no value. */
function withoutBrokenPairs(
  units: EffectUnits,
  reference: number,
  term: number,
  notes: string[],
): (at: number) => boolean {
  const { block } = units;
  if (block === null || units.cluster !== null) return () => true;
  const assigned = [new Int32Array(block.labels.length), new Int32Array(block.labels.length)];
  const answered = new Int32Array(block.labels.length);
  for (let at = 0; at < units.arm.length; at++) {
    const code = block.codes[at]!;
    const side = units.arm[at] === reference ? 0 : units.arm[at] === term ? 1 : -1;
    if (code < 0 || side < 0) continue;
    assigned[side]![code] = assigned[side]![code]! + 1;
    if (units.replies[at]! > 0) answered[code] = answered[code]! + 1;
  }
  const broken = answered.map((count, code) =>
    count === 1 && assigned[0]![code] === 1 && assigned[1]![code] === 1 ? 1 : 0
  );
  const count = broken.reduce((total, value) => total + value, 0);
  if (count > 0) notes.push(`pairs left out as one of the two has no value: ${count}`);
  return (at) => broken[block.codes[at]!] !== 1;
}
