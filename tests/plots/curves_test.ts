import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Table, tableOf } from "@understudy/understudy/core";
import { planMixedSubjects } from "@understudy/understudy/calibration";
import { planMinimumEffect, planPower, planSampleSize } from "@understudy/understudy/designs";
import { plotAgreement, plotPower, plotPrecision, plotStability } from "@understudy/understudy/plots";
import { edge } from "../../lib/plots/palette.ts";
import { measureText } from "../../lib/plots/text_layout.ts";
import { stability } from "./figures.ts";
import { axisBelow, drawnTexts, pointsOf, readSvg } from "./read_svg.ts";

/** Where the rings of a drawing stand on its axis. */
function ringsOf(svg: string): number[] {
  const root = readSvg(svg);
  const points = pointsOf(root);
  const at = axisBelow(root, Math.max(...points.map(({ y }) => y)));
  return points.filter(({ fill }) => fill === "#ffffff").map(({ x }) => at(x));
}

Deno.test("plotPower(plan) marks the number of personas that reaches the target", () => {
  const { svg, summary } = plotPower(planPower({ effect: 0.3, n: [50, 100, 200, 300, 400, 600] }));
  const needed = planSampleSize({ effect: 0.3 }).get("n_exact", 0) as number;
  assertAlmostEquals(ringsOf(svg)[0]!, needed, 1);
  assertStringIncludes(summary, `difference in means reaches 80% at n ${Math.ceil(needed)}`);
});

Deno.test("plotPower(plan along the effect) marks the minimum detectable effect", () => {
  const { svg, summary } = plotPower(planPower({ n: 200, effect: [0.1, 0.2, 0.3, 0.35, 0.45, 0.6] }), {
    target: 0.9,
  });
  const minimum = planMinimumEffect({ n: 200, power: 0.9 }).get("effect", 0) as number;
  assertAlmostEquals(ringsOf(svg)[0]!, minimum, 2e-3);
  assertStringIncludes(summary, `reaches 90% at effect ${minimum.toFixed(2)}`);
});

Deno.test("plotPower(plan) says where the power is never, or always, as wanted, and leaves out what has none", () => {
  const low = plotPower(planPower({ effect: 0.02, n: [100, 200] }));
  assertStringIncludes(low.summary, "never reaches 80%");
  assertEquals(ringsOf(low.svg), []);
  assertStringIncludes(plotPower(planPower({ effect: 2, n: [100, 200] })).summary, "is above 80% from n 100");
  const plan = planPower({ effect: 0.5, n: [20, 200, 400], cluster_size: 20, icc: 0.05 });
  assertEquals(pointsOf(readSvg(plotPower(plan).svg)).filter(({ r }) => r === 3).length, 2);
});

Deno.test("plotPower(…) names what is wrong with its arguments", () => {
  const plan = planPower({ effect: 0.3, n: [100, 400] });
  assertThrows(() => plotPower(tableOf({ n: [1, 2] })), RangeError, "no column 'power'");
  assertThrows(() => plotPower(planPower({ effect: 0.3, n: 100 })), RangeError, "neither several 'n'");
  assertThrows(() => plotPower(plan, { target: 1 }), RangeError, "'target' must lie between 0 and 1");
});

Deno.test("plotStability(table) puts means at their turns and marks the half-life, only where decay was found", () => {
  const { svg, summary } = plotStability(stability);
  const root = readSvg(svg);
  const dots = pointsOf(root).filter(({ r }) => r === 3);
  const at = axisBelow(root, dots.at(-1)!.y);
  assertEquals(dots.map(({ x }) => Math.round(at(x))).sort(), [0, 0, 2, 2, 8, 8]);
  assertAlmostEquals(ringsOf(svg)[0]!, 2, 0.02);
  assertStringIncludes(summary, "control 92% at turn 0, 70% at turn 8, no decay found; threat 90% at turn 0");
  const texts = drawnTexts(root).map(({ text }) => text);
  assert(texts.some((text) => text.startsWith("Arms differ at turn 2 (permutation, Holm)")));
  const none = stability.derive({ verdict: () => "not found" }) as Table;
  assertEquals(ringsOf(plotStability(none).svg), []);
  assert(plotStability(none).svg.includes("not evidence that there is none"));
  const untold = stability.derive({ verdict: () => "cannot tell" }) as Table;
  assert(!plotStability(untold).svg.includes("No difference between arms"));
});

Deno.test("plotStability(…) names what is wrong with its arguments", () => {
  assertThrows(() => plotStability(tableOf({ turn: [1] })), RangeError, "no column 'outcome'");
  const other = stability.derive({ outcome: () => "recall" }) as Table;
  assertThrows(
    () => plotStability(other),
    RangeError,
    "this one's outcomes are recall, and plotEffects draws it",
  );
});

const budget = Array.from({ length: 20 }, (_, place) => 30 * (place + 1));
const shared = { correlation: 0.75, costPrediction: 0.02 };

Deno.test("plotPrecision(plan) marks the least cost with the model and without, and tells what is saved", () => {
  const { svg, summary } = plotPrecision(planMixedSubjects({ ...shared, budget, effect: 0.3 }));
  const [mixed, alone] = planMixedSubjects({ ...shared, effect: 0.3 }).array("cost") as [number, number];
  const rings = ringsOf(svg);
  assertAlmostEquals(rings[0]!, mixed, 2);
  assertAlmostEquals(rings[1]!, alone, 2);
  assertStringIncludes(
    summary,
    `mixed subjects, 80% at 208, ${Math.round(100 * (1 - mixed / alone))}% saved`,
  );
  assertStringIncludes(summary, "people alone, 80% at 351");
});

