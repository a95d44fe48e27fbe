import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateControlBounds, estimateRobustness } from "@understudy/understudy/estimation";
import { plotSensitivity } from "@understudy/understudy/plots";
import { axisOf, drawnTexts, elementsOf, linesOf, pointsOf, readSvg, type SvgElement } from "./read_svg.ts";

const bounds = {
  outcome: ["support", "support", "support", "support"],
  term: ["threat", "threat", "threat", "threat"],
  reference: ["control", "control", "control", "control"],
  control: ["news_source", "news_source", "worship", "news_source"],
  // Out of order: rows are drawn by κ.
  kappa: [2, 0, 1, 1],
  estimate: [1, 1, 1, 1],
  bound_low: [-0.2, 1, NaN, 0.4],
  bound_high: [2.2, 1, NaN, 1.6],
  conf_low: [-0.6, 0.7, NaN, 0.1],
  conf_high: [2.6, 1.3, NaN, 1.9],
  conf_level: [0.95, 0.95, 0.95, 0.95],
  breakdown_kappa: [1.25, 1.25, NaN, 1.25],
  basis: ["synthetic", "synthetic", "synthetic", "synthetic"],
  reason: ["", "", "the control does not vary within arms", ""],
};

const robustness = {
  outcome: ["support", "support", "support"],
  term: ["threat", "threat", "threat"],
  reference: ["control", "control", "control"],
  benchmark: ["", "ideology", "ideology"],
  strength: [0, 1, 2],
  estimate: [0.5, 0.3, 0.1],
  conf_low: [0.3, 0.1, -0.2],
  conf_high: [0.7, 0.5, 0.4],
  conf_level: [0.95, 0.95, 0.95],
  robustness_value: [0.139, 0.139, 0.139],
  robustness_value_alpha: [0.076, 0.076, 0.076],
  q: [1, 1, 1],
  basis: ["synthetic", "synthetic", "synthetic"],
  reason: ["", "", ""],
};

function bandsOf(root: SvgElement): { left: number; right: number; middle: number }[] {
  return elementsOf(root).filter((group) => group.attributes["aria-label"] === "rect").flatMap((group) =>
    (group.children as SvgElement[]).map(({ attributes }) => ({
      left: Number(attributes.x),
      right: Number(attributes.x) + Number(attributes.width),
      middle: Number(attributes.y) + Number(attributes.height) / 2,
    }))
  );
}

function labelsOf(root: SvgElement, pattern: RegExp): string[] {
  return drawnTexts(root).filter(({ text }) => pattern.test(text)).sort((a, b) => a.y - b.y).map(({ text }) =>
    text
  );
}

Deno.test("plotSensitivity(bounds) draws what κ allows as a band, and a row where the interval reaches 0", () => {
  const root = readSvg(plotSensitivity(tableOf(bounds)).svg);
  const valueAt = axisOf(root);
  assertEquals(labelsOf(root, /^κ = [\d.]+$/), ["κ = 0", "κ = 1", "κ = 1.25", "κ = 2", "κ = 1"]);
  const bands = bandsOf(root);
  // Bounds are straight lines in κ: 1 ∓ 0.6 κ; none is drawn at κ = 0.
  [[0.4, 1.6], [0.25, 1.75], [-0.2, 2.2]].forEach(([low, high], row) => {
    assertAlmostEquals(valueAt(bands[row]!.left), low!, 1e-2);
    assertAlmostEquals(valueAt(bands[row]!.right), high!, 1e-2);
  });
  assertEquals(bands.length, 3);
  const diamond = pointsOf(root).find(({ y }) => Math.abs(y - bands[1]!.middle) < 0.01)!;
  assertAlmostEquals(valueAt(diamond.x), 0, 1e-2);
});

Deno.test("plotSensitivity(bounds) marks the intervals that hold 0, and only those", () => {
  const points = pointsOf(readSvg(plotSensitivity(tableOf(bounds)).svg));
  // The third is the diamond; worship has an estimate and no interval.
  assertEquals(points.map(({ shape }) => shape), ["circle", "circle", "square", "square", "circle"]);
});

