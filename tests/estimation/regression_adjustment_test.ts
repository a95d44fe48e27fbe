import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateEffects, type EstimateEffectsOptions } from "@understudy/understudy/estimation";
import { leastSquares } from "@understudy/understudy/stats";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

const cases = goldenCases("regression");
const data = goldenData("rct");
const rct = tableOf(data);
const numbers = (name: string) => data[name] as number[];

function checkArm(id: string, term: string, options: EstimateEffectsOptions): Table {
  const { expected, tol } = cases.get(id)!;
  const effects = estimateEffects(rct, { df: "residual", ...options });
  for (const field of ["estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high", "df"]) {
    const actual = effects.get(field.replace(".", "_"), 0) as number;
    assert(agrees(actual, expected.terms[term][field], tol), `${id} ${field}: ${actual}`);
  }
  assertEquals(effects.get("n", 0), 120);
  return effects;
}

const lin = { estimator: "lin", reference: 0 } as const;

Deno.test("estimateEffects(lin) agrees with estimatr's lm_lin", () => {
  const covariates = ["x1", "x2"];
  const effects = checkArm("lm_lin_basic", "z", { outcome: "y", arm: "z", covariates, ...lin });
  assertEquals([effects.get("design", 0), effects.get("notes", 0)], [
    "interacted regression",
    "covariance HC2",
  ]);
  const weighted = checkArm("lm_lin_weighted", "z", {
    outcome: "y",
    arm: "z",
    weights: "w",
    covariates,
    ...lin,
  });
  assertEquals(weighted.get("design", 0), "interacted regression, weighted");
  const clustered = { outcome: "yc", arm: "zc", clusters: "cl", covariates: "x1", ...lin };
  const found = checkArm("lm_lin_clustered", "zc", clustered);
  assertEquals(found.get("notes", 0), "30 clusters; covariance CR2");
});

Deno.test("estimateEffects(ols) agrees with estimatr's lm_robust: covariates, weights, clusters, blocks", () => {
  const model = { outcome: "y", arm: "z", reference: 0, estimator: "ols", covariates: ["x1", "x2"] } as const;
  for (const covarianceType of ["classical", "HC0", "HC1", "HC2", "HC3"] as const) {
    checkArm(`lm_robust_${covarianceType}`, "z", { ...model, covarianceType });
  }
  checkArm("lm_robust_w_HC2", "z", { ...model, weights: "w" });
  checkArm("lm_robust_cl_CR2", "zc", { ...model, outcome: "yc", arm: "zc", clusters: "cl" });
  const blocked = checkArm("lm_robust_fe_HC2", "zb", {
    ...model,
    outcome: "yb",
    arm: "zb",
    covariates: "x1",
    blocks: "block",
  });
  assertEquals(blocked.get("design", 0), "regression within blocks");
});

Deno.test("estimateEffects(ols) without covariates is the difference in means with the HC2 variance", () => {
  const plain = estimateEffects(rct, { outcome: "y", arm: "z", reference: 0 });
  const ols = estimateEffects(rct, { outcome: "y", arm: "z", reference: 0, estimator: "ols" });
  for (const field of ["estimate", "std_error"]) {
    assertAlmostEquals(ols.get(field, 0), plain.get(field, 0), 1e-12);
  }
  const design = [data.z!.map(() => 1), numbers("z")];
  const bellMcCaffrey = leastSquares(design, numbers("y"), { clusters: data.z!.map((_, row) => row) }).df[1]!;
  assertAlmostEquals(ols.get("df", 0), bellMcCaffrey, 1e-9);
});

