import { assert } from "@std/assert";
import { columnOf, type Columns, type RandomStream, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import {
  checkSharpNull,
  type CheckSharpNullOptions,
  estimateConstantEffect,
  type EstimateConstantEffectOptions,
} from "@understudy/understudy/estimation";
import { assertShare, repetitions, shareOf } from "./share_of_studies.ts";
import { items, personasOf, treatmentsOf } from "../designs/fixtures.ts";

/**
 * With 99 random assignments a right test rejects in exactly 5 of 100 studies, where assignments are so many that the
 * observed one hardly ever comes again.
 */
const draws = { permutations: 99, exactLimit: 0 } as const;
const truth = 0.7;

interface Study {
  readonly name: string;
  readonly options: Partial<CheckSharpNullOptions>;
  /** One study with a constant effect of arm 1. */
  readonly draw: (random: RandomStream, effect: number) => Columns;
}

/** Skewed, with a long tail: nothing that a t test would ask for. */
function skewed(random: RandomStream): number {
  return Math.exp(random.normal());
}

function addEffect(arm: ArrayLike<unknown>, base: readonly number[], effect: number): number[] {
  return base.map((value, i) => value + (arm[i] === 1 ? effect : 0));
}

const studies: readonly Study[] = [
  {
    name: "complete, unequal arms",
    options: {},
    draw: (random, effect) => {
      const arm = random.shuffle(Array.from({ length: 18 }, (_, i) => i < 6 ? 1 : 0));
      return { arm, y: addEffect(arm, arm.map(() => skewed(random)), effect) };
    },
  },
  {
    name: "blocks with other shares of the treated",
    options: { blocks: "block" },
    draw: (random, effect) => {
      const block = [..."aaaaaabbbbbbbb"];
      const arm = [...random.shuffle([1, 1, 1, 1, 0, 0]), ...random.shuffle([1, 1, 0, 0, 0, 0, 0, 0])];
      const base = block.map((name) => skewed(random) + (name === "a" ? 5 : 0));
      return { arm, block, y: addEffect(arm, base, effect) };
    },
  },
  {
    name: "clusters of unequal size",
    options: { clusters: "cluster" },
    draw: (random, effect) => {
      const sizes = [1, 5, 2, 4, 3, 3, 1, 6, 2, 2, 4, 1, 3, 2, 5, 1];
      const arms = random.shuffle(sizes.map((_, c) => c % 2));
      const levels = sizes.map(() => skewed(random));
      const cluster = sizes.flatMap((size, c) => new Array<number>(size).fill(c));
      const arm = cluster.map((c) => arms[c]!);
      return { arm, cluster, y: addEffect(arm, cluster.map((c) => levels[c]! + random.normal()), effect) };
    },
  },
  {
    name: "pairs",
    options: { blocks: "pair" },
    draw: (random, effect) => {
      const pair = Array.from({ length: 28 }, (_, i) => i >> 1);
      const arm = Array.from({ length: 14 }, () => random.shuffle([0, 1])).flat();
      return { arm, pair, y: addEffect(arm, pair.map((p) => p + skewed(random)), effect) };
    },
  },
];

for (const { name, options, draw } of studies) {
  Deno.test(`checkSharpNull(table) rejects a true null in 5 of 100 studies: ${name}`, () => {
    const share = shareOf(name, (random, seed) => {
      const table = tableOf(draw(random, 0));
      const found = checkSharpNull(table, { outcome: "y", reference: 0, seed, ...draws, ...options });
      return (found.get("p_value", 0) as number) <= 0.05;
    });
    assertShare(share, 0.05, repetitions);
  });

  Deno.test(`estimateConstantEffect(table) covers in 95 of 100 studies: ${name}`, () => {
    const { statistic: _, ...design } = options;
    const share = shareOf(`${name}, effect`, (random, seed) => {
      const table = tableOf(draw(random, truth));
      const given: EstimateConstantEffectOptions = {
        outcome: "y",
        reference: 0,
        seed,
        ...draws,
        ...design as Partial<EstimateConstantEffectOptions>,
      };
      const effect = estimateConstantEffect(table, given);
      return effect.get("conf_low", 0) <= truth && truth <= effect.get("conf_high", 0);
    });
    assertShare(share, 0.95, repetitions);
  });
}

for (const statistic of ["rank", "kolmogorov_smirnov", "studentized"] as const) {
  Deno.test(`checkSharpNull(${statistic}) rejects a true null in 5 of 100 studies`, () => {
    const share = shareOf(statistic, (random, seed) => {
      const arm = random.shuffle([1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
      const y = arm.map(() => random.normal() + skewed(random));
      const found = checkSharpNull(tableOf({ arm, y }), {
        outcome: "y",
        statistic,
        seed,
        ...draws,
      });
      return (found.get("p_value", 0) as number) < 0.05 + 1e-9;
    });
    // The KS distance has ties, which make a test cautious.
    if (statistic === "kolmogorov_smirnov") assert(share < 0.05 + 3.3 * Math.sqrt(0.0475 / repetitions));
    else assertShare(share, 0.05, repetitions);
  });
}

Deno.test("checkSharpNull(three arms) rejects true nulls in 5 of 100 studies in the last arm too", () => {
  const design = declareDesign({ treatments: treatmentsOf("control", "a", "b"), items, stated: [] });
  const personas: Table = personasOf(24);
  const share = shareOf("three arms", (random, seed) => {
    const assigned = assignTreatments(personas, design, { seed });
    const arm = columnOf<string>(assigned, "arm");
    // Arm a has an effect: b against control must not feel it.
    const y = arm.map((name) => skewed(random) + (name === "a" ? 5 : 0));
    const found = checkSharpNull(tableOf({ arm, y }), { outcome: "y", seed, ...draws });
    assert(found.get("arm", 1) === "b");
    return (found.get("p_value", 1) as number) <= 0.05;
  });
  assertShare(share, 0.05, repetitions);
});

Deno.test("checkSharpNull(several outcomes) finds anything where there is nothing in 5 of 100 studies", () => {
  const outcome = ["y1", "y2", "y3"];
  const share = shareOf("several outcomes", (random, seed) => {
    const arm = random.shuffle(Array.from({ length: 18 }, (_, i) => i % 2));
    const common = arm.map(() => random.normal());
    const columns = outcome.map((name) => [name, common.map((value) => value + skewed(random))]);
    const table = tableOf({ arm, ...Object.fromEntries(columns) });
    const found = checkSharpNull(table, { outcome, statistic: "studentized", seed, ...draws });
    return columnOf<number>(found, "p_adjusted").some((p) => p <= 0.05);
  });
  assertShare(share, 0.05, repetitions);
});

Deno.test("checkSharpNull(studentized) holds its size for no average effect, which a difference does not", () => {
  const rejects = (statistic: "studentized" | "difference_in_means") =>
    shareOf("average", (random, seed) => {
      const arm = random.shuffle([...new Array(20).fill(1), ...new Array(60).fill(0)]);
      // No average effect, but the treated differ three times as much.
      const y = arm.map((z) => (z === 1 ? 3 : 1) * random.normal());
      const found = checkSharpNull(tableOf({ arm, y }), { outcome: "y", statistic, seed, ...draws });
      return (found.get("p_value", 0) as number) <= 0.05;
    });
  const share = rejects("studentized");
  assert(share < 0.08, `${share}`);
  assert(rejects("difference_in_means") > 0.15);
});
