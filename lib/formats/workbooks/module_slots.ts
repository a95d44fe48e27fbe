import { cannot } from "../../core/errors.ts";
import type { AnswerValue } from "../../core/item.ts";
import type { Member, SessionView } from "../../core/protocol.ts";
import { fieldClasses, type FindWritten } from "./module_sheets.ts";
import type { SheetCell } from "./sheet_rows.ts";
import type { SlotGetter } from "./slots.ts";

/** What a facilitator's function gives to a field of `s.me` in round `s.round`: a pure function. */
export type FacilitatorFunction = (s: SessionView) => AnswerValue | null;

/** What the slots of a workbook of version 2 stand for; names with a point are a module's. */
export interface SlotSources {
  readonly modules: readonly string[];
  readonly constants: ReadonlyMap<string, SheetCell>;
  readonly fields: ReadonlySet<string>;
  readonly attributes: readonly string[];
  /** The functions that give fields their values; `null` where there is none. */
  readonly given: ReadonlyMap<string, FacilitatorFunction | null>;
  /** What is written down of a persona. */
  readonly written: FindWritten;
  /** The item of a module's field. */
  readonly itemOf: (module: string, name: string) => string;
}

/** Where a slot's value comes from; `null` where there is no such slot. */
export function findSlot(sources: SlotSources, own: string): (slot: string) => SlotGetter | null {
  return (slot) => getterOf(sources, own, slot);
}

function getterOf(sources: SlotSources, own: string, slot: string): SlotGetter | null {
  const { modules, constants, fields, attributes } = sources;
  const [root = "", ...rest] = slot.match(/\w+/g)!;
  if (slot === "round_number") return (s) => s.round;
  const constant = root === "C" ? constants.get(rest.join(".")) : undefined;
  if (constant !== undefined) return () => constant;
  const isOwner = (name = "") => (fieldClasses as readonly string[]).includes(name.toLowerCase());
  // A field; a module and a field, in either order of module and class; a module, a round and a field.
  const names = isOwner(root) ? rest : isOwner(rest[0]) ? [root, ...rest.slice(1)] : [];
  const [name = "", module = own] = [names.at(-1), names.length > 1 ? names[0] : own];
  const isField = fields.has(`${module}.${name}`) || name === "treatment";
  if (names.length === 1 && !isField && attributes.includes(name)) return (_, me) => me.attributes[name];
  const round = names.length > 2 ? names[1]! : module === own ? "round_number" : "";
  const isPlace = names.length < 4 && modules.includes(module) && /^(\d*|round_number)$/.test(round);
  if (!isField || !isPlace || attributes.includes(module)) return null;
  return (s, me) => {
    const number = round === "round_number" ? s.round : round === "" ? null : Number(round);
    return valueOf(sources, { module, name, round: number }, me, s);
  };
}

/** The value of a field: what is written down, given by a function, answered or said; of all rounds the last. */
function valueOf(
  { written, given, itemOf }: SlotSources,
  { module, name, round }: { readonly module: string; readonly name: string; readonly round: number | null },
  me: Member,
  s: SessionView,
): unknown {
  if (name === "treatment") return s.arm;
  const fixed = written(name, me.member, module, round ?? s.round);
  if (fixed !== null) return fixed;
  const f = given.get(`${module}.${name}`);
  if (f === null) {
    throw new RangeError(cannot("fill a text", "functions", `give ${module}.${name} a value`, f));
  }
  // Whoever does not look at the arm is the same in all: nothing is read before it is looked at.
  if (f) return f(Object.create(s, { me: { value: me }, round: { value: round ?? s.round } }));
  const item = itemOf(module, name);
  const isStep = new RegExp(`^${module}\\.${name}( \\d+)?$`);
  const isIts = (one: { readonly step: string; readonly round: number }) =>
    isStep.test(one.step) && (round === null || one.round === round);
  const answer = s.answers.findLast((one) => one.member === me.member && one.item === item && isIts(one));
  return answer?.value ?? s.lines.findLast((one) => one.from.member === me.member && isIts(one))?.text;
}
