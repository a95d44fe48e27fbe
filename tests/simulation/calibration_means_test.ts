/** Coverage of calibrated means and quantiles, and their width beside people alone. UNDERSTUDY_LONG=1 draws more often. */
import { assert } from "@std/assert";
import { calibrateMean, calibrateQuantiles } from "@understudy/understudy/calibration";
import { type RandomStream, stream, type Table, tableOf } from "@understudy/understudy/core";
import { normalCdf, normalQuantile } from "@understudy/understudy/stats";
import { assertAtLeast, repetitionsOf } from "./share_of_studies.ts";

/** What a model makes of what a person thinks, which is standard normal. */
const models: { readonly [name: string]: (thought: number, random: RandomStream) => number } = {
  good: (thought, random) => 0.9 * thought + Math.sqrt(1 - 0.81) * random.normal(),
  weak: (thought, random) => 0.4 * thought + Math.sqrt(1 - 0.16) * random.normal(),
  useless: (_, random) => random.normal(),
  constant: () => 0.7,
  wrong: (thought, random) => 1 - 0.8 * thought + 0.6 * random.normal(),
};

/** What people say, given what they think; and its mean. */
const scales: {
  readonly [name: string]: { readonly say: (thought: number) => number; readonly mean: number };
} = {
  normal: { say: (thought) => thought, mean: 0 },
  binary: { say: (thought) => thought > 0.5 ? 1 : 0, mean: normalCdf(-0.5) },
  "7-point": {
    say: (thought) => Math.max(1, Math.min(7, Math.round(4.6 + 1.5 * thought))),
    mean: 7 - [1.5, 2.5, 3.5, 4.5, 5.5, 6.5].reduce((sum, cut) => sum + normalCdf((cut - 4.6) / 1.5), 0),
  },
};

const ids = Array.from({ length: 1000 }, (_, at) => `p${at}`);
const pool = 500;

/** So many people, their predictions, and those of a pool. */
function study(random: RandomStream, n: number, scale: string, model: string): [Table, Table] {
  const { say } = scales[scale]!;
  const thoughts = Array.from({ length: n + pool }, () => random.normal());
  return [
    tableOf({ persona_id: ids.slice(0, n), y: thoughts.slice(0, n).map(say) }),
    tableOf({
      persona_id: ids.slice(0, n + pool),
      y: thoughts.map((each) => say(models[model]!(each, random))),
    }),
  ];
}

/** How often intervals of pairs of rows hold what is true, and how wide the calibrated are beside people alone. */
function tally(
  name: string,
  repetitions: number,
  truths: readonly number[],
  estimate: (random: RandomStream) => Table,
): { readonly covered: number; readonly alone: number; readonly width: number } {
  const covered = [0, 0];
  const widths = [0, 0];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const table = estimate(stream(20261130, name, repetition));
    const [low, high] = ["conf_low", "conf_high"].map((column) => table.array(column) as number[]);
    truths.forEach((truth, at) => {
      const own = [2 * at, 2 * at + 1];
      const width = own.map((row) => high![row]! - low![row]!);
      own.forEach((row, side) => {
        if (low![row]! <= truth && truth <= high![row]!) covered[side]!++;
        if (width.every(Number.isFinite)) widths[side]! += width[side]!;
      });
    });
  }
  const [calibrated, alone] = covered.map((count) => count / repetitions / truths.length);
  return { covered: calibrated!, alone: alone!, width: widths[0]! / widths[1]! };
}

for (const scale of Object.keys(scales)) {
  for (const n of [20, 50, 200]) {
    Deno.test(`calibrateMean() covers with ${n} people whatever the model is worth, and is no wider than people alone: ${scale}`, () => {
      const repetitions = repetitionsOf(n === 200 ? 40 : 60, 4000);
      let all = 0;
      for (const model of Object.keys(models)) {
        const { covered, width } = tally(
          `mean ${scale} ${n} ${model}`,
          repetitions,
          [scales[scale]!.mean],
          (random) => calibrateMean(...study(random, n, scale, model), { outcome: "y" }),
        );
        assertAtLeast(covered, 0.935, repetitions);
        assert(width < 1.02, `${model}: ${width}`);
        if (model === "good") assert(width < 0.85, `${model}: ${width}`);
        all += covered / Object.keys(models).length;
      }
      assertAtLeast(all, 0.94, repetitions * Object.keys(models).length);
    });
  }
}

