import { columnOf } from "../../core/table.ts";
import { leaveOut, leaveOutLacking, numberColumn, type Study } from "../../core/study.ts";
import { compareArms, gatherColumn, gatherUnits } from "../../core/units.ts";
import type { EffectRequest, FoundEffect } from "../effect_request.ts";
import {
  augmentedWeighting,
  hajek,
  horvitzThompson,
  type WeightingComparison,
  type WeightingSettings,
} from "./effect_weighting.ts";
import { givenEither, readProbabilities, type RowProbabilities } from "./weighting_probabilities.ts";

/** What weighting is asked for: arms, covariates and where probabilities come from. */
export interface WeightingRequest extends Omit<EffectRequest, "covarianceType" | "settings"> {
  /** Probabilities of arms; see `readProbabilities`. */
  readonly probabilities: string | { readonly [arm: string]: number | string } | undefined;
}

/** The weighting estimators by name, for one comparison. */
export const weightingEstimators = {
  horvitz_thompson: horvitzThompson,
  hajek,
  aipw: augmentedWeighting,
} as const;

/** Estimates the effect of each arm by weighting. */
export function weightEffects(
  request: WeightingRequest,
  estimator: keyof typeof weightingEstimators,
  settings: WeightingSettings,
): FoundEffect[] {
  const { study: read, reference, terms, covariates } = request;
  const { action } = read;
  const probabilities = readProbabilities(action, read.table, read, request.probabilities);
  const columns = covariates.map((name) => numberColumn(action, name, columnOf(read.table, name)));
  const known = probabilities === null ? [] : probabilities.byArm ?? [probabilities.own!];
  const rows = leaveOutLacking(
    leaveOut(read, "a probability", (row) => known.some((values) => Number.isNaN(values[row]))),
    columns.map((values, j) => ({ name: covariates[j]!, column: covariates[j]!, values })),
  );
  return terms.map((term) => {
    const comparison = addColumns(action, rows, probabilities, columns, reference, term);
    const found = weightingEstimators[estimator](comparison, settings);
    return { found, outcome: comparison.outcome, notes: comparison.notes };
  });
}

/** A weighting estimator as `estimateEffects` calls it: probabilities recorded, or the arms' shares. */
export function weightingEstimator(
  estimator: keyof typeof weightingEstimators,
): (request: EffectRequest) => FoundEffect[] {
  return (request) => weightEffects({ ...request, probabilities: undefined }, estimator, {});
}

/** Two arms' units with their probabilities and covariates, each gathered to units as outcomes are. */
function addColumns(
  action: string,
  rows: Study,
  probabilities: RowProbabilities | null,
  columns: readonly Float64Array[],
  reference: number,
  term: number,
): WeightingComparison {
  const comparison = compareArms(action, gatherUnits(action, rows), reference, term);
  const gather = (values: Float64Array) => gatherColumn(action, rows, values, reference, term);
  const { treated, block, arms } = comparison;
  const covariates = columns.map(gather);
  if (probabilities === null) return { ...comparison, covariates };
  if (probabilities.own !== null) {
    const own = gather(probabilities.own);
    const probability = givenEither(action, own, null, rows.arm.labels.length, treated, block?.codes ?? null);
    return { ...comparison, covariates, probability };
  }
  const [none, one] = arms.map((arm) => gather(probabilities.byArm![rows.arm.labels.indexOf(arm)]!));
  const own = treated.length === 0 ? none! : none!.map((p, row) => treated[row] === 1 ? one![row]! : p);
  const other = none!.map((p, row) => treated[row] === 1 ? p : one![row]!);
  return { ...comparison, covariates, probability: givenEither(action, own, other, 2, treated, null) };
}
