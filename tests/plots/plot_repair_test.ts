import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Table, tableOf } from "@understudy/understudy/core";
import { compareRepairs, repairDrift } from "@understudy/understudy/drift";
import { plotRepair, type RepairRecord } from "@understudy/understudy/plots";
import { drawnTexts, elementsOf, linesOf, pointsOf, readSvg, type SvgElement } from "./read_svg.ts";

const drift = tableOf({
  iteration: [0, 0, 1, 1, 2, 2],
  label: ["base persona", "base persona", "with age", "with age", "with age, party", "with age, party"],
  role: ["steer", "judge", "steer", "judge", "steer", "judge"],
  control: ["paper", "church", "paper", "church", "paper", "church"],
  arm: Array(6).fill("threat"),
  reference: Array(6).fill("control"),
  statistic: [0.3, 0.2, 0.25, 0.22, 0.05, NaN],
  null_mean: Array(6).fill(0.05),
  null_high: [0.1, 0.1, 0.1, 0.12, 0.1, NaN],
  p_adjusted: [0.001, 0.001, 0.001, 0.001, 0.6, NaN],
  conf_low: Array(6).fill(0),
  conf_high: Array(6).fill(0.4),
  verdict: ["drift", "drift", "drift", "drift", "no drift found", "not checked"],
  reason: ["", "", "", "", "", "every answer is 'yes'"],
});
const labels = ["base persona", "with age", "with age, party"];
const effects = tableOf({
  iteration: [0, 1, 2],
  label: labels,
  outcome: Array(3).fill("support"),
  term: Array(3).fill("threat"),
  reference: Array(3).fill("control"),
  estimate: [1.2, 1.1, 0.5],
  conf_low: [0.9, 0.8, 0.2],
  conf_high: [1.5, 1.4, 0.8],
  basis: Array(3).fill("synthetic"),
});
const repair: RepairRecord = {
  iterations: tableOf({
    iteration: [0, 1, 2],
    label: labels,
    added: ["", "age", "party"],
    verdict: ["drift remains", "drift remains", "no drift found"],
  }),
  drift,
  effects,
};

function bandsOf(root: SvgElement): { x: number; y: number; width: number; height: number }[] {
  return elementsOf(root).filter((group) => group.attributes["aria-label"] === "rect").flatMap((group) =>
    (group.children as SvgElement[]).map(({ attributes }) => ({
      x: Number(attributes.x),
      y: Number(attributes.y),
      width: Number(attributes.width),
      height: Number(attributes.height),
    }))
  );
}

Deno.test("plotRepair(repair) draws each control's distance against its null, and the effect with its interval", () => {
  const root = readSvg(plotRepair(repair).svg);
  const points = pointsOf(root);
  assertEquals(points.length, 5 + 3);
  const bands = bandsOf(root);
  assertEquals(bands.length, 5);
  // heights are linear: 0 at the foot of a band, .1 at the top of the first
  const band = bands[0]!;
  const scale = band.height / 0.1;
  const paper = points.filter(({ y }) => y < band.y + band.height + 1).sort((a, b) => a.x - b.x);
  [0.3, 0.25, 0.05].forEach((statistic, run) => {
    assertAlmostEquals((band.y + band.height - paper[run]!.y) / scale, statistic, 2e-3);
  });
  assertEquals(paper.map(({ shape }) => shape), ["square", "square", "circle"]);
  const effect = points.slice(-3).sort((a, b) => a.x - b.x);
  assertEquals(effect.map(({ x }) => x), paper.map(({ x }) => x));
  const intervals = linesOf(root).filter(({ x1, x2, y1, y2 }) => x1 === x2 && y1 !== y2);
  assertEquals(intervals.length, 3);
  const [first, , last] = intervals.sort((a, b) => a.x1 - b.x1);
  assertAlmostEquals((first!.y1 - first!.y2) / (last!.y1 - last!.y2), 1, 1e-3);
});

Deno.test("plotRepair({ truth }) draws the truth as a dashed line and marks the intervals that miss it", () => {
  const without = readSvg(plotRepair(repair).svg);
  const dashed = (root: SvgElement) =>
    elementsOf(root).filter(({ attributes }) => attributes["stroke-dasharray"] !== undefined);
  assertEquals(dashed(without).length, 0);
  const root = readSvg(plotRepair(repair, { truth: 0.5 }).svg);
  assertEquals(dashed(root).length, 1);
  const effect = pointsOf(root).slice(-3).sort((a, b) => a.x - b.x);
  assertEquals(effect.map(({ shape }) => shape), ["square", "square", "circle"]);
  assert(drawnTexts(root).some(({ text }) => text === "dashed: true effect 0.50"));
});

