import { checkColumns, checkRows, checkWeights } from "./checks.ts";
import { expectAnswers } from "./distribution.ts";
import { cannot, didYouMean, showValue } from "./errors.ts";
import { readPrompts } from "./repeated_prompts.ts";
import { isOfSessions, readSessions, takeStep } from "./session_rows.ts";
import type { Study, StudyRequest } from "./study_rows.ts";
import type { Labelled } from "./table.ts";
import { columnOf, combineLabels, distinct, encodeLabels, heldColumns, isTable } from "./table.ts";
import { sortLabels, type Table, tableOf, takeRows, valuesOf } from "./table.ts";

export type { Study, StudyRequest };

/**
 * Picks one outcome as one row per unit, from the long answers table or from any wide table.
 *
 * A long table has the columns `item` and `value`: its rows for the outcome are kept and gain a column named after it, of a
 * ranking what stands first. In a wide table the outcome is a column already. Estimators call this first, so that they work
 * on answers, on human data and on other people's runs alike. Of sessions the rows are those of one step: answers or
 * pay-offs, of an item that only probes asked these, of a step in which members spoke their lines.
 *
 * @param action what the caller does, for its error messages
 * @param table long or wide
 * @param outcome an item's name, or a column's
 * @param request what the table is called in error messages, and the step and round
 * @returns a table with a column named after the outcome; `null` where a unit has no value
 * @throws {RangeError} if the table holds no such item or column, or the item in several steps
 */
export function pickOutcome(
  action: string,
  table: Table,
  outcome: string,
  request: StudyRequest = {},
): Table {
  return pickRows(action, table, { ...request, outcome }).picked;
}

function pickRows(
  action: string,
  table: Table,
  request: StudyRequest & { readonly outcome: string },
): { picked: Table; notes: readonly string[] } {
  const { outcome, argument = "table" } = request;
  if (!isLong(table)) {
    checkColumns(action, table, [outcome], argument);
    return pickWide(action, table, request);
  }
  const items = columnOf<string>(table, "item");
  const rows: number[] = [];
  items.forEach((item, row) => {
    if (item === outcome) rows.push(row);
  });
  if (rows.length === 0) {
    const known = distinct(items);
    const are = `its items are ${known.join(", ")}${didYouMean(outcome, known)}`;
    throw new RangeError(`Cannot ${action} as '${argument}' has no answers to item '${outcome}': ${are}`);
  }
  const taken = takeStep(action, table, rows, request);
  const picked = takeRows(table, taken.rows);
  const values = columnOf(picked, "value");
  // A ranking counts by what stands first in it; other lists are sets.
  const ranked = picked.columnNames().includes("item_kind") && picked.get("item_kind", 0) === "ranking";
  const own = ranked ? values.map((value) => Array.isArray(value) ? value[0] : value) : values;
  return { picked: tableOf({ ...heldColumns(picked), [outcome]: own }), notes: taken.notes };
}

/** Of a wide table of sessions the step in which the outcome has values. */
function pickWide(action: string, table: Table, request: StudyRequest & { readonly outcome: string }) {
  if (request.step === undefined && request.round === undefined && !isOfSessions(table)) {
    return { picked: table, notes: [] };
  }
  const values = valuesOf(table, request.outcome);
  const all = Array.from({ length: values.length }, (_, row) => row);
  const given = all.filter((row) => (values[row] ?? null) !== null);
  const found = takeStep(action, table, given.length > 0 ? given : all, request);
  if (!table.columnNames().includes("step")) {
    return { picked: takeRows(table, found.rows), notes: found.notes };
  }
  const step = String(valuesOf(table, "step")[found.rows[0]!]);
  const { rows } = takeStep(action, table, all, { ...request, step });
  return { picked: takeRows(table, rows), notes: found.notes };
}

/** The reference arm that a table assigned by `assignTreatments` records; `undefined` in other tables. */
export function recordedReference(table: Table): string | undefined {
  if (!isTable(table) || !table.columnNames().includes("reference_arm")) return undefined;
  const recorded = distinct(columnOf(table, "reference_arm"));
  return recorded.length === 1 ? String(recorded[0]) : undefined;
}

