import type { Treatments } from "../../core/experiment.ts";
import type { Item } from "../../core/item.ts";
import type { Protocol } from "../../core/protocol.ts";
import { stream } from "../../core/stream.ts";
import { type Table, tableOf } from "../../core/table.ts";
import { protocolItems } from "../../designs/asked_items.ts";
import type { Factorial } from "../../designs/declare_factorial.ts";
import { declareProtocol } from "../../protocols/declare_protocol.ts";
import { model, script } from "../../protocols/roles.ts";
import { ArmTexts, cellsByLabel, readLabels } from "./arm_texts.ts";
import { profilePersonas, readProfileRows } from "./profile_rows.ts";
import { promptSteps, readPromptRow } from "./prompt_rows.ts";
import {
  adaptationTable,
  PlacedCell,
  type Sheet,
  type SheetCell,
  sheetFault,
  sheetNamed,
  type SheetRow,
  sheetRows,
} from "./sheet_rows.ts";

/** What a workbook of version 1 says. */
export interface WorkbookV1 {
  /** Which version's sheets it has. */
  readonly version: 1;
  /** `persona_id`, the profile's columns, and `persona_text` where the profile is told as questions and answers. */
  readonly personas: Table;
  /** The arms; with constants of several values the combinations, which are `factors` for `declareDesign`. */
  readonly treatments: Treatments | Factorial;
  /** What a session goes through. */
  readonly protocol: Protocol;
  /** The questions. */
  readonly items: readonly Item[];
  /** `roles` for `assignGroups`: one of each. */
  readonly roles: { readonly [role: string]: number };
  /** The personas with `session`, `role`, `seat`, and perhaps `arm`, where the workbook assigns them; else `null`. */
  readonly assignment: Table | null;
  /** The texts for people and for models: `sheet`, `row`, `human_text`, `llm_text`, `is_adapted`, `unmarked`. */
  readonly adaptations: Table;
  /** The settings, with defaults. */
  readonly settings: { readonly [setting: string]: SheetCell };
  /** The sheets, cell for cell. */
  readonly sheets: readonly Sheet[];
}

const action = "load a workbook";

const columns = {
  settings: "settings_label value",
  treatment: "treatment_label value",
  role: "role_label value",
  constant: "constant_label value",
  prompt:
    "round_id type round_order is_adapted human_text llm_text response_name response_type response_options " +
    "randomize_response_order validate_response generate_speculation_score format_response",
};

type SettingRule = readonly [names: string, fallback: SheetCell, pattern: RegExp, rule: string];

const [whole, treatments] = ["be a whole number from", /^(simple_random|complete_random|manual)$/];

/** Settings, their default, what they must match, and that in words. */
const settingRules: readonly SettingRule[] = [
  ["session_id model_info hf_inference_endpoint treatment_column group_column role_column", "", /^/, ""],
  ["temperature", 0, /^([01](\.\d+)?|2)$/, "be a number from 0 to 2"],
  ["num_subjects_per_group num_groups", 1, /^[1-9]\d{0,5}$/, `${whole} 1`],
  ["max_num_rounds", 10, /^[1-9]\d{0,3}$/, `${whole} 1 to 9999`],
  ["treatment_assignment_strategy", "simple_random", treatments, `match ${treatments}`],
  [
    "group_assignment_strategy role_assignment_strategy",
    "random",
    /^(random|manual)$/,
    "be random or manual",
  ],
  ["random_seed", 42, /^\d{1,9}$/, `${whole} 0`],
  ["build_profile_qna", true, /^(true|false|0|1)$/i, "be TRUE or FALSE"],
  // What a model makes of a person before the study is no longer that person.
  ["build_profile_backstories", false, /^(false|0)$/i, "be FALSE: stories of people belong in profiles"],
];

type Settings = { readonly [name: string]: PlacedCell };

const at = (row: SheetRow, column: string) => new PlacedCell(action, row, column);

/** Reads the sheets of a workbook of version 1. */
export function readWorkbookV1(sheets: readonly Sheet[]): WorkbookV1 {
  const rows = (name: keyof typeof columns) =>
    sheetRows(action, sheetNamed(action, sheets, name), columns[name].split(" "));
  const settings = readSettings(rows("settings"));
  const [treatments, roles] = [readLabels(action, rows("treatment")), readLabels(action, rows("role"))];
  const subjects = [...roles.keys()].filter((role) => role !== "facilitator");
  if (!roles.has("facilitator")) {
    throw sheetFault(action, { sheet: "role" }, "have a role 'facilitator'", subjects);
  }
  const size = settings.num_subjects_per_group!;
  if (Number(size.value) !== subjects.length) {
    throw size.fault(`be the number of roles without the facilitator, ${subjects.length}`);
  }
  const texts = new ArmTexts(treatments, roles, cellsByLabel(action, rows("constant")));
  const prompts = rows("prompt");
  const protocol = readProtocol(prompts, texts, { subjects, settings });
  return {
    version: 1,
    ...readProfiles(sheetNamed(action, sheets, "profile"), settings, subjects, [...treatments.keys()]),
    ...{ treatments: texts.treatments, protocol, sheets },
    items: protocolItems(action, protocol, { factors: [], stated: [] }),
    roles: Object.fromEntries(subjects.map((role) => [role, 1])),
    adaptations: adaptationTable(prompts.map((row) => ({
      ...{ sheet: row.sheet, row: row.row, is_adapted: at(row, "is_adapted").flag() },
      ...{ human_text: at(row, "human_text").text(), llm_text: at(row, "llm_text").text() },
    }))),
    settings: Object.fromEntries(Object.entries(settings).map(([name, { value }]) => [name, value])),
  };
}

