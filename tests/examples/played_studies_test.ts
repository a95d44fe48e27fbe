import { assert, assertEquals, assertMatch } from "@std/assert";
import { cellsOf, printedStudy } from "../support/printed_study.ts";

Deno.test("partners and strangers begin alike, and what rounds add is estimated with an interval that covers it", async () => {
  const text = await printedStudy("public_goods");
  assertMatch(text, /all steps +480 +480 +480/);
  assertEquals(
    cellsOf(text, /^round \d/, 2).map(([truth, covered]) => [Number(truth), covered]),
    [0, 0.5, 1, 1.5, 2].map((truth) => [truth, "yes"]),
  );
  // With partners the same four play in every round.
  assertMatch(text, /Session g1, arm partners/);
});

Deno.test("who knows a rival and is asked for a belief replies best to it; the gain over chance is covered by its interval", async () => {
  const text = await printedStudy("beliefs");
  assertMatch(text, /^play +1800 +1800 +1800$/m);
  assertMatch(text, /^ask +600 +600 +600$/m);
  const shares = cellsOf(text, /^(none|implicit|explicit)\.\w+ +[\d.]+ +[\d.–]+$/, 3);
  assertEquals(shares.length, 15);
  for (const [arm, best, toBelief] of shares) {
    const isAsked = arm!.startsWith("explicit");
    assertEquals(toBelief, isAsked ? "1" : "–", arm);
    if (isAsked && arm !== "explicit.mixed") assertEquals(best, "1", arm);
    else assert(Number(best) > 0.15 && Number(best) < 0.85, arm);
  }
  assertEquals(
    cellsOf(text, /^(explicit|implicit), /, 2).map(([truth, covered]) => [Number(truth), covered]),
    [1, 0.5, 1, 0.5, 1, 0.5, 1, 0.5, 0.4, 0.2].map((truth) => [truth, "yes"]),
  );
});

Deno.test("eight choices in two rings tell the order of rationality of each player", async () => {
  const text = await printedStudy("ring");
  assertMatch(text, /all steps +320 +320 +320/);
  assertMatch(text, /Session g1, arm everybody/);
  const orders = cellsOf(text, /^ +[0-4] +8( +\d){5}$/, 5).map((row) => row.map(Number));
  assertEquals(orders, [0, 1, 2, 3, 4].map((shown) => [0, 1, 2, 3, 4].map((has) => shown === has ? 8 : 0)));
  const shares = cellsOf(text, /^order ≥ \d/, 8);
  assertEquals(shares.map(([estimate]) => Number(estimate)), [0.8, 0.6, 0.4, 0.2]);
  assert(shares.every((row) => row.at(-1) === "yes"));
});

Deno.test("people agree with themselves as far as they keep, twins as far as they are told, baselines not at all", async () => {
  const text = await printedStudy("panel_with_retest");
  assertMatch(text, /all steps +600 +600 +600/);
  assertMatch(text, /Session p001, arm wave_1[\s\S]*Session p001, arm wave_2/);
  const truths = [0.32, 0, 0, 0.65];
  assertEquals(
    cellsOf(text, /^(tax|army), /, 2).map(([truth, covered]) => [Number(truth), covered]),
    [...truths, ...truths, 0.32, 0.32].map((truth) => [truth, "yes"]),
  );
  // Accuracy tells much less apart.
  const accuracies = cellsOf(text, /^tax .* accuracy /, 4).map(([accuracy]) => Number(accuracy));
  assertEquals(accuracies.length, 5);
  assert(accuracies.every((accuracy) => accuracy > 0.8 && accuracy < 0.9));
});

Deno.test("a team that reads what a hidden paper cites writes it again, by chances that are known", async () => {
  const text = await printedStudy("masked_node");
  assertMatch(text, /insight +72 +72 +72\nidea +72 +72 +72\npaper +24 +24 +24\nreview +48 +48 +48/);
  // Reviewers hear the paper and nothing of the team before it.
  assertMatch(text, /3 Leader → Theorist, Methodologist: .*[\s\S]*7 Leader → everyone: We measure/);
  assertMatch(text, /Reviewer 1 \[review, → Leader, Chair\]: flaws: None\.; score: 9/);
  assertEquals(
    cellsOf(text, /^(likeness|score|accept) /, 2).map(([truth, covered]) => [Number(truth), covered]),
    [[0.2, "yes"], [4.2, "yes"], [0.49, "yes"]],
  );
});
