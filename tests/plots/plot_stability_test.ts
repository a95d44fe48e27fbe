import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { tableOf, tableOfRows } from "@understudy/understudy/core";
import { plotStability } from "@understudy/understudy/plots";
import { axisOf, drawnTexts, elementsOf, readSvg } from "./read_svg.ts";

const columns = [
  "outcome",
  "term",
  "reference",
  "turn",
  "estimator",
  "estimate",
  "conf_low",
  "conf_high",
  "conf_level",
  "basis",
  "verdict",
];

function row(
  outcome: string,
  term: string,
  turn: number,
  estimate: number,
  more: { [column: string]: unknown } = {},
) {
  return {
    outcome,
    term,
    reference: "",
    turn,
    estimator: "",
    estimate,
    conf_low: estimate - 0.05,
    conf_high: estimate + 0.05,
    conf_level: 0.95,
    basis: "synthetic",
    verdict: "measured",
    ...more,
  };
}

function stabilityTable(verdict: string, differs: string) {
  const half = { conf_low: 1.6, conf_high: 2.9, verdict };
  return tableOfRows([
    row("stability", "threat", 0, 0.9),
    row("stability", "threat", 2, 0.5),
    row("stability", "threat", 8, 0.2),
    row("stability", "control", 0, 0.9),
    row("stability", "control", 2, 0.8),
    row("stability", "control", 8, 0.7),
    row("no-persona level", "threat", NaN, 0.1, { estimator: "mean agreement of answers" }),
    row("no-persona level", "control", NaN, 0.1, { estimator: "mean agreement of answers" }),
    row("half-life", "threat", NaN, 2, half),
    row("half-life", "control", NaN, Infinity, { verdict: "no decay found" }),
    row("stability", "threat", 2, -0.3, { reference: "control", verdict: differs }),
    row("decay rate", "threat", NaN, 0.3, { reference: "control", verdict: "no difference found" }),
  ], columns);
}

function textsOf(svg: string): string[] {
  return drawnTexts(readSvg(svg)).map(({ text }) => text);
}

function circlesOf(svg: string, radius: number): { x: number; y: number }[] {
  return elementsOf(readSvg(svg)).filter(({ name, attributes }) =>
    name === "circle" && Number(attributes.r) === radius
  )
    .map(({ attributes }) => ({ x: Number(attributes.cx), y: Number(attributes.cy) }));
}

Deno.test("plotStability(table) puts each mean at its turn and its height", () => {
  const { svg } = plotStability(stabilityTable("decay", "differs by arm"));
  const dots = circlesOf(svg, 3);
  assertEquals(dots.length, 6);
  const turns = dots.map(({ x }) => Math.round(axisOf(readSvg(svg))(x) * 100) / 100);
  assertEquals(turns, [0, 2, 8, 0, 2, 8]);
  // The reference comes first; heights are linear in the score.
  const [first, second, third] = [dots[0]!, dots[1]!, dots[2]!];
  assertAlmostEquals((second.y - first.y) / (third.y - first.y), 0.5, 1e-3);
});

Deno.test("plotStability(table) has its ticks at whole turns", () => {
  const few = tableOfRows([0, 1, 2, 3].map((turn) => row("stability", "threat", turn, 0.9)), columns);
  const texts = textsOf(plotStability(few).svg);
  assertEquals(texts.filter((text) => /^[0-9.]+$/.test(text)), ["0", "1", "2", "3"]);
});

Deno.test("plotStability(table) marks the half-life on the curve, only where decay was found", () => {
  const { svg } = plotStability(stabilityTable("decay", "differs by arm"));
  const marks = circlesOf(svg, 6);
  assertEquals(marks.length, 1);
  assertAlmostEquals(axisOf(readSvg(svg))(marks[0]!.x), 2, 1e-2);
  assertAlmostEquals(marks[0]!.y, circlesOf(svg, 3)[4]!.y, 1e-6);
  assertEquals(circlesOf(plotStability(stabilityTable("no decay found", "")).svg, 6), []);
});

Deno.test("plotStability(table) names curves at their ends and says what was found", () => {
  const { svg, summary } = plotStability(stabilityTable("decay", "differs by arm"));
  const texts = textsOf(svg);
  for (const text of ["threat", "control", "half-life 2.0", "[1.6, 2.9]", "no decay found", "no persona"]) {
    assert(texts.includes(text), text);
  }
  assertStringIncludes(
    texts.join(" "),
    "Arms differ at turn 2 (permutation, Holm): drift that differs by arm",
  );
  assertStringIncludes(texts.join(" "), "Synthetic answers only");
  assertEquals(
    summary,
    "Personas fade differently by arm: control 90% at turn 0, 70% at turn 8, no decay found; threat 90% at turn 0, " +
      "20% at turn 8, half-life 2.0 [1.6, 2.9] turns.",
  );
});

Deno.test("plotStability(table) has a title for what was not found, too", () => {
  const titleOf = (verdict: string, differs: string) =>
    plotStability(stabilityTable(verdict, differs)).summary.split(":")[0];
  assertEquals(
    titleOf("no decay found", "no difference found"),
    "No fading of personas found over the dialogue",
  );
  assertEquals(titleOf("decay", "no difference found"), "Personas fade over the dialogue in some arms");
  const own = plotStability(stabilityTable("decay", ""), { title: "Our title", subtitle: "Our words" });
  assert(textsOf(own.svg).includes("Our title") && textsOf(own.svg).includes("Our words"));
});