function readSettings(rows: readonly SheetRow[]): Settings {
  const rules = settingRules.flatMap(([names, ...rule]) =>
    names.split(" ").map((name) => [name, ...rule] as const)
  );
  const given = cellsByLabel(action, rows);
  for (const { row } of given.values()) at(row, "settings_label").oneOf(rules.map(([name]) => name));
  return Object.fromEntries(rules.map(([name, fallback, pattern, rule]) => {
    const row = given.get(name)?.row ?? { sheet: "settings", row: 1, cells: {} };
    const cell = at({ ...row, cells: { value: row.cells.value ?? fallback } }, "value");
    if (!pattern.test(cell.text())) throw cell.fault(rule);
    return [name, cell];
  }));
}

function readProtocol(rows: readonly SheetRow[], texts: ArmTexts, { subjects, settings }: {
  readonly subjects: readonly string[];
  readonly settings: Settings;
}): Protocol {
  const prompts = rows.map((row) => readPromptRow(action, row, [...texts.roles.keys()]));
  const [first, ...rest] = prompts;
  if (first?.type !== "context") {
    throw sheetFault(action, { sheet: "prompt", row: rows[0]?.row ?? 2 }, "be of type context", first?.type);
  }
  const names = new Set<string>();
  for (const { name, cell } of prompts) {
    if (names.size === names.add(name).size) throw cell("response_name").fault("not stand twice");
  }
  // Rounds of the same order are shuffled, in all sessions alike.
  const byOrder = [...Map.groupBy(rest, ({ order }) => order)].sort(([a], [b]) => a - b);
  const seed = Number(settings.random_seed!.value);
  const ordered = byOrder.flatMap(([order, those]) => stream(seed, "round order", order).shuffle(those));
  const left = Number(settings.max_num_rounds!.value) - rest.length;
  if (left < 0) throw settings.max_num_rounds!.fault(`be at least the number of rounds, ${rest.length}`);
  const repeats = rest.filter(({ type }) => type.startsWith("repeat")).length;
  const speaks = prompts.some(({ asked }) => asked.has("facilitator"));
  const most = 1 + Math.floor(left / Math.max(repeats, 1));
  const described = (role: string) => {
    const { cell, values } = texts.roles.get(role)!;
    return texts.read(cell, String(values.description), role);
  };
  // Who only says what is written needs no model.
  const facilitator = speaks
    ? model(described("facilitator") || "You are the facilitator.")
    : script(() => "");
  const roles = { ...Object.fromEntries(subjects.map((role) => [role, described(role)])), facilitator };
  const steps = [first, ...ordered].flatMap((prompt) =>
    promptSteps(prompt, texts, { subjects, speaks, most })
  );
  return first.cell("type").make(() => declareProtocol({ roles, steps }));
}

/** The people of row 3 and on, by the names of row 1; row 2 has what each was asked. */
function readProfiles(
  sheet: Sheet,
  settings: Settings,
  roles: readonly string[],
  arms: readonly string[],
): Pick<WorkbookV1, "personas" | "assignment"> {
  const profiles = readProfileRows(action, sheet);
  const { names, people, question } = profiles;
  const find = (wanted: string) =>
    names.find((name) => question(name) === wanted) ?? names.find((name) => name === wanted);
  const id = find("ID");
  if (id === undefined) throw sheetFault(action, { sheet: sheet.name, row: 1 }, "have a column ID", names);
  const [group, role, treatment] = ["group", "role", "treatment"].map((what) => {
    const column = settings[`${what}_column`]!;
    if (settings[`${what}_assignment_strategy`]!.text() !== "manual") return undefined;
    return find(column.text()) ?? column.oneOf(names);
  });
  if (group === undefined && (role ?? treatment) !== undefined) {
    throw settings.group_assignment_strategy!.fault("be manual where roles or treatments are");
  }
  const kept = names.filter((name) => ![id, group, role, treatment].includes(name));
  const told = settings.build_profile_qna!.flag() ? kept : null;
  const personas = profilePersonas(action, profiles, { id, kept, told });
  const seed = Number(settings.random_seed!.value);
  if (group === undefined) {
    const [count, groups] = [roles.length * Number(settings.num_groups!.value), settings.num_groups!];
    if (count > personas.length) throw groups.fault(`be filled by the ${personas.length} profiles`);
    const drawn = new Set(stream(seed, "profiles").shuffle(personas).slice(0, count));
    return { personas: tableOf(personas.filter((persona) => drawn.has(persona))), assignment: null };
  }
  const members = people.map((row, n) => ({ row, persona: personas[n]! }));
  const assigned = [...Map.groupBy(members, ({ row }) => at(row, group).name())].flatMap(([session, own]) => {
    const [first, drawn, free] = [own[0]!.row, stream(seed, "roles", session).shuffle(roles), new Set(roles)];
    if (own.length !== roles.length) {
      throw at(first, group).fault(`stand in ${roles.length} rows, one for each role`, own.length);
    }
    return own.map(({ row, persona }, n) => {
      const part = role === undefined ? drawn[n]! : at(row, role).oneOf([...free]);
      free.delete(part);
      // All of a group are in one arm.
      const allowed = (cell: string) => row === first ? arms : [at(first, cell).text()];
      const shown = treatment === undefined ? {} : { arm: at(row, treatment).oneOf(allowed(treatment)) };
      return { ...persona, session, role: part, seat: roles.indexOf(part) + 1, ...shown };
    }).sort((left, right) => left.seat - right.seat);
  });
  return { personas: tableOf(personas), assignment: tableOf(assigned) };
}
