import type { RandomStream } from "../core/stream.ts";
import { distinct, groupRows } from "../core/table.ts";
import { hasFewAssignments, permuteLabels } from "../stats/permutation.ts";
import type { ControlCodes, DriftAnswers } from "./answers.ts";
import { type ArmComparison, makeCounter } from "./comparisons.ts";
import { makeContrasts, measureValues } from "./measures.ts";

/** The distances of one test under permutations of the arms, and whether these are all distinct assignments. */
export type TestNull = Readonly<{ distances: Float64Array; exact: boolean }>;

/** The 95% point of sorted distances. */
export function highPoint(sorted: Float64Array): number {
  // A hair less than the product: .95 × 2,000 is 1,900.
  return sorted[Math.ceil(0.95 * sorted.length - 1e-9) - 1]!;
}

/** The nulls of all tests: comparison by comparison, control by control, measure by measure. */
export interface ArmPermutations {
  /** For each test the null that judges it alone: all its assignments where they are few. */
  readonly own: readonly TestNull[];
  /** For each test its distances under the permutations of all together. */
  readonly together: readonly TestNull[];
  /**
   * For each test its distances under the same permutations if a unit in the place of another gives at most as many
   * answers as that one; `null` where all answered as large a share of what they were asked.
   */
  readonly thinned: readonly (TestNull | null)[];
  readonly scope: string;
}

interface PermuteArmsOptions {
  readonly permutations: number;
  /** Opens a stream of random numbers: what one control draws changes nothing for another. */
  readonly random: (...names: string[]) => RandomStream;
}

const exactLimit = 25_000;

/**
 * Permutes arms: among the cells of a unit that was in several of them, across units of a block that was in one. A cell
 * moves with all its answers, so replicates move together and all controls are permuted alike.
 *
 * Each control's permutations are conditional on who answered it: only they change places, so that permuted arms hold as
 * many answers as the arms of the study did, however differently they refused. All controls follow one random order of
 * the units. Refusals may depend on the arm, not on the answer that was refused.
 * The comparisons are those of one or more arms with the same reference.
 */
export function permuteArms(
  answers: DriftAnswers,
  comparisons: readonly ArmComparison[],
  { permutations, random }: PermuteArmsOptions,
): ArmPermutations {
  const places = pickPlaces(answers, comparisons);
  const tests = comparisons.length * firstTests(answers).at(-1)!;
  const movers = findMovers(answers, comparisons, places);
  const record = movers.map((group) => makeRecorder(answers, comparisons, places, group, random));
  const options = { permutations, random: random("permute") };
  const collect = (visitAll: (found: Found) => { readonly exact: boolean }): TestNull[] => {
    const found: Found = Array.from({ length: 2 * tests }, () => []);
    const { exact } = visitAll(found);
    return found.map((distances) => ({ distances: Float64Array.from(distances), exact }));
  };
  const alone = (group: Movers): TestNull[] =>
    collect((found) =>
      permuteLabels(group.dealt, (dealt) => {
        for (let i = 0; i < dealt.length; i++) group.labels[group.cells[i]!] = dealt[i]!;
        record[movers.indexOf(group)]!(found);
      }, { ...options, groups: group.groups, exactLimit })
    );
  const inOneOrder = (): TestNull[] =>
    collect((found) =>
      permuteLabels(places.cells.keys().toArray(), (source) =>
        movers.forEach((group, g) => {
          deal(group, places, source);
          record[g]!(found);
        }), { ...options, groups: places.groups, exactLimit: 0 })
    );
  const [first] = movers;
  const everybody = movers.length === 1 && first!.thin === null &&
    first!.members.length === places.cells.length;
  const nulls = everybody ? alone(first!) : inOneOrder();
  const together = nulls.slice(0, tests);
  const dealsFew = ({ dealt, groups, thin }: Movers) =>
    thin === null && hasFewAssignments(dealt, groups, exactLimit);
  const few = everybody ? [] : movers.filter(dealsFew).map(alone);
  return {
    together,
    own: together.map((shared, t) => few.find((found) => found[t]!.distances.length > 0)?.[t] ?? shared),
    thinned: nulls.slice(tests).map((thinned) => thinned.distances.length > 0 ? thinned : null),
    scope: places.scope,
  };
}

/** The distances of each test, as they are found; then those of each under thinning. */
type Found = number[][];

/** The number of each control's first test in a comparison; one more at the end. */
function firstTests({ controls }: DriftAnswers): number[] {
  const first = [0];
  for (const { measures } of controls) first.push(first.at(-1)! + measures.length);
  return first;
}

