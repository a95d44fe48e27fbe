import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { estimateDrift } from "@understudy/understudy/drift";
import { plotDrift } from "@understudy/understudy/plots";
import { measureText } from "../../lib/plots/text_layout.ts";
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

Deno.test("plotDrift(drift) names the measure on its axis, and each of several on an axis of its own", () => {
  const answers = tableOf({
    arm: Array.from({ length: 40 }, (_, i) => i < 20 ? "control" : "threat"),
    trust: Array.from({ length: 40 }, (_, i) => 1 + (i * 7) % 5),
  });
  const options = { controls: "trust", permutations: 99, bootstraps: 50 };
  const one = plotDrift(estimateDrift(answers, { ...options, measures: "Wasserstein" }));
  assertStringIncludes(one.svg, "Wasserstein distance between arms, in points of the scale");
  const two = plotDrift(estimateDrift(answers, { ...options, measures: ["total variation", "energy"] }));
  assertStringIncludes(two.svg, "total variation distance between arms");
  assertStringIncludes(two.svg, "energy distance between arms");
  assertStringIncludes(two.summary, "trust, energy");
});

/** Every drawn text as a rectangle, measured as wide as the layout holds it to be. */
function boxesOf(
  root: SvgElement,
): { text: string; left: number; right: number; top: number; bottom: number }[] {
  return drawnTexts(root).filter(({ anchor }) => anchor === "start").map((
    { text, lines, x, y, size, bold },
  ) => ({
    text,
    left: x,
    right: x + Math.max(...lines.map((line) => measureText(line, { size, bold }))),
    top: y,
    bottom: y + lines.length * size * 1.3,
  }));
}

const withMargin = {
  ...columns,
  margin: Array(4).fill(0.15),
  verdict: ["drift", "drift below margin", "drift", ""],
};

Deno.test("plotDrift(width) never lets a text run into another, with margins, several arms and measures", () => {
  const arms = { ...withMargin, arm: ["incursion", "incursion", "a second arm", "a second arm"] };
  const measures = {
    ...withMargin,
    measure: ["total variation", "total variation", "Wasserstein", "Wasserstein"],
  };
  for (const table of [columns, withMargin, arms, measures, { ...measures, label: labels }]) {
    for (const width of [320, 360, 480, 539, 540, 600, 640, 800, 1200, 2000]) {
      const boxes = boxesOf(readSvg(plotDrift(tableOf(table), { width }).svg));
      assert(boxes.some(({ text }) => text.startsWith("grey:")));
      boxes.forEach((a, i) => {
        assert(a.right <= width, `"${a.text}" leaves the card of ${width}`);
        for (const b of boxes.slice(i + 1)) {
          const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 1 ||
            b.bottom <= a.top + 1;
          assert(apart, `"${a.text}" runs into "${b.text}" at ${width}`);
        }
      });
    }
  }
});

Deno.test("plotDrift(margin) draws each margin as a dashed line with its key, and drift below it as such", () => {
  const { svg, summary } = plotDrift(tableOf(withMargin));
  const root = readSvg(svg);
  const dashes = linesOf(root).filter(({ dashed }) => dashed);
  assertEquals(dashes.length, 4);
  for (const { x1, x2 } of dashes) {
    assertEquals(x1, x2);
    assertAlmostEquals(axisOf(root)(x1), 0.15, 1e-3);
  }
  const texts = drawnTexts(root).map(({ text }) => text);
  assert(texts.some((text) => text.includes("dashed: margin, drift below it would not matter")));
  assert(texts.includes("p = .003, drift below margin"));
  assertStringIncludes(summary, "news_source 0.12 [0.08, 0.17], beyond 0.09, p = .003, drift below margin");
  assertEquals(pointsOf(root).filter(({ shape }) => shape === "circle").length, 1);
  assertEquals(linesOf(readSvg(plotDrift(tableOf(columns)).svg)).filter(({ dashed }) => dashed).length, 0);
});

Deno.test("plotDrift(measures) gives each measure a panel with an axis of its own", () => {
  const two = tableOf({
    ...columns,
    measure: ["Wasserstein", "Wasserstein", "Jensen-Shannon", "Jensen-Shannon"],
    statistic: [3, 1.5, 0.02, 0.01],
    null_mean: [0.5, 0.5, 0.001, 0.001],
    null_high: [1, 1, 0.004, 0.004],
    conf_low: [2, 1, 0.01, 0.005],
    conf_high: [4, 2, 0.04, 0.02],
  });
  const root = readSvg(plotDrift(two).svg);
  const [points, texts] = [pointsOf(root), drawnTexts(root)];
  // the lower panel stands on the figure's own axis
  assertAlmostEquals(axisOf(root)(points[2]!.x), 0.02, 1e-4);
  // the upper one on numbers below it, read as a reader would
  const name = texts.find(({ text }) => text.startsWith("Wasserstein distance between arms"))!;
  const ticks = texts.filter(({ text, y }) => /^\d(\.\d)?$/.test(text) && y < name.y && y > name.y - 20);
  const [first, last] = [ticks[0]!, ticks.at(-1)!];
  const valueAt = (x: number) => Number(last.text) * (x - first.x) / (last.x - first.x);
  assertAlmostEquals(valueAt(points[0]!.x), 3, 0.02);
  assertAlmostEquals(valueAt(points[1]!.x), 1.5, 0.02);
  assert(
    texts.some(({ text }) => text === "Jensen-Shannon") && texts.some(({ text }) => text === "Wasserstein"),
  );
  assertThrows(() => plotDrift(two, { unit: "points" }), RangeError, "'unit' must be left out");
});
