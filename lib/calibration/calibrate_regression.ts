import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { column, type DegreesOptions, degreesRules, type DrawOptions, drawRules } from "../core/options.ts";
import { oneOf, type ReadOptions, readOptions, type RulesFor, whole } from "../core/options.ts";
import { outcomeName } from "../core/study.ts";
import { type Table, tableOf, valuesOf } from "../core/table.ts";
import { takeNumbers } from "../core/units.ts";
import { type NameOrderOptions, nameOrderRules } from "../estimation/models/name_order.ts";
import { interceptTerm, readModel } from "../estimation/models/read_model.ts";
import { expandTerms, noteDropped, termColumns } from "../estimation/models/terms.ts";
import { type TermOptions, termRules } from "../estimation/models/terms.ts";
import { inferEstimate } from "../stats/inference.ts";
import { leastSquares } from "../stats/least_squares.ts";
import { calibratedTable } from "./calibrated_rows.ts";
import { debiasedRegression } from "./debiased_regression.ts";
import { designBasedRegression, type LabelledRows } from "./design_based.ts";
import type { RegressionModel } from "./model_moments.ts";
import { type PairedAnswers, type PairingOptions, pairingRules, readPairs } from "./paired_answers.ts";
import { type LambdaOptions, lambdaRules } from "./rectified_mean.ts";
import { bootstrappedRegression, rectifiedRegression } from "./rectified_regression.ts";

/** Options of {@linkcode calibrateRegression}. */
export interface CalibrateRegressionOptions
  extends PairingOptions, NameOrderOptions, TermOptions, LambdaOptions, DegreesOptions, DrawOptions {
  /**
   * What the mean of the outcome is of the terms: `linear`; `logistic`, of outcomes 0 and 1, with log odds ratios;
   * `poisson`, of outcomes from 0, with log ratios.
   * @default {"linear"}
   */
  model?: RegressionModel;
  /**
   * `debiased` (predict-then-debias) takes from each person's influence what the prediction explains, with a λ for each
   * coefficient. With many people also: `ppi`, a rectified loss with one λ tuned on all, as the reference package has it;
   * `ppboot`, percentiles of resamples; `dsl` (design-based supervised learning), in which every row counts, labels are
   * learnt from predictions and terms in 5 folds, and corrected by `labelProbability`.
   * @default {"debiased"}
   */
  estimator?: "debiased" | "ppi" | "ppboot" | "dsl";
  /**
   * With `dsl`: what people labelled and the model predicted, where it is a term and the outcome of everyone is known.
   * @default {undefined} the outcome
   */
  predicted?: string;
  /**
   * Resamples of `ppboot`, or times that `dsl` draws its folds.
   * @default {undefined} 1000, or 10
   */
  replicates?: number;
}

const rules = {
  ...pairingRules,
  ...nameOrderRules,
  ...termRules,
  ...lambdaRules,
  ...degreesRules,
  ...drawRules,
  model: oneOf(["linear", "logistic", "poisson"], "linear"),
  estimator: oneOf(["debiased", "ppi", "ppboot", "dsl"], "debiased"),
  predicted: column,
  replicates: whole(undefined),
} as const satisfies RulesFor<CalibrateRegressionOptions>;

type Asked = ReadOptions<CalibrateRegressionOptions, typeof rules>;

const action = "calibrate a regression";

/**
 * Estimates a regression of people's answers with what a model's answers add, beside that of people alone.
 *
 * Use it where some of those whom the personas stand for were asked too, at random or with known chances. What the terms
 * hold is read from people's own rows, and of the pool from the synthetic table; where both have `arm`, predictions are
 * those of the same arm. Standard errors are HC2 (CR2 where personas have several rows) with Satterthwaite's degrees of
 * freedom: intervals hold from 20 people on, whatever the model is worth. Replies of a persona, of several models say, are
 * averaged: with `estimator: "ppi"` and `lambda: 1` that is cross-prediction.
 *
 * @param human people's answers, one row per person or per answer; or both kinds of rows in one table
 * @param synthetic a model's answers for these personas and others; or the column of `human` that says which is which
 * @param options the outcome, the terms, and how people and personas meet; see {@linkcode CalibrateRegressionOptions}
 * @returns for each coefficient two rows, calibrated and `humans_alone`: `outcome`, `term`, `estimator`, `estimate`,
 * `std_error`, `statistic`, `df`, `p_value`, `conf_low`, `conf_high`, `conf_level`, `n` (people), `lambda`, `correlation`
 * (of what answers and predictions give to the coefficient), `n_human`, `n_synthetic`, `n_effective`, `basis`, `notes`,
 * `reason`
 * @throws {RangeError} if columns are missing, personas do not meet, or the outcome does not fit the model
 * @see Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453; Kluger and others 2025, arXiv 2501.18577; Egami and others
 * 2023, arXiv 2306.04746
 * @example Eight people, and a model that says one point too much
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { calibrateRegression } from "@understudy/understudy/calibration";
 *
 * const persona_id = Array.from({ length: 40 }, (_, at) => `p${at}`);
 * const age = persona_id.map((_, at) => 20 + (at * 7) % 40);
 * const support = age.map((years, at) => years / 10 + (at * 5) % 3);
 * const synthetic = tableOf({ persona_id, age, support: support.map((value) => value + 1) });
 * const human = tableOf({ persona_id, age, support }).slice(0, 8).reify();
 * const rows = calibrateRegression(human, synthetic, { outcome: "support", terms: ["age"], lambda: 1 });
 * assertAlmostEquals(rows.get("estimate", 2), 0.1, 0.02);
 * ```
 */
