import { checkOneOf } from "../../core/checks.ts";
import type { Treatments } from "../../core/experiment.ts";
import type { Item } from "../../core/item.ts";
import type { Hearing, SessionView, Step } from "../../core/protocol.ts";
import { columnOf, distinct, heldColumns, type Table, tableOf, tableOfRows } from "../../core/table.ts";
import { protocolItems } from "../../designs/asked_items.ts";
import { checkNoColumn } from "../../designs/features.ts";
import { choice } from "../../items/choice.ts";
import { number } from "../../items/number.ts";
import { text } from "../../items/text.ts";
import { yesNo } from "../../items/yes_no.ts";
import { declareProtocol } from "../../protocols/declare_protocol.ts";
import { ask, rounds, say, tell } from "../../protocols/steps.ts";
import { connectIds } from "./connected_ids.ts";
import { matchGroups } from "./matched_groups.ts";
import { type FacilitatorFunction, readModuleSlots, type SlotSources } from "./module_slots.ts";
import { adaptationTable, type PlacedCell, type Sheet, sheetFault, sheetNamed } from "./sheet_rows.ts";
import type { SheetCell } from "./sheet_rows.ts";
import { readLiteral } from "./slots.ts";
import {
  byName,
  cellList,
  cellsOf,
  identifierOf,
  type ListUnread,
  numberOf,
  type RowCells,
} from "./module_sheets.ts";
import { type Module, type Prompt, readModulePrompts, readModules, readPersonas } from "./module_sheets.ts";
import { readSettings, readWritten, sheetColumns } from "./module_sheets.ts";
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

const action = "load a workbook";

/**
 * Reads the sheets of a workbook of version 2: modules in sequence become rounds of steps, the groups of each round who
 * hears whom, and those who may ever meet a session. Facilitators' definitions are a model's texts, of which no pure
 * function can be made: those without one in `functions` are listed, and a text that needs one cannot be filled.
 */
