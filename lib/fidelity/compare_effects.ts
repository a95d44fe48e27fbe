import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { column, columns, oneOf, readOptions, whole } from "../core/options.ts";
import { type DrawOptions, drawRules, type IntervalOptions, intervalRules } from "../core/options.ts";
import { estimateRow } from "../core/rows.ts";
import { stream } from "../core/stream.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { bootstrapInterval } from "../stats/bootstrap.ts";
import { normalCdf, studentTQuantile } from "../stats/distributions.ts";
import { inferEstimate } from "../stats/inference.ts";
import { resampleUnits } from "../stats/resampling.ts";
import { adjustedCorrelation, adjustedLine, profileCorrelation, turnContrasts } from "./meta_regression.ts";
import type { MeasuredEffect, TurnedEffect } from "./meta_regression.ts";

/** Options of {@linkcode compareEffects}. */
export interface CompareEffectsOptions extends IntervalOptions, DrawOptions {
  /**
   * The columns that together name a contrast, in both tables.
   * @default {undefined} those of `study`, `outcome`, `item`, `arm`, `condition` and `reference` that both tables have
   */
  by?: string | readonly string[];
  /**
   * The human table's column with the sampling covariance (s²/n of the reference) of contrasts of the same `study`,
   * `outcome` and `reference`.
   * @default {undefined} `cov_shared` where the table has it, else 0
   */
  covariance?: string;
  /**
   * Intervals of `r_adj` by `profile` likelihood and of `slope` by Knapp and Hartung, as if true effects of one study were
   * no more alike than others; or of all measures by a `bootstrap` of at least 10 studies, which does not assume that.
   * @default {"profile"}
   */
  interval?: "profile" | "bootstrap";
  /**
   * How many resamples of studies.
   * @default {2000}
   */
  resamples?: number;
}

