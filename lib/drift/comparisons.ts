import { sum } from "../stats/moments.ts";
import type { ControlCodes, DriftAnswers } from "./answers.ts";

export interface ArmComparison {
  readonly arms: readonly [arm: number, reference: number];
  readonly pairs: CellPairs;
  readonly controls: readonly ReturnType<typeof layOutControl>[];
}

/** For each unit that stands in one of two arms or both, its cells in the arm and in the reference; -1 where none. */
type CellPairs = { readonly [side in "first" | "second"]: Int32Array };

export function compareTwoArms(answers: DriftAnswers, arm: number, reference: number): ArmComparison {
  const first: number[] = [];
  const second: number[] = [];
  let last = -1;
  answers.arm.forEach((of, cell) => {
    if (of !== arm && of !== reference) return;
    // The cells of a unit are neighbours.
    if (answers.unit[cell] !== last) {
      last = answers.unit[cell]!;
      first.push(-1);
      second.push(-1);
    }
    (of === arm ? first : second)[first.length - 1] = cell;
  });
  const pairs = { first: Int32Array.from(first), second: Int32Array.from(second) };
  return {
    arms: [arm, reference],
    pairs,
    controls: answers.controls.map((control) => layOutControl(answers, pairs, control)),
  };
}

/**
 * What of one control is compared between two arms, and with what weight: the same for the distance, its null and its
 * interval, so that the three are about one quantity.
 */
function layOutControl(answers: DriftAnswers, pairs: CellPairs, { from, asked }: ControlCodes) {
  const used = Uint8Array.from(answers.arm, (_, cell) => from[cell + 1]! > from[cell]! ? 1 : 0);
  const silent = [pairs.first, pairs.second].some((cells) =>
    cells.some((cell) => used[cell] === 0 && asked[cell]! > 0)
  );
  const incomplete = dropIncomplete(used, answers, pairs);
  const before = tallyBlocks(answers, pairs, used);
  const empty = before.units.map((units, block) =>
    units > 0 && answers.blocks > 1 && (before.first[block] === 0 || before.second[block] === 0) ? 1 : 0
  );
  answers.block.forEach((block, cell) => {
    if (empty[block] === 1) used[cell] = 0;
  });
  const tally = tallyBlocks(answers, pairs, used);
  // A block's weight is its share in all that the two arms were asked, in the blocks that are compared.
  const questions = new Float64Array(answers.blocks);
  for (const cells of [pairs.first, pairs.second]) {
    for (const cell of cells) {
      const block = answers.block[cell]!;
      if (cell >= 0 && tally.units[block]! > 0) questions[block]! += asked[cell]!;
    }
  }
  const all = sum(questions);
  return {
    /** 1 for cells whose answers count: not those of units without a counterpart, or in blocks without one. */
    used,
    /** Whether a unit of these arms was asked and gave no answer. */
    silent,
    /** For each block its weight, 0 where it is left out. */
    weights: questions.map((count) => count / all),
    /** How many units are compared: in the arm, in the reference, and in one of them or both. */
    units: { first: sum(tally.first), second: sum(tally.second), either: sum(tally.units) },
    /** How many units are left out as they were in both arms and answered in one. */
    incomplete,
    /** How many blocks are left out as an arm has no answer there, and how many units that answered are in them. */
    emptyBlocks: {
      blocks: sum(empty),
      units: sum(before.units.map((units, block) => units * empty[block]!)),
    },
  };
}

/**
 * Leaves out units that were in both arms and answered in one: compared with itself, such a unit has nothing to be
 * compared with, and who refuses under a treatment need not be like those who do not.
 */
function dropIncomplete(used: Uint8Array, { unit }: DriftAnswers, { first, second }: CellPairs): number {
  let incomplete = 0;
  for (let pair = 0; pair < first.length; pair++) {
    const [one, other] = [first[pair]!, second[pair]!];
    if (one < 0 || other < 0 || used[one] === used[other]) continue;
    incomplete++;
    // Its cells in other arms too: under a permutation they may carry the label of one of these two.
    let cell = Math.min(one, other);
    while (unit[cell - 1] === unit[one]) cell--;
    for (; unit[cell] === unit[one]; cell++) used[cell] = 0;
  }
  return incomplete;
}

function tallyBlocks({ block, blocks }: DriftAnswers, { first, second }: CellPairs, used: Uint8Array) {
  const count = () => new Int32Array(blocks);
  const tally = { first: count(), second: count(), units: count() };
  first.forEach((cell, pair) => {
    const other = second[pair]!;
    const of = block[Math.max(cell, other)]!;
    const [inFirst, inSecond] = [cell < 0 ? 0 : used[cell]!, other < 0 ? 0 : used[other]!];
    tally.first[of]! += inFirst;
    tally.second[of]! += inSecond;
    tally.units[of]! += inFirst | inSecond;
  });
  return tally;
}

