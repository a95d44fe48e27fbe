import { checkOptions } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { auditOptionNames, readAlpha } from "./audit_options.ts";
import { tidyAudit } from "./audit_rows.ts";
import type { CheckCorrectAnswersOptions } from "./check_options.ts";
import { correctAnswerRows } from "./correct_answer_rows.ts";

const action = "check for correct answers";
const known = ["items", "threshold", "reversed", "changed", ...auditOptionNames];
const extra = ["option", "entropy", "wins", "share_reversed", "share_changed"];

/**
 * Checks whether a respondent gives (nearly) everybody's answer alike, as if a survey question had one correct answer.
 *
 * People differ; a model that has learnt the "right" answer does not. An item is flagged where one option, or one slot
 * of the list, has at least the `threshold` of all answers. What wins, the meaning or the slot, shows where options are
 * shown in several orders: within this run, or in a second one with the options `reversed`. With the answers of other
 * personas (`changed`) an item whose answer then varies is put down to who was asked. An item that has a correct
 * answer, such as a comprehension check, is rightly flagged: judge by the question.
 *
 * The interval is of the share of the answer that came out most often; chosen after the fact, it is a little too high
 * where several answers are about as common. Personas count once however often they replied; fewer than five are not
 * checked, as they agree by chance.
 *
 * @param answers one row per answer (long) or per reply (wide, with `items`)
 * @param options see {@linkcode CheckCorrectAnswersOptions}
 * @returns one row per item: `statistic` (share of the winning option or slot), `null_mean` (one over the number of
 * options), `null_high` (the threshold), `conf_low`, `conf_high` (Wilson, effective sample size), `option`, `entropy`
 * (of the answers, 0 one answer to 1 all alike), `wins` (`content`, `position`, `persona`, `unclear`; empty where not
 * flagged), `share_reversed`, `share_changed` (of the same option in these runs), `verdict`, `reason`; there is no
 * p-value: the threshold decides
 * @throws {RangeError} if an item is not in a table, or `threshold` is not between 0 and 1
 * @see Park, Schoenegger and Zhu 2024, Behavior Research Methods 56: 5754-5770; Wilson 1927
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checkCorrectAnswers } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 60 }, (_, i) => i);
 * const orders = people.map((i) => JSON.stringify(i % 2 ? ["save", "spend"] : ["spend", "save"]));
 * const answers = tableOf({
 *   persona_id: people,
 *   item: people.map(() => "windfall"),
 *   value: people.map(() => "save"),
 *   option_order: orders,
 * });
 * const check = checkCorrectAnswers(answers);
 * assertEquals([check.get("verdict", 0), check.get("wins", 0)], ["problem found", "content"]);
 * ```
 */
export function checkCorrectAnswers(answers: Table, options: CheckCorrectAnswersOptions = {}): Table {
  checkOptions(action, options, known);
  return tidyAudit(correctAnswerRows(action, answers, options), readAlpha(action, options), extra);
}
