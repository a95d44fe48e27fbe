import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateRobustness } from "@understudy/understudy/estimation";
import { leastSquares, studentTQuantile } from "@understudy/understudy/stats";
import {
  benchmarkStrength,
  confounderBias,
  confounderStdError,
  extremeValue,
  partialRSquared,
  robustnessValue,
} from "../../lib/estimation/sensitivity/robustness_formulas.ts";

// Cinelli and Hazlett 2020, section 5 (violence in Darfur), to the digits of the R package sensemakr: its tests
// (tests/testthat/test-02-darfur.R, "testing darfur sensemakr manually") have estimate, se, df and these results.
const darfur = {
  estimate: 0.09731582,
  stdError: 0.02325654,
  df: 783,
  r2Treatment: [0.00916428667504862, 0.0183285733500972, 0.0274928600251459],
  r2Outcome: [0.12464092303637, 0.249324064199975, 0.374050471038094],
  adjusted: [0.0752202698486415, 0.0529151689180575, 0.0303960178770157],
  adjustedStdError: [0.0218733298036818, 0.0203500639944344, 0.0186700665753491],
  low: [0.0322829603180086, 0.0129680276030601, -0.00625329133645187],
  high: [0.118157579379274, 0.092862310233055, 0.0670453270904833],
};

Deno.test("robustnessValue(f) gives the published values of the Darfur study: 13.9% and 7.6%", () => {
  const f = darfur.estimate / darfur.stdError / Math.sqrt(darfur.df);
  const critical = studentTQuantile(0.975, darfur.df - 1) / Math.sqrt(darfur.df - 1);
  assertAlmostEquals(robustnessValue(f), 0.1387764, 1e-7);
  assertAlmostEquals(robustnessValue(f, critical), 0.07625797, 1e-7);
  assertAlmostEquals(partialRSquared(darfur.estimate / darfur.stdError, darfur.df), 0.02187309, 1e-7);
  assertAlmostEquals(extremeValue(f), 0.02187309, 1e-7);
});

Deno.test("benchmarkStrength(female, k) gives sensemakr's bounds, adjusted estimates and intervals for k = 1, 2, 3", () => {
  // What `female` explains of the treatment follows from the bound at k = 1: kD r / (1 - r); of the outcome likewise.
  const treatment = darfur.r2Treatment[0]! / (1 + darfur.r2Treatment[0]!);
  const shared = treatment ** 2 / (1 - treatment) ** 2;
  const ratio = darfur.r2Outcome[0]! * (1 - shared) / (1 + Math.sqrt(shared)) ** 2;
  const female = { treatment, outcome: ratio / (1 + ratio) };
  // Its interval has the t of the regression as it was; ours, like its robustness value, that with the confounder in it.
  const quantile = studentTQuantile(0.975, darfur.df);
  [1, 2, 3].forEach((k, at) => {
    const strength = benchmarkStrength(female, k);
    assertAlmostEquals(strength.treatment, darfur.r2Treatment[at]!, 1e-14);
    assertAlmostEquals(strength.outcome, darfur.r2Outcome[at]!, 1e-12);
    const adjusted = darfur.estimate - confounderBias(strength, darfur.stdError, darfur.df);
    const stdError = confounderStdError(strength, darfur.stdError, darfur.df);
    assertAlmostEquals(adjusted, darfur.adjusted[at]!, 1e-13);
    assertAlmostEquals(stdError, darfur.adjustedStdError[at]!, 1e-13);
    assertAlmostEquals(adjusted - quantile * stdError, darfur.low[at]!, 1e-12);
    assertAlmostEquals(adjusted + quantile * stdError, darfur.high[at]!, 1e-12);
  });
});

Deno.test("benchmarkStrength(k) is NaN where no confounder can be so strong, and explains at most all of the outcome", () => {
  assertEquals(benchmarkStrength({ treatment: 0.4, outcome: 0.1 }, 2).treatment, NaN);
  assertEquals(benchmarkStrength({ treatment: 0.3, outcome: 0.6 }, 1).outcome, 1);
});

