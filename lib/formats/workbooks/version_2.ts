import { checkOneOf } from "../../core/checks.ts";
import type { Hearing, Member, SessionView, Step } from "../../core/protocol.ts";
import { columnOf, distinct, heldColumns, type Table, tableOf, tableOfRows } from "../../core/table.ts";
import { protocolItems } from "../../designs/asked_items.ts";
import { checkNoColumn } from "../../designs/features.ts";
import { declareProtocol } from "../../protocols/declare_protocol.ts";
import { rounds, say, tell } from "../../protocols/steps.ts";
import { connectIds } from "./connected_ids.ts";
import { matchGroups } from "./matched_groups.ts";
import {
  assignedName,
  type FindWritten,
  type ListUnread,
  type Module,
  type ModuleSettings,
} from "./module_sheets.ts";
import { readModules, readPersonas, readSettings, readWritten } from "./module_sheets.ts";
import { type RowOf, rowsOf, sheetColumns } from "./module_sheets.ts";
import { type FacilitatorFunction, findSlot, type SlotSources } from "./module_slots.ts";
import { questionSteps } from "./question_steps.ts";
import { adaptationTable, loading, type Sheet, sheetFault, sheetNamed } from "./sheet_rows.ts";
import { PlacedCell, rowsBy } from "./sheet_rows.ts";
import { readSlots, stepText } from "./slots.ts";
import { Tuple } from "./literals.ts";
import type { WorkbookV1 } from "./version_1.ts";

/** What a workbook of version 2 says. */
export interface WorkbookV2 extends Omit<WorkbookV1, "version" | "assignment"> {
  /** Which version's sheets it has. */
  readonly version: 2;
  /** The personas with `session` (those who are ever in a group together), `role`, `seat`, and perhaps `arm`. */
  readonly assignment: Table;
  /** What has no counterpart here: `sheet`, `row`, `what`, `why`. */
  readonly notUnderstood: Table;
}

type Prompt = RowOf<"Prompts">;

/**
 * Reads the sheets of a workbook of version 2: modules in sequence become rounds of steps, the groups of each round who
 * hears whom, and those who may ever meet a session. Facilitators' definitions are a model's texts, of which no pure
 * function can be made: those without one in `functions` are listed, and a text that needs one cannot be filled.
 */
