import { didYouMean } from "../../core/errors.ts";
import type { Item } from "../../core/item.ts";
import type { Member, SessionView, Step } from "../../core/protocol.ts";
import { checkNoColumn } from "../../designs/features.ts";
import { choice } from "../../items/choice.ts";
import { number } from "../../items/number.ts";
import { text } from "../../items/text.ts";
import { ask, rounds, say, tell } from "../../protocols/steps.ts";
import type { ArmTexts } from "./arm_texts.ts";
import { PlacedCell, type SheetRow } from "./sheet_rows.ts";
import { readLiteral, Tuple } from "./slots.ts";

const types = [
  ...["context", "discussion", "public_question", "private_question"] as const,
  ...["repeat_public_question", "repeat_private_question"] as const,
];

/** A row of the sheet of prompts. */
export interface PromptRow {
  readonly cell: (column: string) => PlacedCell;
  readonly type: typeof types[number];
  /** Its name, and so that of its steps. */
  readonly name: string;
  readonly order: number;
  /** Who is asked what, in this order; nobody but in questions. */
  readonly asked: ReadonlyMap<string, string>;
}

/** Reads a row of the sheet of prompts. */
export function readPromptRow(action: string, row: SheetRow, roles: readonly string[]): PromptRow {
  const cell = (column: string) => new PlacedCell(action, row, column);
  const [type, llm, order] = [cell("type").oneOf(types), cell("llm_text"), cell("round_order")];
  const isQuestion = type.endsWith("question");
  if (typeof order.value !== "number" && (type !== "context" || order.value !== null)) {
    throw order.fault("be a number");
  }
  for (const column of ["is_adapted", "validate_response", "format_response"]) cell(column).flag();
  if (!isQuestion && cell("generate_speculation_score").flag()) {
    throw cell("generate_speculation_score").fault("be FALSE where no question is asked");
  }
  const read = isQuestion && /^\{(?![{%#])/.test(llm.name()) ? readLiteral(llm.text()) : null;
  const everyone = roles.filter((role) => isQuestion && role !== "facilitator");
  const texts = read ?? Object.fromEntries(everyone.map((role) => [role, llm.name()]));
  const asked = new Map<string, unknown>(Object.entries(texts));
  for (const [role, text] of asked) {
    if (!roles.includes(role)) throw llm.fault(`name roles${didYouMean(role, roles)}`, role);
    if (typeof text !== "string" || text.trim() === "") throw llm.fault("have a text for each role", text);
  }
  if (isQuestion && asked.size === 0 || read === undefined) throw llm.fault("be a text, or texts by role");
  return {
    ...{ cell, type, order: Number(order.value), asked: asked as ReadonlyMap<string, string> },
    name: isQuestion ? cell("response_name").name() : cell("response_name").text() || `${type} ${row.row}`,
  };
}

/**
 * The steps of a row. A question with slots, or with other words for each role, is told before it is asked; one whose
 * options differ by role becomes an item for each.
 */
export function promptSteps(prompt: PromptRow, texts: ArmTexts, { subjects, speaks, most }: {
  readonly subjects: readonly string[];
  /** Whether a model plays the facilitator. */
  readonly speaks: boolean;
  /** How many rounds a question is repeated at most. */
  readonly most: number;
}): Step[] {
  const { cell, type, name, asked } = prompt;
  const [llm, facilitator, isRepeated] = [cell("llm_text"), "facilitator", type.startsWith("repeat")];
  if (asked.size === 0) {
    const options = optionsText(optionsOf(prompt, facilitator));
    const spoken = texts.read(llm, llm.name(), facilitator, { options });
    if (type === "context") {
      return [tell(spoken, { to: speaks ? [...subjects, facilitator] : subjects, name })];
    }
    const first = say({ by: facilitator, text: spoken, name: `${name}: ${facilitator}` });
    return [first, say({ by: subjects, name })];
  }
  const others = [...asked.keys()].filter((role) => role !== facilitator);
  const isAlike = (values: readonly unknown[]) =>
    new Set(values.map((value) => JSON.stringify(value))).size === 1;
  const isOneItem = isAlike(others.map((role) => optionsOf(prompt, role)));
  const read = (role: string) => texts.read(llm, asked.get(role)!, role, { isNumbered: isRepeated });
  const heard = {
    heard: type.includes("public") || speaks ? "at once" as const : "none" as const,
    // What is private a facilitator hears whom a model plays, and nobody else.
    hears: type.includes("public") ? null : (_: Member, to: Member) => to.role === facilitator,
  };
  const isShared = isOneItem && isAlike([...asked.values()]) && !asked.has(facilitator);
  const plain = isShared ? read(others[0]!) : null;
  if (typeof plain === "string") {
    return [ask(itemsOf(prompt, others[0]!, name, plain), { to: others, name, ...heard })];
  }
  const steps = [...asked.keys()].flatMap((role): Step[] => {
    if (role === facilitator) return [say({ by: role, prompt: read(role), name: `${name}: ${role}` })];
    const item = isOneItem ? name : `${name}_${role.replace(/\W+/g, "_")}`;
    const items = itemsOf(prompt, role, item, "Your answer:");
    return [
      tell(read(role), { to: role, name: `${name}: question to ${role}` }),
      ask(items, { to: role, name: `${name}: ${role}`, ...heard }),
    ];
  });
  if (!isRepeated) return steps;
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

/** The options that a role has: a list, a range, a text, or `null`. */
function optionsOf({ cell }: PromptRow, role: string): unknown {
  const { value } = cell("response_options");
  const read = typeof value === "string" ? readLiteral(value) ?? value.trim() : value;
  const isByRole = Object(read) === read && !Array.isArray(read) && !(read instanceof Tuple);
  return isByRole ? (read as { readonly [role: string]: unknown })[role] ?? null : read;
}

/** The question that a role is asked, and how speculative the answer is where that is asked too. */
function itemsOf(prompt: PromptRow, role: string, name: string, question: string): Item[] {
  const { cell } = prompt;
  const type = cell("response_type").oneOf(["category", "integer", "free-text"]);
  const order = cell("randomize_response_order").flag() ? "shuffled" : "fixed";
  const options = optionsOf(prompt, role);
  const asked = typeof options === "string" ? `${question}\n${options}` : question;
  const [minimum = null, maximum = null] = (options instanceof Tuple ? options.values : []) as number[];
  cell("response_name").make(() => checkNoColumn("load a workbook", "response_name", name));
  const answer = cell("response_options").make((): Item =>
    Array.isArray(options)
      ? choice(name, asked, options.map(String), { order })
      : options instanceof Tuple || type === "integer"
      ? number(name, asked, { minimum, maximum, whole: true })
      : text(name, asked)
  );
  if (!cell("generate_speculation_score").flag()) return [answer];
  const speculative = "How speculative is your answer, from 0 (not at all) to 100 (entirely)?";
  return [
    answer,
    number(`${name}_speculation_score`, speculative, { minimum: 0, maximum: 100, whole: true }),
  ];
}

/** Options in words, for a text that nobody answers by choosing. */
function optionsText(options: unknown): string {
  if (options instanceof Tuple) return `a number from ${options.values.join(" to ")}`;
  return Array.isArray(options) ? options.join(", ") : String(options ?? "");
}
