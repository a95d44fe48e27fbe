/** Coverage of scores of persons, size of deals and the noise floor. UNDERSTUDY_LONG=1 simulates far more studies. */
import { assert, assertAlmostEquals } from "@std/assert";
import { type RandomStream, stream, type Table, tableOf } from "@understudy/understudy/core";
import { compareDistributions, scoreFidelity } from "@understudy/understudy/fidelity";
import { assertAtLeast, assertShare, repetitionsOf, shareOf } from "./share_of_studies.ts";

interface Row {
  readonly measure: string;
  readonly source: string;
  readonly estimate: number;
  readonly conf_low: number;
  readonly conf_high: number;
  readonly null_mean: number;
  readonly p_value: number;
}

const rowOf = (scores: Table, measure: string, source: string) =>
  (scores.objects() as Row[]).find((row) => row.measure === measure && row.source === source)!;

/** A person's answer and its twin's: normal, or rounded to a scale of 7 points; twins spread less. */
function draw(random: RandomStream, n: number, round: boolean): readonly [number[], number[]] {
  const place = (value: number) => round ? Math.max(1, Math.min(7, Math.round(value))) : value;
  const pairs = Array.from({ length: n }, () => {
    const shared = random.normal();
    const [own, other] = [random.normal(), random.normal()];
    return [
      place(4 + 1.2 * (0.7 * shared + Math.sqrt(0.51) * own)),
      place(4 + 0.8 * (0.7 * shared + Math.sqrt(0.51) * other)),
    ];
  });
  return [pairs.map(([human]) => human!), pairs.map(([, twin]) => twin!)];
}

/** The correlation and the SD ratio of a million pairs. */
function truth(round: boolean): { readonly "correlation": number; readonly "SD ratio": number } {
  if (!round) return { "correlation": 0.49, "SD ratio": 0.8 / 1.2 };
  const [human, twin] = draw(stream(1, "truth"), 1_000_000, true);
  const mean = (value: (at: number) => number) =>
    human.reduce((sum, _, at) => sum + value(at), 0) / human.length;
  const [h, t] = [mean((at) => human[at]!), mean((at) => twin[at]!)];
  const [hh, tt] = [mean((at) => (human[at]! - h) ** 2), mean((at) => (twin[at]! - t) ** 2)];
  const ht = mean((at) => (human[at]! - h) * (twin[at]! - t));
  return { "correlation": ht / Math.sqrt(hh * tt), "SD ratio": Math.sqrt(tt / hh) };
}

for (const round of [false, true]) {
  const known = truth(round);
  for (const n of [20, 50, 200]) {
    const answers = round ? "answers on seven points" : "normal answers";
    Deno.test(`intervals of correlation and SD ratio of ${n} persons with ${answers} hold the truth in 95% of studies`, () => {
      const studies = repetitionsOf(150, 4000);
      const ids = Array.from({ length: n }, (_, person) => person);
      for (const measure of ["correlation", "SD ratio"] as const) {
        const covered = shareOf(`fidelity ${round} ${n}`, (random) => {
          const [human, twin] = draw(random, n, round);
          const table = (trust: number[]) => tableOf({ persona_id: ids, trust });
          const scores = scoreFidelity(table(human), table(twin), { items: "trust", scale: [-10, 20] });
          const { conf_low, conf_high } = rowOf(scores, measure, "twin");
          return conf_low <= known[measure] && known[measure] <= conf_high;
        }, studies);
        // On few points spread varies less than a normal distribution's: the ratio's interval errs to the wide side.
        if (round && measure === "SD ratio") assertAtLeast(covered, 0.95, studies);
        else assertShare(covered, 0.95, studies);
      }
    });
  }
}

/** Persons of two groups who answer three questions that go together. */
function survey(random: RandomStream, n: number): { [column: string]: (number | string)[] } {
  const people = Array.from({ length: n }, (_, person) => {
    const level = random.normal();
    const answer = () =>
      Math.max(1, Math.min(5, Math.round(3 + level + 0.7 * random.normal() + (person % 2) / 2)));
    return { group: person % 2 === 0 ? "a" : "b", one: answer(), two: answer(), three: answer() };
  });
  return Object.fromEntries(
    (["group", "one", "two", "three"] as const).map((name) => [name, people.map((own) => own[name])]),
  );
}

const items = ["one", "two", "three"];
const options = { items, by: "group", scale: [1, 5], resamples: 60 } as const;

Deno.test("where nothing differs, deals of persons give a p-value of at most 0.05 in 5% of studies", () => {
  const studies = repetitionsOf(80, 3000);
  const found = shareOf("deals", (random, seed) => {
    const scores = compareDistributions(tableOf(survey(random, 60)), tableOf(survey(random, 40)), {
      ...options,
      seed,
    });
    return rowOf(scores, "total variation", "synthetic").p_value <= 0.05;
  }, studies);
  assertShare(found, 3 / 61, studies);
});

Deno.test("the human split half is what two human samples of half the size give, the null mean what whole ones give", () => {
  const studies = repetitionsOf(60, 1000);
  const sums = { half: 0, halves: 0, nulls: 0, whole: 0 };
  shareOf("floor", (random, seed) => {
    const distance = (first: number, second: number) =>
      rowOf(
        compareDistributions(tableOf(survey(random, first)), tableOf(survey(random, second)), {
          ...options,
          resamples: 20,
          seed,
        }),
        "total variation",
        "synthetic",
      );
    const scores = compareDistributions(tableOf(survey(random, 100)), tableOf(survey(random, 100)), {
      ...options,
      seed,
    });
    sums.half += rowOf(scores, "total variation", "human split half").estimate / studies;
    sums.nulls += rowOf(scores, "total variation", "synthetic").null_mean / studies;
    sums.halves += distance(50, 50).estimate / studies;
    sums.whole += distance(100, 100).estimate / studies;
    return true;
  }, studies);
  assertAlmostEquals(sums.half / sums.halves, 1, 0.08);
  assertAlmostEquals(sums.nulls / sums.whole, 1, 0.08);
  // Halves are noisier than all people.
  assert(sums.half > 1.3 * sums.nulls);
});