Deno.test("plotPrecision(plan without an effect) draws standard errors, and people alone once", () => {
  const plan = planMixedSubjects({ ...shared, correlation: [0.75, 0.1], budget });
  const { svg, summary } = plotPrecision(plan, { target: 0.1 });
  const rings = ringsOf(svg);
  assertEquals(rings.length, 3);
  assertAlmostEquals(Math.max(...rings), 400, 1);
  const wanted = planMixedSubjects({ ...shared, stdError: 0.1 }).get("cost", 0) as number;
  assertAlmostEquals(Math.min(...rings), wanted, 2);
  // What saves nothing is not said to save.
  assertStringIncludes(summary, "mixed subjects, correlation 0.1, 0.1 at 400.");
  assertEquals(ringsOf(plotPrecision(plan).svg), []);
});

Deno.test("plotPrecision(plan of many correlations) draws four, in colours of their own, and keeps to its card", () => {
  const correlation = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
  const plan = planMixedSubjects({ ...shared, correlation, budget: [50, 100, 200, 400], effect: 0.3 });
  for (const width of [340, 640]) {
    const texts = drawnTexts(readSvg(plotPrecision(plan, { width }).svg));
    const names = texts.filter(({ text }) => /^mixed subjects|^people alone/.test(text));
    const numbers = names.map(({ text }) => /\d.*$/.exec(text)?.[0] ?? "");
    assertEquals(numbers.sort(), ["", "0.1", "0.4", "0.7", "0.9"]);
    assert(names.every(({ y }) => y > 60));
    assert(texts.some(({ text }) => text === "4 of 9 correlations are drawn."));
  }
  const colours = pointsOf(readSvg(plotPrecision(plan).svg)).filter(({ r }) => r === 3).map(({ fill }) =>
    fill
  );
  assertEquals(new Set(colours).size, 5);
});

Deno.test("plotPower(plan of many series) is as high as their names need", () => {
  const effect = [0.1, 0.2, 0.3, 0.4];
  const plan = planPower({ effect, n: [100, 200, 400], replicates: [1, 2, 3], reply_icc: 0.5 });
  const names = drawnTexts(readSvg(plotPower(plan, { width: 340 }).svg)).filter(({ text }) =>
    /^effect 0/.test(text)
  );
  const tops = names.map(({ y }) => y).sort((a, b) => a - b);
  assertEquals(names.length, 12);
  assert(tops[0]! > 60 && tops.every((y, at) => at === 0 || y > tops[at - 1]! + 30));
});

Deno.test("plotPrecision(…) names what is wrong with its arguments", () => {
  const plan = planMixedSubjects({ ...shared, budget: [100, 200] });
  assertThrows(() => plotPrecision(tableOf({ cost: [1, 2] })), RangeError, "no column 'design', 'std_error'");
  assertThrows(
    () => plotPrecision(planMixedSubjects({ ...shared, budget: 100 })),
    RangeError,
    "has one cost",
  );
  assertThrows(() => plotPrecision(plan, { target: 0 }), RangeError, "'target' must be a number above 0 and");
});

Deno.test("plotAgreement(human, synthetic) says what a predicted unit is worth, and stays silent where no line can be fitted", () => {
  const arm = ["a", "b", "c", "d"];
  const human = tableOf({ arm, estimate: [0.1, 0.2, 0.3, 0.5], std_error: [0.05, 0.05, 0.05, 0.05] });
  const predicted = tableOf({ arm, estimate: [0.2, 0.4, 0.6, 1] });
  const { svg, summary, table } = plotAgreement(human, predicted, { alpha: 0.1 });
  assertStringIncludes(summary, "4 contrasts; each unit of a synthetic effect is worth 0.50 [");
  assertStringIncludes(svg, "90% intervals");
  assertEquals(table.get("measure", 0), "r_adj");
  // All points lie on the axes' common scale: the axis below tells the synthetic effects.
  const root = readSvg(svg);
  const points = pointsOf(root).filter(({ r }) => r === 4.5);
  const at = axisBelow(root, Math.max(...points.map(({ y }) => y)));
  assertAlmostEquals(at(Math.max(...points.map(({ x }) => x))), 1, 0.01);
  const constant = plotAgreement(human, predicted.derive({ estimate: "d => 1" }));
  assertStringIncludes(constant.summary, "4 contrasts; the synthetic effects do not vary");
  assertEquals(drawnTexts(readSvg(constant.svg)).some(({ text }) => text.includes("fitted")), false);
  assertThrows(
    () => plotAgreement(human, tableOf({ arm: ["x"], estimate: [1] })),
    RangeError,
    "Cannot plot agreement",
  );
});

Deno.test("plotAgreement() keeps long labels on the card, and draws at most 2000 contrasts", () => {
  const contrasts = (n: number, unit: number) =>
    tableOf({
      arm: Array.from({ length: n }, (_, at) => at),
      estimate: Array.from({ length: n }, (_, at) => (at % 7 - 3) * unit),
      std_error: Array(n).fill(unit),
    });
  const { svg } = plotAgreement(contrasts(12, 1.2e7), contrasts(12, 1e7), { width: 340 });
  for (const { text, x, size } of drawnTexts(readSvg(svg)).filter(({ anchor }) => anchor === "end")) {
    assert(x - measureText(text, { size }) >= edge, text);
  }
  const many = plotAgreement(contrasts(4001, 1), contrasts(4001, 1));
  assertEquals(pointsOf(readSvg(many.svg)).filter(({ r }) => r === 3).length, 1334);
  assertStringIncludes(many.svg, "Drawn: 1 of 3 contrasts.");
});