/** Why a control says nothing about two arms; empty where it does. */
export function whyUnusable(answers: DriftAnswers, { arms, controls }: ArmComparison, c: number): string {
  const { from, codes, labels } = answers.controls[c]!;
  const { units, used } = controls[c]!;
  const answered = [...answers.arm.keys()].filter((cell) => from[cell + 1]! > from[cell]!);
  const silent = arms.find((arm) => !answered.some((cell) => answers.arm[cell] === arm));
  if (silent !== undefined) return `arm '${answers.arms[silent]}' has no answer to this control`;
  if (units.first === 0 || units.second === 0) {
    const blocks = answers.blocks > 1 ? " and no block has answers of others in both" : "";
    return `nobody can be compared: none of the ${answers.unitName} answered in both arms${blocks}`;
  }
  const compared = answered.filter((cell) => used[cell] === 1 && arms.includes(answers.arm[cell]!));
  const only = codes[from[compared[0]!]!]!;
  const varies = compared.some((cell) =>
    codes.subarray(from[cell], from[cell + 1]).some((of) => of !== only)
  );
  return varies ? "" : `every answer is '${labels[only]}': a control that does not vary cannot show drift`;
}

/** Says over how many blocks shares are averages, who was left out, and how many answers are missing. */
export function describeLayout(
  answers: DriftAnswers,
  { controls, pairs }: ArmComparison,
  c: number,
): string[] {
  const { asked, from, codes, labels } = answers.controls[c]!;
  const { used, incomplete, emptyBlocks, weights } = controls[c]!;
  // Units that count in both arms, and those of them that did not answer alike.
  const answersOf = (cell: number) => codes.subarray(from[cell], from[cell + 1]);
  const both = Array.from(pairs.first, (cell, pair) => [cell, pairs.second[pair]!] as const)
    .filter(([one, other]) => one >= 0 && other >= 0 && used[one] === 1);
  const changed = both.filter(([one, other]) => !sameValues(answersOf(one), answersOf(other)));
  const blocks = weights.filter((weight) => weight > 0).length;
  const questions = sum(asked);
  return [
    blocks > 1 ? `shares are averages over ${blocks} blocks, weighted by how much was asked in each` : "",
    incomplete > 0
      ? `${answers.unitName} left out as they were in both arms and answered in one: ${incomplete}`
      : "",
    emptyBlocks.blocks > 0
      ? `blocks left out as an arm has no answer there: ${emptyBlocks.blocks}, ${answers.unitName} in them: ` +
        `${emptyBlocks.units}`
      : "",
    // By simulation intervals of 30 pairs, of which 5% change by much on a scale, hold in 92% to 100%.
    both.length > 0 && changed.length < fewChanged && labels.length > 2
      ? `an interval from ${changed.length} ${answers.unitName} that answered otherwise in the other arm is rough`
      : "",
    questions > codes.length
      ? `${questions - codes.length} of ${questions} answers, over all arms, are missing`
      : "",
  ];
}

/** Fewer units than this that changed their answers say little of how far answers change. */
const fewChanged = 5;

/** Gets the counts of one control's answers: label by label, in each block by block, in each category by category. */
type VisitCounts = (control: number, counts: Int32Array) => void;

interface AnswerCounter {
  /** By the labels of cells, or of answers: 0 for the reference, then the arms, then what does not count. */
  readonly byLabel: (labels: Uint16Array, visit: VisitCounts) => void;
  /** By the arms that were observed, the answers of each unit as often as it was drawn. */
  readonly byTimes: (times: Uint16Array, visit: VisitCounts) => void;
}

interface MakeCounterOptions {
  readonly controls: readonly number[];
  /** How many labels there are: 2 where not given. */
  readonly labels?: number;
  /** Which arms' cells count; those that are compared where not given. */
  readonly arms?: readonly number[];
  /** Whether labels are those of answers, not of cells. */
  readonly byAnswer?: boolean;
  /** The block of each cell, and how many blocks there are; those of the answers where not given. */
  readonly block?: Int32Array;
  readonly blocks?: number;
}

/**
 * Makes what counts the answers that a comparison uses. Controls that were answered alike are counted together, as one
 * control whose categories are all combinations of theirs: that is what makes counting thousands of times fast.
 */
