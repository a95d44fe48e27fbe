import type { RandomStream } from "../../core/stream.ts";
import type { CountedControl } from "./drift_counter.ts";
import type { ControlMembers, DriftPlaces } from "./drift_places.ts";

/** Gives each place that takes part in a control a label, from one random order of all places. */
export type DriftDealer = (order: Int32Array, labels: Int32Array) => void;

/**
 * Ranks of an order within groups: those of a group together, those that carry other labels than 0 first. A control
 * that everybody answered and one that some did not then give the same places the other arms as far as they can.
 */
export function rankPlaces({ labels, groups }: DriftPlaces): Int32Array {
  return Int32Array.from(labels.keys()).sort((a, b) =>
    groups[a]! - groups[b]! || labels[b]! - labels[a]! || a - b
  );
}

/**
 * Makes the dealer of a control: in each group the labels of its members, dealt anew to its members in the order given.
 * The order is the same for all controls, so that what hangs together in the answers does in the permutations.
 */
export function makeDealer(places: DriftPlaces, { member }: ControlMembers, ranks: Int32Array): DriftDealer {
  const pool = ranks.filter((place) => member[place] === 1).map((place) => places.labels[place]!);
  return (order, labels) => {
    let next = 0;
    for (let rank = 0; rank < order.length; rank++) {
      const place = order[rank]!;
      if (member[place] === 1) labels[place] = pool[next++]!;
    }
  };
}

/** Decides how many answers each place gives under new labels; puts those that it gives first among its own. */
export type DriftThinner = (labels: Int32Array, answers: Int32Array, taken: Int32Array) => void;

/**
 * Makes the thinner of a control that some answered less often than others.
 *
 * Were refusals of replies rarer in one arm, its shares would be known better than those of the other, and shares of
 * permuted arms, each with replies of both, would be closer to each other than those of the study. So a unit that takes
 * another's place gives at most as many answers as that one gave, drawn from its own. The null is then at least as wide
 * as it should be. Units and places are matched by how much they gave, so that as little as possible is left out.
 */
export function makeThinner(
  places: DriftPlaces,
  { member }: ControlMembers,
  rates: Float64Array,
  { from, full }: CountedControl,
  options: { readonly clustered: boolean; readonly random: RandomStream },
): DriftThinner {
  const arms = places.labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  const sorted = Int32Array.from(member.keys()).filter((place) => member[place] === 1)
    .sort((a, b) => rates[b]! - rates[a]! || a - b);
  const sizes = new Int32Array(places.groupCount * arms + 1);
  for (const place of sorted) sizes[places.groups[place]! * arms + places.labels[place]! + 1]!++;
  const first = sizes;
  for (let key = 1; key < first.length; key++) first[key]! += first[key - 1]!;
  const next = first.slice();
  const slots = new Float64Array(sorted.length);
  for (const place of sorted) {
    slots[next[places.groups[place]! * arms + places.labels[place]!]!++] = rates[place]!;
  }
  return (labels, answers, taken) => {
    next.set(first);
    for (const place of sorted) {
      const rate = slots[next[places.groups[place]! * arms + labels[place]!]!++]!;
      const all = full[place]!;
      // A cluster of 10 in the place of one of 20 that gave half its answers gives 5.
      const asked = options.clustered ? all / rates[place]! : 1;
      const most = rate >= rates[place]! ? all : Math.max(1, Math.min(all, Math.round(rate * asked)));
      taken[place] = most;
      if (most < all) drawFirst(answers, from[place]!, all, most, options.random);
    }
  };
}

/** Draws `count` of `size` answers without replacement and puts them first. */
function drawFirst(
  answers: Int32Array,
  from: number,
  size: number,
  count: number,
  random: RandomStream,
): void {
  for (let i = 0; i < count; i++) {
    const place = from + i + random.integer(size - i);
    const answer = answers[place]!;
    answers[place] = answers[from + i]!;
    answers[from + i] = answer;
  }
}
