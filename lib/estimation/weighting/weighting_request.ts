import { pickOutcome } from "../../core/outcome.ts";
import { compareArms } from "../effect_comparison.ts";
import type { EffectRequest, FoundEffect } from "../effect_request.ts";
import type { EffectRows } from "../effect_rows.ts";
import { gatherUnits } from "../effect_units.ts";
import {
  augmentedWeighting,
  hajek,
  horvitzThompson,
  type WeightingComparison,
  type WeightingSettings,
} from "./effect_weighting.ts";
import { gatherColumn, leaveOutWithout, readNumbers } from "../unit_columns.ts";
import { givenEither, readProbabilities, type RowProbabilities } from "./weighting_probabilities.ts";

/** What weighting is asked for: arms, covariates and where probabilities come from. */
export interface WeightingRequest extends Omit<EffectRequest, "options" | "settings"> {
  /** The outcome. */
  readonly outcome: string;
  /** Probabilities of arms; see `readProbabilities`. */
  readonly probabilities: string | { readonly [arm: string]: number | string } | undefined;
  /** Columns of covariates. */
  readonly covariates: readonly string[];
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
  const { action, table, rows: read, reference, terms, covariates } = request;
  const picked = pickOutcome(action, table, request.outcome);
  const probabilities = readProbabilities(action, picked, read, request.probabilities);
  const columns = covariates.map((name) => readNumbers(action, picked, name));
  const known = probabilities === null ? [] : probabilities.byArm ?? [probabilities.own!];
  const rows = leaveOutWithout(read, [
    ...known.map((values) => ({ name: "without a probability", values })),
    ...columns.map((values, j) => ({ name: `without '${covariates[j]}'`, values })),
  ]);
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
  return ({ options, settings: _settings, ...request }) =>
    weightEffects(
      {
        ...request,
        outcome: options.outcome,
        probabilities: undefined,
        covariates: [options.covariates ?? []].flat(),
      },
      estimator,
      {},
    );
}

/** Two arms' units with their probabilities and covariates, each gathered to units as outcomes are. */
function addColumns(
  action: string,
  rows: EffectRows,
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
