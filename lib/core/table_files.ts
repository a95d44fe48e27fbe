import { checkColumns, checkOneOf, checkText } from "./checks.ts";
import { type ColumnType, formatDelimited, parseDelimited } from "./delimited.ts";
import { cannot, didYouMean, showValue } from "./errors.ts";
import { oneOf, readOptions, rule, type RulesFor, whole } from "./options.ts";
import { columnOf, type Table, tableOf } from "./table.ts";

/** How a table is kept in a file. */
export type TableFormat = "csv" | "tsv" | "json" | "jsonl" | "parquet" | "arrow";

/** Options of {@linkcode loadTable}. */
export interface LoadTableOptions {
  /**
   * How the file is written.
   * @default {undefined} as its name ends (`.gz` after it is unpacked)
   */
  format?: TableFormat;
  /**
   * How columns of CSV and TSV are read, where it is not to be found out: `{ zip: "text" }`.
   * @default {{}} numbers where all cells are numbers, true and false, else texts
   */
  types?: { readonly [column: string]: ColumnType };
  /**
   * The largest file that is read, in bytes, unpacked.
   * @default {1e9}
   */
  maximumBytes?: number;
}

/** Options of {@linkcode writeTable}. */
export interface WriteTableOptions {
  /**
   * How the file is written.
   * @default {undefined} as its name ends
   */
  format?: TableFormat;
}

const formats = ["csv", "tsv", "json", "jsonl", "parquet", "arrow"] as const;

const endings: { readonly [ending: string]: TableFormat } = {
  ...Object.fromEntries(formats.map((format) => [format, format])),
  ...{ tab: "tsv", ndjson: "jsonl", feather: "arrow" } as const,
};

const formatRule = oneOf<TableFormat, undefined>(formats, undefined);

const loadRules = {
  format: formatRule,
  types: rule<{ readonly [column: string]: ColumnType }, Record<string, never>>(checkTypes, {}),
  maximumBytes: whole(1e9),
} as const satisfies RulesFor<LoadTableOptions>;

function checkTypes(action: string, name: string, value: unknown): void {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(
      `${cannot(action, name, "name types of columns", value)}; for example { zip: "text" }`,
    );
  }
  for (const [column, type] of Object.entries(value)) {
    checkOneOf<unknown>(action, `${name}.${column}`, type, ["number", "text", "boolean", "json"]);
  }
}

/**
 * Loads a table from a file or an address: CSV, TSV, JSON (a list of rows, or columns by name), JSONL, Parquet, Arrow;
 * each also with `.gz`.
 *
 * In CSV and TSV a column is one of numbers where every cell is a number as programs write them; a column that holds
 * `01234` or `1,5` stays text, as do labels and dates; `types` overrides. Cells that are empty or `NA` are `null`. A
 * CSV whose names are parted by semicolons or tabs, and hold no comma, is read so. Of answers (columns `item` and
 * `value`) each item is read by itself. What {@linkcode writeTable} wrote comes back as it was.
 *
 * @param source a path, a `file:` or an `http(s):` address
 * @param options see {@linkcode LoadTableOptions}
 * @returns the table
 * @throws {RangeError} if the format is not known, the file is too large, rows differ in length, a column stands twice
 * @throws {Deno.errors.NotFound} if there is no such file
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, loadTable } from "@understudy/understudy/core";
 *
 * const file = await Deno.makeTempFile({ suffix: ".csv" });
 * await Deno.writeTextFile(file, "party,zip,age\nLeft,01234,31\nRight,98765,NA\n");
 * const people = await loadTable(file);
 * assertEquals(columnOf(people, "zip"), ["01234", "98765"]);
 * assertEquals(columnOf(people, "age"), [31, null]);
 * ```
 */
