import { checkColumns } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import type { ComparisonOptions, DrawOptions, ReadOptions, RulesFor } from "../../core/options.ts";
import {
  assignmentRules,
  comparisonRules,
  drawRules,
  oneOf,
  readOptions,
  whole,
} from "../../core/options.ts";
import { estimateRow, estimateTableColumns } from "../../core/rows.ts";
import { leaveOut, noteRowsLeftOut, outcomeName, readStudy, usedRows } from "../../core/study.ts";
import type { Labelled, Table } from "../../core/table.ts";
import { columnOf, combineLabels, encodeLabels, tableOfRows } from "../../core/table.ts";
import { chiSquareQuantile, normalQuantile } from "../../stats/distributions.ts";
import { moments } from "../../stats/moments.ts";
import { fitVariances, type RandomFactor, type VarianceFit } from "./component_fit.ts";

/** Options of {@linkcode estimateVarianceComponents}. */
export interface EstimateVarianceComponentsOptions
  extends Omit<ComparisonOptions, "reference" | "blocks" | "clusters" | "persona">, DrawOptions {
  /**
   * The column of personas; `null` for none.
   * @default {"persona_id"} where there is one
   */
  persona?: string | null;
  /**
   * The column of wordings; `null` for none.
   * @default {"wording"} where there is one
   */
  wording?: string | null;
  /**
   * The column of models; `null` for none.
   * @default {"model"} where there is one
   */
  model?: string | null;
  /**
   * `nested`: wording 1 of one arm has nothing to do with wording 1 of another. `crossed`: a wording is the same
   * frame in every arm.
   * @default {"nested"}
   */
  wordings?: "nested" | "crossed";
  /**
   * The number of simulated studies that give standard errors and degrees of freedom.
   * @default {200}
   */
  draws?: number;
}

const action = "estimate variance components";

const { outcome, category, step, round, arm, alpha, basis } = comparisonRules;

const columnOrNone = assignmentRules.clusters;

const rules = {
  ...{ outcome, category, step, round, arm, alpha, basis },
  ...drawRules,
  persona: columnOrNone,
  wording: columnOrNone,
  model: columnOrNone,
  wordings: oneOf(["nested", "crossed"], "nested"),
  draws: whole(200, 50, 100_000),
} as const satisfies RulesFor<EstimateVarianceComponentsOptions>;

const columnNames = estimateTableColumns(["component", "levels"], ["sd", "share"]);

/**
 * Estimates how much of the variance of answers within arms lies between personas, between wordings of a treatment,
 * between models, and between draws of the same prompt.
 *
 * Personas, wordings and models are random factors: those asked stand for others that could have been asked. Arms are
 * fixed. Factors may be crossed or nested and the data unbalanced. The method of moments (Henderson's method 3, one
 * factor at a time) is unbiased whatever the distribution and agrees with the analysis of variance where data are
 * balanced; being unbiased, an estimate may come out below 0, which says that the source adds nothing that can be seen.
 * What the data cannot tell apart is `NaN` with the reason: one reply per persona hides the draw in the persona.
 *
 * Standard errors come from a parametric bootstrap of the model found. Intervals are those of Williams and Tukey for
 * factors of up to 200 levels, Satterthwaite's above; they assume normal effects (`notes` says where answers are not),
 * and are wide for a factor of few levels: five sentences say little about all sentences. A variance is not tested: `statistic`, `df` and `p_value` are
 * `NaN`.
 *
 * @param table one row per answer (with `item` and `value`) or wide; needs the arm, and columns for what is random
 * @param options see {@linkcode EstimateVarianceComponentsOptions} (defaults there)
 * @returns one row per `component`: `persona`, `persona:arm` (a persona's own effect), `wording` (within arms; crossed:
 * `wording` and `wording:arm`), `model`, `model:arm` (a model's own effect), `draw` (all else); with `levels`,
 * `estimate` (a variance), `std_error`, `conf_low`, `conf_high`, `conf_level`, `n` (answers), `sd` (its root), `share`
 * (of the sum, negative ones counted as 0), `basis`, `notes`, `reason`
 * @throws {RangeError} if a column is missing or fewer than three rows have a value
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Henderson 1953, Biometrics 9: 226-252; Searle, Casella and McCulloch 1992, Variance Components, 5.5
 * @example Two replies of each of four personas
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { estimateVarianceComponents } from "@understudy/understudy/estimation";
 *
 * const table = tableOf({
 *   persona_id: ["a", "a", "b", "b", "c", "c", "d", "d"],
 *   arm: Array(8).fill("control"),
 *   support: [1, 2, 4, 5, 2, 3, 6, 7],
 * });
 * const components = estimateVarianceComponents(table, { outcome: "support" });
 * assertEquals(columnOf(components, "component"), ["persona", "draw", "persona:arm"]);
 * // Mean squares 59/6 between and 1/2 within personas: (59/6 - 1/2) / 2.
 * assertAlmostEquals(components.get("estimate", 0) as number, 14 / 3, 1e-12);
 * ```
 */
