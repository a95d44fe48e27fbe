import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { estimateDrift } from "@understudy/understudy/drift";
import { plotDrift } from "@understudy/understudy/plots";
import { axisOf, drawnTexts, elementsOf, linesOf, pointsOf, readSvg, type SvgElement } from "./read_svg.ts";

const columns = {
  control: ["ideology", "news_source", "ideology", "news_source"],
  arm: ["incursion", "incursion", "incursion", "incursion"],
  reference: ["exercise", "exercise", "exercise", "exercise"],
  statistic: [0.31, 0.12, 0.05, NaN],
  null_mean: [0.06, 0.05, 0.06, NaN],
  null_high: [0.11, 0.09, 0.11, NaN],
  p_adjusted: [0.0005, 0.003, 0.71, NaN],
  conf_low: [0.25, 0.08, 0.02, NaN],
  conf_high: [0.38, 0.17, 0.12, NaN],
  verdict: ["drift", "drift", "no drift found", "not checked"],
  reason: ["", "", "", "no answers in arm exercise"],
};
const labels = ["left out", "left out", "stated", "stated"];

function bandsOf(root: SvgElement): { left: number; right: number; middle: number }[] {
  return elementsOf(root).filter((group) => group.attributes["aria-label"] === "rect").flatMap((group) =>
    (group.children as SvgElement[]).map(({ attributes }) => ({
      left: Number(attributes.x),
      right: Number(attributes.x) + Number(attributes.width),
      middle: Number(attributes.y) + Number(attributes.height) / 2,
    }))
  );
}

Deno.test("plotDrift(drift) draws the null from 0 to its 95% point and the statistic at its value", () => {
  const root = readSvg(plotDrift(tableOf(columns)).svg);
  const valueAt = axisOf(root);
  const bands = bandsOf(root);
  const points = pointsOf(root);
  assertEquals(bands.length, 3);
  for (const band of bands) assertAlmostEquals(valueAt(band.left), 0, 1e-3);
  // Rows of one control stand together: ideology, ideology, news_source.
  const expected = [[0.31, 0.11, 0.06], [0.05, 0.11, 0.06], [0.12, 0.09, 0.05]];
  expected.forEach(([statistic, high, mean], row) => {
    assertAlmostEquals(valueAt(points[row]!.x), statistic!, 1e-3);
    assertAlmostEquals(valueAt(bands[row]!.right), high!, 1e-3);
    assertAlmostEquals(points[row]!.y, bands[row]!.middle, 0.01);
    const tick = linesOf(root).find(({ x1, x2, y1 }) =>
      x1 === x2 && y1 < points[row]!.y - 8 && y1 > points[row]!.y - 10
    );
    assertAlmostEquals(valueAt(tick!.x1), mean!, 1e-3);
  });
});

Deno.test("plotDrift(drift) marks the points beyond their null, and only those", () => {
  const points = pointsOf(readSvg(plotDrift(tableOf(columns)).svg));
  assertEquals(points.map(({ shape }) => shape), ["square", "circle", "square"]);
  assertEquals(new Set(points.map(({ fill }) => fill)).size, 2);
});

Deno.test("plotDrift(drift) starts the axis at 0", () => {
  const root = readSvg(plotDrift(tableOf(columns)).svg);
  const ticks = drawnTexts(root).filter(({ text }) => /^−?\d\.\d+$/.test(text)).map(({ text }) =>
    Number(text)
  );
  assertEquals(Math.min(...ticks), 0);
  assertAlmostEquals(axisOf(root)(bandsOf(root)[0]!.left), 0, 1e-3);
});

Deno.test("plotDrift(label) puts before and after a repair under one heading for each control", () => {
  const texts = drawnTexts(readSvg(plotDrift(tableOf({ ...columns, label: labels })).svg));
  const order = texts.filter(({ text }) => ["ideology", "news_source", "left out", "stated"].includes(text))
    .sort((a, b) => a.y - b.y).map(({ text }) => text);
  assertEquals(order, ["ideology", "left out", "stated", "news_source", "left out", "stated"]);
});

Deno.test("plotDrift(drift) labels iterations where a repair's table is drawn", () => {
  const texts = drawnTexts(readSvg(plotDrift(tableOf({ ...columns, iteration: [0, 0, 1, 1] })).svg));
  assertEquals(texts.filter(({ text }) => /^iteration [01]$/.test(text)).length, 4);
});

