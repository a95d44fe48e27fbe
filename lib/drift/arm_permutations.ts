import type { RandomStream } from "../core/stream.ts";
import { hasFewAssignments, permuteLabels } from "../stats/permutation.ts";
import type { ControlCodes, DriftAnswers } from "./answers.ts";
import { countByLabel, listAnswers, makeContrasts, makeSums, measureValues } from "./answer_counts.ts";
import { type ArmComparison, type DriftTest, testsOf } from "./comparisons.ts";

/** The distances of one test under permutations of the arms. */
export interface TestNull {
  /** The distance under each permutation. */
  readonly distances: Float64Array;
  /** Whether the permutations are all distinct assignments. */
  readonly exact: boolean;
}

/** The distances of all tests, in the order of `testsOf`. */
export interface ArmPermutations {
  /** For each test the null that judges it alone: all its assignments where they are few. */
  readonly own: readonly TestNull[];
  /** For each test its distances under the permutations of all together. */
  readonly together: readonly TestNull[];
  /** For each control, whether some answered a smaller share of what they were asked than others. */
  readonly thinned: readonly boolean[];
  /** Between whom arms were permuted, in words. */
  readonly scope: string;
}

/** Options of {@linkcode permuteArms}. */
interface PermuteArmsOptions {
  /** How many random permutations. */
  readonly permutations: number;
  /** Opens a stream of random numbers: what one control draws changes nothing for another. */
  readonly random: (...names: string[]) => RandomStream;
}

/** The largest number of distinct assignments that are all visited. */
const exactLimit = 25_000;

/**
 * Permutes arms: among the cells of a unit that was in several of them, across units of a block that was in one. A cell
 * moves with all its answers, so replicates move together and all controls are permuted alike.
 *
 * Each control's permutations are conditional on who answered it: only they change places, so that permuted arms hold as
 * many answers as the arms of the study did, however differently they refused. All controls follow one random order of
 * the units. Refusals may depend on the arm, not on the answer that was refused.
 *
 * @param comparisons those of one or more arms with the same reference
 */
export function permuteArms(
  answers: DriftAnswers,
  comparisons: readonly ArmComparison[],
  { permutations, random }: PermuteArmsOptions,
): ArmPermutations {
  const places = pickPlaces(answers, comparisons);
  const movers = findMovers(answers, comparisons, places);
  const tests = testsOf(answers, comparisons);
  const recorders = movers.map((group) => makeRecorder(answers, tests, places, group, random));
  const visit = (permute: (found: Found) => boolean): TestNull[] => {
    const found: Found = tests.map(() => []);
    const exact = permute(found);
    return found.map((distances) => ({ distances: Float64Array.from(distances), exact }));
  };
  const alone = (group: Movers): TestNull[] =>
    visit((found) =>
      permuteLabels(group.dealt, (dealt) => {
        for (let i = 0; i < dealt.length; i++) group.labels[group.members[i]!] = dealt[i]!;
        recorders[movers.indexOf(group)]!(found);
      }, { groups: group.groups, permutations, random: random("permute"), exactLimit }).exact
    );
  const inOneOrder = (): TestNull[] =>
    visit((found) =>
      permuteLabels(places.cells.keys().toArray(), (source) => {
        movers.forEach((group, g) => {
          deal(group, source, places.target);
          recorders[g]!(found);
        });
      }, { groups: places.groups, permutations, random: random("permute"), exactLimit: 0 }).exact
    );
  const [first] = movers;
  const everybody = movers.length === 1 && first!.rates === null &&
    first!.members.length === places.cells.length;
  const together = everybody ? alone(first!) : inOneOrder();
  const few = everybody ? [] : movers.filter(dealsFew).map(alone);
  return {
    together,
    own: together.map((shared, t) => few.find((found) => found[t]!.distances.length > 0)?.[t] ?? shared),
    thinned: answers.controls.map((_, c) =>
      movers.some((group) => group.rates !== null && group.controls[0] === c)
    ),
    scope: places.scope,
  };
}

/** The distances of each test, as they are found. */
type Found = number[][];

/** The cells of some arms, those of a group together, and in it those with the label 0 last. */
interface Places {
  /** The arm of each label: 0 is the reference. */
  readonly arms: readonly number[];
  /** The cells. */
  readonly cells: Int32Array;
  /** The label of each. */
  readonly labels: Int32Array;
  /** The group of each, counted from 0: labels change places only within it. */
  readonly groups: Int32Array;
  /** Room for the place to which each label goes. */
  readonly target: Int32Array;
  /** The label of what takes no part: one more than the last. */
  readonly nobody: number;
  /** Between whom arms are permuted, in words. */
  readonly scope: string;
}

