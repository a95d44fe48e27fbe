import { checkColumns, checkIds } from "../core/checks.ts";
import { cannot, showValue } from "../core/errors.ts";
import type { Item } from "../core/item.ts";
import { readOptions, required, type RulesFor } from "../core/options.ts";
import { columnOf, isTable, type Table, tableOf } from "../core/table.ts";
import { loadTable } from "../core/table_files.ts";
import { parseAnswer } from "../items/questionnaire.ts";
import { importRules } from "./imported_answers.ts";

/** What a codebook says of one column of a file. */
export interface CodebookEntry {
  /** The column of the file. */
  readonly column: string;
  /** What it becomes: an item's name, `persona_id`, `arm`, `weight`, an attribute; `null` leaves it out. */
  readonly name?: string | null;
  /** The question, as it was asked. */
  readonly text?: string;
  /** The value of each code, in the design's words (`null`: no answer); without any, cells stay as they are. */
  readonly codes?: { readonly [code: string]: string | number | null };
  /** Further codes that are no answers. */
  readonly missing?: readonly (string | number)[];
  /** What the maker of the codebook could not make out. */
  readonly note?: string;
}

/** Options of {@linkcode loadHuman}. */
export interface LoadHumanOptions {
  /**
   * What the columns hold: entries, of which a later one adds to an earlier one of its column; or a table, or its path,
   * with a row for each code: `column` and, as far as there are any, `name`, `text`, `code`, `value` (empty: no answer).
   */
  codebook: readonly CodebookEntry[] | Table | string;
  /**
   * Questions as the design declares them: answers of these names become their values, labels the points of a scale.
   * @default {[]}
   */
  items?: readonly Item[];
}

const action = "load human answers";

const rules = {
  // Checked where it is read, entry by entry.
  codebook: required<readonly CodebookEntry[] | Table | string>(() => {}),
  items: importRules.items,
} as const satisfies RulesFor<LoadHumanOptions>;

/**
 * Loads people's answers from a file of your own, in the words of the design, to stand beside synthetic ones.
 *
 * Reads what `loadTable` reads. No row is left out, columns that the codebook does not name stay as they are, and a code
 * that it does not know is an error. The header rows of Qualtrics are known by their ImportIds. Files of SPSS and Stata
 * are to be saved as Parquet first, by `pandas.read_spss` and `to_parquet` or by R's haven and arrow.
 *
 * @param source a path, an address, or a table
 * @param options see {@linkcode LoadHumanOptions}
 * @returns a row for each row: `persona_id` (`h1`, `h2`, … where there is none), the columns by name, `basis` (`human`)
 * @throws {RangeError} if a column is missing, two have one name, an identifier stands twice, or a code is unknown
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadHuman } from "@understudy/understudy/formats";
 *
 * const file = await Deno.makeTempFile({ suffix: ".csv" });
 * await Deno.writeTextFile(file, "id,cond,Q1\n7,1,5\n8,2,99\n");
 * const codebook = [
 *   { column: "id", name: "persona_id" },
 *   { column: "cond", name: "arm", codes: { 1: "control", 2: "threat" } },
 *   { column: "Q1", name: "support", text: "How much do you support it?", missing: [99] },
 * ];
 * assertEquals((await loadHuman(file, { codebook })).objects(), [
 *   { persona_id: 7, arm: "control", support: 5, basis: "human" },
 *   { persona_id: 8, arm: "threat", support: null, basis: "human" },
 * ]);
 * ```
 */
export async function loadHuman(source: string | URL | Table, options: LoadHumanOptions): Promise<Table> {
  const { codebook, items } = readOptions(action, options, rules);
  const file = isTable(source) ? source : await loadTable(source);
  const given = typeof codebook === "string" ? await loadTable(codebook) : codebook;
  const entries = readCodebook(action, "codebook", given);
  checkColumns(action, file, [...entries.keys()], "file");
  const headers = qualtricsIds(file) === undefined ? 0 : 2;
  const count = file.numRows() - headers;
  const ids = Array.from({ length: count }, (_, row) => `h${row + 1}`);
  const columns = new Map<string, readonly unknown[]>([["persona_id", ids]]);
  const from = new Map([["basis", "what is added"], ["__proto__", "every object"]]);
  for (const column of file.columnNames()) {
    const { name = column, ...entry } = entries.get(column) ?? { column };
    if (name === null) continue;
    const holder = from.get(name);
    if (holder !== undefined) {
      const rule = `give the name '${name}' once ({ column, name: null } leaves one out): ${holder} has it`;
      throw new RangeError(cannot(action, "codebook", rule, column));
    }
    from.set(name, column);
    const cells = columnOf(file, column).slice(headers);
    const item = items.find((one) => one.name === name);
    columns.set(name, decode(headers === 0 ? cells : numbersOf(cells), entry, item));
  }
  const table = tableOf({ ...Object.fromEntries(columns), basis: new Array(count).fill("human") });
  checkIds(action, table, "persona_id");
  return table;
}

/** The ImportIds in the third of Qualtrics's header rows, by column; `undefined` in any other file. */
export function qualtricsIds(file: Table): Map<string, string> | undefined {
  const idOf = (name: string) =>
    /^\{"ImportId":"([^"]{0,500})"/.exec(String(columnOf(file, name)[1] ?? ""))?.[1];
  const ids = new Map(file.columnNames().map((name) => [name, idOf(name) ?? ""]));
  return ids.values().some((id) => id !== "") ? ids : undefined;
}

