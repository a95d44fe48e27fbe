import { checkNoColumn } from "../../designs/features.ts";
import { PlacedCell, type Sheet, sheetFault, type SheetRow, sheetRows } from "./sheet_rows.ts";

/** A sheet of profiles: row 1 names the columns, row 2 has what was asked, each row below is a person. */
export interface ProfileRows {
  /** The columns. */
  readonly names: readonly string[];
  /** What was asked in a column. */
  readonly question: (name: string) => string;
  readonly people: readonly SheetRow[];
}

/** Reads a sheet of profiles. */
export function readProfileRows(action: string, sheet: Sheet): ProfileRows {
  const names = (sheet.rows[0] ?? []).map((name) => String(name ?? "").trim()).filter((name) => name !== "");
  const [asked, ...people] = sheetRows(action, sheet, names.map((name) => `${name}?`));
  if (asked?.row === 2 && people.length > 0) {
    return { names, people, question: (name) => String(asked.cells[name] ?? name).trim() };
  }
  const rule = "hold what was asked, and people in the rows below";
  throw sheetFault(action, { sheet: sheet.name, row: 2 }, rule, `${people.length} people`);
}

/** The personas of profiles: `persona_id`, the columns kept, and `persona_text`, an interview, where columns are told. */
export function profilePersonas(
  action: string,
  { people, question }: ProfileRows,
  { id, kept, told }: {
    readonly id: string;
    readonly kept: readonly string[];
    readonly told: readonly string[] | null;
  },
): { readonly [column: string]: unknown; readonly persona_id: string }[] {
  const ids = new Set<string>();
  return people.map((row, n) => {
    const cell = (name: string) => new PlacedCell(action, row, name);
    if (n === 0) { for (const name of kept) cell(name).make(() => checkNoColumn(action, "column", name)); }
    if (ids.size === ids.add(cell(id).name()).size) throw cell(id).fault("not stand twice");
    const answered = told?.filter((name) => cell(name).text() !== "") ?? [];
    const lines = answered.map((name) => `Interviewer: ${question(name)}\nMe: ${cell(name).text()}`);
    return {
      persona_id: cell(id).name(),
      ...Object.fromEntries(kept.map((name) => [name, cell(name).value])),
      ...(told === null ? {} : { persona_text: lines.join("\n") }),
    };
  });
}
