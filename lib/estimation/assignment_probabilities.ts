import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Study } from "../core/study.ts";
import { columnOf, type Table } from "../core/table.ts";
import type { Comparison } from "../core/units.ts";
import { numberLevels } from "../stats/least_squares_design.ts";
import type { ArmProbabilities } from "./effect.ts";

/** For each arm each row's probability of it, or of each row that of its own arm. */
type RowProbabilities =
  | { readonly byArm: readonly Float64Array[]; readonly own: null }
  | { readonly byArm: null; readonly own: Float64Array };

/** A rule's check of probabilities as a caller gives them; what they hold is checked as they are read. */
export function checkProbabilitySource(action: string, name: string, value: unknown): void {
  if (typeof value === "string" && value !== "") return;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw new TypeError(cannot(action, name, "be a column's name, or for each arm its probability", value));
}

/** Reads probabilities of arms from a column, or for each arm from a number or a column; `null` where there are none. */
export function readProbabilities(
  action: string,
  { table, arm, value }: Study,
  asked: ArmProbabilities | undefined,
): RowProbabilities | null {
  if (asked === undefined && !table.columnNames().includes("arm_probability")) return null;
  if (asked === undefined || typeof asked === "string") {
    return { byArm: null, own: readColumn(action, table, asked ?? "arm_probability") };
  }
  const byArm = arm.labels.map((label) => {
    const given = Object.hasOwn(asked, label) ? asked[label] : undefined;
    if (given === undefined) {
      throw new RangeError(
        cannot(action, "probabilities", `have an entry for every arm, also '${label}'`, asked),
      );
    }
    if (typeof given === "string") return readColumn(action, table, given);
    if (typeof given !== "number" || !(given > 0 && given < 1)) {
      throw new RangeError(cannot(action, "probabilities", "lie strictly between 0 and 1", given));
    }
    return new Float64Array(value.length).fill(given);
  });
  checkSums(action, byArm);
  return { byArm, own: null };
}

function checkSums(action: string, byArm: readonly Float64Array[]): void {
  const sums = byArm.reduce((total, values) => total.map((value, row) => value + values[row]!));
  const row = sums.findIndex((value) => Math.abs(value - 1) > 1e-6);
  // A row without a probability is left out later: its sum is NaN, which is not above 1e-6.
  if (row < 0) return;
  const wrong = cannot(action, "probabilities", "sum to 1 over the arms", sums[row]);
  throw new RangeError(`${wrong} (row ${row + 1})`);
}

function readColumn(action: string, table: Table, name: string): Float64Array {
  checkColumns(action, table, [name]);
  return Float64Array.from(columnOf(table, name), (value, row) => {
    if (value === null || value === undefined || Number.isNaN(value)) return NaN;
    if (typeof value === "number" && value > 0 && value <= 1) return value;
    const wrong = cannot(action, name, "hold probabilities above 0 and of at most 1", value);
    throw new RangeError(`${wrong} (row ${row + 1})`);
  });
}

/**
 * Each unit's probability of its arm given that it is in one of the two compared: p / (p + q). Of an own arm's
 * probability alone, q is 1 - p with two arms; with more it must be the same for all units of a block and arm.
 *
 * @param gather takes a column of rows to the units that are compared
 */
