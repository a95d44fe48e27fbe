/**
 * Coverage and variance of effects and means where answers are probabilities, by simulation: what is expected of each
 * answer against the one that was drawn. UNDERSTUDY_LONG=1 draws more than ten times as often.
 */
import { assert } from "@std/assert";
import { distributionOf, type RandomStream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateEffects, estimateMeans } from "@understudy/understudy/estimation";
import { assertAtLeast, assertShare, repetitionsOf, shareOf } from "./share_of_studies.ts";

const repetitions = repetitionsOf(300);
const points = [1, 2, 3, 4, 5];

/** Answers of one who leans this way: an ordered logit's probabilities, so that each is known exactly. */
function probabilitiesOf(lean: number): number[] {
  const below = points.slice(0, -1).map((point) => 1 / (1 + Math.exp(lean - 1.5 * (point - 2.5))));
  return points.map((_, at) => (below[at] ?? 1) - (below[at - 1] ?? 0));
}

const shift = { control: 0, threat: 0.6 } as const;

/** What is true: the mean over everybody's leanings, by the trapezium rule over a standard normal. */
function truth(arm: "control" | "threat", of: (probabilities: number[]) => number): number {
  let [sum, weight] = [0, 0];
  for (let z = -6; z <= 6; z += 0.01) {
    const density = Math.exp(-z * z / 2);
    sum += density * of(probabilitiesOf(z + shift[arm]));
    weight += density;
  }
  return sum / weight;
}

const meanOf = (probabilities: number[]) => probabilities.reduce((sum, p, at) => sum + points[at]! * p, 0);
const topOf = (probabilities: number[]) => probabilities[4]!;

function study(random: RandomStream, sizes: { readonly control: number; readonly threat: number }): Table {
  const rows = (["control", "threat"] as const).flatMap((arm) =>
    Array.from({ length: sizes[arm] }, () => {
      const probabilities = probabilitiesOf(random.normal() + shift[arm]);
      return {
        arm,
        item: "support",
        value: points[random.index(probabilities)]!,
        distribution: distributionOf(points.map(String), probabilities),
      };
    })
  );
  return tableOf(rows);
}

const effect = (of: (probabilities: number[]) => number) => truth("threat", of) - truth("control", of);

for (const sizes of [{ control: 40, threat: 40 }, { control: 120, threat: 15 }]) {
  for (
    const [what, options, of] of [
      ["mean", { outcome: "support" }, meanOf],
      ["share of the top", { outcome: "support", category: 5 }, topOf],
    ] as const
  ) {
    const name = `${what}, ${sizes.control} against ${sizes.threat}`;
    Deno.test(`an effect on the ${name} covers what is true at its level, with less variance than drawn`, () => {
      const sums = { expected: [0, 0], drawn: [0, 0] };
      const target = effect(of);
      const covered = { expected: 0, drawn: 0 };
      for (const elicited of ["expected", "drawn"] as const) {
        covered[elicited] = shareOf(name, (random) => {
          const row = estimateEffects(study(random, sizes), { ...options, elicited }).object(0) as {
            [column: string]: number;
          };
          const error = row.estimate! - target;
          sums[elicited][0]! += error / repetitions;
          sums[elicited][1]! += error ** 2 / repetitions;
          return row.conf_low! <= target && target <= row.conf_high!;
        }, repetitions);
      }
      // Probabilities that crowd near 0 are skewed: of 15 personas Student's t then covers a little less.
      if (what === "mean") assertShare(covered.expected, 0.95, repetitions);
      else assertAtLeast(covered.expected, sizes.threat < 20 ? 0.91 : 0.95, repetitions);
      const [bias, squared] = sums.expected as [number, number];
      assert(Math.abs(bias) < 4 * Math.sqrt(squared / repetitions), `bias ${bias}`);
      const ratio = squared / sums.drawn[1]!;
      assert(ratio < 0.6, `variance is ${ratio} of that of draws`);
    });
  }
}

Deno.test("means of what is expected cover at their level", () => {
  const target = truth("control", meanOf);
  const covered = shareOf("means", (random) => {
    const table = study(random, { control: 40, threat: 1 });
    const row = estimateMeans(table, { outcome: "support", by: "arm" }).object(0) as {
      [column: string]: number;
    };
    return row.conf_low! <= target && target <= row.conf_high!;
  }, repetitions);
  assertShare(covered, 0.95, repetitions);
});
