import type { ControlCodes, DriftAnswers } from "./answers.ts";
import type { DriftMeasure } from "./measures.ts";

/** Two arms that are compared on every control. */
export interface ArmComparison {
  /** The arm and its reference. */
  readonly arms: readonly [arm: number, reference: number];
  /** The units that stand in one of them or both. */
  readonly pairs: UnitPairs;
  /** What of each control is compared. */
  readonly controls: readonly ControlLayout[];
}

/** The cells of each unit in two arms; -1 where it is not there. */
interface UnitPairs {
  /** In the arm. */
  readonly first: Int32Array;
  /** In the reference. */
  readonly second: Int32Array;
  /** The block of each unit. */
  readonly block: Int32Array;
}

/**
 * What of one control is compared between two arms, and with what weight: the same for the distance, its null and its
 * interval, so that the three are about one quantity.
 */
interface ControlLayout {
  /** 1 for cells whose answers count: not those of units without a counterpart, or in blocks without one. */
  readonly used: Uint8Array;
  /** For each block its weight, 0 where it is left out; one weight of 1 where blocks make no difference. */
  readonly weights: Float64Array;
  /** How many units are compared: in the arm, in the reference, and in one of them or both. */
  readonly units: { readonly first: number; readonly second: number; readonly either: number };
  /** How many units are left out as they were in both arms and answered in one. */
  readonly incomplete: number;
  /** How many blocks are left out as an arm has no answer there, and how many units that answered are in them. */
  readonly emptyBlocks: { readonly blocks: number; readonly units: number };
}

/** Lays out the comparison of an arm with the reference on every control. */
export function compareTwoArms(answers: DriftAnswers, arm: number, reference: number): ArmComparison {
  const pairs = pairUnits(answers, arm, reference);
  return {
    arms: [arm, reference],
    pairs,
    controls: answers.controls.map((control) => layOutControl(answers, pairs, control)),
  };
}

function pairUnits(answers: DriftAnswers, arm: number, reference: number): UnitPairs {
  const [first, second, block]: [number[], number[], number[]] = [[], [], []];
  let last = -1;
  for (let cell = 0; cell < answers.arm.length; cell++) {
    if (answers.arm[cell] !== arm && answers.arm[cell] !== reference) continue;
    if (answers.unit[cell] !== last) {
      last = answers.unit[cell]!;
      first.push(-1);
      second.push(-1);
      block.push(answers.block[cell]!);
    }
    (answers.arm[cell] === arm ? first : second)[first.length - 1] = cell;
  }
  return { first: Int32Array.from(first), second: Int32Array.from(second), block: Int32Array.from(block) };
}

function layOutControl(answers: DriftAnswers, pairs: UnitPairs, control: ControlCodes): ControlLayout {
  const { from } = control;
  const used = Uint8Array.from(answers.arm, (_, cell) => from[cell + 1]! > from[cell]! ? 1 : 0);
  const incomplete = dropIncomplete(used, answers, pairs);
  const before = tallyBlocks(answers.blocks, pairs, used);
  const empty = before.units.map((units, block) =>
    units > 0 && answers.blocks > 1 && (before.first[block] === 0 || before.second[block] === 0) ? 1 : 0
  );
  answers.block.forEach((block, cell) => {
    if (empty[block] === 1) used[cell] = 0;
  });
  const tally = tallyBlocks(answers.blocks, pairs, used);
  const weights = blockWeights(pairs, control, tally);
  return {
    used,
    weights: blocksMakeNoDifference(pairs, control, used, tally, weights) ? Float64Array.of(1) : weights,
    units: { first: total(tally.first), second: total(tally.second), either: total(tally.units) },
    incomplete,
    emptyBlocks: {
      blocks: total(empty),
      units: total(before.units.map((units, block) => units * empty[block]!)),
    },
  };
}

/**
 * Leaves out units that were in both arms and answered in one: compared with itself, such a unit has nothing to be
 * compared with, and who refuses under a treatment need not be like those who do not.
 */