export function readWorkbookV2(
  sheets: readonly Sheet[],
  functions: { readonly [name: string]: FacilitatorFunction } = {},
): WorkbookV2 {
  const listed: object[] = [];
  const list: ListUnread = ({ sheet, row = 1 }, what, why) => void listed.push({ sheet, row, what, why });
  const manual = sheets.map(({ name }) => name).filter((name) => name.startsWith("Manual_"));
  const known = [...Object.keys(sheetColumns), "Profiles", ...manual];
  for (const { name } of sheets.filter(({ name }) => !known.includes(name))) {
    list({ sheet: name }, `sheet ${name}`, "it is not known");
  }
  const settings = readSettings(sheets, list);
  const personas = readPersonas(sheetNamed(sheets, "Profiles"), settings);
  const inModule = ({ module, name }: RowOf<"C"> | RowOf<"Fields">) => `${module}.${name}`;
  const constants = rowsBy(rowsOf(sheets, "C"), "name", inModule);
  for (const { type, at } of constants.values()) {
    if (/^(int|float)/i.test(type)) at("value").number(-1e15, 1e15, false);
  }
  const sequence = settings.at("MODULE_SEQUENCE");
  const modules = readModules(sequence, constants, personas.numRows());
  const fields = rowsBy(rowsOf(sheets, "Fields"), "name", inModule);
  const prompts = rowsOf(sheets, "Prompts").filter(({ at, module }) => {
    const isRun = modules.some(({ name }) => name === module);
    if (!isRun) {
      list(at("module").place, `prompt of module ${module}`, "the module is not in MODULE_SEQUENCE");
    }
    return isRun;
  });
  const assigned = manual.flatMap((name) => rowsOf(sheets, "Manual_", name));
  for (const { at, module, round_number } of assigned.filter(({ name }) => name === "treatment")) {
    const place = `${module}${round_number}`;
    if (place !== "") list(at("value").place, `treatment in ${place}`, "a session has one arm in all rounds");
  }
  const written = readWritten(assigned, personas);
  const facilitators = rowsBy(rowsOf(sheets, "Facilitator"), "name");
  const sources: SlotSources = {
    modules: modules.map(({ name }) => name),
    constants: new Map([...constants].map(([name, { value }]) => [name, value])),
    fields: new Set([
      ...fields.keys(),
      ...modules.flatMap(({ name }) => assigned.map((row) => `${name}.${assignedName(row.name)}`)),
    ]),
    attributes: personas.columnNames(),
    given: readFunctions(prompts, { facilitators, functions, list }),
    written,
    itemOf: (module, name) => {
      const several = modules.filter((other) => fields.has(`${other.name}.${name}`)).length > 1;
      return several ? `${module}_${name}` : name;
    },
  };
  const calls = prompts.filter(({ llm_text }) => llm_text === "assign_groups");
  for (const { at } of calls.filter(({ is_displayed }) => is_displayed !== "")) {
    list(at("is_displayed").place, "is_displayed of assign_groups", "groups are made in every round alike");
  }
  const own = facilitators.get("assign_groups");
  const groups = modules.map((module) =>
    readGroups(module, personas, {
      settings,
      written,
      own,
      call: calls.find((call) => call.module === module.name),
    })
  );
  // Where no text depends on the treatment the arms are the same, and are read for being different sessions' alone.
  const isTold = prompts.some(({ llm_text, is_displayed }) =>
    `${llm_text}${is_displayed}`.includes("treatment")
  );
  const steps = modules.map(({ name, rounds: count }, at) => {
    const hears: Hearing = (from, to, { round }) => {
      const byId = groups[at]![round - 1];
      return byId?.get(from.member) === byId?.get(to.member);
    };
    const own = prompts.filter(({ module, type }) => module === name && type !== "facilitator")
      .sort((one, other) => one.prompt_sequence - other.prompt_sequence);
    if (own.length === 0) {
      throw sheetFault(loading, { sheet: "Prompts" }, `have a prompt of module '${name}'`, "none");
    }
    const when = at > 0 || isTold ? null : (s: SessionView) => s.arm !== "";
    return rounds(count, readSteps(own, { sources, fields, hears }), { name, when });
  });
  const protocol = declareProtocol({ roles: { player: "" }, steps });
  const shown = assigned.filter(({ name, value }) => name === "treatment" && value !== null);
  const declared = constants.get("global.TREATMENT_LABELS")?.at("value").list() ?? [];
  const labels = distinct(
    [...declared, ...shown.map(({ value }) => value)].map((label) => String(label).trim()),
  );
  const arms = (labels.length > 0 ? labels : ["all"]).map((name) => ({ name, wordings: [name], slots: {} }));
  const armOf = (id: string) => written("treatment", id, modules[0]!.name, 1);
  const assignment = assignSessions(personas, groups.flat(), armOf);
  const { at: _, ...values } = settings;
  return {
    ...{
      version: 2,
      personas,
      protocol,
      sheets,
      treatments: { arms },
      settings: values as WorkbookV2["settings"],
    },
    items: sequence.make(() => protocolItems(loading, protocol, { factors: [], stated: [] })),
    // Sessions may differ in size: groups are the workbook's.
    roles: { player: columnOf<number>(assignment, "seat").reduce((one, other) => Math.max(one, other)) },
    assignment,
    adaptations: adaptationTable(prompts.filter(({ type }) => type !== "facilitator")),
    notUnderstood: tableOfRows(listed, ["sheet", "row", "what", "why"]),
  };
}

/** The functions that give fields their values, by field; those that nobody gave are listed. */
function readFunctions(prompts: readonly Prompt[], { facilitators, functions, list }: {
  readonly facilitators: ReadonlyMap<string, RowOf<"Facilitator">>;
  readonly functions: { readonly [name: string]: FacilitatorFunction };
  readonly list: ListUnread;
}): SlotSources["given"] {
  for (const name of Object.keys(functions)) {
    checkOneOf<string>(loading, "functions", name, [...facilitators.keys()]);
  }
  for (const [name, { at }] of facilitators) {
    if (name === "assign_groups" || Object.hasOwn(functions, name)) continue;
    list(
      at("name").place,
      `facilitator ${name}`,
      "a model's text is no pure function: give one as functions",
    );
  }
  return new Map(
    prompts.filter(({ type }) => type === "facilitator").flatMap(({ at, module, llm_text: name }) => {
      if (!facilitators.has(name)) throw at("llm_text").fault("name a row of the sheet Facilitator");
      if (name === "assign_groups") return [];
      const own = Object.hasOwn(functions, name) ? functions[name]! : null;
      return [[`${module}.${at("field_name").name()}`, own]];
    }),
  );
}

