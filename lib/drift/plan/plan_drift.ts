import { stream } from "../../core/stream.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { type DriftPower, driftPower } from "./drift_power.ts";
import type { TrueShares } from "./drift_shares.ts";
import { type DriftSizes, mostPersonas, smallestSize } from "./drift_sizes.ts";
import { checkPlanOptions, type DriftPlanRequest, type PlanDriftOptions } from "./plan_drift_options.ts";

export type { DriftShape } from "./drift_shares.ts";
export type { PlanDriftOptions } from "./plan_drift_options.ts";

const columns = [
  "distance",
  "shape",
  "categories",
  "subjects",
  "n",
  "n_treatment",
  "n_reference",
  "calls",
  "controls",
  "level",
  "power",
  "null_mean",
  "null_high",
  "half_width",
  "reason",
] as const;

/**
 * Plans how many personas a study needs to find drift of a given size, or how surely it finds it.
 *
 * Drift is a distance between distributions, whose test has a null of its own: 300 personas in each arm that find a
 * difference in means find few distances of .05. The power is that of `estimateDrift`'s permutation test of the total
 * variation distance at alpha, or at alpha over the number of controls, which is what Holm's method asks of the one
 * that moved if no other did. It is drawn: 8,000 studies by their counts, set against permutations of some of them, with
 * the same random numbers for every number of personas; it is right to about one percentage point. It depends on where
 * the distance lies (`shape`): the more categories share it, the harder it is to find.
 *
 * Within subjects each persona is in both arms, and arms are permuted within personas. Replicates count as the number of
 * unrelated replies that tell as much, an approximation; clusters are not planned for.
 *
 * @param options see {@linkcode PlanDriftOptions}
 * @returns one row per distance and `n`: `distance`, `shape`, `categories`, `subjects`, `n` (personas in all),
 * `n_treatment` and `n_reference` (personas in each arm), `calls`, `controls`, `level` (of the test of one control),
 * `power`, `null_mean` and `null_high` (mean and 95% point of the distance without drift), `half_width` (what the
 * interval extends to either side: the normal quantile times the standard deviation of the distance; those of
 * `estimateDrift`, which also cover near 0, were a tenth to a third wider), `reason` (why a value is `NaN`)
 * @throws {TypeError} if an option is unknown or has the wrong type
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
  const request = checkPlanOptions("plan drift", options);
  const rows = request.truths.flatMap((truth) =>
    request.n.length === 0
      ? [solveRow(truth, request)]
      : request.n.map((n) => describeRow(truth, request, splitSizes(request, n)))
  );
  return tableOfRows(rows, columns);
}

type PlanRow = { [column in typeof columns[number]]: string | number };

/** The row of the smallest number of personas that is enough. */
function solveRow(truth: TrueShares, request: DriftPlanRequest): PlanRow {
  const smallest = truth.distance > 0
    ? smallestSize(
      request.power,
      8 / truth.distance ** 2,
      (n) => powerOf(truth, request, sizesFor(request, n)),
    )
    : null;
  if (smallest !== null) return describeRow(truth, request, sizesFor(request, smallest));
  return describeRow(truth, request, null);
}

function describeRow(truth: TrueShares, request: DriftPlanRequest, sizes: DriftSizes | null): PlanRow {
  const found: DriftPower = sizes === null
    ? { power: NaN, nullMean: NaN, nullHigh: NaN, halfWidth: NaN }
    : powerOf(truth, request, sizes);
  const { treatment, reference } = sizes ?? { treatment: NaN, reference: NaN };
  return {
    distance: truth.distance,
    shape: request.shape,
    categories: truth.reference.length,
    subjects: request.within ? "within" : "between",
    n: request.within ? treatment : treatment + reference,
    n_treatment: treatment,
    n_reference: reference,
    calls: (treatment + reference) * request.replicates,
    controls: request.controls,
    level: request.alpha / request.controls,
    power: found.power,
    null_mean: found.nullMean,
    null_high: found.nullHigh,
    half_width: found.halfWidth,
    reason: sizes === null
      ? truth.distance === 0
        ? "a distance of 0 is found by mistake only: no number of personas gives the power wanted"
        : `not even ${mostPersonas} personas in an arm reach the power wanted`
      : "",
  };
}

function powerOf(truth: TrueShares, request: DriftPlanRequest, sizes: DriftSizes): DriftPower {
  const { within, correlation, replicates, replyCorrelation, alpha, controls, seed } = request;
  return driftPower(
    { shares: truth, within, correlation, replicates, replyCorrelation, alpha, level: alpha / controls },
    sizes,
    stream(seed, "plan drift"),
  );
}

/** The arms for a number of personas in the reference arm. */
function sizesFor({ within, allocation }: DriftPlanRequest, reference: number): DriftSizes {
  if (within) return { treatment: reference, reference };
  return { treatment: Math.max(1, Math.ceil(reference * allocation / (1 - allocation) - 1e-9)), reference };
}

/** The arms of a number of personas in all. */
function splitSizes({ within, allocation }: DriftPlanRequest, n: number): DriftSizes {
  if (within) return { treatment: n, reference: n };
  const treatment = Math.min(n - 1, Math.max(1, Math.round(n * allocation)));
  return { treatment, reference: n - treatment };
}
