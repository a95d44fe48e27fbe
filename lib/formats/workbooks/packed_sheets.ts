import { readXlsx, writeXlsx } from "hucre";
import { cannot } from "../../core/errors.ts";
import { cellAddress, type Sheet, type SheetCell, sheetFault } from "./sheet_rows.ts";

/** The most bytes of a workbook's file, of its parts unpacked, and the most cells, with the gaps between them. */
export const largestWorkbook = { file: 20_000_000, unpacked: 200_000_000, cells: 2_000_000 } as const;

/** Counts cells, and ends the reading where there are too many. */
export function cellRoom(action: string): (cells: number) => void {
  let left: number = largestWorkbook.cells;
  return (cells) => {
    left -= Math.max(cells, 1);
    if (left < 0) throw refusal(action, `hold at most ${largestWorkbook.cells} cells`, "more");
  };
}

function refusal(action: string, rule: string, value: unknown): RangeError {
  return new RangeError(cannot(action, "path", rule, value));
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
export async function readPackedSheets(action: string, bytes: Uint8Array): Promise<Sheet[]> {
  checkParts(action, bytes);
  const names: string[] = [];
  const read = async (sheets: (info: { readonly name: string }, at: number) => boolean) => {
    try {
      return (await readXlsx(bytes, { sheets, readStyles: true })).sheets;
    } catch (error) {
      throw refusal(action, "be a sound .xlsx workbook", (error as Error).message);
    }
  };
  await read(({ name }) => names.push(name) < 0);
  if (names.length > 200) throw refusal(action, "hold at most 200 sheets", names.length);
  const [sheets, room]: [Sheet[], ReturnType<typeof cellRoom>] = [[], cellRoom(action)];
  // One by one: each may take its room in memory, and gives it back.
  for (const [index, name] of names.entries()) {
    const sheet = (await read((_, at) => at === index))[0]!;
    const place = (row: number, column: number) => (
      { sheet: name, row: row + 1, column: cellAddress(row + 1, column + 1) }
    );
    for (const [at, { type, formula, value }] of sheet.cells ?? []) {
      const [row, column] = at.split(",").map(Number) as [number, number];
      if (type === "formula" || formula !== undefined) {
        throw sheetFault(
          action,
          place(row, column),
          "hold no formula: put its value there",
          formula ?? value,
        );
      }
      if (type === "error") throw sheetFault(action, place(row, column), "hold a value", value);
    }
    const rows = trimRows(sheet.rows.map((cells, row) =>
      cells.map((cell, column) => {
        if (cell instanceof Date) {
          throw sheetFault(action, place(row, column), "hold no date: format it as text", cell);
        }
        return typeof cell === "string" ? cell.toWellFormed() : typeof cell === "number" ? cell + 0 : cell;
      })
    ));
    rows.forEach((row) => room(row.length));
    sheets.push({ name, rows });
  }
  return sheets;
}

/** Checks what a packed file says of its parts, before one of them is unpacked (none may grow beyond what it says). */
function checkParts(action: string, bytes: Uint8Array): void {
  // What Excel wrote before 2007, and writes with a password.
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf) {
    throw refusal(action, "be an .xlsx workbook without a password", "another");
  }
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) {
    throw refusal(action, "be an .xlsx workbook, or a folder of CSV", "another file");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [parts, unpacked] = [0, 0];
  // Wherever an entry of a ZIP directory stands (APPNOTE 4.3.12), the real one is among them.
  for (let at = bytes.indexOf(0x50); at >= 0 && at + 46 <= bytes.length; at = bytes.indexOf(0x50, at + 1)) {
    if (view.getUint32(at, true) !== 0x02014b50) continue;
    const [packed, full] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + view.getUint16(at + 28, true)));
    if (/vbaproject|macrosheets/i.test(name)) throw refusal(action, "be a workbook without macros", name);
    [parts, unpacked] = [parts + 1, unpacked + (full === 0 && packed > 2 ? Infinity : full)];
    if (parts > 2000 || unpacked > largestWorkbook.unpacked) {
      throw refusal(action, `unpack to at most ${largestWorkbook.unpacked} bytes in 2000 parts`, {
        parts,
        unpacked,
      });
    }
  }
}

/** Packs sheets as a workbook: cells alone. */
export async function writePackedSheets(sheets: readonly Sheet[]): Promise<Uint8Array> {
  // What reads as Excel's code for a sign, `_x000D_`, is text here.
  const code = (cell: SheetCell) =>
    typeof cell === "string" ? cell.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_") : cell;
  return await writeXlsx({
    sheets: sheets.map(({ name, rows }) => ({ name, rows: rows.map((row) => row.map(code)) })),
  });
}
