import { assert } from "@std/assert";
import { type RandomStream, stream, tableOf } from "@understudy/understudy/core";
import {
  checkAttrition,
  checkEquivalence,
  type CheckEquivalenceOptions,
  estimateBounds,
} from "@understudy/understudy/estimation";
import { normalQuantile } from "@understudy/understudy/stats";
import { standardisedDifference } from "../../lib/stats/standardised_difference.ts";

/** `UNDERSTUDY_LONG=1` draws ten times as often. */
const long = Deno.env.get("UNDERSTUDY_LONG") === "1";

/** Two-sided binomial bounds: a right level is outside in 1 of 1000 seeds. */
function assertShare(count: number, repetitions: number, level: number, slack = 0): void {
  const margin = slack + normalQuantile(0.9995) * Math.sqrt(level * (1 - level) / repetitions);
  assert(
    Math.abs(count / repetitions - level) < margin,
    `${count / repetitions} is not within ${margin} of ${level}`,
  );
}

const twoArms = (random: RandomStream, effect: number) => {
  const arm = Array.from({ length: 90 }, (_, i) => i % 3 === 0 ? 1 : 0);
  return tableOf({ arm, y: arm.map((z) => effect * z + random.normal() * (z === 1 ? 1.5 : 1)) });
};
const paired = (random: RandomStream, effect: number) => {
  const levels = Array.from({ length: 40 }, () => 2 * random.normal());
  return tableOf({
    persona_id: [...levels.keys(), ...levels.keys()],
    arm: [...levels.map(() => 0), ...levels.map(() => 1)],
    y: [
      ...levels.map((level) => level + random.normal()),
      ...levels.map((level) => level + effect + random.normal()),
    ],
  });
};

for (const [name, draw] of [["Welch", twoArms], ["personas in both arms", paired]] as const) {
  Deno.test(`checkEquivalence(table) calls an effect at a bound within it, or beyond it, in 5 of 100 studies: ${name}`, () => {
    const repetitions = long ? 20000 : 1000;
    const bounds = 1.2;
    const options = { outcome: "y", reference: 0, bounds } satisfies CheckEquivalenceOptions;
    const counts = { equivalent: 0, beyond: 0, covered: 0 };
    for (let study = 0; study < repetitions; study++) {
      const check = checkEquivalence(draw(stream(20260804, name, study), bounds), {
        ...options,
        smdInterval: "normal",
      });
      if (check.get("verdict", 0) === "within margin") counts.equivalent++;
      if (check.get("verdict", 0) === "found") counts.beyond++;
      if (check.get("conf_low", 0) <= bounds && bounds <= check.get("conf_high", 0)) counts.covered++;
    }
    assertShare(counts.equivalent, repetitions, 0.05);
    assertShare(counts.beyond, repetitions, 0.05);
    assertShare(counts.covered, repetitions, 0.9);
  });
}

/** Shares at the margin, of which the smaller is 0 or near it: nominal 0.05, at most 0.06 (of a discrete test, often less). */
const shares = [
  { arms: [30, 30], of: [0.1, 0], margin: 0.1 },
  { arms: [100, 100], of: [0.1, 0], margin: 0.1 },
  { arms: [15, 150], of: [0.2, 0], margin: 0.2 },
  { arms: [30, 300], of: [0.15, 0.05], margin: 0.1 },
  { arms: [100, 100], of: [0.05, 0.15], margin: 0.1 },
] as const;
for (const { arms, of, margin } of shares) {
  Deno.test(`checkEquivalence(category) claims ${of} to be alike in at most 6 of 100 studies of ${arms}`, () => {
    const repetitions = long ? 6000 : 300;
    let [claimed, covered] = [0, 0];
    const arm = arms.flatMap((n, at) => new Array<number>(n).fill(1 - at));
    for (let study = 0; study < repetitions; study++) {
      const random = stream(20261130, String(arms), of[0], study);
      const answer = arm.map((z) => random.uniform() < of[1 - z]! ? "refuse" : "answer");
      const check = checkEquivalence(tableOf({ arm, answer }), {
        outcome: "answer",
        category: "refuse",
        reference: 0,
        bounds: margin,
        smdInterval: "normal",
      });
      if (check.get("verdict", 0) === "within margin") claimed++;
      const difference = of[0] - of[1];
      if (check.get("conf_low", 0) <= difference && difference <= check.get("conf_high", 0)) covered++;
    }
    const error = (level: number) => normalQuantile(0.9995) * Math.sqrt(level * (1 - level) / repetitions);
    assert(claimed / repetitions < 0.06 + error(0.06), `claimed ${claimed / repetitions}`);
    // The interval of 90% is discrete: summed over all tables it covers in 0.867 (of 100 and 100) to 0.905.
    assert(covered / repetitions > 0.867 - error(0.867), `covered ${covered / repetitions}`);
  });
}

