import type { Hearing, Member, SessionView, Step } from "../../core/protocol.ts";
import { columnOf, distinct, type Table, tableOfRows } from "../../core/table.ts";
import { protocolItems } from "../../designs/asked_items.ts";
import { checkNoColumn } from "../../designs/features.ts";
import { declareProtocol } from "../../protocols/declare_protocol.ts";
import { rounds, say, tell } from "../../protocols/steps.ts";
import { Tuple } from "../literals.ts";
import { assignSessions, groupPersonas } from "./module_groups.ts";
import { type FacilitatorFunction, type Module, ModuleSheets, type RowOf } from "./module_sheets.ts";
import { fieldItem, findSlot } from "./module_slots.ts";
import { questionSteps } from "./question_steps.ts";
import { adaptationTable, loading, PlacedCell, type Sheet, sheetFault } from "./sheet_rows.ts";
import { readSlotText, stepText } from "./slots.ts";
import type { Workbook } from "./workbook.ts";

type Prompt = RowOf<"Prompts">;

/**
 * Reads the sheets of a workbook of version 2: modules in sequence become rounds of steps, the groups of each round who
 * hears whom, and those who may ever meet a session. Facilitators' definitions are a model's texts, of which no pure
 * function can be made: those without one in `functions` are listed, and a text that needs one cannot be filled.
 */
export function readWorkbookV2(
  sheets: readonly Sheet[],
  functions: { readonly [name: string]: FacilitatorFunction } = {},
): Workbook & { readonly assignment: Table } {
  const book = new ModuleSheets(sheets, functions);
  const { modules, personas, prompts, assigned, constants } = book;
  for (const { at, llm_text, is_displayed } of prompts) {
    if (llm_text !== "assign_groups" || is_displayed === "") continue;
    const why = "groups are made in every round alike";
    book.list(at("is_displayed").place, "is_displayed of assign_groups", why);
  }
  const groups = modules.map((module) => groupPersonas(book, module));
  // Where no text depends on the treatment the arms are the same, and are read for being different sessions' alone.
  const isTold = prompts.some((one) => `${one.llm_text}${one.is_displayed}`.includes("treatment"));
  const steps = modules.map((module, at) => {
    const hears: Hearing = (from, to, { round }) => {
      const byId = groups[at]![round - 1];
      return byId?.get(from.member) === byId?.get(to.member);
    };
    const when = at > 0 || isTold ? null : (s: SessionView) => s.arm !== "";
    return rounds(module.rounds, readSteps(book, module, hears), { name: module.name, when });
  });
  const protocol = declareProtocol({ roles: { player: "" }, steps });
  const declared = constants.get("global.TREATMENT_LABELS")?.at("value").list() ?? [];
  const shown = assigned.filter(({ name, value }) => name === "treatment" && value !== null);
  const labels = distinct([...declared, ...shown.map(({ value }) => value)].map((one) => String(one).trim()));
  const arms = (labels.length > 0 ? labels : ["all"]).map((name) => ({ name, wordings: [name], slots: {} }));
  const assignment = assignSessions(book, groups.flat());
  const { at, ...settings } = book.settings;
  return {
    ...{ version: 2, personas, protocol, sheets, treatments: { arms }, assignment },
    settings: settings as Workbook["settings"],
    items: at("MODULE_SEQUENCE").make(() => protocolItems(loading, protocol, { factors: [], stated: [] })),
    // Sessions may differ in size: groups are the workbook's.
    roles: { player: columnOf<number>(assignment, "seat").reduce((one, other) => Math.max(one, other)) },
    adaptations: adaptationTable(prompts.filter(({ type }) => type !== "facilitator")),
    notUnderstood: tableOfRows(book.listed, ["sheet", "row", "what", "why"]),
  };
}

/** The steps of a module's round. */
function readSteps(book: ModuleSheets, { name: module }: Module, hears: Hearing): Step[] {
  const prompts = book.prompts.filter((one) => one.module === module && one.type !== "facilitator")
    .sort((one, other) => one.prompt_sequence - other.prompt_sequence);
  if (prompts.length === 0) {
    throw sheetFault(loading, { sheet: "Prompts" }, `have a prompt of module '${module}'`, "none");
  }
  const names = new Map<string, number>();
  const texts = prompts.map(({ at }) => {
    const cell = at("llm_text");
    const { slots, fill } = readSlotText(cell, findSlot(book, module));
    return cell.make(() => stepText(slots.every((slot) => slot.startsWith("C.")), fill));
  });
  return prompts.flatMap((prompt, place): Step[] => {
    const { at, type, field_name: field } = prompt;
    const first = `${module}.${field || type}`;
    names.set(first, (names.get(first) ?? 0) + 1);
    const name = names.get(first) === 1 ? first : `${first} ${names.get(first)}`;
    const [text, { to, when }] = [texts[place]!, readDisplayed(book, prompt)];
    if (type === "context") return [tell(text, { to, when, name })];
    if (type === "discussion") return [say({ by: to, when, name, prompt: text, hears })];
    const own = book.fields.get(`${module}.${field}`);
    if (own === undefined) {
      throw at("field_name").fault(`be a field of module '${module}' in the sheet Fields`);
    }
    const [item, cell] = [fieldItem(book, module, field), own.at("response_options")];
    own.at("name").make(() => checkNoColumn(loading, "name", item));
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
function readDisplayed(book: ModuleSheets, { module, at }: Prompt) {
  const cell = at("is_displayed");
  if (cell.text() === "") return { to: null, when: null };
  const [, slot, list = ""] = /^([\w.[\]]+)\s+in\s+([[(].*[\])])$/s.exec(cell.text()) ?? [];
  const values = list === "" ? [] : new PlacedCell(cell.place, list).list();
  const text = values.map((value) => `${slot} == ${JSON.stringify(value)}`).join(" or ") || cell.text();
  const { slots, fill } = readSlotText(cell, findSlot(book, module), { text, isCondition: true });
  return slots.every((slot) => slot === "round_number" || slot.startsWith("C."))
    ? { to: null, when: (s: SessionView) => fill(s) === "1" }
    : { to: (me: Member, s: SessionView) => fill(s, me) === "1", when: null };
}