export function pairProbability(
  { arm }: Study,
  { action, arms, treated, block }: Comparison,
  { own, byArm }: RowProbabilities,
  gather: (values: Float64Array) => Float64Array,
): Float64Array {
  if (byArm !== null) {
    const [none, one] = arms.map((name) => gather(byArm[arm.labels.indexOf(name)]!));
    return none!.map((p, row) => (treated[row] === 1 ? one![row]! : p) / (p + one![row]!));
  }
  const given = gather(own);
  // A probability of 1 with two arms leaves 0 for the other; it is kept, and refused by whoever divides by it.
  if (arm.labels.length === 2) return given;
  const known = new Map<number, number>();
  const key = (row: number, side: number) => 2 * (block === null ? 0 : block.codes[row]!) + side;
  given.forEach((p, row) => {
    if (Math.abs((known.get(key(row, treated[row]!)) ?? p) - p) > 1e-9) {
      throw new RangeError(
        `Cannot ${action} as 'probabilities' must name each arm's column where they differ between units and there ` +
          `are more than two arms; for example { probabilities: { control: "p_control", letter: "p_letter" } }`,
      );
    }
    known.set(key(row, treated[row]!), p);
  });
  return given.map((p, row) => p / (p + (known.get(key(row, 1 - treated[row]!)) ?? NaN)));
}

/** What was assigned as one: a unit, or a cluster of them. */
export interface WeightingDesign {
  /** Each row's place among what was assigned. */
  readonly place: Int32Array;
  readonly count: number;
  /** Of each that was assigned: 1 in the arm and 0 in the reference, its block's place, the probability of its arm. */
  readonly side: Uint8Array;
  readonly block: Int32Array;
  readonly probability: Float64Array;
  readonly blocks: number;
  /** How arms were assigned: each unit by itself, or with arm sizes fixed within blocks. */
  readonly assignment: "simple" | "complete";
  readonly notes: readonly string[];
}

/** Reads who was assigned with which probability; learns it from the shares of the arms where it is not given. */
export function readWeightingDesign(
  comparison: Comparison,
  given: Float64Array | null,
  asked: "simple" | "complete" | undefined,
): WeightingDesign {
  const { outcome, treated, cluster, block, action } = comparison;
  const { codes: place, levels: count } = numberLevels(cluster?.codes ?? Int32Array.from(outcome.keys()));
  const { codes: blockPlace, levels: blocks } = numberLevels(block?.codes ?? new Int32Array(outcome.length));
  const side = new Uint8Array(count);
  const blockOf = new Int32Array(count).fill(-1);
  const probability = new Float64Array(count).fill(NaN);
  const refuse = (row: number, argument: string, rule: string) => {
    throw new RangeError(cannot(action, argument, rule, cluster!.labels[cluster!.codes[row]!]));
  };
  for (let row = 0; row < outcome.length; row++) {
    const at = place[row]!;
    const own = blockPlace[row]!;
    const p = given === null ? NaN : given[row]!;
    if (blockOf[at] === -1) {
      blockOf[at] = own;
      side[at] = treated[row]!;
      probability[at] = p;
    } else if (blockOf[at] !== own) refuse(row, "clusters", "lie in one block each");
    else if (side[at] !== treated[row]) refuse(row, "clusters", "lie in one arm each");
    else if (given !== null && Math.abs(probability[at]! - p) > 1e-12) {
      refuse(row, "probabilities", "be the same in all rows of a cluster");
    }
  }
  if (given === null) learn(probability, side, blockOf, blocks);
  else checkRange(action, probability);
  const constant = isConstant(probability, side, blockOf, blocks);
  if (asked === "complete" && !constant) {
    const rule = "be simple where probabilities differ between units of a block";
    throw new RangeError(cannot(action, "assignment", rule, asked));
  }
  const assignment = asked ?? (constant ? "complete" : "simple");
  const learned = given === null ? ["probabilities taken from the shares of the arms"] : [];
  const notes = [...learned, `${assignment} assignment`, ...(cluster === null ? [] : [`${count} clusters`])];
  return { place, count, side, block: blockOf, blocks, probability, assignment, notes };
}

/** The share of the assigned units of a block that are in the same arm. */
function learn(probability: Float64Array, side: Uint8Array, block: Int32Array, blocks: number): void {
  const counts = new Float64Array(2 * blocks);
  side.forEach((own, at) => counts[2 * block[at]! + own]!++);
  side.forEach((own, at) => {
    const [none, all] = [counts[2 * block[at]!]!, counts[2 * block[at]! + 1]!];
    probability[at] = (own === 1 ? all : none) / (none + all);
  });
}