Deno.test("plotRepair(repair) labels runs with what was added and their verdicts", () => {
  const texts = drawnTexts(readSvg(plotRepair(repair).svg)).map(({ text }) => text);
  for (
    const text of ["base persona", "+age", "+party", "steers", "judges", "Drift", "Effect", "on support"]
  ) {
    assert(texts.includes(text), text);
  }
  assertEquals(texts.filter((text) => text === "drift remains").length, 2);
  assert(texts.includes("0.30 → 0.05"));
});

Deno.test("plotRepair(repair) lists the runs in a note where they do not fit under the axis", () => {
  const steps = Array.from({ length: 9 }, (_, i) => i);
  const label = steps.map((i) => `step ${i}`);
  const long = {
    iterations: tableOf({
      label,
      added: steps.map((i) => `attribute_${i}`),
      verdict: steps.map((i) => i < 8 ? "drift remains" : "no drift found"),
    }),
    drift: drift.slice(0, 1).concat(...steps.slice(1).map(() => drift.slice(0, 1))).assign(
      tableOf({ label }),
    ),
    effects: effects.slice(0, 0),
  };
  const texts = drawnTexts(readSvg(plotRepair(long as RepairRecord, { width: 360 }).svg)).map(({ text }) =>
    text
  );
  assert(texts.includes("0: step 0, drift remains.") && texts.includes("8: +attribute_8, no drift found."));
});

Deno.test("plotRepair(repair) keeps a control that could not be computed, with its reason", () => {
  const { svg } = plotRepair(repair);
  const texts = drawnTexts(readSvg(svg)).map(({ text }) => text);
  assert(texts.includes("Not computed: church (+party): every answer is 'yes'."));
});

Deno.test("plotRepair(repair) tells what it shows", () => {
  const { summary, table } = plotRepair(repair);
  assertStringIncludes(
    summary,
    "base persona: drift remains (paper, church), effect on support 1.20 [0.90, 1.50]",
  );
  assertStringIncludes(summary, "+party: no drift found, effect on support 0.50 [0.20, 0.80]");
  assertEquals(table, (repair as { iterations: Table }).iterations);
});

const rows = Array.from({ length: 80 }, (_, i) => i);
const answersOf = (moved: boolean) =>
  Promise.resolve(tableOf({
    persona_id: rows,
    arm: rows.map((i) => i < 40 ? "control" : "threat"),
    paper: rows.map((i) => i % 2 === 0 || (moved && i > 50) ? "right" : "left"),
  }));
const quick = { permutations: 199, bootstraps: 49 };

Deno.test("plotRepair(…) takes what repairDrift and compareRepairs return, with and without effects", async () => {
  const repaired = await repairDrift(({ attributes }) => answersOf(attributes.length === 0), {
    candidates: ["party"],
    steer: "paper",
    ...quick,
  });
  assertEquals(pointsOf(readSvg(plotRepair(repaired).svg)).map(({ shape }) => shape).sort(), [
    "circle",
    "square",
  ]);
  const effect = () => tableOf({ term: ["threat"], estimate: [1], conf_low: [0.5], conf_high: [1.5] });
  const compared = await compareRepairs(answersOf, {
    repairs: { blind: true, stated: false },
    controls: "paper",
    effect,
    ...quick,
  });
  const { svg, summary } = plotRepair(compared, { truth: { threat: 1 } });
  const root = readSvg(svg);
  assertEquals(pointsOf(root).length, 4);
  // side by side, not one after another: nothing joins them
  assertEquals(elementsOf(root).filter(({ attributes }) => attributes["aria-label"] === "line").length, 0);
  assertStringIncludes(
    summary,
    "blind: drift remains (paper), effect threat 1.00 [0.50, 1.50]; stated: no drift found",
  );
});

