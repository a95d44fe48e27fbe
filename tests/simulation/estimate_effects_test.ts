import { assert } from "@std/assert";
import { type Columns, type RandomStream, stream, tableOf } from "@understudy/understudy/core";
import { estimateEffects, type EstimateEffectsOptions } from "@understudy/understudy/estimation";
import { normalQuantile } from "@understudy/understudy/stats";

/** `UNDERSTUDY_LONG=1` draws ten times as often, which narrows the bounds by about three. */
const repetitions = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 20000 : 2000;
const truth = 0.4;

interface Study {
  readonly name: string;
  readonly options: Partial<EstimateEffectsOptions>;
  /** One study, arms 0 and 1. */
  readonly draw: (random: RandomStream) => Columns;
}

const studies: readonly Study[] = [
  {
    name: "standard, unequal variances and sizes",
    options: {},
    draw: (random) => {
      const arm = [...new Array(12).fill(1), ...new Array(28).fill(0)];
      return { arm, y: arm.map((z) => truth * z + random.normal() * (z === 1 ? 3 : 1)) };
    },
  },
  {
    name: "blocked, shares of the treated differ between blocks",
    options: { blocks: "block" },
    draw: (random) => {
      const block: number[] = [];
      const arm: number[] = [];
      const y: number[] = [];
      [[6, 4], [4, 12], [8, 8], [10, 5]].forEach(([treated, control], b) => {
        const level = 3 * random.normal();
        const arms = random.shuffle([...new Array(treated).fill(1), ...new Array(control).fill(0)]);
        for (const z of arms) {
          block.push(b);
          arm.push(z);
          y.push(level + truth * z + random.normal());
        }
      });
      return { block, arm, y };
    },
  },
  {
    name: "matched pairs, effects that differ between pairs",
    options: { blocks: "block" },
    draw: (random) => {
      const pairs = Array.from(
        { length: 15 },
        () => ({ level: 2 * random.normal(), effect: truth + random.normal() }),
      );
      return {
        block: pairs.flatMap((_, b) => [b, b]),
        arm: pairs.flatMap(() => [0, 1]),
        y: pairs.flatMap(({ level, effect }) => [level + random.normal(), level + effect + random.normal()]),
      };
    },
  },
  {
    name: "pairs beside larger blocks",
    options: { blocks: "block" },
    draw: (random) => {
      const columns = { block: [] as number[], arm: [] as number[], y: [] as number[] };
      [2, 2, 2, 2, 2, 2, 2, 2, 8, 12].forEach((size, block) => {
        const level = 2 * random.normal();
        for (let i = 0; i < size; i++) {
          columns.block.push(block);
          columns.arm.push(i % 2);
          columns.y.push(level + truth * (i % 2) + (block === 9 ? 2 : 1) * random.normal());
        }
      });
      return columns;
    },
  },
  {
    name: "clustered, few clusters of unequal size",
    options: { clusters: "cluster" },
    draw: (random) => {
      const columns = { cluster: [] as number[], arm: [] as number[], y: [] as number[] };
      for (let cluster = 0; cluster < 16; cluster++) {
        const level = 0.7 * random.normal();
        for (let i = 0; i < 2 + (cluster % 5); i++) {
          columns.cluster.push(cluster);
          columns.arm.push(cluster % 2);
          columns.y.push(level + truth * (cluster % 2) + random.normal());
        }
      }
      return columns;
    },
  },
];

function coverage({ name, options, draw }: Study): number {
  let covered = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const table = tableOf(draw(stream(20260801, name, repetition)));
    const effects = estimateEffects(table, { outcome: "y", reference: 0, ...options });
    if (effects.get("conf_low", 0) <= truth && truth <= effects.get("conf_high", 0)) covered++;
  }
  return covered / repetitions;
}

for (const study of studies) {
  Deno.test(`estimateEffects(table) has intervals that cover in 95 of 100 studies: ${study.name}`, () => {
    const share = coverage(study);
    // Two-sided binomial bounds: a right interval is outside in 1 of 1000 seeds.
    const margin = normalQuantile(0.9995) * Math.sqrt(0.95 * 0.05 / repetitions);
    assert(Math.abs(share - 0.95) < margin, `${share} is not within ${margin} of 0.95`);
  });
}
