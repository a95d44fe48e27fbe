import { checkLevel, checkOneOf, checkOptions, checkSeed, checkWhole } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import {
  type DriftShape,
  givenShares,
  moveShares,
  referenceShares,
  type TrueShares,
} from "./drift_shares.ts";

/** Options of {@linkcode planDrift}. */
export interface PlanDriftOptions {
  /** The true total variation distance between the arms; several are planned for in turn. Not with `treatment`. */
  distance?: number | readonly number[];
  /**
   * How many categories the control has, all as frequent as the others in the reference arm.
   *
   * @default 5
   */
  categories?: number;
  /**
   * The categories' probabilities in the reference arm.
   *
   * @default equal ones
   */
  shares?: readonly number[];
  /**
   * How the distance lies on the categories. `two`: it goes from the most frequent category to the least frequent one.
   * `spread`: it goes evenly from the last half of the categories to the first half. Spread is harder to find.
   *
   * @default "spread"
   */
  shape?: DriftShape;
  /** The categories' probabilities in the treatment arm, in place of `distance` and `shape`. */
  treatment?: readonly number[];
  /** Personas in all; several are planned for in turn. Gives the power. Not with `power`. */
  n?: number | readonly number[];
  /**
   * The power that is wanted; gives the personas.
   *
   * @default 0.8, where `n` is not given
   */
  power?: number;
  /**
   * The share of personas in the treatment arm, between subjects.
   *
   * @default 0.5
   */
  allocation?: number;
  /**
   * How many controls are tested. The power is that of Holm's first step, alpha / controls: if no other control moved.
   *
   * @default 1
   */
  controls?: number;
  /**
   * Whether each persona answers in one arm (`between`) or in both (`within`).
   *
   * @default "between"
   */
  subjects?: "between" | "within";
  /**
   * Correlation of a persona's answers in the two arms, within subjects.
   *
   * @default 0.5
   */
  correlation?: number;
  /**
   * Replies of a persona in an arm.
   *
   * @default 1
   */
  replicates?: number;
  /**
   * Correlation of a persona's replies in one arm; with 1 replicates tell nothing new.
   *
   * @default 1
   */
  replyCorrelation?: number;
  /**
   * The level of the test.
   *
   * @default 0.05
   */
  alpha?: number;
  /**
   * The seed of the drawn studies.
   *
   * @default 0
   */
  seed?: number;
}

/** Options, checked and complete; one true distance each. */
export interface DriftPlanRequest {
  readonly truths: readonly TrueShares[];
  readonly n: readonly number[];
  readonly power: number;
  readonly allocation: number;
  readonly controls: number;
  readonly within: boolean;
  readonly correlation: number;
  readonly replicates: number;
  readonly replyCorrelation: number;
  readonly alpha: number;
  readonly seed: number;
  readonly shape: string;
}

const names = [
  "distance",
  "categories",
  "shares",
  "shape",
  "treatment",
  "n",
  "power",
  "allocation",
  "controls",
  "subjects",
  "correlation",
  "replicates",
  "replyCorrelation",
  "alpha",
  "seed",
];

/** Checks the options and fills in the defaults. */
export function checkPlanOptions(action: string, options: PlanDriftOptions): DriftPlanRequest {
  checkOptions(action, options, names);
  const { shape = "spread", power = 0.8, allocation = 0.5, controls = 1, subjects = "between" } = options;
  const { correlation = 0.5, replicates = 1, replyCorrelation = 1, alpha = 0.05, seed = 0 } = options;
  checkOneOf(action, "shape", shape, ["two", "spread"]);
  checkOneOf(action, "subjects", subjects, ["between", "within"]);
  for (const [name, value] of Object.entries({ power, allocation, alpha })) checkLevel(action, name, value);
  for (const [name, value] of Object.entries({ controls, replicates })) checkWhole(action, name, value, 1);
  checkSeed(action, seed);
  const within = subjects === "within";
  for (const [name, value] of Object.entries({ correlation, replyCorrelation })) {
    checkShare(action, name, value);
  }
  if (within && replicates > 1 && correlation > replyCorrelation) {
    const rule =
      `be at most 'replyCorrelation' (${replyCorrelation}), as arms share nothing that replies do not`;
    throw new RangeError(cannot(action, "correlation", rule, correlation));
  }
  checkLeftOut(action, options, within);
  const n = options.n === undefined ? [] : [options.n].flat() as number[];
  for (const size of n) checkWhole(action, "n", size, 4);
  const truths = readTruths(action, options, shape);
  return {
    truths,
    n,
    power,
    allocation,
    controls,
    within,
    correlation,
    replicates,
    replyCorrelation,
    alpha,
    seed,
    shape: options.treatment === undefined ? shape : "given",
  };
}

/** Checks that nothing is given that another option rules out. */
function checkLeftOut(action: string, { allocation, n, power }: PlanDriftOptions, within: boolean): void {
  if (within && allocation !== undefined) {
    throw new RangeError(cannot(action, "allocation", "be left out within subjects", allocation));
  }
  if (n !== undefined && power !== undefined) {
    throw new RangeError(
      cannot(action, "power", "be left out where 'n' is given, as it is what is asked for", power),
    );
  }
}

function readTruths(action: string, options: PlanDriftOptions, shape: DriftShape): TrueShares[] {
  const reference = referenceShares(action, options);
  if (options.treatment !== undefined) {
    if (options.distance !== undefined) {
      throw new RangeError(
        cannot(action, "distance", "be left out where 'treatment' is given", options.distance),
      );
    }
    return [givenShares(action, reference, options.treatment)];
  }
  const distances = [options.distance ?? NaN].flat() as number[];
  return distances.map((distance) => {
    if (typeof distance !== "number" || !(distance >= 0 && distance <= 1)) {
      throw new RangeError(cannot(action, "distance", "be a number from 0 to 1", distance));
    }
    return moveShares(action, reference, { distance, shape });
  });
}

function checkShare(action: string, name: string, value: unknown): void {
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    throw new RangeError(cannot(action, name, "be a share from 0 to 1", value));
  }
}
