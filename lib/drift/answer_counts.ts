import type { ControlCodes, DriftAnswers } from "./answers.ts";
import type { ArmComparison } from "./comparisons.ts";

/**
 * The answers that count, of controls that were answered alike: counted at once, as one control whose categories are all
 * combinations of theirs, which is what makes thousands of counts of many controls fast.
 */
interface AnswerList {
  /** The controls, as their places among those of the answers. */
  readonly controls: readonly number[];
  /** The number of each answer among the codes of its control. */
  readonly answer: Int32Array;
  /** The cell that gave it. */
  readonly cell: Int32Array;
  /** Its place among the counts of an arm: block by block, in each combination by combination. */
  readonly slot: Int32Array;
  /** How many counts an arm has. */
  readonly size: number;
  /** For each control, its category in each combination. */
  readonly categories: readonly Int32Array[];
}

/** Options of {@linkcode listAnswers}. */
interface ListAnswersOptions {
  /** Which controls, as their places among those of the answers. */
  readonly controls: readonly number[];
  /** Which cells. */
  readonly includes: (cell: number) => boolean;
  /** The block of each cell, where there are several. */
  readonly block: Int32Array;
  /** How many blocks a control's counts are kept for. */
  readonly blocks: (control: number) => number;
}

/** How many answers a count of a combination must stand for, so that counting combinations is faster. */
const worthwhile = 32;

/** Lists the answers that count of some cells. */
export function listAnswers(
  answers: DriftAnswers,
  comparison: ArmComparison,
  { controls, includes, block, blocks }: ListAnswersOptions,
): AnswerList[] {
  const size = (c: number) => answers.controls[c]!.labels.length;
  const alike = (one: number, other: number) =>
    blocks(one) === blocks(other) &&
    sameValues(comparison.controls[one]!.used, comparison.controls[other]!.used) &&
    sameValues(answers.controls[one]!.from, answers.controls[other]!.from);
  const groups: { controls: number[]; combinations: number }[] = [];
  for (const c of controls) {
    const most = answers.controls[c]!.codes.length / worthwhile;
    const known = groups.find((group) =>
      group.combinations * size(c) <= most && alike(group.controls[0]!, c)
    );
    known?.controls.push(c);
    if (known) known.combinations *= size(c);
    else groups.push({ controls: [c], combinations: size(c) });
  }
  return groups.map((group) => {
    const first = group.controls[0]!;
    const { used } = comparison.controls[first]!;
    const cells = Array.from(used.keys()).filter((cell) => used[cell] === 1 && includes(cell));
    const blockOf = (cell: number) => blocks(first) === 1 ? 0 : block[cell]!;
    return fillList(group, cells, blockOf, blocks(first), group.controls.map((c) => answers.controls[c]!));
  });
}

function fillList(
  { controls, combinations }: { controls: readonly number[]; combinations: number },
  cells: readonly number[],
  blockOf: (cell: number) => number,
  blocks: number,
  codes: readonly ControlCodes[],
): AnswerList {
  const { from } = codes[0]!;
  const count = cells.reduce((sum, cell) => sum + from[cell + 1]! - from[cell]!, 0);
  const [answer, cell, slot] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  let next = 0;
  for (const of of cells) {
    for (let a = from[of]!; a < from[of + 1]!; a++, next++) {
      answer[next] = a;
      cell[next] = of;
      slot[next] = codes.reduce(
        (sum, control) => sum * control.labels.length + control.codes[a]!,
        blockOf(of),
      );
    }
  }
  // The last control's categories change from one combination to the next.
  let step = combinations;
  const categories = codes.map(({ labels }) => {
    step /= labels.length;
    return Int32Array.from({ length: combinations }, (_, at) => Math.floor(at / step) % labels.length);
  });
  return { controls, answer, cell, slot, size: blocks * combinations, categories };
}

function sameValues(one: Int32Array | Uint8Array, other: Int32Array | Uint8Array): boolean {
  if (one === other) return true;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return one.length === other.length;
}

/** The counts of each control of a list, in the order of its controls (arrays that are used again). */
type CountsOfControls = (counts: Int32Array) => readonly Int32Array[];