/**
 * Finds the arm that the others are compared with: the one asked for (an option, or what the table records); else the arm
 * `control`; else the first of two. One rule for all verbs; the order of a table's rows plays no part.
 *
 * @param action what the caller does, for its error messages
 * @param arms the arms, in sorted order
 * @param asked the reference asked for
 * @returns its place in `arms`, and what the reader must know
 * @throws {RangeError} if it is no arm, or none is named and there is no `control` among more than two arms
 */
export function findReference(
  action: string,
  arms: readonly string[],
  asked: string | number | boolean | undefined,
): { reference: number; notes: string[] } {
  const listed = () => `the arms are ${arms.map((arm) => showValue(arm)).join(", ")}`;
  if (arms.length < 2) {
    const only = arms.length === 0 ? "none" : showValue(arms[0]);
    throw new RangeError(`Cannot ${action} as 'table' must hold at least two arms: its arms are ${only}`);
  }
  const reference = arms.indexOf(String(asked ?? "control"));
  if (reference >= 0) return { reference, notes: [] };
  if (asked !== undefined) {
    const said = `${cannot(action, "reference", "be an arm", asked)}, ${listed()}`;
    throw new RangeError(said + didYouMean(asked, arms));
  }
  if (arms.length > 2) {
    throw new RangeError(
      `Cannot ${action} as 'reference' must be named where there are more than two arms and none is "control": ` +
        `${listed()}; for example { reference: ${showValue(arms[0])} }`,
    );
  }
  return { reference: 0, notes: [`the reference is '${arms[0]}', the first of two arms in sorted order`] };
}

/** Whether a table holds one row per answer, in the columns `item` and `value`. */
export function isLong(table: Table): boolean {
  const names = table.columnNames();
  return names.includes("item") && names.includes("value");
}

/**
 * The one reader of who answered what in which arm, from any table, long or wide.
 *
 * Blocks and clusters that are not named are those that `assignTreatments` recorded, in a table that has its probabilities.
 * A row counts where it was answered and has a value, a block, a cluster and a weight above 0; others say why not.
 *
 * @throws {RangeError} if a column or item is missing, the table has no rows, or a persona is not named
 * @throws {TypeError} if the outcome is not numeric and no category is given
 */
export function readStudy(action: string, table: Table, request: StudyRequest): Study {
  const { outcome, argument } = request;
  checkColumns(action, table, [], argument);
  checkRows(action, table, argument);
  const names = table.columnNames();
  const byPrompt = request.clusters === "prompt" && !names.includes("prompt");
  const { blocks, clusters } = recordedAssignment(table, request);
  const arm = request.arm === undefined ? "arm" : request.arm ?? undefined;
  const persona = request.persona ?? (names.includes("persona_id") ? "persona_id" : undefined);
  checkColumns(
    action,
    table,
    [arm, ...blocks, byPrompt ? "prompt_key" : clusters, request.weights, persona].filter((name) =>
      name !== undefined
    ),
    argument,
  );
  const own = outcome === undefined
    ? { picked: table, notes: [] }
    : pickRows(action, table, { ...request, outcome });
  const { picked, elicited } = outcome === undefined
    ? { picked: table, elicited: [] }
    : expectAnswers(action, own.picked, { ...request, outcome });
  const count = picked.numRows();
  const encode = (name: string): Labelled => encodeLabels(action, name, valuesOf(picked, name));
  const personas = persona === undefined ? null : encode(persona);
  checkPersonas(action, persona, personas);
  const read = {
    prompts: [],
    elicited: [...own.notes, ...elicited],
    action,
    table: picked,
    arm: arm === undefined ? { codes: new Int32Array(count), labels: [] } : sortLabels(encode(arm)),
    value: outcome === undefined ? new Float64Array(count) : readValues(action, picked, outcome, request),
    persona: personas,
    personaName: persona,
    repeated: personas !== null && personas.labels.length < count,
    block: blocks.length === 0 ? null : combineLabels(blocks.map(encode)),
    cluster: clusters === undefined || byPrompt ? null : encode(clusters),
    clusterName: byPrompt ? undefined : clusters,
    weight: request.weights === undefined ? null : readWeights(action, request.weights, picked),
  };
  const status = isLong(table) && names.includes("status") && outcome !== undefined
    ? valuesOf(picked, "status")
    : null;
  const leftOut: (string | undefined)[] = [];
  for (let row = 0; row < count; row++) leftOut.push(whyLeftOut(read, status, row));
  const study = readSessions({ ...read, leftOut }, request);
  return names.includes("prompt_key") ? readPrompts(table, study, request) : study;
}

