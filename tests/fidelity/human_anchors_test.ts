import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { compareEffects, estimateAnchors, humanAnchors } from "@understudy/understudy/fidelity";

Deno.test("the published effects of Many Labs 2 agree with the published means, shares and numbers", () => {
  for (const [study, [, , mean], [, , reference], measure, effect] of humanAnchors.manyLabs) {
    assertEquals(Math.sign(mean - reference), Math.sign(measure === "d" ? effect : Math.log(effect)), study);
    if (measure === "d") continue;
    const odds = mean / (1 - mean) / (reference / (1 - reference));
    // The conditional odds ratio lies a little nearer to 1 than that of the counts.
    assert(odds > effect && odds / effect < 1.001, study);
  }
  for (const shares of [humanAnchors.moneyRequest.people, humanAnchors.moneyRequest.equilibrium]) {
    assertAlmostEquals(shares.reduce((sum, share) => sum + share, 0), 1, 1e-12);
  }
});

Deno.test("estimateAnchors() makes effects that compareEffects takes", () => {
  const human = estimateAnchors();
  // Critcher: Welch's t is d over √(1/n + 1/n).
  assertAlmostEquals(human.get("statistic", 6), 0.04078 / Math.sqrt(1 / 3444 + 1 / 3382), 1e-3);
  assertAlmostEquals(human.get("estimate", 7), Math.log(2.06218) * Math.sqrt(3) / Math.PI, 1e-12);
  const [study, arm, reference] = ["study", "arm", "reference"].map((name) => human.array(name));
  const halved = (human.array("estimate") as number[]).map((effect) => effect / 2);
  const table = compareEffects(
    human,
    tableOf({ study: study!, arm: arm!, reference: reference!, estimate: halved }),
  );
  assertEquals(table.get("n", 0), 9);
  assertAlmostEquals(table.get("estimate", 1), 2, 1e-6);
});

Deno.test("anchors cannot be changed", () => {
  assertThrows(() => (humanAnchors.manyLabs as unknown[]).push(1), TypeError);
  assertThrows(() => (humanAnchors as { crowd: unknown }).crowd = 1, TypeError);
  const [first] = humanAnchors.manyLabs as unknown as [unknown[] & { 1: unknown[] }];
  assertThrows(() => first[4] = 0, TypeError);
  assertThrows(() => first[1][1] = 0, TypeError);
  assertThrows(() => (humanAnchors.moneyRequest.people as number[])[0] = 9, TypeError);
});

Deno.test("estimateAnchors() refuses what is no published contrast", () => {
  const anchor = (n: unknown, mean: unknown, measure: unknown, effect: unknown) => [
    ["s", ["a", n, mean], ["b", 20, 0.4], measure, effect],
  ];
  const wrong = [
    ["x"],
    "x",
    [[]],
    anchor(-10, 1, "d", 0.4),
    anchor(10, 2, "odds ratio", 2),
    anchor(10, 0, "odds ratio", 2),
    anchor(10, 0.5, "odds ratio", 0),
    anchor(10, 0.5, "r", 0.2),
    anchor(10, 0.5, "d", NaN),
  ];
  for (const anchors of wrong) {
    assertThrows(
      () => estimateAnchors(anchors as never),
      RangeError,
      "Cannot estimate anchors as 'anchors' must",
    );
  }
  assertEquals(estimateAnchors(anchor(10, 0.5, "odds ratio", 2) as never).numRows(), 1);
});