Deno.test("plotSensitivity(bounds) says from which κ on the interval holds 0, and what was not computed", () => {
  const { svg, summary } = plotSensitivity(tableOf(bounds));
  const texts = drawnTexts(readSvg(svg)).map(({ text }) => text).join("\n");
  assertStringIncludes(texts, "news_source: 0 is in the interval from κ = 1.25 on.");
  assertStringIncludes(texts, "the control does not vary within arms");
  assertStringIncludes(texts, "Sensitivity, not a correction: κ is assumed; no data show it.");
  assertStringIncludes(texts, "Synthetic answers only");
  assertStringIncludes(
    summary,
    "news_source, κ = 1 0.40 to 1.60 [0.10 to 1.90]; news_source, κ = 1.25 0.25 to 1.75, reaches 0",
  );
});

Deno.test("plotSensitivity(bounds) adds no row where the interval reaches 0 beyond the κ shown, or without bias", () => {
  const first = tableOf(
    Object.fromEntries(Object.entries(bounds).map(([name, values]) => [name, [values[1], values[3]]])),
  );
  for (
    const [breakdown, told] of [[3, "from κ = 3 on"], [0, "holds 0 without any bias"], [
      Infinity,
      "no κ brings 0",
    ]] as const
  ) {
    const root = readSvg(
      plotSensitivity(first.assign({ breakdown_kappa: [breakdown, breakdown] }) as Table).svg,
    );
    assertEquals(labelsOf(root, /^κ = /), ["κ = 0", "κ = 1"]);
    assert(drawnTexts(root).some(({ text }) => text.includes(told)));
  }
});

Deno.test("plotSensitivity(robustness) draws the adjusted estimates as rows, and prints the robustness value", () => {
  const root = readSvg(plotSensitivity(tableOf(robustness)).svg);
  const valueAt = axisOf(root);
  assertEquals(labelsOf(root, /^no confounder$|×/), ["no confounder", "1 × ideology", "2 × ideology"]);
  const points = pointsOf(root);
  assertEquals(points.map(({ shape }) => shape), ["circle", "circle", "square"]);
  [0.5, 0.3, 0.1].forEach((estimate, row) => assertAlmostEquals(valueAt(points[row]!.x), estimate, 1e-2));
  const first = linesOf(root).find(({ y1, y2, x1, x2 }) => y1 === y2 && y1 === points[0]!.y && x1 !== x2)!;
  assertAlmostEquals(valueAt(first.x1), 0.3, 1e-2);
  assertAlmostEquals(valueAt(first.x2), 0.7, 1e-2);
  const texts = drawnTexts(root).map(({ text }) => text).join("\n");
  assertStringIncludes(texts, "Robustness value 13.9%");
  assertStringIncludes(texts, "7.6% once sampling error counts");
});

Deno.test("plotSensitivity(table) draws what the estimators return, at every width within the card", () => {
  const random = stream(1, "plot");
  const arm = Array.from({ length: 90 }, (_, i) => ["control", "threat", "offer"][i % 3]!);
  const table = tableOf({
    arm,
    age: arm.map(() => random.normal()),
    news: arm.map(() => random.uniform() < 0.5 ? "tv" : "web"),
    y: arm.map((own) => (own === "threat" ? 1 : 0) + random.normal()),
  });
  const tables = [
    estimateControlBounds(table, { outcome: "y", controls: ["news", "age"] }),
    estimateRobustness(table, { outcome: "y", covariates: ["age", "news"], q: 0.5 }),
  ];
  for (const drawn of tables) {
    for (const width of [320, 360, 640]) {
      const root = readSvg(plotSensitivity(drawn, { width }).svg);
      assert(drawnTexts(root).some(({ text }) => text.includes("threat v. control")));
      for (const { x, lines, size } of drawnTexts(root)) {
        if (lines.length > 0 && size > 0) assert(x >= 0 && x <= width);
      }
    }
  }
});

Deno.test("plotSensitivity(table) refuses a table of another kind, and unknown options", () => {
  const other = tableOf({ term: ["a"], reference: ["b"], estimate: [1], conf_low: [0], conf_high: [2] });
  assertThrows(
    () => plotSensitivity(other),
    RangeError,
    "must be a table of estimateControlBounds or estimateRobustness",
  );
  assertThrows(() => plotSensitivity(tableOf({ kappa: [1] })), RangeError, "term");
  assertThrows(
    () => plotSensitivity(tableOf(bounds), { height: 3 } as object),
    TypeError,
    "option 'height' is unknown",
  );
});