/** Finds who changes places: the cells of a unit that was in several arms, else units of a block. */
function pickPlaces(answers: DriftAnswers, comparisons: readonly ArmComparison[]): Places {
  const arms = [comparisons[0]!.arms[1], ...comparisons.map((comparison) => comparison.arms[0])];
  const labelOf = new Map(arms.map((arm, label) => [arm, label] as const));
  const picked = Array.from(answers.arm.keys()).filter((cell) => labelOf.has(answers.arm[cell]!));
  const perUnit = new Map<number, number>();
  for (const cell of picked) perUnit.set(answers.unit[cell]!, (perUnit.get(answers.unit[cell]!) ?? 0) + 1);
  const alone = (cell: number) => perUnit.get(answers.unit[cell]!) === 1;
  const codes = new Map<number, number>();
  const place = picked.map((cell) => {
    // Blocks count down from -1, units up from 0, so that a block and a unit never share a group.
    const key = alone(cell) ? -1 - answers.block[cell]! : answers.unit[cell]!;
    if (!codes.has(key)) codes.set(key, codes.size);
    return { cell, group: codes.get(key)!, label: labelOf.get(answers.arm[cell]!)! };
  });
  // A control that everybody answered and one that some did not then give the same places the other arms, as far as
  // they can: the labels that are dealt first are not 0.
  place.sort((a, b) => a.group - b.group || b.label - a.label || a.cell - b.cell);
  return {
    arms,
    cells: Int32Array.from(place, ({ cell }) => cell),
    labels: Int32Array.from(place, ({ label }) => label),
    groups: Int32Array.from(place, ({ group }) => group),
    target: new Int32Array(place.length),
    nobody: arms.length,
    scope: scopeOf(answers, picked.filter(alone), picked.length),
  };
}

function scopeOf({ block, unitName }: DriftAnswers, alone: readonly number[], total: number): string {
  const within = `within ${unitName}`;
  if (alone.length === 0) return within;
  const blocked = new Set(alone.map((cell) => block[cell])).size > 1;
  const across = `across ${unitName}${blocked ? " within blocks" : ""}`;
  return alone.length === total ? across : `${within} that answered in several arms, else ${across}`;
}

/** Those who change places in some controls: who answered them. */
interface Movers {
  /** The controls which they, and nobody else, answered. */
  readonly controls: number[];
  /** 1 for places that take part. */
  readonly member: Uint8Array;
  /** Their numbers. */
  readonly members: Int32Array;
  /** The label of each of them, as observed. */
  readonly dealt: Int32Array;
  /** The group of each of them. */
  readonly groups: Int32Array;
  /** The label of each place, as dealt last. */
  readonly labels: Int32Array;
  /**
   * The share that each place answered of what it was asked, of a control of which some answered a smaller share than
   * others; `null` where all answered as much, so that any may stand in for any.
   */
  readonly rates: Float64Array | null;
}

/** Finds who takes part in the permutations of each control: only those with an answer that some comparison counts. */
function findMovers(
  answers: DriftAnswers,
  comparisons: readonly ArmComparison[],
  places: Places,
): Movers[] {
  const groups: Movers[] = [];
  answers.controls.forEach(({ from, asked }, c) => {
    const used = comparisons.map(({ controls }) => controls[c]!.used);
    const member = Uint8Array.from(places.cells, (cell) => used.some((cells) => cells[cell] === 1) ? 1 : 0);
    const share = Float64Array.from(places.cells, (cell) => (from[cell + 1]! - from[cell]!) / asked[cell]!);
    const rates = new Set(share.filter((_, place) => member[place] === 1)).size > 1 ? share : null;
    const known = rates === null
      ? groups.find((group) =>
        group.rates === null && group.member.every((one, place) => one === member[place])
      )
      : undefined;
    if (known !== undefined) {
      known.controls.push(c);
      return;
    }
    const members = Int32Array.from(member.keys()).filter((place) => member[place] === 1);
    groups.push({
      controls: [c],
      member,
      members,
      dealt: members.map((place) => places.labels[place]!),
      groups: members.map((place) => places.groups[place]!),
      labels: new Int32Array(member.length).fill(places.nobody),
      rates,
    });
  });
  return groups;
}

