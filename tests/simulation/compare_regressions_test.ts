/** How often coefficients that are the same are found to differ. UNDERSTUDY_LONG=1 draws more than ten times as often. */
import { type RandomStream, tableOf } from "@understudy/understudy/core";
import { compareRegressions } from "@understudy/understudy/fidelity";
import { assertShare, repetitions, shareOf } from "./share_of_studies.ts";

function answers(random: RandomStream, n: number, noise: number) {
  const age = Array.from({ length: n }, () => random.normal());
  const support = age.map((value) => 0.5 * value + noise * (1 + Math.abs(value)) * random.normal());
  return tableOf({ age, support });
}

Deno.test("of 100 people and 400 synthetic rows that answer less variedly, 5% of equal slopes are found to differ", () => {
  const found = shareOf("regressions", (random) => {
    const [human, synthetic] = [answers(random, 100, 1), answers(random, 400, 0.3)];
    return compareRegressions(human, synthetic, { outcome: "support", terms: ["age"] }).get("verdict", 1) ===
      "found";
  });
  assertShare(found, 0.05, repetitions);
});
