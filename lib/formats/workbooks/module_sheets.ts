import { columnOf, type Table, tableOf } from "../../core/table.ts";
import { fieldClasses } from "./module_slots.ts";
import { PlacedCell, type Sheet, type SheetCell, sheetFault, sheetNamed, sheetRows } from "./sheet_rows.ts";
import { profilePersonas, readProfileRows } from "./profile_rows.ts";
import { readLiteral, Tuple } from "./slots.ts";

const action = "load a workbook";

/** The columns of each sheet; those with `?` may be left out. */
export const sheetColumns: { readonly [sheet: string]: string } = {
  Settings: "name value?",
  C: "module name value? type?",
  Fields:
    "module class name type response_options? response_options_intro? randomise_options_order? validate? " +
    "generate_speculation_score? format_response?",
  Prompts:
    "module prompt_sequence type is_displayed? is_adapted? human_text? llm_text kwargs? field_class? " +
    "field_name?",
  Facilitator: "name definition? kwargs?",
  Manual_: "ID module? round_number? class? name value",
};

/** What older workbooks call columns and settings. */
const older: { readonly [name: string]: string } = {
  ...{ task: "module", args: "kwargs", rag_vector_store_id: "kwargs", key: "name" },
  TASK_SEQUENCE: "MODULE_SEQUENCE",
};

const needed = ["EXPERIMENT_ID", "MODEL_NAME", "RANDOM_SEED", "NUM_AGENTS_PER_SESSION", "MODULE_SEQUENCE"];
const optional = "HF_INFERENCE_ENDPOINT TEMPERATURE PROFILE_FIELDS BUILD_PROFILE_QA ASSIGN_MANUALLY".split(
  " ",
);

/** The cells of a row. */
export type RowCells = (column: string) => PlacedCell;
/** Lists what has no counterpart here. */
export type ListUnread = (cell: PlacedCell, what: string, why: string) => void;

/** The rows of a sheet; none of one that need not be there. */
export function cellsOf(sheets: readonly Sheet[], name: string, kind = name): RowCells[] {
  const isOptional = name === "Facilitator" || kind === "Manual_";
  if (isOptional && !sheets.some((sheet) => sheet.name === name && sheet.rows.length > 0)) return [];
  const [head = [], ...others] = sheetNamed(action, sheets, name).rows;
  const rows = [head.map((cell) => older[String(cell)] ?? cell), ...others];
  return sheetRows(action, { name, rows }, sheetColumns[kind]!.split(" "))
    .map((row) => (column) => new PlacedCell(action, row, column));
}

/** A number within limits. */
export function numberOf(cell: PlacedCell, from: number, to: number, whole = true): number {
  const value = cell.text() === "" || typeof cell.value === "boolean" ? NaN : Number(cell.value);
  if (value >= from && value <= to && (!whole || Number.isInteger(value))) return value;
  throw cell.fault(`be a ${whole ? "whole " : ""}number from ${from} to ${to}`);
}

/** A name that slots can have. */
export function identifierOf(cell: PlacedCell, name = cell.name()): string {
  if (/^[A-Za-z]\w{0,49}$/.test(name)) return name;
  throw cell.fault("be a name of letters, digits and underscores", name);
}

/** A list, as Python has it or with commas between. */
export function cellList(value: SheetCell): readonly unknown[] {
  const read = typeof value === "string" ? readLiteral(value) ?? value.split(",") : value;
  return read instanceof Tuple ? read.values : [read ?? []].flat();
}

/** What stands in rows by name, of which each stands once. */
export function byName<Value>(
  rows: readonly RowCells[],
  name: (cell: RowCells) => string,
  value: (cell: RowCells) => Value,
  column = "name",
): Map<string, Value> {
  const map = new Map<string, Value>();
  for (const cell of rows) {
    if (map.has(name(cell))) throw cell(column).fault("not stand twice");
    map.set(name(cell), value(cell));
  }
  return map;
}

/** The settings by name. */
export function readSettings(rows: readonly RowCells[], list: ListUnread): Map<string, PlacedCell> {
  const [stories, policy] = ["BUILD_PROFILE_BACKSTORIES", "CONTEXT_OVERFLOW_POLICY"] as const;
  const nameOf = (cell: RowCells) => {
    const name = cell("name").name().toUpperCase();
    return older[name] ?? name;
  };
  const settings = byName(rows, nameOf, (cell) => cell("value"));
  const strange = rows.filter((cell) => ![...needed, ...optional, stories, policy].includes(nameOf(cell)));
  for (const cell of strange) list(cell("name"), `setting ${nameOf(cell)}`, "it is not known");
  if (settings.get("TEMPERATURE")?.text()) numberOf(settings.get("TEMPERATURE")!, 0, 2, false);
  const missing = needed.find((name) => !settings.get(name)?.name());
  if (missing !== undefined) {
    throw sheetFault(action, { sheet: "Settings" }, `have a row '${missing}'`, "none");
  }
  const [told, cut] = [settings.get(stories), settings.get(policy)];
  if (told?.flag()) list(told, stories, "a model's story of a person is no part of its profile");
  if (cut?.text() && cut.oneOf(["terminate", "summarize", "truncate"]) !== "terminate") {
    list(cut, `${policy} ${cut.text()}`, "nothing is cut: what is too long for the model fails");
  }
  return settings;
}