function dropIncomplete(used: Uint8Array, { unit }: DriftAnswers, { first, second }: UnitPairs): number {
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

/** How many units count in each block: in the arm, in the reference, and in one of them or both. */
interface BlockTally {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly units: Int32Array;
}

function tallyBlocks(blocks: number, { first, second, block }: UnitPairs, used: Uint8Array): BlockTally {
  const tally = {
    first: new Int32Array(blocks),
    second: new Int32Array(blocks),
    units: new Int32Array(blocks),
  };
  block.forEach((of, pair) => {
    // A unit that is not in an arm has the cell -1 there, which is not used.
    const [one, other] = [used[first[pair]!] ?? 0, used[second[pair]!] ?? 0];
    tally.first[of]! += one;
    tally.second[of]! += other;
    tally.units[of]! += one | other;
  });
  return tally;
}

/** The share of each block in all that the two arms were asked, in the blocks that are compared. */
function blockWeights(pairs: UnitPairs, { asked }: ControlCodes, { units }: BlockTally): Float64Array {
  const questions = new Float64Array(units.length);
  pairs.block.forEach((block, pair) => {
    if (units[block]! > 0) {
      questions[block]! += (asked[pairs.first[pair]!] ?? 0) + (asked[pairs.second[pair]!] ?? 0);
    }
  });
  const all = total(questions);
  return questions.map((count) => count / all);
}

/**
 * Whether averaging over blocks gives what pooling them gives, under every permutation: every cell that counts answered
 * as often as the others, and arms have the same shares in every block. Pooling is then faster.
 */
function blocksMakeNoDifference(
  pairs: UnitPairs,
  { from }: ControlCodes,
  used: Uint8Array,
  tally: BlockTally,
  weights: Float64Array,
): boolean {
  if (weights.length === 1) return true;
  const often = new Set<number>();
  for (const cells of [pairs.first, pairs.second]) {
    for (const cell of cells) if (used[cell] === 1) often.add(from[cell + 1]! - from[cell]!);
  }
  const [n, m] = [total(tally.first), total(tally.second)];
  return often.size === 1 &&
    weights.every((weight, block) =>
      tally.first[block]! * m === tally.second[block]! * n &&
      Math.abs(tally.first[block]! / n - weight) < 1e-12
    );
}

function total(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** One test: a control, and what is measured of it, in two arms. */
export interface DriftTest {
  /** Its number among all. */
  readonly number: number;
  /** The arms. */
  readonly comparison: ArmComparison;
  /** The control, as its place among those of the answers. */
  readonly control: number;
  /** The measure. */
  readonly measure: DriftMeasure;
  /** The place of the measure among those of the control. */
  readonly place: number;
}

/** All tests: comparison by comparison, control by control, measure by measure. */
export function testsOf({ controls }: DriftAnswers, comparisons: readonly ArmComparison[]): DriftTest[] {
  return comparisons.flatMap((comparison) =>
    controls.flatMap(({ measures }, control) =>
      measures.map((measure, place) => ({ comparison, control, measure, place }))
    )
  ).map((test, number) => ({ number, ...test }));
}

/** Why a control says nothing about two arms; `null` where it does. */
export function whyUnusable(answers: DriftAnswers, comparison: ArmComparison, at: number): string | null {
  const control = answers.controls[at]!;
  const { units, used } = comparison.controls[at]!;
  const given = new Set<number>();
  for (const arm of comparison.arms) {
    let answered = 0;
    answers.arm.forEach((of, cell) => {
      if (of !== arm) return;
      answered += control.from[cell + 1]! - control.from[cell]!;
      if (used[cell] === 0 || given.size > 1) return;
      for (let a = control.from[cell]!; a < control.from[cell + 1]!; a++) given.add(control.codes[a]!);
    });
    if (answered === 0) return `arm '${answers.arms[arm]}' has no answer to this control`;
  }
  if (units.first === 0 || units.second === 0) {
    const blocks = answers.blocks > 1 ? " and no block has answers of others in both" : "";
    return `nobody can be compared: none of the ${answers.unitName} answered in both arms${blocks}`;
  }
  const [only] = given;
  return given.size > 1
    ? null
    : `every answer is '${control.labels[only!]}': a control that does not vary cannot show drift`;
}

/** Says over how many blocks shares are averages, and who was left out. */
export function describeLayout({ unitName }: DriftAnswers, layout: ControlLayout): string[] {
  const { incomplete, emptyBlocks, weights } = layout;
  const blocks = weights.filter((weight) => weight > 0).length;
  return [
    ...(blocks > 1
      ? [`shares are averages over ${blocks} blocks, weighted by how much was asked in each`]
      : []),
    ...(incomplete > 0
      ? [`${unitName} left out as they were in both arms and answered in one: ${incomplete}`]
      : []),
    ...(emptyBlocks.blocks > 0
      ? [
        `blocks left out as an arm has no answer there: ${emptyBlocks.blocks}, ${unitName} in them: ` +
        `${emptyBlocks.units}`,
      ]
      : []),
  ];
}
