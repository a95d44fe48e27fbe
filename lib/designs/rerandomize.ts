import { checkColumns, checkLevel, checkOptions, checkSeed, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { type RandomStream, stream } from "../core/stream.ts";
import { distinct, type Table } from "../core/table.ts";
import { chiSquareQuantile, chiSquareUpper } from "../stats/distributions.ts";
import { type BalanceDistance, balanceDistance, readCovariates } from "./balance_distance.ts";
import type { Assignment, PossibleAssignment } from "./declare_assignment.ts";

/** Which assignments rerandomisation accepts: those whose arms are alike in these covariates. */
export interface RerandomizationRule {
  /** Column, or columns, known before the treatment: numbers by their mean, anything else by the share of each level. */
  readonly covariates: string | readonly string[];
  /**
   * The share of assignments that is accepted, in large samples.
   * @default 0.05
   */
  readonly probability?: number;
  /**
   * The largest Mahalanobis distance that is accepted, in place of `probability`.
   * @default the chi-square quantile of `probability`
   */
  readonly threshold?: number;
  /**
   * The number of draws after which none is expected to be accepted any more.
   * @default 100000
   */
  readonly maximumDraws?: number;
}

/** Options of {@linkcode rerandomize}. */
export interface RerandomizeOptions extends RerandomizationRule {
  /** One row per unit of the assignment, in its order; needs the covariates. */
  readonly table: Table;
}

/** An assignment restricted to balanced draws; from {@linkcode rerandomize}. */
export interface RerandomizedAssignment {
  /** The assignment that is restricted. */
  readonly assignment: Assignment;
  /** The largest distance that is accepted. */
  readonly threshold: number;
  /** The share of draws that is accepted, in large samples. */
  readonly probability: number;
  /** The number of directions in which arms are compared. */
  readonly df: number;
  /** The Mahalanobis distance between the arms of an assignment. */
  readonly distance: (arms: readonly string[]) => number;
  /** Draws the arm of each unit, again until a draw is accepted. */
  readonly assign: (seed: number) => string[];
  /** Goes through the accepted assignments. */
  readonly enumerate: () => Generator<PossibleAssignment>;
}

const action = "rerandomize";

/** The names of the options that make a rule. */
export const ruleNames: readonly string[] = ["covariates", "probability", "threshold", "maximumDraws"];

/**
 * Restricts an assignment to draws whose arms are alike in covariates.
 *
 * Decide on the rule before the outcome is seen, and analyse as it was assigned: `checkSharpNull` and
 * `estimateConstantEffect` take the same rule and go through accepted assignments only; the usual interval of a
 * difference in means is too wide. Arm sizes keep their distribution, arms are dealt again within blocks (clusters as
 * one) until the Mahalanobis distance is at most the threshold. The probability of an arm stays exactly as declared
 * with two arms of equal size; otherwise a unit with unusual covariates departs from it slightly.
 *
 * @param assignment from `declareAssignment`
 * @param options see {@linkcode RerandomizeOptions} (defaults there)
 * @returns a frozen {@linkcode RerandomizedAssignment}
 * @throws {RangeError} if the table has another length, a covariate has no value, or nothing is accepted within
 * `maximumDraws`
 * @see Morgan and Rubin 2012, Annals of Statistics 40(2), 1263-1282; Li, Ding and Rubin 2018, PNAS 115(37), 9157-9162
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { declareAssignment, rerandomize } from "@understudy/understudy/designs";
 *
 * const table = tableOf({ age: [20, 70, 30, 60, 40, 50, 25, 65] });
 * const balanced = rerandomize(declareAssignment({ n: 8 }), { table, covariates: "age", probability: 0.2 });
 * assert(balanced.distance(balanced.assign(1)) <= balanced.threshold);
 * ```
 */
export function rerandomize(assignment: Assignment, options: RerandomizeOptions): RerandomizedAssignment {
  checkRerandomization(assignment, options);
  const members = membersOf(assignment);
  const distanceOf = distances(options, members);
  const encode = (arms: readonly string[]) => {
    checkArms(assignment, arms);
    return members.rows.map(([row]) => assignment.arms.indexOf(arms[row!]!));
  };
  const { df } = distanceOf(encode(assignment.assign(0)));
  const { threshold, probability, maximumDraws } = readRule(action, options, df);
  const distance = (arms: readonly string[]) => {
    const codes = encode(arms);
    return distanceOf(codes).of(codes);
  };
  return Object.freeze({
    assignment,
    threshold,
    probability,
    df,
    distance,
    assign: (seed: number) => {
      checkSeed("assign", seed);
      const codes = encode(assignment.assign(seed));
      const prepared = distanceOf(codes);
      const drawn = drawAccepted(codes, members.blocks, {
        accepts: (arms) => prepared.of(arms) <= threshold,
        random: stream(seed, "rerandomize"),
        maximumDraws,
      });
      const arms = new Array<string>(assignment.n);
      members.rows.forEach((rows, unit) => rows.forEach((row) => arms[row] = assignment.arms[drawn[unit]!]!));
      return arms;
    },
    enumerate: () =>
      acceptedOf(assignment, {
        accepts: (arms) => distance(arms) <= threshold,
        key: (arms) => sizeKey(members.blocks, encode(arms)),
      }),
  });
}

function checkRerandomization(assignment: Assignment, options: RerandomizeOptions): void {
  checkOptions(action, options, ["table", ...ruleNames]);
  if (typeof assignment?.enumerate !== "function") {
    throw new TypeError(
      cannot(action, "assignment", "be the result of declareAssignment({ … })", assignment),
    );
  }
  checkColumns(action, options.table, []);
  if (options.table.numRows() !== assignment.n) {
    const rule = `have one row per unit of the assignment, ${assignment.n}`;
    throw new RangeError(cannot(action, "table", rule, `${options.table.numRows()} rows`));
  }
}

/** The distance for assignments with the same arm sizes as some arms; prepared once for each. */
function distances(
  { table, covariates: names }: RerandomizeOptions,
  members: ReturnType<typeof membersOf>,
): (codes: ArrayLike<number>) => BalanceDistance {
  const covariates = readCovariates(action, table, names)
    .map((values) => members.rows.map((rows) => mean(rows.map((row) => values[row]!))));
  const prepared = new Map<string, BalanceDistance>();
  return (codes) => {
    const key = sizeKey(members.blocks, codes);
    const known = prepared.get(key) ?? balanceDistance(covariates, members.blocks, codes);
    prepared.set(key, known);
    return known;
  };
}

/** Reads the rule: the threshold, and the share of draws below it. */
export function readRule(
  action: string,
  rule: RerandomizationRule,
  df: number,
): { threshold: number; probability: number; maximumDraws: number } {
  const { maximumDraws = 100_000 } = rule;
  checkWhole(action, "maximumDraws", maximumDraws, 1);
  if (rule.threshold !== undefined && rule.probability !== undefined) {
    throw new RangeError(
      cannot(action, "threshold", "be left out where 'probability' is given", rule.threshold),
    );
  }
  if (rule.threshold === undefined) {
    const probability = rule.probability ?? 0.05;
    if (probability !== 1) checkLevel(action, "probability", probability);
    return { threshold: chiSquareQuantile(probability, df), probability, maximumDraws };
  }
  if (typeof rule.threshold !== "number" || !(rule.threshold > 0)) {
    throw new RangeError(cannot(action, "threshold", "be a number above 0", rule.threshold));
  }
  return { threshold: rule.threshold, probability: 1 - chiSquareUpper(rule.threshold, df), maximumDraws };
}

function checkArms(assignment: Assignment, arms: readonly string[]): void {
  if (!Array.isArray(arms) || arms.length !== assignment.n) {
    throw new RangeError(cannot(action, "arms", `have one arm per unit, ${assignment.n}`, arms?.length));
  }
  const unknown = arms.find((arm) => !assignment.arms.includes(arm));
  if (unknown !== undefined) {
    throw new RangeError(cannot(action, "arms", `hold arms (${assignment.arms.join(", ")})`, unknown));
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Deals the arms within blocks again until a draw is accepted. */
export function drawAccepted(
  codes: readonly number[],
  blocks: readonly number[],
  options: { accepts: (arms: Int32Array) => boolean; random: RandomStream; maximumDraws: number },
): Int32Array {
  const arms = Int32Array.from(codes);
  const groups = distinct(blocks).map((block) => [...blocks.keys()].filter((i) => blocks[i] === block));
  for (let draw = 1; !options.accepts(arms); draw++) {
    if (draw >= options.maximumDraws) {
      const rule = `be wide enough for one of ${options.maximumDraws} draws ('maximumDraws') to be accepted`;
      throw new RangeError(cannot("rerandomize", "probability' or 'threshold", rule, "none was accepted"));
    }
    for (const group of groups) {
      const dealt = options.random.shuffle(group.map((unit) => arms[unit]!));
      group.forEach((unit, place) => arms[unit] = dealt[place]!);
    }
  }
  return arms;
}

/** The accepted assignments; given the arms' sizes all are equally probable. */
export function* acceptedOf(
  assignment: Assignment,
  options: { accepts: (arms: readonly string[]) => boolean; key: (arms: readonly string[]) => string },
): Generator<PossibleAssignment> {
  const shares = new Map<string, { all: number; accepted: number }>();
  for (const { arms, probability } of assignment.enumerate()) {
    const key = options.key(arms);
    const share = shares.get(key) ?? { all: 0, accepted: 0 };
    share.all += probability;
    if (options.accepts(arms)) share.accepted += probability;
    shares.set(key, share);
  }
  for (const { arms, probability } of assignment.enumerate()) {
    if (!options.accepts(arms)) continue;
    const { all, accepted } = shares.get(options.key(arms))!;
    yield { arms, probability: (probability * all) / accepted };
  }
}

/** What is assigned as one, sorted by name so that the order of rows plays no part. */
export function membersOf({ groups, n }: Assignment): { rows: number[][]; blocks: number[] } {
  const names = distinct(groups.blocks);
  const byCluster = new Map<string, number[]>();
  for (let row = 0; row < n; row++) {
    const key = `${groups.blocks[row]}\n${groups.clusters[row]}`;
    const rows = byCluster.get(key);
    if (rows) rows.push(row);
    else byCluster.set(key, [row]);
  }
  const rows = [...byCluster].sort(([a], [b]) => a < b ? -1 : 1).map(([, list]) => list);
  return { rows, blocks: rows.map(([row]) => names.indexOf(groups.blocks[row!]!)) };
}

/** The arms' sizes within blocks, as a text. */
export function sizeKey(blocks: readonly number[], codes: ArrayLike<number>): string {
  const counts = new Map<string, number>();
  blocks.forEach((block, unit) => {
    const cell = `${block}:${codes[unit]}`;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  });
  return [...counts].map(([cell, count]) => `${cell}=${count}`).sort().join();
}
