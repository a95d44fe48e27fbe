import { checkOneOf, checkProbabilities, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { distinct, groupRows } from "../core/table.ts";

/** One number for each arm; one arm may be left out and gets what the others leave. */
export type ArmNumbers = { readonly [arm: string]: number };

/** What {@linkcode declareAssignment} needs to know. */
export interface DeclareAssignmentOptions {
  /**
   * The number of units.
   * @default the length of `units`, `blocks` or `clusters`
   */
  readonly n?: number;
  /**
   * The units' names, distinct: draws are keyed by them.
   * @default "1", "2", …
   */
  readonly units?: readonly (string | number)[];
  /**
   * The block of each unit: assignment is complete within each block.
   * @default one block
   */
  readonly blocks?: readonly (string | number)[];
  /**
   * The cluster of each unit: clusters are assigned as one.
   * @default units are assigned one by one
   */
  readonly clusters?: readonly (string | number)[];
  /**
   * The arms' names.
   * @default ["control", "treated"]
   */
  readonly arms?: readonly string[];
  /**
   * The probability of each arm.
   * @default equal
   */
  readonly probabilities?: ArmNumbers;
  /**
   * The exact number of units (or clusters) of each arm, in every block.
   * @default from the probabilities, to rounding
   */
  readonly sizes?: ArmNumbers;
  /**
   * The probability of each arm, block by block.
   * @default `probabilities` in every block
   */
  readonly blockProbabilities?: { readonly [block: string]: ArmNumbers };
  /**
   * The exact number of units (or clusters) of each arm, block by block.
   * @default `sizes` in every block
   */
  readonly blockSizes?: { readonly [block: string]: ArmNumbers };
  /**
   * `complete`: arm sizes are fixed, to rounding. `simple`: each unit (or cluster) is assigned by itself.
   * @default "complete"
   */
  readonly assignment?: "complete" | "simple";
}

/** The units of a block: they are assigned together and independently of other blocks. */
export interface Stratum {
  /** The block's name; empty without blocks. */
  readonly block: string;
  /** The names of what is assigned as one: units, or clusters. */
  readonly members: readonly string[];
  readonly rows: readonly (readonly number[])[];
  readonly probabilities: readonly number[];
  /** Whether each member is assigned by itself. */
  readonly simple: boolean;
}

/** Gathers units to blocks and clusters, and reads what each block's arms get. */
export function readStrata(
  action: string,
  options: DeclareAssignmentOptions,
  parts: { readonly n: number; readonly arms: readonly string[]; readonly simple: boolean },
): Stratum[] {
  const { n, arms, simple } = parts;
  const units = memberNames(options, n);
  const blocks = options.blocks?.map(String) ?? new Array<string>(n).fill("");
  checkBlockNames(action, options, distinct(blocks));
  checkNested(action, options, blocks);
  return [...groupRows(blocks)].map(([block, rows]) => {
    const byMember = groupRows(rows.map((row) => units[row]!));
    const members = [...byMember.keys()];
    return {
      block,
      members,
      rows: [...byMember.values()].map((places) => places.map((place) => rows[place]!)),
      probabilities: readShares(action, options, { block, size: members.length, arms }),
      simple,
    };
  });
}

export function memberNames(
  options: { [name in "units" | "clusters"]?: DeclareAssignmentOptions[name] | undefined },
  n: number,
): readonly string[] {
  if (options.clusters !== undefined) return options.clusters.map(String);
  return options.units?.map(String) ?? Array.from({ length: n }, (_, row) => String(row + 1));
}

function checkBlockNames(action: string, options: DeclareAssignmentOptions, blocks: readonly string[]): void {
  for (const name of ["blockSizes", "blockProbabilities"] as const) {
    if (options[name] === undefined) continue;
    if (options.blocks === undefined) {
      throw new RangeError(cannot(action, name, "be left out where there are no 'blocks'", options[name]));
    }
    const named = Object.keys(Object(options[name]));
    if (named.length !== blocks.length || !blocks.every((block) => named.includes(block))) {
      throw new RangeError(cannot(action, name, `name every block once (${blocks.join(", ")})`, named));
    }
  }
}

function checkNested(action: string, options: DeclareAssignmentOptions, blocks: readonly string[]): void {
  if (options.clusters === undefined || options.blocks === undefined) return;
  for (const [cluster, rows] of groupRows(options.clusters.map(String))) {
    const found = distinct(rows.map((row) => blocks[row]!));
    if (found.length > 1) {
      const rule = `lie in one block each; cluster '${cluster}' lies in ${found.length}`;
      throw new RangeError(cannot(action, "clusters", rule, found));
    }
  }
}

type Share = Readonly<{ block: string; size: number; arms: readonly string[] }>;

/** The probability of each arm in a block: as declared, or the share of a declared size. */
function readShares(action: string, options: DeclareAssignmentOptions, share: Share): number[] {
  const { arms, block } = share;
  const sizes = options.blockSizes === undefined ? options.sizes : options.blockSizes[block]!;
  if (sizes !== undefined) {
    const name = options.blockSizes === undefined ? "sizes" : `blockSizes.${block}`;
    return readSizes(action, name, sizes, share).map((size) => size / share.size);
  }
  const probabilities = options.blockProbabilities === undefined
    ? options.probabilities
    : options.blockProbabilities[block]!;
  if (probabilities === undefined) return arms.map(() => 1 / arms.length);
  const name = options.blockProbabilities === undefined ? "probabilities" : `blockProbabilities.${block}`;
  return readArmProbabilities(action, name, probabilities, arms);
}

function readSizes(action: string, name: string, sizes: ArmNumbers, { size, arms }: Share): number[] {
  for (const [arm, count] of namedNumbers(action, name, sizes, arms)) {
    checkWhole(action, `${name}.${arm}`, count, 0, size);
  }
  const values = completeNumbers(action, name, sizes, arms, size);
  const total = values.reduce((sum, value) => sum + value, 0);
  if (total !== size) {
    const rule = `sum to the number of units (or clusters) assigned together, ${size}`;
    throw new RangeError(cannot(action, name, rule, sizes));
  }
  return values;
}

/** The probability of each arm, from an object that may leave one out. */
export function readArmProbabilities(
  action: string,
  name: string,
  probabilities: ArmNumbers,
  arms: readonly string[],
): number[] {
  for (const [arm, value] of namedNumbers(action, name, probabilities, arms)) {
    if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
      throw new RangeError(cannot(action, `${name}.${arm}`, "lie from 0 to 1", value));
    }
  }
  const values = completeNumbers(action, name, probabilities, arms, 1);
  checkProbabilities(action, name, values);
  return values;
}

function namedNumbers(action: string, name: string, values: ArmNumbers, arms: readonly string[]) {
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new TypeError(cannot(action, name, "be an object of numbers by arm", values));
  }
  for (const arm of Object.keys(values)) checkOneOf(action, name, arm, arms);
  return Object.entries(values);
}

/** One arm may be left out: it gets what the others leave. */
function completeNumbers(
  action: string,
  name: string,
  values: ArmNumbers,
  arms: readonly string[],
  total: number,
): number[] {
  const missing = arms.filter((arm) => values[arm] === undefined);
  if (missing.length > 1) {
    const rule = `name every arm, or all but one (${arms.join(", ")})`;
    throw new RangeError(cannot(action, name, rule, Object.keys(values)));
  }
  const named = arms.reduce((sum, arm) => sum + (values[arm] ?? 0), 0);
  // An arm left out never gets less than nothing: too large a sum is found by the checks that follow.
  return arms.map((arm) => values[arm] ?? Math.max(0, total - named));
}
