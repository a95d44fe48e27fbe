import { checkOptions } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { auditDrawOptionNames, readAlpha } from "./audit_options.ts";
import { tidyAudit } from "./audit_rows.ts";
import type { CheckPositionOptions } from "./check_options.ts";
import { positionRows } from "./position_rows.ts";

const action = "check position";

/**
 * Checks whether answers depend on where an option stands in its list, and on where a question stands among others.
 *
 * Needs orders that were drawn at random: options that are `shuffled` or `reversed`, items with `itemOrder: "shuffled"`.
 * Then who saw which order is no more than a deal, and dealing the orders anew among the personas gives the exact null,
 * whatever the options mean. A slot's effect is P(chosen | shown there) − P(chosen | shown elsewhere), averaged over
 * options: 0 where only content counts, 1 where only the slot does. This assumes that whether a reply can be used does
 * not depend on the order. Differences of numbers by the place at which an item was asked are in standard deviations of
 * all its answers, which the interval takes as known. Where `answers` show the options of an item in one order, a second
 * run (`reversed`) can stand in: by itself where its orders vary, else both runs together, each persona's two orders
 * changing places; that assumes that the runs differ in nothing but the order.
 *
 * @param answers the long answers table, with `option_order` and `item_position`
 * @param options see {@linkcode CheckPositionOptions}
 * @returns one row per item for the `first slot` and, of three options or more, the `last slot` (check `option order`),
 * and one per item for the place at which it was asked (check `item order`): `statistic`, its null, `p_value`
 * (permutation, two-sided), `p_adjusted` (Holm), `conf_low`, `conf_high` (Student's t, by persona), `verdict`, `reason`
 * @throws {RangeError} if an item is not in the table
 * @see Pezeshkpour and Hruschka 2024, Findings of NAACL, 2006-2017; Good 2005, Permutation Tests
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checkPosition } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 90 }, (_, i) => i);
 * const orders = people.map((i) => i % 3 === 0 ? ["tv", "web"] : ["web", "tv"]);
 * const answers = tableOf({
 *   persona_id: people,
 *   item: people.map(() => "news"),
 *   value: people.map((i) => orders[i]![i % 5 === 0 ? 1 : 0]),
 *   option_order: orders.map((order) => JSON.stringify(order)),
 * });
 * const check = checkPosition(answers);
 * assertEquals(check.array("verdict"), ["problem found", "not checked"]);
 * ```
 */
export function checkPosition(answers: Table, options: CheckPositionOptions = {}): Table {
  checkOptions(action, options, ["items", "reversed", ...auditDrawOptionNames]);
  return tidyAudit(positionRows(action, answers, options), readAlpha(action, options));
}
