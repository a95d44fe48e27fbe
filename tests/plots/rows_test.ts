import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import {
  estimateHeterogeneity,
  estimateLogit,
  estimateMixed,
  estimateOrderedLogit,
  estimateRegression,
} from "@understudy/understudy/estimation";
import {
  plotAttrition,
  plotAudit,
  plotBalance,
  plotCalibration,
  plotConjoint,
  plotControls,
  plotCoverage,
  plotDistributions,
  plotDrift,
  plotEffects,
  plotFidelity,
  plotRandomization,
  plotRepair,
  plotSensitivity,
} from "@understudy/understudy/plots";
import {
  answers,
  audit,
  balance,
  bounds,
  calibratedArms,
  conjoint,
  coverage,
  drift,
  effects,
  longAudit,
  missing,
  randomizations,
  repair,
  robustness,
} from "./figures.ts";
import { axisBelow, drawnTexts, elementsOf, linesOf, pointsOf, readSvg } from "./read_svg.ts";

const success = "#00724f";

/** The texts of a drawing. */
function textsOf(svg: string): string[] {
  return drawnTexts(readSvg(svg)).map(({ text }) => text);
}

/** Where points stand on the axis, and their shapes. */
function valuesOf(svg: string): [number, string][] {
  const root = readSvg(svg);
  const points = pointsOf(root);
  const at = axisBelow(root, Math.max(...points.map(({ y }) => y)));
  return points.map(({ x, shape }) => [Math.round(at(x) * 100) / 100, shape]);
}

Deno.test("plotEffects(truth) puts estimates and intervals at their values, and sets apart what misses the truth", () => {
  const { svg } = plotEffects(effects, { truth: 0.5 });
  assertEquals(valuesOf(svg), [[1.21, "square"], [0.52, "circle"]]);
  const root = readSvg(svg);
  const at = axisBelow(root, pointsOf(root).at(-1)!.y);
  const [interval] = linesOf(root).filter(({ from, to, stroke }) =>
    from[1] === to[1] && stroke === "#c04a00"
  );
  assertAlmostEquals(at(interval!.from[0]!), 0.98, 0.01);
  assertAlmostEquals(at(interval!.to[0]!), 1.44, 0.01);
  const truths = linesOf(root).filter(({ dashed, from, to }) => dashed && from[0] === to[0]);
  assertEquals(truths.map(({ from }) => Math.round(at(from[0]!) * 10) / 10), [0.5]);
  const texts = textsOf(svg);
  for (
    const text of ["true effect 0.5", "misses the true effect", "holds the true effect", "not estimated"]
  ) {
    assert(texts.includes(text), text);
  }
  assert(texts.includes("Not estimated: everything stated: every answer was refused."));
  assert(texts.includes("Note: ideology stated: left out: control 3 as refused."));
});

Deno.test("plotAttrition(answers) stacks the ways of missing by arm, kinds of refusal apart, as wide as their shares", () => {
  const { svg } = plotAttrition(missing);
  const root = readSvg(svg);
  const bars = elementsOf(root).filter(({ name, attributes }) =>
    name === "rect" && attributes["aria-label"] === "rect"
  );
  const at = axisBelow(root, Math.max(...bars.map(({ attributes }) => Number(attributes.y))));
  const drawn = bars.map(({ attributes: { x, width, fill } }) => ({
    share: at(Number(x) + Number(width)) - at(Number(x)),
    start: at(Number(x)),
    fill,
  }));
  // Of 500 in each arm, in the order of the key; the axis is in per cent.
  const counts = [9, 12, 3, 21, 14, 25, 8, 6, 4, 2];
  assertEquals(drawn.length, counts.length);
  counts.forEach((count, bar) => assertAlmostEquals(drawn[bar]!.share, count / 5, 0.05));
  assertEquals(new Set(drawn.slice(3).map(({ fill }) => fill)).size, 7);
  assertEquals(drawn[0]!.fill, drawn[5]!.fill);
  assertAlmostEquals(drawn[9]!.start, 78 / 5, 0.1);
  const texts = textsOf(svg);
  for (const text of ["4.8% of 500", "16% of 500", "refused (filter)", "truncated (thought)"]) {
    assert(texts.includes(text), text);
  }
  assert(
    !textsOf(plotAttrition(missing.filter("d => d.arm === 'control'") as Table).svg).includes(
      "refused (filter)",
    ),
  );
});

