import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { jupyterDisplay, type Table, tableOf } from "@understudy/understudy/core";
import { plotEffects } from "@understudy/understudy/plots";
import { axisOf, drawnTexts, elementsOf, linesOf, pointsOf, readSvg } from "./read_svg.ts";

const hostile = `<script>alert("1")</script> & 'x' ]]> \u0000\u00a0--`;

function effects(): Table {
  return tableOf({
    label: ["Ideology left out", "Ideology stated"],
    outcome: ["support", "support"],
    term: ["incursion", "incursion"],
    estimate: [1.21, 0.52],
    conf_low: [0.98, 0.29],
    conf_high: [1.44, 0.75],
    basis: ["synthetic", "synthetic"],
  });
}

function textsOf(svg: string): string[] {
  return drawnTexts(readSvg(svg)).map(({ text }) => text);
}

Deno.test("plotEffects(estimates) puts points and intervals at their values on the axis", () => {
  const root = readSvg(plotEffects(effects()).svg);
  const valueAt = axisOf(root);
  const points = pointsOf(root);
  assertEquals(points.length, 2);
  assertAlmostEquals(valueAt(points[0]!.x), 1.21, 1e-3);
  assertAlmostEquals(valueAt(points[1]!.x), 0.52, 1e-3);
  const intervals = linesOf(root).filter(({ y1, y2, x1, x2 }) => y1 === y2 && x1 !== x2);
  assertEquals(intervals.length, 2);
  assertAlmostEquals(valueAt(intervals[0]!.x1), 0.98, 1e-3);
  assertAlmostEquals(valueAt(intervals[0]!.x2), 1.44, 1e-3);
  assertAlmostEquals(valueAt(intervals[1]!.x1), 0.29, 1e-3);
  assertAlmostEquals(intervals[0]!.y1, points[0]!.y, 1e-6);
  assert(points[0]!.y < points[1]!.y);
});

Deno.test("plotEffects(label: estimator) names each estimator once", () => {
  const estimator = ["difference in means", "entropy balancing"];
  const { svg } = plotEffects(effects().assign(tableOf({ estimator })) as Table, { label: "estimator" });
  assertEquals(textsOf(svg).filter((text) => estimator.includes(text)), estimator);
});

Deno.test("plotEffects(estimates) draws a line at no effect, through all rows", () => {
  const root = readSvg(plotEffects(effects()).svg);
  const [first, last] = [pointsOf(root)[0]!, pointsOf(root).at(-1)!];
  const zero = elementsOf(root).filter(({ name, attributes }) =>
    name === "line" && attributes.x1 === attributes.x2
  )
    .filter(({ attributes }) => Math.abs(axisOf(root)(Number(attributes.x1))) < 1e-3);
  assert(zero.some(({ attributes }) => Number(attributes.y1) < first.y && Number(attributes.y2) > last.y));
});

Deno.test("plotEffects(truth) marks the truth and sets apart the interval that misses it, by colour and shape", () => {
  const { svg, summary } = plotEffects(effects(), { truth: 0.5 });
  const root = readSvg(svg);
  const dashed = linesOf(root).filter((line) => line.dashed);
  assertEquals(dashed.length, 1);
  assertAlmostEquals(axisOf(root)(dashed[0]!.x1), 0.5, 1e-3);
  const [misses, holds] = pointsOf(root);
  assertEquals([misses!.shape, holds!.shape], ["square", "circle"]);
  assert(misses!.fill !== holds!.fill);
  const texts = textsOf(svg);
  assert(texts.includes("true effect 0.50"));
  assert(texts.includes("misses the true effect"));
  assert(texts.includes("holds the true effect"));
  assertMatch(summary, /Ideology stated 0\.52 \[0\.29, 0\.75\] holds the true effect 0\.50/);
});

Deno.test("plotEffects(truth) counts the ends of an interval as inside", () => {
  const table = tableOf({ term: ["a", "b"], estimate: [1, 1], conf_low: [0.5, 0.51], conf_high: [1.5, 1.5] });
  assertEquals(pointsOf(readSvg(plotEffects(table, { truth: 0.5 }).svg)).map(({ shape }) => shape), [
    "circle",
    "square",
  ]);
});

