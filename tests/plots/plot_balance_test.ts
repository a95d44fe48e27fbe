import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { checkBalance } from "@understudy/understudy/designs";
import { plotBalance } from "@understudy/understudy/plots";
import { axisOf, drawnTexts, elementsOf, linesOf, pointsOf, readSvg } from "./read_svg.ts";

function balance(label?: string, shift = 0): Table {
  const columns = {
    covariate: ["age", "party", "party"],
    level: ["", "left", "right"],
    arm: ["threat", "threat", "threat"],
    reference: ["control", "control", "control"],
    statistic: [0.32 - shift, -0.08, 0.04],
    null_high: [0.25, 0.25, 0.25],
    verdict: [shift > 0 ? "balanced" : "imbalanced", "balanced", "balanced"],
    reason: ["", "", ""],
  };
  return tableOf(label === undefined ? columns : { ...columns, label: [label, label, label] });
}

function stack(first: Table, second: Table): Table {
  return tableOf(Object.fromEntries(
    first.columnNames().map((name) => [name, [...columnOf(first, name), ...columnOf(second, name)]]),
  ));
}

const textsOf = (svg: string) => drawnTexts(readSvg(svg)).map(({ text }) => text);
const rectanglesOf = (svg: string) =>
  elementsOf(readSvg(svg)).filter((group) => group.attributes["aria-label"] === "rect")
    .flatMap((group) => elementsOf(group).filter(({ name }) => name === "rect"));

Deno.test("plotBalance(balance) puts each difference at its value, and sets apart what is imbalanced", () => {
  const { svg, summary } = plotBalance(balance());
  const root = readSvg(svg);
  const points = pointsOf(root);
  points.forEach(({ x }, row) => assertAlmostEquals(axisOf(root)(x), [0.32, -0.08, 0.04][row]!, 2e-3));
  assertEquals(points.map(({ shape }) => shape), ["square", "circle", "circle"]);
  assertStringIncludes(summary, "age (threat less control) 0.32, imbalanced");
  assert(
    textsOf(svg).includes("party: left") &&
      textsOf(svg).includes("standardized difference, threat less control"),
  );
});

Deno.test("plotBalance(balance) draws what chance allows as a band, from 0 where signs are left out", () => {
  for (const absolute of [false, true]) {
    const { svg } = plotBalance(balance(), { absolute });
    const bands = rectanglesOf(svg);
    assertEquals(bands.length, 3);
    const [x, width] = [Number(bands[0]!.attributes.x), Number(bands[0]!.attributes.width)];
    const valueAt = axisOf(readSvg(svg));
    assertAlmostEquals(valueAt(x), absolute ? 0 : -0.25, 3e-3);
    assertAlmostEquals(valueAt(x + width), 0.25, 3e-3);
    if (absolute) assertAlmostEquals(valueAt(pointsOf(readSvg(svg))[1]!.x), 0.08, 3e-3);
  }
});

Deno.test("plotBalance(threshold) draws dashes at both sides and goes by them", () => {
  const { svg } = plotBalance(balance(), { threshold: 0.05 });
  const root = readSvg(svg);
  const dashes = linesOf(root).filter(({ dashed }) => dashed).map(({ x1 }) => axisOf(root)(x1)).sort((a, b) =>
    a - b
  );
  assertAlmostEquals(dashes[0]!, -0.05, 2e-3);
  assertAlmostEquals(dashes[1]!, 0.05, 2e-3);
  assertEquals(pointsOf(root).map(({ shape }) => shape), ["square", "square", "circle"]);
  assert(textsOf(svg).some((text) => text.includes("dashes: 0.05")));
});

Deno.test("plotBalance(label) puts samples of a covariate in one row: rings, and the last filled", () => {
  const { svg, summary } = plotBalance(stack(balance("before"), balance("after", 0.3)));
  const root = readSvg(svg);
  const points = pointsOf(root);
  assertEquals(points.length, 6);
  assertEquals(new Set(points.map(({ y }) => y)).size, 3);
  const texts = textsOf(svg);
  assert(texts.includes("0.32 → 0.02") && texts.includes("before → after"));
  assert(texts.some((text) => text.includes("ring: before · filled: after")));
  assertStringIncludes(
    summary,
    "age (threat less control, before) 0.32, imbalanced; age (threat less control, after) 0.02",
  );
});

Deno.test("plotBalance(checkBalance(…)) draws several arms and keeps what could not be computed as a row", () => {
  const random = stream(1, "plot");
  const table = tableOf({
    arm: Array.from({ length: 60 }, (_, i) => ["control", "a", "b"][i % 3]),
    age: Array.from({ length: 60 }, () => random.normal()),
    same: new Array(60).fill(3),
  });
  const { svg } = plotBalance(checkBalance(table, { covariates: ["age", "same"], permutations: 99 }));
  const texts = textsOf(svg);
  assert(texts.includes("a less control") && texts.includes("b less control"));
  assertEquals(pointsOf(readSvg(svg)).length, 2);
  assert(
    texts.some((text) => text.includes("Not computed: same (a less control): does not vary.")),
    texts.join("|"),
  );
});

Deno.test("plotBalance(width) keeps every text within the card, none below 11 pixels, whatever the labels hold", () => {
  const hostile = `<script>alert("1")</script> & a_long_name_without_any_space_in_it ]]>`;
  const table = tableOf({
    covariate: [hostile],
    level: [hostile],
    arm: ["a"],
    reference: ["b"],
    statistic: [0.2],
    label: [hostile],
  });
  for (const width of [320, 640, 1200]) {
    const root = readSvg(plotBalance(table, { width, title: hostile, threshold: 0.1 }).svg);
    assert(!elementsOf(root).some(({ name }) => name === "script"));
    for (const { lines, x, size, bold } of drawnTexts(root)) {
      assert(size >= 11);
      const longest = Math.max(...lines.map((line) => [...line].length)) * size * (bold ? 0.49 : 0.46);
      assert(x >= -longest / 2 && x <= width, lines.join(" "));
    }
  }
});

Deno.test("plotBalance(…) names what is wrong with its arguments", () => {
  assertThrows(() => plotBalance(tableOf({ covariate: ["a"] })), RangeError, "no column 'level', 'arm'");
  assertThrows(
    () => plotBalance(balance(), { threshold: 0 }),
    RangeError,
    "'threshold' must be a positive number",
  );
  assertThrows(() => plotBalance(balance(), { width: 100 }), RangeError, "320 to 2000");
  assertThrows(() => plotBalance(balance(), { label: "sample" }), RangeError, "no column 'sample'");
  assertThrows(() => plotBalance(balance(), { size: 1 } as never), TypeError, "option 'size' is unknown");
});
