/** How often coefficients that are the same are found to differ. UNDERSTUDY_LONG=1 draws more than ten times as often. */
import { type RandomStream, tableOf, tableOfRows } from "@understudy/understudy/core";
import { compareRegressions } from "@understudy/understudy/fidelity";
import { assertAtLeast, assertShare, repetitions, shareOf } from "./share_of_studies.ts";

const options = { outcome: "support", terms: ["age"] };

function answers(random: RandomStream, n: number, noise: number) {
  const age = Array.from({ length: n }, () => random.normal());
  const support = age.map((value) => 0.5 * value + noise * (1 + Math.abs(value)) * random.normal());
  return tableOf({ age, support });
}

Deno.test("of 100 people and 400 synthetic rows that answer less variedly, 5% of equal slopes are found to differ", () => {
  const found = shareOf("regressions", (random) => {
    const [human, synthetic] = [answers(random, 100, 1), answers(random, 400, 0.3)];
    return compareRegressions(human, synthetic, options).get("verdict", 1) === "found";
  });
  assertShare(found, 0.05, repetitions);
});

Deno.test("of 10 people, who answer once or thrice, and 400 synthetic rows at most 5% of equal slopes are found to differ", () => {
  for (const replies of [1, 3]) {
    const found = shareOf(`few people ${replies}`, (random) => {
      const people = Array.from({ length: 10 }, () => ({ age: random.normal(), level: random.normal() }));
      const human = people.flatMap(({ age, level }, persona_id) =>
        Array.from({ length: replies }, () => {
          return { persona_id, age, support: 0.5 * age + level + 0.3 * random.normal() };
        })
      );
      const table = tableOfRows(human, ["persona_id", "age", "support"]);
      return compareRegressions(table, answers(random, 400, 1), options).get("verdict", 1) === "found";
    });
    assertAtLeast(1 - found, 0.95, repetitions);
  }
});