Deno.test("plotAttrition(…) takes tables without details and statuses of others, and names what is wrong", () => {
  const table = tableOf({ arm: ["a", "a", "b", "b"], status: ["answered", "refused", "blank", "unparsed"] });
  assertStringIncludes(
    plotAttrition(table).summary,
    "a 50% of 2 (refused 1); b 100% of 2 (unparsed 1, failed 1).",
  );
  assertThrows(
    () => plotAttrition(tableOf({ arm: ["a"] })),
    RangeError,
    "no column 'status': it is a table of answers",
  );
  assertThrows(() => plotAttrition(missing, { outcome: "suport" }), RangeError, "did you mean 'support'?");
});

Deno.test("plotEffects(truth) counts the ends of an interval as inside, and takes a truth for each arm", () => {
  const table = tableOf({
    arm: ["a", "b", "c"],
    estimate: [1, 1, 1],
    conf_low: [0.5, 0.51, -Infinity],
    conf_high: [2, 2, 2],
  });
  const shapes = (truth: number | { [arm: string]: number }) =>
    valuesOf(plotEffects(table, { truth }).svg).map(([, s]) => s);
  assertEquals(shapes(0.5), ["circle", "square", "circle"]);
  assertEquals(shapes({ a: 3, b: 1 }), ["square", "circle", "circle"]);
  assertStringIncludes(
    plotEffects(table.rename({ arm: "term" }) as Table).summary,
    "a 1.00 [0.50, 2.00]; b 1.00",
  );
  assertThrows(() => plotEffects(table, { truth: { d: 1 } }), RangeError, `names "d"`);
  assertThrows(() => plotEffects(table, { truth: NaN }), TypeError, "'truth' must be a finite number");
});

Deno.test("plotEffects(coefficients) draws a model's coefficients, and no variance, threshold or test among them", () => {
  const rows = Array.from({ length: 60 }, (_, row) => row);
  const table = tableOf({
    arm: rows.map((row) => row % 2 ? "treated" : "control"),
    y: rows.map((row) => (row * 7) % 11 + row % 2),
    yes: rows.map((row) => (row * 5) % 13 > 5 ? 1 : 0),
    x: rows.map((row) => (row * 3) % 7),
    judge: rows.map((row) => row % 10),
  });
  const predictors = ["x", "arm"];
  const drawn: [string, Table, string[], string][] = [
    [
      "mixed",
      estimateMixed(table, { outcome: "y", terms: predictors, group: "judge" }),
      ["(intercept)", "x", "arm = treated"],
      "coefficient",
    ],
    ["logit", estimateLogit(table, { outcome: "yes", predictors }), [
      "(intercept)",
      "x",
      "arm = treated",
    ], "log odds ratio"],
    ["ordered", estimateOrderedLogit(table, { outcome: "x", predictors: ["y", "arm"] }), [
      "y",
      "arm = treated",
    ], "log odds ratio"],
    ["regression", estimateRegression(table, { outcome: "y", terms: predictors }), [
      "(intercept)",
      "x",
      "arm = treated",
    ], "coefficient"],
  ];
  for (const [name, estimates, terms, axis] of drawn) {
    const figure = plotEffects(estimates);
    assertEquals([name, figure.table.array("term")], [name, terms]);
    assertStringIncludes(figure.summary, "Coefficients of a model of ");
    assert(textsOf(figure.svg).includes(axis), `${name}: no axis ${axis}`);
  }
  const marginal = estimateLogit(table, { outcome: "yes", predictors })
    .filter("d => d.quantity === 'average_marginal_effect'") as Table;
  assertEquals(plotEffects(marginal).table.numRows(), 2);
  const groups = estimateHeterogeneity(table.assign(tableOf({ place: rows.map((row) => "bcd"[row % 3]) })), {
    outcome: "y",
    by: "place",
  });
  const [, told = ""] = plotEffects(groups).summary.split(": ");
  assertStringIncludes(told, "treated (b, subgroup_effect, difference_in_means)");
});

