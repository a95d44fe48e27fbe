/** Coverage and size of the logits, by simulation. UNDERSTUDY_LONG=1 draws ten times as often. */
import { assert } from "@std/assert";
import { type RandomStream, stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateLogit, estimateOrderedLogit } from "@understudy/understudy/estimation";
import { normalQuantile } from "@understudy/understudy/stats";

const repetitions = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 6000 : 600;
type Row = { [column: string]: number } & { quantity: string; term: string };

function assertRate(name: string, expected: number, holds: (random: RandomStream) => boolean): void {
  let count = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    if (holds(stream(20260804, name, repetition))) count++;
  }
  const share = count / repetitions;
  const margin = normalQuantile(0.9995) * Math.sqrt(expected * (1 - expected) / repetitions);
  assert(Math.abs(share - expected) < margin, `${share} is not within ${margin} of ${expected}`);
}

const chance = (eta: number) => 1 / (1 + Math.exp(-eta));
const find = (table: Table, term: string, quantity: string) =>
  (table.objects() as Row[]).find((row) => row.term === term && row.quantity === quantity)!;
const covers = (row: Row, truth: number) => row.conf_low! <= truth && truth <= row.conf_high!;

function draw(random: RandomStream, n: number): { z: number[]; x: number[]; y: number[] } {
  const z = Array.from({ length: n }, (_, i) => i % 2);
  const x = z.map(() => random.normal());
  return { z, x, y: z.map((arm, i) => random.uniform() < chance(-0.5 + 0.8 * arm + 0.6 * x[i]!) ? 1 : 0) };
}

for (const covarianceType of ["classical", "HC1"] as const) {
  Deno.test(`estimateLogit(table, ${covarianceType}) has intervals that cover in 95 of 100 studies`, () => {
    assertRate(covarianceType, 0.95, (random) => {
      const found = estimateLogit(tableOf(draw(random, 300)), {
        outcome: "y",
        predictors: ["z", "x"],
        covarianceType,
      });
      return covers(find(found, "z", "log_odds_ratio"), 0.8);
    });
  });
}

Deno.test("estimateLogit(table): intervals of average marginal effects cover the sample's own in 95 of 100 studies", () => {
  assertRate("marginal", 0.95, (random) => {
    const study = draw(random, 300);
    const row = find(
      estimateLogit(tableOf(study), { outcome: "y", predictors: ["z", "x"] }),
      "z",
      "average_marginal_effect",
    );
    const truth = study.x.reduce((total, x) => {
      return total + (chance(0.3 + 0.6 * x) - chance(-0.5 + 0.6 * x)) / study.x.length;
    }, 0);
    return covers(row, truth);
  });
});

Deno.test("estimateLogit(table) with clusters has marginal effects whose intervals cover in 95 of 100 studies", () => {
  assertRate("clusters", 0.95, (random) => {
    const columns = { z: [] as number[], y: [] as number[], cluster: [] as number[] };
    for (let cluster = 0; cluster < 150; cluster++) {
      // A cluster's share of yes is drawn around its arm's, so that the truth is a difference of shares.
      const share = (cluster % 2 === 1 ? 0.6 : 0.4) + (random.uniform() < 0.5 ? 0.25 : -0.25);
      for (let i = 0; i < 4; i++) {
        columns.z.push(cluster % 2);
        columns.y.push(random.uniform() < share ? 1 : 0);
        columns.cluster.push(cluster);
      }
    }
    const found = estimateLogit(tableOf(columns), { outcome: "y", predictors: ["z"], clusters: "cluster" });
    return covers(find(found, "z", "average_marginal_effect"), 0.2);
  });
});

function drawOrdered(random: RandomStream): Table {
  const z = Array.from({ length: 200 }, (_, i) => i % 2);
  const y = z.map((arm) => {
    const u = random.uniform();
    return 1 + [-1, 0.2, 1.5].filter((threshold) => u > chance(threshold - 0.7 * arm)).length;
  });
  return tableOf({ z, y });
}

Deno.test("estimateOrderedLogit(table) has intervals that cover in 95 of 100 studies", () => {
  assertRate("ordered", 0.95, (random) => {
    const found = estimateOrderedLogit(drawOrdered(random), { outcome: "y", predictors: ["z"] });
    return covers(find(found, "z", "log_odds_ratio"), 0.7);
  });
});

Deno.test("estimateOrderedLogit(table): the test of proportional odds rejects in 5 of 100 studies where they hold", () => {
  assertRate("proportional", 0.05, (random) => {
    const found = estimateOrderedLogit(drawOrdered(random), { outcome: "y", predictors: ["z"] });
    return find(found, "z", "proportional_odds_test").p_value! < 0.05;
  });
});
