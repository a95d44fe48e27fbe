import { checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { readOptions, required } from "../core/options.ts";
import { distinct, type Table } from "../core/table.ts";
import type { AuditCheck, AuditOptions, AuditRow } from "./check_table.ts";
import { auditRules, checkParts, pickOptions, tidyAudit } from "./check_table.ts";
import { type AnswerColumns, armsOf, readItem, scaleOf, whyNoNumbers } from "./item_answers.ts";
import { clusteredContrast } from "./unit_statistics.ts";

/** Two items that assert opposites: who agrees with one should disagree with the other. */
export interface OppositePair {
  /** The item that asserts something; higher answers agree more. */
  item: string;
  /** The item that asserts the opposite; higher answers agree more. */
  reversed: string;
  /**
   * The lowest and the highest answer.
   * @default those that `option_order` shows: of numbered scales, and 0 and 1 of yes and no
   */
  scale?: readonly [number, number];
}

/** Options of {@linkcode checkAcquiescence}. */
export interface CheckAcquiescenceOptions extends AuditOptions {
  /** The pairs of opposites. */
  pairs: readonly OppositePair[];
}

const action = "check acquiescence";
const rules = { ...auditRules, pairs: required<readonly OppositePair[]>(checkPairs) } as const;

/**
 * Checks whether a respondent says yes to whatever is asserted, by pairs of items that assert opposites.
 *
 * Who agrees with a statement should disagree with its opposite as much: the two answers of a reply average to the
 * middle of the scale. What they exceed it by is agreement with anything. This assumes that the statements are true
 * opposites; two that people can both agree with are not, so give several pairs, and compare with people where you can.
 *
 * @param answers one row per answer (long) or per reply (wide)
 * @param options see {@linkcode CheckAcquiescenceOptions}
 * @returns one row per pair, over all arms and in each of several arms (`arm`), and one for all pairs: `statistic` (mean
 * of the two answers less the middle, in scale points; above 0 agrees with anything, below 0 with nothing), `null_mean`
 * 0, `null_high`, `p_value`, `p_adjusted` (Holm), `conf_low`, `conf_high` (Student's t, by persona or cluster), `n`,
 * `share_both` (of replies that agree with both), `verdict`, `notes`, `reason`
 * @throws {RangeError} if an item is missing, or a scale is neither given nor shown by the table
 * @see Billiet and McClendon 2000, Structural Equation Modeling 7(4): 608-628
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { checkAcquiescence } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const trust = Array.from({ length: 40 }, (_, i) => 2 + i % 4);
 * const answers = tableOf({ trust, distrust: trust.map((answer, i) => 7 - answer + i % 2) });
 * const pairs = [{ item: "trust", reversed: "distrust", scale: [1, 5] as const }];
 * const check = checkAcquiescence(answers, { pairs });
 * assertAlmostEquals(check.get("statistic", 0), 0.75);
 * assertEquals(check.get("verdict", 0), "found");
 * ```
 */
export function checkAcquiescence(answers: Table, options: CheckAcquiescenceOptions): Table {
  return tidyAudit(acquiescenceRows(answers, options), options.alpha, { share_both: NaN });
}

/** The check as the audit makes it: over all arms. */
export const acquiescenceCheck: AuditCheck<{ pairs?: readonly OppositePair[] }> = {
  challenge: "sycophancy",
  check: "acquiescence",
  rows: (tables, options) => {
    const { pairs } = options;
    if (pairs === undefined) return "items that assert opposites: give { pairs: [{ item, reversed }] }";
    const shared = pickOptions<AuditOptions>(options, auditRules);
    return acquiescenceRows(tables.answers, { ...shared, pairs }).filter(({ arm }) => arm === "");
  },
};

type PairAnswers = ReturnType<typeof readPair>;

function acquiescenceRows(answers: Table, options: CheckAcquiescenceOptions): AuditRow[] {
  const { pairs, alpha, ...columns } = readOptions(action, options, rules);
  const read = pairs.map((pair) => readPair(answers, pair, columns));
  const usable = read.filter(({ reason }) => reason.length === 0);
  const sameScale = distinct(usable.map(({ width }) => width)).length === 1;
  const pooled = {
    name: "all pairs",
    compared: "with their opposites",
    replies: usable.flatMap(({ replies }) => replies),
    width: NaN,
    reason: [],
  };
  return [...read, ...(usable.length > 1 && sameScale ? [pooled] : [])].flatMap((pair) =>
    pairRows(pair, alpha)
  );
}

function checkPairs(action: string, name: string, pairs: unknown): void {
  if (!Array.isArray(pairs) || pairs.length === 0) {
    throw new TypeError(cannot(action, name, "list pairs such as { item, reversed, scale: [1, 5] }", pairs));
  }
  for (const [at, pair] of (pairs as OppositePair[]).entries()) {
    const path = `${name}[${at}]`;
    checkParts(action, path, pair, {
      known: ["item", "reversed", "scale"],
      example: '{ item: "good", reversed: "bad", scale: [1, 5] }',
    });
    checkText(action, `${path}.item`, pair.item);
    checkText(action, `${path}.reversed`, pair.reversed);
    const { scale } = pair;
    if (scale !== undefined && !(Array.isArray(scale) && scale.length === 2 && scale[0] < scale[1])) {
      throw new RangeError(cannot(action, `${path}.scale`, "hold the lowest and a higher answer", scale));
    }
  }
}

/** The replies that answered both items of a pair. */
function readPair(table: Table, pair: OppositePair, columns: AnswerColumns) {
  const item = readItem(action, table, pair.item, columns);
  const reversed = readItem(action, table, pair.reversed, columns);
  const scale = pair.scale ?? scaleOf(item.list);
  if (scale === null) {
    throw new RangeError(
      `Cannot ${action} as the scale of '${pair.item}' is not known: give it, for example ` +
        `{ item: "${pair.item}", reversed: "${pair.reversed}", scale: [1, 5] }`,
    );
  }
  const [low, high] = scale;
  const middle = (low + high) / 2;
  const unusable = whyNoNumbers(item.list, reversed.list);
  const opposites = new Map(reversed.list.map(({ reply, value }) => [reply, value]));
  const replies = item.list.flatMap(({ reply, value, unit, arm }) => {
    const opposite = opposites.get(reply);
    if (typeof value !== "number" || typeof opposite !== "number") return [];
    const both = value > middle && opposite > middle;
    // What the mean of the two answers exceeds the middle of the scale by.
    return [{ excess: (value + opposite) / 2 - middle, both, unit, arm }];
  });
  return {
    name: pair.item,
    compared: `with its opposite '${pair.reversed}'`,
    replies,
    width: high - low,
    reason: unusable.length === 0 && replies.length === 0 ? ["no reply answers both items"] : unusable,
  };
}

function pairRows(pair: PairAnswers, alpha: number): AuditRow[] {
  const { name: item, compared, reason } = pair;
  if (reason.length > 0) return [{ check: "acquiescence", item, compared, arm: "", reason }];
  const arms = armsOf(pair.replies);
  return ["", ...(arms.length > 1 ? arms : [])].map((arm) => {
    const replies = pair.replies.filter((reply) => arm === "" || reply.arm === arm);
    const share = replies.filter(({ both }) => both).length / replies.length;
    const found = clusteredContrast({
      outcome: replies.map(({ excess }) => excess),
      unit: replies.map(({ unit }) => unit),
      alpha,
    });
    return {
      check: "acquiescence",
      item,
      arm,
      compared: arm === "" ? compared : `${compared}, arm ${arm}`,
      measure: "agreement beyond the middle, in scale points",
      ...found,
      share_both: share,
      problem: "significant",
      notes: [`${Math.round(100 * share)}% of replies agree with both`, ...found.notes],
    };
  });
}