const action = "compare effects";
const names = ["study", "outcome", "item", "arm", "condition", "reference"];
const related = ["r_adj", "slope", "intercept", "r", "r_moment", "simple_slope", "shrinkage"];
const measures = [...related, "rmse", "rmse_adj", "sign_agreement"];
const shown = [
  ...["measure", "estimator", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"],
  ...["conf_level", "n", "studies", "notes", "reason"],
];

/**
 * Compares synthetic effects with human effects of the same contrasts, over one study or many.
 *
 * `r_adj` is the correlation of predictions with human effects freed of their sampling error, in a bivariate
 * random-effects meta-analysis by REML that takes predictions as exact. `slope`, by the same model, is what a predicted
 * unit is worth in human effects (below 1 predictions overshoot), `intercept` the human effect where 0 is predicted.
 * `shrinkage` is the factor that brings predictions nearest to human effects; `rmse_adj` the error without what human
 * sampling adds; `sign_agreement` the share of equal signs (half where an effect is 0). `r`, `simple_slope` and `rmse` are
 * as they come; `r_moment`, r over the root of the human effects' reliability, is not `r_adj` and may exceed 1.
 * Correlations and slopes depend on which arm is the reference. A high `r_adj` over many studies is no promise for one:
 * Hewitt et al. found .58 for small effects and .56 for existing attitudes.
 *
 * @param human one row per contrast: `estimate`, `std_error` and columns that name it, as from `estimateEffects`
 * @param synthetic one row per contrast: `estimate` in the same units, and the same names
 * @param options see {@linkcode CompareEffectsOptions}
 * @returns one row per measure (`measure`): `estimator`, `estimate`, `std_error`, `statistic`, `df`, `p_value` (of 0),
 * `conf_low`, `conf_high`, `conf_level`, `n` (contrasts), `studies`, `notes`, `reason`
 * @throws {RangeError} if no contrast or over 50,000 are in both tables, one is there twice, or a variance is none
 * @see Hewitt, Ashokkumar, Ghezae and Willer 2026, Nature 656:115-122, Methods
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { compareEffects } from "@understudy/understudy/fidelity";
 *
 * const arm = ["a", "b", "c", "d"];
 * const human = tableOf({ arm, estimate: [0.1, 0.2, 0.3, 0.5], std_error: [0.05, 0.05, 0.05, 0.05] });
 * const measures = compareEffects(human, tableOf({ arm, estimate: [0.2, 0.4, 0.6, 1] }));
 * assertAlmostEquals(measures.get("estimate", 1), 0.5); // slope: a predicted unit is worth half of one
 * ```
 */
export function compareEffects(human: Table, synthetic: Table, options: CompareEffectsOptions = {}): Table {
  const asked = readOptions(action, options, {
    ...{ by: columns, covariance: column, ...intervalRules, ...drawRules },
    interval: oneOf(["profile", "bootstrap"], "profile"),
    resamples: whole(2000, 100, 1_000_000),
  });
  const { alpha } = asked;
  const { studies, ...paired } = pairEffects(action, human, synthetic, asked);
  const contrasts = studies.flat();
  const { all, moments, obstacle } = measureAll(contrasts);
  const bound = "human effects vary about the line no more than by sampling: r_adj is at its bound";
  const profiled = asked.interval === "profile";
  const draws: number[][] = [];
  if (!profiled && studies.length >= 10) {
    resampleUnits(studies.length, (units) => {
      draws.push(measureAll(Array.from(units, (unit) => studies[unit]!).flat()).all);
    }, { random: stream(asked.seed, action), replicates: asked.resamples });
  }
  // Percentiles of resamples of few studies lie too near: Hesterberg 2015, The American Statistician 69, 371-386.
  const few = Math.sqrt(studies.length / (studies.length - 1));
  const level = 2 * normalCdf(few * studentTQuantile(alpha / 2, studies.length - 1));
  const intervalOf = (measure: string, estimate: number, drawn: readonly number[]) => {
    if (Number.isNaN(estimate)) return { reason: [obstacle || "sampling errors alone would be larger"] };
    if (profiled && measure === "slope") return inferEstimate(adjustedLine(contrasts, moments), alpha);
    const likely = profiled && measure === "r_adj";
    const needs = 'an interval needs { interval: "bootstrap" } and at least 10 studies';
    if (!likely && drawn.length === 0) return { reason: [needs] };
    const { low, high, pValue, stdError } = likely
      ? profileCorrelation(contrasts, moments, alpha)
      : bootstrapInterval(drawn, { estimate, alpha: level, method: "percentile" });
    const p_value = related.includes(measure) ? pValue : NaN;
    return { std_error: stdError, p_value, conf_low: low, conf_high: high };
  };
  const rows = measures.map((measure, at) =>
    estimateRow({
      ...intervalOf(measure, all[at]!, draws.map((draw) => draw[at]!)),
      ...{ measure, estimator: at < 3 ? "REML" : "moments", estimate: all[at]! },
      ...{ conf_level: 1 - alpha, n: contrasts.length, studies: studies.length },
      notes: [...paired.notes, Math.abs(all[0]!) === 1 ? bound : ""],
    })
  );
  return tableOfRows(rows, shown);
}

/** All measures in their order, and why there is no correlation and no line. */
function measureAll(contrasts: readonly TurnedEffect[]) {
  const n = contrasts.length;
  const mean = (of: (contrast: MeasuredEffect) => number) =>
    contrasts.reduce((total, contrast) => total + of(contrast), 0) / n;
  const [s, h] = [mean(({ synthetic }) => synthetic), mean(({ human }) => human)];
  const spread = n * mean(({ synthetic }) => (synthetic - s) ** 2);
  const varied = n * mean(({ human }) => (human - h) ** 2);
  const squares = mean(({ human, synthetic }) => (human - synthetic) ** 2);
  const [size, variance] = [mean(({ synthetic }) => synthetic ** 2), mean((contrast) => contrast.variance)];
  const moments = { n, spread, scale: varied / (n - 1) };
  const flat = spread > 1e-12 * n * size ? varied > 1e-12 * n * h * h ? "" : "human" : "synthetic";
  const obstacle = n < 3 ? `fewer than 3 contrasts: ${n}` : flat && `the ${flat} effects do not vary`;
  const vary = obstacle === "";
  const line = vary ? adjustedLine(contrasts, moments) : { estimate: NaN, intercept: NaN };
  const slope = vary ? n * mean(({ human, synthetic }) => (human - h) * (synthetic - s)) / spread : NaN;
  const r = slope * Math.sqrt(spread / varied);
  const shrinkage = mean(({ human, synthetic }) => human * synthetic) / size;
  const agreement = mean(({ human, synthetic }) => (1 + Math.sign(human) * Math.sign(synthetic)) / 2);
  const all = [
    ...[vary ? adjustedCorrelation(contrasts, moments).r : NaN, line.estimate, line.intercept],
    ...[r, r / Math.sqrt(1 - variance / moments.scale), slope, shrinkage],
    ...[Math.sqrt(squares), Math.sqrt(squares - variance), agreement],
  ];
  return { all, moments, obstacle };
}

/** Contrasts that two tables share, as they are and by study; a standard error is `NaN` where there is none. */
interface PairedEffects {
  readonly effects: readonly (MeasuredEffect & { readonly syntheticError: number })[];
  readonly studies: readonly (readonly TurnedEffect[])[];
  readonly notes: readonly string[];
}

/** Finds the contrasts that two tables of effects share. */
export function pairEffects(
  action: string,
  human: Table,
  synthetic: Table,
  asked: { readonly by?: CompareEffectsOptions["by"] | undefined; readonly covariance?: string | undefined },
): PairedEffects {
  const column = asked.covariance ?? "cov_shared";
  checkColumns(action, human, ["estimate", "std_error"].concat(asked.covariance ?? []), "human");
  checkColumns(action, synthetic, ["estimate"], "synthetic");
  const known = (name: string) => names.includes(name) && synthetic.columnNames().includes(name);
  const by = [asked.by ?? human.columnNames().filter(known)].flat();
  const apart = names.some((name) => human.columnNames().includes(name) !== known(name));
  const advice = apart ? '; human.rename({ condition: "arm" }) makes names of columns the same' : "";
  const ours = rowsByName(action, human, by, "human", advice);
  const theirs = rowsByName(action, synthetic, by, "synthetic", advice);
  const shared = [...ours.keys()].filter((name) => theirs.has(name));
  if (shared.length > mostContrasts) {
    throw new RangeError(cannot(action, "human", `share at most ${mostContrasts} contrasts`, shared.length));
  }
  if (shared.length === 0) {
    const [first, other] = [ours, theirs].map((rows) => rows.keys().next().value);
    const must = `name contrasts of both tables (human: ${first}; synthetic: ${other})`;
    throw new RangeError(cannot(action, "by", must, by) + advice);
  }
  const number = (value: unknown) => typeof value === "number" ? value : NaN;
  const all = shared.map((name) => {
    const [own, other] = [ours.get(name)!, theirs.get(name)!];
    const [error, syntheticError] = [number(own.std_error), number(other.std_error)];
    if (error < 0) throw new RangeError(cannot(action, "std_error", "be at least 0", error));
    // Without a column of studies each group is one, without columns of groups each contrast.
    const grouping = ["study", "outcome", "reference"].filter((column) => column in own);
    const group = grouping.length === 0 ? name : nameOf(own, grouping);
    const study = "study" in own ? String(own.study) : group;
    const pair = { human: number(own.estimate), synthetic: number(other.estimate), syntheticError };
    return { ...pair, variance: error ** 2, covariance: number(own[column]), group, study };
  });
  const complete = (row: MeasuredEffect) => Number.isFinite(row.human + row.synthetic + row.variance);
  const effects = all.filter((row) => complete(row) && row.variance > 0);
  let [guessed, several] = [0, 0];
  const turn = (group: typeof effects) => {
    const blank = group.every((row) => Number.isNaN(row.covariance));
    if (group.length > 1 && blank) guessed++;
    if (group.length === 1 || blank) return group.flatMap((row) => turnContrasts([row], 0));
    const own = group[0]!.covariance;
    const near = group.every((row) => Math.abs(row.covariance - own) <= 1e-6 * own && own < row.variance);
    if (near && group.length <= 200) return turnContrasts(group, own);
    const must = "be at least 0, below the variances, and one for all (at most 200) with one reference";
    throw new RangeError(cannot(action, column, must, group.map((row) => row.covariance)));
  };
  const studies = [...Map.groupBy(effects, ({ study }) => study).values()].map((members) => {
    const groups = [...Map.groupBy(members, ({ group }) => group).values()];
    if (groups.length > 1) several++;
    return groups.flatMap(turn);
  });
  const noisy = effects.filter((row) => row.syntheticError > 0).length;
  const notes = [
    [ours.size - shared.length, "human contrasts without a synthetic one"],
    [theirs.size - shared.length, "synthetic contrasts without a human one"],
    [all.length - effects.length, "contrasts left out that lack an effect or a standard error above 0"],
    [guessed, "references whose contrasts are taken as independent, as no covariance is given"],
    [several, "studies with several outcomes or references, whose contrasts rest on the same people"],
    [noisy, "synthetic effects with a standard error, which counts as the model's error"],
  ].flatMap(([count, sentence]) => count === 0 ? [] : [`${sentence}: ${count}`]);
  return { effects, studies, notes };
}

/** Time grows in proportion: so many take some ten seconds. */
const mostContrasts = 50_000;

type Row = { readonly [column: string]: unknown };

function nameOf(row: Row, columns: readonly string[]): string {
  return JSON.stringify(columns.map((column) => String(row[column])));
}

/** The row of each contrast by its names; each may stand once. */
function rowsByName(action: string, table: Table, by: readonly string[], argument: string, advice: string) {
  checkColumns(action, table, by, argument);
  const rows = table.objects() as Row[];
  const named = new Map(rows.map((row) => [nameOf(row, by), row]));
  if (by.length > 0 && named.size === rows.length) return named;
  const twice = rows.find((row) => named.get(nameOf(row, by)) !== row);
  const which = by.map((name) => twice?.[name]);
  const found = `${named.size} names, ${rows.length} rows, by ${by}, of ${which} several`;
  const must = "name each contrast once by columns of both tables";
  // As in a table of calibrated effects, which has people's own beside them.
  const column = ["basis", "estimator"].find((name) => new Set(rows.map((row) => row[name])).size > 1);
  const keep = `${argument}.filter("d => d.${column} === '${rows[0]?.[column ?? ""]}'") keeps one ${column}`;
  throw new RangeError(cannot(action, argument, must, found) + (column === undefined ? advice : `; ${keep}`));
}