type Places = ReturnType<typeof pickPlaces>;

/** Finds who changes places: the cells of a unit that was in several arms, else units of a block. */
function pickPlaces(answers: DriftAnswers, comparisons: readonly ArmComparison[]) {
  const arms = [comparisons[0]!.arms[1], ...comparisons.map((comparison) => comparison.arms[0])];
  const labelOf = new Map(arms.map((arm, label) => [arm, label] as const));
  const picked = Array.from(answers.arm.keys()).filter((cell) => labelOf.has(answers.arm[cell]!));
  const cellsOf = groupRows(picked.map((cell) => answers.unit[cell]!));
  const alone = (cell: number) => cellsOf.get(answers.unit[cell]!)!.length === 1;
  // Blocks count down from -1, units up from 0, so that a block and a unit never share a group.
  const keys = picked.map((cell) => alone(cell) ? -1 - answers.block[cell]! : answers.unit[cell]!);
  const groupOf = new Map(distinct(keys).map((key, group) => [key, group] as const));
  const places = picked.map((cell, i) => (
    { cell, group: groupOf.get(keys[i]!)!, label: labelOf.get(answers.arm[cell]!)! }
  ));
  // A control that everybody answered and one that some did not then give the same places the other arms, as far as
  // they can: the labels that are dealt first are not 0.
  places.sort((a, b) => a.group - b.group || b.label - a.label || a.cell - b.cell);
  return {
    /** The cells of these arms, those of a group together, and in it those with the label 0 last. */
    cells: Int32Array.from(places, ({ cell }) => cell),
    /** The label of each: 0 for the reference, then the arms that are compared with it. */
    labels: Int32Array.from(places, ({ label }) => label),
    /** The group of each, counted from 0: labels change places only within it. */
    groups: Int32Array.from(places, ({ group }) => group),
    /** The label of what takes no part: one more than the last. */
    nobody: arms.length,
    /** Between whom labels are permuted, in words. */
    scope: scopeOf(answers, picked.filter(alone), picked.length),
    /** Room for the place to which each label goes. */
    target: new Int32Array(places.length),
  };
}

function scopeOf({ block, unitName }: DriftAnswers, alone: readonly number[], total: number): string {
  const within = `within ${unitName}`;
  if (alone.length === 0) return within;
  const blocked = new Set(alone.map((cell) => block[cell])).size > 1;
  const across = `across ${unitName}${blocked ? " within blocks" : ""}`;
  return alone.length === total ? across : `${within} that answered in several arms, else ${across}`;
}

type Movers = ReturnType<typeof moversOf>;

/** Those who change places in a control: the places with an answer that some comparison counts. */
function moversOf(
  answers: DriftAnswers,
  comparisons: readonly ArmComparison[],
  places: Places,
  control: number,
) {
  const { from, asked } = answers.controls[control]!;
  const used = comparisons.map(({ controls }) => controls[control]!.used);
  const member = Uint8Array.from(places.cells, (cell) => used.some((cells) => cells[cell] === 1) ? 1 : 0);
  const members = Int32Array.from(member.keys()).filter((place) => member[place] === 1);
  const cells = members.map((place) => places.cells[place]!);
  const answered = places.cells.map((cell) => from[cell + 1]! - from[cell]!);
  const shares = Array.from(members, (place, i) => answered[place]! / asked[cells[i]!]!);
  return {
    controls: [control],
    /** 1 for places that take part, their numbers and their cells. */
    member,
    members,
    cells,
    /** The label and the group of each of them, as observed. */
    dealt: members.map((place) => places.labels[place]!),
    groups: members.map((place) => places.groups[place]!),
    /** The label of each cell, as dealt last. */
    labels: new Uint16Array(answers.arm.length).fill(places.nobody),
    /**
     * How many answers each place gave, where some answered a smaller share of what they were asked than others; `null`
     * where all answered as large a share, so that any may stand in for any.
     */
    thin: new Set(shares).size > 1 ? answered : null,
  };
}

/** The movers of all controls; those of controls that the same places answered are one. */
function findMovers(answers: DriftAnswers, comparisons: readonly ArmComparison[], places: Places): Movers[] {
  const groups: Movers[] = [];
  for (const control of answers.controls.keys()) {
    const own = moversOf(answers, comparisons, places, control);
    const known = groups.find(({ member, thin }) =>
      thin === null && own.thin === null && member.every((one, place) => one === own.member[place])
    );
    if (known === undefined) groups.push(own);
    else known.controls.push(control);
  }
  return groups;
}

