import { checkOneOf } from "../../core/checks.ts";
import type { AnswerValue } from "../../core/item.ts";
import type { SessionView } from "../../core/protocol.ts";
import { columnOf, type Table, tableOf } from "../../core/table.ts";
import { readProfileSheet } from "./profile_rows.ts";
import { type CellColumns, loading, type PlacedCell, read, type ReadRow } from "./sheet_rows.ts";
import { readSettingRows, readSheet, rowsBy, type Sheet, type SheetCell } from "./sheet_rows.ts";
import { sheetFault, sheetNamed, type SheetPlace } from "./sheet_rows.ts";

/** What a facilitator's function gives to a field of `s.me` in round `s.round`: a pure function. */
export type FacilitatorFunction = (s: SessionView) => AnswerValue | null;

/** Who has fields, in capitals or not. */
export const fieldClasses = ["session", "subsession", "agent", "group", "player"] as const;

/** What older workbooks call columns and settings. */
const older = new Map([
  ...[["task", "module"], ["args", "kwargs"], ["rag_vector_store_id", "kwargs"], ["key", "name"]] as const,
  ["TASK_SEQUENCE", "MODULE_SEQUENCE"],
]);

const settingColumns = {
  ...{ EXPERIMENT_ID: read.name, MODEL_NAME: read.name, HF_INFERENCE_ENDPOINT: read.text },
  ...{ MODULE_SEQUENCE: read.name, NUM_AGENTS_PER_SESSION: read.whole(1, 1e6) },
  RANDOM_SEED: read.whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  ...{ TEMPERATURE: read.or(read.number(0, 2), 0), PROFILE_FIELDS: read.or(read.text, "ALL") },
  ...{ BUILD_PROFILE_QA: read.flag, BUILD_PROFILE_BACKSTORIES: read.flag, ASSIGN_MANUALLY: read.any },
  CONTEXT_OVERFLOW_POLICY: read.or(read.oneOf("terminate", "summarize", "truncate"), "terminate"),
};

/** The columns of each sheet. */
const sheetColumns = {
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
    name: (cell: PlacedCell) => cell.identifier().replace(/^group_id$/, "id_in_subsession"),
    value: read.any,
  },
} satisfies { readonly [sheet: string]: CellColumns };

type SheetName = keyof typeof sheetColumns;
/** A row of a sheet. */
export type RowOf<Name extends SheetName> = ReadRow<typeof sheetColumns[Name]>;

/** A module: rounds of steps, in groups. */
export interface Module {
  readonly name: string;
  readonly rounds: number;
  readonly size: number;
}

/** What the sheets of a workbook of version 2 say; what has no counterpart here is listed. */
export class ModuleSheets {
  readonly listed: object[] = [];
  readonly settings: ReadRow<typeof settingColumns>;
  readonly personas: Table;
  readonly constants: ReadonlyMap<string, RowOf<"C">>;
  readonly modules: readonly Module[];
  readonly fields: ReadonlyMap<string, RowOf<"Fields">>;
  readonly prompts: readonly RowOf<"Prompts">[];
  readonly facilitators: ReadonlyMap<string, RowOf<"Facilitator">>;
  readonly assigned: readonly RowOf<"Manual_">[];
  readonly #written: ReadonlyMap<string, RowOf<"Manual_">>;

  constructor(
    readonly sheets: readonly Sheet[],
    readonly functions: { readonly [name: string]: FacilitatorFunction },
  ) {
    const manual = sheets.map(({ name }) => name).filter((name) => name.startsWith("Manual_"));
    const known = [...Object.keys(sheetColumns), "Profiles", ...manual];
    for (const { name: sheet } of sheets.filter(({ name }) => !known.includes(name))) {
      this.list({ sheet }, `sheet ${sheet}`, "it is not known");
    }
    this.settings = this.#readSettings();
    this.personas = this.#readPersonas();
    const inModule = ({ module, name }: RowOf<"C"> | RowOf<"Fields">) => `${module}.${name}`;
    this.constants = rowsBy(this.#rows("C"), "name", inModule);
    for (const { type, at } of this.constants.values()) {
      if (/^(int|float)/i.test(type)) at("value").number(-1e15, 1e15, false);
    }
    this.modules = this.#readModules();
    this.fields = rowsBy(this.#rows("Fields"), "name", inModule);
    this.prompts = this.#rows("Prompts").filter(({ at, module }) => {
      const isRun = this.modules.some(({ name }) => name === module);
      const why = "the module is not in MODULE_SEQUENCE";
      if (!isRun) this.list(at("module").place, `prompt of module ${module}`, why);
      return isRun;
    });
    this.facilitators = rowsBy(this.#rows("Facilitator"), "name");
    for (const name of Object.keys(functions)) {
      checkOneOf<string>(loading, "functions", name, [...this.facilitators.keys()]);
    }
    const why = "a model's text is no pure function: give one as functions";
    for (const [name, { at }] of this.facilitators) {
      const isGiven = name === "assign_groups" || Object.hasOwn(functions, name);
      if (!isGiven) this.list(at("name").place, `facilitator ${name}`, why);
    }
    for (const { at, llm_text } of this.prompts.filter(({ type }) => type === "facilitator")) {
      if (!this.facilitators.has(llm_text)) throw at("llm_text").fault("name a row of the sheet Facilitator");
      if (llm_text !== "assign_groups") at("field_name").name();
    }
    this.assigned = manual.flatMap((name) => this.#rows("Manual_", name));
    const ids = new Set(columnOf<string>(this.personas, "persona_id"));
    this.#written = rowsBy(this.assigned, "name", ({ at, ID, module, round_number, name }) => {
      if (!ids.has(ID)) throw at("ID").fault("be an ID of Profiles");
      const [place, why] = [`${module}${round_number}`, "a session has one arm in all rounds"];
      if (name === "treatment" && place !== "") this.list(at("value").place, `treatment in ${place}`, why);
      return [name, ID, module, round_number].join("\n");
    });
  }

