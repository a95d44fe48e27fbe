import type { Member, SessionView, StepText } from "../../core/protocol.ts";
import { fillTemplate } from "../../treatments/template.ts";
import type { PlacedCell } from "./sheet_rows.ts";

type TextFault = PlacedCell["fault"];

/** The value of a slot for a member. */
export type SlotGetter = (s: SessionView, me: Member) => unknown;

/** The variable of a slot; `null` where there is no such slot. */
type VariableOf = (slot: string) => string | null;

/** What was read: its slots, and what fills them. */
interface ReadText {
  readonly slots: readonly string[];
  readonly fill: (s: SessionView, me?: Member) => string;
}

/** Reads a text, or a condition, which is filled to `1` where it holds; `find` has `null` for what is no slot. */
export function readSlotText(
  cell: PlacedCell,
  find: (slot: string) => SlotGetter | null,
  { text = cell.name(), isCondition = false }: { readonly text?: string; readonly isCondition?: boolean } =
    {},
): ReadText {
  const [getters, fault] = [new Map<string, SlotGetter>(), cell.fault.bind(cell)];
  const variableOf = (slot: string) => {
    const get = find(slot);
    if (get === null) return null;
    getters.set(slot, get);
    return `v${[...getters.keys()].indexOf(slot)}`;
  };
  const liquid = isCondition
    ? `{% if ${readComparison(text, variableOf, fault)} %}1{% endif %}`
    : readTemplate(text, variableOf, fault);
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

/** A slot: a name, and perhaps names or places within it, as `agent.game[round_number].offer`. */
const slot = /[A-Za-z_]\w*(?:\.\w+|\[(?:\w+|"[^"]*"|'[^']*')\])*/;
const onlySlot = new RegExp(`^${slot.source}$`);
const token = new RegExp(
  `\\s*(?:("[^"]*"|'[^']*'|-?\\d+(?:\\.\\d+)?)|([=!<>]=|[<>])|(${slot.source}))\\s*`,
  "y",
);
const constants = new Map([["True", "true"], ["False", "false"], ["None", "nil"]]);

const comparisons = "hold comparisons such as treatment.label == 'A', joined by 'and' or by 'or'";

/** A condition of Jinja as Liquid has it: comparisons joined by `and`, or by `or`. */
function readComparison(text: string, variableOf: VariableOf, fault: TextFault): string {
  const parts: string[] = [];
  let [shape, joined] = ["", ""];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const [, literal, operator, name] = token.exec(text) ?? [];
    const isJoin = name === "and" || name === "or";
    if ((literal ?? operator ?? name) === undefined) throw fault(comparisons, text);
    shape += isJoin ? "j" : operator === undefined ? "v" : "o";
    // Liquid joins from the right, Jinja `and` first: the same only where all are joined alike.
    if (isJoin && joined !== "" && joined !== name) shape += "?";
    if (isJoin) joined = name;
    const plain = literal ?? operator ?? (isJoin ? name : constants.get(name!)) ?? variableOf(name!);
    if (plain === null) throw fault("compare slots that there are", name);
    parts.push(plain);
  }
  if (/^vov(jvov)*$/.test(shape)) return parts.join(" ");
  throw fault(comparisons, text);
}

/** A template of Jinja as Liquid: slots, and texts that depend on comparisons; all else is an error. */
function readTemplate(text: string, variableOf: VariableOf, fault: TextFault): string {
  let [liquid, from, depth] = ["", 0, 0];
  for (const { index: at } of text.matchAll(/\{[{%#]/g)) {
    // What stands within a slot, a block or a comment.
    if (at < from) continue;
    const close = { "{": "}}", "%": "%}", "#": "#}" }[text[at + 1]!]!;
    const end = text.indexOf(close, at + 2);
    if (end < 0) throw fault(`close every ${text.slice(at, at + 2)} with ${close}`, text.slice(at));
    const within = text.slice(at + 2, end);
    const [left, right] = [within.startsWith("-") ? "-" : "", within.endsWith("-") ? "-" : ""];
    const inner = within.slice(left.length, within.length - right.length).trim();
    liquid += text.slice(from, at);
    if (close === "}}") {
      if (!onlySlot.test(inner)) {
        throw fault("hold slots such as {{ treatment.amount }}, and comparisons", inner);
      }
      const variable = variableOf(inner);
      if (variable === null) throw fault("name slots that there are", inner);
      liquid += `{{${left} ${variable} ${right}}}`;
    } else if (close === "%}") {
      const [, tag, condition] = /^(\w+)\s*([^]*)$/.exec(inner) ?? [];
      const isTest = tag === "if" || tag === "elif";
      if (!isTest && (!["else", "endif"].includes(tag!) || condition !== "")) {
        throw fault("hold no other blocks than if, elif, else and endif", inner);
      }
      depth += tag === "if" ? 1 : tag === "endif" ? -1 : 0;
      if (depth < 0 || tag !== "if" && tag !== "endif" && depth === 0) {
        throw fault("begin each block with if", inner);
      }
      const test = isTest ? ` ${readComparison(condition!, variableOf, fault)}` : "";
      liquid += `{%${left} ${tag === "elif" ? "elsif" : tag}${test} ${right}%}`;
    }
    from = end + 2;
  }
  if (depth > 0) throw fault("end each if with endif", text);
  return liquid + text.slice(from);
}