/** The interacted regression of three arms, all columns in one fit. */
function jointFit(covarianceType: "classical" | "HC0" | "HC1" | "HC2" | "HC3" | "HC5", weights?: number[]) {
  const total = weights?.reduce((sum, value) => sum + value, 0) ?? 120;
  const centre = (values: number[]) => {
    const mean = values.reduce((sum, value, i) => sum + value * (weights?.[i] ?? 1), 0) / total;
    return values.map((value) => value - mean);
  };
  const covariates = [centre(numbers("x1")), centre(numbers("x3"))];
  const arms = ["t1", "t2"].map((name) => data.arm!.map((arm) => arm === name ? 1 : 0));
  const products = arms.flatMap((arm) =>
    covariates.map((values) => values.map((value, i) => value * arm[i]!))
  );
  const columns = [arms[0]!.map(() => 1), ...arms, ...covariates, ...products];
  return leastSquares(columns, numbers("ya"), {
    covarianceType,
    ...(weights === undefined ? {} : { weights }),
  });
}

Deno.test("estimateEffects(lin) of several arms is the one interacted regression of all, whatever the covariance", () => {
  for (const covarianceType of ["classical", "HC0", "HC1", "HC2", "HC3", "HC5"] as const) {
    for (const weights of [undefined, "w"]) {
      const effects = estimateEffects(rct, {
        outcome: "ya",
        reference: "ctl",
        estimator: "lin",
        covariates: ["x1", "x3"],
        covarianceType,
        df: "residual",
        ...(weights === undefined ? {} : { weights }),
      });
      const fit = jointFit(covarianceType, weights === undefined ? undefined : numbers("w"));
      assertEquals(columnOf(effects, "arm"), ["t1", "t2"]);
      for (const at of [0, 1]) {
        assertAlmostEquals(effects.get("estimate", at), fit.coefficients[at + 1]!, 1e-12);
        assertAlmostEquals(effects.get("std_error", at), fit.standardErrors[at + 1]!, 1e-12);
        assertEquals(effects.get("df", at), fit.df[at + 1]);
      }
    }
  }
});

Deno.test("estimateEffects(lin) with blocks averages the blocks' differences by their sizes", () => {
  const options = { outcome: "yb", arm: "zb", reference: 0, blocks: "block" };
  const blocked = estimateEffects(rct, options);
  const adjusted = estimateEffects(rct, { ...options, estimator: "lin" });
  assertAlmostEquals(adjusted.get("estimate", 0), blocked.get("estimate", 0), 1e-12);
  assertAlmostEquals(adjusted.get("std_error", 0), blocked.get("std_error", 0), 1e-12);
  assertEquals(
    estimateEffects(rct, { ...options, estimator: "lin", df: "residual" }).get("df", 0),
    120 - 2 * 6,
  );
  assertEquals(adjusted.get("design", 0), "interacted regression, blocked");
});

Deno.test("estimateEffects(lin, ols) take a persona in several arms for a cluster, and average its replies", () => {
  const random = stream(1, "within");
  const rows = Array.from({ length: 40 }, (_, i) => {
    return {
      persona_id: `p${Math.floor(i / 4)}`,
      arm: i % 4 < 2 ? "control" : "threat",
      y: random.normal(),
      age: Math.floor(i / 4),
    };
  });
  const column = (name: keyof typeof rows[number]) => rows.map((row) => row[name]);
  const table = tableOf({
    persona_id: column("persona_id"),
    arm: column("arm"),
    y: column("y"),
    age: column("age"),
  });
  const means = rows.filter((_, i) => i % 2 === 0).map((row, i) => ({
    ...row,
    y: (row.y + rows[2 * i + 1]!.y) / 2,
  }));
  const fit = leastSquares(
    [
      means.map(() => 1),
      means.map(({ arm }) => arm === "threat" ? 1 : 0),
      means.map(({ age }) => age - 4.5),
      means.map(({ arm, age }) => arm === "threat" ? age - 4.5 : 0),
    ],
    means.map(({ y }) => y),
    { clusters: means.map(({ persona_id }) => persona_id) },
  );
  const effects = estimateEffects(table, { outcome: "y", estimator: "lin", covariates: "age" });
  assertAlmostEquals(effects.get("estimate", 0), fit.coefficients[1]!, 1e-12);
  assertAlmostEquals(effects.get("std_error", 0), fit.standardErrors[1]!, 1e-12);
  assertAlmostEquals(effects.get("df", 0), fit.df[1]!, 1e-10);
  assertEquals(effects.get("n", 0), 20);
  assertStringIncludes(effects.get("notes", 0), "personas are in several arms: each of 10 is a cluster");
  assertStringIncludes(effects.get("notes", 0), "averaged the replies of a persona in an arm first");
});

