import { assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { cellsOf, printedStudy } from "../support/printed_study.ts";

Deno.test("a bias that all share survives talk and a majority, and who chairs has more of it: five intervals cover it", async () => {
  const text = await printedStudy("bias_and_structure");
  const effects = cellsOf(text, /^(bias, |majority less|leader less)/, 2);
  assertEquals(effects.map(([, covered]) => covered), Array(5).fill("yes"));
  // Who chairs keeps 16.8 of 18 in the first round, when the others have 12.3: 0.8 · 16.8 + 0.2 · 12.3.
  const truths = [12, 12, 15.9, 0, 3.9];
  effects.forEach(([truth], row) => assertAlmostEquals(Number(truth), truths[row]!, 0.01));
  assertMatch(text, /all steps +1200 +2000 +2400/);
  assertMatch(text, /TRUTH: .* 5 of 5 estimates cover it/);
});
