import type { World } from "../worlds/mod.ts";

/** Whether the attributes without parents are dependent: their joint shares are not the products of their own. */
export function rootsTogether(world: World): boolean {
  const roots = Object.keys(world.attributes).filter((name) => world.parents[name]!.length === 0);
  const joint = new Map<string, { levels: string[]; share: number }>();
  const single = new Map<string, number>();
  for (const { levels: own, probability } of world.cells) {
    const levels = roots.map((name) => own[name]!);
    const key = JSON.stringify(levels);
    joint.set(key, { levels, share: (joint.get(key)?.share ?? 0) + probability });
    levels.forEach((level, i) => {
      const name = JSON.stringify([i, level]);
      single.set(name, (single.get(name) ?? 0) + probability);
    });
  }
  return [...joint.values()].some(({ levels, share }) => {
    const product = levels.reduce((all, level, i) => all * single.get(JSON.stringify([i, level]))!, 1);
    return Math.abs(share - product) > 1e-9;
  });
}