/** The blocks and clusters asked for; else those that `assignTreatments`, which records probabilities, left. */
function recordedAssignment(
  table: Table,
  request: Pick<StudyRequest, "blocks" | "clusters">,
): { blocks: string[]; clusters: string | undefined } {
  const names = table.columnNames();
  const recorded = (name: string) =>
    names.includes("arm_probability") && names.includes(name) ? name : undefined;
  return {
    blocks: [request.blocks ?? recorded("block") ?? []].flat(),
    clusters: request.clusters === undefined ? recorded("cluster") : request.clusters ?? undefined,
  };
}

/** What clusters a model's rows: those asked for or recorded; else personas, where one has several rows. */
export function modelClusters(
  study: Study,
  asked: string | null | undefined,
): { readonly name: string; readonly cluster: Labelled } | null {
  if (study.cluster !== null) return { name: study.clusterName!, cluster: study.cluster };
  return asked === undefined && study.repeated ? { name: study.personaName!, cluster: study.persona! } : null;
}

/** The rows that count. */
export function usedRows({ leftOut }: Study): Int32Array {
  const rows = new Int32Array(leftOut.length);
  let count = 0;
  for (let row = 0; row < leftOut.length; row++) if (leftOut[row] === undefined) rows[count++] = row;
  return rows.subarray(0, count);
}

/** Leaves out rows that lack something, saying what. */
export function leaveOut(study: Study, what: string, lacks: (row: number) => boolean): Study {
  return {
    ...study,
    leftOut: study.leftOut.map((why, row) => why ?? (lacks(row) ? `without ${what}` : undefined)),
  };
}

/** How many rows were left out, and why; which prompts repeat, and which answers are probabilities. */
export function noteRowsLeftOut({ leftOut, prompts, elicited }: Study): string[] {
  const counts = new Map<string, number>();
  for (const why of leftOut) if (why !== undefined) counts.set(why, (counts.get(why) ?? 0) + 1);
  const parts = [...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([why, count]) => `${count} ${why}`);
  return [...(parts.length === 0 ? [] : [`left out: ${parts.join(", ")}`]), ...prompts, ...elicited];
}

/** The column's name with its category, as tables and figures have it. */
export function outcomeName({ outcome, category }: Pick<StudyRequest, "outcome" | "category">): string {
  return category === undefined ? outcome! : `${outcome} = ${category}`;
}

/** The reference arm of a study: the one asked for, else the recorded one; see {@linkcode findReference}. */
export function referenceOf(
  { action, arm, table }: Study,
  asked: string | number | boolean | undefined,
): { reference: number; notes: string[] } {
  return findReference(action, arm.labels, asked ?? recordedReference(table));
}

/** Reads numbers (true and false are 1 and 0), `NaN` where there is none; `null` where any value is a text. */
export function readNumbers(action: string, name: string, values: ArrayLike<unknown>): Float64Array | null {
  const numbers = new Float64Array(values.length);
  const isText = (value: unknown) => typeof value === "string" && value !== "";
  for (let row = 0; row < numbers.length; row++) {
    const value = values[row];
    // Infinity less itself is NaN.
    if (typeof value === "number" && (value - value === 0 || value !== value)) numbers[row] = value;
    else if (typeof value === "boolean") numbers[row] = value ? 1 : 0;
    else if (value === null || value === undefined || value === "") numbers[row] = NaN;
    else if (Array.prototype.some.call(values, isText)) return null;
    else {
      throw new TypeError(
        `${cannot(action, name, "hold finite numbers, texts, true or false", value)} (row ${row + 1})`,
      );
    }
  }
  return numbers;
}

/** Reads weights, `NaN` where there is none. */
export function readWeights(action: string, name: string, table: Table): Float64Array {
  const weights = columnOf(table, name).map((weight) => weight ?? NaN);
  const present = weights.filter((weight) => !Number.isNaN(weight));
  if (present.length > 0) checkWeights(action, name, present);
  return Float64Array.from(weights as number[]);
}

