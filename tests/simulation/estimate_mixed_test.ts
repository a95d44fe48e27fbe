/** Coverage of random-intercept models with few groups; UNDERSTUDY_LONG=1 draws ten times as often and more. */
import { assert } from "@std/assert";
import { type RandomStream, tableOf } from "@understudy/understudy/core";
import { estimateMixed } from "@understudy/understudy/estimation";
import { assertAtLeast, assertShare, repetitionsOf, shareOf } from "./share_of_studies.ts";

const repetitions = repetitionsOf(150, 5000);

/** Judges who rate 3 to 10 texts each; half of the judges are told something, and texts differ in a number. */
function ratings(random: RandomStream, judges: number, spread: number) {
  const judge = Array.from({ length: judges }, (_, own) => Array(3 + random.integer(8)).fill(own)).flat();
  const own = Array.from({ length: judges }, () => spread * random.normal());
  const words = judge.map(() => random.normal());
  const told = judge.map((group) => group % 2);
  const rating = judge.map((group, row) =>
    0.5 * told[row]! + 0.5 * words[row]! + own[group]! + random.normal()
  );
  return tableOf({ judge, told, words, rating });
}

for (const judges of [6, 10, 20]) {
  Deno.test(`estimateMixed(table) has intervals that cover with ${judges} groups, where normal ones of what groups differ in do not`, () => {
    const shares = { words: 0, normal: 0, variance: 0 };
    const told = shareOf(`${judges} judges`, (random) => {
      const table = ratings(random, judges, 1);
      const options = { outcome: "rating", terms: ["told", "words"], group: "judge" };
      const rows = estimateMixed(table, options);
      const covers = (of: typeof rows, at: number, truth: number) =>
        of.get("conf_low", at) <= truth && truth <= of.get("conf_high", at);
      if (covers(rows, 2, 0.5)) shares.words += 1 / repetitions;
      if (covers(rows, 3, 1)) shares.variance += 1 / repetitions;
      if (covers(estimateMixed(table, { ...options, df: "normal" }), 1, 0.5)) {
        shares.normal += 1 / repetitions;
      }
      return covers(rows, 1, 0.5);
    }, repetitions);
    // With few groups a little wide: some variances are estimated near 0.
    assertAtLeast(told, 0.95, repetitions);
    assert(told < 0.985, `${told}`);
    assertShare(shares.words, 0.95, repetitions);
    assertAtLeast(shares.variance, 0.94, repetitions);
    assert(shares.normal < told, `normal ${shares.normal}`);
  });
}

Deno.test("estimateMixed(table) has intervals that cover with 6 groups that do not differ, though half of the variances are 0", () => {
  let zero = 0;
  const told = shareOf("no spread", (random) => {
    const rows = estimateMixed(ratings(random, 6, 0), { outcome: "rating", terms: ["told"], group: "judge" });
    if (rows.get("estimate", 2) === 0) zero++;
    return rows.get("conf_low", 1) <= 0.5 && 0.5 <= rows.get("conf_high", 1);
  }, repetitions);
  assertAtLeast(told, 0.95, repetitions);
  assert(zero > 0.4 * repetitions && zero < 0.75 * repetitions, `${zero}`);
});
