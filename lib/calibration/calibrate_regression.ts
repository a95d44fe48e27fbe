import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { column, type DegreesOptions, degreesRules, type DrawOptions, drawRules } from "../core/options.ts";
import { oneOf, type ReadOptions, readOptions, type RulesFor, whole } from "../core/options.ts";
import { outcomeName } from "../core/study.ts";
import { combineLabels, encodeLabels, groupRows, type Table, tableOf, valuesOf } from "../core/table.ts";
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
import { checkMet } from "./pairing_checks.ts";
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
   * With `dsl`: the column, in both tables, of clusters of rows that depend on each other.
   * @default {undefined} a persona is a cluster
   */
  clusters?: string;
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
  clusters: column,
  replicates: whole(undefined),
} as const satisfies RulesFor<CalibrateRegressionOptions>;

type Asked = ReadOptions<CalibrateRegressionOptions, typeof rules>;

const action = "calibrate a regression";

/**
 * Estimates a regression of people's answers with what a model's answers add, beside that of people alone.
 *
 * Use it where some of those whom the personas stand for were asked too, at random or with known chances. What the terms
 * hold is read from people's own rows, and of the pool from the synthetic table; where both have `arm`, predictions are
 * those of the same arm. Standard errors are HC2 (CR2 where personas are in several arms) with Satterthwaite's degrees of
 * freedom: intervals hold from 20 people on (of a logistic regression from 50), whatever the model is worth. Answers of a
 * persona in an arm, of several models say, are averaged, so terms must not differ between them: with `estimator: "ppi"` and
 * `lambda: 1` that is cross-prediction.
 *
 * @param human people's answers, one row per person or per answer; or both kinds of rows in one table
 * @param synthetic a model's answers for these personas and others; or the column of `human` that says which is which
 * @param options the outcome, the terms, and how people and personas meet; see {@linkcode CalibrateRegressionOptions}
 * @returns for each coefficient two rows, calibrated and `humans_alone`: `outcome`, `term`, `estimator`, `estimate`,
 * `std_error`, `statistic`, `df`, `p_value`, `conf_low`, `conf_high`, `conf_level`, `n` (people), `lambda`, `correlation`
 * (of what answers and predictions give to the coefficient), `n_human`, `n_synthetic` (one in two arms
 * counts as two), `n_effective`, `basis`, `notes`, `reason`
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
  for (const name of ["predicted", "clusters"] as const) {
    if (dsl || [undefined, asked.outcome].includes(asked[name])) continue;
    throw new RangeError(`${cannot(action, name, "be left out", asked[name])}; or use { estimator: "dsl" }`);
  }
  const request = { ...asked, outcome: predicted, ...(dsl ? { labelProbability: undefined } : {}) };
  const { rows, terms, notes } = readRows(readPairs(action, human, synthetic, request), asked, predicted);
  const [people, pool] = [rows.human.outcome.length, rows.pool.prediction.length];
  const several = [rows.human, rows.pool].some(({ cluster }) => new Set(cluster).size < cluster.length);
  if (several && estimator.startsWith("pp")) {
    const rule = "be 'debiased' or 'dsl' where personas have several rows";
    throw new RangeError(cannot(action, "estimator", rule, estimator));
  }
  const few = people <= rows.human.columns.length;
  // Beside dsl people count by the chances that they were asked with.
  const weight = rows.label.map((_, row) => (rows.human.weight?.[row] ?? 1) / rows.chance[row]!);
  const weighted = dsl ? { ...rows, human: { ...rows.human, weight } } : rows;
  const tuning = estimator === "debiased" ? asked : { ...asked, lambda: 0 };
  const base = few ? null : debiasedRegression(weighted, tuning);
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
    const unused = estimator === "debiased" && part && part.variance > 0 && Number.isNaN(correlation)
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
    const none = { lambda: 0, pool: 0, effective: people };
    const made = { ...infer(part), lambda: part?.lambda ?? NaN, pool, effective, ...part?.interval };
    return [
      { ...shared, estimator, basis: "calibrated" as const, ...made },
      { ...shared, ...infer(alone), estimator: "humans_alone", basis: "human" as const, ...none },
    ];
  }));
}

/** Rows of people and of the pool that have all terms, and which of these are of full rank among people. */
function readRows({ human, pool, ...pairs }: PairedAnswers, asked: Asked, predicted: string) {
  const { outcome, levels, factors, reference, clusters, labelProbability: chance } = asked;
  const told = termColumns(action, asked);
  if (told.includes(outcome)) throw new RangeError(cannot(action, "terms", "not hold the outcome", outcome));
  const predictors = [...new Set([...told, outcome])].filter((name) => name !== predicted);
  const unit = [asked.persona ?? "persona_id", ...pairs.arms[0] === "" ? [] : ["arm"]];
  [human.table, pool.table].forEach((table, side) => {
    checkColumns(action, table, [predictors, clusters ?? []].flat(), ["human", "synthetic"][side]);
    checkRows(table, predictors, unit, asked);
  });
  const held = (name: string): unknown[] =>
    [human, pool].flatMap(({ table, row }) => {
      const values = valuesOf(table, name);
      return Array.from(row, (at) => values[at]);
    });
  const people = human.row.length;
  const strange = new Map<number, string>();
  const columns = Object.fromEntries(predictors.map((name) => {
    const values = held(name);
    const sides = [values.slice(0, people), values.slice(people)];
    const [first, second] = sides.map((side) => side.find((value) => typeof value === "string"));
    const named = factors.includes(name) || levels?.[name] !== undefined;
    if (!named && (first === undefined) !== (second === undefined)) {
      const rule = "hold text in both tables, or in neither, or be one of 'factors'";
      throw new RangeError(cannot(action, name, rule, first ?? second));
    }
    // What holds for a name that no person has cannot be learnt from people.
    const known = named || first !== undefined ? new Set(sides[0]!.map(String)) : null;
    if (known !== null && told.includes(name)) {
      checkMet(action, name, [sides[0]!, valuesOf(pool.table, name)]);
    }
    values.forEach((value, at) =>
      known?.has(String(value ?? sides[0]![0])) === false && strange.set(at, name)
    );
    return [name, values];
  }));
  const assigned = [human, pool].every(({ table }) => table.columnNames().includes("reference_arm"));
  if (told.includes("arm") && assigned) columns.reference_arm = held("reference_arm");
  // In place of the outcome each row's place, which tells the rows that could be used.
  const places = [...Array(people + pool.row.length).keys()].filter((at) => !strange.has(at));
  if (["dsl", "ppboot"].includes(asked.estimator) && human.table.columnNames().includes(unit[0]!)) {
    // Draws go by the order of names, whatever that of rows.
    const name = held(unit[0]!).map((each, at) =>
      `${at < people} ${each} ${human.arm[at] ?? pool.arm[at - people]}`
    );
    places.sort((a, b) => name[a]! > name[b]! ? -1 : 1);
  }
  const data = Object.entries(columns).map(([name, values]) => [name, places.map((at) => values[at])]);
  const read = readModel(action, tableOf({ ...Object.fromEntries(data), [predicted]: places }), {
    ...{ category: undefined, weights: undefined, alpha: undefined, basis: undefined, persona: undefined },
    ...{ outcome: predicted, predictors, factors, levels, reference, clusters: null },
  });
  const [used, n] = [read.outcome, read.outcome.filter((at) => at < people).length];
  const join = (first: ArrayLike<number>, second: ArrayLike<number>) =>
    used.map((at) => at < people ? first[at]! : second[at - people]!);
  const label = used.subarray(0, n).map((at) => human.outcome[at]!);
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
  const codes = clusters === undefined ? null : encodeLabels(action, clusters, held(clusters)).codes;
  const cluster = Int32Array.from(
    join(human.persona, pool.persona.map((code) => -1 - code)),
    (own, row) => codes === null ? own : codes[used[row]!]!,
  );
  const part = (columns: readonly Float64Array[], start: number, end?: number) => ({
    columns: columns.map((each) => each.subarray(start, end)),
    prediction: (known ?? prediction).subarray(start, end),
    weight: weight?.subarray(start, end) ?? null,
    cluster: cluster.subarray(start, end),
  });
  const rows = {
    human: { ...part(design(said), 0, n), outcome: known?.subarray(0, n) ?? label },
    pool: part(design(prediction), n),
    ...{ design, outcome: known, label, prediction, covariates: read.columns.map(({ values }) => values) },
    chance: chance === undefined ? constant.values : chancesOf(chance, held(chance), used),
  } satisfies LabelledRows;
  const kept = [...exact.keys()].filter((at) => !dropped.includes(at));
  const terms = exact.map(({ term }, at) => ({ term, place: kept.indexOf(at) }));
  const left = noteDropped(dropped.map((at) => exact[at]!.term));
  const unknown = [...groupRows([...strange.values()])]
    .map(([name, { length }]) => `personas: left out: ${length} whose '${name}' no person has`);
  return { rows, terms, notes: [...pairs.notes, ...unknown, ...read.notes, ...left] };
}

