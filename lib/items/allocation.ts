import { cannot, showValue } from "../core/errors.ts";
import type { ItemKind, ItemOf, JsonSchema, NothingRead, Reading } from "../core/item.ts";
import { flag, readOptions, rule } from "../core/options.ts";
import { objectSchema, parseJson } from "./json.ts";
import { readNumber } from "./number.ts";
import { type ChoiceOptions, choiceRules, listOptions, listQuestion } from "./option_list.ts";
import { readLines, readOption, spellOptions } from "./option_list.ts";
import { normalizeText } from "./words.ts";

/** Options of {@linkcode allocation}. */
export interface AllocationOptions extends ChoiceOptions {
  /**
   * What the amounts add up to.
   * @default {100}
   */
  total?: number;
  /**
   * Whether only whole amounts are allowed. Others may miss the total by a thousandth of it: 33.3, 33.3 and 33.3 are 100.
   * @default {true}
   */
  whole?: boolean;
}

/** A sum shared out among several options. */
export type AllocationItem = ItemOf<"allocation", AllocationOptions> & {
  readonly options: readonly string[];
};

const action = "make an allocation item";

/**
 * Makes a question that is answered by sharing out a sum among options; its answers are objects with an amount for
 * each option. Amounts that add up to anything else are no answer: they are never rescaled.
 *
 * Estimators take one option as `category`: the outcome is then the amount that it was given. A simulated world shares
 * out a sum from an item of the kind `choice`: in up to 20 parts, each of which goes to an option by its probability,
 * so that the true mean amount is the true share of the choice times the total.
 *
 * @param name the item's name, a column and a JSON property
 * @param text the question, which says what is shared out
 * @param answers the options, at least two, all different
 * @param options the total, whether amounts are whole, and the options' order
 * @returns the item, frozen
 * @throws {RangeError} if the name, the options or the total are not allowed
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { allocation, parseAnswer } from "@understudy/understudy/items";
 *
 * const item = allocation("budget", "Share out 100 coins.", ["schools", "roads", "parks"], { total: 100 });
 * assertEquals(parseAnswer(item, "schools: 60, roads: 40").value, { schools: 60, roads: 40, parks: 0 });
 * assertEquals(parseAnswer(item, { schools: 60, roads: 30 }).reason, "the amounts add up to 90, not to 100");
 * ```
 */
export function allocation(
  name: string,
  text: string,
  answers: readonly string[],
  options: AllocationOptions = {},
): AllocationItem {
  const question = listQuestion(action, name, text, answers);
  const read = readOptions(action, options, rules);
  if (read.whole && !Number.isSafeInteger(read.total)) {
    throw new RangeError(cannot(action, "total", "be whole where amounts are", read.total));
  }
  return Object.freeze({ kind: "allocation", ...question, ...read });
}

const rules = {
  ...choiceRules,
  total: rule<number, number>((action, name, value) => {
    if (typeof value === "number" && value > 0 && Number.isFinite(value)) return;
    throw new RangeError(cannot(action, name, "be a finite number above 0", value));
  }, 100),
  whole: flag(true),
};

/** What an allocation item does. */
export const allocationKind: ItemKind<AllocationItem> = {
  kind: "allocation",
  describe({ total, whole }, shown) {
    const asked = `an object that gives each option a ${whole ? "whole " : ""}number from 0`;
    return `${listOptions(shown)}\nAnswer with ${asked}; together they are ${total}.`;
  },
  schema: ({ total, whole }, shown) => amountsSchema(shown, whole ? "integer" : "number", total),
  read(item, raw, shown) {
    // Of decimals a little more than a thousandth, as their sums round.
    const allowed = item.whole ? 0 : item.total * 1.000_001e-3;
    return readAmounts(raw, { ...item, allowed }, shown);
  },
  uncountable: "amounts make too many categories",
  bracket: "{",
};

/** The schema of an object with an amount for each option. */
export function amountsSchema(
  options: readonly string[],
  type: "integer" | "number",
  maximum: number,
): JsonSchema {
  return objectSchema(options.map((option) => [option, { type, minimum: 0, maximum }]));
}

/** Each option as it is written, with its amount. */
type Parts = readonly (readonly [option: string, amount: unknown])[];

/** The options and amounts of an object, or of a text: a line each, or with commas between. */
function readParts(raw: unknown): Parts | NothingRead {
  const given = typeof raw === "string" && raw.trim().startsWith("{") ? parseJson(raw) ?? raw : raw;
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return Object.entries(given);
  if (typeof given !== "string") return { reason: `${showValue(raw)} gives no option an amount` };
  const lines = readLines(given).flatMap((line) => line.split(/[,;] /));
  const parts: [string, string][] = [];
  for (const line of lines) {
    const [, option, amount] = /^(.{1,500}?)(?: ?[:=\u2013\u2014-] ?| \(| )([+-]?[\d.,]{1,30} ?%?)\)?$/.exec(
      normalizeText(line),
    ) ?? [];
    if (option === undefined) return { reason: `${showValue(line)} gives no option an amount` };
    parts.push([option, amount!]);
  }
  return parts;
}

/** What is shared out, among which options, and by how much the amounts may miss it. */
export interface SharedAmounts extends Pick<AllocationItem, "options" | "total" | "whole"> {
  /** In units of the total. */
  readonly allowed: number;
}

/** Reads amounts by option that together are a total. */
export function readAmounts(raw: unknown, shared: SharedAmounts, shown: readonly string[]): Reading {
  const parts = readParts(raw);
  return "reason" in parts ? parts : shareOut(shared, parts, shown);
}

/** Reads the amounts; an option without one has none where the others have all. */
function shareOut({ options, total, whole, allowed }: SharedAmounts, parts: Parts, shown: readonly string[]) {
  const spelled = spellOptions(options, shown);
  const amounts = new Map<string, number>();
  for (const [written, given] of parts) {
    const option = readOption(written, spelled);
    if ("reason" in option) return option;
    const name = option.value as string;
    if (amounts.has(name)) return { reason: `'${name}' is given an amount twice` };
    const amount = readAmount(given, total);
    if (amount === undefined || amount < 0) return { reason: `${showValue(given)} is no amount from 0` };
    if (whole && !Number.isInteger(amount)) return { reason: `${amount} is not a whole number` };
    amounts.set(name, amount);
  }
  const sum = [...amounts.values()].reduce((all, amount) => all + amount, 0);
  if (!(Math.abs(sum - total) <= allowed)) {
    return { reason: `the amounts add up to ${Number(sum.toPrecision(12))}, not to ${total}` };
  }
  return { value: Object.fromEntries(options.map((option) => [option, amounts.get(option) ?? 0])) };
}

/** An amount as a number or its text; of 100 it may be a percentage. */
function readAmount(given: unknown, total: number): number | undefined {
  if (typeof given === "number") return Number.isFinite(given) ? given + 0 : undefined;
  if (typeof given !== "string") return undefined;
  const text = normalizeText(given);
  return readNumber(total === 100 ? text.replace(/ ?%$/, "") : text);
}
