import { columnOf, type Table, tableOf } from "../../core/table.ts";
import { readPeople } from "./profile_rows.ts";
import {
  type CellColumns,
  loading,
  type PlacedCell,
  read,
  type ReadRow,
  readSettingRows,
  readSheet,
} from "./sheet_rows.ts";
import { rowsBy, type Sheet, type SheetCell, sheetFault, sheetNamed } from "./sheet_rows.ts";

/** Who has fields, in capitals or not. */
export const fieldClasses = ["session", "subsession", "agent", "group", "player"] as const;

/** What older workbooks call columns and settings. */
const older = new Map([
  ...[["task", "module"], ["args", "kwargs"], ["rag_vector_store_id", "kwargs"], ["key", "name"]] as const,
  ["TASK_SEQUENCE", "MODULE_SEQUENCE"],
]);

const settingColumns = {
  EXPERIMENT_ID: read.name,
  MODEL_NAME: read.name,
  HF_INFERENCE_ENDPOINT: read.text,
  TEMPERATURE: read.or(read.number(0, 2), 0),
  RANDOM_SEED: read.whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  PROFILE_FIELDS: read.or(read.text, "ALL"),
  BUILD_PROFILE_QA: read.flag,
  BUILD_PROFILE_BACKSTORIES: read.flag,
  NUM_AGENTS_PER_SESSION: read.whole(1, 1e6),
  CONTEXT_OVERFLOW_POLICY: read.or(read.oneOf("terminate", "summarize", "truncate"), "terminate"),
  MODULE_SEQUENCE: read.name,
  ASSIGN_MANUALLY: read.any,
};

/** The columns of each sheet. */
export const sheetColumns = {
  Settings: { name: read.name, value: read.any },
  C: { module: read.identifier, name: read.identifier, value: read.any, type: read.text },
  Fields: {
    ...{ module: read.identifier, class: read.text, name: read.identifier, response_options: read.any },
    type: read.oneOf("integer", "float", "text", "category", "boolean"),
    ...{ response_options_intro: read.text, randomise_options_order: read.flag, validate: read.flag },
    ...{ generate_speculation_score: read.flag, format_response: read.flag },
  },
  Prompts: {
    ...{ module: read.name, prompt_sequence: read.number(-1e9, 1e9), is_displayed: read.text },
    type: read.oneOf("context", "discussion", "public_question", "private_question", "facilitator"),
    ...{ is_adapted: read.flag, human_text: read.text, llm_text: read.name, kwargs: read.text },
    ...{ field_class: read.text, field_name: read.text },
  },
  Facilitator: { name: read.name, definition: read.text, kwargs: read.text },
  Manual_: {
    ...{ ID: read.name, module: read.text, round_number: read.or(read.whole(1, 10_000), "") },
    class: read.or(read.oneOf("module", ...fieldClasses), ""),
    ...{ name: read.identifier, value: read.any },
  },
} satisfies { readonly [sheet: string]: CellColumns };

type SheetName = keyof typeof sheetColumns;
/** A row of a sheet. */
export type RowOf<Name extends SheetName> = ReadRow<typeof sheetColumns[Name]>;
/** The settings. */
export type ModuleSettings = ReadRow<typeof settingColumns>;
/** Lists what has no counterpart here. */
export type ListUnread = (place: { sheet: string; row?: number }, what: string, why: string) => void;

/** The rows of a sheet; none of one that need not be there. */
export function rowsOf<Name extends SheetName>(
  sheets: readonly Sheet[],
  kind: Name,
  name: string = kind,
): RowOf<Name>[] {
  const isThere = sheets.some((sheet) => sheet.name === name && sheet.rows.length > 0);
  if (!isThere && (kind === "Facilitator" || kind === "Manual_")) return [];
  return readSheet<typeof sheetColumns[Name]>(sheetNamed(sheets, name), sheetColumns[kind], older);
}

