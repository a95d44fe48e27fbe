import type { RandomStream } from "../../core/stream.ts";
import { countAssignments, groupPositions, permuteLabels } from "../../stats/permutation.ts";
import { type DriftCells, testsOf } from "./drift_cells.ts";
import { answersOfPlaces, type CountedControl, type DriftCounter, makeCounter } from "./drift_counter.ts";
import { makeDealer, makeThinner, rankPlaces } from "./drift_deal.ts";
import { byMeasure, drawCounts, type DrawCountsOptions, type TestNull } from "./drift_null_counts.ts";
import { permuteTogether } from "./drift_null_together.ts";
import type { PairLayouts } from "./drift_layout.ts";
import { type ControlMembers, type DriftPlaces, findMembers, pickPlaces } from "./drift_places.ts";

/** The distances of several controls and comparisons under permutations of the arms. */
export interface DriftNull {
  /** For each comparison and test (comparisons outside), the distance under each permutation of all together. */
  readonly distances: readonly Float64Array[];
  /** Whether the permutations of all together are all distinct assignments. */
  readonly exact: boolean;
  /** How many permutations of all together there are. */
  readonly count: number;
  /** For each test of the only comparison, the null that judges it alone; all its assignments where they are few. */
  readonly own: readonly TestNull[];
  /** Whether places gave answers more or less often, control by control. */
  readonly thinned: readonly boolean[];
  /** Between whom arms were permuted, in words. */
  readonly scope: string;
}

/** Options of {@linkcode permuteArms}. */
export interface PermuteArmsOptions {
  /** How many random permutations. */
  readonly permutations: number;
  /** Opens a stream of random numbers, each time anew: what one control draws changes nothing for another. */
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
 * @param layouts for each comparison, the arm that is compared and the reference, which is the first of `arms`
 */
export function permuteArms(
  cells: DriftCells,
  arms: readonly number[],
  layouts: readonly PairLayouts[],
  options: PermuteArmsOptions,
): DriftNull {
  const places = pickPlaces(cells, arms);
  const members = cells.controls.map((_, c) => findMembers(cells, places, layouts, c));
  const thinned = members.map(({ rates }) => rates !== null);
  const controls = members.map((member, c) =>
    prepare({ cells, places, arms, layouts, random: options.random("thin", cells.controls[c]!) }, member, c)
  );
  const tests = testsOf(cells);
  const alone = controls.map((control, c) =>
    layouts.length > 1
      ? null
      : judgeAlone(cells, places, control, { ...options, layout: layouts[0]!.controls[c]!, c })
  );
  const scope = { thinned, scope: places.scope };
  const own = alone.flatMap((nulls) => nulls ?? []);
  // One test is joint with none.
  if (tests.length === 1 && own.length === 1) {
    return { ...own[0]!, distances: [own[0]!.distances], own, ...scope };
  }
  const together = members.every(({ everyone, rates }) => everyone && rates === null) &&
    layouts.every(({ controls }) => controls.every(({ weights }) => weights.length === 1));
  const others = layouts.map((layout) => arms.indexOf(layout.arms[0]));
  const all = together
    ? permuteTogether(cells, places, others, {
      ...options,
      random: options.random(),
      labels: arms.length,
      exactLimit,
    })
    : permuteControls(places, controls, options);
  return { ...all, own, ...scope };
}

/** The nulls that judge one control by itself, whatever else is in the table: one for each of its measures. */
function judgeAlone(
  cells: DriftCells,
  places: DriftPlaces,
  control: PreparedControl,
  options: DrawCountsOptions,
): TestNull[] {
  const counted = visitAll(places, control, options.random()) ?? drawCounts(cells, places, control, options);
  if (counted !== null) return counted;
  const { distances, ...drawn } = permuteControls(places, [control], options);
  return distances.map((list) => ({ ...drawn, distances: list }));
}

/** Gives a control's places new labels by an order; gives every place its answers. */
interface PreparedControl {
  readonly members: ControlMembers;
  readonly counted: CountedControl;
  readonly deal: (order: Int32Array) => void;
  /** The labels that were dealt. */
  readonly labels: Int32Array;
  /** For each comparison, the value of each measure under the labels that were dealt. */
  readonly measure: () => Float64Array[];
}

interface Preparation {
  readonly cells: DriftCells;
  readonly places: DriftPlaces;
  readonly arms: readonly number[];
  readonly layouts: readonly PairLayouts[];
  readonly random: RandomStream;
}

function prepare(
  { cells, places, arms, layouts, random }: Preparation,
  members: ControlMembers,
  control: number,
): PreparedControl {
  const counted: CountedControl = answersOfPlaces(cells, places, members, control);
  const { rates } = members;
  const counters = layouts.map((layout): DriftCounter =>
    makeCounter(cells, places, counted, layout, {
      control,
      other: arms.indexOf(layout.arms[0]),
      subtract: rates === null,
    })
  );
  const clustered = cells.unitName === "clusters";
  const thin = rates === null ? null : makeThinner(places, members, rates, counted, { clustered, random });
  const labels = places.labels.slice();
  const dealer = makeDealer(places, members, rankPlaces(places));
  const taken = counted.full.slice();
  const answers = thin === null ? cells.answers : cells.answers.slice();
  return {
    members,
    counted,
    labels,
    deal: (order) => dealer(order, labels),
    measure: () => {
      thin?.(labels, answers, taken);
      return counters.map((counter) => counter(labels, answers, taken).slice());
    },
  };
}

/** Permutes all controls by one random order of all places. */
function permuteControls(
  places: DriftPlaces,
  controls: readonly PreparedControl[],
  { permutations, random }: PermuteArmsOptions,
): Pick<DriftNull, "distances" | "exact" | "count"> {
  const ranks = rankPlaces(places);
  const holder = new Int32Array(ranks.length);
  const order = new Int32Array(ranks.length);
  const found: Float64Array[][][] = controls.map(() => []);
  const visited = permuteLabels(ranks.keys().toArray(), (numbers) => {
    // The place to which the label of each place went, then those places in the order of the ranks.
    for (let place = 0; place < numbers.length; place++) holder[numbers[place]!] = place;
    for (let rank = 0; rank < ranks.length; rank++) order[rank] = holder[ranks[rank]!]!;
    controls.forEach((control, c) => {
      control.deal(order);
      found[c]!.push(control.measure());
    });
  }, { groups: places.groups, permutations, random: random(), exactLimit: 0 });
  const comparisons = found[0]?.[0]?.length ?? 0;
  const distances = Array.from(
    { length: comparisons },
    (_, index) => found.flatMap((visits) => byMeasure(visits.map((values) => values[index]!))),
  ).flat();
  return { ...visited, distances };
}

/** Visits all assignments of one control, for each measure, where they are few; `null` where they are many or its answers are drawn. */
function visitAll(places: DriftPlaces, control: PreparedControl, random: RandomStream): TestNull[] | null {
  const { member, rates } = control.members;
  const taking = Int32Array.from(member.keys()).filter((place) => member[place] === 1);
  const labels = taking.map((place) => places.labels[place]!);
  const groups = taking.map((place) => places.groups[place]!);
  const positions = groupPositions(groups.length, groups);
  if (rates !== null || countAssignments(labels, positions, exactLimit) === Infinity) return null;
  const visits: Float64Array[] = [];
  const visited = permuteLabels(labels, (permuted) => {
    taking.forEach((place, index) => control.labels[place] = permuted[index]!);
    visits.push(control.measure()[0]!);
  }, { groups, random, exactLimit });
  return byMeasure(visits).map((distances) => ({ ...visited, distances }));
}