/** The personas of row 3 and on, by the names of row 1; row 2 has what each was asked. */
export function readPersonas(sheet: Sheet, settings: ReadonlyMap<string, PlacedCell>): Table {
  const profiles = readProfileRows(action, sheet);
  if (!profiles.names.includes("ID")) {
    throw sheetFault(action, { sheet: sheet.name, row: 1 }, "have a column 'ID'", profiles.names);
  }
  const kept = profiles.names.filter((name) => name !== "ID");
  const fields = settings.get("PROFILE_FIELDS");
  const isAll = ["", "ALL"].includes(fields?.text().toUpperCase() ?? "");
  const told = isAll ? kept : cellList(fields!.value).map((name) => String(name).trim());
  const strange = told.find((name) => !kept.includes(name));
  if (strange !== undefined) throw fields!.fault("be ALL or name columns of Profiles", strange);
  const isTold = settings.get("BUILD_PROFILE_QA")?.flag();
  return tableOf(profilePersonas(action, profiles, { id: "ID", kept, told: isTold ? told : null }));
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
  constants: ReadonlyMap<string, PlacedCell>,
  agents: number,
): Module[] {
  const names = cell.text().split(",").map((name) => identifierOf(cell, name.trim()));
  if (new Set(names).size < names.length) throw cell.fault("name each module once");
  const modules = names.map((name) => {
    const [rounds, size] = ["MAX_NUM_ROUNDS", "PLAYERS_PER_GROUP"].map((constant) => {
      const found = constants.get(`${name}.${constant}`);
      if (found !== undefined) return numberOf(found, 1, 10_000);
      throw sheetFault(action, { sheet: "C" }, `have a row '${constant}' of module '${name}'`, "none");
    });
    return { name, rounds: rounds!, size: size! };
  });
  const places = agents * modules.reduce((sum, { rounds }) => sum + rounds, 0);
  if (places > 1e6) throw cell.fault("have at most 1000000 rounds, of all personas together", places);
  return modules;
}

/** A prompt of a module. */
export interface Prompt {
  readonly cell: RowCells;
  readonly module: string;
  readonly type: typeof promptTypes[number];
  /** Its place in the sequence. */
  readonly at: number;
}

const promptTypes = ["context", "discussion", "public_question", "private_question", "facilitator"] as const;

/** The prompts of modules that are run. */
export function readModulePrompts(
  rows: readonly RowCells[],
  modules: readonly Module[],
  list: ListUnread,
): Prompt[] {
  return rows.flatMap((cell) => {
    const module = cell("module").name();
    const isRun = modules.some(({ name }) => name === module);
    if (!isRun) list(cell("module"), `prompt of module ${module}`, "the module is not in MODULE_SEQUENCE");
    const type = cell("type").oneOf(promptTypes);
    return isRun ? [{ cell, module, type, at: numberOf(cell("prompt_sequence"), -1e9, 1e9, false) }] : [];
  });
}

/** What the sheets of assignments say. */
export interface WrittenValues {
  readonly names: readonly string[];
  readonly treatments: readonly SheetCell[];
  /** Of a persona in a module and a round, where these are told. */
  readonly find: (name: string, id: string, module: string, round: number) => SheetCell;
}

/** Reads the sheets of assignments. */
export function readWritten(rows: readonly RowCells[], personas: Table): WrittenValues {
  const ids = new Set(columnOf<string>(personas, "persona_id"));
  const keyOf = (cell: RowCells) => {
    if (!ids.has(cell("ID").name())) throw cell("ID").fault("be an ID of Profiles");
    if (cell("class").text() !== "") cell("class").oneOf(["module", ...fieldClasses]);
    const round = cell("round_number").text() === "" ? "" : numberOf(cell("round_number"), 1, 10_000);
    const name = identifierOf(cell("name")).replace(/^group_id$/, "id_in_subsession");
    return [name, cell("ID").text(), cell("module").text(), round].join("\n");
  };
  const cells = byName(rows, keyOf, (cell) => cell("value").value);
  const names = new Set([...cells.keys()].map((key) => key.split("\n")[0]!));
  const treatments = [...cells].filter(([key, value]) => key.startsWith("treatment\n") && value !== null);
  const find = (name: string, id: string, module: string, round: number): SheetCell => {
    if (!names.has(name)) return null;
    const places = [[module, round], [module, ""], ["", round], ["", ""]];
    const values = places.map((place) => cells.get([name, id, ...place].join("\n")) ?? null);
    return values.find((value) => value !== null) ?? null;
  };
  return { names: [...names], treatments: treatments.map(([, value]) => value), find };
}
