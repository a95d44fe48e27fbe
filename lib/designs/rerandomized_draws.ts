import { cannot, distinct, type RandomStream } from "../core/mod.ts";
import type { Assignment, PossibleAssignment } from "./declare_assignment.ts";

/** Deals the arms within blocks again until a draw is accepted. */
export function drawAccepted(
  codes: readonly number[],
  blocks: readonly number[],
  options: { accepts: (arms: Int32Array) => boolean; random: RandomStream; maximumDraws: number },
): Int32Array {
  const arms = Int32Array.from(codes);
  const groups = distinct(blocks).map((block) => [...blocks.keys()].filter((i) => blocks[i] === block));
  for (let draw = 1; !options.accepts(arms); draw++) {
    if (draw >= options.maximumDraws) {
      const rule = `be wide enough for one of ${options.maximumDraws} draws ('maximumDraws') to be accepted`;
      throw new RangeError(cannot("rerandomize", "probability' or 'threshold", rule, "none was accepted"));
    }
    for (const group of groups) {
      const dealt = options.random.shuffle(group.map((unit) => arms[unit]!));
      group.forEach((unit, place) => arms[unit] = dealt[place]!);
    }
  }
  return arms;
}

/** The accepted assignments; given the arms' sizes all are equally probable. */
export function* acceptedOf(
  assignment: Assignment,
  options: { accepts: (arms: readonly string[]) => boolean; key: (arms: readonly string[]) => string },
): Generator<PossibleAssignment> {
  const shares = new Map<string, { all: number; accepted: number }>();
  for (const { arms, probability } of assignment.enumerate()) {
    const key = options.key(arms);
    const share = shares.get(key) ?? { all: 0, accepted: 0 };
    share.all += probability;
    if (options.accepts(arms)) share.accepted += probability;
    shares.set(key, share);
  }
  for (const { arms, probability } of assignment.enumerate()) {
    if (!options.accepts(arms)) continue;
    const { all, accepted } = shares.get(options.key(arms))!;
    yield { arms, probability: (probability * all) / accepted };
  }
}

/** What is assigned as one, sorted by name so that the order of rows plays no part. */
export function membersOf({ groups, n }: Assignment): { rows: number[][]; blocks: number[] } {
  const names = distinct(groups.blocks);
  const byCluster = new Map<string, number[]>();
  for (let row = 0; row < n; row++) {
    const key = `${groups.blocks[row]}\n${groups.clusters[row]}`;
    const rows = byCluster.get(key);
    if (rows) rows.push(row);
    else byCluster.set(key, [row]);
  }
  const rows = [...byCluster].sort(([a], [b]) => a < b ? -1 : 1).map(([, list]) => list);
  return { rows, blocks: rows.map(([row]) => names.indexOf(groups.blocks[row!]!)) };
}

/** The arms' sizes within blocks, as a text. */
export function sizeKey(blocks: readonly number[], codes: ArrayLike<number>): string {
  const counts = new Map<string, number>();
  blocks.forEach((block, unit) => {
    const cell = `${block}:${codes[unit]}`;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  });
  return [...counts].map(([cell, count]) => `${cell}=${count}`).sort().join();
}