Deno.test("plotEffects(truth) takes one truth for each term, drawn in its own rows only", () => {
  const table = tableOf({
    term: ["a", "b", "c"],
    estimate: [1, 2, 3],
    conf_low: [0, 1, 2],
    conf_high: [2, 3, 4],
  });
  const root = readSvg(plotEffects(table, { truth: { a: 0.5, b: 3.5 } }).svg);
  const points = pointsOf(root);
  const dashed = linesOf(root).filter((line) => line.dashed).sort((a, b) => a.y1 - b.y1);
  assertEquals(dashed.map(({ x1 }) => Number(axisOf(root)(x1).toFixed(2))), [0.5, 3.5]);
  assert(dashed[0]!.y1 < points[0]!.y && dashed[0]!.y2 > points[0]!.y && dashed[0]!.y2 < points[1]!.y);
  assertEquals(points.map(({ shape }) => shape), ["circle", "square", "circle"]);
});

Deno.test("plotEffects(estimates) says in print what the estimates rest on", () => {
  const note = (basis: string[]) => {
    const n = basis.length;
    const columns = {
      term: basis,
      estimate: Array(n).fill(1),
      conf_low: Array(n).fill(0),
      conf_high: Array(n).fill(2),
    };
    return textsOf(plotEffects(tableOf({ ...columns, basis })).svg).join("\n");
  };
  assertStringIncludes(note(["synthetic"]), "Synthetic answers only: exploratory, carries no guarantee.");
  assertStringIncludes(note(["human"]), "Human answers.");
  assert(!note(["human"]).includes("no guarantee"));
  assertStringIncludes(
    note(["synthetic", "human"]),
    "Synthetic rows are exploratory and carry no guarantee.",
  );
  const bare = tableOf({ term: ["a"], estimate: [1], conf_low: [0], conf_high: [2] });
  assertStringIncludes(textsOf(plotEffects(bare).svg).join("\n"), "Basis not stated");
});

Deno.test("plotEffects(estimates) keeps an estimate that is NaN as a row with its reason", () => {
  const table = tableOf({
    term: ["a", "b"],
    estimate: [1, NaN],
    conf_low: [0, NaN],
    conf_high: [2, NaN],
    reason: ["", "every answer was refused"],
  });
  const { svg, summary } = plotEffects(table, { truth: 1 });
  const texts = textsOf(svg);
  assertEquals(pointsOf(readSvg(svg)).length, 1);
  assert(texts.includes("b") && texts.includes("not estimated"));
  assert(texts.includes("Not estimated: b: every answer was refused."));
  assertStringIncludes(summary, "b not estimated");
});

Deno.test("plotEffects(estimates) draws a table in which nothing could be estimated", () => {
  const table = tableOf({ term: ["a"], estimate: [NaN], conf_low: [null], conf_high: [undefined] });
  assertEquals(pointsOf(readSvg(plotEffects(table).svg)).length, 0);
});

Deno.test("plotEffects(estimates) draws an endless interval to the edge of the axis and no further", () => {
  const table = tableOf({ term: ["a"], estimate: [1], conf_low: [-Infinity], conf_high: [2] });
  const root = readSvg(plotEffects(table).svg);
  const interval = linesOf(root).find(({ y1, y2 }) => y1 === y2)!;
  assert(Number.isFinite(interval.x1) && interval.x1 > 0 && interval.x2 < 640);
  assert(textsOf(plotEffects(table).svg).includes("1.00 [−∞, 2.00]"));
});

Deno.test("plotEffects(estimates) names what tells rows apart, and nothing that does not", () => {
  const table = tableOf({
    term: ["threat", "threat"],
    outcome: ["support", "trust"],
    estimator: ["difference in means", "difference in means"],
    estimate: [1, 2],
    conf_low: [0, 1],
    conf_high: [2, 3],
    conf_level: [0.9, 0.9],
    reference: ["calm", "calm"],
  });
  const texts = textsOf(plotEffects(table).svg);
  assert(texts.includes("support") && texts.includes("trust"));
  assert(!texts.some((text) => text.includes("difference in means")));
  assert(texts.includes("estimate [90% interval]"));
  assert(texts.includes("difference from calm, in units of the outcome"));
});

Deno.test("plotEffects(estimates) is one well-formed svg whatever the labels hold", () => {
  const table = tableOf({
    label: [hostile],
    outcome: [hostile],
    term: [hostile],
    estimate: [NaN],
    conf_low: [NaN],
    conf_high: [NaN],
    basis: [hostile],
    reason: [hostile],
  });
  const options = { title: hostile, subtitle: hostile, unit: hostile };
  const figure = plotEffects(table, options);
  const root = readSvg(figure.svg);
  const names = elementsOf(root).map(({ name }) => name);
  assertEquals(root.name, "svg");
  assertEquals(names.filter((name) => name === "svg").length, 1);
  assert(!names.includes("script") && !names.includes("style"));
  assert(textsOf(figure.svg).some((text) => text.includes('<script>alert("1")</script> &')));
});