function readValues(action: string, table: Table, outcome: string, request: StudyRequest): Float64Array {
  const values = valuesOf(table, outcome);
  return request.readValues === undefined
    ? readOutcome(action, outcome, values, request.category)
    : request.readValues(values);
}

function checkPersonas(action: string, name: string | undefined, persona: Labelled | null): void {
  const row = persona === null ? -1 : persona.codes.indexOf(-1);
  if (row < 0) return;
  throw new RangeError(cannot(action, name!, "name a persona in every row", `nothing in row ${row + 1}`));
}

function whyLeftOut(
  read: Omit<Study, "leftOut">,
  status: ArrayLike<unknown> | null,
  row: number,
): string | undefined {
  const answer = status?.[row];
  if (typeof answer === "string" && answer !== "answered") return answer;
  if (Number.isNaN(read.value[row])) return "without a value";
  if (read.block !== null && read.block.codes[row]! < 0) return "without a block";
  if (read.cluster !== null && read.cluster.codes[row]! < 0) return "without a cluster";
  if (read.weight !== null && Number.isNaN(read.weight[row])) return "without a weight";
  if (read.weight !== null && read.weight[row] === 0) return "with weight 0";
  return undefined;
}

/**
 * Turns answers to numbers, `NaN` where there is none: numbers as they are, true and false as 1 and 0, and with a category 1
 * where it is the answer (or, of several, among the answers) and 0 where it is not; of an allocation the amount that the
 * category was given. A category that nobody gave is an error, unless that is known not to be a slip (`absent`).
 */
export function readOutcome(
  action: string,
  outcome: string,
  values: ArrayLike<unknown>,
  category: string | number | boolean | undefined,
  absent = false,
): Float64Array {
  const numbers = new Float64Array(values.length);
  const wanted = category === undefined ? undefined : String(category);
  const others = new Set<string>();
  let met = false;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null || value === undefined || Number.isNaN(value)) numbers[row] = NaN;
    else if (wanted === undefined) numbers[row] = readNumber(action, outcome, value, row);
    else if (isAllocation(value)) {
      const given = Object.hasOwn(value, wanted);
      numbers[row] = given ? readNumber(action, outcome, value[wanted], row) : NaN;
      if (given) met = true;
      else Object.keys(value).forEach((option) => others.add(option));
    } else {
      const chosen = (Array.isArray(value) ? value : [value]).map(String);
      numbers[row] = chosen.includes(wanted) ? 1 : 0;
      if (numbers[row] === 1) met = true;
      else if (others.size < 20) chosen.forEach((answer) => others.add(answer));
    }
  }
  const isMeant = didYouMean(wanted, [...others]) !== "" || Array.prototype.some.call(values, isAllocation);
  if (wanted !== undefined && !met && others.size > 0 && (isMeant || !absent)) {
    const are = `the answers are ${[...others].sort().map(showValue).join(", ")}`;
    const wrong = cannot(action, "category", `be an answer to '${outcome}'`, category);
    throw new RangeError(`${wrong}, ${are}${didYouMean(wanted, [...others])}`);
  }
  return numbers;
}

/** That the share of a category is that of an answer which nobody gave. */
export function noteNobody({ value }: Pick<Study, "value">, category: unknown): string[] {
  return category === undefined || value.some((part) => part > 0) ? [] : [`nobody answered '${category}'`];
}

function isAllocation(value: unknown): value is { readonly [option: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function readNumber(action: string, outcome: string, value: unknown, row: number): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  const shown = `current value is ${showValue(value)} (row ${row + 1})`;
  if (typeof value === "number") {
    throw new RangeError(`Cannot ${action} as outcome '${outcome}' must hold finite numbers: ${shown}`);
  }
  const answer = Array.isArray(value) ? value[0] : isAllocation(value) ? Object.keys(value)[0] : value;
  throw new TypeError(
    `Cannot ${action} as outcome '${outcome}' must hold numbers: ${shown}; for the share of one answer name it, ` +
      `for example { outcome: ${showValue(outcome)}, category: ${showValue(answer)} }`,
  );
}
