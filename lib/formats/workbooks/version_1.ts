import type { Treatments } from "../../core/experiment.ts";
import { didYouMean } from "../../core/errors.ts";
import type { Item } from "../../core/item.ts";
import type { Protocol } from "../../core/protocol.ts";
import { stream } from "../../core/stream.ts";
import { type Table, tableOf } from "../../core/table.ts";
import { protocolItems } from "../../designs/asked_items.ts";
import type { Factorial } from "../../designs/declare_factorial.ts";
import { checkNoColumn } from "../../designs/features.ts";
import { declareProtocol } from "../../protocols/declare_protocol.ts";
import { model, script } from "../../protocols/roles.ts";
import { ArmTexts, cellsByLabel, readLabels } from "./arm_texts.ts";
import { promptSteps, readPromptRow } from "./prompt_rows.ts";
import {
  adaptationTable,
  PlacedCell,
  type Sheet,
  type SheetCell,
  sheetFault,
  type SheetRow,
  sheetRows,
} from "./sheet_rows.ts";

/** What a workbook of version 1 says. */
export interface WorkbookV1 {
  /** Which version's sheets it has. */
  readonly version: 1;
  /** `persona_id`, the profile's columns, and `persona_text`: the profile as questions and answers. */
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

const [anything, whole, flag] = [/^/, /^[1-9]\d{0,8}$/, /^(true|false|0|1)$/i];
const byHand = /^(random|manual)$/;

/** Each setting's default, what it must match, and what that means. */
const settingRules: { readonly [name: string]: readonly [SheetCell, RegExp, string?] } = {
  ...{ session_id: ["", anything], model_info: ["", anything], hf_inference_endpoint: ["", anything] },
  temperature: [0, /^([01](\.\d+)?|2)$/, "be a number from 0 to 2"],
  num_subjects_per_group: [1, whole, "be a whole number from 1"],
  num_groups: [1, whole, "be a whole number from 1"],
  max_num_rounds: [10, whole, "be a whole number from 1"],
  treatment_assignment_strategy: [
    "simple_random",
    /^(simple_random|complete_random|manual)$/,
    "be simple_random, complete_random or manual",
  ],
  group_assignment_strategy: ["random", byHand, "be random or manual"],
  role_assignment_strategy: ["random", byHand, "be random or manual"],
  ...{ treatment_column: ["", anything], group_column: ["", anything], role_column: ["", anything] },
  random_seed: [42, /^\d{1,9}$/, "be a whole number from 0"],
  build_profile_qna: [true, flag, "be TRUE or FALSE"],
  // What a model makes of a person before the study is no longer that person.
  build_profile_backstories: [
    false,
    /^(false|0)$/i,
    "be FALSE: write stories about people into their profiles",
  ],
};

type Settings = { readonly [name: string]: PlacedCell };

/** Reads the sheets of a workbook of version 1. */
export function readWorkbookV1(sheets: readonly Sheet[]): WorkbookV1 {
  const find = (name: string) => {
    const sheet = sheets.find((sheet) => sheet.name === name);
    if (sheet === undefined) {
      throw sheetFault(
        action,
        { sheet: name },
        "be there",
        sheets.map(({ name }) => name),
      );
    }
    return sheet;
  };
  const rows = (name: keyof typeof columns) => sheetRows(action, find(name), columns[name].split(" "));
  const settings = readSettings(rows("settings"));
  const [treatments, roles] = [readLabels(action, rows("treatment")), readLabels(action, rows("role"))];
  const subjects = [...roles.keys()].filter((role) => role !== "facilitator");
  if (!roles.has("facilitator")) {
    throw sheetFault(action, { sheet: "role" }, "have a role 'facilitator'", subjects);
  }
  if (Number(settings.num_subjects_per_group!.value) !== subjects.length) {
    const rule = `be the number of roles without the facilitator, ${subjects.length}`;
    throw settings.num_subjects_per_group!.fault(rule);
  }
  const texts = new ArmTexts(treatments, roles, cellsByLabel(action, rows("constant")));
  const prompts = rows("prompt");
  const protocol = readProtocol(prompts, texts, { subjects, settings });
  return {
    version: 1,
    ...readProfiles(find("profile"), settings, { roles: subjects, arms: [...treatments.keys()] }),
    ...{ treatments: texts.treatments, protocol, sheets },
    items: protocolItems(action, protocol, { factors: [], stated: [] }),
    roles: Object.fromEntries(subjects.map((role) => [role, 1])),
    adaptations: adaptationTable(prompts.map((row) => ({
      ...{ sheet: row.sheet, row: row.row, human_text: new PlacedCell(action, row, "human_text").text() },
      llm_text: new PlacedCell(action, row, "llm_text").text(),
      is_adapted: new PlacedCell(action, row, "is_adapted").flag(),
    }))),
    settings: Object.fromEntries(Object.entries(settings).map(([name, { value }]) => [name, value])),
  };
}

function readSettings(rows: readonly SheetRow[]): Settings {
  const known = Object.keys(settingRules);
  const given = cellsByLabel(action, rows);
  for (const [name, { row }] of given) {
    if (known.includes(name)) continue;
    throw new PlacedCell(action, row, "settings_label").fault(`be a setting${didYouMean(name, known)}`);
  }
  return Object.fromEntries(
    Object.entries(settingRules).map(([name, [fallback, pattern, rule = ""]]) => {
      const { row } = given.get(name) ?? { row: { sheet: "settings", row: 1, cells: {} } };
      const cell = new PlacedCell(
        action,
        { ...row, cells: { value: given.get(name)?.value ?? fallback } },
        "value",
      );
      if (!pattern.test(cell.text())) throw cell.fault(rule);
      return [name, cell];
    }),
  );
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
  const twice = prompts.find(({ name }, at) => prompts.findIndex((other) => other.name === name) < at);
  if (twice !== undefined) throw twice.cell("response_name").fault("stand once");
  // Rounds of the same order are shuffled, in all sessions alike.
  const seed = Number(settings.random_seed!.value);
  const byOrder = [...Map.groupBy(rest, ({ order }) => order)].sort(([a], [b]) => a - b);
  const ordered = byOrder.flatMap(([order, those]) => stream(seed, "round order", order).shuffle(those));
  const left = Number(settings.max_num_rounds!.value) - rest.length;
  if (left < 0) throw settings.max_num_rounds!.fault(`be at least the number of rounds, ${rest.length}`);
  const repeats = rest.filter(({ type }) => type.startsWith("repeat")).length;
  const speaks = prompts.some(({ asked }) => asked.has("facilitator"));
  const steps = [first, ...ordered].flatMap((prompt) =>
    promptSteps(prompt, texts, { subjects, speaks, most: 1 + Math.floor(left / Math.max(repeats, 1)) })
  );
  const described = (role: string) => {
    const { cell, values } = texts.roles.get(role)!;
    return texts.read(cell, String(values.description), role);
  };
  return first.cell("type").make(() =>
    declareProtocol({
      roles: {
        ...Object.fromEntries(subjects.map((role) => [role, described(role)])),
        // Who only says what is written needs no model.
        facilitator: speaks
          ? model(described("facilitator") || "You are the facilitator.")
          : script(() => ""),
      },
      steps,
    })
  );
}

/** The people of row 3 and on, by the names of row 1; row 2 has what each was asked. */
function readProfiles(sheet: Sheet, settings: Settings, { roles, arms }: {
  readonly roles: readonly string[];
  readonly arms: readonly string[];
}): Pick<WorkbookV1, "personas" | "assignment"> {
  const names = (sheet.rows[0] ?? []).map((name) => String(name ?? "").trim());
  const [asked, ...people] = sheetRows(
    action,
    sheet,
    names.filter((name) => name !== "").map((name) => `${name}?`),
  );
  if (asked?.row !== 2) throw sheetFault(action, { sheet: sheet.name, row: 2 }, "hold what was asked", null);
  const question = (name: string) => new PlacedCell(action, asked, name).text() || name;
  const find = (wanted: string) =>
    names.find((name) => question(name) === wanted) ?? names.find((name) => name === wanted);
  const id = find("ID");
  if (id === undefined) throw sheetFault(action, { sheet: sheet.name, row: 1 }, "have a column ID", names);
  const [group, role, treatment] = ["group", "role", "treatment"].map((what) => {
    const [strategy, column] = [settings[`${what}_assignment_strategy`]!, settings[`${what}_column`]!];
    if (strategy.text() !== "manual") return undefined;
    const found = find(column.text());
    if (found === undefined) {
      throw column.fault(`name a column of the profiles${didYouMean(column.text(), names)}`);
    }
    return found;
  });
  if (group === undefined && (role ?? treatment) !== undefined) {
    throw settings.group_assignment_strategy!.fault("be manual where roles or treatments are");
  }
  const stated = names.filter((name) => ![id, group, role, treatment].includes(name));
  for (const name of stated) {
    new PlacedCell(action, asked, name).make(() => checkNoColumn(action, "name", name));
  }
  const ids = new Set<string>();
  const personas = people.map((row) => {
    const cell = (name: string) => new PlacedCell(action, row, name);
    if (ids.size === ids.add(cell(id).name()).size) throw cell(id).fault("stand once");
    const told = stated.filter((name) => cell(name).text() !== "");
    const lines = told.map((name, n) => `${n + 1}) Interviewer: ${question(name)} Me: ${cell(name).text()}`);
    const isTold = /^(true|1)$/i.test(settings.build_profile_qna!.text()) && lines.length > 0;
    return {
      persona_id: cell(id).name(),
      ...Object.fromEntries(stated.map((name) => [name, cell(name).value])),
      persona_text: isTold
        ? `Before this study you answered questions about yourself.\n${lines.join("\n")}`
        : "",
    };
  });
  const [seed, size] = [Number(settings.random_seed!.value), roles.length];
  if (group === undefined) {
    const count = size * Number(settings.num_groups!.value);
    if (count > personas.length) {
      throw settings.num_groups!.fault(`be filled by the ${personas.length} profiles`);
    }
    const kept = new Set(stream(seed, "profiles").shuffle(personas).slice(0, count));
    return { personas: tableOf(personas.filter((persona) => kept.has(persona))), assignment: null };
  }
  const members = people.map((row, at) => ({ row, persona: personas[at]! }));
  const groups = Map.groupBy(members, ({ row }) => new PlacedCell(action, row, group).name());
  const assigned = [...groups].flatMap(([session, own]) => {
    const drawn = stream(seed, "roles", session).shuffle(roles);
    const [free, first] = [new Set(roles), new PlacedCell(action, own[0]!.row, group)];
    if (own.length !== size) {
      throw first.fault(`stand in ${size} rows, one for each role`, `${session}, in ${own.length}`);
    }
    return own.map(({ row, persona }, n) => {
      const cell = (name: string | undefined) =>
        name === undefined ? undefined : new PlacedCell(action, row, name);
      const own_role = cell(role)?.text() ?? drawn[n]!;
      if (!free.delete(own_role)) {
        throw cell(role)!.fault(`be one of ${roles.join(", ")}, each once in a group`);
      }
      const arm = cell(treatment)?.text();
      if (arm !== undefined && !arms.includes(arm)) {
        throw cell(treatment)!.fault(`be one of ${arms.join(", ")}`);
      }
      if (arm !== undefined && arm !== String(own[0]!.row.cells[treatment!]).trim()) {
        throw cell(treatment)!.fault("be the same in a group");
      }
      const place = { session, role: own_role, seat: roles.indexOf(own_role) + 1 };
      return { ...persona, ...place, ...(arm === undefined ? {} : { arm }) };
    }).sort((left, right) => left.seat - right.seat);
  });
  return { personas: tableOf(personas), assignment: tableOf(assigned) };
}
