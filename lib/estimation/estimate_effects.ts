import { columns, type DegreesOptions, degreesRules, type EffectOptions } from "../core/options.ts";
import { effectRules, oneOf, readOptions, rule, type RulesFor } from "../core/options.ts";
import { cannot } from "../core/errors.ts";
import { estimateRow, estimateTableColumns } from "../core/rows.ts";
import { outcomeName, readStudy, referenceOf } from "../core/study.ts";
import { columnOf, type Table, tableOfRows } from "../core/table.ts";
import { compareArms, gatherUnits } from "../core/units.ts";
import { type CovarianceType, covarianceTypes } from "../stats/covariance.ts";
import { inferEstimate } from "../stats/inference.ts";
import { checkProbabilitySource } from "./assignment_probabilities.ts";
import { differenceInMeans } from "./difference_in_means.ts";
import type { ArmProbabilities, EffectEstimate, EffectRequest } from "./effect.ts";
import { weightedEffects } from "./probability_weighting.ts";
import { linEffects, olsEffects } from "./regression_adjustment.ts";

/**
 * The name of an estimator of effects: `difference_in_means`; `ols`, a regression on arms and covariates; `lin`, the
 * same with centred covariates that have slopes of their own in every arm (Lin 2013); and those that weight each unit
 * with one over the probability of its arm: `horvitz_thompson` (unbiased but noisy, and moved by a constant added to the
 * outcome), `hajek` (the difference of weighted means) and `aipw` (regression in each arm plus weighted residuals).
 */
export type EffectEstimatorName =
  | "difference_in_means"
  | "ols"
  | "lin"
  | "horvitz_thompson"
  | "hajek"
  | "aipw";

/** Options of `estimateEffects`. */
export interface EstimateEffectsOptions extends EffectOptions, DegreesOptions {
  /**
   * How the effect is estimated.
   * @default {"difference_in_means"}
   */
  estimator?: EffectEstimatorName;
  /**
   * Columns measured before treatment, for `ols`, `lin` and `aipw`: numbers, or names, which become one indicator for
   * each value but the first.
   * @default {[]}
   */
  covariates?: string | readonly string[];
  /**
   * How the variance is estimated, for `ols` and `lin`; HC2 and CR2 have Satterthwaite's degrees of freedom.
   * @default {"HC2"} or `"CR2"` with clusters
   */
  covarianceType?: CovarianceType;
  /**
   * The variance where some blocks are pairs and others are larger: `hybrid` adds the variance between pairs to that
   * within larger blocks; `pairs` takes every block for a pair, as the R package estimatr does.
   * @default {"hybrid"}
   */
  mixedBlocks?: "hybrid" | "pairs";
  /**
   * For estimators that weight: the column with each unit's probability of the arm that it is in; or for each arm its
   * probability, or the column that holds it.
   * @default {undefined} `arm_probability` where the table has it; otherwise the arms' shares within blocks
   */
  probabilities?: ArmProbabilities;
  /**
   * For estimators that weight: whether each unit was assigned by itself (`simple`) or arm sizes were fixed within
   * blocks (`complete`).
   * @default {undefined} `complete` where probabilities are the same within blocks, else `simple`
   */
  assignment?: "simple" | "complete";
  /**
   * The variance of `horvitz_thompson`: `youngs` holds whatever the effects are; `constant` supposes the same effect
   * on all units, with simple assignment.
   * @default {"youngs"}
   */
  variance?: "youngs" | "constant";
}

const action = "estimate effects";

/** The estimators by name; a new one is a new entry. */
const estimators: { readonly [Name in EffectEstimatorName]: (request: EffectRequest) => EffectEstimate[] } = {
  difference_in_means: (request) => {
    const { study, reference, terms } = request;
    const units = gatherUnits(action, study);
    return terms.map((term) => differenceInMeans(compareArms(action, units, reference, term), request));
  },
  ols: olsEffects,
  lin: linEffects,
  horvitz_thompson: (request) => weightedEffects(request, "horvitz_thompson"),
  hajek: (request) => weightedEffects(request, "hajek"),
  aipw: (request) => weightedEffects(request, "aipw"),
};

const rules = {
  ...effectRules,
  ...degreesRules,
  estimator: oneOf(Object.keys(estimators) as EffectEstimatorName[], "difference_in_means"),
  covariates: columns,
  covarianceType: oneOf(covarianceTypes, undefined),
  mixedBlocks: oneOf(["hybrid", "pairs"], "hybrid"),
  probabilities: rule<ArmProbabilities, undefined>(checkProbabilitySource, undefined),
  assignment: oneOf(["simple", "complete"], undefined),
  variance: oneOf(["youngs", "constant"], "youngs"),
} as const satisfies RulesFor<EstimateEffectsOptions>;

const weighting = ["horvitz_thompson", "hajek", "aipw"] as const;

/** Options that belong to some estimators. */
const belongsTo = {
  covariates: ["ols", "lin", "aipw"],
  covarianceType: ["ols", "lin"],
  mixedBlocks: ["difference_in_means"],
  probabilities: weighting,
  assignment: weighting,
  variance: ["horvitz_thompson"],
} as const satisfies { readonly [name in keyof EstimateEffectsOptions]?: readonly EffectEstimatorName[] };