/** The entries of a codebook by their columns, each put together from all that there are. */
export function readCodebook(
  action: string,
  argument: string,
  given: readonly CodebookEntry[] | Table,
): Map<string, CodebookEntry> {
  const list = isTable(given) ? entriesOf(action, argument, given) : [given].flat();
  for (const entry of list) {
    const { column, name, codes, missing = [] } = entry ?? {};
    const isText = typeof column === "string" && typeof (name ?? "") === "string" && name !== "__proto__";
    const parts = [...Object.values(codes ?? {}), missing].flat().map((part) => typeof (part ?? ""));
    if (!isText || Array.isArray(codes) || parts.some((part) => part !== "string" && part !== "number")) {
      const rule = 'hold entries such as { column: "Q1", name: "vote", codes: { 1: "yes" }, missing: [9] }';
      throw new TypeError(cannot(action, argument, rule, entry));
    }
  }
  return new Map([...Map.groupBy(list, ({ column }) => column)].map(([column, own]) => {
    const codes = Object.fromEntries(own.flatMap((entry) => Object.entries(entry.codes ?? {})));
    return [column, { ...own.reduce((all, entry) => ({ ...all, ...entry })), codes }];
  }));
}

/** A codebook with a row for each code. */
function entriesOf(action: string, argument: string, table: Table): CodebookEntry[] {
  checkColumns(action, table, ["column"], argument);
  const values = new Map<string, unknown>();
  return (table.objects() as { readonly [field: string]: unknown }[]).map(({ code, value, ...row }) => {
    const key = JSON.stringify([row.column, code ?? null]);
    if ((code ?? null) !== null && values.has(key) && values.get(key) !== value) {
      const rule = `give the code ${showValue(code)} of '${row.column}' one value`;
      throw new RangeError(cannot(action, argument, rule, value));
    }
    values.set(key, value);
    const told = ["column", "name", "text"].filter((field) => (row[field] ?? null) !== null);
    const entry = Object.fromEntries(told.map((field) => [field, String(row[field])])) as { column: string };
    return (code ?? null) === null ? entry : { ...entry, codes: { [String(code)]: (value ?? null) as null } };
  });
}

/** A code as it is compared: 1, "1" and "1.0" are one, and so are "True" and "TRUE". */
function codeOf(cell: unknown): string {
  const text = String(cell).trim().toLowerCase();
  return text !== "" && Number.isFinite(Number(text)) ? String(Number(text)) : text;
}

/** The cells of a column in the words of its codebook and item. */
function decode(
  cells: readonly unknown[],
  { column, codes = {}, missing = [] }: CodebookEntry,
  item: Item | undefined,
): unknown[] {
  const known = new Map<string, unknown>(Object.entries(codes));
  for (const code of [missing].flat()) known.set(String(code), null);
  const alike = new Map<string, unknown>();
  for (const [code, value] of known) {
    const like = codeOf(code);
    alike.set(like, !alike.has(like) || alike.get(like) === value ? value : ambiguous);
  }
  const isCoded = Object.keys(codes).length > 0;
  const unknown = new Map<string, string>();
  const values = cells.map((cell, row) => {
    const code = codeOf(cell ?? "");
    if (code === "" || Number.isNaN(cell)) return null;
    // A code as it is written, before those that are like it.
    const written = String(cell).trim();
    const like = known.has(written) ? known.get(written) : alike.get(code);
    if (like === null) return null;
    const read = answerOf(item, isCoded ? like : cell);
    if (read.value === null) {
      unknown.set(code, unknown.get(code) ?? `${showValue(cell)} ${read.reason} (row ${row + 1})`);
    }
    return read.value;
  });
  if (unknown.size === 0) return values;
  const found = [...unknown.values()].slice(0, 10).join("; ");
  const own = Object.keys(codes).slice(0, 20).join("; ");
  throw new RangeError(
    `Cannot ${action} as column '${column}' has ${unknown.size} codes that are not known: ${found}; ` +
      `add them to its codes (${own}), or to those missing`,
  );
}

/** What a cell says that is like codes of different values. */
const ambiguous = Symbol();

function answerOf(item: Item | undefined, value: unknown): { value: unknown; reason: string } {
  if (value === undefined) return { value: null, reason: "is not in the codebook" };
  if (value === ambiguous) return { value: null, reason: "is like codes that say different things" };
  if (item === undefined || item.kind === "text") return { value, reason: "" };
  const text = String(value);
  // The place of an option in the design need not be its code in the file.
  const isPlace = item.options?.includes(text) === false && /^\s*([a-z]|\d+)\s*$/i.test(text);
  const read = isPlace ? { value: null, reason: "an option's text is needed" } : parseAnswer(item, value);
  return { value: read.value, reason: `is no answer to '${item.name}': ${read.reason}` };
}

/** Numbers, where all cells are. */
function numbersOf(cells: readonly unknown[]): readonly unknown[] {
  const isNumber = (cell: unknown) =>
    cell === null || /^-?(0|[1-9]\d{0,14})(\.\d{1,17})?$/.test(String(cell));
  return cells.every(isNumber) ? cells.map((cell) => cell === null ? null : Number(cell)) : cells;
}
