import { leastSquares, type LeastSquaresFit } from "../../stats/least_squares.ts";
import { type ConfounderStrength, partialRSquared } from "./robustness_formulas.ts";
import { roundingError } from "./rounding_error.ts";
import type { Attribute, SensitivitySample } from "./sensitivity_sample.ts";

/** The regression of the outcome on the treatment and the attributes, with classical errors. */
export interface RobustnessRegression {
  /** The coefficient of the treatment; `NaN` where it cannot be told apart. */
  readonly estimate: number;
  /** Its classical standard error. */
  readonly stdError: number;
  /** Residual degrees of freedom. */
  readonly df: number;
  /** Partial R² of the treatment with the outcome. */
  readonly partialRSquared: number;
  /** How strong a group of attributes is, given the others. */
  readonly strengthOf: (names: readonly string[]) => ConfounderStrength;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/**
 * Regresses the outcome on the treatment and the attributes, within blocks, or within personas where they are compared
 * with themselves. The errors are classical, because partial R² are: t² / (t² + df) holds for no other.
 */
export function regressRobustness(sample: SensitivitySample): RobustnessRegression {
  const { comparison, attributes } = sample;
  const treated = Float64Array.from(comparison.treated);
  const y = fitWithin(sample, comparison.outcome, [treated], attributes);
  const at = y.first;
  const [estimate, stdError] = [y.fit.coefficients[at]!, y.fit.standardErrors[at]!]
    .map((value) => Math.abs(value) <= y.rounding ? 0 : value) as [number, number];
  const df = y.fit.residualDf;
  return {
    estimate,
    stdError: df > 0 ? stdError : NaN,
    df,
    partialRSquared: df > 0 ? partialRSquared(estimate / stdError, df) : NaN,
    strengthOf: (names) => {
      const others = attributes.filter(({ name }) => !names.includes(name));
      return {
        treatment: shareExplained(
          fitWithin(sample, treated, [], others),
          fitWithin(sample, treated, [], attributes),
        ),
        outcome: shareExplained(fitWithin(sample, comparison.outcome, [treated], others), y),
      };
    },
    notes: noteRegression(sample, y.fit),
  };
}

interface WithinFit {
  readonly fit: LeastSquaresFit;
  /** The place of the first column that is no constant. */
  readonly first: number;
  /** The residual sum of squares. */
  readonly left: number;
  /** What is no larger is rounding, in units of the outcome. */
  readonly rounding: number;
}

function fitWithin(
  { comparison }: SensitivitySample,
  outcome: Float64Array,
  leading: readonly Float64Array[],
  attributes: readonly Attribute[],
): WithinFit {
  const codes = comparison.persona ?? comparison.block?.codes;
  const given = [
    ...leading,
    ...attributes.flatMap(({ columns }) => columns.map(({ values }) => values)),
  ];
  // Fixed effects alone, without any column, are fitted through a constant, which they make redundant.
  const constant = codes === undefined || given.length === 0;
  const columns = constant ? [new Float64Array(outcome.length).fill(1), ...given] : given;
  const fit = leastSquares(columns, outcome, {
    covarianceType: "classical",
    ...(codes === undefined ? {} : { fixedEffects: [codes] }),
  });
  return {
    fit,
    first: constant ? 1 : 0,
    left: fit.residuals.reduce((total, value) => total + value * value, 0),
    rounding: roundingError(outcome),
  };
}

/** The share of what was left that further columns explain; `NaN` where nothing was left. */
function shareExplained(without: WithinFit, full: WithinFit): number {
  if (without.left <= without.rounding ** 2 * without.fit.residuals.length) return NaN;
  return Math.max(0, (without.left - full.left) / without.left);
}

function noteRegression({ comparison }: SensitivitySample, fit: LeastSquaresFit): string[] {
  const within = comparison.persona !== null
    ? ["compared within personas"]
    : comparison.block !== null
    ? ["compared within blocks"]
    : [];
  return [
    ...within,
    ...(comparison.cluster === null
      ? []
      : ["clusters are not used: the arithmetic of partial R² takes units as independent"]),
    ...(fit.dropped.length === 0
      ? []
      : [`columns left out as combinations of earlier ones: ${fit.dropped.length}`]),
  ];
}
