// @ts-types="@types/d3-dsv"
import { csvFormatRows, csvParseRows } from "d3-dsv";
import { checkText } from "../../core/checks.ts";
import { checkQuotes } from "../../core/delimited.ts";
import { cannot } from "../../core/errors.ts";
import { cellRoom, largestWorkbook, readPackedSheets, trimRows, writePackedSheets } from "./packed_sheets.ts";
import { cellAddress, type Sheet, type SheetCell, sheetFault } from "./sheet_rows.ts";

/** Reads the sheets of an .xlsx file, or of a folder of CSV files; formulas and macros are refused. */
export async function readSheets(action: string, source: string | URL): Promise<Sheet[]> {
  const path = pathOf(action, source);
  const { isDirectory, size } = await Deno.stat(path);
  if (!isDirectory) {
    if (size <= largestWorkbook.file) return await readPackedSheets(action, await Deno.readFile(path));
    throw new RangeError(cannot(action, "path", `have at most ${largestWorkbook.file} bytes`, size));
  }
  const files = [...Deno.readDirSync(path)].map(({ name }) => name).filter((name) => /\.csv$/i.test(name))
    .sort();
  if (files.length === 0) {
    throw new RangeError(cannot(action, "path", "be an .xlsx or hold CSV files", source));
  }
  const room = cellRoom(action);
  let bytes = 0;
  return files.map((file) => {
    bytes += Deno.statSync(inFolder(path, file)).size;
    if (bytes > largestWorkbook.unpacked) {
      throw new RangeError(cannot(action, "path", `hold at most ${largestWorkbook.unpacked} bytes`, bytes));
    }
    const name = file.slice(0, -4);
    return { name, rows: readDelimitedCells(action, name, Deno.readFileSync(inFolder(path, file)), room) };
  });
}

/** Writes sheets as an .xlsx file, where the path ends so, or as a folder of CSV files. */
export async function writeSheets(
  action: string,
  sheets: readonly Sheet[],
  target: string | URL,
): Promise<void> {
  const path = pathOf(action, target);
  const names = sheets.map(({ name }) => name.toLowerCase());
  sheets.forEach(({ name, rows }, at) => {
    // What spreadsheets and file systems allow.
    const fits = /^(?![.'\s])[^\\/?*[\]:<>|"\p{Cc}]{1,31}(?<![.'\s])$/u.test(name);
    if (!fits || names.indexOf(name.toLowerCase()) < at) {
      throw sheetFault(
        action,
        { sheet: name },
        "have a name of its own, fit for a file, of at most 31 letters",
        name,
      );
    }
    rows.forEach((row, at) =>
      row.forEach((cell, column) => {
        if (cell === null || typeof cell === "boolean" || Number.isFinite(cell)) return;
        // As many characters as a spreadsheet's cell takes.
        if (typeof cell === "string" && cell.length <= 32_767 && cell.isWellFormed()) return;
        const place = { sheet: name, row: at + 1, column: cellAddress(at + 1, column + 1) };
        throw sheetFault(
          action,
          place,
          "be a text of at most 32767 characters, a number, true or false",
          cell,
        );
      })
    );
  });
  const kept = sheets.map(({ name, rows }) => ({ name, rows: trimRows(rows) }));
  if (/\.xlsx$/i.test(String(path))) return await Deno.writeFile(path, await writePackedSheets(kept));
  await Deno.mkdir(path, { recursive: true });
  for (const { name, rows } of kept) {
    const text = csvFormatRows(rows.map((row) => row.length === 0 ? [""] : row.map(writeDelimitedCell)));
    await Deno.writeTextFile(inFolder(path, `${name}.csv`), text === "" ? "" : `${text}\n`);
  }
}

function pathOf(action: string, path: string | URL): string | URL {
  checkText(action, "path", path instanceof URL ? path.href : path);
  return path instanceof URL || path.startsWith("file:") ? new URL(path) : path;
}

function inFolder(folder: string | URL, file: string): string | URL {
  return typeof folder === "string" ? `${folder}/${file}` : new URL(encodeURIComponent(file), `${folder}/`);
}

/** A text that a spreadsheet would run, or that would come back as a number, true or false. */
const needsMark = /^'*([=+\-@\t\r]|\d[\d.]*([eE][+-]?\d+)?$|(true|false)$)/i;

const numberCell = /^-?(0|[1-9]\d{0,21})(\.\d+)?([eE][+-]?\d{1,3})?$/;

/** CSV has texts alone: a text that would come back as something else has an apostrophe before it, as spreadsheets do. */
function writeDelimitedCell(cell: SheetCell): string {
  if (typeof cell === "string") return needsMark.test(cell) ? `'${cell}` : cell;
  return cell === null ? "" : String(cell);
}

function readDelimitedCells(
  action: string,
  sheet: string,
  bytes: Uint8Array,
  room: (cells: number) => void,
): SheetCell[][] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw sheetFault(action, { sheet }, "be text in UTF-8", "other bytes");
  }
  checkQuotes(`${action}'s sheet '${sheet}'`, text, ",");
  return trimRows(csvParseRows(text, (row, at) => {
    room(row.length);
    return row.map((cell, column) => {
      if (cell.startsWith("=")) {
        const place = { sheet, row: at + 1, column: cellAddress(at + 1, column + 1) };
        throw sheetFault(action, place, "hold no formula", cell);
      }
      if (numberCell.test(cell) && Number.isFinite(Number(cell))) return Number(cell) + 0;
      if (/^(true|false)$/i.test(cell)) return cell.length === 4;
      return cell.startsWith("'") && needsMark.test(cell) ? cell.slice(1) : cell;
    });
  }));
}