Deno.test("plotEffects(estimates) says in print what the estimates rest on", () => {
  const note = (basis: string[]) => {
    const [zero, one] = [basis.map(() => 0), basis.map(() => 1)];
    return textsOf(
      plotEffects(tableOf({ arm: basis, estimate: one, conf_low: zero, conf_high: one, basis })).svg,
    ).join();
  };
  assertStringIncludes(
    note(["synthetic"]),
    "Synthetic answers alone, not benchmarked against people's: exploratory, no guarantee.",
  );
  assertStringIncludes(note(["human"]), "Human answers.");
  assert(!note(["human"]).includes("no guarantee"));
  assertStringIncludes(
    note(["synthetic", "human"]),
    "Synthetic rows are a model's answers alone: exploratory, no guarantee.",
  );
  assertStringIncludes(note([""]), "Basis not stated");
});

Deno.test("plotDrift(drift) has four looks for four verdicts, and only what is within its margin looks like success", () => {
  const { svg, summary } = plotDrift(drift);
  const points = pointsOf(readSvg(svg));
  assertEquals(points.map(({ shape }) => shape), ["square", "circle", "diamond"]);
  assertEquals(points.map(({ fill }) => fill === success), [false, false, true]);
  assertEquals(valuesOf(svg).map(([value]) => value), [0.31, 0.13, 0.05]);
  const unproven = plotDrift(drift.derive({ verdict: () => "not found" }) as Table).svg;
  assert(!unproven.includes(success));
  assertStringIncludes(summary, "news_source 0.13 [0.06, 0.19], p = .071, not found");
  // The band runs from 0 to the null's 95% point.
  const root = readSvg(svg);
  const bands = elementsOf(root).filter(({ name, attributes }) =>
    name === "rect" && attributes["aria-label"] === "rect"
  );
  const at = axisBelow(root, points.at(-1)!.y);
  const ends = bands.map(({ attributes }) => at(Number(attributes.x) + Number(attributes.width)));
  [0.11, 0.09, 0.11].forEach((high, row) => assertAlmostEquals(ends[row]!, high, 2e-3));
  for (const { attributes } of bands) assertAlmostEquals(at(Number(attributes.x)), 0, 2e-3);
  assertThrows(() => plotDrift(drift, { label: "wave" }), RangeError, "no column 'wave'");
});

Deno.test("plotDrift(measures) gives each measure an axis of its own, and takes no unit for all", () => {
  const two = drift.derive({
    measure: (row: { control: string }) => row.control < "j" ? "energy" : "Wasserstein",
  }) as Table;
  const texts = textsOf(plotDrift(two).svg);
  assert(texts.includes("energy distance between arms"));
  assert(texts.includes("Wasserstein distance between arms, in points of the scale"));
  assertThrows(() => plotDrift(two, { unit: "points" }), RangeError, "'unit' must be left out");
});

Deno.test("plotBalance(threshold) marks what lies beyond", () => {
  const { svg } = plotBalance(balance, { threshold: 0.07 });
  assertEquals(valuesOf(svg), [[0.24, "square"], [-0.05, "circle"], [0.02, "circle"], [-0.08, "square"]]);
  assertThrows(
    () => plotBalance(balance, { threshold: 0 }),
    RangeError,
    "'threshold' must be a positive number",
  );
});

