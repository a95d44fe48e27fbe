import { assert } from "@std/assert";
import { type Columns, type RandomStream, stream, tableOf } from "@understudy/understudy/core";
import {
  estimateEffects,
  type EstimateEffectsOptions,
  estimateRegression,
  type EstimateRegressionOptions,
} from "@understudy/understudy/estimation";
import { normalQuantile } from "@understudy/understudy/stats";

/** `UNDERSTUDY_LONG=1` draws ten times as often, which narrows the bounds by about three. */
const repetitions = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 10000 : 600;
const truth = 0.4;

/** Two-sided binomial bounds: a right interval is outside in 1 of 1000 seeds. */
function assertShare(share: number, expected: number): void {
  const margin = normalQuantile(0.9995) * Math.sqrt(expected * (1 - expected) / repetitions);
  assert(Math.abs(share - expected) < margin, `${share} is not within ${margin} of ${expected}`);
}

function shareOf(name: string, covers: (random: RandomStream) => boolean): number {
  let count = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    if (covers(stream(20261121, name, repetition))) count++;
  }
  return count / repetitions;
}

/** An experiment whose outcome depends on a covariate more in one arm; the average effect is the truth. */
function individuals(random: RandomStream): Columns {
  const n = 120;
  // Centred: the average effect among these units is then the truth.
  const drawn = Array.from({ length: n }, () => random.normal());
  const mean = drawn.reduce((total, value) => total + value, 0) / n;
  const x = drawn.map((value) => value - mean);
  const arm = random.shuffle(Array.from({ length: n }, (_, i) => i % 3 === 0 ? 1 : 0));
  const y = x.map((value, i) => value + arm[i]! * (truth + 0.6 * value) + (1 + arm[i]!) * random.normal());
  return { arm, x, y };
}

/** Clusters assigned as one, of unequal sizes, with a covariate that varies between and within them. */
function clusters(random: RandomStream): Columns {
  const columns = { cluster: [] as number[], arm: [] as number[], x: [] as number[], y: [] as number[] };
  for (let cluster = 0; cluster < 20; cluster++) {
    const [level, place] = [0.7 * random.normal(), random.normal()];
    for (let i = 0; i < 2 + cluster % 4; i++) {
      const x = place + random.normal();
      columns.cluster.push(cluster);
      columns.arm.push(Math.floor(cluster / 2) % 2);
      columns.x.push(x);
      columns.y.push(level + 0.5 * x + truth * (Math.floor(cluster / 2) % 2) + random.normal());
    }
  }
  return columns;
}

/** Blocks whose arms have the same shares. */
function blocks(random: RandomStream): Columns {
  const columns = { block: [] as number[], arm: [] as number[], y: [] as number[] };
  [8, 12, 16, 20].forEach((size, block) => {
    const level = 3 * random.normal();
    for (let i = 0; i < size; i++) {
      columns.block.push(block);
      columns.arm.push(i % 2);
      columns.y.push(level + truth * (i % 2) + (1 + i % 2) * random.normal());
    }
  });
  return columns;
}

const adjustments: readonly [string, (random: RandomStream) => Columns, Partial<EstimateEffectsOptions>][] = [
  ["lin, slopes that differ", individuals, { estimator: "lin", covariates: "x" }],
  ["ols, clustered", clusters, { estimator: "ols", covariates: "x", clusters: "cluster" }],
  ["lin, clustered", clusters, { estimator: "lin", covariates: "x", clusters: "cluster" }],
  ["ols, blocks as fixed effects", blocks, { estimator: "ols", blocks: "block" }],
  ["lin, blocks as covariates", blocks, { estimator: "lin", blocks: "block" }],
];
for (const [name, draw, options] of adjustments) {
  Deno.test(`estimateEffects(table) has intervals that cover in 95 of 100 studies: ${name}`, () => {
    const share = shareOf(name, (random) => {
      const effects = estimateEffects(tableOf(draw(random)), { outcome: "y", reference: 0, ...options });
      return effects.get("conf_low", 0) <= truth && truth <= effects.get("conf_high", 0);
    });
    assertShare(share, 0.95);
  });
}

/** Rows with two covariates that matter equally, and a third that does not, whose spread drives the noise. */
function regression(random: RandomStream): Columns {
  const draw = () => Array.from({ length: 300 }, () => random.normal());
  const [a, b, c] = [draw(), draw(), draw()];
  const y = a.map((value, i) => 1 + value + b[i]! + (0.5 + Math.abs(c[i]!) / 2) * random.normal());
  return { a, b, c, y };
}

const model: EstimateRegressionOptions = { outcome: "y", terms: ["a", "b", "c"] };

Deno.test("estimateRegression(hypotheses) has intervals that cover and tests of the size they say", () => {
  let rejected = 0;
  const share = shareOf("hypotheses", (random) => {
    const rows = estimateRegression(tableOf(regression(random)), {
      ...model,
      hypotheses: ["a - b = 0", ["a = 1", "b = 1"]],
    });
    if (rows.get("p_value", 5) < 0.05) rejected++;
    return rows.get("conf_low", 4) <= 0 && 0 <= rows.get("conf_high", 4);
  });
  assertShare(share, 0.95);
  assertShare(rejected / repetitions, 0.05);
});

Deno.test("estimateRegression(hypotheses, clusters) rejects a true null in at most 5 of 100 studies: HTZ with 18 clusters", () => {
  const share = shareOf("joint", (random) => {
    const cluster = Array.from({ length: 72 }, (_, i) => i % 18);
    const level = Array.from({ length: 18 }, () => random.normal());
    const [u, v] = [0, 0].map(() => Array.from({ length: 18 }, () => random.normal()));
    const table = tableOf({
      cluster,
      u: cluster.map((own) => u![own]!),
      v: cluster.map((own) => v![own]! + random.normal()),
      y: cluster.map((own) => level[own]! + random.normal()),
    });
    const rows = estimateRegression(table, {
      outcome: "y",
      terms: ["u", "v"],
      clusters: "cluster",
      hypotheses: [["u = 0", "v = 0"]],
    });
    return rows.get("p_value", 3) < 0.05;
  });
  // HTZ is known to be somewhat conservative (Pustejovsky and Tipton 2018, section 4): bounds from 2.5 to 5 of 100.
  const margin = normalQuantile(0.9995) * Math.sqrt(0.05 * 0.95 / repetitions);
  assert(share < 0.05 + margin && share > 0.025 - margin, `${share}`);
});
