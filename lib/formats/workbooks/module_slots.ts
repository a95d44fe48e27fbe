import { cannot } from "../../core/errors.ts";
import type { Member, SessionView } from "../../core/protocol.ts";
import { fieldClasses, type ModuleSheets } from "./module_sheets.ts";
import type { SlotGetter } from "./slots.ts";

/** Where the value of a slot in a module's text comes from; `null` where there is no such slot. */
export function findSlot(book: ModuleSheets, own: string): (slot: string) => SlotGetter | null {
  const isOwner = (name = "") => (fieldClasses as readonly string[]).includes(name.toLowerCase());
  const attributes = book.personas.columnNames();
  return (slot) => {
    if (slot === "round_number") return (s) => s.round;
    const [root = "", ...rest] = slot.match(/\w+/g)!;
    const constant = root === "C" ? book.constants.get(rest.join(".")) : undefined;
    if (constant !== undefined) return () => constant.value;
    // A field; a module and a field, in either order of module and class; a module, a round and a field.
    const names = isOwner(root) ? rest : isOwner(rest[0]) ? [root, ...rest.slice(1)] : [];
    const [name = "", module = own] = [names.at(-1), names.length > 1 ? names[0] : own];
    const isField = book.fields.has(`${module}.${name}`) || name === "treatment" ||
      book.assigned.some((row) => row.name === name);
    if (names.length === 1 && !isField && attributes.includes(name)) return (_, me) => me.attributes[name];
    const round = names.length > 2 ? names[1]! : module === own ? "round_number" : "";
    const isPlace = names.length < 4 && book.modules.some((one) => one.name === module) &&
      /^(\d*|round_number)$/.test(round);
    if (!isField || !isPlace || attributes.includes(module)) return null;
    return (s, me) => {
      const number = round === "round_number" ? s.round : round === "" ? null : Number(round);
      return valueOf(book, { module, name, round: number, me, s });
    };
  };
}

/** The item of a module's field. */
export function fieldItem({ modules, fields }: ModuleSheets, module: string, name: string): string {
  const several = modules.filter((other) => fields.has(`${other.name}.${name}`)).length > 1;
  return several ? `${module}_${name}` : name;
}

/** The value of a field: what is written down, given by a function, answered or said; of all rounds the last. */
function valueOf(book: ModuleSheets, { module, name, round, me, s }: {
  readonly module: string;
  readonly name: string;
  readonly round: number | null;
  readonly me: Member;
  readonly s: SessionView;
}): unknown {
  if (name === "treatment") return s.arm;
  const fixed = book.written(name, me.member, { module, round: round ?? s.round });
  if (fixed !== null) return fixed;
  const given = book.prompts.findLast(({ type, field_name, ...prompt }) =>
    type === "facilitator" && prompt.module === module && field_name === name
  );
  if (given !== undefined) {
    const f = Object.hasOwn(book.functions, given.llm_text) ? book.functions[given.llm_text]! : null;
    if (f === null) {
      throw new RangeError(cannot("fill a text", "functions", `give ${module}.${name} a value`, f));
    }
    // Whoever does not look at the arm is the same in all: nothing is read before it is looked at.
    return f(Object.create(s, { me: { value: me }, round: { value: round ?? s.round } }));
  }
  const [item, isStep] = [fieldItem(book, module, name), new RegExp(`^${module}\\.${name}( \\d+)?$`)];
  const isIts = (one: { readonly step: string; readonly round: number }) =>
    isStep.test(one.step) && (round === null || one.round === round);
  const answer = s.answers.findLast((one) => one.member === me.member && one.item === item && isIts(one));
  return answer?.value ?? s.lines.findLast((one) => one.from.member === me.member && isIts(one))?.text;
}