/** Who is asked depends on a trait that tells how people answer, by a known chance; or the sample is weighted to it. */
const unequal: {
  readonly [name: string]: (
    random: RandomStream,
    model: string,
  ) => readonly [Table, Table, { readonly labelProbability: string } | { readonly weights: string }];
} = {
  "chances of being asked": (random, model) => {
    const trait = ids.slice(0, 600).map(() => random.uniform() < 0.5);
    const chance = trait.map((own) => own ? 0.16 : 0.04);
    const thoughts = trait.map((own) => (own ? 0.6 : -0.6) + 0.8 * random.normal());
    const asked = [...chance.keys()].filter((at) => random.uniform() < chance[at]!);
    const take = <Value>(values: readonly Value[]) => asked.map((at) => values[at]!);
    const human = tableOf({ persona_id: take(ids), y: take(thoughts), chance: take(chance) });
    const y = thoughts.map((each) => models[model]!(each, random));
    return [human, tableOf({ persona_id: ids.slice(0, 600), y, chance }), { labelProbability: "chance" }];
  },
  weights: (random, model) => {
    const trait = Array.from({ length: 50 + pool }, () => random.uniform() < 0.8);
    const weight = trait.map((own) => own ? 0.5 / 0.8 : 0.5 / 0.2);
    const thoughts = trait.map((own) => (own ? 0.6 : -0.6) + 0.8 * random.normal());
    const y = thoughts.map((each) => models[model]!(each, random));
    const human = { persona_id: ids.slice(0, 50), y: thoughts.slice(0, 50), weight: weight.slice(0, 50) };
    return [tableOf(human), tableOf({ persona_id: ids.slice(0, 50 + pool), y, weight }), {
      weights: "weight",
    }];
  },
};
// Half of the people think 0.6 more than nothing, half as much less, with a standard deviation of 0.8.
const halves = { quantiles: [0.1, 0.5, 0.9], truths: [-1.2988, 0, 1.2988] };
for (const [name, draw] of Object.entries(unequal)) {
  Deno.test(`calibrateMean() and calibrateQuantiles() cover those of all, of whom some are likelier in the sample: ${name}`, () => {
    const repetitions = repetitionsOf(50, 4000);
    let all = 0;
    for (const model of Object.keys(models)) {
      const mean = tally(`${name} ${model}`, repetitions, [0], (random) => {
        const [human, synthetic, options] = draw(random, model);
        return calibrateMean(human, synthetic, { outcome: "y", ...options });
      });
      const quantile = tally(`quantiles ${name} ${model}`, repetitions, halves.truths, (random) => {
        const [human, synthetic, options] = draw(random, model);
        return calibrateQuantiles(human, synthetic, {
          outcome: "y",
          quantiles: halves.quantiles,
          ...options,
        });
      });
      assertAtLeast(mean.covered, 0.93, repetitions);
      assertAtLeast(quantile.covered, 0.95, 2 * repetitions);
      for (const { width } of [mean, quantile]) {
        assert(width < 1.02 + 1.5 / repetitions, `${model}: ${width}`);
      }
      all += mean.covered / Object.keys(models).length;
    }
    assertAtLeast(all, 0.94, repetitions * Object.keys(models).length);
  });
}

for (const scale of ["normal", "7-point"]) {
  for (const n of [20, 50, 200]) {
    Deno.test(`calibrateQuantiles() covers with ${n} people whatever the model is worth, and is no wider than people alone: ${scale}`, () => {
      const quantiles = [0.1, 0.25, 0.5, 0.75];
      const truths = quantiles.map((q) => scales[scale]!.say(normalQuantile(q)));
      const repetitions = repetitionsOf(n === 200 ? 20 : 40, 4000);
      for (const model of Object.keys(models)) {
        const { covered, width } = tally(
          `quantiles ${scale} ${n} ${model}`,
          repetitions,
          truths,
          (random) => calibrateQuantiles(...study(random, n, scale, model), { outcome: "y", quantiles }),
        );
        // The quantiles of a study are alike: a study counts as two.
        assertAtLeast(covered, 0.95, 2 * repetitions);
        // Of few studies, with few points for ends, widths are not yet their mean.
        assert(width < 1.02 + 1.5 / repetitions, `${model}: ${width}`);
      }
    });
  }
}

/** Predictions of heavy tails, of which a few people show little; that tell nothing of what people say. */
const tails: { readonly [name: string]: (random: RandomStream) => number } = {
  "nearly always the same": (random) =>
    random.uniform() < 0.95 ? 5 + 0.01 * random.normal() : 10 * random.uniform(),
  "log-normal": (random) => Math.exp(2 * random.normal()),
};
for (const [name, predict] of Object.entries(tails)) {
  Deno.test(`calibrateMean() is no wider than people alone where useless predictions are ${name}`, () => {
    const repetitions = repetitionsOf(60, 2000);
    for (const n of [10, 20, 40]) {
      const { covered, width } = tally(`${name} ${n}`, repetitions, [0], (random) => {
        const y = ids.slice(0, n).map(() => random.normal());
        const human = tableOf({ persona_id: ids.slice(0, n), y });
        const said = ids.slice(0, n + pool).map(() => predict(random));
        return calibrateMean(human, tableOf({ persona_id: ids.slice(0, n + pool), y: said }), {
          outcome: "y",
        });
      });
      assertAtLeast(covered, 0.935, repetitions);
      assert(width < 1.03, `${n}: ${width}`);
    }
  });
}

Deno.test("calibrateMean() covers where predictions are exactly right for most people, and is no wider than people alone", () => {
  const repetitions = repetitionsOf(100, 2000);
  for (const [n, right] of [[10, 0.9], [15, 0.93], [20, 0.9], [20, 0.95], [30, 0.97]] as const) {
    const { covered, width } = tally(
      `right ${n} ${right}`,
      repetitions,
      [4 * right + 1 - right],
      (random) => {
        const said = ids.slice(0, n + pool).map(() => 1 + random.integer(7));
        const y = said.slice(0, n).map((value) => random.uniform() < right ? value : 1);
        const human = tableOf({ persona_id: ids.slice(0, n), y });
        return calibrateMean(human, tableOf({ persona_id: ids.slice(0, n + pool), y: said }), {
          outcome: "y",
        });
      },
    );
    assertAtLeast(covered, 0.95, repetitions);
    assert(width < 1.01, `${n}: ${width}`);
  }
});
