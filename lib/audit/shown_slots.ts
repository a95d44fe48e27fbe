import type { ItemAnswers } from "./audit_answers.ts";

/** The option that an answer stands for: its own text, or yes and no for 1 and 0. */
export function optionOf(value: number | string, order: readonly string[] | null): string {
  const text = String(value);
  if (order === null || order.includes(text)) return text;
  if (value === 1 && order.includes("yes")) return "yes";
  if (value === 0 && order.includes("no")) return "no";
  return text;
}

/** What was chosen and where it stood. */
export interface SlotAnswers {
  /** All options, those chosen and those shown, in the order of the first list shown. */
  readonly options: readonly string[];
  /** The option chosen, as its place in `options`. */
  readonly chosen: Int32Array;
  /** The slot in which it stood, from 0; -1 where the table does not say. */
  readonly slot: Int32Array;
  /** Whether options were shown in more than one order. */
  readonly varies: boolean;
}

/** Reads the option and the slot of every answer. */
export function readSlots(answers: ItemAnswers): SlotAnswers {
  const options: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (option: string): number => {
    if (!places.has(option)) places.set(option, options.push(option) - 1);
    return places.get(option)!;
  };
  for (const order of new Set(answers.order)) order?.forEach(placeOf);
  const chosen = new Int32Array(answers.value.length);
  const slot = new Int32Array(answers.value.length);
  answers.value.forEach((value, at) => {
    const option = optionOf(value, answers.order[at]!);
    chosen[at] = placeOf(option);
    slot[at] = answers.order[at]?.indexOf(option) ?? -1;
  });
  const orders = new Set(answers.order.map((order) => JSON.stringify(order)));
  return { options, chosen, slot, varies: orders.size > 1 };
}

/** The ends of an item's scale as shown: of its numbers, or 0 and 1 for yes and no; `null` where it has none. */
export function scaleOf(answers: ItemAnswers): readonly [number, number] | null {
  const order = answers.order.find((shown) => shown !== null);
  if (order === undefined || order === null) return null;
  if (order.length === 2 && order.includes("yes") && order.includes("no")) return [0, 1];
  const numbers = order.map(Number);
  return numbers.every(Number.isFinite) ? [Math.min(...numbers), Math.max(...numbers)] : null;
}
