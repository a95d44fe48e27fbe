import { didYouMean } from "../../core/errors.ts";
import type { Member, Protocol, SessionView, Step } from "../../core/protocol.ts";
import { stream } from "../../core/stream.ts";
import { tableOf, tableOfRows } from "../../core/table.ts";
import { protocolItems } from "../../designs/asked_items.ts";
import { checkNoColumn } from "../../designs/features.ts";
import { declareProtocol } from "../../protocols/declare_protocol.ts";
import { model, script } from "../../protocols/roles.ts";
import { rounds, say, tell } from "../../protocols/steps.ts";
import { readArms, readLabels } from "./arm_texts.ts";
import { type Profiles, readProfileSheet } from "./profile_rows.ts";
import { questionSteps } from "./question_steps.ts";
import type { PlacedCell, ReadRow } from "./sheet_rows.ts";
import { adaptationTable, loading, read, readSettingRows, readSheet } from "./sheet_rows.ts";
import { rowsBy, type Sheet, sheetFault, sheetNamed } from "./sheet_rows.ts";
import { Tuple } from "../literals.ts";
import type { Workbook } from "./workbook.ts";

const strategy = read.or(read.oneOf("random", "manual"), "random");
const treatmentStrategy = read.oneOf("simple_random", "complete_random", "manual");
const settingColumns = {
  ...{ session_id: read.text, model_info: read.text, hf_inference_endpoint: read.text },
  ...{ temperature: read.or(read.number(0, 2), 0), random_seed: read.or(read.whole(0, 999_999_999), 42) },
  ...{ num_subjects_per_group: read.or(read.whole(1, 1e6), 1), num_groups: read.or(read.whole(1, 1e6), 1) },
  max_num_rounds: read.or(read.whole(1, 9999), 10),
  treatment_assignment_strategy: read.or(treatmentStrategy, "simple_random"),
  ...{ group_assignment_strategy: strategy, role_assignment_strategy: strategy },
  ...{ treatment_column: read.text, group_column: read.text, role_column: read.text },
  build_profile_qna: read.or(read.flag, true),
  // What a model makes of a person before the study is no longer that person.
  build_profile_backstories: (cell: PlacedCell) => {
    if (cell.flag()) throw cell.fault("be FALSE: stories of people belong in profiles");
  },
};

const promptColumns = {
  type: read.oneOf(
    ...["context", "discussion", "public_question", "private_question"] as const,
    ...["repeat_public_question", "repeat_private_question"] as const,
  ),
  ...{ round_id: read.any, round_order: read.any, is_adapted: read.flag, human_text: read.text },
  ...{ llm_text: read.name, response_name: read.text, response_type: read.text, response_options: read.any },
  ...{ randomize_response_order: read.flag, validate_response: read.flag },
  ...{ generate_speculation_score: read.flag, format_response: read.flag },
};

type Prompt = ReadRow<typeof promptColumns>;
/** What the steps are made for: the settings, the roles without the facilitator, and the arms. */
interface Study {
  readonly settings: ReadRow<typeof settingColumns>;
  readonly subjects: readonly string[];
  readonly arms: ReturnType<typeof readArms>;
}

const facilitator = "facilitator";

/** Reads the sheets of a workbook of version 1. */
export function readWorkbookV1(sheets: readonly Sheet[]): Workbook {
  const labelled = (name: string) => {
    const rows = readSheet(sheetNamed(sheets, name), { [`${name}_label`]: read.name, value: read.any });
    return rowsBy(rows, `${name}_label`);
  };
  const names = { settings_label: read.oneOf(...Object.keys(settingColumns)), value: read.any };
  const given = readSheet(sheetNamed(sheets, "settings"), names);
  const rows = rowsBy(given, "settings_label", (row) => row.settings_label);
  const settings = readSettingRows("settings", { columns: settingColumns, rows });
  const treatments = readLabels("treatment", labelled("treatment"));
  const roles = readLabels("role", labelled("role"));
  const subjects = [...roles.keys()].filter((role) => role !== facilitator);
  if (!roles.has(facilitator)) {
    throw sheetFault(loading, { sheet: "role" }, "have a role 'facilitator'", subjects);
  }
  if (settings.num_subjects_per_group !== subjects.length) {
    const rule = `be the number of roles without the facilitator, ${subjects.length}`;
    throw settings.at("num_subjects_per_group").fault(rule);
  }
  const arms = readArms(treatments, { roles, constants: labelled("constant") });
  const prompts = readSheet(sheetNamed(sheets, "prompt"), promptColumns);
  const protocol = readProtocol(prompts, { arms, subjects, settings });
  const { at: _, build_profile_backstories: __, ...values } = settings;
  return {
    ...{ version: 1, treatments: arms.treatments, protocol, settings: values, sheets },
    ...assignProfiles(readProfileSheet(sheetNamed(sheets, "profile")), { settings, subjects, arms }),
    items: protocolItems(loading, protocol, { factors: [], stated: [] }),
    roles: Object.fromEntries(subjects.map((role) => [role, 1])),
    adaptations: adaptationTable(prompts),
    // What version 1 has no counterpart of is an error.
    notUnderstood: tableOfRows([], ["sheet", "row", "what", "why"]),
  };
}

