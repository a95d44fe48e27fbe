import { assert } from "@std/assert";
import { type Columns, type RandomStream, stream, tableOf } from "@understudy/understudy/core";
import { planPower, type PowerScenario } from "@understudy/understudy/designs";
import { estimateEffects, type EstimateEffectsOptions } from "@understudy/understudy/estimation";
import { moments, normalQuantile } from "@understudy/understudy/stats";
import { fUpper } from "../../lib/stats/distributions.ts";

/** `UNDERSTUDY_LONG=1` draws ten times as often, which narrows the bounds by about three. */
const repetitions = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 20000 : 2000;

interface Study {
  readonly name: string;
  readonly scenario: PowerScenario;
  /** Whether one study, drawn anew, rejects. */
  readonly rejects: (random: RandomStream) => boolean;
  /** What the formula's approximation may cost: Welch, clusters, shares. */
  readonly approximation: number;
}

function significant(columns: Columns, options: Partial<EstimateEffectsOptions> = {}, alpha = 0.05): boolean {
  const effects = estimateEffects(tableOf(columns), { outcome: "y", reference: 0, ...options });
  return (effects.get("p_value", 0) as number) <= alpha;
}

function armOf(treated: number, reference: number): number[] {
  return [...new Array(treated).fill(1), ...new Array(reference).fill(0)];
}

const studies: readonly Study[] = [
  {
    name: "Welch, unequal arms and variances",
    scenario: { effect: 1, n: 60, share: 0.3, sd: 1, sd_treatment: 1.8 },
    approximation: 0.005,
    rejects: (random) => {
      const arm = armOf(18, 42);
      return significant({ arm, y: arm.map((z) => z + random.normal() * (z === 1 ? 1.8 : 1)) });
    },
  },
  {
    name: "replicates per persona",
    scenario: { effect: 0.5, n: 60, reply_icc: 0.5, replicates: 3 },
    approximation: 0,
    rejects: (random) => {
      const personas = armOf(30, 30);
      const columns = { persona_id: [] as number[], arm: [] as number[], y: [] as number[] };
      personas.forEach((z, persona) => {
        const level = Math.sqrt(0.5) * random.normal();
        for (let reply = 0; reply < 3; reply++) {
          columns.persona_id.push(persona);
          columns.arm.push(z);
          columns.y.push(0.5 * z + level + Math.sqrt(0.5) * random.normal());
        }
      });
      return significant(columns);
    },
  },
  {
    name: "the same personas in both arms",
    scenario: { test: "paired", effect: 0.5, n: 30, correlation: 0.4, sd: 1, sd_treatment: 1.5 },
    approximation: 0,
    rejects: (random) => {
      const columns = { persona_id: [] as number[], arm: [] as number[], y: [] as number[] };
      for (let persona = 0; persona < 30; persona++) {
        const first = random.normal();
        const second = 0.4 * first + Math.sqrt(1 - 0.16) * random.normal();
        columns.persona_id.push(persona, persona);
        columns.arm.push(0, 1);
        columns.y.push(first, 0.5 + 1.5 * second);
      }
      return significant(columns);
    },
  },
  {
    name: "shares",
    scenario: { test: "proportions", effect: 0.2, n: 160, reference_share: 0.3 },
    approximation: 0.015,
    rejects: (random) => {
      const arm = armOf(80, 80);
      return significant({ arm, y: arm.map((z) => Number(random.uniform() < 0.3 + 0.2 * z)) });
    },
  },
  {
    name: "clusters",
    scenario: { effect: 0.8, n: 160, cluster_size: 8, icc: 0.2 },
    approximation: 0.01,
    rejects: (random) => {
      const columns = { cluster: [] as number[], arm: [] as number[], y: [] as number[] };
      for (let cluster = 0; cluster < 20; cluster++) {
        const level = Math.sqrt(0.2) * random.normal();
        for (let i = 0; i < 8; i++) {
          columns.cluster.push(cluster);
          columns.arm.push(cluster % 2);
          columns.y.push(0.8 * (cluster % 2) + level + Math.sqrt(0.8) * random.normal());
        }
      }
      return significant(columns, { clusters: "cluster" });
    },
  },
  {
    name: "blocks that explain a share of the variance",
    scenario: { effect: 0.6, n: 60, blocks: 6, r_squared: 0.5 },
    approximation: 0.005,
    rejects: (random) => {
      const arm = Array.from({ length: 60 }, (_, i) => i % 2);
      const block = arm.map((_, i) => Math.floor(i / 10));
      // Levels with variance 1/2 in these six blocks.
      const levels = [-1, -0.6, -0.2, 0.2, 0.6, 1].map((level) => level * Math.sqrt(0.5 / (2.8 / 6)));
      const y = arm.map((z, i) => 0.6 * z + levels[block[i]!]! + Math.sqrt(0.5) * random.normal());
      return significant({ arm, block, y }, { blocks: "block" });
    },
  },
  {
    name: "equivalence within a bound",
    scenario: { test: "equivalence", n: 80, bound: 0.7, effect: 0.1 },
    approximation: 0,
    rejects: (random) => {
      const arm = armOf(40, 40);
      const y = arm.map((z) => 0.1 * z + random.normal());
      // Two one-sided tests reject where the interval of 1 - 2 alpha lies within the bound.
      const effects = estimateEffects(tableOf({ arm, y }), { outcome: "y", reference: 0, alpha: 0.1 });
      return Math.max(-(effects.get("conf_low", 0) as number), effects.get("conf_high", 0) as number) < 0.7;
    },
  },
  {
    name: "any difference among four arms",
    scenario: { test: "anova", n: 80, arms: 4, effect: 0.35 },
    approximation: 0,
    rejects: (random) => {
      // Means with a standard deviation of 0.35 around 0.
      const means = [-1, -1, 1, 1].map((mean) => 0.35 * mean);
      const groups = means.map((mean) => moments(Array.from({ length: 20 }, () => mean + random.normal())));
      const between = 20 * moments(groups.map(({ mean }) => mean)).variance;
      const within = groups.reduce((sum, { variance }) => sum + variance / 4, 0);
      return fUpper(between / within, 3, 76) <= 0.05;
    },
  },
  {
    name: "no effect: the level of the test",
    scenario: { effect: 0, n: 30, alpha: 0.1 },
    approximation: 0,
    rejects: (random) => {
      const arm = armOf(15, 15);
      return significant({ arm, y: arm.map(() => random.normal()) }, {}, 0.1);
    },
  },
];

for (const { name, scenario, rejects, approximation } of studies) {
  Deno.test(`planPower(scenario) is the share of simulated studies that reject: ${name}`, () => {
    const power = planPower(scenario).get("power", 0) as number;
    let found = 0;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      if (rejects(stream(20261103, name, repetition))) found++;
    }
    // Two-sided binomial bounds: a right power is outside in 1 of 1000 seeds.
    const margin = normalQuantile(0.9995) * Math.sqrt((power * (1 - power)) / repetitions) + approximation;
    assert(
      Math.abs(found / repetitions - power) < margin,
      `${found / repetitions} is not ${power} ± ${margin}`,
    );
  });
}
