import type { Item } from "../../core/item.ts";
import type { AskStep, Step, StepText } from "../../core/protocol.ts";
import { choice } from "../../items/choice.ts";
import { number } from "../../items/number.ts";
import { text } from "../../items/text.ts";
import { yesNo } from "../../items/yes_no.ts";
import { ask, tell } from "../../protocols/steps.ts";
import type { PlacedCell } from "./sheet_rows.ts";
import { Tuple } from "../literals.ts";

/** A question of a workbook. */
interface Question {
  readonly name: string;
  readonly type: string;
  /** The cell with its options. */
  readonly cell: PlacedCell;
  /** The options: a list; a range, as a tuple or as whole numbers in a row; or what is no list. */
  readonly options: unknown;
  /** What stands below the question's text. */
  readonly below: string;
  readonly isShuffled: boolean;
  /** The highest score of how speculative the answer is, where that is asked; else 0. */
  readonly speculation: number;
}

/** The items of a question. */
function itemsOf(
  { name, type, cell, options, below, isShuffled, speculation }: Question,
  asked = "",
): Item[] {
  const wording = [asked, below].filter((part) => part !== "").join("\n") || "Your answer:";
  const held: unknown = options instanceof Tuple ? options.values : options;
  const list: unknown[] = Array.isArray(held) ? held : [];
  const numbers = list.map(Number);
  const isRange = options instanceof Tuple || numbers.every((one, at) => one === numbers[0]! + at);
  const limits = numbers.length > 1 ? { minimum: numbers[0]!, maximum: numbers.at(-1)! } : {};
  const isNumeric = ["integer", "float"].includes(type);
  // Numbers in a text that says nothing else are a range in words of its own, which would be lost.
  const isUnread = typeof options === "string"
    ? /\d/.test(options) &&
      (options.match(/\p{L}+/gu) ?? []).every((word) => /^(range|from|between|to|and)$/i.test(word))
    : list.length === 0
    ? (held ?? null) !== null && !Array.isArray(held)
    : list.length === 1 || numbers.some(Number.isNaN);
  if (isNumeric && isUnread) throw cell.fault("be a range such as (1, 7), or a list such as [1, 3, 5]");
  if (type === "category" && list.length === 0) throw cell.fault("list the answers of a category");
  const answer = cell.make((): Item => {
    if (type === "boolean") return yesNo(name, wording);
    if (isNumeric && isRange) {
      return number(name, wording, { whole: type === "integer", ...limits });
    }
    if (type === "text" || list.length === 0) return text(name, wording);
    return choice(name, wording, list.map(String), { order: isShuffled ? "shuffled" : "fixed" });
  });
  if (speculation === 0) return [answer];
  // Questions of a call may stand in any order.
  const scale =
    `How much of your answer to "${name}" is speculation, from 0 (nothing) to ${speculation} (all of it)?`;
  return [
    answer,
    number(`${name}_speculation_score`, scale, { minimum: 0, maximum: speculation, whole: speculation > 1 }),
  ];
}

/** The steps of a question: what is not the same for all who are asked is told, and then asked. */
export function questionSteps(
  question: Question,
  text: StepText,
  { name, to, when, heard, hears }: Pick<AskStep, "name" | "to" | "when" | "heard" | "hears">,
): Step[] {
  const how = { name, to, when, heard, hears, as: "together" } as const;
  if (typeof text === "string") return [ask(itemsOf(question, text), how)];
  return [tell(text, { to, when, name: `${name}, told` }), ask(itemsOf(question), how)];
}
