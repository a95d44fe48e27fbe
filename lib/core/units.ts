import { cannot } from "./errors.ts";
import { isLong, readStudy, type Study, type StudyRequest } from "./study.ts";
import { isOfSessions, takeStep } from "./session_rows.ts";
import { columnOf, groupRows, type Labelled, type Table, takeRows } from "./table.ts";
import type { Covariate } from "./covariates.ts";

/** One row per unit: a persona in an arm, its replies averaged; or a row of the table where there are no personas. */
export interface Units {
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
  /** The first of each unit's rows. */
  readonly row: Int32Array;
  /** For each arm, why rows were left out and how many. */
  readonly leftOut: readonly ReadonlyMap<string, number>[];
  /** Rows without an arm. */
  readonly withoutArm: number;
  /** What the reader must know of prompts that several personas were sent. */
  readonly prompts: Study["prompts"];
  /** What the reader must know of answers that are probabilities. */
  readonly elicited: Study["elicited"];
}

/** Gathers rows to units and averages the rows of a persona in an arm. */
export function gatherUnits(action: string, rows: Study): Units {
  const { unit, count } = numberUnits(rows);
  const units = {
    arm: new Int32Array(count),
    value: new Float64Array(count),
    persona: rows.persona === null ? null : new Int32Array(count),
    block: rows.block === null ? null : new Int32Array(count).fill(-1),
    cluster: rows.cluster === null ? null : new Int32Array(count).fill(-1),
    weight: rows.weight === null ? null : new Float64Array(count).fill(-1),
    replies: new Int32Array(count),
    row: new Int32Array(count).fill(-1),
  };
  const leftOut = rows.arm.labels.map(() => new Map<string, number>());
  for (let row = 0; row < unit.length; row++) {
    const at = unit[row]!;
    if (at < 0) continue;
    const arm = rows.arm.codes[row]!;
    units.arm[at] = arm;
    if (units.row[at] === -1) units.row[at] = row;
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
    prompts: rows.prompts,
    elicited: rows.elicited,
    withoutArm: rows.arm.codes.reduce((total, code) => total + (code < 0 ? 1 : 0), 0),
  };
}

/** Gives each row the number of its unit, -1 to rows without an arm. */
function numberUnits({ arm, persona }: Study): { unit: Int32Array; count: number } {
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
  rows: Study,
  row: number,
): void {
  if (held === null || value === undefined || Number.isNaN(value) || value === -1) return;
  if (held[at] !== -1 && held[at] !== value) {
    const persona = rows.persona!.labels[rows.persona!.codes[row]!];
    throw new RangeError(cannot(action, argument, "be the same in all rows of a persona in an arm", persona));
  }
  held[at] = value;
}

/** The units of one arm and of the reference, as an estimator takes them. */
export interface Comparison {
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
  units: Units,
  reference: number,
  term: number,
): Comparison {
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

/** Some of the units. */
export function keepUnits(comparison: Comparison, rows: readonly number[]): Comparison {
  const { outcome, treated, persona, block, cluster, weight } = comparison;
  return {
    ...comparison,
    outcome: takeNumbers(outcome, rows),
    treated: Uint8Array.from(rows, (row) => treated[row]!),
    persona: persona === null ? null : takeCodes(persona, rows),
    block: takeLabelled(block, rows),
    cluster: takeLabelled(cluster, rows),
    weight: weight === null ? null : takeNumbers(weight, rows),
  };
}

/** The values of some rows; all rows give the values themselves. */
export function takeNumbers(values: Float64Array, rows: ArrayLike<number>): Float64Array {
  if (rows.length === values.length) return values;
  const taken = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]!]!;
  return taken;
}

/** The codes of some rows. */
export function takeCodes(codes: Int32Array, rows: ArrayLike<number>): Int32Array {
  if (rows.length === codes.length) return codes;
  const taken = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) taken[i] = codes[rows[i]!]!;
  return taken;
}

function takeLabelled(column: Labelled | null, rows: readonly number[]): Labelled | null {
  return column === null ? null : { codes: takeCodes(column.codes, rows), labels: column.labels };
}

/** Why rows of some arms were left out, which prompts repeat, and which answers are probabilities. */
export function noteLeftOut(units: Units, arms: readonly number[]): string[] {
  const parts = arms.flatMap((arm) => {
    const counts = [...units.leftOut[arm]!].sort(([a], [b]) => a < b ? -1 : 1);
    if (counts.length === 0) return [];
    return [`${units.arms[arm]} ${counts.map(([why, count]) => `${count} ${why}`).join(", ")}`.trimStart()];
  });
  const rows = [
    ...(parts.length === 0 ? [] : [`left out: ${parts.join("; ")}`]),
    ...units.prompts,
    ...units.elicited,
  ];
  return units.withoutArm === 0 ? rows : [...rows, `rows without an arm: ${units.withoutArm}`];
}