Deno.test("plotCalibration(effects) puts people alone first and says what the model is worth, λ beside it", () => {
  const { svg, summary } = plotCalibration(calibratedArms);
  assertEquals(valuesOf(svg).map(([value]) => value), [0.12, 0.22, 0.12, 0.71, 0.94]);
  for (
    const told of [
      "call, people alone 0.12 [−0.28, 0.52], 80 people",
      "call, GREG 0.22 [−0.41, 0.85], λ 1, worse than people alone",
      "call, D-T 0.12 [−0.28, 0.52], λ 0.04/0, the model adds nothing",
    ]
  ) assertStringIncludes(summary, told);
  assert(textsOf(svg).join(" ").includes("λ 0.71/0.12, worth 118 people"));
  assertThrows(() => plotCalibration(effects), RangeError, "has no column 'estimator', 'lambda'");
});

Deno.test("plotCalibration(quantiles) tells quantiles apart, each with the band of people alone at its own", () => {
  const ends = [["0.25", 1, 2], ["0.75", 4, 6]] as const;
  const { svg, summary } = plotCalibration(tableOf(ends.flatMap(([quantile, conf_low, conf_high]) => {
    const shared = {
      outcome: "trust",
      arm: "",
      quantile: Number(quantile),
      conf_low,
      conf_high,
      n_human: 20,
    };
    const estimate = (conf_low + conf_high) / 2;
    return [
      { ...shared, estimate, estimator: "prediction_powered_quantile", lambda: 0.7, n_effective: 45 },
      { ...shared, estimate, estimator: "humans_alone", lambda: 0, n_effective: 20 },
    ];
  })));
  assertStringIncludes(
    summary,
    "Quantiles of trust, people alone and with a model: quantile 0.25, people alone",
  );
  const root = readSvg(svg);
  const bands = elementsOf(root).filter(({ name, attributes }) =>
    name === "rect" && attributes["aria-label"] === "rect"
  );
  const at = axisBelow(root, pointsOf(root).at(-1)!.y);
  bands.forEach(({ attributes: { x, width } }, row) => {
    const [, low, high] = ends[row < 2 ? 0 : 1]!;
    assertAlmostEquals(at(Number(x)), low, 2e-2);
    assertAlmostEquals(at(Number(x) + Number(width)), high, 2e-2);
  });
  assertEquals(bands.length, 4);
  assertStringIncludes(textsOf(svg).join(" "), "knowing the share below a quantile");
});

Deno.test("plotConjoint(estimates) draws a reference level once, as a ring at no effect", () => {
  const { svg } = plotConjoint(conjoint);
  assertEquals(valuesOf(svg).map(([value]) => value), [0, 0.06, 0.14, 0, -0.11, 0]);
  assertEquals(textsOf(svg).filter((text) => text === "reference").length, 3);
  assert(
    textsOf(plotConjoint(conjoint.derive({ estimator: () => "acie" }) as Table).svg).includes(
      "no interaction",
    ),
  );
});

Deno.test("plotAudit(audit) places statistics in units of what is flagged; beyond five they are triangles at the edge", () => {
  const { svg, summary } = plotAudit(audit);
  assertEquals(valuesOf(svg), [[-2, "square"], [0.13, "circle"], [5, "triangle"], [1.33, "square"]]);
  const texts = textsOf(svg);
  for (const text of ["Diversity: 1 of 2", "Sycophancy: 1 of 1", "1 cannot tell", "4.00 [3.00, 5.00]"]) {
    assert(texts.includes(text), text);
  }
  assert(texts.includes("Cannot tell: sycophancy: needs arms that state an opinion."));
  assertStringIncludes(summary, "Problems in 3 of 4 checks: diversity, diversity, trust −0.60");
});

Deno.test("plotAudit(audit) with many checks gathers those without a problem", () => {
  const few = textsOf(plotAudit(longAudit).svg);
  for (const text of ["Diversity: 0 of 20", "Alienness: 1 of 20", "20 without a problem found", "item 7"]) {
    assert(few.includes(text), text);
  }
  assertEquals(pointsOf(readSvg(plotAudit(longAudit).svg)).length, 40);
});

