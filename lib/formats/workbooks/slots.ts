import type { Member, SessionView, StepText } from "../../core/protocol.ts";
import { fillTemplate, templateSlots } from "../../treatments/template.ts";
import type { PlacedCell } from "./sheet_rows.ts";

/** The value of a slot for a member. */
export type SlotGetter = (s: SessionView, me: Member) => unknown;

/** What was read: its slots, and what fills them. */
interface ReadText {
  readonly slots: readonly string[];
  readonly fill: (s: SessionView, me?: Member) => string;
}

// A slot: a name, and perhaps names or places within it, as `agent.game[round_number].offer`.
const slot = `[A-Za-z_]\\w*(?:\\.\\w+|\\[(?:\\w+|"[^"]*"|'[^']*')\\])*`;
const operand = `(?:"[^"]*"|'[^']*'|-?\\d+(?:\\.\\d+)?|${slot})`;
const comparison = `${operand}\\s*(?:[=!<>]=|[<>])\\s*${operand}`;
// Liquid joins from the right, Jinja `and` first: the same only where all are joined alike.
const condition = new RegExp(
  `^${comparison}(?:(?:\\s+and\\s+${comparison})*|(?:\\s+or\\s+${comparison})*)$`,
);
const [onlySlot, operands] = [new RegExp(`^${slot}$`), new RegExp(operand, "g")];
const words = new Map([["True", "true"], ["False", "false"], ["None", "nil"], ["and", "and"], ["or", "or"]]);
// No part has braces within, so that no sign is looked at twice.
const part = /\{\{(-?)([^{}]*?)(-?)\}\}|\{%(-?)([^{}%]*?)(-?)%\}|\{#[^#]*#\}|\{[{%#]/g;

/**
 * Reads a text of Jinja, or a condition, which is filled to `1` where it holds: slots, of which `find` has `null` for what
 * is none, and texts that depend on comparisons joined by `and`, or by `or`. All else is an error.
 */
export function readSlotText(
  cell: PlacedCell,
  find: (slot: string) => SlotGetter | null,
  { text = cell.name(), isCondition = false }: { readonly text?: string; readonly isCondition?: boolean } =
    {},
): ReadText {
  const getters = new Map<string, SlotGetter>();
  const variableOf = (slot: string) => {
    const get = find(slot);
    if (get === null) throw cell.fault("name slots that there are", slot);
    getters.set(slot, get);
    return `v${[...getters.keys()].indexOf(slot)}`;
  };
  const compare = (text: string) => {
    const rule = "hold comparisons such as treatment.label == 'A', joined by 'and' or by 'or'";
    if (!condition.test(text)) throw cell.fault(rule, text);
    return text.replace(operands, (one) => /^["'\d-]/.test(one) ? one : words.get(one) ?? variableOf(one));
  };
  const translate = (all: string, ...[left, slot, right, start, block, end]: (string | undefined)[]) => {
    if (slot !== undefined) {
      const name = slot.trim();
      if (onlySlot.test(name)) return `{{${left} ${variableOf(name)} ${right}}}`;
      throw cell.fault("hold slots such as {{ treatment.amount }}, and comparisons", name);
    }
    if (block === undefined && all.length > 2) return "";
    if (block === undefined) throw cell.fault(`close every ${all}, without braces within`, text);
    const [, tag, test = ""] = /^(if|elif|else|endif)\b\s*(.*)$/s.exec(block.trim()) ?? [];
    if (tag === undefined || tag.startsWith("e") && tag !== "elif" && test !== "") {
      throw cell.fault("hold no other blocks than if, elif, else and endif", block);
    }
    const compared = tag === "if" || tag === "elif" ? ` ${compare(test)}` : "";
    return `{%${start} ${tag === "elif" ? "elsif" : tag}${compared} ${end}%}`;
  };
  const liquid = isCondition ? `{% if ${compare(text)} %}1{% endif %}` : text.replace(part, translate);
  try {
    templateSlots(liquid);
  } catch {
    throw cell.fault("begin each block with if, and end it with endif", text);
  }
  const missing = isCondition ? null : "no answer";
  const fill = (s: SessionView, me = s.me) => {
    const values = [...getters.values()].map((get, at) => [`v${at}`, get(s, me) ?? missing]);
    return fillTemplate(liquid, Object.fromEntries(values)).trim();
  };
  return { slots: [...getters.keys()], fill };
}

/** A text that is the same for everybody, or a function; whose braces are braces is a function, too. */
export function stepText(isSame: boolean, fill: ReadText["fill"]): StepText {
  const plain = isSame ? fill({} as SessionView) : "{";
  return /[{}]/.test(plain) ? (s) => fill(s) : plain;
}
