import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { tableOf, tableOfRows } from "@understudy/understudy/core";
import { plotControls, type PlotControlsOptions } from "@understudy/understudy/plots";
import { longTable } from "../drift/drift_tables.ts";
import { drawnTexts, elementsOf, pointsOf, readSvg, type SvgElement, textOf } from "./read_svg.ts";

const rows = Array.from({ length: 40 }, (_, i) => i);
const wide = tableOf({
  persona_id: rows.map((i) => `p${i}`),
  arm: rows.map((i) => i < 20 ? "exercise" : "incursion"),
  // exercise: 15 left, 5 right; incursion: 8 left, 12 right
  paper: rows.map((i) => i < 15 || (i >= 20 && i < 28) ? "left" : "right"),
  children: rows.map((i) => i % 10),
  band: rows.map((i) => ["30-49", "18-29", "65+"][i % 3]),
});

function textsOf(svg: string): string[] {
  return drawnTexts(readSvg(svg)).map(({ text }) => text);
}

/** From pixels to shares, by the outer two of the axis' percentages. */
function percentAxisOf(root: SvgElement): (pixel: number) => number {
  const ticks = elementsOf(root).filter((group) => group.attributes["aria-label"] === "x-axis tick label")
    .flatMap((group) => group.children as SvgElement[])
    .map((tick) => ({
      pixel: Number(/translate\(([\d.]+),/.exec(tick.attributes.transform!)![1]),
      share: Number(textOf(tick).replace("%", "")) / 100,
    }));
  const [first, last] = [ticks[0]!, ticks.at(-1)!];
  return (pixel) =>
    first.share + (pixel - first.pixel) / (last.pixel - first.pixel) * (last.share - first.share);
}

Deno.test("plotControls(answers) puts each arm's share at its value", () => {
  const root = readSvg(plotControls(wide, { controls: "paper" }).svg);
  // the key has a point for each arm too
  const points = pointsOf(root).slice(2);
  const valueAt = percentAxisOf(root);
  const lines = [...Map.groupBy(points, ({ y }) => y).values()].map((row) =>
    row.map(({ x }) => valueAt(x)).sort((a, b) => a - b)
  );
  [[0.4, 0.75], [0.25, 0.6]].forEach(([low, high], row) => {
    assertAlmostEquals(lines[row]![0]!, low!, 2e-3);
    assertAlmostEquals(lines[row]![1]!, high!, 2e-3);
  });
});

Deno.test("plotControls(answers) writes shares beside each category, under its control", () => {
  const { svg, summary } = plotControls(wide, { controls: ["paper", "band"] });
  const texts = textsOf(svg);
  for (
    const text of [
      "paper",
      "left",
      "75% → 40%",
      "right",
      "25% → 60%",
      "exercise",
      "incursion",
      "exercise → incursion",
    ]
  ) {
    assert(texts.includes(text), text);
  }
  assertStringIncludes(summary, "(exercise v. incursion) paper: left 75% v. 40%, right 25% v. 60%");
  assert(texts.includes("Answers (exercise v. incursion): 20 v. 20 to each."));
});

Deno.test("plotControls(answers) orders categories by number, as stated, or by frequency, and gathers the rest", () => {
  const order = (options: Partial<PlotControlsOptions>, names: string[]) =>
    drawnTexts(readSvg(plotControls(wide, { controls: "band", ...options }).svg))
      .filter(({ text }) => names.includes(text)).sort((a, b) => a.y - b.y).map(({ text }) => text);
  const bands = ["18-29", "30-49", "65+"];
  assertEquals(order({}, bands), bands);
  assertEquals(order({ levels: { band: ["65+", "18-29"] } }, bands), ["65+", "18-29", "30-49"]);
  assertEquals(order({ controls: "paper" }, ["left", "right"]), ["left", "right"]);
  const texts = textsOf(plotControls(wide, { controls: "children" }).svg);
  assert(
    texts.includes("3 others") && texts.includes("30% → 30%") && texts.includes("6") && !texts.includes("7"),
  );
});

Deno.test("plotControls(answers) reads long tables and counts what is missing", () => {
  const long = longTable(wide.derive({ paper: "d => d.persona_id === 'p0' ? null : d.paper" }), [
    "paper",
    "band",
  ]);
  const texts = textsOf(plotControls(long, { controls: ["paper", "band"] }).svg);
  assert(texts.includes("74% → 40%"));
  assert(texts.includes("Missing answers, not in the shares: 1 to paper."));
  assert(texts.includes("Answers (exercise v. incursion): 19 v. 20 to paper; 20 v. 20 to band."));
});

Deno.test("plotControls(answers) draws several arms, the reference as a ring, and an arm without answers as none", () => {
  const arms = tableOfRows(
    rows.map((i) => ({
      arm: ["b", "control", "c"][i % 3],
      paper: i % 3 === 2 ? null : i % 2 === 0 ? "left" : "right",
    })),
    ["arm", "paper"],
  );
  const { svg, summary } = plotControls(arms, { controls: "paper" });
  assertStringIncludes(summary, "(control v. b v. c)");
  assertStringIncludes(summary, "v. –");
  const ring = elementsOf(readSvg(svg)).filter(({ attributes }) =>
    attributes["aria-label"] === "dot" && attributes.fill === "none"
  );
  assert(ring.length > 0);
  const many = tableOf({ arm: ["control", "a", "b", "c", "d", "e"], paper: Array(6).fill("x") });
  assertThrows(
    () => plotControls(many, { controls: "paper" }),
    RangeError,
    "'answers' must hold at most 5 arms",
  );
});

Deno.test("plotControls(width) keeps its texts within the card, and hostile labels within their text", () => {
  const hostile = `</text><script>alert(1)</script>&nbsp;`;
  const named = wide.derive({ paper: `d => d.paper + '${hostile}'` });
  for (const width of [320, 640]) {
    const root = readSvg(plotControls(named, { controls: ["paper", "band"], width, title: hostile }).svg);
    assert(!elementsOf(root).some(({ name }) => name === "script"));
    for (const { lines, x, size, anchor } of drawnTexts(root)) {
      const longest = Math.max(...lines.map((line) => [...line].length)) * size * 0.46;
      const left = anchor === "start" ? x : x - longest / 2;
      assert(left >= -2 && left + longest <= width + 2, `"${lines.join(" / ")}" leaves the card of ${width}`);
    }
  }
});

Deno.test("plotControls(…) names what is wrong", () => {
  const throws = (options: object, text: string) =>
    assertThrows(() => plotControls(wide, { controls: "paper", ...options }), Error, text);
  throws({ controls: [] }, "'controls' must name at least one");
  throws({ controls: "hat" }, "no column 'hat'");
  throws({ arm: "group" }, "no column 'group'");
  throws({ reference: "peace" }, "'reference' must be an arm");
  throws({ levels: { band: [] } }, "'levels' must name controls");
  throws({ labels: { band: {} } }, "'labels' must name controls");
  throws({ width: 100 }, "'width' must be a whole number");
  throws({ label: 1 }, "option 'label' is unknown");
});

/** Long answers of one item, in two arms of the same size. */
function longAnswers(values: unknown[], more: { [column: string]: unknown[] }) {
  const of = (pick: (i: number) => unknown) => values.flatMap((_, i) => [pick(i), pick(i)]);
  return tableOf({
    arm: values.flatMap(() => ["control", "threat"]),
    item: of(() => "garden"),
    value: of((i) => values[i]),
    status: of(() => "answered"),
    ...Object.fromEntries(Object.entries(more).map(([name, column]) => [name, of((i) => column[i])])),
  });
}

function categoriesIn(
  table: ReturnType<typeof tableOf>,
  options: Partial<PlotControlsOptions> = {},
): string[] {
  const { summary } = plotControls(table, { controls: "garden", ...options });
  return [...summary.matchAll(/(?:garden: |, )([^,]+?) \d+%/g)].map(([, name]) => name!);
}

Deno.test("plotControls(answers) shows 1 and 0 as yes and no where options or replies say so, and only there", () => {
  const order = [0, 1, 0].map(() => '["yes","no"]');
  assertEquals(categoriesIn(longAnswers([0, 1, 0], { option_order: order })), ["yes", "no"]);
  assertEquals(categoriesIn(longAnswers([0, 1, 0], { raw: ["No", "yes.", "no"] })), ["yes", "no"]);
  assertEquals(categoriesIn(longAnswers([0, 1, 0], { raw: ["0", "1", "0"] })), ["0", "1"]);
  assertEquals(categoriesIn(longAnswers([0, 1, 0], { raw: ["yes", "no", "yes"] })), ["0", "1"]);
  assertEquals(categoriesIn(longAnswers([0, 1, 2], { raw: ["no", "yes", "2"] })), ["0", "1", "2"]);
  assertEquals(categoriesIn(longAnswers(["no", "yes", "no"], {})), ["yes", "no"]);
});

Deno.test("plotControls(answers) has options in the order shown, unless they were shuffled", () => {
  const shown = '["never","a few times a year","every week"]';
  const values = ["every week", "every week", "never", "a few times a year"];
  const inOrder = ["never", "a few times a year", "every week"];
  assertEquals(categoriesIn(longAnswers(values, { option_order: values.map(() => shown) })), inOrder);
  const shuffled = ['["a"]', '["b"]', shown, '["c"]'];
  assertEquals(categoriesIn(longAnswers(values, { option_order: shuffled }))[0], "every week");
});

Deno.test("plotControls({ levels, labels }) takes the order and the words that the reader chooses", () => {
  const table = longAnswers([0, 1, 0], { option_order: [0, 1, 0].map(() => '["yes","no"]') });
  assertEquals(categoriesIn(table, { levels: { garden: [0, 1] } }), ["no", "yes"]);
  assertEquals(categoriesIn(table, { labels: { garden: { 1: "grew up with one" } } }), [
    "grew up with one",
    "no",
  ]);
});
