import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { planMinimumEffect, planPower, planSampleSize } from "@understudy/understudy/designs";
import { plotPower } from "@understudy/understudy/plots";
import { axisOf, drawnTexts, elementsOf, readSvg } from "./read_svg.ts";

const curve = planPower({ effect: 0.3, n: [50, 100, 200, 300, 400, 600] });

function textsOf(svg: string): string[] {
  return drawnTexts(readSvg(svg)).map(({ text }) => text);
}

function circlesOf(svg: string): { x: number; y: number; r: number }[] {
  return elementsOf(readSvg(svg)).filter(({ name }) => name === "circle").map(({ attributes }) => ({
    x: Number(attributes.cx),
    y: Number(attributes.cy),
    r: Number(attributes.r),
  }));
}

Deno.test("plotPower(plan) marks the number of personas that planSampleSize finds", () => {
  const { svg, summary } = plotPower(curve);
  const needed = planSampleSize({ effect: 0.3 }).get("n_exact", 0) as number;
  const mark = circlesOf(svg).find(({ r }) => r === 6.5)!;
  assertAlmostEquals(axisOf(readSvg(svg))(mark.x), needed, 1);
  assertStringIncludes(summary, `difference in means reaches 80% at n ${Math.ceil(needed)}`);
});

Deno.test("plotPower(plan along the effect) marks the minimum detectable effect", () => {
  const plan = planPower({ n: 200, effect: [0.1, 0.2, 0.3, 0.35, 0.45, 0.6] });
  const { svg, summary } = plotPower(plan, { target: 0.9 });
  const minimum = planMinimumEffect({ n: 200, power: 0.9 }).get("effect", 0) as number;
  const mark = circlesOf(svg).find(({ r }) => r === 6.5)!;
  assertAlmostEquals(axisOf(readSvg(svg))(mark.x), minimum, 2e-3);
  assertStringIncludes(summary, `reaches 90% at effect ${minimum.toFixed(2)}`);
});

Deno.test("plotPower(plan) puts dots at their powers", () => {
  const { svg } = plotPower(curve);
  const dots = circlesOf(svg).filter(({ r }) => r === 3).sort((a, b) => a.x - b.x);
  const powers = curve.array("power") as number[];
  assertEquals(dots.length, 6);
  // Heights are linear in power: the axis from the outer two gives back the others.
  const [first, last] = [dots[0]!, dots[5]!];
  dots.forEach((dot, i) => {
    const part = (dot.y - first.y) / (last.y - first.y);
    assertAlmostEquals(powers[0]! + part * (powers[5]! - powers[0]!), powers[i]!, 1e-3);
  });
});

Deno.test("plotPower(plan) has a panel for each series, named by what tells them apart", () => {
  const plan = planPower({ effect: 0.3, n: [100, 400], replicates: [1, 3], reply_icc: 0.5 });
  const texts = textsOf(plotPower(plan).svg);
  assert(texts.includes("replicates 1") && texts.includes("replicates 3"));
  const labelled = planPower({ effect: 0.3, n: [100, 400], label: "our study" });
  assert(textsOf(plotPower(labelled).svg).includes("our study"));
});

Deno.test("plotPower(plan) says where the power is never, or always, as wanted", () => {
  const low = plotPower(planPower({ effect: 0.02, n: [100, 200] }));
  assertStringIncludes(low.summary, "never reaches 80%");
  assertEquals(circlesOf(low.svg).filter(({ r }) => r === 6.5).length, 0);
  const high = plotPower(planPower({ effect: 2, n: [100, 200] }));
  assertStringIncludes(high.summary, "is above 80% from n 100");
  assert(textsOf(high.svg).includes("n ≤ 100"));
});

Deno.test("plotPower(plan) draws what has no power as a gap", () => {
  const plan = planPower({ effect: 0.5, n: [20, 200, 400], cluster_size: 20, icc: 0.05 });
  assertEquals(circlesOf(plotPower(plan).svg).filter(({ r }) => r === 3).length, 2);
});

Deno.test("plotPower(width) keeps every text within the card", () => {
  const long = planPower({
    effect: 0.3,
    n: [100, 400],
    label: "personas with a very_long_name_without_any_space",
  });
  for (const width of [320, 640, 1200]) {
    for (const { lines, x, size, anchor } of drawnTexts(readSvg(plotPower(long, { width }).svg))) {
      assert(size >= 11);
      const longest = Math.max(...lines.map((line) => [...line].length)) * size * 0.46;
      const left = anchor === "start" ? x : anchor === "end" ? x - longest : x - longest / 2;
      assert(left >= 0 && left + longest <= width + 2, `"${lines.join(" / ")}" leaves the card of ${width}`);
    }
  }
});

Deno.test("plotPower(…) names what is wrong with its arguments", () => {
  assertThrows(() => plotPower(tableOf({ n: [1, 2] })), RangeError, "no column 'power'");
  assertThrows(() => plotPower(planPower({ effect: 0.3, n: 100 })), RangeError, "neither several 'n'");
  assertThrows(() => plotPower(curve, { x: "label" }), RangeError, "no column 'label'");
  assertThrows(() => plotPower(curve, { x: "test" }), TypeError, "'x' must name a column of numbers");
  assertThrows(() => plotPower(curve, { target: 1 }), RangeError, "'target' must lie between 0 and 1");
  assertThrows(() => plotPower(curve, { width: 100 }), RangeError, "320 to 2000");
  assertThrows(() => plotPower(curve, { power: 0.8 } as never), TypeError, "option 'power' is unknown");
});
