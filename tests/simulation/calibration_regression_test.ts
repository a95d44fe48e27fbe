/** Coverage and width of calibrated coefficients, by simulation. UNDERSTUDY_LONG=1 draws forty times as often. */
import { assert } from "@std/assert";
import { calibrateRegression } from "@understudy/understudy/calibration";
import { type RandomStream, stream, tableOf } from "@understudy/understudy/core";
import { studentTQuantile } from "@understudy/understudy/stats";
import { debiasedRegression } from "../../lib/calibration/debiased_regression.ts";
import type { RegressionModel } from "../../lib/calibration/model_moments.ts";
import { assertAtLeast, assertShare, repetitionsOf } from "./share_of_studies.ts";

const studies = repetitionsOf(100, 4000);

/** What a model says of someone whose answer is y, who has x and is in arm t. */
type Said = (y: number, x: number, t: number, random: RandomStream) => number;

const linear: { readonly [name: string]: Said } = {
  good: (y, _x, _t, random) => 0.9 * y + 0.4 * random.normal(),
  weak: (y, _x, _t, random) => 0.3 * y + random.normal(),
  useless: (_y, _x, _t, random) => random.normal(),
  constant: () => 3,
  wrong: (y, x, t, random) => 5 - y + 2 * x * t + random.normal(),
  "mostly constant": (_y, _x, _t, random) =>
    random.uniform() < 0.95 ? 5 + random.normal() / 100 : 10 * random.uniform(),
};

const chanceOf = (eta: number) => 1 / (1 + Math.exp(-eta));

const logistic: { readonly [name: string]: Said } = {
  good: (y, _x, _t, random) => random.uniform() < 0.85 ? y : 1 - y,
  useless: (_y, _x, _t, random) => random.integer(2),
  constant: () => 1,
  wrong: (y, _x, _t, random) => random.uniform() < 0.8 ? 1 - y : y,
  "yes-saying": (_y, _x, _t, random) => random.uniform() < 0.97 ? 1 : 0,
  "parametric": (_y, x, t) => chanceOf(0.6 * t + x),
  "deterministic": (_y, x) => x > 0 ? 1 : 0,
};

const counts: { readonly [name: string]: Said } = {
  good: (y, _x, _t, random) => y + random.integer(2),
  useless: (_y, _x, _t, random) => random.integer(4),
  wrong: (y) => Math.max(0, 5 - y),
  "mostly zero": (_y, _x, _t, random) => random.uniform() < 0.97 ? 0 : 1,
  "parametric": (_y, x, t) => Math.exp(0.3 + 0.3 * t + 0.2 * x),
};

const truths = { linear: [1, 0.5, 0.4], logistic: [0, 0.6, 0.5], poisson: [0.3, 0.3, 0.2] };

function answer(model: RegressionModel, eta: number, random: RandomStream): number {
  if (model === "linear") return eta + random.normal();
  if (model === "logistic") return random.uniform() < chanceOf(eta) ? 1 : 0;
  // Poisson: events before the unit of time is over.
  let count = -1;
  for (let time = 0; time < 1; count++) time -= Math.log(1 - random.uniform()) / Math.exp(eta);
  return count;
}

function draw(model: RegressionModel, count: number, said: Said, random: RandomStream) {
  const [one, t, x, outcome, prediction] = Array.from({ length: 5 }, () => new Float64Array(count));
  for (let row = 0; row < count; row++) {
    one![row] = 1;
    t![row] = row % 2;
    x![row] = random.normal();
    const [b0, b1, b2] = truths[model];
    outcome![row] = answer(model, b0! + b1! * t![row]! + b2! * x![row]!, random);
    prediction![row] = said(outcome![row]!, x![row]!, t![row]!, random);
  }
  const cluster = Int32Array.from(one!.keys());
  return { columns: [one!, t!, x!], outcome: outcome!, prediction: prediction!, weight: null, cluster };
}

const designs: readonly [RegressionModel, typeof linear, people: number][] = [
  ["linear", linear, 20],
  ["linear", linear, 50],
  ["linear", linear, 200],
  ["logistic", logistic, 50],
  ["logistic", logistic, 200],
  ["poisson", counts, 20],
  ["poisson", counts, 50],
];
for (const [model, models, people] of designs) {
  for (const [name, said] of Object.entries(models)) {
    Deno.test(`a calibrated ${model} regression of ${people} people covers, and is no wider than theirs: a ${name} model`, () => {
      const covered = [0, 0, 0];
      const widths = [0, 0];
      for (let study = 0; study < studies; study++) {
        const random = stream(20260803, model, name, people, study);
        const [human, pool] = [draw(model, people, said, random), draw(model, 300, said, random)];
        const found = debiasedRegression({ human, pool }, {
          model,
          lambda: "cross-fitted",
          df: "satterthwaite",
        })!;
        found.forEach(({ estimate, variance, df, alone }, j) => {
          const half = studentTQuantile(0.975, df) * Math.sqrt(variance);
          if (Math.abs(estimate - truths[model][j]!) < half) covered[j] = covered[j]! + 1;
          widths[0] = widths[0]! + half;
          widths[1] = widths[1]! + studentTQuantile(0.975, alone.df) * Math.sqrt(alone.variance);
        });
      }
      covered.forEach((count) =>
        people < 200
          ? assertAtLeast(count / studies, 0.94, studies)
          : assertShare(count / studies, 0.95, studies)
      );
      assert(widths[0]! / widths[1]! < 1.02, `${widths[0]! / widths[1]!} times as wide`);
      if (name === "good") assert(widths[0]! / widths[1]! < 0.9, `only ${widths[0]! / widths[1]!} as wide`);
    });
  }
}

Deno.test("design-based supervised learning covers with 80 people and a wrong model, in the arm and in a term it labels", () => {
  let [outcome, term] = [0, 0];
  const runs = Math.ceil(studies / 2);
  for (let study = 0; study < runs; study++) {
    const random = stream(20260803, "design-based", study);
    const rows = Array.from({ length: 300 }, (_, at) => {
      const [x, t] = [random.normal(), at % 2];
      const y = 0.5 * t + x + random.normal();
      return { persona_id: `p${at}`, arm: ["control", "threat"][t]!, x, y, z: 0.4 * y + random.normal() };
    });
    const human = tableOf(rows.slice(0, 80));
    const synthetic = tableOf(rows.map((row) => ({ ...row, y: 3 - 0.6 * row.y + 0.5 * random.normal() })));
    const covers = (
      options: { outcome: string; terms: string[]; predicted?: string },
      at: number,
      truth: number,
    ) => {
      const found = calibrateRegression(human, synthetic, { ...options, estimator: "dsl", replicates: 2 });
      return found.get("conf_low", at) < truth && truth < found.get("conf_high", at) ? 1 : 0;
    };
    outcome += covers({ outcome: "y", terms: ["arm", "x"] }, 2, 0.5);
    term += covers({ outcome: "z", terms: ["y"], predicted: "y" }, 2, 0.4);
  }
  assertShare(outcome / runs, 0.95, runs);
  assertShare(term / runs, 0.95, runs);
});