Deno.test("plotSensitivity(bounds) sorts rows by κ and adds one where the interval reaches 0", () => {
  const { svg } = plotSensitivity(bounds);
  const labels = textsOf(svg).filter((text) => /^κ = [\d.]+$/.test(text));
  assertEquals(labels, ["κ = 0", "κ = 0.5", "κ = 1", "κ = 1.25", "κ = 2", "κ = 1"]);
  assertEquals(valuesOf(svg).map(([, shape]) => shape), [
    "circle",
    "circle",
    "circle",
    "diamond",
    "square",
    "circle",
  ]);
  const texts = textsOf(svg);
  // Bounds are straight lines in κ: 1 ∓ 0.6 κ.
  assert(texts.includes("0.25 to 1.75") && texts.includes("reaches 0"));
  assert(texts.includes("news_source: 0 is in the interval from κ = 1.25 on."));
  const told = (breakdown: number) =>
    textsOf(
      plotSensitivity(bounds.assign(tableOf({ breakdown_kappa: Array(5).fill(breakdown) })) as Table).svg,
    );
  assert(
    told(0).join().includes("holds 0 without any bias") && told(Infinity).join().includes("no κ brings 0"),
  );
});

Deno.test("plotSensitivity(robustness) prints the robustness value", () => {
  const texts = textsOf(plotSensitivity(robustness).svg).join("\n");
  assertStringIncludes(texts, "Robustness value 13.9%");
  assertStringIncludes(texts, "7.6% once sampling error counts");
});

Deno.test("plotCoverage(diagnosis) says which intervals hold the truth too rarely", () => {
  assertEquals(valuesOf(plotCoverage(coverage).svg), [[0.1, "square"], [0.94, "circle"]]);
  assertStringIncludes(plotCoverage(coverage).summary, "base 0.10 [0.05, 0.20], too rarely; repaired 0.94");
  const bias = coverage.filter("d => d.diagnosand === 'bias'").reify();
  assertThrows(() => plotCoverage(bias), RangeError, "has no coverage: its diagnosands are bias");
});

Deno.test("plotRandomization(draws) colours the share of assignments that is the p-value", () => {
  const share = (table: Table) => {
    const bars = elementsOf(readSvg(plotRandomization(table).svg))
      .filter(({ name, attributes }) => name === "rect" && attributes["aria-label"] === "rect");
    const area = (list: typeof bars) =>
      list.reduce((sum, { attributes }) => sum + Number(attributes.height), 0);
    return area(bars.filter(({ attributes }) => attributes.fill === "#0072b2")) / area(bars);
  };
  assertAlmostEquals(share(randomizations), 8 / 21, 1e-3);
  assertAlmostEquals(share(randomizations.derive({ alternative: () => "greater" }) as Table), 5 / 21, 1e-3);
  const mixed = tableOf({ arm: ["a", "a"], statistic: [1, 2], observed: [1, 2] });
  assertThrows(() => plotRandomization(mixed), RangeError, "one value for each outcome, arm and test");
});

Deno.test("plotRepair(repair) calls runs by what was added, puts controls that steer first and tells the verdict of each run", () => {
  const { svg, summary, table } = plotRepair(repair, { truth: 0.5 });
  const texts = textsOf(svg);
  const headings = texts.filter((text) => /\((steers|judges)\)$/.test(text));
  assertEquals(headings, ["paper (steers)", "vote (steers)", "church (judges)"]);
  assertEquals(texts.filter((text) => text === "+party").length, 4);
  assert(texts.some((text) => text.startsWith("drift not found: up to")));
  assertStringIncludes(
    summary,
    "base persona: drift found (paper, vote, church), effect on support 1.20 [0.90, 1.50]",
  );
  assertEquals(table, repair.iterations);
  const said = texts.join(" ");
  assertStringIncludes(said, "No success: the controls are not shown to drift by less than the margin (0.1)");
  assertStringIncludes(said, "−0.10 to 1.10 with what is open; holds the true effect");
  assertStringIncludes(said, "reaches 0 from κ = 0.67 on.");
});