function readProtocol(prompts: readonly Prompt[], study: Study): Protocol {
  const { arms, subjects, settings } = study;
  const [first, ...rest] = prompts;
  if (first?.type !== "context") {
    const place = first?.at("type").place ?? { sheet: "prompt" };
    throw sheetFault(loading, place, "be of type context where it is the first", first?.type);
  }
  rowsBy(prompts, "response_name", nameOf);
  // Rounds of the same order are shuffled, in all sessions alike.
  const byOrder = Map.groupBy(rest, ({ at }) => at("round_order").number(-1e9, 1e9, false));
  const ordered = [...byOrder].sort(([one], [other]) => one - other).flatMap(([order, those]) =>
    stream(settings.random_seed, "round order", order).shuffle(those)
  );
  const left = settings.max_num_rounds - rest.length;
  if (left < 0) {
    throw settings.at("max_num_rounds").fault(`be at least the number of rounds, ${rest.length}`);
  }
  const repeats = rest.filter(({ type }) => type.startsWith("repeat")).length;
  const asked = new Map(prompts.map((prompt) => [prompt, readAsked(prompt, subjects)]));
  // Who only says what is written needs no model.
  const speaks = [...asked].some(([{ type }, own]) =>
    type !== "discussion" && own.some(([roles]) => roles.includes(facilitator))
  );
  const leader = speaks ? model(arms.describe(facilitator) || "You are the facilitator.") : script(() => "");
  const most = 1 + Math.floor(left / Math.max(repeats, 1));
  const steps = [first, ...ordered].flatMap((prompt) =>
    promptSteps(prompt, asked.get(prompt)!, { ...study, speaks, most })
  );
  const isNamed = steps.some((step) => "by" in step && [step.by].flat().includes(facilitator));
  const roles = {
    ...Object.fromEntries(subjects.map((role) => [role, arms.describe(role)])),
    ...(speaks || isNamed ? { facilitator: leader } : {}),
  };
  return first.at("type").make(() => declareProtocol({ roles, steps }));
}

/** The name of a prompt, and so of its steps. */
function nameOf({ type, at, response_name }: Prompt): string {
  return type.endsWith("question")
    ? at("response_name").name()
    : response_name || `${type} ${at("type").place.row}`;
}