export function readWorkbookV2(
  sheets: readonly Sheet[],
  functions: { readonly [name: string]: FacilitatorFunction } = {},
): WorkbookV2 {
  const listed: { sheet: string; row: number; what: string; why: string }[] = [];
  const list: ListUnread = ({ row: { sheet, row } }, what, why) =>
    void listed.push({ sheet, row, what, why });
  const manual = sheets.map(({ name }) => name).filter((name) => name.startsWith("Manual_"));
  const known = [...Object.keys(sheetColumns), "Profiles", ...manual];
  for (const { name } of sheets.filter(({ name }) => !known.includes(name))) {
    listed.push({ sheet: name, row: 1, what: `sheet ${name}`, why: "it is not known" });
  }
  const settings = readSettings(cellsOf(sheets, "Settings"), list);
  const personas = readPersonas(sheetNamed(action, sheets, "Profiles"), settings);
  const inModule = (cell: RowCells) => `${identifierOf(cell("module"))}.${identifierOf(cell("name"))}`;
  const constants = byName(cellsOf(sheets, "C"), inModule, (cell) => {
    if (/^(int|float)/i.test(cell("type").text())) numberOf(cell("value"), -1e15, 1e15, false);
    return cell("value");
  });
  const modules = readModules(settings.get("MODULE_SEQUENCE")!, constants, personas.numRows());
  const fields = byName(cellsOf(sheets, "Fields"), inModule, (cell) => cell);
  const prompts = readModulePrompts(cellsOf(sheets, "Prompts"), modules, list);
  const facilitators = byName(cellsOf(sheets, "Facilitator"), (cell) => cell("name").name(), (cell) => cell);
  for (const name of Object.keys(functions)) {
    checkOneOf<string>(action, "functions", name, [...facilitators.keys()]);
  }
  for (const [name, cell] of facilitators) {
    if (name === "assign_groups" || Object.hasOwn(functions, name)) continue;
    list(cell("name"), `facilitator ${name}`, "a model's text is no pure function: give one as functions");
  }
  const given = prompts.filter(({ type }) => type === "facilitator").flatMap(({ cell, module }) => {
    const name = cell("llm_text").name();
    if (!facilitators.has(name)) throw cell("llm_text").fault("name a row of the sheet Facilitator");
    if (name === "assign_groups") return [];
    const own = Object.hasOwn(functions, name) ? functions[name]! : null;
    return [[`${module}.${cell("field_name").name()}`, own] as const];
  });
  const assigned = manual.flatMap((name) => cellsOf(sheets, name, "Manual_"));
  const written = readWritten(assigned, personas);
  for (const cell of assigned.filter((cell) => cell("name").text() === "treatment")) {
    const place = cell("module").text() + cell("round_number").text();
    if (place !== "") list(cell("value"), `treatment in ${place}`, "a session has one arm in all rounds");
  }
  const owned = modules.flatMap(({ name }) => written.names.map((own) => `${name}.${own}`));
  const sources: SlotSources = {
    ...{ constants, given: new Map(given), attributes: personas.columnNames(), written: written.find },
    modules: modules.map(({ name }) => name),
    fields: new Set([...fields.keys(), ...owned]),
    itemOf: (module, name) => {
      const several = modules.filter((other) => fields.has(`${other.name}.${name}`)).length > 1;
      return several ? `${module}_${name}` : name;
    },
  };
  const calls = prompts.filter(({ cell }) => cell("llm_text").text() === "assign_groups");
  for (const { cell } of calls.filter(({ cell }) => cell("is_displayed").text() !== "")) {
    list(cell("is_displayed"), "is_displayed of assign_groups", "groups are made in every round alike");
  }
  const matching = { settings, written: written.find, calls, cell: facilitators.get("assign_groups") };
  const groups = readGroups(modules, personas, matching);
  // Where no text depends on the treatment the arms are the same, and are read for being different sessions' alone.
  const told = prompts.map(({ cell }) => cell("llm_text").text() + cell("is_displayed").text()).join("\n");
  const when = told.includes("treatment") ? null : (s: SessionView) => s.arm !== "";
  const steps = modules.map(({ name, rounds: count }, at) => {
    const hears: Hearing = (from, to, { round }) => {
      const byId = groups.get(name)![round - 1];
      return byId?.get(from.member) === byId?.get(to.member);
    };
    const own = prompts.filter(({ module, type }) => module === name && type !== "facilitator")
      .sort((one, other) => one.at - other.at);
    if (own.length > 0) {
      return rounds(count, readSteps(own, { sources, fields, hears }), {
        name,
        when: at === 0 ? when : null,
      });
    }
    throw sheetFault(action, { sheet: "Prompts" }, `have a prompt of module '${name}'`, "none");
  });
  const protocol = declareProtocol({ roles: { player: "" }, steps });
  const sequence = settings.get("MODULE_SEQUENCE")!;
  const declared = cellList(constants.get("global.TREATMENT_LABELS")?.value ?? null);
  const labels = distinct([...declared, ...written.treatments].map((label) => String(label).trim()));
  const armOf = (id: string) => written.find("treatment", id, modules[0]!.name, 1);
  const assignment = assignSessions(personas, [...groups.values()].flat(), armOf);
  const texts = prompts.filter(({ type }) => type !== "facilitator").map(({ cell }) => ({
    ...{ sheet: "Prompts", row: cell("type").row.row, human_text: cell("human_text").text() },
    ...{ llm_text: cell("llm_text").text(), is_adapted: cell("is_adapted").flag() },
  }));
  return {
    ...{ version: 2, personas, protocol, sheets, treatments: armsOf(labels) },
    items: sequence.make(() => protocolItems(action, protocol, { factors: [], stated: [] })),
    // Sessions may differ in size: groups are the workbook's.
    roles: { player: columnOf<number>(assignment, "seat").reduce((one, other) => Math.max(one, other)) },
    assignment,
    adaptations: adaptationTable(texts),
    settings: Object.fromEntries([...settings].map(([name, { value }]) => [name, value])),
    notUnderstood: tableOfRows(listed, ["sheet", "row", "what", "why"]),
  };
}

/** Arms of names; that of all where there are no treatments. */
function armsOf(labels: readonly string[]): Treatments {
  const names = labels.length > 0 ? labels : ["all"];
  const slots = Object.freeze({});
  const arms = names.map((name) => Object.freeze({ name, wordings: Object.freeze([name]), slots }));
  return Object.freeze({ arms: Object.freeze(arms) });
}

