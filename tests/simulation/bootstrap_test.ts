import { assert } from "@std/assert";
import {
  columnOf,
  type Columns,
  type RandomStream,
  stream,
  type Table,
  tableOf,
} from "@understudy/understudy/core";
import {
  estimateBootstrap,
  type EstimateBootstrapOptions,
  estimateEffectFamily,
} from "@understudy/understudy/estimation";
import { normalQuantile, sampleQuantile } from "@understudy/understudy/stats";
import { assertAtLeast, shareOf } from "./share_of_studies.ts";

/** `UNDERSTUDY_LONG=1` draws thirty times as often, which narrows the bounds by five. */
const long = Deno.env.get("UNDERSTUDY_LONG") === "1";
const truth = 0.4;

interface Study {
  readonly name: string;
  readonly options: EstimateBootstrapOptions;
  /** How many studies in the gate, 100 where it is not said. */
  readonly short?: number;
  /** One study, arms 0 and 1. */
  readonly draw: (random: RandomStream) => Columns;
}

const twoArms = (random: RandomStream): Columns => {
  const arm = Array.from({ length: 120 }, (_, i) => i % 3 === 0 ? 1 : 0);
  return { arm, y: arm.map((z) => truth * z + random.normal() * (z === 1 ? 1.5 : 1)) };
};

const clusters = (random: RandomStream): Columns => {
  const columns = { arm: [] as number[], cluster: [] as number[], y: [] as number[] };
  for (let cluster = 0; cluster < 60; cluster++) {
    const level = 0.7 * random.normal();
    for (let i = 0; i < 3 + (cluster % 4); i++) {
      columns.arm.push(cluster % 2);
      columns.cluster.push(cluster);
      columns.y.push(level + truth * (cluster % 2) + random.normal());
    }
  }
  return columns;
};

const blocks = (random: RandomStream): Columns => {
  const columns = { arm: [] as number[], block: [] as number[], y: [] as number[] };
  [[20, 12], [15, 30], [25, 25]].forEach(([treated, control], block) => {
    for (const z of [...new Array(treated).fill(1), ...new Array(control).fill(0)]) {
      columns.arm.push(z);
      columns.block.push(block);
      columns.y.push(3 * block + truth * z + random.normal());
    }
  });
  return columns;
};

const paired = (random: RandomStream): Columns => {
  const levels = Array.from({ length: 60 }, () => 2 * random.normal());
  return {
    persona_id: [...levels.keys(), ...levels.keys()],
    arm: [...levels.map(() => 0), ...levels.map(() => 1)],
    y: [
      ...levels.map((level) => level + random.normal()),
      ...levels.map((level) => level + truth + random.normal()),
    ],
  };
};

/** A statistic of a table of one's own. */
function differenceOfMedians(table: Table): number {
  const [arm, y] = [columnOf<number>(table, "arm"), columnOf<number>(table, "y")];
  const [control, treated] = [0, 1].map((side) =>
    sampleQuantile(y.filter((_, row) => arm[row] === side).sort((a, b) => a - b), 0.5)
  );
  return treated! - control!;
}

const shared = { outcome: "y", reference: 0 } as const;
const studies: Study[] = [
  ...(["percentile", "basic", "normal", "studentised", "symmetric_studentised", "bca"] as const).map((
    interval,
  ) => ({
    name: `${interval}, unequal variances`,
    options: { ...shared, interval },
    draw: twoArms,
  })),
  {
    name: "studentised, clusters",
    options: { ...shared, interval: "studentised", clusters: "cluster" },
    draw: clusters,
  },
  { name: "bca, blocks", options: { ...shared, interval: "bca", blocks: "block" }, draw: blocks },
  { name: "percentile, personas in both arms", options: { ...shared, interval: "percentile" }, draw: paired },
  {
    name: "studentised, a skewed mean",
    options: { outcome: "y", statistic: "mean", interval: "studentised" },
    draw: (random) => ({ y: Array.from({ length: 80 }, () => truth - 1 - Math.log(1 - random.uniform())) }),
  },
  {
    name: "percentile, difference of medians",
    options: { ...shared, statistic: differenceOfMedians, interval: "percentile" },
    short: 30,
    draw: twoArms,
  },
];

