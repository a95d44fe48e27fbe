import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Table, tableOf } from "@understudy/understudy/core";
import { estimateAcie, estimateAmce, estimateMarginalMeans } from "@understudy/understudy/estimation";
import { plotConjoint } from "@understudy/understudy/plots";
import { goldenData } from "../stats/golden_cases.ts";
import { axisOf, drawnTexts, linesOf, pointsOf, readSvg } from "./read_svg.ts";

const profiles = tableOf(goldenData("conjoint"));
const options = {
  outcome: "chosen",
  features: { education: ["NoSchool", "HighSchool", "College"], language: ["Fluent", "Broken"] },
  clusters: "resp",
  basis: "human",
} as const;

function textsOf(svg: string): string[] {
  return drawnTexts(readSvg(svg)).map(({ text }) => text);
}

Deno.test("plotConjoint(estimates) puts each level at its estimate, under its feature", () => {
  const estimates = estimateAmce(profiles, options);
  const root = readSvg(plotConjoint(estimates).svg);
  const points = pointsOf(root);
  assertEquals(points.length, 5);
  points.forEach((point, row) =>
    assertAlmostEquals(axisOf(root)(point.x), estimates.get("estimate", row) as number, 1e-3)
  );
  const intervals = linesOf(root).filter(({ y1, y2, x1, x2 }) => y1 === y2 && x1 !== x2);
  assertEquals(intervals.length, 3);
  assertAlmostEquals(axisOf(root)(intervals[0]!.x1), estimates.get("conf_low", 1) as number, 1e-3);
  const placed = drawnTexts(root).filter(({ text }) =>
    ["education", "NoSchool", "College", "language", "Broken"].includes(text)
  ).sort((a, b) => a.y - b.y).map(({ text }) => text);
  assertEquals(placed, ["education", "NoSchool", "College", "language", "Broken"]);
});

Deno.test("plotConjoint(estimates) names reference levels, the line of no effect, and what estimates rest on", () => {
  const texts = textsOf(plotConjoint(estimateAmce(profiles, options)).svg);
  assertEquals(texts.filter((text) => text === "reference").length, 2);
  for (const text of ["no effect", "Human answers.", "Effects of each feature's levels on chosen"]) {
    assert(texts.includes(text), text);
  }
});

Deno.test("plotConjoint(marginal means) draws a line at the value compared with, and none at 0", () => {
  const half = plotConjoint(estimateMarginalMeans(profiles, { ...options, nullValue: 0.5 }));
  assert(textsOf(half.svg).includes("mean 0.5"));
  const plain = plotConjoint(estimateMarginalMeans(profiles, options));
  assert(!textsOf(plain.svg).some((text) => text.startsWith("mean 0")));
  const root = readSvg(plain.svg);
  assert(axisOf(root)(pointsOf(root)[0]!.x) > 0.4);
});

Deno.test("plotConjoint(estimates) tells two subgroups apart by text, colour and shape", () => {
  const found = estimateAmce(profiles, { ...options, by: "party" });
  const root = readSvg(plotConjoint(found).svg);
  const texts = drawnTexts(root).map(({ text }) => text);
  assertEquals(texts.filter((text) => text === "Right").length, 3);
  // A reference level is drawn once.
  assertEquals(texts.filter((text) => text === "NoSchool").length, 1);
  const estimated = pointsOf(root).slice(1, 3);
  assertEquals(estimated.map(({ shape }) => shape), ["circle", "square"]);
  assert(estimated[0]!.fill !== estimated[1]!.fill);
});

Deno.test("plotConjoint(differences and interactions) says what they are", () => {
  const differences = estimateAmce(profiles, { ...options, by: "party", differences: true });
  const texts = textsOf(plotConjoint(differences).svg);
  assert(texts.includes("no difference") && texts.includes("Each subgroup less Left"));
  const interactions = estimateAcie(profiles, { ...options, between: ["education", "language"] });
  const drawn = textsOf(plotConjoint(interactions).svg);
  assert(drawn.includes("no interaction") && drawn.includes("with Broken"));
});

Deno.test("plotConjoint(estimates) keeps an estimate that is NaN as a row with its reason", () => {
  const table = tableOf({
    feature: ["job", "job"],
    level: ["doctor", "poet"],
    estimate: [0.1, NaN],
    conf_low: [0, NaN],
    conf_high: [0.2, NaN],
    reason: ["", "no profile shows it"],
  });
  const { svg, summary } = plotConjoint(table);
  assert(textsOf(svg).includes("Not estimated: job poet: no profile shows it."));
  assertStringIncludes(summary, "job poet not estimated");
});

Deno.test("plotConjoint(width) keeps every text within the card, whatever the labels hold", () => {
  const hostile = `<script>alert("1")</script> & 'x' ]]> \u0000`;
  const table: Table = tableOf({
    feature: [hostile, "a_feature_with_a_very_long_name_that_has_no_space"],
    level: [hostile, "a level of many words that does not fit into one line of the card"],
    group: ["left", hostile],
    estimate: [-1234, 0.5],
    conf_low: [-2000, 0.2],
    conf_high: [-1000, 0.9],
  });
  for (const width of [320, 420, 640, 1200]) {
    const root = readSvg(plotConjoint(table, { width }).svg);
    for (const { lines, x, size, anchor, bold } of drawnTexts(root)) {
      assert(size >= 11);
      const longest = Math.max(...lines.map((line) => [...line].length)) * size * (bold ? 0.49 : 0.46);
      const left = anchor === "start" ? x : anchor === "end" ? x - longest : x - longest / 2;
      assert(left >= 0 && left + longest <= width + 2, `"${lines.join(" / ")}" leaves the card of ${width}`);
    }
  }
});

Deno.test("plotConjoint(…) names what is wrong with its arguments", () => {
  assertThrows(() => plotConjoint(tableOf({ feature: ["a"] })), RangeError, "no column 'level', 'estimate'");
  const empty = tableOf({ feature: [], level: [], estimate: [], conf_low: [], conf_high: [] });
  assertThrows(() => plotConjoint(empty), RangeError, "at least one row");
  const some = estimateAmce(profiles, options);
  assertThrows(() => plotConjoint(some, { width: 100 }), RangeError, "320 to 2000");
  assertThrows(() => plotConjoint(some, { colour: "red" } as never), TypeError, "option 'colour' is unknown");
});
