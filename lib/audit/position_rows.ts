import { stream } from "../core/stream.ts";
import { checkColumns } from "../core/checks.ts";
import { distinct, type Table } from "../core/table.ts";
import { type ItemAnswers, itemsOf, missingNote, readItem, whereAnswers } from "./audit_answers.ts";
import { readAlpha, readDraws, readNames } from "./audit_options.ts";
import { type AuditRow, notChecked } from "./audit_rows.ts";
import type { CheckPositionOptions } from "./check_options.ts";
import { findDealt } from "./deal_units.ts";
import { type Draws, itemOrderRow, rowNumbers } from "./item_order_rows.ts";
import { permuteStatistics } from "./permuted_statistic.ts";
import { type Runs, stackRuns } from "./second_run.ts";
import { readSlots } from "./shown_slots.ts";
import { SlotCounter, slotHalfWidth } from "./slot_effect.ts";

/** The rows of {@linkcode checkPosition} before adjustment. */
export function positionRows(action: string, answers: Table, options: CheckPositionOptions): AuditRow[] {
  const settings = { alpha: readAlpha(action, options), ...readDraws(action, options) };
  if (options.reversed !== undefined) checkColumns(action, options.reversed, [], "reversed");
  const items = options.items === undefined ? undefined : readNames(action, "items", options.items);
  return itemsOf(action, answers, items).flatMap((item) => {
    const read = readItem(action, answers, item, options);
    const second = options.reversed === undefined ? null : readItem(action, options.reversed, item, options);
    return [...optionOrderRows(read, second, settings), itemOrderRow(read, settings)];
  });
}

function optionOrderRows(answers: ItemAnswers, second: ItemAnswers | null, settings: Draws): AuditRow[] {
  const runs = chooseRuns(withOrder(answers), second === null ? null : withOrder(second));
  const why = whyUnusable(runs.answers, second !== null);
  if (why !== null) return [notChecked({ check: "option order", item: answers.item, reason: why })];
  const last = Math.max(...runs.answers.order.map((order) => order!.length)) - 1;
  return (last === 1 ? [0] : [0, last]).map((slot) => slotRow(runs, slot, settings));
}

function withOrder(answers: ItemAnswers): ItemAnswers {
  return whereAnswers(answers, (at) => answers.order[at] !== null);
}

/** The first run where its orders vary, else the second where its do, else both. */
function chooseRuns(first: ItemAnswers, second: ItemAnswers | null): Runs {
  const varies = (answers: ItemAnswers) => readSlots(answers).varies;
  if (second === null || varies(first)) return { answers: first, groups: null, note: "" };
  if (varies(second)) return { answers: second, groups: null, note: "orders vary in the second run alone" };
  return stackRuns(first, second);
}

function whyUnusable(shown: ItemAnswers, twice: boolean): string | null {
  if (shown.value.length === 0) {
    return "the table does not say in which order options were shown (option_order)";
  }
  if (shown.several) return "several options may be chosen at once";
  if (!readSlots(shown).varies) {
    if (twice) return "options were shown in the same order in both runs";
    return "options were always shown in the same order: declare the item with { order: 'shuffled' } or 'reversed'";
  }
  return distinct(shown.persona).length < 3 ? "fewer than 3 personas answered" : null;
}

function slotRow({ answers, groups, note }: Runs, slot: number, settings: Draws): AuditRow {
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
      // Units that are personas have one order each, and are dealt among each other.
      ...(groups === null || dealt.name === "personas" ? {} : { groups }),
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
      `${found!.told} of orders ${groups === null ? `among ${dealt.name}` : "within personas"}`,
      note,
      wide ? "" : "no interval: the slot decides every answer",
      missingNote(answers),
    ].filter((part) => part !== "").join("; "),
  };
}