  list({ sheet, row = 1 }: SheetPlace, what: string, why: string): void {
    this.listed.push({ sheet, row, what, why });
  }

  /** What the sheets of assignments say of a persona in a module and a round, where these are told; else `null`. */
  written(name: string, id: string, { module, round }: { module: string; round: number }): SheetCell {
    const places = [[module, round], [module, ""], ["", round], ["", ""]];
    const values = places.map((place) => this.#written.get([name, id, ...place].join("\n"))?.value ?? null);
    return values.find((value) => value !== null) ?? null;
  }

  #rows<Name extends SheetName>(kind: Name, name: string = kind): RowOf<Name>[] {
    const isThere = this.sheets.some((sheet) => sheet.name === name && sheet.rows.length > 0);
    if (!isThere && (kind === "Facilitator" || kind === "Manual_")) return [];
    return readSheet<typeof sheetColumns[Name]>(sheetNamed(this.sheets, name), sheetColumns[kind], older);
  }

  #readSettings(): ReadRow<typeof settingColumns> {
    const rows = rowsBy(this.#rows("Settings"), "name", ({ name }) => {
      return older.get(name.toUpperCase()) ?? name.toUpperCase();
    });
    for (const [name, { at }] of rows) {
      const isKnown = Object.hasOwn(settingColumns, name);
      if (!isKnown) this.list(at("name").place, `setting ${name}`, "it is not known");
    }
    const settings = readSettingRows("Settings", { columns: settingColumns, rows });
    const { place } = settings.at("BUILD_PROFILE_BACKSTORIES");
    const policy = settings.at("CONTEXT_OVERFLOW_POLICY");
    if (settings.BUILD_PROFILE_BACKSTORIES) {
      this.list(place, "BUILD_PROFILE_BACKSTORIES", "a model's story of a person is no part of its profile");
    }
    if (settings.CONTEXT_OVERFLOW_POLICY !== "terminate") {
      const why = "nothing is cut: what is too long for the model fails";
      this.list(policy.place, `CONTEXT_OVERFLOW_POLICY ${policy.value}`, why);
    }
    return settings;
  }

  /** The personas; those fields are told that the settings name. */
  #readPersonas(): Table {
    const { at, PROFILE_FIELDS, BUILD_PROFILE_QA } = this.settings;
    const { names, personas } = readProfileSheet(sheetNamed(this.sheets, "Profiles"));
    const kept = names.filter((name) => name !== "ID");
    const told = PROFILE_FIELDS.toUpperCase() === "ALL" ? kept : at("PROFILE_FIELDS").list().map(String);
    const strange = told.find((name) => !kept.includes(name));
    const rule = "be ALL or name columns of Profiles";
    if (strange !== undefined) throw at("PROFILE_FIELDS").fault(rule, strange);
    return tableOf(personas(kept, BUILD_PROFILE_QA ? told : null));
  }

  /** The modules in their sequence. */
  #readModules(): Module[] {
    const cell = this.settings.at("MODULE_SEQUENCE");
    const names = cell.list().map((name) => cell.identifier(String(name)));
    if (new Set(names).size < names.length) throw cell.fault("name each module once");
    const constant = (module: string, name: string) => {
      const found = this.constants.get(`${module}.${name}`);
      if (found !== undefined) return found.at("value").number(1, 10_000);
      throw sheetFault(loading, { sheet: "C" }, `have a row '${name}' of module '${module}'`, "none");
    };
    const modules = names.map((name) => (
      { name, rounds: constant(name, "MAX_NUM_ROUNDS"), size: constant(name, "PLAYERS_PER_GROUP") }
    ));
    const places = this.personas.numRows() * modules.reduce((sum, { rounds }) => sum + rounds, 0);
    if (places > 1e6) throw cell.fault("have at most 1000000 rounds, of all personas together", places);
    return modules;
  }
}
