import { checkOptions } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { auditDrawOptionNames, readAlpha } from "./audit_options.ts";
import { tidyAudit } from "./audit_rows.ts";
import type { CheckScalesOptions } from "./check_options.ts";
import { scaleRows } from "./scale_rows.ts";

const action = "check scales";

/**
 * Checks whether scales hold together as they do among people: reliability, loadings, and reverse-keyed items.
 *
 * Answers can have the right means and come from no one: items of a scale that do not go together, that go together too
 * well, or a reverse-keyed item that is answered like the others. Alpha and omega (one factor) are compared with
 * people's, loadings by Tucker's congruence, from replies that answer all items of a scale. Standard errors are from
 * bootstrap samples of personas, on the scale of ln(1 − reliability). Reverse-keyed items need no people: among the
 * attentive they correlate negatively with the others, and a correlation that is not shown to be negative is a problem.
 *
 * @param answers one row per answer (long) or per reply (wide)
 * @param options see {@linkcode CheckScalesOptions}
 * @returns up to four rows per scale: `alpha` and `omega` (`statistic`: with people ln((1 − theirs) / (1 − the
 * respondent's)), above 0 more reliable than people; without, the coefficient itself, described only), `loadings`
 * (congruence with people's, judged by the threshold), `reverse-keyed` (correlation of reverse-keyed with other items);
 * `value` and `value_human` (the coefficients), `p_value`, `p_adjusted` (Holm), `conf_low`, `conf_high`, `verdict`,
 * `reason`
 * @throws {RangeError} if an item is missing or an item reversed is none of the scale's
 * @see Cronbach 1951; McDonald 1999; Lorenzo-Seva and ten Berge 2006, Methodology 2: 57-64 (congruence)
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checkScales } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 100 }, (_, i) => i % 5);
 * const answers = tableOf({ calm: people, relaxed: people.map((x, i) => x + i % 2), tense: people.map((x) => x + 1) });
 * const scales = { ease: { items: ["calm", "relaxed", "tense"], reversed: ["tense"] } };
 * const check = checkScales(answers, { scales, draws: 200 });
 * assertEquals(check.array("verdict"), ["not checked", "not checked", "problem found"]);
 * ```
 */
export function checkScales(answers: Table, options: CheckScalesOptions): Table {
  checkOptions(action, options, ["scales", "human", "congruence", ...auditDrawOptionNames]);
  const rows = scaleRows(action, answers, options);
  return tidyAudit(rows, readAlpha(action, options), ["value", "value_human"]);
}