/** The settings; those that are not known, or not followed, are listed. */
export function readSettings(sheets: readonly Sheet[], list: ListUnread): ModuleSettings {
  const rows = rowsBy(rowsOf(sheets, "Settings"), "name", ({ name }) => {
    return older.get(name.toUpperCase()) ?? name.toUpperCase();
  });
  for (const [name, { at }] of rows) {
    if (!Object.hasOwn(settingColumns, name)) list(at("name").place, `setting ${name}`, "it is not known");
  }
  const settings = readSettingRows("Settings", { columns: settingColumns, rows });
  const policy = settings.CONTEXT_OVERFLOW_POLICY;
  const notFollowed = {
    BUILD_PROFILE_BACKSTORIES: settings.BUILD_PROFILE_BACKSTORIES &&
      "a model's story of a person is no part of its profile",
    [`CONTEXT_OVERFLOW_POLICY ${policy}`]: policy !== "terminate" &&
      "nothing is cut: what is too long for the model fails",
  };
  for (const [what, why] of Object.entries(notFollowed)) {
    if (why) list(settings.at(what.split(" ")[0]!).place, what, why);
  }
  return settings;
}

/** The personas of a sheet of profiles; those fields are told that the settings name. */
export function readPersonas(sheet: Sheet, { at, PROFILE_FIELDS, BUILD_PROFILE_QA }: ModuleSettings): Table {
  const { names, personas } = readPeople(sheet);
  const kept = names.filter((name) => name !== "ID");
  const told = PROFILE_FIELDS.toUpperCase() === "ALL" ? kept : at("PROFILE_FIELDS").list().map(String);
  const strange = told.find((name) => !kept.includes(name));
  if (strange !== undefined) throw at("PROFILE_FIELDS").fault("be ALL or name columns of Profiles", strange);
  return tableOf(personas(kept, BUILD_PROFILE_QA ? told : null));
}

/** A module: rounds of steps, in groups. */
export interface Module {
  readonly name: string;
  readonly rounds: number;
  readonly size: number;
}

/** The modules in their sequence. */
export function readModules(
  cell: PlacedCell,
  constants: ReadonlyMap<string, RowOf<"C">>,
  agents: number,
): Module[] {
  const names = cell.list().map((name) => cell.identifier(String(name)));
  if (new Set(names).size < names.length) throw cell.fault("name each module once");
  const modules = names.map((name) => {
    const [rounds, size] = ["MAX_NUM_ROUNDS", "PLAYERS_PER_GROUP"].map((constant) => {
      const found = constants.get(`${name}.${constant}`);
      if (found !== undefined) return found.at("value").number(1, 10_000);
      throw sheetFault(loading, { sheet: "C" }, `have a row '${constant}' of module '${name}'`, "none");
    });
    return { name, rounds: rounds!, size: size! };
  });
  const places = agents * modules.reduce((sum, { rounds }) => sum + rounds, 0);
  if (places > 1e6) throw cell.fault("have at most 1000000 rounds, of all personas together", places);
  return modules;
}

/** Of a persona in a module and a round, where these are told, what the sheets of assignments say; else `null`. */
export type FindWritten = (name: string, id: string, module: string, round: number) => SheetCell;

/** Reads the sheets of assignments. */
export function readWritten(rows: readonly RowOf<"Manual_">[], personas: Table): FindWritten {
  const ids = new Set(columnOf<string>(personas, "persona_id"));
  const byKey = rowsBy(rows, "name", ({ at, ID, module, round_number, name }) => {
    if (!ids.has(ID)) throw at("ID").fault("be an ID of Profiles");
    return [assignedName(name), ID, module, round_number].join("\n");
  });
  return (name, id, module, round) => {
    const places = [[module, round], [module, ""], ["", round], ["", ""]];
    const values = places.map((place) => byKey.get([name, id, ...place].join("\n"))?.value ?? null);
    return values.find((value) => value !== null) ?? null;
  };
}

/** The name of what is assigned: groups have two. */
export function assignedName(name: string): string {
  return name === "group_id" ? "id_in_subsession" : name;
}
