import type { RandomStream } from "../../core/stream.ts";
import { permuteLabels } from "../../stats/permutation.ts";
import type { DriftCells } from "../controls/drift_cells.ts";
import { answersOfPlaces } from "../controls/drift_counter.ts";
import { makeThinner } from "../controls/drift_deal.ts";
import type { PairLayouts } from "../controls/drift_layout.ts";
import { type DriftPlaces, findMembers } from "../controls/drift_places.ts";

/** The shares of all slots in each arm; a slot is a pattern, or a pattern in a fold. Each arm's shares add up to 1. */
export interface JointShares {
  /** Of the arm that is compared. */
  readonly arm: Float64Array;
  /** Of the reference. */
  readonly reference: Float64Array;
}

/** A statistic of the shares of all slots. */
export type JointStatistic = (shares: JointShares) => number;

/** Replies of units that change places. */
export interface JointPlaces {
  /** The places that take part. */
  readonly members: Int32Array;
  /** Where the replies of each place begin. */
  readonly from: Int32Array;
  /** How many replies each place has. */
  readonly full: Int32Array;
  /** How much each place can give where some answered less often than others; else `null`. */
  readonly rates: Float64Array | null;
}

/** Finds who takes part in a comparison of two arms. */
export function joinPlaces(cells: DriftCells, places: DriftPlaces, layout: PairLayouts): JointPlaces {
  const found = findMembers(cells, places, [layout], 0);
  return {
    ...answersOfPlaces(cells, places, found, 0),
    members: Int32Array.from(places.cells.keys()).filter((place) => found.member[place] === 1),
    rates: found.rates,
  };
}

/** What is permuted, and how replies are counted. */
export interface JointPermutation {
  readonly cells: DriftCells;
  readonly places: DriftPlaces;
  readonly joint: JointPlaces;
  readonly weights: Float64Array;
  /** The number of each pattern among those that occur. */
  readonly numbers: Int32Array;
  /** The slot of a pattern of a place is this and the number of the pattern. */
  readonly base: Int32Array;
  /** How many slots there are. */
  readonly slots: number;
}

/** The statistic as it was observed and under permutations of the arms. */
export interface JointNull {
  readonly observed: number;
  readonly permuted: Float64Array;
  readonly exact: boolean;
  readonly count: number;
}

/**
 * Permutes the arms of the places that take part, within their groups; all replies of a place move together. Where some
 * answered less often than others, a place that takes another's gives at most as many replies as that one.
 */
export function permuteJoint(
  permutation: JointPermutation,
  statistic: JointStatistic,
  options: { permutations: number; exactLimit: number; random: RandomStream },
): JointNull {
  const { cells, places, joint } = permutation;
  const { members, rates, from, full } = joint;
  const count = shareCounter(permutation);
  const observed = statistic(count(places.labels, cells.answers, full));
  const labels = places.labels.slice();
  const answers = rates === null ? cells.answers : cells.answers.slice();
  const taken = full.slice();
  const member = Uint8Array.from(places.cells, () => 0);
  for (const place of members) member[place] = 1;
  const clustered = cells.unitName === "clusters";
  const thin = rates === null
    ? null
    : makeThinner(places, { member, everyone: false, rates }, rates, { from, full }, {
      clustered,
      random: options.random,
    });
  const permuted: number[] = [];
  const visited = permuteLabels(members.map((place) => places.labels[place]!), (dealt) => {
    members.forEach((place, i) => labels[place] = dealt[i]!);
    thin?.(labels, answers, taken);
    permuted.push(statistic(count(labels, answers, taken)));
  }, {
    groups: members.map((place) => places.groups[place]!),
    permutations: options.permutations,
    exactLimit: rates === null ? options.exactLimit : 0,
    random: options.random,
  });
  return { observed, permuted: Float64Array.from(permuted), ...visited };
}

/** Counts the shares of slots: labels and replies of each place, and how often a place counts, 1 if not given. */
export type ShareCounter = (
  labels: Int32Array,
  answers: Int32Array,
  taken: Int32Array,
  times?: Int32Array,
) => JointShares;

/** Makes the counter of shares: averages over blocks, with the weights of the comparison. */
export function shareCounter(
  { cells, places, joint, weights, numbers, base, slots }: JointPermutation,
): ShareCounter {
  const shares = [new Float64Array(slots), new Float64Array(slots)] as const;
  const replies = [new Float64Array(weights.length), new Float64Array(weights.length)] as const;
  const block = places.cells.map((cell) => weights.length === 1 ? 0 : cells.block[cell]!);
  return (labels, answers, taken, times) => {
    for (const list of [...shares, ...replies]) list.fill(0);
    for (const place of joint.members) {
      replies[labels[place] as 0 | 1][block[place]!]! += taken[place]! * (times?.[place] ?? 1);
    }
    const both = weights.map((weight, b) => replies[0][b]! > 0 && replies[1][b]! > 0 ? weight : 0);
    const compared = both.reduce((sum, weight) => sum + weight, 0);
    for (const place of joint.members) {
      const label = labels[place] as 0 | 1;
      const share = both[block[place]!]! / compared / replies[label][block[place]!]! * (times?.[place] ?? 1);
      if (!(share > 0)) continue;
      const start = joint.from[place]!;
      for (let a = start; a < start + taken[place]!; a++) {
        shares[label][base[place]! + numbers[answers[a]!]!]! += share;
      }
    }
    return { arm: shares[1], reference: shares[0] };
  };
}