export async function loadTable(source: string | URL, options: LoadTableOptions = {}): Promise<Table> {
  const action = "load a table";
  const { format, types, maximumBytes } = readOptions(action, options, loadRules);
  const name = source instanceof URL ? source.href : source;
  checkText(action, "source", name);
  const known = format ?? formatOf(action, name);
  const packed = await readBytes(action, name, maximumBytes);
  const bytes = packed[0] === 0x1f && packed[1] === 0x8b
    ? await unpack(action, packed, maximumBytes)
    : packed;
  const text = () => decodeText(action, bytes);
  const readRow = (line: string, at: number) => parseRow(action, line, at);
  const table = known === "parquet"
    ? await parseParquet(action, bytes)
    : known === "arrow"
    ? (await import("arquero")).fromArrow(bytes) as Table
    : known === "json"
    ? parseJsonTable(action, text())
    : known === "jsonl"
    ? tableOf(text().split(/\r?\n/).filter((line) => line.trim() !== "").map(readRow))
    : parseDelimited(action, text(), known === "tsv" ? "\t" : ",", types);
  checkColumns(action, table, Object.keys(types));
  return table;
}

/**
 * Writes a table to a file: CSV, TSV, JSON (a list of rows), JSONL, Parquet or Arrow, as the file's name ends.
 *
 * In CSV and TSV a text that a spreadsheet would run as a formula gets an apostrophe before it, which
 * {@linkcode loadTable} takes away again; lists are written as JSON.
 *
 * @param table any table
 * @param options the file as a path or address, or with how it is written; see {@linkcode WriteTableOptions}
 * @throws {RangeError} if the format is not known
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadTable, tableOf, writeTable } from "@understudy/understudy/core";
 *
 * const file = await Deno.makeTempFile({ suffix: ".csv" });
 * await writeTable(tableOf({ said: ["=1+1", "no"], support: [6, 2] }), file);
 * assertEquals(await Deno.readTextFile(file), "said,support\n'=1+1,6\nno,2\n");
 * assertEquals((await loadTable(file)).get("said", 0), "=1+1");
 * ```
 */
export async function writeTable(
  table: Table,
  file: string | URL,
  options: WriteTableOptions = {},
): Promise<void> {
  const action = "write a table";
  checkColumns(action, table, []);
  const { format } = readOptions(action, options, { format: formatRule });
  const name = file instanceof URL ? file.href : file;
  checkText(action, "file", name);
  const known = format ?? formatOf(action, name);
  const path = file instanceof URL || name.startsWith("file:") ? new URL(name) : name;
  await Deno.writeFile(path, await formatBytes(table, known));
}

async function formatBytes(table: Table, format: TableFormat): Promise<Uint8Array> {
  if (format === "parquet") return await formatParquet(table);
  if (format === "arrow") checkArrow(table);
  if (format === "arrow") return (await import("arquero")).toArrowIPC(table.reify(), { format: "file" })!;
  const rows = () => table.objects() as object[];
  const text = format === "json"
    ? `[\n${rows().map((row) => JSON.stringify(row)).join(",\n")}\n]\n`
    : format === "jsonl"
    ? rows().map((row) => `${JSON.stringify(row)}\n`).join("")
    : formatDelimited(table, format === "tsv" ? "\t" : ",");
  return new TextEncoder().encode(text);
}

/** Arrow's columns have one type: answers to several kinds of questions have not. */
function checkArrow(table: Table): void {
  for (const name of table.columnNames()) {
    const kinds = new Set(
      columnOf(table, name).filter((value) => value !== null && value !== undefined).map(kindOfValue),
    );
    if (kinds.size > 1 || kinds.has("object")) {
      const holds = `it holds ${[...kinds].join(", ")}; Parquet, JSON and CSV keep such columns`;
      throw new TypeError(
        `Cannot write a table as column '${name}' must hold values of one simple kind in an Arrow file: ${holds}`,
      );
    }
  }
}

function kindOfValue(value: unknown): string {
  return value instanceof Date ? "date" : typeof value;
}