Deno.test("standardisedDifference(groups) has intervals that cover in 90 of 100 studies", () => {
  const repetitions = long ? 4000 : 80;
  const sample = (random: RandomStream, mean: number, deviation: number, n: number) => {
    const values = Array.from({ length: n }, () => mean + deviation * random.normal());
    const centre = values.reduce((sum, value) => sum + value, 0) / n;
    return {
      mean: centre,
      variance: values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1),
      n,
    };
  };
  const counts = { one: 0, oneNormal: 0, pooled: 0, welch: 0 };
  for (let study = 0; study < repetitions; study++) {
    const random = stream(20260805, study);
    const [first, second] = [sample(random, 0.8, 1, 20), sample(random, 0, 1, 30)];
    const other = sample(random, 0, Math.sqrt(2), 30);
    const covers = (found: { low: number; high: number }, value: number) =>
      found.low <= value && value <= found.high ? 1 : 0;
    counts.one += covers(standardisedDifference([first]), 0.8);
    counts.oneNormal += covers(standardisedDifference([first], { interval: "normal" }), 0.8);
    counts.pooled += covers(standardisedDifference([first, second], { variance: "pooled" }), 0.8);
    counts.welch += covers(standardisedDifference([first, other]), 0.8 / Math.sqrt(1.5));
  }
  // The correction for small samples moves the interval by J, and unequal variances make it approximate.
  for (const count of Object.values(counts)) assertShare(count, repetitions, 0.9, 0.015);
});

Deno.test("checkAttrition(table) calls equal attrition differential in at most 5 of 100 studies, and near it", () => {
  const repetitions = long ? 6000 : 250;
  let rejected = 0;
  let smallest = 0;
  let covered = 0;
  for (let study = 0; study < repetitions; study++) {
    const random = stream(20260806, study);
    const n = 240;
    const arm = random.shuffle(Array.from({ length: n }, (_, i) => ["control", "a", "b"][i % 3]!));
    const y = arm.map(() => random.uniform() < 0.3 ? null : 1);
    const check = checkAttrition(tableOf({ arm, y }), { outcome: "y", permutations: 199, seed: study });
    if (Math.min(check.get("p_adjusted", 0), check.get("p_adjusted", 1)) <= 0.05) rejected++;
    if (check.get("p_value", 0) <= 0.05) smallest++;
    if (check.get("conf_low", 0) <= 0 && 0 <= check.get("conf_high", 0)) covered++;
  }
  // Rates take few values, so that an exact test stays somewhat below its level.
  assertShare(rejected, repetitions, 0.045, 0.01);
  assertShare(smallest, repetitions, 0.045, 0.01);
  assertShare(covered, repetitions, 0.95, 0.006);
});

