import { checkOneOf, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { readOptions, required, rule } from "../core/options.ts";
import type { Table } from "../core/table.ts";
import { normalCdf, normalQuantile } from "../stats/distributions.ts";
import type { AuditCheck, AuditDrawOptions, AuditRow } from "./check_table.ts";
import { auditDrawRules, checkParts, itemNames, pickOptions, tidyAudit } from "./check_table.ts";
import { armsOf, type ItemAnswers, numbersOf, readItem, unitsOf, whyNoNumbers } from "./item_answers.ts";
import { clusteredContrast, type Draws, type UnitContrast } from "./unit_statistics.ts";

/** An effect that was published: of an original study, or of its replication. */
export interface PublishedEffect {
  /** The effect, in units of the outcome. */
  estimate: number;
  /**
   * Its standard error.
   * @default {0} taken as known
   */
  stdError?: number;
}

/** Options of {@linkcode checkGeneralisation}. */
export interface CheckGeneralisationOptions extends AuditDrawOptions {
  /** The item whose answers are the outcome; they must be numbers. */
  outcome: string;
  /** The arm with the stimulus that the respondent may have met in its training. */
  known: string;
  /** The arm that effects are compared with. */
  reference: string;
  /**
   * Arms with stimuli that mean the same in words that were never published.
   * @default {[]}
   */
  unpublished?: string | readonly string[];
  /** The effect that the original study published. */
  original?: PublishedEffect;
  /** The effect that a later replication found, which the respondent should be nearer to. */
  replication?: PublishedEffect;
}

const action = "check generalisation";
const published = rule<PublishedEffect, undefined>(checkPublished, undefined);
const rules = {
  ...auditDrawRules,
  outcome: required<string>(checkText),
  known: required<string>(checkText),
  reference: required<string>(checkText),
  unpublished: itemNames,
  original: published,
  replication: published,
} as const;

/**
 * Checks whether an effect is recalled rather than produced: by paraphrases of a known stimulus, and by whether it is
 * nearer to a famous original effect than to what its replication found.
 *
 * A respondent that understands reacts to a paraphrase as to the published words; one that has read the paper reacts to
 * the words. And where a replication contradicts the original, a respondent nearer to the original repeats the
 * literature. This assumes that the paraphrases mean the same, and that people today are those of the replication.
 *
 * @param answers one row per answer (long) or per reply (wide), with the arm
 * @param options see {@linkcode CheckGeneralisationOptions}
 * @returns a row per unpublished stimulus (`statistic`: effect of the known one less its effect, in units of the
 * outcome, `null_mean` 0) and, with both published effects, one `memorised effect` (`statistic`: 0 where the effect is
 * the replication's, 1 the original's; `null_mean` one half; found where it is shown to be nearer to the original); a
 * row that cannot tell where one of these was not given; `null_high`, `p_value`, `p_adjusted` (Holm), `conf_low`,
 * `conf_high` (Student's t), `n`, `verdict`, `notes`, `reason`
 * @throws {RangeError} if an arm or the outcome is missing, or the two published effects are equal
 * @see Klein et al. 2018, AMPPS 1(4): 443-490 (replications); Anthis et al. 2025, ICML, arXiv 2504.02234
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { checkGeneralisation } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 120 }, (_, i) => i);
 * const answers = tableOf({
 *   arm: people.map((i) => ["control", "published", "paraphrase"][i % 3]!),
 *   estimate: people.map((i) => (i % 3 === 1 ? 10 : 0) + i % 4),
 * });
 * const check = checkGeneralisation(answers, {
 *   outcome: "estimate", known: "published", reference: "control", unpublished: "paraphrase",
 *   original: { estimate: 9 }, replication: { estimate: 1 },
 * });
 * assertAlmostEquals(check.get("statistic", 0), 10);
 * assertEquals(check.array("verdict"), ["found", "found"]);
 * ```
 */
export function checkGeneralisation(answers: Table, options: CheckGeneralisationOptions): Table {
  return tidyAudit(generalisationRows(answers, options), options.alpha);
}

/** The stimuli and effects of {@linkcode checkGeneralisation}, as the audit takes them. */
export type GeneralisationStimuli = Omit<CheckGeneralisationOptions, keyof AuditDrawOptions>;

export const generalisationCheck: AuditCheck<{ generalisation?: GeneralisationStimuli }> = {
  challenge: "generalisation",
  check: "unpublished stimulus",
  rows: (tables, options) => {
    const { generalisation } = options;
    if (generalisation === undefined) {
      return "arms with a known and with unpublished stimuli: give " +
        "{ generalisation: { outcome, known, reference, unpublished, original, replication } }";
    }
    const shared = pickOptions<AuditDrawOptions>(options, auditDrawRules);
    return generalisationRows(tables.stimuli ?? tables.answers, { ...shared, ...generalisation });
  },
};

function generalisationRows(answers: Table, options: CheckGeneralisationOptions): AuditRow[] {
  const { known, unpublished, original, replication, ...settings } = readOptions(action, options, rules);
  const { outcome, reference } = settings;
  const read = readItem(action, answers, outcome, settings);
  const others = [unpublished ?? []].flat();
  const arms = armsOf(read.list);
  checkOneOf(action, "known", known, arms);
  checkOneOf(action, "reference", reference, arms);
  for (const arm of others) checkOneOf(action, "unpublished", arm, arms);
  const unusable = whyNoNumbers(read.list);
  if (unusable.length > 0) return [{ check: "unpublished stimulus", item: outcome, reason: unusable }];
  const rows = others.map((arm): AuditRow => ({
    check: "unpublished stimulus",
    item: outcome,
    arm,
    compared: `${known} v. ${arm}`,
    measure: "difference of effects, in units of the outcome",
    // The reference arm cancels: what is left is the difference of the two stimuli.
    ...compareStimuli(read, known, arm, settings),
    problem: "significant",
  }));
  if (original !== undefined && replication !== undefined) {
    const found = compareStimuli(read, known, reference, settings);
    rows.push(memorisedRow(outcome, found, { original, replication, alpha: settings.alpha }));
  }
  // What was not given stands last, so that no check is missed in silence.
  if (unpublished === undefined) {
    const reason =
      "needs an arm with a stimulus of the same meaning that was never published: give { unpublished }";
    rows.push({ check: "unpublished stimulus", item: outcome, reason: [reason] });
  }
  const missing = Object.entries({ original, replication }).filter(([, effect]) => effect === undefined);
  if (missing.length > 0) {
    const give = missing.map(([name]) => `${name}: { estimate, stdError }`).join(", ");
    const reason = `needs the effect of an original study and that of its replication: give { ${give} }`;
    rows.push({ check: "memorised effect", item: outcome, reason: [reason] });
  }
  return rows;
}

/** Checks an effect that was published: a misspelt standard error would count as 0. */
function checkPublished(action: string, path: string, effect: unknown): void {
  checkParts(action, path, effect, {
    known: ["estimate", "stdError"],
    example: "{ estimate: 0.4, stdError: 0.1 }",
  });
  const { estimate, stdError = 0 } = effect as PublishedEffect;
  if (!Number.isFinite(estimate)) {
    throw new TypeError(cannot(action, `${path}.estimate`, "be a finite number", estimate));
  }
  if (!Number.isFinite(stdError) || stdError < 0) {
    throw new RangeError(cannot(action, `${path}.stdError`, "be a finite number of at least 0", stdError));
  }
}

function compareStimuli({ list }: ItemAnswers, one: string, other: string, deals: Draws): UnitContrast {
  const kept = list.filter(({ arm }) => arm === one || arm === other);
  return clusteredContrast({
    outcome: numbersOf(kept)!,
    by: kept.map(({ arm }) => arm === one ? 1 : 0),
    unit: unitsOf(kept),
    alpha: deals.alpha,
    deals,
  });
}

function memorisedRow(
  item: string,
  { statistic: effect, conf_low, conf_high, n, notes, reason }: UnitContrast,
  { original, replication, alpha }: {
    readonly original: PublishedEffect;
    readonly replication: PublishedEffect;
    readonly alpha: number;
  },
): AuditRow {
  const span = original.estimate - replication.estimate;
  if (span === 0) {
    throw new RangeError(
      cannot(action, "replication", "differ from the original effect", replication.estimate),
    );
  }
  const place = (effect - replication.estimate) / span;
  // Delta method for (e − r) / (o − r): de / span, −place · do / span, −(1 − place) · dr / span.
  const [o, r] = [original, replication].map(({ stdError = 0 }) => stdError) as [number, number];
  const ofPublished = Math.hypot(place * o, (1 - place) * r);
  const z = normalQuantile(1 - alpha / 2);
  const half = Math.hypot((conf_high - conf_low) / 2, z * ofPublished) / Math.abs(span);
  const told = `effect ${effect.toPrecision(3)}, original ${original.estimate}`;
  return {
    check: "memorised effect",
    item,
    compared: "original v. replication",
    measure: "place between replication (0) and original (1)",
    statistic: place,
    null_mean: 0.5,
    null_high: 0.5 + half,
    p_value: half > 0 ? 2 * normalCdf(-Math.abs(place - 0.5) * z / half) : NaN,
    conf_low: place - half,
    conf_high: place + half,
    n,
    ...(half > 0 ? { problem: place > 0.5 ? "significant" as const : false } : {}),
    notes: [`${told}, replication ${replication.estimate}`, ...notes],
    reason,
  };
}
