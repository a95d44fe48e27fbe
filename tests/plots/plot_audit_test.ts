import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { auditFiveChallenges, checkCorrectAnswers } from "@understudy/understudy/audit";
import { type Table, tableOf } from "@understudy/understudy/core";
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
  assert(texts.includes("1 not checked: sycophancy"));
  assert(texts.some((text) => text.startsWith("Not checked: sycophancy: needs arms")));
  assert(texts.includes("4.00 [3.00, 5.00]"));
});

Deno.test("plotAudit({ rows }) shows all rows, those checked or those with problems, and counts the others", () => {
  const drawn = (rows?: "all" | "checked" | "problems") => {
    const { svg, summary } = plotAudit(tableOf(columns), rows === undefined ? {} : { rows });
    const texts = drawnTexts(readSvg(svg)).map(({ text }) => text);
    assert(texts.includes("Diversity: 1 of 2") && texts.includes("Sycophancy: 1 of 1"));
    assertStringIncludes(summary, "Problems in 3 of 4 checks");
    return texts;
  };
  const values = (texts: string[]) => texts.filter((text) => /^−?\d\.\d\d \[/.test(text)).length;
  const [all, checked, problems] = [drawn("all"), drawn("checked"), drawn("problems")];
  assertEquals(drawn(), checked);
  // the one row of its check without a problem is a row by itself
  assertEquals([all, checked, problems].map(values), [4, 4, 4]);
  assert(all.includes("not checked") && !checked.includes("not checked"));
  assert(problems.includes("1 not checked: sycophancy"));
  assertThrows(() => plotAudit(tableOf(columns), { rows: "some" } as never), RangeError, "'rows' must");
});

Deno.test("plotAudit(audit) of many rows lets those without a problem stand together, so that it fits on a page", () => {
  const places = Array.from({ length: 40 }, (_, i) => (i % 10) / 10);
  const many = tableOf({
    challenge: places.map((_, i) => ["diversity", "alienness"][i % 2]),
    check: places.map((_, i) => ["diversity", "item order"][i % 2]),
    item: places.map((_, i) => `item ${i}`),
    statistic: places.map((place, i) => i === 7 ? 0.5 : place * 0.2),
    null_mean: places.map(() => 0),
    null_high: places.map(() => 0.2),
    p_adjusted: places.map((_, i) => i === 7 ? 0.001 : 1),
    conf_low: places.map(() => NaN),
    conf_high: places.map(() => NaN),
    verdict: places.map((_, i) => i === 7 ? "problem found" : "no problem found"),
  });
  const { svg } = plotAudit(many);
  const root = readSvg(svg);
  assert(Number(root.attributes.height) < 500);
  const texts = drawnTexts(root).map(({ text }) => text);
  for (const text of ["Diversity: 0 of 20", "Alienness: 1 of 20", "20 without a problem found", "item 7"]) {
    assert(texts.includes(text), text);
  }
  assert(texts.includes("19 without a problem found") && texts.includes("item 8: nearest to the edge"));
  // every row is still a point at its place
  const valueAt = axisOf(root);
  const diversity = pointsOf(root).slice(0, 20).map(({ x }) => Number(valueAt(x).toFixed(1)));
  assertEquals([...new Set(diversity)].sort(), [0, 0.2, 0.4, 0.6, 0.8]);
  assertEquals(pointsOf(root).length, 40);
  assert(Number(readSvg(plotAudit(many, { rows: "checked" }).svg).attributes.height) > 1200);
});

Deno.test("plotAudit(audit) folds a challenge of which nothing was checked into its heading and one line", () => {
  const many = 60;
  const open = tableOf({
    ...Object.fromEntries(Object.keys(columns).map((name) => [name, Array(many).fill(NaN)])),
    challenge: Array(many).fill("bias"),
    check: Array.from({ length: many }, (_, i) => `check ${i}`),
    item: Array(many).fill("trust"),
    verdict: Array(many).fill("not checked"),
    reason: Array(many).fill("needs groups"),
  });
  for (const width of [320, 640]) {
    const [few, folded] = [tableOf(columns), tableOf(columns).concat(open) as Table]
      .map((table) => plotAudit(table, { width }).svg);
    const height = (svg: string) => Number(readSvg(svg).attributes.height);
    // a heading, a line, and at most eight lines of reasons
    assert(
      height(folded!) - height(few!) < 26 + 26 + 9 * 15,
      `${height(folded!) - height(few!)} at ${width}`,
    );
    const line = drawnTexts(readSvg(folded!)).find(({ text }) => text.startsWith("60 not checked: check 0"))!;
    assert(line.text.endsWith("…"));
  }
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