/** The group of each persona in the rounds of each module: those before, where nobody is told to make others. */
function readGroups(modules: readonly Module[], personas: Table, { settings, written, calls, cell }: {
  readonly settings: ReadonlyMap<string, PlacedCell>;
  readonly written: SlotSources["written"];
  readonly calls: readonly Prompt[];
  readonly cell: RowCells | undefined;
}): Map<string, Map<string, string>[]> {
  const rows = personas.objects() as { persona_id: string; [name: string]: unknown }[];
  const size = numberOf(settings.get("NUM_AGENTS_PER_SESSION")!, 1, 1e6);
  const seed = numberOf(settings.get("RANDOM_SEED")!, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return new Map(modules.map((module) => {
    const own = calls.find((call) => call.module === module.name)?.cell;
    const told = [cell, own].map((cell) => cell?.("kwargs").text() ? readLiteral(cell("kwargs").text()) : {});
    const kwargs = Object.assign({}, ...told) as { [name: string]: unknown };
    const { strategy = own === undefined ? "keep" : "random", stratify_by = [] } = kwargs;
    const names = [stratify_by].flat().map(String);
    const isKnown = ["random", "keep", "swap", "stratified"].includes(String(strategy)) &&
      (strategy === "stratified") === (names.length > 0) &&
      names.every((name) => personas.columnNames().includes(name));
    const rule = "have a strategy: random, keep, swap, or stratified with stratify_by, columns of Profiles";
    if (!isKnown) throw (own ?? cell)!("kwargs").fault(rule);
    const agents = rows.map((row) => (
      { id: row.persona_id, stratum: names.map((name) => row[name]).join("\n") }
    ));
    const sessions = [...Map.groupBy(agents, (_, place) => Math.floor(place / size)).values()];
    const find = (id: string, module: string, round: number) => {
      const name = written("id_in_subsession", id, module, round);
      return name === null ? null : String(name);
    };
    const matching = { sessions, strategy: String(strategy), written: find, seed };
    return [module.name, matchGroups(matching, module)];
  }));
}

/** The personas with their sessions: of those who are ever in a group together. */
function assignSessions(
  personas: Table,
  groups: readonly Map<string, string>[],
  armOf: (id: string) => SheetCell,
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
  readonly fields: ReadonlyMap<string, RowCells>;
  readonly hears: Hearing;
}): Step[] {
  const names = new Map<string, number>();
  const texts = prompts.map(({ cell, module }) => {
    const { slots, fill } = readModuleSlots(sources, { module, cell: cell("llm_text") });
    const isSame = slots.every((slot) => slot.startsWith("C."));
    const plain = isSame ? cell("llm_text").make(() => fill({} as never, {} as never)) : null;
    return { fill, plain, field: cell("field_name").text() };
  });
  return prompts.flatMap(({ cell, module, type }, place): Step[] => {
    const { plain, fill, field } = texts[place]!;
    const text = plain !== null && !/[{}]/.test(plain) ? plain : (s: SessionView) => fill(s.me, s);
    const first = `${module}.${field || type}`;
    names.set(first, (names.get(first) ?? 0) + 1);
    const name = names.get(first) === 1 ? first : `${first} ${names.get(first)}`;
    const { to, when } = readDisplayed(sources, module, cell("is_displayed"));
    if (type === "context") return [tell(text, { to, when, name })];
    if (type === "discussion") return [say({ by: to, when, name, prompt: text, hears })];
    const own = fields.get(`${module}.${cell("field_name").name()}`);
    if (own === undefined) {
      throw cell("field_name").fault(`be a field of module '${module}' in the sheet Fields`);
    }
    const isSame = plain !== null && texts.every((other) => other.field !== field || other.plain === plain);
    const items = readItems(own, sources.itemOf(module, field), isSame ? plain : null);
    const heard = type === "public_question" ? "after" : "none";
    const question = ask(items, { to, when, name, hears, heard, as: "together" });
    // What is not the same for all is told, and then asked.
    return isSame ? [question] : [tell(text, { to, when, name: `${name}, told` }), question];
  });
}

/** When something is displayed: `to` whom, where that depends on who it is. */
function readDisplayed(sources: SlotSources, module: string, cell: PlacedCell) {
  if (cell.text() === "") return { to: null, when: null };
  const [, slot, list = ""] = /^([\w.[\]]+)\s+in\s+([[(].*[\])])$/s.exec(cell.text()) ?? [];
  const equals = list === "" ? [] : cellList(list).map((value) => `${slot} == ${JSON.stringify(value)}`);
  const condition = equals.join(" or ") || cell.text();
  const { slots, fill } = readModuleSlots(sources, { module, cell, condition });
  const isSame = slots.every((slot) => slot === "round_number" || slot.startsWith("C."));
  return isSame
    ? { to: null, when: (s: SessionView) => fill(s.me, s) === "1" }
    : { to: (...who: Parameters<typeof fill>) => fill(...who) === "1", when: null };
}

/** A field's question, and how much of the answer is speculation where that is asked. */
function readItems(field: RowCells, name: string, question: string | null): Item[] {
  const cell = field("response_options");
  const options = cellList(cell.value).map((option) => String(option).trim()).filter(Boolean);
  const numbers = options.map(Number);
  const type = field("type").oneOf(["integer", "float", "text", "category", "boolean"]);
  const told = [question ?? "", field("response_options_intro").text()].filter((part) => part !== "");
  const wording = told.join("\n") || "Your answer:";
  const isRange = cell.text().startsWith("(") || numbers.every((one, at) => one === numbers[0]! + at);
  const limits = numbers.length > 1 ? { minimum: numbers[0]!, maximum: numbers.at(-1)! } : {};
  field("name").make(() => checkNoColumn(action, "name", name));
  const order = field("randomise_options_order").flag() ? "shuffled" : "fixed";
  const answer = cell.make((): Item => {
    if (type === "boolean") return yesNo(name, wording);
    if (type === "text") return text(name, wording);
    if (type === "category" || !isRange) return choice(name, wording, options, { order });
    return number(name, wording, { whole: type === "integer", ...limits });
  });
  if (!field("generate_speculation_score").flag()) return [answer];
  // Questions of a call may stand in any order.
  const scale = `How much of your answer to "${name}" is speculation, from 0 (nothing) to 1 (all of it)?`;
  return [answer, number(`${name}_speculation_score`, scale, { minimum: 0, maximum: 1 })];
}
