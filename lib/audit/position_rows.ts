import { stream } from "../core/stream.ts";
import { distinct, type Table } from "../core/table.ts";
import { type ItemAnswers, itemsOf, missingNote, readItem, whereAnswers } from "./audit_answers.ts";
import { readAlpha, readDraws, readNames } from "./audit_options.ts";
import { type AuditRow, notChecked } from "./audit_rows.ts";
import type { CheckPositionOptions } from "./check_options.ts";
import { findDealt } from "./deal_units.ts";
import { type Draws, itemOrderRow, rowNumbers } from "./item_order_rows.ts";
import { permuteStatistics } from "./permuted_statistic.ts";
import { readSlots } from "./shown_slots.ts";
import { SlotCounter, slotHalfWidth } from "./slot_effect.ts";

/** The rows of {@linkcode checkPosition} before adjustment. */
export function positionRows(action: string, answers: Table, options: CheckPositionOptions): AuditRow[] {
  const settings = { alpha: readAlpha(action, options), ...readDraws(action, options) };
  const items = options.items === undefined ? undefined : readNames(action, "items", options.items);
  return itemsOf(action, answers, items).flatMap((item) => {
    const read = readItem(action, answers, item, options);
    return [...optionOrderRows(read, settings), itemOrderRow(read, settings)];
  });
}

function optionOrderRows(answers: ItemAnswers, settings: Draws): AuditRow[] {
  const shown = whereAnswers(answers, (at) => answers.order[at] !== null);
  const why = whyUnusable(shown);
  if (why !== null) return [notChecked({ check: "option order", item: answers.item, reason: why })];
  const last = Math.max(...shown.order.map((order) => order!.length)) - 1;
  return last === 1 ? [slotRow(shown, 0, settings)] : [0, last].map((slot) => slotRow(shown, slot, settings));
}

function whyUnusable(shown: ItemAnswers): string | null {
  if (shown.value.length === 0) {
    return "the table does not say in which order options were shown (option_order)";
  }
  if (shown.several) return "several options may be chosen at once";
  if (!readSlots(shown).varies) {
    return "options were always shown in the same order: declare the item with { order: 'shuffled' } or 'reversed'";
  }
  return distinct(shown.persona).length < 3 ? "fewer than 3 personas answered" : null;
}

function slotRow(answers: ItemAnswers, slot: number, settings: Draws): AuditRow {
  const { options, chosen } = readSlots(answers);
  // The options that stood in the slot, by order, and which order each persona was dealt.
  const inSlot = Int32Array.from(answers.order, (order) => options.indexOf(order![slot] ?? order!.at(-1)!));
  const dealt = findDealt([...inSlot], answers.persona);
  const counter = new SlotCounter(chosen, options.length);
  const place = slot === 0 ? "first slot" : "last slot";
  const [found] = permuteStatistics(
    (labels) => [counter.effect((at) => labels[dealt.unit[at]!]!)],
    {
      ...settings,
      labels: dealt.label,
      random: stream(settings.seed, "option order", answers.item, slot),
      twoSided: true,
    },
  );
  const half = slotHalfWidth({ chosen, inSlot, options: options.length }, answers.persona, settings.alpha);
  const wide = half > 0;
  return {
    check: "option order",
    item: answers.item,
    compared: `${place} v. other slots`,
    measure: "added chance of being chosen",
    ...rowNumbers(found!),
    conf_low: wide ? found!.observed - half : NaN,
    conf_high: wide ? found!.observed + half : NaN,
    n: distinct(answers.persona).length,
    problem: "significant",
    reason: [
      `${found!.told} of orders among ${dealt.name}`,
      wide ? "" : "no interval: the slot decides every answer",
      missingNote(answers),
    ].filter((part) => part !== "").join("; "),
  };
}