/** The group of each persona in the rounds of a module: those before, where nobody is told to make others. */
function readGroups(module: Module, personas: Table, { settings, written, own, call }: {
  readonly settings: ModuleSettings;
  readonly written: FindWritten;
  readonly own: RowOf<"Facilitator"> | undefined;
  readonly call: Prompt | undefined;
}): Map<string, string>[] {
  const cells = [own, call].flatMap((row) => row === undefined ? [] : [row.at("kwargs")]);
  const told = cells.map((cell) => cell.text() === "" ? {} : Object(cell.literal()));
  const { strategy = call === undefined ? "keep" : "random", stratify_by = [] } = Object.assign({}, ...told);
  const names = [stratify_by].flat().map(String);
  const isKnown = ["random", "keep", "swap", "stratified"].includes(strategy) &&
    (strategy === "stratified") === (names.length > 0) &&
    names.every((name) => personas.columnNames().includes(name));
  const rule = "have a strategy: random, keep, swap, or stratified with stratify_by, columns of Profiles";
  if (!isKnown) throw cells.at(-1)!.fault(rule);
  const agents = (personas.objects() as { persona_id: string; [name: string]: unknown }[]).map((row) => (
    { id: row.persona_id, stratum: names.map((name) => row[name]).join("\n") }
  ));
  const size = settings.NUM_AGENTS_PER_SESSION;
  const sessions = [...Map.groupBy(agents, (_, place) => Math.floor(place / size)).values()];
  return matchGroups({ sessions, strategy, written, seed: settings.RANDOM_SEED }, module);
}

/** The personas with their sessions: of those who are ever in a group together. */
function assignSessions(
  personas: Table,
  groups: readonly Map<string, string>[],
  armOf: (id: string) => unknown,
): Table {
  const ids = columnOf<string>(personas, "persona_id");
  const pairs = groups.flatMap((byId) => {
    const last = new Map([...byId].map(([id, group]) => [group, id]));
    return [...byId].map(([id, group]) => [id, last.get(group)!] as const);
  });
  const session = [...connectIds(ids, pairs).values()].map((number) => `s${number}`);
  const seats = new Map<string, number>();
  const seat = session.map((name) => seats.set(name, (seats.get(name) ?? 0) + 1).get(name));
  const arm = ids.map((id) => armOf(id) === null ? null : String(armOf(id)));
  const assigned = arm.every((one) => one === null) ? {} : { arm };
  return tableOf({ ...heldColumns(personas), session, role: ids.map(() => "player"), seat, ...assigned });
}

/** The steps of a module's round. */
function readSteps(prompts: readonly Prompt[], { sources, fields, hears }: {
  readonly sources: SlotSources;
  readonly fields: ReadonlyMap<string, RowOf<"Fields">>;
  readonly hears: Hearing;
}): Step[] {
  const names = new Map<string, number>();
  const texts = prompts.map(({ at, module }) => {
    const cell = at("llm_text");
    const { slots, fill } = readSlots(cell, findSlot(sources, module));
    return cell.make(() => stepText(slots.every((slot) => slot.startsWith("C.")), fill));
  });
  return prompts.flatMap((prompt, place): Step[] => {
    const { at, module, type, field_name: field } = prompt;
    const first = `${module}.${field || type}`;
    names.set(first, (names.get(first) ?? 0) + 1);
    const name = names.get(first) === 1 ? first : `${first} ${names.get(first)}`;
    const [text, { to, when }] = [texts[place]!, readDisplayed(prompt, sources)];
    if (type === "context") return [tell(text, { to, when, name })];
    if (type === "discussion") return [say({ by: to, when, name, prompt: text, hears })];
    const own = fields.get(`${module}.${field}`);
    if (own === undefined) {
      throw at("field_name").fault(`be a field of module '${module}' in the sheet Fields`);
    }
    const item = sources.itemOf(module, field);
    own.at("name").make(() => checkNoColumn(loading, "name", item));
    const cell = own.at("response_options");
    const question = {
      ...{ name: item, type: own.type, cell, below: own.response_options_intro },
      options: cell.literal() instanceof Tuple ? cell.literal() : cell.list(),
      ...{ isShuffled: own.randomise_options_order, speculation: own.generate_speculation_score ? 1 : 0 },
    };
    // A question that is asked again in other words has its words told.
    const isSame = prompts.every((other, at) => other.field_name !== field || texts[at] === text);
    const told = isSame || typeof text !== "string" ? text : () => text;
    const heard = type === "public_question" ? "after" : "none";
    return questionSteps(question, told, { to, when, name, hears, heard });
  });
}

/** When something is displayed: `to` whom, where that depends on who it is. */
function readDisplayed({ module, at }: Prompt, sources: SlotSources) {
  const cell = at("is_displayed");
  if (cell.text() === "") return { to: null, when: null };
  const [, slot, list = ""] = /^([\w.[\]]+)\s+in\s+([[(].*[\])])$/s.exec(cell.text()) ?? [];
  const values = list === "" ? [] : new PlacedCell(cell.place, list).list();
  const text = values.map((value) => `${slot} == ${JSON.stringify(value)}`).join(" or ") || cell.text();
  const { slots, fill } = readSlots(cell, findSlot(sources, module), { text, isCondition: true });
  return slots.every((slot) => slot === "round_number" || slot.startsWith("C."))
    ? { to: null, when: (s: SessionView) => fill(s) === "1" }
    : { to: (me: Member, s: SessionView) => fill(s, me) === "1", when: null };
}
