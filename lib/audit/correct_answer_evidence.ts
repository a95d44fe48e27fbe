import { normalQuantile } from "../stats/distributions.ts";
import { wilson } from "../stats/intervals.ts";
import { distinct } from "../core/table.ts";
import type { ItemAnswers } from "./audit_answers.ts";
import { clusteredShare, type ShareEstimate } from "./clustered_share.ts";
import { optionOf, readSlots } from "./shown_slots.ts";

/** What one item's answers agree on. */
export interface Agreement {
  /** The option chosen most often, and its share. */
  readonly option: string;
  readonly content: ShareEstimate;
  /** The slot chosen most often, from 0 (-1 unknown), and its share. */
  readonly slot: number;
  readonly position: ShareEstimate;
  /** Entropy of the answers over that of equally likely options, 0 to 1. */
  readonly entropy: number;
  /** The number of options. */
  readonly options: number;
}

/** What keeps winning where option and slot part: the meaning, the slot, or it cannot be told. */
export type Winner = "content" | "position" | "unclear";

/** Finds the option and the slot that are chosen most often. */
export function findAgreement(answers: ItemAnswers, alpha: number): Agreement {
  const { options, chosen, slot } = readSlots(answers);
  const counts = countOf(chosen, options.length);
  const [option, best] = [largest(counts), largest(countOf(slot, options.length))];
  const share = (hits: boolean[]) => clusteredShare(hits, answers.unit, alpha);
  const known = slot.some((place) => place >= 0);
  return {
    option: options[option]!,
    content: share(Array.from(chosen, (place) => place === option)),
    slot: known ? best : -1,
    position: share(Array.from(slot, (place) => known && place === best)),
    entropy: entropyOf(counts) / Math.log(Math.max(2, options.length)),
    options: options.length,
  };
}

/**
 * Tells whether the option or the slot wins, from all answers whose option did not stand in the winning slot: one
 * interval of the share of the option among those that follow either.
 */
export function findWinner(
  tables: readonly ItemAnswers[],
  { option, slot }: Pick<Agreement, "option" | "slot">,
  alpha: number,
): { winner: Winner; told: string } {
  const followed = new Map<string, boolean[]>();
  for (const answers of tables) {
    answers.value.forEach((value, at) => {
      const order = answers.order[at];
      if (order === null || order === undefined || order[slot] === option || !order.includes(option)) return;
      const chosen = optionOf(value, order);
      if (chosen !== option && chosen !== order[slot]) return;
      const unit = answers.unit[at]!;
      followed.set(unit, [...(followed.get(unit) ?? []), chosen === option]);
    });
  }
  // A unit counts once, by its majority: its replicates are no further evidence.
  const hits = [...followed.values()].map((list) => list.filter(Boolean).length / list.length);
  const content = hits.reduce((sum, hit) => sum + hit, 0);
  if (hits.length === 0) return { winner: "unclear", told: whyUnclear(tables) };
  const [share, low, high] = wilson([content, hits.length], normalQuantile(1 - alpha / 2));
  const winner = low > 0.5 ? "content" : high < 0.5 ? "position" : "unclear";
  return {
    winner,
    told: `where option and slot part, ${percent(share)} of ${hits.length} units follow the option`,
  };
}

function whyUnclear(tables: readonly ItemAnswers[]): string {
  const known = tables.some((answers) => answers.order.some((order) => order !== null));
  return known
    ? "the option always stood in the same slot: give a run with { reversed } options to tell content from position"
    : "the tables do not say in which order options were shown (column option_order)";
}

/** The share of an option among the answers of another run. */
export function shareOfOption(answers: ItemAnswers, option: string, alpha: number): ShareEstimate {
  const hits = answers.value.map((value, at) => optionOf(value, answers.order[at]!) === option);
  return clusteredShare(hits, answers.unit, alpha);
}

/** The number of options that answers of several runs chose or were shown. */
export function countOptions(tables: readonly ItemAnswers[]): number {
  return distinct(tables.flatMap((answers) => readSlots(answers).options)).length;
}

/** A share in whole percent. */
export function percent(share: number): string {
  return `${Math.round(100 * share)}%`;
}

function countOf(places: Int32Array, length: number): number[] {
  const counts = new Array<number>(length).fill(0);
  for (const place of places) if (place >= 0) counts[place] = (counts[place] ?? 0) + 1;
  return counts;
}

function largest(counts: readonly number[]): number {
  return counts.indexOf(Math.max(...counts));
}

/** Shannon's entropy of counts, in nats. */
function entropyOf(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count) => count === 0 ? sum : sum - count / total * Math.log(count / total), 0);
}