Deno.test("plotDrift(drift) prints value, interval, adjusted p and verdict beside each row", () => {
  const { svg, summary } = plotDrift(tableOf(columns));
  const texts = drawnTexts(readSvg(svg)).map(({ text }) => text);
  assert(texts.includes("0.31 [0.25, 0.38]"));
  assert(texts.includes("p < .001, drift"));
  assert(texts.includes("p = .710, no drift found"));
  assertStringIncludes(summary, "news_source 0.12 [0.08, 0.17], beyond 0.09, p = .003, drift");
  assertStringIncludes(summary, "ideology 0.05 [0.02, 0.12], within 0.11");
});

Deno.test("plotDrift(drift) keeps a control that could not be checked as a row with its reason", () => {
  const { svg } = plotDrift(tableOf({ ...columns, label: labels }));
  const texts = drawnTexts(readSvg(svg)).map(({ text }) => text);
  assert(texts.includes("not computed"));
  assert(texts.includes("Not computed: news_source (stated): no answers in arm exercise."));
});

Deno.test("plotDrift(drift) names the arms where there are several pairs", () => {
  const table = tableOf({ ...columns, arm: ["threat", "threat", "promise", "promise"] });
  const texts = drawnTexts(readSvg(plotDrift(table).svg)).map(({ text }) => text);
  assertEquals(texts.filter((text) => text === "threat v. exercise").length, 2);
  assertEquals(texts.filter((text) => text === "promise v. exercise").length, 2);
});

Deno.test("plotDrift(drift) takes what estimateDrift returns", () => {
  const n = 60;
  const answers = tableOf({
    persona_id: Array.from({ length: n }, (_, row) => `p${row}`),
    arm: Array.from({ length: n }, (_, row) => (row % 2 === 0 ? "control" : "threat")),
    paper: Array.from({ length: n }, (_, row) => (row % 2 === 0 ? "left" : "right")),
    region: Array.from({ length: n }, (_, row) => (row % 4 < 2 ? "north" : "south")),
  });
  const drift = estimateDrift(answers, { controls: ["paper", "region"], permutations: 199, bootstraps: 50 });
  const points = pointsOf(readSvg(plotDrift(drift).svg));
  assertEquals(points.slice(0, 2).map(({ shape }) => shape), ["square", "circle"]);
});

Deno.test("plotDrift(drift) is one well-formed svg whatever the labels hold", () => {
  const hostile = `</text><script>alert(1)</script>&nbsp; "'\u00a0\ufffe`;
  const table = tableOf({
    ...columns,
    control: Array(4).fill(hostile),
    label: labels,
    verdict: Array(4).fill(hostile),
  });
  const root = readSvg(plotDrift(table, { title: hostile, subtitle: hostile, unit: hostile }).svg);
  const names = elementsOf(root).map(({ name }) => name);
  assert(!names.includes("script"));
  assertEquals(names.filter((name) => name === "svg").length, 1);
});

Deno.test("plotDrift(width) keeps its texts within a narrow card", () => {
  for (const width of [320, 420]) {
    const root = readSvg(plotDrift(tableOf({ ...columns, label: labels }), { width }).svg);
    for (const { lines, x, size, anchor } of drawnTexts(root)) {
      const longest = Math.max(...lines.map((line) => [...line].length)) * size * 0.46;
      const left = anchor === "start" ? x : x - longest / 2;
      assert(left >= 0 && left + longest <= width + 2, `"${lines.join(" / ")}" leaves the card of ${width}`);
    }
  }
});

Deno.test("plotDrift(…) names what is wrong with its arguments", () => {
  assertThrows(() => plotDrift(tableOf({ control: ["a"] })), RangeError, "no column 'arm', 'reference'");
  assertThrows(
    () => plotDrift(tableOf(columns), { truth: 1 } as never),
    TypeError,
    "option 'truth' is unknown",
  );
  assertThrows(() => plotDrift(tableOf(columns), { label: "wave" }), RangeError, "no column 'wave'");
});

Deno.test("plotDrift(drift) names the measure on its axis, and in its rows where there are several", () => {
  const answers = tableOf({
    arm: Array.from({ length: 40 }, (_, i) => i < 20 ? "control" : "threat"),
    trust: Array.from({ length: 40 }, (_, i) => 1 + (i * 7) % 5),
  });
  const options = { controls: "trust", permutations: 99, bootstraps: 50 };
  const one = plotDrift(estimateDrift(answers, { ...options, measures: "Wasserstein" }));
  assertStringIncludes(one.svg, "Wasserstein distance between arms, in points of the scale");
  const two = plotDrift(estimateDrift(answers, { ...options, measures: ["total variation", "energy"] }));
  assertStringIncludes(two.svg, "each row in units of its measure");
  assertStringIncludes(two.summary, "trust, energy");
});