Deno.test("robustnessValue(f) solves its equation: a confounder of that strength takes off q of the estimate", () => {
  for (const [t, df, q] of [[4.2, 783, 1], [1.1, 20, 0.5], [30, 50, 1], [2, 8, 2]] as const) {
    const r = robustnessValue(q * t / Math.sqrt(df));
    assertAlmostEquals(confounderBias({ treatment: r, outcome: r }, 1, df), q * t, 1e-9);
  }
});

Deno.test("robustnessValue(f, critical) is the smallest r whose worst confounder leaves the estimate insignificant", () => {
  // A confounder may explain less of the outcome than r: it then lowers the standard error less.
  const worst = (f: number, r: number): number => {
    let lowest = Infinity;
    for (let step = 0; step <= 4000; step++) {
      const outcome = r * step / 4000;
      const left = (f - Math.sqrt(outcome * r / (1 - r))) * Math.sqrt((1 - r) / (1 - outcome));
      lowest = Math.min(lowest, left);
    }
    return lowest;
  };
  for (const [f, critical] of [[0.3, 0.1], [1.2, 0.4], [3, 0.7], [2.5, 0.3]] as const) {
    const r = robustnessValue(f, critical);
    assertAlmostEquals(worst(f, r), critical, 1e-5);
    assert(worst(f, r - 0.002) > critical + 1e-5);
  }
  assertEquals(robustnessValue(0.1, 0.2), 0);
});

/** Answers in which an attribute drifts with the arm and moves the outcome. */
function draw(seed: number, n = 90): Table {
  const random = stream(seed, "robustness");
  const arm = Array.from({ length: n }, (_, i) => i % 3 === 0 ? "control" : "threat");
  const z = arm.map((own) => (own === "threat" ? 0.6 : 0) + random.normal());
  const age = arm.map(() => 40 + 10 * random.normal());
  return tableOf({
    arm,
    z,
    age,
    party: z.map((value) => value + random.normal() > 0.5 ? "right" : value > -0.5 ? "middle" : "left"),
    place: arm.map((_, i) => ["north", "south", "west"][i % 7 % 3]!),
    y: arm.map((own, i) => (own === "threat" ? 0.5 : 0) + z[i]! + age[i]! / 20 + random.normal()),
  });
}

const squares = (values: Float64Array) => values.reduce((total, value) => total + value * value, 0);

for (const blocks of [undefined, "place"]) {
  Deno.test(`confounderBias(strength) is the exact change by an omitted attribute, ${blocks ?? "no"} blocks`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const table = draw(seed);
      const places = columnOf<string>(table, "place");
      const codes = {
        fixedEffects: [Int32Array.from(places, (name) => ["north", "south", "west"].indexOf(name))],
      };
      const options = { covarianceType: "classical", ...(blocks ? codes : {}) } as const;
      const [z, age, y] = ["z", "age", "y"].map((name) => columnOf<number>(table, name));
      const d = columnOf(table, "arm").map((own) => own === "threat" ? 1 : 0);
      const one = blocks ? [] : [d.map(() => 1)];
      const at = one.length;
      const short = leastSquares([...one, d, age!], y!, options);
      const long = leastSquares([...one, d, age!, z!], y!, options);
      const shorter = leastSquares([...one, age!], d, options);
      const longer = leastSquares([...one, age!, z!], d, options);
      const strength = {
        treatment: 1 - squares(longer.residuals) / squares(shorter.residuals),
        outcome: 1 - squares(long.residuals) / squares(short.residuals),
      };
      const bias = confounderBias(strength, short.standardErrors[at]!, short.residualDf);
      assertAlmostEquals(Math.abs(short.coefficients[at]! - long.coefficients[at]!), bias, 1e-10);
      assertAlmostEquals(
        confounderStdError(strength, short.standardErrors[at]!, short.residualDf),
        long.standardErrors[at]!,
        1e-10,
      );
    }
  });
}