const small = tableOf({
  arm: ["a", "a", "a", "a", "b", "b", "b", "b", "c"],
  y: [1, 2, 4, 3, 5, 7, 6, null, null],
  age: [1, 2, 3, 5, 2, 4, 3, 1, 1],
  party: ["x", "x", "y", "y", "x", "x", "y", null, "x"],
  block: ["u", "u", "u", "v", "u", "u", "v", "v", "v"],
});

Deno.test("estimateEffects(lin) leaves out rows without a covariate, and is NaN for an arm without values", () => {
  const effects = estimateEffects(small, {
    outcome: "y",
    reference: "a",
    estimator: "lin",
    covariates: ["party"],
  });
  assertStringIncludes(effects.get("notes", 0), "left out: b 1 without a value; c 1 without a value");
  assertEquals(effects.get("n", 0), 7);
  assert(Number.isNaN(effects.get("estimate", 1)) && Number.isNaN(effects.get("p_value", 1)));
  assertStringIncludes(effects.get("reason", 1), "no unit of 'c' has a value");
  const lacking = tableOf({
    arm: ["a", "a", "a", "b", "b", "b"],
    y: [1, 2, 3, 4, 5, 7],
    age: [1, 2, null, 3, 4, 5],
  });
  const adjusted = estimateEffects(lacking, {
    outcome: "y",
    reference: "a",
    estimator: "ols",
    covariates: "age",
  });
  assertStringIncludes(adjusted.get("notes", 0), "a 1 without 'age'");
  // A covariate that an arm cannot tell from its constant: its slope there is that of the reference.
  const flat = tableOf({
    arm: ["a", "a", "a", "a", "b", "b", "b"],
    y: [1, 2, 3, 5, 4, 5, 7],
    age: [1, 2, 4, 3, 2, 2, 2],
  });
  const joint = estimateEffects(flat, { outcome: "y", reference: "a", estimator: "lin", covariates: "age" });
  assertStringIncludes(joint.get("notes", 0), "covariates left out as combinations of earlier columns: 1");
});

Deno.test("estimateEffects(lin, ols) name what is wrong", () => {
  const model = { outcome: "y", reference: "a" } as const;
  const fails = (options: object, type: typeof RangeError | typeof TypeError, says: string) =>
    assertThrows(
      () => estimateEffects(small, { ...model, ...options } as EstimateEffectsOptions),
      type,
      says,
    );
  // estimatr refuses covariates beside the arm in its formula; here the arm is one column by construction.
  assert(typeof cases.get("lm_lin_error_twovars")!.expected.error === "string");
  fails({ arm: ["arm", "age"], estimator: "lin" }, TypeError, "'arm' must be the name of one column");
  fails({ covariates: ["age"] }, RangeError, "'covariates' must be left out with difference_in_means");
  fails({ covarianceType: "HC1" }, RangeError, "'covarianceType' must be left out with difference_in_means");
  fails({ estimator: "lin", covariates: ["height"] }, RangeError, "no column 'height'");
  fails(
    { estimator: "lin", covariates: ["age", "age"] },
    RangeError,
    "'covariates' must name each column once",
  );
  fails({ estimator: "lin", covarianceType: "CR2" }, RangeError, "'covarianceType' must be one of");
  fails(
    { estimator: "lin", blocks: "block" },
    RangeError,
    "'blocks' must hold at least two units of each arm for lin",
  );
});

