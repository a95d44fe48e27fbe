/** Coverage and size of models, by simulation; UNDERSTUDY_LONG=1 draws ten times as often and more. */
import { assert } from "@std/assert";
import { type Columns, type RandomStream, type Table, tableOf } from "@understudy/understudy/core";
import {
  estimateComplierEffects,
  estimateLogit,
  estimateOrderedLogit,
  estimateRegression,
  type EstimateRegressionOptions,
} from "@understudy/understudy/estimation";
import { normalQuantile } from "@understudy/understudy/stats";
import { assertShare, repetitionsOf, shareOf } from "./share_of_studies.ts";

const repetitions = repetitionsOf(200);
const logitRepetitions = repetitionsOf(200, 6000);
const complierRepetitions = repetitionsOf(150, 5000);
const doseEffect = 0.5;
type Row = { [column: string]: number } & { quantity: string; term: string };
const find = (table: Table, term: string, quantity: string) =>
  (table.objects() as Row[]).find((row) => row.term === term && row.quantity === quantity)!;
const covers = (row: Row, truth: number) => row.conf_low! <= truth && truth <= row.conf_high!;

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
  }, repetitions);
  assertShare(share, 0.95, repetitions);
  assertShare(rejected / repetitions, 0.05, repetitions);
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
  }, repetitions);
  // HTZ is known to be somewhat conservative (Pustejovsky and Tipton 2018, section 4): bounds from 2.5 to 5 of 100.
  const margin = normalQuantile(0.9995) * Math.sqrt(0.05 * 0.95 / repetitions);
  assert(share < 0.05 + margin && share > 0.025 - margin, `${share}`);
});

function assertLogit(name: string, expected: number, holds: (random: RandomStream) => boolean): void {
  assertShare(shareOf(`logit, ${name}`, holds, logitRepetitions), expected, logitRepetitions);
}

const chance = (eta: number) => 1 / (1 + Math.exp(-eta));

function draw(random: RandomStream, n: number): { z: number[]; x: number[]; y: number[] } {
  const z = Array.from({ length: n }, (_, i) => i % 2);
  const x = z.map(() => random.normal());
  return { z, x, y: z.map((arm, i) => random.uniform() < chance(-0.5 + 0.8 * arm + 0.6 * x[i]!) ? 1 : 0) };
}

for (const covarianceType of ["classical", "HC1"] as const) {
  Deno.test(`estimateLogit(table, ${covarianceType}) has intervals that cover in 95 of 100 studies`, () => {
    assertLogit(covarianceType, 0.95, (random) => {
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
  assertLogit("marginal", 0.95, (random) => {
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
  assertLogit("clusters", 0.95, (random) => {
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
  assertLogit("ordered", 0.95, (random) => {
    const found = estimateOrderedLogit(drawOrdered(random), { outcome: "y", predictors: ["z"] });
    return covers(find(found, "z", "log_odds_ratio"), 0.7);
  });
});

Deno.test("estimateOrderedLogit(table): the test of proportional odds rejects in 5 of 100 studies where they hold", () => {
  assertLogit("proportional", 0.05, (random) => {
    const found = estimateOrderedLogit(drawOrdered(random), { outcome: "y", predictors: ["z"] });
    return find(found, "z", "proportional_odds_test").p_value! < 0.05;
  });
});

/** Assignments move a dose, which shares `confounding` with the outcome. */
function drawDose(
  random: RandomStream,
  n: number,
  strength: number,
  confounding: number,
  effect = doseEffect,
): Columns {
  const z = Array.from({ length: n }, (_, i) => i % 2);
  const z2 = z.map(() => random.normal());
  const hidden = z.map(() => random.normal());
  const d = z.map((value, i) =>
    strength * (value + 0.5 * z2[i]!) + confounding * hidden[i]! + random.normal()
  );
  const y = d.map((dose, i) => effect * dose + hidden[i]! + random.normal() * (1 + z[i]!) / 1.5);
  return { z, z2, d, y, cluster: z.map((_, i) => i >> 2) };
}

function complierShare(
  name: string,
  study: (random: RandomStream) => Columns,
  options: { instruments?: string[]; clusters?: string },
  holds: (rows: readonly Row[]) => boolean,
): number {
  return shareOf(`compliers, ${name}`, (random) => {
    const effects = estimateComplierEffects(tableOf(study(random)), {
      outcome: "y",
      treatment: "d",
      instruments: ["z"],
      ...options,
    });
    return holds(effects.objects() as Row[]);
  }, complierRepetitions);
}

const of = (rows: readonly Row[], quantity: string) => rows.find((row) => row.quantity === quantity)!;
const covering = (quantity: string) => (rows: readonly Row[]) => covers(of(rows, quantity), doseEffect);
const rejects = (quantity: string) => (rows: readonly Row[]) => of(rows, quantity).p_value! < 0.05;

Deno.test("estimateComplierEffects(table) has intervals that cover in 95 of 100 studies: strong instrument", () => {
  const name = "strong";
  assertShare(
    complierShare(name, (random) => drawDose(random, 200, 2, 1), {}, covering("effect")),
    0.95,
    complierRepetitions,
  );
});

Deno.test("estimateComplierEffects(table): Anderson-Rubin rejects no effect in 5 of 100 studies, however weak the instrument", () => {
  assertShare(
    complierShare("weak", (random) => drawDose(random, 120, 0.1, 2, 0), {}, rejects("anderson_rubin")),
    0.05,
    complierRepetitions,
  );
});

Deno.test("estimateComplierEffects(table): Anderson-Rubin covers in at least 95 of 100 studies, however weak the instrument", () => {
  const study = (random: RandomStream) => drawDose(random, 120, 0.1, 2);
  // A set of two rays is reported as the whole line between them: with a weak instrument it covers more often.
  const share = complierShare("weak", study, {}, covering("anderson_rubin"));
  assertShare(Math.min(share, 0.95), 0.95, complierRepetitions);
});

Deno.test("estimateComplierEffects(table) with clusters has intervals that cover in 95 of 100 studies", () => {
  const study = (random: RandomStream) => {
    const columns = drawDose(random, 240, 2, 1) as { [name: string]: number[] };
    const level = Array.from({ length: 60 }, () => random.normal());
    return { ...columns, y: columns.y!.map((value, i) => value + level[columns.cluster![i]!]!) };
  };
  assertShare(
    complierShare("clusters", study, { clusters: "cluster" }, covering("effect")),
    0.95,
    complierRepetitions,
  );
});

Deno.test("estimateComplierEffects(table): Wu-Hausman rejects in 5 of 100 studies without confounding", () => {
  assertShare(
    complierShare("exogenous", (random) => drawDose(random, 200, 1, 0), {}, rejects("wu_hausman")),
    0.05,
    complierRepetitions,
  );
});

Deno.test("estimateComplierEffects(table): overidentification rejects in 5 of 100 studies with valid instruments", () => {
  const options = { instruments: ["z", "z2"] };
  assertShare(
    complierShare("valid", (random) => drawDose(random, 300, 2, 1), options, rejects("overidentification")),
    0.05,
    complierRepetitions,
  );
});

Deno.test("estimateComplierEffects(table): weak instruments of no strength are found out in 95 of 100 studies", () => {
  assertShare(
    complierShare("none", (random) => drawDose(random, 100, 0, 1), {}, rejects("weak_instruments")),
    0.05,
    complierRepetitions,
  );
});
