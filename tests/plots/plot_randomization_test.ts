import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { sampleRandomizations } from "@understudy/understudy/estimation";
import { plotRandomization } from "@understudy/understudy/plots";
import { axisOf, drawnTexts, elementsOf, linesOf, readSvg, type SvgElement, textOf } from "./read_svg.ts";

const villages = tableOf({ arm: [1, 0, 0, 0, 0, 0, 1], budget: [15, 15, 20, 20, 10, 15, 30] });
const hostile = `<script>alert("1")</script> & "quotes" 'and' more`;

function draws(): ReturnType<typeof tableOf> {
  return sampleRandomizations(villages, { outcome: "budget" });
}

function barsOf(root: SvgElement): { x: number; width: number; height: number; blue: boolean }[] {
  return elementsOf(root).filter((group) => group.attributes["aria-label"] === "rect")
    .flatMap((group) => group.children as SvgElement[])
    .map(({ attributes }) => ({
      x: Number(attributes.x),
      width: Number(attributes.width),
      height: Number(attributes.height),
      blue: attributes.fill === "#0072b2",
    }));
}

Deno.test("plotRandomization(draws) draws the observed value where it belongs", () => {
  const root = readSvg(plotRandomization(draws()).svg);
  const [observed] = linesOf(root);
  assertAlmostEquals(axisOf(root)(observed!.x1), 6.5, 0.05);
  assertEquals(observed!.x1, observed!.x2);
});

Deno.test("plotRandomization(draws) colours the share of assignments that is the p-value", () => {
  const bars = barsOf(readSvg(plotRandomization(draws()).svg));
  const area = (list: typeof bars) => list.reduce((sum, bar) => sum + bar.height, 0);
  // All bars are equally wide, so that areas are heights.
  assertAlmostEquals(area(bars.filter(({ blue }) => blue)) / area(bars), 8 / 21, 1e-6);
  const greater = sampleRandomizations(villages, { outcome: "budget", alternative: "greater" });
  const upper = barsOf(readSvg(plotRandomization(greater).svg));
  assertAlmostEquals(area(upper.filter(({ blue }) => blue)) / area(upper), 5 / 21, 1e-6);
});

Deno.test("plotRandomization(draws) says in words what it shows", () => {
  const figure = plotRandomization(draws());
  assertEquals(
    figure.summary,
    "What random assignment alone does to budget: 1 observed 6.5, p = .381 (all 21 assignments).",
  );
  const texts = drawnTexts(readSvg(figure.svg)).map(({ text }) => text);
  assert(texts.includes("p = .381"));
  assert(texts.includes("Gone through: all 21 assignments."));
  assert(texts.includes("Synthetic answers only: exploratory, carries no guarantee."));
});

Deno.test("plotRandomization(several outcomes and arms) has a row for each, told apart and apart in space", () => {
  const arm = Array.from({ length: 12 }, (_, i) => ["control", "a", "b"][i % 3]!);
  const table = tableOf({ arm, y: arm.map((_, i) => i % 5), z: arm.map((_, i) => (i * i) % 7) });
  for (const width of [360, 640]) {
    const sampled = sampleRandomizations(table, { outcome: ["y", "z"], permutations: 50 });
    const root = readSvg(plotRandomization(sampled, { width }).svg);
    const lines = linesOf(root).sort((a, b) => a.y1 - b.y1);
    assertEquals(lines.length, 4);
    lines.slice(1).forEach((line, i) => {
      assert(Math.min(line.y1, line.y2) > Math.max(lines[i]!.y1, lines[i]!.y2));
    });
    for (const { x, lines: words, size, anchor } of drawnTexts(root)) {
      const longest = Math.max(...words.map((word) => [...word].length)) * size * 0.46;
      const left = anchor === "start" ? x : anchor === "end" ? x - longest : x - longest / 2;
      assert(left >= 0 && left + longest <= width + 2, words.join(" / "));
    }
    assertEquals(root.attributes.viewBox, `0 0 ${width} ${root.attributes.height}`);
  }
});

Deno.test("plotRandomization(draws) is one well-formed svg whatever the labels hold", () => {
  const table = tableOf({
    term: [hostile, hostile],
    outcome: [hostile, hostile],
    statistic: [1, NaN],
    observed: [NaN, NaN],
    p_value: [NaN, NaN],
  });
  const root = readSvg(plotRandomization(table, { title: hostile, subtitle: hostile, unit: hostile }).svg);
  assertEquals(elementsOf(root).filter(({ name }) => name === "script" || name === "style"), []);
  assertEquals(textOf(elementsOf(root)[1]!), hostile);
});

Deno.test("plotRandomization(bad input) says what is wrong", () => {
  assertThrows(
    () => plotRandomization(tableOf({ term: ["a"] })),
    RangeError,
    "no column 'statistic', 'observed'",
  );
  const empty = tableOf({ term: [], statistic: [], observed: [] });
  assertThrows(() => plotRandomization(empty), RangeError, "at least one row");
  assertThrows(() => plotRandomization(draws(), { width: 5 }), RangeError, "320 to 2000");
  assertThrows(
    () => plotRandomization(draws(), { colour: 1 } as never),
    TypeError,
    "option 'colour' is unknown",
  );
  const mixed = tableOf({ term: ["a", "a"], statistic: [1, 2], observed: [1, 2] });
  assertThrows(() => plotRandomization(mixed), RangeError, "one value for each outcome, term and test");
});