export function makeCounter(
  answers: DriftAnswers,
  comparison: ArmComparison,
  options: MakeCounterOptions,
): AnswerCounter {
  const { labels = 2, arms = comparison.arms, byAnswer = false } = options;
  const { block = answers.block, blocks = answers.blocks } = options;
  const counters = groupAlike(answers, comparison, options.controls, blocks).map(
    (controls): AnswerCounter => {
      const { used } = comparison.controls[controls[0]!]!;
      const cells = Array.from(used.keys()).filter((cell) =>
        used[cell] === 1 && arms.includes(answers.arm[cell]!)
      );
      const codes = controls.map((c) => answers.controls[c]!);
      const { answer, cell, code } = listAnswers(cells, codes);
      const combinations = product(codes);
      const size = blocks * combinations;
      const slot = compact(code.map((of, a) => block[cell[a]!]! * combinations + of), size);
      const inFirst = (a: number) => answers.arm[cell[a]!] === comparison.arms[0] ? 1 : 0;
      const observed = compact(Int32Array.from(slot, (of, a) => inFirst(a) * size + of), 2 * size);
      const labelled = byAnswer ? answer : cell;
      const unit = cell.map((of) => answers.unit[of]!);
      const counts = new Int32Array(labels * size);
      const sums = makeSums(codes, labels * blocks);
      const visitAll = (visit: VisitCounts) => sums(counts).forEach((own, i) => visit(controls[i]!, own));
      return {
        byLabel: (labels, visit) => {
          counts.fill(0);
          for (let a = 0; a < slot.length; a++) counts[Math.imul(labels[labelled[a]!]!, size) + slot[a]!]!++;
          visitAll(visit);
        },
        byTimes: (times, visit) => {
          counts.fill(0);
          for (let a = 0; a < observed.length; a++) counts[observed[a]!]! += times[unit[a]!]!;
          visitAll(visit);
        },
      };
    },
  );
  return {
    byLabel: (labels, visit) => counters.forEach((counter) => counter.byLabel(labels, visit)),
    byTimes: (times, visit) => counters.forEach((counter) => counter.byTimes(times, visit)),
  };
}

/** Whole numbers below a size in as little memory as they need: what takes the time is reading them. */
function compact(values: Int32Array, size: number): Uint16Array | Int32Array {
  return size <= 65536 ? Uint16Array.from(values) : values;
}

/** How many answers a count of a combination must stand for, so that counting combinations is faster. */
const worthwhile = 32;

/** Groups controls that were answered alike, as far as their combinations are few. */
function groupAlike(
  answers: DriftAnswers,
  comparison: ArmComparison,
  controls: readonly number[],
  blocks: number,
): number[][] {
  const groups: number[][] = [];
  for (const c of controls) {
    const { codes, from } = answers.controls[c]!;
    const known = groups.find((group) =>
      product([...group, c].map((other) => answers.controls[other]!)) * blocks * worthwhile <= codes.length &&
      sameValues(comparison.controls[group[0]!]!.used, comparison.controls[c]!.used) &&
      sameValues(answers.controls[group[0]!]!.from, from)
    );
    if (known === undefined) groups.push([c]);
    else known.push(c);
  }
  return groups;
}

function sameValues(one: Int32Array | Uint8Array, other: Int32Array | Uint8Array): boolean {
  return one.length === other.length && one.every((value, i) => value === other[i]);
}

function product(codes: readonly ControlCodes[]): number {
  return codes.reduce((count, { labels }) => count * labels.length, 1);
}

/** For each answer of some cells its number, its cell, and the combination of its categories. */
function listAnswers(cells: readonly number[], codes: readonly ControlCodes[]) {
  const { from } = codes[0]!;
  const [answer, cell, code]: number[][] = [[], [], []];
  for (const of of cells) {
    for (let a = from[of]!; a < from[of + 1]!; a++) {
      answer!.push(a);
      cell!.push(of);
      code!.push(codes.reduce((sum, control) => sum * control.labels.length + control.codes[a]!, 0));
    }
  }
  return { answer: Int32Array.from(answer!), cell: Int32Array.from(cell!), code: Int32Array.from(code!) };
}

/** Makes what sums up the counts of combinations, in some rows, to those of each control (arrays that are used again). */
function makeSums(
  codes: readonly ControlCodes[],
  rows: number,
): (counts: Int32Array) => readonly Int32Array[] {
  if (codes.length === 1) return (counts) => [counts];
  const combinations = product(codes);
  const sums = codes.map(({ labels }) => new Int32Array(rows * labels.length));
  // The last control's categories change from one combination to the next.
  let step = combinations;
  const categories = codes.map(({ labels }) => {
    step /= labels.length;
    return Int32Array.from({ length: combinations }, (_, at) => Math.floor(at / step) % labels.length);
  });
  return (counts) => {
    sums.forEach((sum, i) => {
      const columns = codes[i]!.labels.length;
      sum.fill(0);
      for (let row = 0; row < rows; row++) {
        for (let at = 0; at < combinations; at++) {
          sum[row * columns + categories[i]![at]!]! += counts[row * combinations + at]!;
        }
      }
    });
    return sums;
  };
}