for (const { name, options, short, draw } of studies) {
  Deno.test(`estimateBootstrap(table) covers in 95 of 100 studies and rejects with its interval: ${name}`, () => {
    const repetitions = long ? 3000 : short ?? 100;
    let [covered, apart] = [0, 0];
    for (let study = 0; study < repetitions; study++) {
      const table = tableOf(draw(stream(20260802, name, study)));
      const found = estimateBootstrap(table, { ...options, replicates: long ? 999 : 399, seed: study });
      const [low, high] = [found.get("conf_low", 0) as number, found.get("conf_high", 0) as number];
      if (low <= truth && truth <= high) covered++;
      // The p-value is below alpha where the interval leaves out 0, but for the step of the draws.
      if ((found.get("p_value", 0) as number <= 0.05) !== (low > 0 || high < 0)) apart++;
    }
    const share = covered / repetitions;
    // Bootstrap levels are right for large samples only: 0.012 for these, beside the two-sided binomial bounds.
    const margin = 0.012 + normalQuantile(0.9995) * Math.sqrt(0.95 * 0.05 / repetitions);
    assert(Math.abs(share - 0.95) < margin, `${share} is not within ${margin} of 0.95`);
    assert(apart <= 0.03 * repetitions, `p-value and interval part in ${apart} of ${repetitions}`);
  });
}

// Nominal .95. Measured with 2,000 studies (Monte-Carlo error .006): .937; bca .869, studentised .900.
Deno.test("estimateBootstrap(table) covers a skewed difference in at least 93 of 100 studies of 20 v 20", () => {
  const repetitions = long ? 5000 : 300;
  const arm = Array.from({ length: 40 }, (_, i) => i % 2);
  const difference = Math.exp(0.5);
  const share = shareOf("bootstrap, lognormal", (random, seed) => {
    const table = tableOf({ arm, y: arm.map((z) => (1 + z) * Math.exp(random.normal())) });
    const found = estimateBootstrap(table, { ...shared, replicates: long ? 999 : 399, seed });
    return found.get("conf_low", 0) <= difference && difference <= found.get("conf_high", 0);
  }, repetitions);
  assertAtLeast(share, 0.93, repetitions);
});

Deno.test("estimateEffectFamily(outcomes) finds a false effect in 5 of 100 studies, and more true ones than Holm", () => {
  const repetitions = long ? 3000 : 120;
  const outcomes = ["y0", "y1", "y2", "y3"];
  let [falseFinding, found, foundByHolm] = [0, 0, 0];
  for (let study = 0; study < repetitions; study++) {
    const random = stream(20260803, study);
    const arm = Array.from({ length: 100 }, (_, i) => i % 2);
    const level = arm.map(() => random.normal());
    const columns = Object.fromEntries(
      outcomes.map((name, k) => [
        name,
        arm.map((z, i) => 0.9 * level[i]! + 0.45 * random.normal() + (k === 0 ? 0.45 * z : 0)),
      ]),
    );
    const family = estimateEffectFamily(tableOf({ arm, ...columns }), {
      outcomes,
      reference: 0,
      replicates: long ? 999 : 199,
      seed: study,
    }).objects() as { p_value: number; p_adjusted: number }[];
    if (family.slice(1).some((row) => row.p_adjusted <= 0.05)) falseFinding++;
    if (family[0]!.p_adjusted <= 0.05) found++;
    if (family[0]!.p_value * 4 <= 0.05) foundByHolm++;
  }
  // Three true hypotheses that are alike: step-down rejects any of them in at most 5%, and not much less often.
  const share = falseFinding / repetitions;
  const margin = 0.012 + normalQuantile(0.9995) * Math.sqrt(0.05 * 0.95 / repetitions);
  assert(Math.abs(share - 0.05) < margin, `${share} is not within ${margin} of 0.05`);
  assert(found > foundByHolm, `${found} beside ${foundByHolm}`);
});