Deno.test("plotStability(table) draws scores without an interval, and a single turn", () => {
  const bare = tableOf({
    outcome: ["stability", "stability"],
    term: ["a", "a"],
    turn: [1, 2],
    estimate: [0.9, NaN],
    conf_low: [NaN, NaN],
    conf_high: [NaN, NaN],
  });
  const { svg, summary } = plotStability(bare);
  assertEquals(circlesOf(svg, 3).length, 1);
  assertStringIncludes(summary, "a 90% at turn 1");
});

Deno.test("plotStability(table) is one svg element with a card and ink of its own", () => {
  const { svg } = plotStability(stabilityTable("decay", "differs by arm"));
  const root = readSvg(svg);
  assertEquals(root.name, "svg");
  assertEquals(elementsOf(root).filter(({ name }) => name === "svg").length, 1);
  assert(elementsOf(root).some(({ name, attributes }) => name === "rect" && attributes.fill === "#ffffff"));
});

Deno.test("plotStability(width) keeps every text within the card, and labels apart", () => {
  const names = ["personas_with_a_very_long_name", "b", "c", "d"];
  const crowded = tableOfRows(
    names.flatMap((name) => [0, 1, 2].map((turn) => row("stability", name, turn, 0.9))),
    columns,
  );
  for (const width of [320, 640, 1200]) {
    const texts = drawnTexts(readSvg(plotStability(crowded, { width }).svg));
    for (const { lines, x, size, anchor } of texts) {
      assert(size >= 11);
      const longest = Math.max(...lines.map((line) => [...line].length)) * size * 0.46;
      const left = anchor === "start" ? x : anchor === "end" ? x - longest : x - longest / 2;
      assert(left >= 0 && left + longest <= width + 2, `"${lines.join(" / ")}" leaves the card of ${width}`);
    }
    const labels = texts.filter(({ text }) => ["b", "c", "d"].includes(text)).map(({ y }) => y).sort((a, b) =>
      a - b
    );
    assertEquals(labels.length, 3);
    labels.slice(1).forEach((y, i) => assert(y - labels[i]! >= 15));
  }
});

Deno.test("plotStability(…) names what is wrong with its arguments", () => {
  assertThrows(() => plotStability(tableOf({ turn: [1] })), RangeError, "no column 'outcome'");
  const other = tableOfRows([row("recall", "a", 1, 0.9)], columns);
  assertThrows(() => plotStability(other), RangeError, "no rows with the outcome 'stability'");
  const table = stabilityTable("decay", "");
  assertThrows(() => plotStability(table, { width: 100 }), RangeError, "320 to 2000");
  assertThrows(() => plotStability(table, { arms: 2 } as never), TypeError, "option 'arms' is unknown");
});

Deno.test("plotStability(table) claims nothing of what was not checked, and has no turns below 0", () => {
  const empty = tableOfRows([
    row("stability", "threat", NaN, NaN, { conf_low: NaN, conf_high: NaN, verdict: "not checked" }),
    row("half-life", "threat", NaN, NaN, { conf_low: NaN, conf_high: NaN, verdict: "not checked" }),
  ], columns);
  const bare = tableOfRows([row("stability", "threat", 0, 0.9)], columns);
  const compared = row("stability", "threat", 2, NaN, { reference: "control", verdict: "not checked" });
  const uncompared = empty.concat(tableOfRows([compared], columns)) as typeof empty;
  assert(!plotStability(uncompared).svg.includes("No difference between arms"));
  for (const table of [empty, bare, uncompared]) {
    const { svg, summary } = plotStability(table);
    assertStringIncludes(summary, "Whether personas fade over the dialogue was not checked");
    assert(!svg.includes("NaN") && !svg.includes("Infinity"));
    const ticks = textsOf(svg).filter((text) => /^[−-]?[\d.]+$/.test(text));
    assertEquals(ticks, ["0", "1"]);
  }
  assert(textsOf(plotStability(empty).svg).includes("no scores"));
  const partly = tableOfRows([
    row("stability", "a", 0, 0.9),
    row("stability", "a", 1, 0.9),
    row("half-life", "a", NaN, Infinity, { verdict: "no decay found" }),
    row("stability", "b", NaN, NaN),
    row("half-life", "b", NaN, NaN, { verdict: "not checked" }),
  ], columns);
  assertStringIncludes(plotStability(partly).summary, "found over the dialogue in the arms checked");
});

Deno.test("plotStability(table) starts its axis at 0, also where the first question comes later", () => {
  const late = tableOfRows([2, 4].map((turn) => row("stability", "threat", turn, 0.9)), columns);
  const { svg } = plotStability(late);
  assertEquals(textsOf(svg).filter((text) => /^[0-9.]+$/.test(text)), ["0", "1", "2", "3", "4"]);
  const at = axisOf(readSvg(svg));
  circlesOf(svg, 3).forEach(({ x }, i) => assertAlmostEquals(at(x), 2 + 2 * i, 1e-2));
});
