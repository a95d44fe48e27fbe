/** Coverage of weighted effects, by simulation. UNDERSTUDY_LONG=1 draws ten times as often. */
import { assert } from "@std/assert";
import { type Columns, type RandomStream, stream, tableOf } from "@understudy/understudy/core";
import { estimateEffects, type EstimateEffectsOptions } from "@understudy/understudy/estimation";
import { normalQuantile } from "@understudy/understudy/stats";

const repetitions = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 10000 : 1000;

interface Study {
  readonly name: string;
  readonly options: Partial<EstimateEffectsOptions>;
  readonly truth: number;
  readonly draw: (random: RandomStream) => Columns;
}

/** Each unit by itself, older units more often: probabilities depend on what the outcome depends on. */
function unequal(random: RandomStream, effect: number): Columns {
  const x = Array.from({ length: 200 }, () => random.normal());
  const p = x.map((value) => value > 0 ? 0.65 : 0.35);
  const arm = p.map((chance) => random.uniform() < chance ? 1 : 0);
  return {
    arm,
    x,
    arm_probability: arm.map((own, i) => own === 1 ? p[i]! : 1 - p[i]!),
    y: x.map((value, i) => 2 * value + effect * arm[i]! + random.normal()),
  };
}

/** Arm sizes fixed within blocks, at different shares. */
function blocked(random: RandomStream, effect: number): Columns {
  const columns = { arm: [] as number[], block: [] as number[], y: [] as number[] };
  [[20, 40], [30, 30], [45, 15]].forEach(([treated, control], block) => {
    const arms = random.shuffle([...new Array(treated).fill(1), ...new Array(control).fill(0)]);
    for (const arm of arms) {
      columns.arm.push(arm);
      columns.block.push(block);
      columns.y.push(block + effect * arm + random.normal());
    }
  });
  return columns;
}

function clustered(random: RandomStream): Columns {
  const columns = { arm: [] as number[], cluster: [] as number[], y: [] as number[] };
  random.shuffle(Array.from({ length: 60 }, (_, i) => i % 2)).forEach((arm, cluster) => {
    const level = 0.7 * random.normal();
    for (let i = 0; i < 3 + cluster % 4; i++) {
      columns.arm.push(arm);
      columns.cluster.push(cluster);
      columns.y.push(level + random.normal());
    }
  });
  return columns;
}

// Young's bound is exact where the arms do nothing to anybody, and wider elsewhere: that is what is measured.
const studies: readonly Study[] = [
  {
    name: "horvitz_thompson, simple, unequal probabilities, no effect",
    options: { estimator: "horvitz_thompson" },
    truth: 0,
    draw: (random) => unequal(random, 0),
  },
  {
    name: "horvitz_thompson, complete in blocks, no effect",
    options: { estimator: "horvitz_thompson", blocks: "block" },
    truth: 0,
    draw: (random) => blocked(random, 0),
  },
  {
    name: "horvitz_thompson, complete in clusters, no effect",
    options: { estimator: "horvitz_thompson", clusters: "cluster" },
    truth: 0,
    draw: clustered,
  },
  {
    name: "hajek, simple, unequal probabilities",
    options: { estimator: "hajek" },
    truth: 0.5,
    draw: (random) => unequal(random, 0.5),
  },
  {
    name: "hajek, complete in clusters",
    options: { estimator: "hajek", clusters: "cluster" },
    truth: 0,
    draw: clustered,
  },
  {
    name: "aipw, simple, unequal probabilities",
    options: { estimator: "aipw", covariates: ["x"] },
    truth: 0.5,
    draw: (random) => unequal(random, 0.5),
  },
];

for (const { name, options, truth, draw } of studies) {
  Deno.test(`estimateEffects(table) has intervals that cover in 95 of 100 studies: ${name}`, () => {
    let covered = 0;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const table = tableOf(draw(stream(20260802, name, repetition)));
      const effects = estimateEffects(table, { outcome: "y", reference: 0, ...options });
      if (effects.get("conf_low", 0) <= truth && truth <= effects.get("conf_high", 0)) covered++;
    }
    const share = covered / repetitions;
    // Two-sided binomial bounds: a right interval is outside in 1 of 1000 seeds.
    const margin = normalQuantile(0.9995) * Math.sqrt(0.95 * 0.05 / repetitions);
    assert(Math.abs(share - 0.95) < margin, `${share} is not within ${margin} of 0.95`);
  });
}
