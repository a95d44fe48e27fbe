import { checkLevel } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { type ItemAnswers, itemsOf, missingNote, readItem } from "./audit_answers.ts";
import { readAlpha, readNames } from "./audit_options.ts";
import { type AuditRow, notChecked, tooFewUnits } from "./audit_rows.ts";
import type { CheckCorrectAnswersOptions } from "./check_options.ts";
import {
  type Agreement,
  countOptions,
  findAgreement,
  findWinner,
  percent,
  shareOfOption,
} from "./correct_answer_evidence.ts";

/** The rows of {@linkcode checkCorrectAnswers} before adjustment. */
export function correctAnswerRows(
  action: string,
  answers: Table,
  options: CheckCorrectAnswersOptions,
): AuditRow[] {
  const alpha = readAlpha(action, options);
  const { threshold = 0.99, reversed, changed } = options;
  checkLevel(action, "threshold", threshold);
  const items = options.items === undefined ? undefined : readNames(action, "items", options.items);
  return itemsOf(action, answers, items).map((item) => {
    const read = (table: Table) => readItem(action, table, item, options);
    return itemRow(read(answers), {
      reversed: reversed === undefined ? null : read(reversed),
      changed: changed === undefined ? null : read(changed),
      threshold,
      alpha,
    });
  });
}

interface Runs {
  readonly reversed: ItemAnswers | null;
  readonly changed: ItemAnswers | null;
  readonly threshold: number;
  readonly alpha: number;
}

function itemRow(answers: ItemAnswers, runs: Runs): AuditRow {
  const { threshold, alpha } = runs;
  const { item } = answers;
  if (answers.value.length === 0) {
    return notChecked({ check: "correct answer", item, reason: "no answer has a value" });
  }
  const found = findAgreement(answers, alpha);
  const bySlot = found.slot >= 0 && found.position.share > found.content.share;
  const { share, low, high, units } = bySlot ? found.position : found.content;
  const others = [runs.reversed, runs.changed].filter((run) => run !== null);
  const few = tooFewUnits(units, "personas");
  const flagged = few === "" && share >= threshold;
  const winner = flagged ? classify(answers, found, runs, bySlot) : { wins: "", told: [] };
  const shareIn = (run: ItemAnswers | null) =>
    run === null || run.value.length === 0 ? NaN : shareOfOption(run, found.option, alpha).share;
  return {
    check: "correct answer",
    item,
    compared: bySlot ? `slot ${found.slot + 1}` : `"${shorten(found.option)}"`,
    measure: bySlot ? "share of the slot chosen most" : "share of the option chosen most",
    statistic: share,
    null_mean: 1 / Math.max(2, countOptions([answers, ...others])),
    null_high: threshold,
    p_value: NaN,
    conf_low: low,
    conf_high: high,
    n: units,
    option: found.option,
    entropy: found.entropy,
    wins: winner.wins,
    share_reversed: shareIn(runs.reversed),
    share_changed: shareIn(runs.changed),
    problem: few === "" ? flagged : null,
    reason: [few, ...winner.told, missingNote(answers)].filter((part) => part !== "").join("; "),
  };
}

/** What wins: the slot or the meaning; or who was asked, where other personas answer otherwise. */
function classify(
  answers: ItemAnswers,
  found: Agreement,
  { reversed, changed, threshold, alpha }: Runs,
  bySlot: boolean,
): { wins: string; told: string[] } {
  const evidence = reversed === null ? [answers] : [answers, reversed];
  const { winner, told } = findWinner(evidence, found, alpha);
  if (changed === null || changed.value.length === 0 || bySlot || winner === "position") {
    return { wins: winner, told: [told] };
  }
  const { share, high } = shareOfOption(changed, found.option, alpha);
  const note = `other personas choose it in ${percent(share)} of answers`;
  return { wins: high < threshold ? "persona" : winner, told: [told, note] };
}

/** An option in a few characters: numbers of many digits and long sentences are cut. */
function shorten(option: string): string {
  const number = Number(option);
  if (option !== "" && Number.isFinite(number)) return String(Number(number.toPrecision(4)));
  return option.length > 40 ? `${option.slice(0, 39)}…` : option;
}
