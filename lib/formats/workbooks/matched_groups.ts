import { stream } from "../../core/stream.ts";
import type { FindWritten } from "./module_sheets.ts";

/** How agents are put in groups. */
export interface GroupMatching {
  /** The agents of each session of the workbook; groups mix those of different strata. */
  readonly sessions: readonly (readonly { readonly id: string; readonly stratum: string }[])[];
  /** `keep`: the groups of the round before; `swap`: the first half of each of them stays. */
  readonly strategy: string;
  /** The group of an agent where it is written down. */
  readonly written: FindWritten;
  readonly seed: number;
}

/** The group of each agent of a module, by round. */
export function matchGroups(
  { sessions, strategy, written, seed }: GroupMatching,
  { name, rounds, size }: { readonly name: string; readonly rounds: number; readonly size: number },
): Map<string, string>[] {
  const byRound = Array.from({ length: rounds }, () => new Map<string, string>());
  for (const [session, agents] of sessions.entries()) {
    for (const [at, groups] of byRound.entries()) {
      const last = byRound[at - 1];
      const free = agents.filter(({ id }) => {
        const own = written("id_in_subsession", id, name, at + 1);
        if (own !== null) groups.set(id, `${session}, written: ${own}`);
        return own === null;
      });
      if (strategy === "keep" && last !== undefined) {
        free.forEach(({ id }) => groups.set(id, last.get(id)!));
        continue;
      }
      const ids = strategy === "swap" && last !== undefined ? agents.map(({ id }) => id) : [];
      const before = [...Map.groupBy(ids, (id) => last!.get(id)).values()];
      const order = stream(seed, "groups", name, session, at + 1).shuffle(free);
      chunk(order, size, before).forEach((group, n) =>
        group.forEach((id) => groups.set(id, `${session}, ${n}`))
      );
    }
  }
  return byRound;
}

/** Groups of agents in an order by chance: half of each group before stays; strata take turns. */
function chunk(
  agents: readonly { readonly id: string; readonly stratum: string }[],
  size: number,
  before: readonly string[][],
): string[][] {
  const present = new Set(agents.map(({ id }) => id));
  const kept = before.map((group) =>
    group.slice(0, Math.ceil(group.length / 2)).filter((id) => present.has(id))
  );
  const staying = new Set(kept.flat());
  const counts = new Map<string, number>();
  const ranked = agents.filter(({ id }) => !staying.has(id)).map(({ id, stratum }) => {
    counts.set(stratum, (counts.get(stratum) ?? 0) + 1);
    return { id, rank: counts.get(stratum)! };
  });
  const order = ranked.sort((one, other) => one.rank - other.rank).map(({ id }) => id);
  let taken = 0;
  const take = (n: number) => order.slice(taken, taken += n);
  const filled = kept.map((group) => [...group, ...take(size - group.length)]);
  while (taken < order.length) filled.push(take(size));
  return filled;
}
