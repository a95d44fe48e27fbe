// @ts-types="@types/d3-dsv"
import { csvFormatRows, csvParseRows } from "d3-dsv";
import { checkText } from "../../core/checks.ts";
import { checkQuotes } from "../../core/delimited.ts";
import {
  largestWorkbook,
  readPackedSheets,
  trimRows,
  workbookFault,
  writePackedSheets,
} from "./packed_sheets.ts";
import { cellPlace, loading, type Sheet, type SheetCell, sheetFault } from "./sheet_rows.ts";

/** As many characters as a spreadsheet's cell takes. */
const longestCell = 32_767;

/** Reads the sheets of an .xlsx file, or of a folder of CSV files; formulas and macros are refused. */
export async function readSheets(path: string | URL): Promise<Sheet[]> {
  checkText(loading, "path", String(path));
  const { isDirectory, size } = await Deno.stat(path);
  const files = isDirectory
    ? [...Deno.readDirSync(path)].map(({ name }) => name).filter((name) => /\.csv$/i.test(name)).sort()
    : [];
  const all = files.reduce((sum, file) => sum + Deno.statSync(inFolder(path, file)).size, 0);
  const most = isDirectory ? largestWorkbook.unpacked : largestWorkbook.file;
  if (Math.max(all, isDirectory ? 0 : size) > most) throw workbookFault(`have at most ${most} bytes`, "more");
  if (!isDirectory) return await readPackedSheets(await Deno.readFile(path));
  if (files.length === 0) throw workbookFault("be an .xlsx file or a folder of CSV files", String(path));
  return files.map((file) => {
    const name = file.slice(0, -4);
    return { name, rows: parseSheet(name, Deno.readFileSync(inFolder(path, file))) };
  });
}

/** Writes sheets as an .xlsx file, where the path ends so, or as a folder of CSV files. */
export async function writeSheets(sheets: readonly Sheet[], path: string | URL): Promise<void> {
  const action = "write a workbook";
  checkText(action, "path", String(path));
  const names = sheets.map(({ name }) => name.toLowerCase());
  sheets.forEach(({ name: sheet, rows }, at) => {
    // What spreadsheets and file systems allow.
    const fits = /^(?![.'\s])[^\\/?*[\]:<>|"\p{Cc}]{1,31}(?<![.'\s])$/u.test(sheet);
    if (!fits || names.indexOf(sheet.toLowerCase()) < at) {
      throw sheetFault(
        action,
        { sheet },
        "have a name of its own, fit for a file, of at most 31 letters",
        sheet,
      );
    }
    rows.forEach((row, at) =>
      row.forEach((cell, column) => {
        const isText = typeof cell === "string" && cell.length <= longestCell && cell.isWellFormed();
        if (isText || cell === null || typeof cell === "boolean" || Number.isFinite(cell)) return;
        const rule = `hold a text of at most ${longestCell} characters, a number, true or false`;
        throw sheetFault(action, cellPlace(sheet, at, column), rule, cell);
      })
    );
  });
  const kept = sheets.map(({ name, rows }) => ({ name, rows: trimRows(rows) }));
  if (/\.xlsx$/i.test(String(path))) return await Deno.writeFile(path, await writePackedSheets(kept));
  await Deno.mkdir(path, { recursive: true });
  for (const { name, rows } of kept) {
    const text = csvFormatRows(rows.map((row) => row.length === 0 ? [""] : row.map(formatCell)));
    await Deno.writeTextFile(inFolder(path, `${name}.csv`), text === "" ? "" : `${text}\n`);
  }
}

function inFolder(folder: string | URL, file: string): string | URL {
  return typeof folder === "string" ? `${folder}/${file}` : new URL(encodeURIComponent(file), `${folder}/`);
}

/** A text that a spreadsheet would run, or that would come back as a number, true or false. */
const needsMark = /^'*([=+\-@\t\r]|\d[\d.]*([eE][+-]?\d+)?$|(true|false)$)/i;

const numberCell = /^-?(0|[1-9]\d{0,21})(\.\d+)?([eE][+-]?\d{1,3})?$/;

/** CSV has texts alone: one that would come back as something else has an apostrophe before it, as in spreadsheets. */
function formatCell(cell: SheetCell): string {
  if (typeof cell === "string") return needsMark.test(cell) ? `'${cell}` : cell;
  return cell === null ? "" : String(cell);
}

function parseSheet(sheet: string, bytes: Uint8Array): SheetCell[][] {
  let [text, left]: [string, number] = ["", largestWorkbook.cells];
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw sheetFault(loading, { sheet }, "be text in UTF-8", "other bytes");
  }
  checkQuotes(`${loading}'s sheet '${sheet}'`, text, ",");
  return trimRows(csvParseRows(text, (row, at) => {
    left -= row.length;
    if (left < 0) throw workbookFault(`have at most ${largestWorkbook.cells} cells`, "more");
    return row.map((cell, column) => {
      if (cell.startsWith("=") || cell.length > longestCell) {
        const rule = `hold no formula, and at most ${longestCell} characters`;
        throw sheetFault(loading, cellPlace(sheet, at, column), rule, cell);
      }
      if (numberCell.test(cell) && Number.isFinite(Number(cell))) return Number(cell) + 0;
      if (/^(true|false)$/i.test(cell)) return cell.length === 4;
      return cell.startsWith("'") && needsMark.test(cell) ? cell.slice(1) : cell;
    });
  }));
}