Deno.test("checkAttrition(statuses) calls none differential in at most 5 of 100 studies, also beside refusals that are", () => {
  const repetitions = long ? 4000 : 100;
  const counts = { alike: 0, beside: 0, refused: 0 };
  const draw = (study: number, refuse: { control: number; a: number; b: number }) => {
    const random = stream(20261131, study, refuse.a);
    const arm = random.shuffle(Array.from({ length: 240 }, (_, i) => ["control", "a", "b"][i % 3]!));
    const replies = arm.map((own) => {
      const u = random.uniform();
      if (u < refuse[own as "a"]) return ["refused", random.uniform() < 0.5 ? "words" : "filter"];
      // A tenth of those who do not refuse are cut, so that whether one is cut depends on the arm by refusing alone.
      return random.uniform() < 0.1 ? ["truncated", "answer"] : ["answered", ""];
    });
    const attempt = arm.map(() => random.uniform() < 0.15 ? 2 : 1);
    const [status, status_detail] = [0, 1].map((part) => replies.map((reply) => reply[part]!));
    const value = status!.map((one) => one === "answered" ? 1 : null);
    const table = tableOf(
      { arm, item: arm.map(() => "y"), value, status, status_detail, attempt } as Record<string, unknown[]>,
    );
    return checkAttrition(table, { outcome: "y", permutations: 199, seed: study }).objects() as {
      status: string;
      arm: string;
      verdict: string;
    }[];
  };
  for (let study = 0; study < repetitions; study++) {
    const found = (rows: ReturnType<typeof draw>, wanted: string) =>
      rows.some(({ status, verdict }) => status === wanted && verdict === "found") ? 1 : 0;
    const alike = draw(study, { control: 0.2, a: 0.2, b: 0.2 });
    counts.alike += ["refused", "truncated", "second try"].some((status) => found(alike, status) === 1)
      ? 1
      : 0;
    const apart = draw(study, { control: 0.05, a: 0.6, b: 0.05 });
    counts.refused += found(apart, "refused");
    counts.beside += found(apart, "second try");
  }
  const error = normalQuantile(0.9995) * Math.sqrt(0.05 * 0.95 / repetitions);
  // Tests of rates that take few values, adjusted by Holm, stay below the level of 5% for the family: measured in 4000
  // studies .019 (± .002) where all arms refuse alike, .007 of second tries beside refusals that differ, all refusals found.
  assert(counts.alike / repetitions < 0.05 + error, `alike: ${counts.alike / repetitions}`);
  assert(counts.beside / repetitions < 0.05 + error, `beside refusals: ${counts.beside / repetitions}`);
  assert(counts.refused / repetitions > 0.99, `refused: ${counts.refused / repetitions}`);
});

Deno.test("estimateBounds(lee) has an interval that covers the effect at its bound in 95 of 100 studies", () => {
  const repetitions = long ? 10000 : 500;
  let [covered, low] = [0, 0];
  // Answering: .8 of the arm, .6 of the reference. Of the arm's answers a quarter are trimmed.
  const z = normalQuantile(0.75);
  // The mean of a normal variable below its upper quartile.
  const bound = -Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) / 0.75;
  for (let study = 0; study < repetitions; study++) {
    const random = stream(20260807, study);
    const arm = Array.from({ length: 600 }, (_, i) => i % 2);
    const y = arm.map((d) => random.uniform() < (d === 1 ? 0.8 : 0.6) ? random.normal() : null);
    const bounds = estimateBounds(tableOf({ arm, y }), { outcome: "y", reference: 0 });
    if (bounds.get("conf_low", 0) <= bound && bound <= bounds.get("conf_high", 0)) covered++;
    const { lower, error } = {
      lower: bounds.get("estimate", 0) as number,
      error: bounds.get("std_error", 0) as number,
    };
    if (Math.abs(lower - bound) <= 1.959963984540054 * error) low++;
  }
  assertShare(covered, repetitions, 0.95, 0.004);
  assertShare(low, repetitions, 0.95, 0.004);
});

Deno.test("estimateBounds(worst_case) has an interval that covers the effect at its bound in 95 of 100 studies", () => {
  const repetitions = long ? 10000 : 500;
  let [covered, rejected] = [0, 0];
  // Likert answers 1 to 5, a fifth missing: the lower bound is .8 · 3 + .2 · 1 - (.8 · 3 + .2 · 5) = -.8.
  for (let study = 0; study < repetitions; study++) {
    const random = stream(20260808, study);
    const arm = Array.from({ length: 300 }, (_, i) => i % 2);
    const answer = () => random.uniform() < 0.2 ? null : 1 + random.integer(5);
    const y = arm.map(answer);
    const options = { outcome: "y", reference: 0, method: "worst_case", range: [1, 5] } as const;
    const bounds = estimateBounds(tableOf({ arm, y }), options);
    if (bounds.get("conf_low", 0) <= -0.8) covered++;
    // Moved up by .8 the lower bound is 0: no effect is then rejected in 5%.
    const moved = estimateBounds(
      tableOf({ arm, y: y.map((value, i) => value === null ? null : value + 0.8 * arm[i]!) }),
      {
        ...options,
        range: [1, 5.8],
      },
    );
    if (moved.get("p_value", 0) <= 0.05) rejected++;
  }
  assertShare(covered, repetitions, 0.95, 0.004);
  assert(rejected / repetitions < 0.06, `${rejected}`);
});