Deno.test("plotControls(answers) shows shares beside each category and counts what is missing", () => {
  const { svg, summary } = plotControls(answers, { controls: ["paper", "garden"] });
  const texts = textsOf(svg);
  assert(texts.includes("75% → 40%") && texts.includes("Missing answers, not in the shares: 1 to garden."));
  assertEquals(valuesOf(svg).slice(0, 2).map(([share]) => Math.round(share)), [40, 75]);
  assertStringIncludes(summary, "(exercise v. incursion) paper: left 75% v. 40%, right 25% v. 60%");
  const throws = (options: object, text: string) =>
    assertThrows(() => plotControls(answers, { controls: "paper", ...options }), Error, text);
  throws({ controls: [] }, "'controls' must name at least one");
  throws({ reference: "peace" }, "'reference' must be an arm");
});

/** Long answers of one item, in two arms of the same size, and the order of their categories. */
function categoriesOf(
  values: unknown[],
  more: object = {},
): string[] {
  const twice = (column: unknown[]) => column.flatMap((value) => [value, value]);
  const own = {
    item: values.map(() => "garden"),
    value: values,
    status: values.map(() => "answered"),
    ...more,
  };
  const long = Object.entries(own).map(([name, column]) => [name, twice(column)]);
  const table = tableOf({ arm: values.flatMap(() => ["control", "threat"]), ...Object.fromEntries(long) });
  const { summary } = plotControls(table, { controls: "garden" });
  return [...summary.matchAll(/(?:garden: |, )([^,]+?) \d+%/g)].map(([, name]) => name!);
}

Deno.test("plotControls(answers) orders categories yes before no, by number, as shown, or by frequency", () => {
  const order = [0, 1, 0].map(() => '["yes","no"]');
  assertEquals(categoriesOf([0, 1, 0], { option_order: order }), ["yes", "no"]);
  assertEquals(categoriesOf([0, 1, 0]), ["0", "1"]);
  assertEquals(categoriesOf(["65+", "18-29", "30-49"]), ["18-29", "30-49", "65+"]);
  const values = ["weekly", "weekly", "never", "yearly"];
  assertEquals(categoriesOf(values, { option_order: values.map(() => '["never","yearly","weekly"]') }), [
    "never",
    "yearly",
    "weekly",
  ]);
  assertEquals(categoriesOf(values, { option_order: ['["a"]', '["b"]', '["c"]', '["d"]'] })[0], "weekly");
  assertEquals(categoriesOf([1, 2, 3, 4, 5, 6, 7, 8, 9]).at(-1), "2 others");
});

Deno.test("a plot verb given another table says whose table it takes", () => {
  const named = (names: string) => tableOf(Object.fromEntries(names.split(" ").map((name) => [name, ["x"]])));
  const others = named("persona_id arm item value status raw model cached wording turn");
  const says = (call: () => unknown, ...texts: string[]) => {
    const { message } = assertThrows(call, Error);
    for (const text of texts) assertStringIncludes(message, text);
  };
  says(
    () => plotDrift(others),
    "plotDrift(estimateDrift(answers, { controls }))",
    "and 2 more",
  );
  says(() => plotDrift(effects), "no column 'control', 'verdict'");
  says(() => plotSensitivity(effects), "estimateControlBounds or estimateRobustness");
  says(() => plotAudit(drift), "table of auditFiveChallenges");
  says(
    () => plotRepair(drift as never),
    "must be the result of repairDrift or compareRepairs",
  );
  says(() => plotControls(drift, { controls: "paper" }), "no column 'paper': it is a table of answers");
  says(() => plotControls(null as never, { controls: "a" }), "'answers' must be a table");
  says(() => plotEffects(effects.slice(0, 0).reify()), "at least one row");
});