Deno.test("estimateRobustness(covariates) is the regression on arm and covariates, and measures follow from its t", () => {
  const table = draw(1);
  const rows = estimateRobustness(table, { outcome: "y", covariates: ["age", "party"], strengths: [1] });
  const party = columnOf<string>(table, "party");
  const fit = leastSquares(
    [
      party.map(() => 1),
      columnOf(table, "arm").map((own) => own === "threat" ? 1 : 0),
      columnOf<number>(table, "age"),
      party.map((own) => own === "middle" ? 1 : 0),
      party.map((own) => own === "right" ? 1 : 0),
    ],
    columnOf<number>(table, "y"),
    { covarianceType: "classical" },
  );
  assertEquals(columnOf(rows, "benchmark"), ["", "age", "party"]);
  assertAlmostEquals(rows.get("estimate", 0) as number, fit.coefficients[1]!, 1e-12);
  assertAlmostEquals(rows.get("std_error", 0) as number, fit.standardErrors[1]!, 1e-12);
  assertEquals(rows.get("df", 0), fit.residualDf);
  const f = Math.abs(fit.coefficients[1]! / fit.standardErrors[1]!) / Math.sqrt(fit.residualDf);
  assertAlmostEquals(rows.get("robustness_value", 2) as number, robustnessValue(f), 1e-12);
  assertAlmostEquals(rows.get("extreme_value", 0) as number, rows.get("partial_r2", 0) as number, 1e-12);
  // A group's partial R² from its F test: F p / (F p + df).
  const test = fit.test([[0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]);
  const outcome = test.statistic * 2 / (test.statistic * 2 + fit.residualDf);
  const treatment = rows.get("r2_treatment", 2) as number;
  const strength = benchmarkStrength({ treatment: treatment / (1 + treatment), outcome }, 1);
  assertAlmostEquals(rows.get("r2_outcome", 2) as number, strength.outcome, 1e-10);
});

Deno.test("estimateRobustness(benchmarks) takes a list within the list as one group", () => {
  const options = {
    outcome: "y",
    covariates: ["age", "z", "place"],
    benchmarks: ["age", ["age", "z"]],
    strengths: [0.5],
  };
  const rows = estimateRobustness(draw(2), options);
  assertEquals(columnOf(rows, "benchmark"), ["", "age", "age + z"]);
  assert(rows.get("r2_outcome", 2)! > rows.get("r2_outcome", 1)!);
  assert(Math.abs(rows.get("bias", 2) as number) > Math.abs(rows.get("bias", 1) as number));
});

Deno.test("estimateRobustness(strengths) takes the bias off the estimate's size, whatever its sign", () => {
  const negative = draw(3).assign({ y: columnOf<number>(draw(3), "y").map((value) => -value) }) as Table;
  for (const table of [draw(3), negative]) {
    const options = { outcome: "y", covariates: "age", strengths: [1] };
    const [plain, less] = columnOf<number>(estimateRobustness(table, options), "estimate");
    assert(Math.abs(less!) < Math.abs(plain!) && Math.sign(less!) === Math.sign(plain!));
  }
});

Deno.test("estimateRobustness(q) needs a weaker confounder to take off half", () => {
  const value = (q: number) =>
    estimateRobustness(draw(4), { outcome: "y", covariates: "age", q }).get("robustness_value", 0) as number;
  assert(0 < value(0.5) && value(0.5) < value(1));
});

/** The same answers, an item in each row. */
export function longOf(table: Table, items: readonly string[], arm = "arm"): Table {
  const rows = items.flatMap((item) =>
    columnOf(table, item).map((value, row) => ({
      persona_id: `p${row}`,
      arm: table.get(arm, row),
      item,
      value,
    }))
  );
  return tableOf({
    persona_id: rows.map((row) => row.persona_id),
    arm: rows.map((row) => row.arm),
    item: rows.map((row) => row.item),
    value: rows.map((row) => row.value),
    status: rows.map(() => "answered"),
  });
}

Deno.test("estimateRobustness(answers) reads items of a long table as it reads columns", () => {
  const table = draw(5);
  const options = { outcome: "y", covariates: ["age", "party"] };
  const shuffled = longOf(table, ["party", "y", "age"]).orderby("value") as Table;
  const [wide, long] = [table, shuffled].map((answers) => estimateRobustness(answers, options));
  for (const name of ["estimate", "std_error", "r2_outcome", "conf_low", "n"]) {
    columnOf<number>(wide!, name).forEach((value, row) =>
      assertAlmostEquals(long!.get(name, row) as number, value, 1e-9)
    );
  }
});

Deno.test("estimateRobustness(answers) leaves out, and counts, who did not answer a covariate", () => {
  const long = longOf(draw(5), ["y", "age"]);
  const status = columnOf<string>(long, "status").map((own, row) => row === 91 ? "refused" : own);
  const rows = estimateRobustness(long.assign({ status }) as Table, { outcome: "y", covariates: "age" });
  assertEquals(rows.get("n", 0), 89);
  assertStringIncludes(rows.get("notes", 0) as string, "1 without 'age'");
});

Deno.test("estimateRobustness(persona_id) compares personas that are in both arms with themselves", () => {
  const random = stream(6, "pairs");
  const level = Array.from({ length: 40 }, () => 5 * random.normal());
  const y = [...level, ...level].map((own, row) => own + (row < 40 ? 0 : 1) + 0.1 * random.normal());
  const table = tableOf({
    persona_id: [...level.keys(), ...level.keys()],
    arm: y.map((_, row) => row < 40 ? "control" : "threat"),
    age: y.map(() => random.normal()),
    y,
  });
  const rows = estimateRobustness(table, { outcome: "y", covariates: "age", strengths: [1] });
  assert((rows.get("std_error", 0) as number) < 0.1);
  assertStringIncludes(rows.get("notes", 0) as string, "compared within personas");
  assertEquals(estimateRobustness(table, { outcome: "y" }).numRows(), 1);
});

Deno.test("estimateRobustness(answers) gives NaN and its reason where nothing can be computed", () => {
  const exact = tableOf({
    arm: ["control", "control", "threat", "threat"],
    x: [1, 2, 1, 2],
    y: [1, 2, 3, 4],
  });
  const rows = estimateRobustness(exact, { outcome: "y", covariates: "x", strengths: [1] });
  assertEquals(rows.get("p_value", 0), NaN);
  assertStringIncludes(rows.get("reason", 0) as string, "fitted exactly");
  const empty = tableOf({ arm: ["control", "control", "threat"], x: [1, 2, 1], y: [1, 2, null] });
  const none = estimateRobustness(empty, { outcome: "y", covariates: "x" });
  assertEquals(none.get("estimate", 0), NaN);
  assertStringIncludes(none.get("reason", 1) as string, "no unit of 'threat' has a value");
});

Deno.test("estimateRobustness(options) refuses what it cannot use, and says what it got", () => {
  const table = draw(1);
  const refuse = (options: object, message: string, type: ErrorConstructor = RangeError) =>
    assertThrows(
      () => estimateRobustness(table, { outcome: "y", covariates: "age", ...options }),
      type,
      message,
    );
  refuse({ benchmarks: ["party"] }, "'benchmarks' must be among the covariates: current value is \"party\"");
  refuse({ strengths: [0] }, "'strengths' must be a list of numbers above 0");
  refuse({ q: -1 }, "'q' must be a number above 0: current value is -1");
  refuse({ covariates: ["height"] }, "height");
  refuse({ covariates: ["y"] }, "'covariates' must leave out the outcome");
  refuse({ benchmark: ["age"] }, "option 'benchmark' is unknown", TypeError);
  assertThrows(
    () => estimateRobustness(longOf(table, ["y", "age"]), { outcome: "y", covariates: "height" }),
    RangeError,
    "the items are y, age",
  );
});