/**
 * Estimates the effect of each arm against a reference arm.
 *
 * Takes the answers of `runExperiment` or any table with one row per unit. The difference in means is unbiased where
 * arms were assigned at random. The standard error follows the assignment: blocks and clusters are those that
 * `assignTreatments` recorded; for other tables, give them as they were assigned. The designs are Welch; blocked;
 * matched pairs; clustered (CR2 with Satterthwaite degrees of freedom); clusters within blocks; pairs of clusters;
 * weighted (HC2). Shares (a `category`, or an outcome of 0 and 1) of independent units have Newcombe's interval from the
 * arms' Wilson score intervals, and the test that agrees with it: near 0 and 1, and where one arm is small, it covered
 * more surely in simulations than Miettinen and Nurminen's or Student's t. An arm in which fewer than 5 answers differ
 * from the most common one is named in `notes`, and its variance is taken for that with one more answer at either end
 * of what was answered: that all of a few agree is no proof that nobody would differ. `lin` (blocks are covariates) and
 * `ols` (an intercept for each block) are more precise where covariates predict the outcome; with clusters, and where
 * personas are in several arms, their variance is CR2. Where probabilities differ between units or blocks, a plain
 * difference is biased, and an estimator that weights is not; of several arms the two that are compared are taken for
 * an experiment of their own. It chooses by itself, and says so in `notes`: replies of a persona in an arm are averaged
 * first; a persona in both arms is compared with itself; rows without a value are left out and counted by status. What
 * cannot be computed is `NaN` with a reason.
 *
 * @param table one row per answer (with `item` and `value`) or per unit; needs the arm and the outcome
 * @param options the outcome, and the assignment; see {@linkcode EstimateEffectsOptions}
 * @returns one row per arm other than the reference, arms sorted by name: `outcome`, `arm`, `reference`,
 * `estimator`, `design`, `estimate` (arm less reference, in units of the outcome), `std_error`, `statistic` (of shares the
 * normal one of that test, else estimate / std_error), `df` (infinite for the normal distribution), `p_value` (two-sided, of no effect), `conf_low`, `conf_high`, `conf_level`, `n` (units, or personas compared with
 * themselves), `basis`, `notes`, `reason` (why a value is `NaN`)
 * @throws {RangeError} if a column, arm or item is missing, or blocks and clusters are not those of an experiment
 * @throws {TypeError} if an option is unknown or the outcome is not numeric
 * @see Gerber and Green 2012, Field Experiments, eq. 3.4, 3.6 and 3.10; Imai, King and Nall 2009, eq. 6; Lin 2013;
 * Bell and McCaffrey 2002; Pustejovsky and Tipton 2018; Pashley and Miratrix 2021; Aronow and Middleton 2013; Robins,
 * Rotnitzky and Zhao 1994; Newcombe 1998; Agresti and Caffo 2000
 * @example Two arms
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateEffects } from "@understudy/understudy/estimation";
 *
 * const answers = tableOf({
 *   arm: ["control", "control", "control", "threat", "threat", "threat"],
 *   support: [2, 3, 4, 5, 4, 6],
 * });
 * const effects = estimateEffects(answers, { outcome: "support" });
 * assertEquals([effects.get("arm", 0), effects.get("estimate", 0), effects.get("n", 0)], ["threat", 2, 6]);
 * ```
 */
export function estimateEffects(table: Table, options: EstimateEffectsOptions): Table {
  const { alpha, basis, estimator, ...asked } = readOptions(action, options, rules, table);
  refuseOthers(options, estimator);
  if ([asked.covariates ?? []].flat().includes(asked.outcome)) {
    const rule = "not name the outcome; an earlier answer is to be a column of its own";
    throw new RangeError(cannot(action, "covariates", rule, asked.outcome));
  }
  const study = readStudy(action, table, asked);
  const arms = study.arm.labels;
  const { reference, notes } = referenceOf(study, asked.reference);
  const terms = [...arms.keys()].filter((arm) => arm !== reference);
  const effects = estimators[estimator]({
    ...asked,
    study,
    reference,
    terms,
    covariates: [asked.covariates ?? []].flat(),
    // Blocks that the assignment recorded may be thinned by refusals; blocks that are named must be as they are told.
    smallBlocks: asked.blocks === undefined ? "pool" : "error",
  });
  const largest = study.value.reduce((most, value) => Math.abs(value) > most ? Math.abs(value) : most, 0);
  const shared = { outcome: outcomeName(asked), reference: arms[reference]!, estimator, basis };
  const rows = effects.map((found, at) => {
    const inference = inferEstimate(found, alpha, largest);
    return estimateRow({
      ...shared,
      arm: arms[terms[at]!]!,
      design: found.design,
      ...inference,
      n: found.n,
      notes: [
        ...notes,
        ...noteWeights(table, options, estimator),
        ...found.notes,
        found.shares === undefined
          ? ""
          : "shares: Newcombe's interval from Wilson score intervals, and its test",
      ],
      reason: [...found.reason, ...inference.reason],
    });
  });
  return tableOfRows(rows, estimateTableColumns(["design"]));
}

function refuseOthers(options: EstimateEffectsOptions, estimator: EffectEstimatorName): void {
  for (const [name, owners] of Object.entries(belongsTo)) {
    const given = options[name as keyof typeof belongsTo];
    if (given === undefined || (Array.isArray(given) && given.length === 0)) continue;
    if ((owners as readonly string[]).includes(estimator)) continue;
    throw new RangeError(
      `${cannot(action, name, `be left out with ${estimator}`, given)}; use { estimator: "${owners[0]}" }`,
    );
  }
}

/** Weights that vary and are not used would go unnoticed. */
function noteWeights(table: Table, { weights }: EstimateEffectsOptions, estimator: string): string[] {
  if (weights !== undefined || (weighting as readonly string[]).includes(estimator)) return [];
  if (!table.columnNames().includes("weight")) return [];
  const values = columnOf(table, "weight").filter((value) => value !== null && value !== undefined);
  return values.every((value) => value === values[0])
    ? []
    : ["column 'weight' varies and is not used: { weights: \"weight\" } uses it"];
}
