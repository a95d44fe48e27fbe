import { checkNoColumn } from "../../designs/features.ts";
import { loading, read, type ReadRow, readSheet, rowsBy, type Sheet, sheetFault } from "./sheet_rows.ts";

/** People by their IDs: row 1 of a sheet names the columns, row 2 has what was asked, each row below is a person. */
export interface Profiles {
  readonly names: readonly string[];
  readonly people: ReadonlyMap<string, ReadRow>;
  /** The personas: `persona_id`, the columns kept, and `persona_text`, an interview, where columns are told. */
  readonly personas: (kept: readonly string[], told: readonly string[] | null) => {
    readonly [column: string]: unknown;
    readonly persona_id: string;
  }[];
}

/** Reads a sheet of profiles. */
export function readProfileSheet(sheet: Sheet): Profiles {
  const names = (sheet.rows[0] ?? []).map((name) => String(name ?? "").trim()).filter((name) => name !== "");
  const [asked, ...rows] = readSheet(sheet, Object.fromEntries(names.map((name) => [name, read.any])));
  const place = { sheet: sheet.name, row: 1 };
  if (!names.includes("ID")) throw sheetFault(loading, place, "have a column 'ID'", names);
  if (asked?.at("ID").place.row !== 2 || rows.length === 0) {
    const rule = "hold what was asked, and people in the rows below";
    throw sheetFault(loading, { ...place, row: 2 }, rule, `${rows.length} people`);
  }
  const people = rowsBy(rows, "ID");
  const personas: Profiles["personas"] = (kept, told) => {
    for (const name of kept) asked.at(name).make(() => checkNoColumn(loading, "column", name));
    return [...people].map(([persona_id, { at }]) => {
      const answered = told?.filter((name) => at(name).text() !== "") ?? [];
      const lines = answered.map((name) =>
        `Interviewer: ${asked.at(name).text() || name}\nMe: ${at(name).text()}`
      );
      const attributes = Object.fromEntries(kept.map((name) => [name, at(name).value]));
      return { persona_id, ...attributes, ...(told === null ? {} : { persona_text: lines.join("\n") }) };
    });
  };
  return { names, people, personas };
}
