import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { auditFiveChallenges, checkCorrectAnswers } from "@understudy/understudy/audit";
import { tableOf } from "@understudy/understudy/core";
import { plotAudit } from "@understudy/understudy/plots";
import { axisOf, drawnTexts, elementsOf, pointsOf, readSvg } from "./read_svg.ts";

const columns = {
  challenge: ["diversity", "sycophancy", "sycophancy", "alienness", "diversity"],
  check: ["diversity", "acquiescence", "sycophancy", "loadings", "correct answer"],
  item: ["trust", "good", "", "ease", "trust"],
  compared: ["respondent v. people", "with 'bad'", "", "respondent v. people", '"5"'],
  measure: ["log variance ratio", "scale points", "", "congruence", "share"],
  statistic: [-0.6, 4, NaN, 0.8, 0.3],
  null_mean: [0, 0, NaN, 1, 0.2],
  null_high: [0.3, 0.2, NaN, 0.85, 0.99],
  p_adjusted: [0.001, 0.0001, NaN, NaN, NaN],
  conf_low: [-0.9, 3, NaN, 0.7, 0.2],
  conf_high: [-0.3, 5, NaN, 0.9, 0.4],
  verdict: ["problem found", "problem found", "not checked", "problem found", "no problem found"],
  reason: ["", "", "needs arms that state an opinion", "", ""],
};

Deno.test("plotAudit(audit) places each statistic in units of what is flagged, and its shape by the verdict", () => {
  const root = readSvg(plotAudit(tableOf(columns)).svg);
  const valueAt = axisOf(root);
  const points = pointsOf(root);
  // Diversity (two rows), sycophancy, alienness; acquiescence lies beyond the axis, the hollow one was not checked.
  const found = points.map(({ x, shape }) => [Number(valueAt(x).toFixed(2)), shape]);
  assert(found.some(([place, shape]) => place === -2 && shape === "square"), JSON.stringify(found));
  assert(found.some(([place, shape]) => place === 1.33 && shape === "square"));
  assert(found.some(([place, shape]) => place === 0.13 && shape === "circle"));
  assert(!found.some(([place]) => Math.abs(Number(place)) > 5));
});

Deno.test("plotAudit(audit) draws the grey band from -1 to 1 for checked rows only", () => {
  const root = readSvg(plotAudit(tableOf(columns)).svg);
  const valueAt = axisOf(root);
  const bands = elementsOf(root).filter((group) => group.attributes["aria-label"] === "rect")
    .flatMap((group) => elementsOf(group).filter(({ name }) => name === "rect"));
  assertEquals(bands.length, 4);
  for (const { attributes } of bands) {
    const left = Number(attributes.x);
    assertAlmostEquals(valueAt(left), -1, 1e-3);
    assertAlmostEquals(valueAt(left + Number(attributes.width)), 1, 1e-3);
  }
});

Deno.test("plotAudit(audit) groups rows by challenge, with problems found of checks made", () => {
  const texts = drawnTexts(readSvg(plotAudit(tableOf(columns)).svg)).map(({ text }) => text);
  for (const heading of ["Diversity: 1 of 2", "Sycophancy: 1 of 1", "Alienness: 1 of 1"]) {
    assert(texts.includes(heading), heading);
  }
  assert(texts.includes("not checked"));
  assert(texts.some((text) => text.startsWith("Not checked: sycophancy: needs arms")));
  assert(texts.includes("4.00 [3.00, 5.00]"));
});

Deno.test("plotAudit(audit) tells the problems in its summary, and says where there are none", () => {
  const { summary } = plotAudit(tableOf(columns));
  assertStringIncludes(summary, "Problems in 3 of 4 checks");
  assertStringIncludes(summary, "acquiescence, good 4.00 [3.00, 5.00], problem found");
  const clean = tableOf({ ...columns, verdict: Array(5).fill("no problem found") });
  assertStringIncludes(plotAudit(clean).summary, "Problems in 0 of 5 checks.");
});

Deno.test("plotAudit(audit) takes what auditFiveChallenges and single checks return", () => {
  const rows = Array.from({ length: 60 }, (_, i) => i);
  const answers = tableOf({ trust: rows.map((i) => 4 + i % 2) });
  const human = tableOf({ trust: rows.map((i) => 1 + i % 7) });
  const audit = auditFiveChallenges({ answers, human }, { items: "trust", draws: 50 });
  assertStringIncludes(plotAudit(audit).summary, "Problems in 1 of 2 checks");
  const single = checkCorrectAnswers(tableOf({ trust: rows.map(() => 4) }), { items: "trust" });
  assertStringIncludes(plotAudit(single).summary, "correct answer, trust 1.00");
});

Deno.test("plotAudit(width) keeps its texts within a narrow card, and is one svg whatever the labels hold", () => {
  const hostile = `</text><script>alert(1)</script>&nbsp; "'\u00a0\ufffe`;
  for (const width of [320, 420]) {
    const root = readSvg(plotAudit(tableOf({ ...columns, item: Array(5).fill(hostile) }), { width }).svg);
    assertEquals(elementsOf(root).filter(({ name }) => name === "svg" || name === "script").length, 1);
    for (
      const { lines, x, size, anchor } of drawnTexts(readSvg(plotAudit(tableOf(columns), { width }).svg))
    ) {
      const longest = Math.max(...lines.map((line) => [...line].length)) * size * 0.46;
      const left = anchor === "start" ? x : x - longest / 2;
      assert(left >= 0 && left + longest <= width + 2, `"${lines.join(" / ")}" leaves the card of ${width}`);
    }
  }
});

Deno.test("plotAudit(…) names what is wrong with its arguments", () => {
  assertThrows(() => plotAudit(tableOf({ check: ["a"] })), RangeError, "no column 'item', 'verdict'");
  assertThrows(
    () => plotAudit(tableOf(columns), { size: 1 } as never),
    TypeError,
    "option 'size' is unknown",
  );
});