/** That several replies of a persona were averaged. */
export function noteReplies(units: Units, arms: readonly number[]): string[] {
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
function personasInBoth(units: Units, reference: number, term: number): Uint8Array | null {
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
  units: Units,
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
  const complete = answered.filter((bits) => bits === 3).length;
  const incomplete = seen.filter((bits, persona) => bits > 0 && answered[persona] !== 3).length;
  const finer = units.block === null ? "" : ", which is finer than the blocks";
  notes.push(`${complete} personas answered in both arms: each is compared with itself${finer}`);
  if (incomplete > 0) notes.push(`personas left out as they did not answer in both arms: ${incomplete}`);
  return (at) => answered[units.persona![at]!] === 3;
}

/** Leaves out what is left of a pair when the other unit has no value. */
function withoutBrokenPairs(
  units: Units,
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

/** Each unit's covariates: the mean over its rows that count. */
export function gatherCovariates(
  action: string,
  rows: Study,
  units: Units,
  covariates: readonly Covariate[],
): Covariate[] {
  // Where every row is a unit, in the same order, there is nothing to gather.
  if (units.arm.length === rows.value.length) return [...covariates];
  return covariates.map(({ name, column, values }) => ({
    name,
    column,
    values: gatherUnits(action, { ...rows, value: values }).value,
  }));
}

/** A column gathered to the units of two arms, as the outcome is: averaged over the rows of a persona in an arm. */
export function gatherColumn(
  action: string,
  rows: Study,
  values: Float64Array,
  reference: number,
  term: number,
): Float64Array {
  return compareArms(action, gatherUnits(action, { ...rows, value: values }), reference, term).outcome;
}

/** Takes all rows for one arm, where nothing is compared. */
export function inOneArm(study: Study): Study {
  return { ...study, arm: { codes: new Int32Array(study.value.length), labels: ["all"] } };
}

const ofOtherItem = "an answer to another item";

/**
 * Gathers several outcomes to the same units in the same order, whichever of them have a value: what is drawn or
 * permuted together.
 *
 * @returns the units of each outcome, and the study that they share
 * @throws {RangeError} if answers to several items are not tied by a persona
 */
export function gatherOutcomes(
  action: string,
  answers: Table,
  outcomes: readonly string[],
  request: Omit<StudyRequest, "outcome">,
): { study: Study; units: readonly Units[] } {
  const table = takeSteps(action, answers, outcomes, request);
  const studies = outcomes.map((outcome) =>
    readStudy(action, table, { ...request, outcome, compared: outcomes })
  );
  if (outcomes.length === 1 || !isLong(table)) {
    return { study: studies[0]!, units: studies.map((study) => gatherUnits(action, study)) };
  }
  const { category: _, ...shared } = request;
  const whole = readStudy(action, table, { ...shared, compared: outcomes });
  if (whole.persona === null) {
    const rule = "name the column that tells which answers are the same persona's";
    throw new RangeError(cannot(action, "persona", rule, request.persona));
  }
  const units = studies.map((study, at) => {
    const gathered = gatherUnits(action, spreadOver(whole, study, outcomes[at]!));
    const leftOut = gathered.leftOut.map((counts) =>
      new Map([...counts].filter(([why]) => why !== ofOtherItem))
    );
    return { ...gathered, leftOut };
  });
  return { study: whole, units };
}

/** Of sessions the rows of the outcomes in their steps. */
function takeSteps(action: string, table: Table, outcomes: readonly string[], request: StudyRequest): Table {
  if (!isLong(table) || !isOfSessions(table)) return table;
  const items = groupRows(columnOf<string>(table, "item"));
  const rows = outcomes.flatMap((outcome) =>
    takeStep(action, table, items.get(outcome) ?? [], { ...request, outcome }).rows
  );
  return takeRows(table, rows.sort((a, b) => a - b));
}

/** One item's values among the rows of all items. */
function spreadOver(whole: Study, part: Study, outcome: string): Study {
  const items = columnOf(whole.table, "item");
  const value = new Float64Array(items.length).fill(NaN);
  const leftOut = new Array<string | undefined>(items.length).fill(ofOtherItem);
  let at = 0;
  items.forEach((item, row) => {
    if (item !== outcome) return;
    value[row] = part.value[at]!;
    leftOut[row] = part.leftOut[at++];
  });
  return { ...whole, value, leftOut, elicited: part.elicited };
}
