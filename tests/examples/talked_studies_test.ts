import { assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { cellsOf, printedStudy } from "../support/printed_study.ts";

Deno.test("a bias that all share survives talk and a majority, and who chairs has more of it: five intervals cover it", async () => {
  const text = await printedStudy("bias_and_structure");
  const effects = cellsOf(text, /^(bias, |majority less|leader less)/, 2);
  assertEquals(effects.map(([, covered]) => covered), Array(5).fill("yes"));
  // Who chairs keeps 16.8 of 18 in the first round, when the others have 12.3: 0.8 · 16.8 + 0.2 · 12.3.
  const truths = [12, 12, 15.9, 0, 3.9];
  effects.forEach(([truth], row) => assertAlmostEquals(Number(truth), truths[row]!, 0.01));
  assertMatch(text, /all steps +2000 +2000 +2000/);
  assertMatch(text, /TRUTH: .* 5 of 5 estimates cover it/);
});

Deno.test("a facilitated discussion plans 720 sessions, runs 24, and its three intervals cover what facilitators do", async () => {
  const text = await printedStudy("facilitated_discussion");
  // A line of a user in each of 15 rounds; a facilitator in three of four arms; the two openings are rated, and up to 15 lines.
  assertMatch(
    text,
    /discussion +10800 +10800 +10800\nfacilitation +8100 +8100 +8100\nask +1440 +12240 +12240\n/,
  );
  assertMatch(text, /\nall +1038 +1038 +0 /);
  // .7 of the effect on those who discuss and .3 of that on trolls.
  const effects = cellsOf(text, /^(basic|constructive|guidelines) .*(yes|no)/, 2);
  assertEquals(effects, [["-0.50", "yes"], ["-0.70", "yes"], ["-1.70", "yes"]]);
});

Deno.test("friends, who agrees and who disagrees are one study whose sessions differ, and both intervals cover the closed form", async () => {
  const text = await printedStudy("polarisation");
  // 18 networks of six: those of two arms are sessions alone, in which a persuader speaks 15 times.
  assertMatch(text, /persuasion +1080 +1080 +1080\n/);
  assertMatch(text, /Citizen 1 → Citizen 2, Citizen 6: I put it at \d/);
  const [agrees, disagrees] = cellsOf(text, /^(agrees|disagrees), less/, 2);
  assertEquals([agrees![1], disagrees![1]], ["yes", "yes"]);
  // They differ by what is between the persuaders' ends, 4 and -4 from the middle, after 15 times.
  assertAlmostEquals(Number(agrees![0]) - Number(disagrees![0]), 8 * (1 - 0.95 ** 15), 0.02);
});

Deno.test("a flagged message travels as far where edges are cut as where nothing is done, and less far where nodes are blocked", async () => {
  const text = await printedStudy("inflammatory_wording");
  // Who sends a message at first is heard by both friends, later by one; the judge hears all of it.
  assertMatch(text, /1 Citizen 1 → Citizen 2, Citizen 27, Judge: /);
  const effects = cellsOf(text, /^(anger, inflammatory|knows \(inflammatory\))/, 2);
  assertEquals(effects.map(([, covered]) => covered), ["yes", "yes", "yes"]);
  // Of 27 know 18 after three days, and with nodes blocked 14.25.
  const truths = [5 * 18 / 27, 0, (14.25 - 18) / 27];
  effects.forEach(([truth], row) => assertAlmostEquals(Number(truth), truths[row]!, 0.005));
});

Deno.test("an interview's persona fades as its world forgets, and the seven intervals cover what that implies", async () => {
  const text = await printedStudy("fading_persona");
  // Twenty without a persona; of 160 two before, a line and a probe in each of six rounds, and the last question.
  assertMatch(text, /all steps +2420 +2420 +2420/);
  // Both answers before are of one session.
  assertMatch(text, /A TRANSCRIPT\nSession p001, arm (control|warning)\n/);
  const estimates = cellsOf(text, /^(decay rate|recall|distance|warning on support)/, 2);
  assertEquals(estimates.map(([, covered]) => covered), Array(7).fill("yes"));
  const forgotten = 1 - Math.exp(-6 * 0.4);
  assertEquals(estimates[2]![0], (1 - forgotten * (1 - (0.3 + 0.385 + 0.455) / 3)).toFixed(2));
});