const odd = fc.constantFrom<unknown>(null, undefined, NaN, "", "b", true, 0, -1, Infinity);
const often = (usual: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 80, arbitrary: usual }, { weight: 1, arbitrary: odd });
const number = often(fc.integer({ min: 0, max: 5 }));
const unit = fc.record({
  arm: often(fc.constantFrom("a", "b", "control")),
  y: number,
  x: number,
  g: often(fc.constantFrom("a", "b")),
  k: often(fc.integer({ min: 0, max: 9 })),
  w: number,
  persona_id: fc.integer({ min: 0, max: 40 }),
});

Deno.test("estimateEffects(ols, lin) of any table is a table or an error that says what cannot be done", () => {
  let tables = 0;
  const choices = { blocks: "g", clusters: "k", weights: "w", persona: "row" };
  fc.assert(
    fc.property(
      fc.array(unit, { minLength: 2, maxLength: 40 }),
      fc.subarray(Object.keys(choices)),
      fc.constantFrom("ols" as const, "lin" as const),
      fc.subarray(["x", "g"]),
      (units, chosen, estimator, covariates) => {
        const names = ["arm", "y", "x", "g", "k", "w", "persona_id"] as const;
        const table = tableOf({
          ...Object.fromEntries(names.map((name) => [name, units.map((own) => own[name])])),
          row: units.map((_, row) => row),
        });
        const options = {
          outcome: "y",
          reference: "a",
          estimator,
          covariates,
          ...Object.fromEntries(Object.entries(choices).filter(([key]) => chosen.includes(key))),
        };
        try {
          const effects = estimateEffects(table, options);
          tables++;
          for (let row = 0; row < effects.numRows(); row++) {
            const [se, p] = [effects.get("std_error", row) as number, effects.get("p_value", row) as number];
            assert(Number.isNaN(se) || se >= 0);
            assert(Number.isNaN(p) ? effects.get("reason", row) !== "" : p >= 0 && p <= 1);
          }
        } catch (error) {
          assert(
            /^Cannot (estimate effects|fit) /.test((error as Error).message),
            String((error as Error).stack),
          );
        }
      },
    ),
    { seed: 1, numRuns: 2000 },
  );
  assert(tables > 500, `only ${tables} tables`);
});

Deno.test("estimateEffects(ols) has no test between arms that agree beside one that does not", () => {
  const rows = Array.from({ length: 45 }, (_, i) => i);
  for (let shift = 0; shift < 9; shift++) {
    const own = rows.map((i) => (i * 7 + shift * 11) % 45);
    const table = tableOf({
      arm: own.map((i) => ["control", "threat", "urge"][i % 3]!),
      village: own.map((i) => `${i % 15}`),
      y: own.map((i) => i % 3 === 2 && i % 4 > 1 ? 1 : 0),
    });
    const effects = estimateEffects(table, { outcome: "y", estimator: "ols", clusters: "village" });
    assertEquals([effects.get("std_error", 0), effects.get("p_value", 0)], [0, NaN]);
    assert(effects.get("std_error", 1) as number > 0.05);
  }
});

Deno.test("estimateEffects(lin) takes no variance from answers that were not given where a unit is fitted exactly", () => {
  const units = [0, 1, 2, 3, 4];
  for (let shift = 0; shift < 5; shift++) {
    for (const step of [1, 2, 3, 4]) {
      const own = units.map((i) => (i * step + shift) % 5);
      const table = tableOf({
        arm: own.map((i) => i < 3 ? "control" : "threat"),
        age: own.map((i) => i * i),
        y: own.map((i) => i < 3 ? 0 : 1),
      });
      const effects = estimateEffects(table, { outcome: "y", estimator: "lin", covariates: "age" });
      assertEquals([effects.get("conf_low", 0), effects.get("p_value", 0)], [NaN, NaN], `${own}`);
      assert(effects.get("reason", 0) !== "");
    }
  }
});