/**
 * Deals the labels of those who take part anew. `source` holds, for each place, the one whose label it gets if everybody
 * takes part; those who do get their labels in the order in which these go. It is the same for all controls, so that
 * what hangs together in the answers does in the permutations.
 */
function deal({ member, dealt, labels }: Movers, { cells, target }: Places, source: Int32Array): void {
  for (let place = 0; place < source.length; place++) target[source[place]!] = place;
  let next = 0;
  for (let i = 0; i < target.length; i++) {
    const place = target[i]!;
    if (member[place] === 1) labels[cells[place]!] = dealt[next++]!;
  }
}

/**
 * Makes what adds the distances of the controls of some movers, in every comparison, under the labels dealt last.
 *
 * A unit moves with all its answers. That is right where how many it gave is its own doing, and makes the null too narrow
 * where an arm refused many: so such controls have a second null, which is right for that and too narrow where one unit
 * gave most of the answers. The larger p-value is right for both.
 */
function makeRecorder(
  answers: DriftAnswers,
  comparisons: readonly ArmComparison[],
  places: Places,
  movers: Movers,
  random: PermuteArmsOptions["random"],
): (found: Found) => void {
  const labels = places.nobody + 1;
  const tests = firstTests(answers);
  const arms = comparisons.flatMap((comparison) => comparison.arms);
  const contrasts = comparisons.map(({ controls }) =>
    answers.controls.map((control, c) => makeContrasts(control, controls[c]!.weights))
  );
  const recordAs = (dealt: () => Uint16Array, byAnswer: boolean): (found: Found) => void => {
    const counters = comparisons.map((comparison) =>
      makeCounter(answers, comparison, { controls: movers.controls, labels, arms, byAnswer })
    );
    return (found) => {
      const own = dealt();
      counters.forEach((counter, i) =>
        counter.byLabel(own, (c, counts) => {
          const values = measureValues(
            answers.controls[c]!,
            contrasts[i]![c]!(counts, (i + 1) * counts.length / labels, 0),
          );
          const at = (i + (byAnswer ? comparisons.length : 0)) * tests.at(-1)! + tests[c]!;
          values.forEach((value, m) => found[at + m]!.push(value));
        })
      );
    };
  };
  const whole = recordAs(() => movers.labels, false);
  if (movers.thin === null) return whole;
  const first = answers.controls[movers.controls[0]!]!;
  const thinned = recordAs(makeThinner(places, movers, first, random("thin", first.control)), true);
  return (found) => {
    whole(found);
    thinned(found);
  };
}

/**
 * Makes what decides which answers each place gives under the labels dealt, of a control of which some answered less.
 *
 * Were refusals of replies rarer in one arm, its shares would be known better than those of the other, and shares of
 * permuted arms, each with replies of both, would be closer to each other than those of the study. So a unit that takes
 * another's place gives at most as many answers as that one, drawn from its own. The null is then at least as wide as it
 * should be. Units and places are matched by their number, so that as little as possible is left out. (Were they matched
 * by the share answered, one that was asked 6 times would give 6 in the place of one that gave 1 of 1: with 80% refused
 * in one arm the test then rejected in .067.) What is made gives the label of each answer.
 */
function makeThinner(
  { cells, groups, labels: observed, nobody }: Places,
  { members, thin, labels }: Movers,
  { from, codes }: ControlCodes,
  random: RandomStream,
): () => Uint16Array {
  const sorted = members.toSorted((a, b) => thin![b]! - thin![a]! || a - b);
  // How many answers each group and label offers room for, from the most.
  const first = new Int32Array((groups.at(-1)! + 1) * nobody + 1);
  for (const place of sorted) first[groups[place]! * nobody + observed[place]! + 1]!++;
  for (let key = 1; key < first.length; key++) first[key]! += first[key - 1]!;
  const next = first.slice();
  const offered = new Int32Array(sorted.length);
  for (const place of sorted) offered[next[groups[place]! * nobody + observed[place]!]!++] = thin![place]!;
  const given = new Uint16Array(codes.length).fill(nobody);
  return () => {
    next.set(first);
    for (const place of sorted) {
      const cell = cells[place]!;
      const label = labels[cell]!;
      const all = thin![place]!;
      let left = Math.min(all, offered[next[groups[place]! * nobody + label]!++]!);
      // Selection sampling: each answer with the probability that as many as are left call for.
      for (let a = from[cell]!, rest = all; rest > 0; a++, rest--) {
        const taken = left === rest || (left > 0 && random.integer(rest) < left);
        given[a] = taken ? label : nobody;
        if (taken) left--;
      }
    }
    return given;
  };
}