Deno.test("plotDrift(drift) does not say of a row with an interval that it has none", () => {
  const table = tableOf({
    control: ["paper", "vote"],
    arm: ["threat", "threat"],
    reference: ["control", "control"],
    statistic: [0.02, 0.1],
    null_mean: [0.01, 0.05],
    null_high: [0.03, 0.1],
    p_adjusted: [1, 0.2],
    conf_low: [0, NaN],
    conf_high: [0.05, NaN],
    verdict: ["cannot tell", "not found"],
    reason: ["drift could not have been found", "'bootstraps' is 0"],
  });
  const said = textsOf(plotDrift(table).svg).join(" ");
  assertStringIncludes(said, "Note: paper: drift could not have been found.");
  assertStringIncludes(said, "No interval: vote: 'bootstraps' is 0.");
});

Deno.test("plotControls(answers) counts answers that are probabilities by them", () => {
  const table = tableOf({
    arm: ["a", "a", "b", "b"],
    item: ["y", "y", "y", "y"],
    value: [1, 0, 1, null],
    status: ["answered", "answered", "answered", "unparsed"],
    option_order: ['["yes","no"]', '["yes","no"]', '["yes","no"]', '["yes","no"]'],
    distribution: [{ 0: 0.2, 1: 0.8 }, { 0: 0.6, 1: 0.4 }, { 0: 0.5, 1: 0.5 }, { 0: 0, 1: 1 }],
  });
  const { summary } = plotControls(table, { controls: "y", reference: "a" });
  assertStringIncludes(summary, "y: yes 60% v. 50%, no 40% v. 50%");
});

Deno.test("plotDistributions() marks points of one distribution in at most 5 of 100 figures, and real differences in all", () => {
  let [marked, differing] = [0, 0];
  for (let seed = 0; seed < 200; seed++) {
    const random = stream(seed, "same distribution");
    const asked = (n: number) => tableOf({ u: Array.from({ length: n }, () => 1 + random.integer(5)) });
    const [human, synthetic, middle] = [asked(40), asked(20), tableOf({ u: Array(20).fill(3) })];
    const found = (model: Table) =>
      [...plotDistributions(human, model, { items: "u", scale: [1, 5] }).table.array("verdict")].some((
        each,
      ) => each === "found");
    if (found(synthetic)) marked++;
    if (found(middle)) differing++;
  }
  assert(marked <= 18, `${marked}`); // 5% and 2.6 standard errors
  assertEquals(differing, 200);
});

Deno.test("plotDistributions() takes a share that a model states for known, and shares that personas state by their spread", () => {
  const human = tableOf({ u: [..."aaaaabbbbbbbbbbbbbbbbbbbb"] });
  const stated = (...shares: number[]) =>
    tableOf({
      ...{ item: shares.map(() => "u"), value: shares.map(() => "a") },
      distribution: shares.map((a) => ({ a, b: 1 - a })),
    });
  const verdict = (model: Table) => plotDistributions(human, model, { items: "u" }).table.get("verdict", 0);
  assertEquals(verdict(stated(0.6)), "found");
  assertEquals(verdict(stated(0.58, 0.6, 0.62)), "found");
  assertEquals(verdict(stated(0.1, 0.7, 1)), "not found");
  assertEquals(verdict(tableOf({ u: ["a", "a", "b"] })), "not found");
  assertEquals(verdict(tableOf({ u: [null, null] })), "cannot tell");
});

Deno.test("plotFidelity() sets each item's baselines beside that item's model, wherever it stands, and calls ties equal", () => {
  const scores = tableOf({
    ...{ item: [..."aabb"], measure: Array(4).fill("SD ratio"), estimate: [0, 0, 0.5, 0.2] },
    source: ["twin", "empty persona", "empty persona", "twin"],
  });
  assertStringIncludes(
    plotFidelity(scores).summary,
    "a, twin 0.00; SD ratio, a, empty persona 0.00, equal; SD ratio, b, empty persona 0.50, better; SD ratio, b, twin 0.20.",
  );
});
