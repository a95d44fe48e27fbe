import { checkLevel, checkProbabilities, checkShare, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { DrawOptions, IntervalOptions, RulesFor } from "../core/options.ts";
import { drawRules, intervalRules, oneOf, readOptions, rule, whole } from "../core/options.ts";
import { type Table, tableOf } from "../core/table.ts";
import { type PermutationOptions, permutationRules } from "./control_options.ts";
import { type DriftScenario, type DriftShape, givenShares, mostPersonas } from "./simulated_drift.ts";
import { moveShares, notSimulated, type SimulatedStudies, simulateStudies } from "./simulated_drift.ts";
import { smallestStudy, type StudySizes, type TrueShares } from "./simulated_drift.ts";

export type { DriftShape } from "./simulated_drift.ts";

/** Options of {@linkcode planDrift}. */
export interface PlanDriftOptions
  extends IntervalOptions, DrawOptions, Pick<PermutationOptions, "permutations"> {
  /** The true total variation distance between the arms; several are planned for in turn. Not with `treatment`. */
  distance?: number | readonly number[];
  /**
   * How many categories the control has, all as frequent as the others in the reference arm.
   * @default {5}
   */
  categories?: number;
  /**
   * The categories' probabilities in the reference arm.
   * @default {undefined} equal ones
   */
  shares?: readonly number[];
  /**
   * How the distance lies on the categories. `two`: it goes from the most frequent category to the least frequent one.
   * `spread`: it goes evenly from the last half of the categories to the first half. Spread is harder to find.
   * @default {"spread"}
   */
  shape?: DriftShape;
  /** The categories' probabilities in the treatment arm, in place of `distance` and `shape`. */
  treatment?: readonly number[];
  /** Personas in all; several are planned for in turn. Gives the power. Not with `power`. */
  n?: number | readonly number[];
  /**
   * The power that is wanted; gives the personas.
   * @default {0.8} where `n` is not given
   */
  power?: number;
  /**
   * The share of personas in the treatment arm, between subjects.
   * @default {0.5}
   */
  allocation?: number;
  /**
   * How many controls are tested. The power is that of Holm's first step, alpha / controls: if no other control moved.
   * @default {1}
   */
  controls?: number;
  /**
   * Whether each persona answers in one arm (`between`) or in both (`within`).
   * @default {"between"}
   */
  subjects?: "between" | "within";
  /**
   * Correlation of a persona's answers in the two arms, within subjects.
   * @default {0.5}
   */
  correlation?: number;
  /**
   * Replies of a persona in an arm.
   * @default {1}
   */
  replicates?: number;
  /**
   * Correlation of a persona's replies in one arm; with 1 replicates tell nothing new.
   * @default {1}
   */
  replyCorrelation?: number;
}

const action = "plan drift";

function checkShares(action: string, name: string, value: unknown): void {
  if (!Array.isArray(value) || value.length < 2) {
    throw new TypeError(cannot(action, name, "be a list of at least two probabilities", value));
  }
  checkProbabilities(action, name, value);
}

const level = <const Default extends number | undefined>(fallback: Default) =>
  rule<number, Default | number>(checkLevel, fallback);
const share = <const Default extends number>(fallback: Default) =>
  rule<number, Default | number>(checkShare, fallback);
const oneOrSeveral = (check: (action: string, name: string, value: unknown) => void) =>
  rule<number | readonly number[], undefined>(
    (action, name, value) => [value].flat().forEach((each) => check(action, name, each)),
    undefined,
  );

const rules = {
  ...intervalRules,
  ...drawRules,
  distance: oneOrSeveral(checkShare),
  categories: whole(undefined, 2),
  shares: rule<readonly number[], undefined>(checkShares, undefined),
  shape: oneOf(["two", "spread"], "spread"),
  treatment: rule<readonly number[], undefined>(checkShares, undefined),
  n: oneOrSeveral((action, name, value) => checkWhole(action, name, value, 4)),
  power: level(undefined),
  allocation: level(undefined),
  controls: whole(1),
  subjects: oneOf(["between", "within"], "between"),
  correlation: share(0.5),
  replicates: whole(1),
  replyCorrelation: share(1),
  permutations: permutationRules.permutations,
} as const satisfies RulesFor<PlanDriftOptions>;

/**
 * Plans how many personas a study needs to find drift of a given size, or how surely it finds it.
 *
 * Drift is a distance between distributions, whose test has a null of its own: 300 personas in each arm that find a
 * difference in means find few distances of .05. The power is that of `estimateDrift`'s permutation test of the total
 * variation distance at alpha over the number of controls, which is what Holm's method asks of the one that moved if no
 * other did. It is simulated: personas answer, by chance, with the probabilities of their arm, and the test is made of
 * their answers, with the same random numbers for every number of personas. Within subjects each persona is in both
 * arms, and arms are permuted within personas. Clusters are not planned for.
 *
 * @param options see {@linkcode PlanDriftOptions}
 * @returns one row per distance and `n`: `distance`, `shape`, `categories`, `subjects`, `n` (personas in all),
 * `n_treatment` and `n_reference` (personas in each arm), `calls`, `controls`, `level` (of the test of one control),
 * `power`, `power_error` (its Monte-Carlo standard error), `null_mean` and `null_high` (mean and 95% point of the distance
 * without drift), `half_width` (what the interval extends to either side: the normal quantile times the standard
 * deviation of the distance; those of `estimateDrift`, which also cover near 0, were a tenth to a third wider), `reason`
 * (why a value is `NaN`)
 * @throws {RangeError} if a value is out of range, missing, or at odds with another
 * @see Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, 2nd edition, chapter 7 (the same question for
 * chi-squared tests)
 * @example A distance of .1 with five categories
 * ```ts
 * import { assert } from "@std/assert";
 * import { planDrift } from "@understudy/understudy/drift";
 *
 * const plan = planDrift({ distance: [0.1, 0.2] });
 * const [small, large] = plan.array("n_treatment") as number[];
 * assert(small! > 3 * large!);
 * assert(Number(plan.get("power", 0)) >= 0.8);
 * ```
 */
export function planDrift(options: PlanDriftOptions): Table {
  const request = checkRequest(options);
  const rows = request.truths.flatMap((truth) =>
    request.n === undefined
      ? [solveRow(truth, request)]
      : [request.n].flat().map((n) =>
        describeRow(truth, request, simulateStudies(scenarioOf(truth, request, splitSizes(request, n))), "")
      )
  );
  return tableOf(rows);
}

function checkRequest(options: PlanDriftOptions) {
  const request = readOptions(action, options, rules);
  const { n, power, allocation, correlation, replicates, replyCorrelation, treatment } = request;
  const within = request.subjects === "within";
  const refuse = (isWrong: boolean, name: string, rule: string, value: number | undefined) => {
    if (isWrong) throw new RangeError(cannot(action, name, rule, value));
  };
  const most =
    `be at most 'replyCorrelation' (${replyCorrelation}), as arms share nothing that replies do not`;
  refuse(within && replicates > 1 && correlation > replyCorrelation, "correlation", most, correlation);
  refuse(within && allocation !== undefined, "allocation", "be left out within subjects", allocation);
  const asked = "be left out where 'n' is given, as it is what is asked for";
  refuse(n !== undefined && power !== undefined, "power", asked, power);
  return {
    ...request,
    within,
    allocation: allocation ?? 0.5,
    power: power ?? 0.8,
    truths: readTruths(options, request.shape),
    shape: treatment === undefined ? request.shape : "given",
  };
}

type PlanRequest = ReturnType<typeof checkRequest>;

function readTruths({ categories, shares, treatment, distance }: PlanDriftOptions, shape: DriftShape) {
  if (shares !== undefined && categories !== undefined && categories !== shares.length) {
    const rule = `be the number of 'shares', ${shares.length}`;
    throw new RangeError(cannot(action, "categories", rule, categories));
  }
  const reference = shares ?? Array<number>(categories ?? 5).fill(1 / (categories ?? 5));
  if ((distance === undefined) === (treatment === undefined)) {
    const rule = treatment === undefined
      ? "be a number from 0 to 1"
      : "be left out where 'treatment' is given";
    throw new RangeError(cannot(action, "distance", rule, distance));
  }
  if (treatment !== undefined) return [givenShares(action, reference, treatment)];
  return [distance!].flat().map((each) => moveShares(action, reference, { distance: each, shape }));
}

/** The arms for a number of personas in the reference arm. */
function sizesFor({ within, allocation }: PlanRequest, reference: number): StudySizes {
  if (within) return { treatment: reference, reference };
  return { treatment: Math.max(1, Math.ceil(reference * allocation / (1 - allocation) - 1e-9)), reference };
}

/** The arms of a number of personas in all. */
function splitSizes({ within, allocation }: PlanRequest, n: number): StudySizes {
  if (within) return { treatment: n, reference: n };
  const treatment = Math.min(n - 1, Math.max(1, Math.round(n * allocation)));
  return { treatment, reference: n - treatment };
}

function scenarioOf(shares: TrueShares, request: PlanRequest, sizes: StudySizes): DriftScenario {
  return { ...request, shares, sizes, level: request.alpha / request.controls };
}

function solveRow(truth: TrueShares, request: PlanRequest): ReturnType<typeof describeRow> {
  if (truth.distance === 0) {
    const reason = "a distance of 0 is found by mistake only: no number of personas gives the power wanted";
    return describeRow(truth, request, null, reason);
  }
  const scenarioAt = (reference: number) => scenarioOf(truth, request, sizesFor(request, reference));
  const smallest = smallestStudy(request.power, 4 / truth.distance ** 2, scenarioAt);
  const whyNot = `not even ${mostPersonas} personas in an arm reach the power wanted`;
  return describeRow(truth, request, smallest, whyNot);
}

function describeRow(
  truth: TrueShares,
  request: PlanRequest,
  found: SimulatedStudies | null,
  whyNot: string,
): { [column: string]: string | number } {
  const { sizes: { treatment, reference }, ...numbers } = found ?? notSimulated;
  return {
    distance: truth.distance,
    shape: request.shape,
    categories: truth.reference.length,
    subjects: request.subjects,
    n: request.within ? treatment : treatment + reference,
    n_treatment: treatment,
    n_reference: reference,
    calls: (treatment + reference) * request.replicates,
    controls: request.controls,
    level: request.alpha / request.controls,
    ...numbers,
    reason: found === null ? whyNot : "",
  };
}