function formatOf(action: string, name: string): TableFormat {
  const path = /^https?:/.test(name) ? new URL(name).pathname : name;
  const ending = path.replace(/\.gz$/i, "").split(".").at(-1)!.toLowerCase();
  if (Object.hasOwn(endings, ending)) return endings[ending]!;
  if (/^(xlsx?|ods|numbers|sav|por|dta|sas7bdat|rds|rda|rdata)$/.test(ending)) {
    throw new RangeError(
      `Cannot ${action} as .${ending} is not among its formats: save it as CSV or Parquet`,
    );
  }
  throw new RangeError(
    `Cannot ${action} as its format is not known by the name ${showValue(name)}: name it, for example ` +
      `{ format: "csv" }; the formats are ${formats.join(", ")}${didYouMean(ending, Object.keys(endings))}`,
  );
}

async function readBytes(action: string, name: string, maximum: number): Promise<Uint8Array> {
  if (!/^https?:/.test(name)) {
    const path = name.startsWith("file:") ? new URL(name) : name;
    const { size } = await Deno.stat(path);
    if (size > maximum) throw tooLarge(action, maximum);
    return await Deno.readFile(path);
  }
  const response = await fetch(name);
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new RangeError(`Cannot ${action} as ${showValue(name)} answers ${response.status}`);
  }
  return await readStream(action, response.body, maximum);
}

async function unpack(action: string, packed: Uint8Array, maximum: number): Promise<Uint8Array> {
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream();
  return await readStream(action, stream.pipeThrough(new DecompressionStream("gzip")), maximum);
}

/** Reads a stream to its end, or to the most that is read. */
async function readStream(
  action: string,
  stream: ReadableStream<Uint8Array>,
  maximum: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    if (size > maximum) throw tooLarge(action, maximum);
    parts.push(part);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function tooLarge(action: string, maximum: number): RangeError {
  return new RangeError(
    `Cannot ${action} as 'source' must have at most ${maximum} bytes: allow more with { maximumBytes: … }`,
  );
}

/** Text in UTF-8, or in the UTF-16 that some programs write tabs in. */
function decodeText(action: string, bytes: Uint8Array): string {
  try {
    const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
    return new TextDecoder(isWide ? "utf-16le" : "utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RangeError(`Cannot ${action} as the file must be text in UTF-8: save it so`, { cause });
  }
}

/** A list of rows, or columns by name. */
function parseJsonTable(action: string, text: string): Table {
  const data = parseRow(action, text, 0) as unknown;
  if (Array.isArray(data)) return tableOf(data as { readonly [column: string]: unknown }[]);
  if (typeof data === "object" && data !== null && Object.values(data).every(Array.isArray)) {
    return tableOf(data as { [column: string]: unknown[] });
  }
  throw new TypeError(cannot(action, "the file", "hold a list of rows, or lists of values by column", data));
}

function parseRow(action: string, line: string, at: number): { readonly [column: string]: unknown } {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new RangeError(`Cannot ${action} as line ${at + 1} is not JSON: ${showValue(line)}`, { cause });
  }
}

/** Parquet holds whole numbers of 64 bits: those that a double holds become numbers. */
async function parseParquet(action: string, bytes: Uint8Array): Promise<Table> {
  const { parquetReadObjects } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const rows = await parquetReadObjects({ file, compressors });
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (typeof value !== "bigint") continue;
      if (!Number.isSafeInteger(Number(value))) {
        throw new RangeError(
          `Cannot ${action} as column '${name}' must hold numbers up to ${Number.MAX_SAFE_INTEGER}: ` +
            `current value is ${value}`,
        );
      }
      row[name] = Number(value);
    }
  }
  return tableOf(rows);
}

const parquetTypes = { number: "DOUBLE", boolean: "BOOLEAN", string: "STRING" } as const;

async function formatParquet(table: Table): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const columnData = table.columnNames().map((name) => {
    const values = columnOf(table, name).map((value) => value === undefined ? null : value);
    const present = values.filter((value) => value !== null);
    const kinds = new Set(present.map((value) => typeof value));
    const nullable = present.length < values.length;
    // A column of several kinds, such as the answers to several items, keeps them as JSON.
    const kind = (kinds.size === 1 ? [...kinds][0] : undefined) as keyof typeof parquetTypes;
    return { name, data: values, type: parquetTypes[kind] ?? "JSON" as const, nullable };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