/** A probability of 1 says that the other arm was impossible, so that there is nothing to compare. */
function checkRange(action: string, probability: Float64Array): void {
  const wrong = probability.find((p) => !(p > 0 && p < 1));
  const rule = "lie strictly between 0 and 1 for each of two arms";
  if (wrong !== undefined) throw new RangeError(cannot(action, "probabilities", rule, wrong));
}

/** Whether the probability of the arm is the same for all units of a block. */
function isConstant(probability: Float64Array, side: Uint8Array, block: Int32Array, blocks: number): boolean {
  const first = new Float64Array(blocks).fill(NaN);
  return side.every((own, at) => {
    const p = own === 1 ? probability[at]! : 1 - probability[at]!;
    if (Number.isNaN(first[block[at]!])) first[block[at]!] = p;
    return !(Math.abs(first[block[at]!]! - p) > 1e-9);
  });
}

/**
 * The variance of Σ_T a - Σ_C b that no pattern of effects exceeds in expectation (Young's inequality; Aronow and
 * Middleton 2013, Journal of Causal Inference 1, 135-154): Σa² + Σb² plus, for units whose assignments hang together,
 * Σ a_i a_k (p_ik - p_i p_k) / p_ik within arms and twice that between arms. With the same probability in a block the
 * double sums are (S² - SS) times a constant, so the time is that of the number of units.
 */
export function weightingVariance(terms: Float64Array, design: WeightingDesign): number {
  const cells = 2 * design.blocks;
  const [S, SS] = [new Float64Array(cells), new Float64Array(cells)];
  const [n, p] = [new Float64Array(cells), new Float64Array(cells)];
  for (let at = 0; at < terms.length; at++) {
    const cell = 2 * design.block[at]! + design.side[at]!;
    S[cell] = S[cell]! + terms[at]!;
    SS[cell] = SS[cell]! + terms[at]! * terms[at]!;
    n[cell] = n[cell]! + 1;
    p[cell] = design.probability[at]!;
  }
  let variance = SS.reduce((total, value) => total + value, 0);
  if (design.assignment === "simple") return variance;
  for (let block = 0; block < design.blocks; block++) {
    const [c, t] = [2 * block, 2 * block + 1];
    if (n[t] === 0 || n[c] === 0) return NaN;
    const together = pairProbabilities(n[c]! + n[t]!, p[t]!);
    variance += (S[t]! ** 2 - SS[t]!) * excess(together.bothTreated, p[t]! ** 2);
    variance += (S[c]! ** 2 - SS[c]!) * excess(together.neither, p[c]! ** 2);
    variance -= 2 * S[t]! * S[c]! * excess(together.oneOfEach, p[t]! * p[c]!);
  }
  return variance;
}

/** (p_ik - p_i p_k) / p_ik; a pair that cannot occur has no part. */
function excess(together: number, apart: number): number {
  return together <= 0 ? 0 : (together - apart) / together;
}

/**
 * The probabilities that two of n units are both treated, one of each, or neither, where n p = f + r units are treated:
 * f + 1 with probability r, else f.
 */
function pairProbabilities(n: number, p: number) {
  const product = n * p;
  // A product such as 57.00000000000001 is a whole number of treated units.
  const f = Math.abs(product - Math.round(product)) < 1e-9 * n ? Math.round(product) : Math.floor(product);
  const r = Math.max(0, product - f);
  const c = n - f;
  const pairs = n * (n - 1);
  return {
    bothTreated: (r * (f + 1) * f + (1 - r) * f * (f - 1)) / pairs,
    oneOfEach: (r * (c - 1) * (f + 1) + (1 - r) * c * f) / pairs,
    neither: (r * (c - 1) * (c - 2) + (1 - r) * c * (c - 1)) / pairs,
  };
}
