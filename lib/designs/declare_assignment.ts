import { checkDistinct, checkOneOf, checkOptions, checkSeed, checkText, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { stream } from "../core/stream.ts";
import { distinct, isMissing } from "../core/table.ts";
import { armSizesOf, assignCompletely } from "./arm_sizes.ts";
import { type DeclareAssignmentOptions, memberNames, readStrata, type Stratum } from "./assignment_strata.ts";

/** A random assignment, known exactly; from {@linkcode declareAssignment}. */
export interface Assignment {
  /** The number of units. */
  readonly n: number;
  /** The units' names. */
  readonly units: readonly string[];
  /** The arms. */
  readonly arms: readonly string[];
  /** The probability of each arm (in the order of `arms`), one row per unit. */
  readonly probabilities: readonly (readonly number[])[];
  /** The number of different assignments that have a chance; an error where several units are left to unequal arms. */
  readonly count: bigint;
  /** Draws the arm of each unit. */
  readonly assign: (seed: number) => string[];
}

const known = [
  ...["n", "units", "blocks", "clusters", "arms", "probabilities", "sizes"],
  ...["blockProbabilities", "blockSizes", "assignment"],
];

/**
 * Declares a random assignment and knows everything about it: the probability of each arm of each unit, exactly, and
 * the number of possible assignments.
 *
 * Where arms do not divide evenly, what is left after rounding down is drawn systematically. Two arms need the number or
 * the probability of one. Blocks are independent; clusters are assigned as one, within their block.
 *
 * @param options see {@linkcode DeclareAssignmentOptions} (defaults there)
 * @returns a frozen {@linkcode Assignment}; `assign(seed)` draws as `assignTreatments` does where `units` are its personas
 * @throws {RangeError} if lengths differ, sizes do not sum to the units of a block, probabilities do not sum to 1, a
 * cluster lies in several blocks, or sizes and probabilities are both given
 * @see Gerber and Green 2012, Field Experiments, 2.4 and 3.6; Madow 1949, Annals of Mathematical Statistics 20
 * @example Two of seven units
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { declareAssignment } from "@understudy/understudy/designs";
 *
 * const assignment = declareAssignment({ n: 7, sizes: { treated: 2 } });
 * assertEquals(assignment.count, 21n);
 * assertAlmostEquals(assignment.probabilities[0]![1]!, 2 / 7);
 * assertEquals(assignment.assign(1).filter((arm) => arm === "treated").length, 2);
 * ```
 */
export function declareAssignment(options: DeclareAssignmentOptions): Assignment {
  return buildAssignment("declare an assignment", options);
}

/** The one assignment engine: checks and gathers units; draws, and counts on demand. */
export function buildAssignment(action: string, options: DeclareAssignmentOptions): Assignment {
  const { n, arms, simple } = checkAssignment(action, options);
  const strata = readStrata(action, options, { n, arms, simple });
  const probabilities = new Array<readonly number[]>(n);
  for (const stratum of strata) {
    for (const row of stratum.rows.flat()) probabilities[row] = stratum.probabilities;
  }
  return Object.freeze({
    n,
    units: Object.freeze(memberNames({ units: options.units }, n)),
    arms: Object.freeze([...arms]),
    probabilities: Object.freeze(probabilities),
    get count() {
      return strata.reduce((product, stratum) => product * countPossible(action, stratum), 1n);
    },
    assign: (seed: number) => drawArms(strata, n, seed).map((arm) => arms[arm]!),
  });
}

function countPossible(action: string, { members, probabilities, simple }: Stratum): bigint {
  if (simple) return BigInt(probabilities.filter((p) => p > 0).length) ** BigInt(members.length);
  const all = armSizesOf(action, members.length, probabilities);
  return all.reduce((sum, sizes) => sum + multinomial(sizes), 0n);
}

/** n! / Π m!, in exact whole numbers. */
function multinomial(sizes: readonly number[]): bigint {
  let [ways, placed] = [1n, 0n];
  for (const size of sizes) {
    for (let same = 1n; same <= BigInt(size); same++) ways = (ways * ++placed) / same;
  }
  return ways;
}

function drawArms(strata: readonly Stratum[], n: number, seed: number): number[] {
  checkSeed("assign", seed);
  const arms = new Array<number>(n);
  for (const { block, members, rows, probabilities, simple } of strata) {
    const drawn = simple
      ? members.map((member) => stream(seed, "assign", member).index(probabilities))
      : assignCompletely(members, probabilities, seed, block);
    rows.forEach((list, member) => list.forEach((row) => arms[row] = drawn[member]!));
  }
  return arms;
}

function checkAssignment(action: string, options: DeclareAssignmentOptions) {
  checkOptions(action, options, known);
  const arms = [...options.arms ?? ["control", "treated"]];
  if (arms.length < 2) throw new RangeError(cannot(action, "arms", "name at least two arms", arms));
  for (const arm of arms) checkText(action, "arms", arm);
  checkDistinct(action, "arms", "name each arm once", arms);
  checkOneOf(action, "assignment", options.assignment ?? "complete", ["complete", "simple"]);
  checkOneWay(action, options);
  return { n: checkLengths(action, options), arms, simple: options.assignment === "simple" };
}

/** Sizes and probabilities, given twice, could contradict each other; simple assignment has neither sizes nor blocks. */
function checkOneWay(action: string, options: DeclareAssignmentOptions): void {
  const names = ["sizes", "probabilities", "blockSizes", "blockProbabilities"] as const;
  const given = names.filter((name) => options[name] !== undefined);
  if (given.length > 1) {
    const rule = `be left out where '${given[1]}' is given`;
    throw new RangeError(cannot(action, given[0]!, rule, options[given[0]!]));
  }
  const misplaced = (["blocks", "sizes"] as const).find((name) => options[name] !== undefined);
  if (options.assignment !== "simple" || misplaced === undefined) return;
  throw new RangeError(
    cannot(action, misplaced, "be left out where 'assignment' is simple", options[misplaced]),
  );
}

function checkLengths(action: string, options: DeclareAssignmentOptions): number {
  const lists = (["units", "blocks", "clusters"] as const).filter((name) => options[name] !== undefined);
  for (const name of lists) {
    const list = options[name];
    if (!Array.isArray(list)) {
      throw new TypeError(cannot(action, name, "be a list, one entry per unit", list));
    }
    const row = list.findIndex(isMissing);
    if (row >= 0) {
      throw new RangeError(`Cannot ${action} as '${name}' must not be empty: entry ${row + 1} has no value`);
    }
  }
  const n = options.n ?? (lists[0] === undefined ? undefined : options[lists[0]]!.length);
  checkWhole(action, "n", n, 1);
  for (const name of lists) {
    if (options[name]!.length !== n) {
      throw new RangeError(cannot(action, name, `have one entry per unit, ${n}`, options[name]!.length));
    }
  }
  const units = options.units?.map(String) ?? [];
  if (distinct(units).length < units.length) checkDistinct(action, "units", "be distinct", units);
  return n;
}