export function calibrateRegression(
  human: Table,
  synthetic: Table | string,
  options: CalibrateRegressionOptions,
): Table {
  const asked = readOptions(action, options, rules);
  const { alpha, estimator, predicted = asked.outcome } = asked;
  const dsl = estimator === "dsl";
  if (!dsl && predicted !== asked.outcome) {
    throw new RangeError(
      `${cannot(action, "predicted", "be left out", predicted)}; or use { estimator: "dsl" }`,
    );
  }
  const request = { ...asked, outcome: predicted, ...(dsl ? { labelProbability: undefined } : {}) };
  const { rows, terms, notes } = readRows(readPairs(action, human, synthetic, request), asked, predicted);
  const people = rows.human.outcome.length;
  const several = [rows.human, rows.pool].some(({ cluster }) => new Set(cluster).size < cluster.length);
  if (several && estimator.startsWith("pp")) {
    const rule = "be 'debiased' or 'dsl' where personas have several rows";
    throw new RangeError(cannot(action, "estimator", rule, estimator));
  }
  const few = people <= rows.human.columns.length;
  const base = few ? null : debiasedRegression(rows, dsl ? { ...asked, lambda: 0 } : asked);
  const found = base && {
    debiased: () => base,
    ppi: () => rectifiedRegression(rows, base, asked),
    ppboot: () => bootstrappedRegression(rows, asked),
    dsl: () => designBasedRegression(rows, base, asked),
  }[estimator]();
  const obstacle = few
    ? "there are not more people than terms"
    : base === null
    ? "perfect separation: the terms tell some answers without error, so no finite estimate exists"
    : "it cannot be solved with these predictions";
  return calibratedTable(terms.flatMap(({ term, place }) => {
    const [part, alone] = [found?.[place], base?.[place]?.alone];
    const correlation = part?.correlation ?? NaN;
    const unused = estimator === "debiased" && part !== undefined && Number.isNaN(correlation)
      ? ["λ is 0, as the terms explain all that predictions vary by, or the pool cannot tell the terms apart"]
      : [];
    const shared = { outcome: outcomeName(asked), term, people, correlation, notes: [...notes, ...unused] };
    const infer = (own: { estimate: number; variance: number; df: number } | undefined) => {
      if (own !== undefined) return inferEstimate({ ...own, stdError: Math.sqrt(own.variance) }, alpha);
      const why = place < 0 ? "this term is a combination of earlier ones among people" : obstacle;
      return { ...inferEstimate({ estimate: NaN, stdError: NaN, df: NaN }, alpha), reason: [why] };
    };
    const more = alone && part ? alone.variance / part.variance : NaN;
    const effective = alone && alone.variance === part?.variance ? people : people * more;
    const [lambda, pool] = [part?.lambda ?? NaN, rows.pool.prediction.length];
    const made = { ...infer(part), lambda, pool, effective, ...part?.interval };
    return [
      { ...shared, estimator, basis: "calibrated" as const, ...made },
      ...[{ ...shared, estimator: "humans_alone", basis: "human" as const, ...infer(alone) }]
        .map((row) => ({ ...row, lambda: 0, pool: 0, effective: people })),
    ];
  }));
}