function dealsFew({ dealt, groups, rates }: Movers): boolean {
  return rates === null && hasFewAssignments(dealt, groups, exactLimit);
}

/**
 * Deals the labels of those who take part anew. `source` holds, for each place, the one whose label it gets if everybody
 * takes part; those who do get their labels in the order in which these go. It is the same for all controls, so that
 * what hangs together in the answers does in the permutations.
 */
function deal({ member, dealt, labels }: Movers, source: Int32Array, target: Int32Array): void {
  for (let place = 0; place < source.length; place++) target[source[place]!] = place;
  let next = 0;
  for (let i = 0; i < target.length; i++) {
    const place = target[i]!;
    if (member[place] === 1) labels[place] = dealt[next++]!;
  }
}

/** Makes what adds the distances of the controls of some movers, by each test, under the labels that were dealt. */
function makeRecorder(
  answers: DriftAnswers,
  tests: readonly DriftTest[],
  places: Places,
  movers: Movers,
  random: PermuteArmsOptions["random"],
): (found: Found) => void {
  const placeOf = new Int32Array(answers.arm.length).fill(-1);
  places.cells.forEach((cell, place) => placeOf[cell] = place);
  const first = answers.controls[movers.controls[0]!]!;
  const thin = movers.rates === null
    ? null
    : makeThinner(places, movers, first, random("thin", first.control));
  const counters = [...Map.groupBy(tests, ({ comparison }) => comparison)].flatMap(([comparison, own]) => {
    const lists = listAnswers(answers, comparison, {
      controls: movers.controls,
      includes: (cell) => placeOf[cell]! >= 0,
      block: answers.block,
      blocks: (c) => comparison.controls[c]!.weights.length,
    });
    return lists.map((list) => ({
      list,
      labelled: thin === null ? list.cell.map((cell) => placeOf[cell]!) : list.answer,
      counts: new Int32Array((places.nobody + 1) * list.size),
      sums: makeSums(list, places.nobody + 1),
      controls: list.controls.map((c) => ({
        control: answers.controls[c]!,
        contrastsOf: makeContrasts(answers.controls[c]!, comparison.controls[c]!.weights),
        test: own.find(({ control }) => control === c)!.number,
      })),
      label: places.arms.indexOf(comparison.arms[0]),
    }));
  });
  return (found) => {
    const labels = thin === null ? movers.labels : thin();
    for (const { list, labelled, counts, sums, controls, label } of counters) {
      countByLabel(labelled, list, labels, counts);
      sums(counts).forEach((own, i) => {
        const { control, contrastsOf, test } = controls[i]!;
        const values = measureValues(control, contrastsOf(own, label * own.length / (places.nobody + 1), 0));
        values.forEach((value, m) => found[test + m]!.push(value));
      });
    }
  };
}

/**
 * Makes what decides which answers each place gives under the labels dealt, of a control of which some answered less.
 *
 * Were refusals of replies rarer in one arm, its shares would be known better than those of the other, and shares of
 * permuted arms, each with replies of both, would be closer to each other than those of the study. So a unit that takes
 * another's place answers at most as large a share of what it was asked as that one, drawn from its own. The null is
 * then at least as wide as it should be. Units and places are matched by that share, so that as little as possible is
 * left out.
 *
 * @returns the label of each answer
 */
function makeThinner(
  { cells, groups, labels: observed, nobody }: Places,
  { members, rates, labels }: Movers,
  { from, codes, asked }: ControlCodes,
  random: RandomStream,
): () => Int32Array {
  const sorted = members.toSorted((a, b) => rates![b]! - rates![a]! || a - b);
  // The rates of each group and label, from the highest.
  const first = new Int32Array((groups.at(-1)! + 1) * nobody + 1);
  for (const place of sorted) first[groups[place]! * nobody + observed[place]! + 1]!++;
  for (let key = 1; key < first.length; key++) first[key]! += first[key - 1]!;
  const next = first.slice();
  const offered = new Float64Array(sorted.length);
  for (const place of sorted) offered[next[groups[place]! * nobody + observed[place]!]!++] = rates![place]!;
  const given = new Int32Array(codes.length).fill(nobody);
  return () => {
    next.set(first);
    for (const place of sorted) {
      const cell = cells[place]!;
      const label = labels[place]!;
      const rate = offered[next[groups[place]! * nobody + label]!++]!;
      const all = from[cell + 1]! - from[cell]!;
      let left = rate >= rates![place]! ? all : Math.max(1, Math.min(all, Math.round(rate * asked[cell]!)));
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