export function estimateVarianceComponents(table: Table, options: EstimateVarianceComponentsOptions): Table {
  const settings = readOptions(action, options, rules, table);
  const { values, arm, sources, notes } = readSources(table, settings);
  const fit = fitVariances(values, arm, sources, settings);
  const simulated = fit.simulate(fit.variances);
  const sum = fit.variances.reduce((total, variance) => total + Math.max(0, variance), 0);
  const named = { outcome: outcomeName(settings), estimator: "method of moments" };
  const shared = { ...named, n: values.length, basis: settings.basis };
  const estimated = fit.variances.map((estimate, place) => {
    const factor = fit.factors[place];
    const levels = factor?.groups.labels.length ?? values.length;
    const std_error = Math.sqrt(moments(simulated.map((draw) => draw[place]!)).variance);
    return estimateRow({
      ...shared,
      component: factor?.component ?? "draw",
      levels,
      estimate,
      std_error,
      ...(factor !== undefined && levels <= fewLevels
        ? intervalOfFew(fit, place, settings.alpha)
        : intervalOfMany(estimate, std_error, settings.alpha)),
      conf_level: 1 - settings.alpha,
      sd: Math.sqrt(Math.max(0, estimate)),
      share: sum > 0 ? Math.max(0, estimate) / sum : NaN,
      notes: [...(estimate < 0 ? ["below 0: nothing of this source can be seen"] : []), ...notes],
      reason: sum > 0 ? [] : ["answers do not vary within arms"],
    });
  });
  const dropped = fit.dropped.map(({ component, groups: { labels }, reason }) =>
    estimateRow({ ...shared, component, levels: labels.length, sd: NaN, share: NaN, notes, reason: [reason] })
  );
  return tableOfRows([...estimated, ...dropped], columnNames);
}

type Settings = ReadOptions<EstimateVarianceComponentsOptions, typeof rules>;

/** Reads the rows that have a value, and the groups of each source of variance. */
function readSources(table: Table, settings: Settings) {
  const { persona: _, ...asked } = settings;
  let study = readStudy(action, table, { ...asked, blocks: [], clusters: null });
  study = leaveOut(study, "an arm", (row) => study.arm.codes[row]! < 0);
  const known = study.table.columnNames();
  const groups = (["persona", "wording", "model"] as const).flatMap((source) => {
    const usual = source === "persona" ? "persona_id" : source;
    const name = settings[source] === undefined && known.includes(usual) ? usual : settings[source];
    if (name === undefined || name === null) return [];
    checkColumns(action, study.table, [name]);
    const labelled = encodeLabels(action, name, columnOf(study.table, name));
    study = leaveOut(study, `'${name}'`, (row) => labelled.codes[row]! < 0);
    return [{ source, labelled }];
  });
  const rows = usedRows(study);
  if (rows.length < 3) {
    throw new RangeError(
      cannot(action, "table", "have at least three rows with a value", `${rows.length} rows`),
    );
  }
  const arm = keepRows(study.arm, rows);
  const sources = groups.flatMap(({ source, labelled }): RandomFactor[] => {
    const own = keepRows(labelled, rows);
    const within = combineLabels([own, arm]);
    return source === "wording" && settings.wordings === "nested"
      ? [{ component: source, groups: within }]
      : [{ component: source, groups: own }, { component: `${source}:arm`, groups: within }];
  });
  const values = Float64Array.from(rows, (row) => study.value[row]!);
  return { values, arm, sources, notes: [...noteRowsLeftOut(study), ...noteShape(values, arm)] };
}

/** That answers within arms are further from normal than intervals of variances bear. */
function noteShape(values: Float64Array, { codes, labels }: Labelled): string[] {
  const arms = labels.map((_, code) => moments(values.filter((_, row) => codes[row] === code)));
  const [two, three, four] = [2, 3, 4].map((power) =>
    values.reduce((sum, value, row) => sum + (value - arms[codes[row]!]!.mean) ** power / values.length, 0)
  ) as [number, number, number];
  const [skewness, kurtosis] = [three / two ** 1.5, four / two ** 2];
  if (!(Math.abs(skewness) > 0.6 || kurtosis > 3.6)) return [];
  const shape = `skewness ${skewness.toFixed(1)}, kurtosis ${kurtosis.toFixed(1)}; normal 0 and 3`;
  const told = "intervals, which assume normal effects, may cover in as few as 30 of 100 studies";
  return [`answers are skewed or have long tails (${shape}): ${told}`];
}

/** The rows kept, and only the labels that they have. */
function keepRows({ codes, labels }: Labelled, rows: Int32Array): Labelled {
  return encodeLabels(action, "table", Array.from(rows, (row) => labels[codes[row]!]));
}

// Above, the degrees of freedom are many and an estimate tells its own standard error.
const fewLevels = 200;

/**
 * The interval of Williams and Tukey for a source of few levels: estimate + ν is about χ²(df) / df times σ² + ν, where
 * ν is what all other sources add. Without the source the standard error is √(2 / df) ν, which gives ν.
 *
 * @see Williams 1962, Biometrika 49: 278-281
 */
function intervalOfFew(fit: VarianceFit, place: number, alpha: number) {
  const estimate = fit.variances[place]!;
  const df = fit.freedom(place);
  const others = fit.simulate(fit.variances.map((variance, i) => (i === place ? 0 : variance)));
  const added = Math.sqrt((df / 2) * moments(others.map((draw) => draw[place]!)).variance);
  const total = Math.max(0, estimate + added);
  return {
    conf_low: Math.max(0, (df * total) / chiSquareQuantile(1 - alpha / 2, df) - added),
    conf_high: Math.max(0, (df * total) / chiSquareQuantile(alpha / 2, df) - added),
  };
}

/** Satterthwaite 1946: a variance estimate is about χ²(df) / df times the variance, df = 2 (estimate / std_error)². */
function intervalOfMany(estimate: number, std_error: number, alpha: number) {
  const df = 2 * (estimate / std_error) ** 2;
  // Of many levels and lost in noise: a sum of many squares around 0, which is close to normal.
  if (!(estimate > 0) || df < 50) {
    const half = normalQuantile(1 - alpha / 2) * std_error;
    return { conf_low: Math.max(0, estimate - half), conf_high: Math.max(0, estimate + half) };
  }
  return {
    conf_low: (df * estimate) / chiSquareQuantile(1 - alpha / 2, df),
    conf_high: (df * estimate) / chiSquareQuantile(alpha / 2, df),
  };
}