/** That clusters are known, and that what the terms hold is the same in all rows of a unit, which are averaged. */
function checkRows(table: Table, terms: readonly string[], unit: readonly string[], asked: Asked): void {
  const names = table.columnNames();
  const recorded = names.includes("cluster") && names.includes("arm_probability");
  if (recorded && asked.clusters === undefined && asked.persona !== "cluster") {
    const rule = 'be given, with { estimator: "dsl" }; or average clusters with { persona: "cluster" }';
    throw new RangeError(cannot(action, "clusters", rule, undefined));
  }
  const encode = (name: string) => encodeLabels(action, name, valuesOf(table, name));
  if (asked.clusters !== undefined && encode(asked.clusters).codes.includes(-1)) {
    throw new RangeError(cannot(action, asked.clusters, "name a cluster in every row", null));
  }
  if (!names.includes(unit[0]!)) return;
  const units = [...groupRows(combineLabels(unit.map(encode)).codes)].filter(([code]) => code >= 0);
  for (const name of terms) {
    const values = valuesOf(table, name);
    const unlike = units.flatMap(([, [one, ...rest]]) => rest.filter((row) => values[row] !== values[one!]));
    const rule = "be the same in all rows of a persona in an arm, which are averaged";
    if (unlike.length > 0) throw new RangeError(cannot(action, name, rule, values[unlike[0]!]));
  }
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
  const share = "be 0 or 1 of people and within them of predictions (see 'category')";
  throw new RangeError(cannot(action, "outcome", most === 1 ? share : "be at least 0", wrong));
}
