import { inflateRawSync } from "node:zlib";
import { cannot } from "../../core/errors.ts";
import { cellPlace, loading, type Sheet, type SheetCell, sheetFault } from "./sheet_rows.ts";

/** The most bytes of a workbook's file and of its parts unpacked, and the most cells, gaps between them included. */
export const largestWorkbook = { file: 10_000_000, unpacked: 20_000_000, cells: 2_000_000 } as const;

/** The error about a workbook as a whole. */
export function workbookFault(rule: string, value: unknown): RangeError {
  return new RangeError(cannot(loading, "path", rule, value));
}

/** Rows without empty cells at a row's end, and without empty rows at the end. */
export function trimRows(rows: readonly (readonly (SheetCell | undefined)[])[]): SheetCell[][] {
  const kept = rows.map((row) => {
    const length = row.findLastIndex((cell) => cell !== null && cell !== undefined && cell !== "") + 1;
    return row.slice(0, length).map((cell) => cell === "" ? null : cell ?? null);
  });
  return kept.slice(0, kept.findLastIndex((row) => row.length > 0) + 1);
}

/** Reads the sheets of a workbook as Excel packs it; nothing in it is run. */
export async function readPackedSheets(bytes: Uint8Array): Promise<Sheet[]> {
  try {
    checkParts(bytes);
    const { readXlsx } = await import("hucre");
    const { sheets } = await readXlsx(bytes, { readStyles: true });
    return sheets.map(({ name, rows, cells }) => {
      for (const [at, { type, formula, value }] of cells ?? []) {
        const [row, column] = at.split(",").map(Number) as [number, number];
        const isFormula = formula !== undefined || type === "formula";
        const rule = isFormula ? "hold no formula: put its value there" : "hold a value";
        if (isFormula || type === "error") {
          throw sheetFault(loading, cellPlace(name, row, column), rule, formula ?? value);
        }
      }
      const read = rows.map((cells, row) =>
        cells.map((cell, column) => {
          const rule = "hold no date: format it as text";
          if (cell instanceof Date) throw sheetFault(loading, cellPlace(name, row, column), rule, cell);
          return typeof cell === "string" ? cell.toWellFormed() : typeof cell === "number" ? cell + 0 : cell;
        })
      );
      return { name, rows: trimRows(read) };
    });
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith(`Cannot ${loading} as `)) throw error;
    throw workbookFault("be a sound .xlsx workbook without macros, or a folder of CSV", message);
  }
}

/** Unpacks the parts of a file within limits: a small file may say that it is large, or be large and not say so. */
function checkParts(bytes: Uint8Array): void {
  // What Excel wrote before 2007, and writes with a password, begins otherwise.
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) throw new Error("another kind of file, or one with a password");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [unpacked, cells, sheets]: [number, number, number] = [largestWorkbook.unpacked, 0, 0];
  // Wherever an entry of a ZIP directory stands (APPNOTE 4.3.12), the real ones are among them.
  for (let at = bytes.indexOf(0x50); at >= 0 && at + 46 <= bytes.length; at = bytes.indexOf(0x50, at + 1)) {
    if (view.getUint32(at, true) !== 0x02014b50) continue;
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + view.getUint16(at + 28, true)));
    if (/vbaproject|macrosheets/i.test(name)) throw new Error(`with macros: ${name}`);
    const start = view.getUint32(at + 42, true);
    const from = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
    const packed = bytes.subarray(from, from + view.getUint32(at + 20, true));
    const size = Math.max(view.getUint32(at + 24, true), 1);
    // An entry costs at least as much as its name, so that there cannot be too many.
    unpacked -= Math.max(size, 1000);
    if (unpacked < 0) throw new Error(`more than ${largestWorkbook.unpacked} bytes unpacked`);
    const isPacked = view.getUint16(at + 10, true) !== 0;
    const part = isPacked ? inflateRawSync(packed, { maxOutputLength: size }) : packed;
    const xml = new TextDecoder("latin1").decode(part);
    [cells, sheets] = [cells + gridSize(xml), sheets + (xml.match(/<(?:\w+:)?sheet\s/g)?.length ?? 0)];
    // Several sheets may be one part.
    if (cells > largestWorkbook.cells || cells * sheets > 10 * largestWorkbook.cells || sheets > 200) {
      throw new Error(`more than ${largestWorkbook.cells} cells, or too many sheets`);
    }
  }
}

/** How many cells there are up to the last row and column of a part: by address, or, without any, by number. */
function gridSize(xml: string): number {
  const count = (pattern: RegExp) => xml.match(pattern)?.length ?? 0;
  let [rows, columns] = [count(/<(?:\w+:)?row\b/g), count(/<(?:\w+:)?c(?=[\s/>])(?![^<>]*\br\s*=)/g)];
  for (const [, double, single] of xml.matchAll(/\br\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    const address = double ?? single!;
    if (address.includes("&")) throw new Error("an address in disguise");
    const letters = /^[A-Za-z]*/.exec(address)![0].toUpperCase();
    const row = Number(address.slice(letters.length));
    if (Number.isNaN(row)) continue;
    rows = Math.max(rows, row);
    columns = Math.max(columns, [...letters].reduce((sum, sign) => 26 * sum + sign.charCodeAt(0) - 64, 0));
  }
  return rows * columns;
}

/** Packs sheets as a workbook: cells alone. */
export async function writePackedSheets(sheets: readonly Sheet[]): Promise<Uint8Array> {
  const { writeXlsx } = await import("hucre");
  // What reads as Excel's code for a sign, `_x000D_`, is text here.
  const code = (cell: SheetCell) =>
    typeof cell === "string" ? cell.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_") : cell;
  return await writeXlsx({
    sheets: sheets.map(({ name, rows }) => ({ name, rows: rows.map((row) => row.map(code)) })),
  });
}