Deno.test("plotEffects(estimates) stands alone: size, role, title, description, background and ink of its own", () => {
  const root = readSvg(plotEffects(effects(), { title: "Effect of an incursion" }).svg);
  assertEquals(root.attributes.xmlns, "http://www.w3.org/2000/svg");
  assertEquals(root.attributes.viewBox, `0 0 640 ${root.attributes.height}`);
  assertEquals([root.attributes.width, root.attributes.role], ["640", "img"]);
  const [title, description, card] = elementsOf(root).slice(1, 4);
  assertEquals([title!.name, title!.children[0]], ["title", "Effect of an incursion"]);
  assertEquals(description!.name, "desc");
  assertEquals([card!.name, card!.attributes.fill], ["rect", "#ffffff"]);
  assert(elementsOf(root).every(({ attributes }) => !Object.values(attributes).includes("currentColor")));
});

Deno.test("plotEffects(width) keeps every text within the card, none below 11 pixels", () => {
  const label =
    "Personas with ideology, party, region and a_very_long_attribute_name_without_any_space_in_it stated";
  const table = tableOf({
    label: [label, "short"],
    term: ["a", "b"],
    estimate: [123.4, -0.001],
    conf_low: [-1000, -2],
    conf_high: [1000, 2],
    reason: ["", ""],
  });
  for (const width of [320, 420, 640, 1200]) {
    const figure = plotEffects(table, { width, truth: 900, title: `${label} ${label}`, unit: label });
    for (const { lines, x, size, anchor, bold } of drawnTexts(readSvg(figure.svg))) {
      assert(size >= 11, `${lines.join(" ")} is set in ${size} px`);
      // What Helvetica's small letters take on average, at the least.
      const longest = Math.max(...lines.map((line) => [...line].length)) * size * (bold ? 0.49 : 0.46);
      const left = anchor === "start" ? x : anchor === "end" ? x - longest : x - longest / 2;
      assert(left >= 0 && left + longest <= width + 2, `"${lines.join(" / ")}" leaves the card of ${width}`);
    }
  }
});

Deno.test("plotEffects(estimates) sets texts of different rows apart", () => {
  const n = 30;
  const table = tableOf({
    term: Array.from({ length: n }, (_, row) => `arm ${row} with a rather long name that takes two lines`),
    estimate: Array.from({ length: n }, (_, row) => row / 10),
    conf_low: Array.from({ length: n }, (_, row) => row / 10 - 1),
    conf_high: Array.from({ length: n }, (_, row) => row / 10 + 1),
  });
  const labels = drawnTexts(readSvg(plotEffects(table).svg)).filter(({ text }) => text.startsWith("arm "))
    .sort((a, b) => a.y - b.y);
  assertEquals(labels.length, n);
  labels.slice(1).forEach((label, index) => {
    const above = labels[index]!;
    assert(label.y >= above.y + above.lines.length * above.size * 1.3);
  });
});

Deno.test("plotEffects(estimates) is a figure that notebooks show as inline svg with a summary", () => {
  const figure = plotEffects(effects());
  const bundle = figure[jupyterDisplay]();
  assertEquals(Object.keys(bundle), ["text/html", "text/plain"]);
  assertEquals(bundle["text/html"], figure.svg);
  assertEquals(bundle["text/plain"], figure.summary);
  assert(!figure.summary.includes("\n"));
  assertEquals(figure.table.numRows(), 2);
});

Deno.test("plotEffects(estimates) leaves no document behind and gives the same drawing twice", () => {
  assertEquals(plotEffects(effects()).svg, plotEffects(effects()).svg);
  assertEquals("document" in globalThis, false);
});

Deno.test("plotEffects(…) names what is wrong with its arguments", () => {
  assertThrows(
    () => plotEffects(tableOf({ term: ["a"] })),
    RangeError,
    "no column 'estimate', 'conf_low', 'conf_high'",
  );
  const empty = tableOf({ term: [], estimate: [], conf_low: [], conf_high: [] });
  assertThrows(() => plotEffects(empty), RangeError, "at least one row");
  assertThrows(() => plotEffects(effects(), { truth: { threat: 1 } }), RangeError, `names "threat"`);
  assertThrows(() => plotEffects(effects(), { truth: NaN }), TypeError, "'truth' must be a finite number");
  assertThrows(() => plotEffects(effects(), { label: "arm" }), RangeError, "no column 'arm'");
  assertThrows(() => plotEffects(effects(), { width: 100 }), RangeError, "320 to 2000");
  assertThrows(
    () => plotEffects(effects(), { colour: "red" } as never),
    TypeError,
    "option 'colour' is unknown",
  );
});