/** Which roles are asked or told what by a prompt, in this order; none where a text is no question. */
function readAsked({ type, at, llm_text }: Prompt, subjects: readonly string[]): [string[], string][] {
  const [text, options] = [at("llm_text"), at("response_options").literal()];
  if (!type.endsWith("question") && !isByRole(text.literal())) return [];
  if (!/^\{(?![{%#])/.test(llm_text)) {
    return isByRole(options) ? subjects.map((role) => [[role], llm_text]) : [[[...subjects], llm_text]];
  }
  const byRole = Object.entries(Object(text.literal()));
  const known = [...subjects, facilitator];
  return byRole.map(([role, own]) => {
    if (!known.includes(role)) throw text.fault(`name roles${didYouMean(role, known)}`, role);
    if (typeof own !== "string" || own.trim() === "") throw text.fault("have a text for each role", own);
    return [[role], own];
  });
}

/** The steps of a prompt; a question whose options differ by role becomes an item for each. */
function promptSteps(
  prompt: Prompt,
  asked: readonly [string[], string][],
  { arms, subjects, speaks, most }: Study & {
    /** Whether a model plays the facilitator. */
    readonly speaks: boolean;
    /** How many rounds a question is repeated at most. */
    readonly most: number;
  },
): Step[] {
  const { type, at } = prompt;
  const [name, cell] = [nameOf(prompt), at("llm_text")];
  const all = at("response_options").literal();
  const textOf = (text: string, roles: readonly string[]) => {
    const options = inWords(optionsOf(all, roles[0]!));
    return arms.textOf(cell, text.replaceAll(/\{\{\s*response_options\s*\}\}/g, () => options), roles);
  };
  if (!type.endsWith("question")) {
    if (asked.length > 0) {
      return asked.map(([to, own]) => {
        const [text, step] = [textOf(own, to), { name: `${name}: ${to[0]}` }];
        if (type === "context") return tell(text, { ...step, to });
        return say({ ...step, by: to, ...(to[0] === facilitator ? { text } : { prompt: text }) });
      });
    }
    const spoken = textOf(prompt.llm_text, [facilitator]);
    if (type === "context") {
      return [tell(spoken, { to: speaks ? [...subjects, facilitator] : subjects, name })];
    }
    return [
      say({ by: facilitator, text: spoken, name: `${name}: ${facilitator}` }),
      say({ by: subjects, name }),
    ];
  }
  if (asked.length === 0) throw cell.fault("be a text, or texts by role");
  at("response_name").make(() => checkNoColumn(loading, "response_name", name));
  const how = {
    when: null,
    heard: type.includes("public") || speaks ? "at once" as const : "none" as const,
    // What is private a facilitator hears whom a model plays, and nobody else.
    hears: type.includes("public") ? null : (_: Member, to: Member) => to.role === facilitator,
  };
  const steps = asked.flatMap(([to, own]): Step[] => {
    const [role, text] = [to[0]!, textOf(own, to)];
    const step = asked[0]![0].length > 1 ? name : `${name}: ${role}`;
    if (role === facilitator) return [say({ by: role, prompt: text, name: step })];
    const options = optionsOf(all, role);
    const question = {
      ...{ options, cell: at("response_options"), isShuffled: prompt.randomize_response_order },
      name: isByRole(all) ? `${name}_${role.replace(/\W+/g, "_")}` : name,
      type: at("response_type").oneOf(["category", "integer", "free-text"]).replace("free-", ""),
      below: typeof options === "string" ? options : "",
      speculation: prompt.generate_speculation_score ? 100 : 0,
    };
    // Different texts of one question are told.
    const told = asked.length > 1 && typeof text === "string" ? () => text : text;
    return questionSteps(question, told, { ...how, name: step, to });
  });
  if (!type.startsWith("repeat")) return steps;
  return [rounds(most, steps, { name: `${name} (rounds)`, until: saysEnd(steps.at(-1)!.name) })];
}

/** Whether the last that was asked or said in a round ends it. */
function saysEnd(last: string): (s: SessionView) => boolean {
  return ({ round, lines, answers }) => {
    const said = [...lines, ...answers].filter((one) => one.step === last && one.round === round);
    const isEnd = (text: unknown) => /(?<!\w)end_round(?!\w)/i.test(String(text));
    return said.some((one) => isEnd("text" in one ? one.text : one.value));
  };
}

function isByRole(options: unknown): boolean {
  return Object(options) === options && !Array.isArray(options) && !(options instanceof Tuple);
}

/** The options that a role has: a list, a range, a text, or `null`. */
function optionsOf(options: unknown, role: string): unknown {
  return isByRole(options) ? new Map(Object.entries(options as object)).get(role) ?? null : options;
}

/** Options in words, for a text that names them. */
function inWords(options: unknown): string {
  if (options instanceof Tuple) return `a number from ${options.values.join(" to ")}`;
  return Array.isArray(options) ? options.join(", ") : String(options ?? "");
}

/** The personas; in the groups, roles and arms that columns of their profiles say where these are assigned so. */
function assignProfiles(
  { names, people, personas }: Profiles,
  { settings, subjects, arms }: Study,
): Pick<Workbook, "personas" | "assignment"> {
  const [group, role, treatment] = (["group", "role", "treatment"] as const).map((what) => {
    const isManual = settings[`${what}_assignment_strategy`] === "manual";
    return isManual ? settings.at(`${what}_column`).oneOf(names) : undefined;
  });
  if (group === undefined && (role ?? treatment) !== undefined) {
    throw settings.at("group_assignment_strategy").fault("be manual where roles or treatments are");
  }
  const kept = names.filter((name) => !["ID", group, role, treatment].includes(name));
  const all = personas(kept, settings.build_profile_qna ? kept : null);
  if (group === undefined) {
    const count = subjects.length * settings.num_groups;
    if (count > all.length) throw settings.at("num_groups").fault(`be filled by the ${all.length} profiles`);
    const drawn = new Set(stream(settings.random_seed, "profiles").shuffle(all).slice(0, count));
    return { personas: tableOf(all.filter((persona) => drawn.has(persona))), assignment: null };
  }
  const groups = Map.groupBy(all, ({ persona_id }) => people.get(persona_id)!.at(group).name());
  const assigned = [...groups].flatMap(([session, own]) => {
    const free = stream(settings.random_seed, "roles", session).shuffle(subjects);
    return own.map((persona, n) => {
      const { at } = people.get(persona.persona_id)!;
      if (own.length !== subjects.length) {
        throw at(group).fault(`stand in ${subjects.length} rows, one for each role`, own.length);
      }
      const part = role === undefined ? free[0]! : at(role).oneOf(free);
      free.splice(free.indexOf(part), 1);
      // All of a group are in one arm.
      const first = treatment && people.get(own[0]!.persona_id)!.at(treatment).text();
      const labels = n > 0 ? [first!] : arms.treatments.arms.map(({ name }) => name);
      const arm = treatment === undefined ? {} : { arm: at(treatment).oneOf(labels) };
      return { ...persona, session, role: part, seat: subjects.indexOf(part) + 1, ...arm };
    }).sort((one, other) => one.seat - other.seat);
  });
  return { personas: tableOf(all), assignment: tableOf(assigned) };
}