Deno.test("plotRepair(width) keeps its texts within the card, and hostile labels within their text", () => {
  for (const width of [320, 360, 420]) {
    const root = readSvg(plotRepair(repair, { width, truth: 0.5 }).svg);
    for (const { lines, x, size, anchor } of drawnTexts(root)) {
      const longest = Math.max(...lines.map((line) => [...line].length)) * size * 0.46;
      const left = anchor === "start" ? x : anchor === "end" ? x - longest : x - longest / 2;
      assert(left >= -2 && left + longest <= width + 2, `"${lines.join(" / ")}" leaves the card of ${width}`);
    }
  }
  const hostile = `</text><script>alert(1)</script>&nbsp;`;
  const root = readSvg(
    plotRepair({ ...repair, drift: drift.derive({ control: `d => '${hostile}'` }) }, { title: hostile }).svg,
  );
  assertEquals(elementsOf(root).filter(({ name }) => name === "svg").length, 1);
  assert(!elementsOf(root).some(({ name }) => name === "script"));
});

Deno.test("plotRepair(…) names what is wrong", () => {
  const throws = (given: unknown, options: object, text: string) =>
    assertThrows(() => plotRepair(given as RepairRecord, options), Error, text);
  throws(drift, {}, "'repair' must be the result of repairDrift or compareRepairs");
  throws(null, {}, "'repair' must be the result of repairDrift or compareRepairs");
  throws(repair, { truth: { promise: 1 } }, "'truth' names \"promise\"");
  throws(repair, { label: "x" }, "option 'label' is unknown");
  throws({ ...repair, drift: tableOf({ control: ["a"] }) }, {}, "no column 'arm'");
});

Deno.test("plotRepair(margin) draws the margin in each strip of drift and says which controls end below it", () => {
  const margin = { margin: Array(6).fill(0.15) };
  const verdict = ["drift", "drift", "drift", "drift", "drift below margin", "not checked"];
  const { svg } = plotRepair({ ...repair, drift: drift.assign(tableOf({ ...margin, verdict })) });
  const root = readSvg(svg);
  const dashed = elementsOf(root).filter(({ attributes }) => attributes["stroke-dasharray"] !== undefined);
  assertEquals(dashed.length, 2);
  const [line] = dashed[0]!.children as SvgElement[];
  const band = bandsOf(root)[0]!;
  const height = (band.y + band.height - Number(line!.attributes.y1)) / (band.height / 0.1);
  assertAlmostEquals(height, 0.15, 2e-3);
  const texts = drawnTexts(root).map(({ text }) => text);
  assert(texts.includes("below margin 0.15") && texts.includes("margin 0.15"), texts.join("|"));
  assert(texts.some((text) => text.endsWith("dashed: margin")));
});

Deno.test("plotRepair(measures) keeps the roles, and gives each measure a scale of its own", () => {
  const small = drift.derive({ statistic: (row: { statistic: number }) => row.statistic / 100 })
    .derive({ null_high: (row: { null_high: number }) => row.null_high / 100 });
  const one = drift.derive({ measure: () => "total variation" });
  const two = one.concat(small.derive({ measure: () => "Jensen-Shannon" })) as Table;
  const root = readSvg(plotRepair({ ...repair, drift: two }).svg);
  const texts = drawnTexts(root).map(({ text }) => text);
  assertEquals(texts.filter((text) => text === "steers").length, 2);
  assertEquals(texts.filter((text) => text === "judges").length, 2);
  const bands = bandsOf(root);
  assertEquals(bands.length, 10);
  // a hundredth of the distances on a hundredth of the scale is as high
  assertAlmostEquals(Math.min(...bands.map(({ height }) => height)), bands[0]!.height, 0.01);
});

Deno.test("plotRepair({ truth }) never strikes a tick's number through with a dashed line", () => {
  for (const truth of [0, 0.05, 0.3, 0.45, 0.52, 0.57, 0.98, 1.05, 1.3]) {
    const root = readSvg(
      plotRepair({ ...repair, drift: drift.assign(tableOf({ margin: Array(6).fill(0.22) })) }, { truth }).svg,
    );
    const dashes = elementsOf(root).filter(({ attributes }) => attributes["stroke-dasharray"] !== undefined)
      .flatMap(({ children }) => (children as SvgElement[]).map(({ attributes }) => Number(attributes.y1)));
    assert(dashes.length > 2);
    const numbers = drawnTexts(root).filter(({ size }) => size === 10).sort((a, b) => a.y - b.y);
    numbers.slice(1).forEach(({ y }, i) =>
      assert(y - numbers[i]!.y >= 11, `numbers touch at truth ${truth}`)
    );
    for (const { text, y, size } of numbers) {
      // digits stand from about a fifth of the line below its top to its foot
      assert(dashes.every((dash) => dash <= y + 1 || dash >= y + size + 1), `${text} at truth ${truth}`);
    }
  }
});