/** Rows of people and of the pool that have all terms, and which of these are of full rank among people. */
function readRows({ human, pool, ...pairs }: PairedAnswers, asked: Asked, predicted: string) {
  const { outcome, levels, factors, reference, labelProbability: chance } = asked;
  const told = termColumns(action, asked);
  if (told.includes(outcome)) throw new RangeError(cannot(action, "terms", "not hold the outcome", outcome));
  const predictors = [...told, ...predicted === outcome ? [] : [outcome]].filter((name) =>
    name !== predicted
  );
  const held = (name: string): unknown[] =>
    [human, pool].flatMap(({ table, row }, side) => {
      checkColumns(action, table, [name], ["human", "synthetic"][side]);
      const [values, people] = [valuesOf(table, name), valuesOf(human.table, name)];
      const own = Array.from(human.row, (at) => people[at]);
      const isNames = factors.includes(name) || levels?.[name] ||
        own.some((value) => typeof value === "string");
      const known = new Set(isNames ? own.map(String) : []);
      // What holds for a name that no person has cannot be learnt from people.
      return Array.from(row, (at) => !isNames || known.has(String(values[at])) ? values[at] : null);
    });
  const assigned = [human, pool].every(({ table }) => table.columnNames().includes("reference_arm"));
  const names = [predictors, chance ?? [], told.includes("arm") && assigned ? "reference_arm" : []].flat();
  // In place of the outcome each row's place, which tells the rows that could be used.
  const places = Array.from({ length: human.row.length + pool.row.length }, (_, at) => at);
  const data = { ...Object.fromEntries(names.map((name) => [name, held(name)])), [predicted]: places };
  const read = readModel(action, tableOf(data), {
    ...{ category: undefined, weights: undefined, alpha: undefined, basis: undefined, persona: undefined },
    ...{ outcome: predicted, predictors, factors, levels, reference, clusters: null },
  });
  const used = read.outcome;
  const n = used.filter((at) => at < human.row.length).length;
  const join = (first: ArrayLike<number>, second: ArrayLike<number>) =>
    takeNumbers(Float64Array.from([...Array.from(first), ...Array.from(second)]), used);
  const label = takeNumbers(human.outcome, used.subarray(0, n));
  const prediction = join(human.prediction, pool.prediction);
  const known = read.columns.find(({ predictor }) => predictor === outcome)?.values ?? null;
  checkOutcome(asked.model, (known ?? label).subarray(0, n), known ?? prediction);
  const constant = { term: interceptTerm, values: new Float64Array(used.length).fill(1) };
  const expand = (values: Float64Array) => {
    const own = { term: predicted, predictor: predicted, indicator: false, values };
    return [constant, ...expandTerms(asked.terms, [...read.columns, own])];
  };
  const said = prediction.slice();
  said.set(label);
  const exact = expand(said);
  const first = exact.map(({ values }) => values.subarray(0, n));
  const { dropped } = leastSquares(first, label, { covarianceType: "classical" });
  const design = (values: Float64Array) =>
    expand(values).filter((_, at) => !dropped.includes(at)).map((column) => column.values);
  const weight = human.weight === null ? null : join(human.weight, pool.weight!);
  const persona = Int32Array.from(join(human.persona, pool.persona.map((code) => -1 - code)));
  const part = (columns: readonly Float64Array[], start: number, end?: number) => ({
    columns: columns.map((each) => each.subarray(start, end)),
    prediction: (known ?? prediction).subarray(start, end),
    weight: weight?.subarray(start, end) ?? null,
    cluster: persona.subarray(start, end),
  });
  const rows = {
    human: { ...part(design(said), 0, n), outcome: known?.subarray(0, n) ?? label },
    pool: part(design(prediction), n),
    ...{ design, outcome: known, label, prediction, covariates: read.columns.map(({ values }) => values) },
    chance: chance === undefined ? constant.values : chancesOf(chance, data[chance]!, used),
  } satisfies LabelledRows;
  const kept = [...exact.keys()].filter((at) => !dropped.includes(at));
  const terms = exact.map(({ term }, at) => ({ term, place: kept.indexOf(at) }));
  const left = noteDropped(dropped.map((at) => exact[at]!.term));
  return { rows, terms, notes: [...pairs.notes, ...read.notes, ...left] };
}

function chancesOf(name: string, values: ArrayLike<unknown>, used: Float64Array): Float64Array {
  const chances = Float64Array.from(used, (at) => Number(values[at]));
  const wrong = chances.find((chance) => !(chance > 0 && chance <= 1));
  if (wrong !== undefined) throw new RangeError(cannot(action, name, "be above 0 and at most 1", wrong));
  return chances;
}

function checkOutcome(model: RegressionModel, people: Float64Array, told: Float64Array): void {
  const most = model === "logistic" ? 1 : model === "poisson" ? Infinity : NaN;
  const wrong = [...people, ...told].find((value, at) =>
    value < 0 || value > most || (most === 1 && at < people.length && value % 1 !== 0)
  );
  if (model === "linear" || wrong === undefined) return;
  const rule = most === 1
    ? "be 0 or 1 of people and within them of predictions (see 'category')"
    : "be at least 0";
  throw new RangeError(cannot(action, "outcome", rule, wrong));
}