/** Makes what sums up the counts of combinations, of several arms one after the other, to those of controls. */
export function makeSums({ categories, size }: AnswerList, arms: number): CountsOfControls {
  if (categories.length === 1) return (counts) => [counts];
  const combinations = categories[0]!.length;
  const rows = arms * size / combinations;
  const sums = categories.map((of) => new Int32Array(rows * (of.at(-1)! + 1)));
  return (counts) => {
    categories.forEach((of, i) => {
      const into = sums[i]!;
      const columns = into.length / rows;
      into.fill(0);
      for (let row = 0; row < rows; row++) {
        for (let at = 0; at < combinations; at++) {
          into[row * columns + of[at]!]! += counts[row * combinations + at]!;
        }
      }
    });
    return sums;
  };
}

/** For each measure of a control, the contrasts of two arms (arrays that are used again). */
type ContrastsOf = (
  counts: ArrayLike<number>,
  first: number,
  second: number,
) => readonly Float64Array[];

/** Makes what turns the counts of two arms, which begin at two places, into contrasts. */
export function makeContrasts(control: ControlCodes, weights: Float64Array): ContrastsOf {
  const { labels, scores, measures } = control;
  const [p, q] = [new Float64Array(labels.length), new Float64Array(labels.length)];
  const contrasts = measures.map((measure) => new Float64Array(measure.size(labels.length)));
  return (counts, first, second) => {
    averageShares(counts, first, second, weights, p, q);
    for (let m = 0; m < measures.length; m++) measures[m]!.contrast(p, q, scores, contrasts[m]!);
    return contrasts;
  };
}

/**
 * Puts the shares Σ_b w_b p_bk of each category k in two arms, averaged over blocks b with the weights w of a layout,
 * into `p` and `q`. A block without an answer in an arm is left out; `NaN` where none is left.
 */
function averageShares(
  counts: ArrayLike<number>,
  first: number,
  second: number,
  weights: Float64Array,
  p: Float64Array,
  q: Float64Array,
): void {
  const columns = p.length;
  p.fill(0);
  q.fill(0);
  let weight = 0;
  for (let block = 0; block < weights.length; block++) {
    const share = weights[block]!;
    if (share === 0) continue;
    const [one, other] = [first + block * columns, second + block * columns];
    // n, m: answers in each arm
    let n = 0;
    let m = 0;
    for (let k = 0; k < columns; k++) {
      n += counts[one + k]!;
      m += counts[other + k]!;
    }
    if (n === 0 || m === 0) continue;
    weight += share;
    for (let k = 0; k < columns; k++) {
      p[k]! += share * (counts[one + k]! / n);
      q[k]! += share * (counts[other + k]! / m);
    }
  }
  // Weights add up to 1 but for rounding: only what was left out calls for a division.
  if (weight > 1 - 1e-9) return;
  for (let k = 0; k < columns; k++) {
    p[k]! /= weight;
    q[k]! /= weight;
  }
}

/** The value of each measure of a control under its contrasts. */
export function measureValues({ measures }: ControlCodes, contrasts: readonly Float64Array[]): number[] {
  return measures.map(({ length, squared }, m) => {
    const distance = length(contrasts[m]!);
    return squared ? distance * distance : distance;
  });
}

/** Counts answers by the labels of what they are listed under: label by label, in each slot by slot. */
export function countByLabel(
  labelled: Int32Array,
  { slot, size }: AnswerList,
  labels: Int32Array,
  counts: Int32Array,
): void {
  counts.fill(0);
  for (let a = 0; a < slot.length; a++) counts[labels[labelled[a]!]! * size + slot[a]!]!++;
}

/** The contrasts of two arms on one control as observed, by measure. */
export function observedContrasts(
  answers: DriftAnswers,
  comparison: ArmComparison,
  c: number,
): Float64Array[] {
  const { arms, controls } = comparison;
  const { weights } = controls[c]!;
  const [list] = listAnswers(answers, comparison, {
    controls: [c],
    includes: (cell) => arms.includes(answers.arm[cell]!),
    block: answers.block,
    blocks: () => weights.length,
  });
  const counts = new Int32Array(2 * list!.size);
  countByLabel(list!.cell, list!, answers.arm.map((arm) => arm === arms[0] ? 1 : 0), counts);
  return makeContrasts(answers.controls[c]!, weights)(counts, list!.size, 0).map((found) => found.slice());
}
