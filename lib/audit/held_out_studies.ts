import { checkColumns, checkRows } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { column, readOptions, rule } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { columnOf, type Table } from "../core/table.ts";
import type { AuditCheck, AuditDrawOptions, AuditRow } from "./check_table.ts";
import { auditDrawRules, pickOptions, tidyAudit } from "./check_table.ts";
import { clusteredContrast, differenceByLabel, permuteStatistics } from "./unit_statistics.ts";

/** Options of {@linkcode checkHeldOutStudies}. */
export interface CheckHeldOutStudiesOptions extends Pick<AuditDrawOptions, "alpha" | "draws" | "seed"> {
  /**
   * The column of the respondent's effects.
   * @default {"synthetic"}
   */
  synthetic?: string;
  /**
   * The column of people's effects, in the same units.
   * @default {"human"}
   */
  human?: string;
  /**
   * The column that says whether a study was published before the respondent was trained: `true` or `false`.
   * @default {"published"}
   */
  published?: string;
}

const action = "check held-out studies";
const base = { check: "held-out studies", item: "effects", compared: "unpublished v. published" };
const { alpha, draws, seed } = auditDrawRules;
const named = <const Name extends string>(name: Name) => rule<string, Name | string>(column.check, name);
const rules = {
  ...{ alpha, draws, seed },
  synthetic: named("synthetic"),
  human: named("human"),
  published: named("published"),
} as const;

/**
 * Checks whether a respondent's effects are nearer to people's in studies that it may have read than in those it
 * cannot have.
 *
 * The error of a study is the absolute difference of the two effects. The null deals anew which studies were published:
 * it assumes that published and unpublished studies are otherwise alike; where older studies had larger effects or
 * samples they are not, so hold out studies at random where you can.
 *
 * @param studies one row per study (or contrast): both effects, and whether it was published
 * @param options see {@linkcode CheckHeldOutStudiesOptions}
 * @returns one row: `statistic` (mean error of unpublished less that of published studies, in units of the effects;
 * above 0 worse where it cannot have read), `null_mean`, `null_high`, `p_value` (permutation, two-sided), `conf_low`,
 * `conf_high` (Welch), `n` (studies), `verdict`, `notes`, `reason`
 * @throws {RangeError} if a column is missing
 * @see Hewitt et al. 2026, Nature 656: 115-122 (unpublished studies); Anthis et al. 2025, ICML, arXiv 2504.02234
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { checkHeldOutStudies } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const studies = tableOf({
 *   published: [true, true, true, true, true, false, false, false, false, false],
 *   human: [0.1, 0.2, 0.3, 0.4, 0.5, 0.1, 0.2, 0.3, 0.4, 0.5],
 *   synthetic: [0.11, 0.21, 0.29, 0.4, 0.52, 0.4, 0.6, 0.6, 0.7, 0.9],
 * });
 * const check = checkHeldOutStudies(studies);
 * assertAlmostEquals(check.get("p_value", 0), 2 / 252);
 * assertEquals(check.get("verdict", 0), "found");
 * ```
 */
export function checkHeldOutStudies(studies: Table, options: CheckHeldOutStudiesOptions = {}): Table {
  return tidyAudit([heldOutRow(studies, options)], options.alpha);
}

export const heldOutStudiesCheck: AuditCheck = {
  challenge: "generalisation",
  check: base.check,
  rows: ({ studies }, options) =>
    studies === undefined
      ? "effects of published and unpublished studies: give { studies } with synthetic, human, published"
      : [heldOutRow(studies, pickOptions(options, rules))],
};

function heldOutRow(studies: Table, options: CheckHeldOutStudiesOptions): AuditRow {
  const { synthetic, human, published, ...settings } = readOptions(action, options, rules);
  checkColumns(action, studies, [synthetic, human, published], "studies");
  checkRows(action, studies, "studies");
  const [own, theirs] = [columnOf(studies, synthetic), columnOf(studies, human)];
  const read = columnOf(studies, published).map((flag, row) => {
    if (typeof flag !== "boolean") {
      throw new TypeError(cannot(action, published, "hold true or false", flag));
    }
    const error = Math.abs(Number(own[row] ?? NaN) - Number(theirs[row] ?? NaN));
    return { unpublished: flag ? 0 : 1, error };
  });
  const usable = read.filter(({ error }) => Number.isFinite(error));
  const unpublished = usable.map((study) => study.unpublished);
  const error = usable.map((study) => study.error);
  const left = read.length - usable.length;
  const notes = [left > 0 ? `studies without both effects: ${left}` : ""];
  const count = unpublished.filter((flag) => flag === 1).length;
  if (count < 2 || usable.length - count < 2) {
    const reason = ["needs at least two studies of each kind with both effects"];
    return { ...base, n: usable.length, notes, reason };
  }
  const unit = Int32Array.from(error.keys());
  const { found: [found], told } = permuteStatistics((labels) => [differenceByLabel(error, labels, unit)], {
    ...settings,
    labels: Int32Array.from(unpublished),
    random: stream(settings.seed, base.check),
    twoSided: true,
  });
  const welch = clusteredContrast({
    outcome: error,
    by: unpublished,
    unit: error.map((_, row) => String(row)),
    alpha: settings.alpha,
  });
  return {
    ...base,
    measure: "difference of mean absolute errors",
    ...found!,
    conf_low: welch.conf_low,
    conf_high: welch.conf_high,
    n: error.length,
    problem: found!.statistic > 0 ? "significant" : false,
    notes: [`${told} of what was published`, ...welch.notes, ...notes],
    reason: welch.reason,
  };
}
