import { assert, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { estimateRegression, type EstimateRegressionOptions } from "@understudy/understudy/estimation";
import { goldenCases, goldenData } from "../stats/golden_cases.ts";

const cases = goldenCases("regression");
const rct = tableOf(goldenData("rct"));

Deno.test("estimateRegression(table) refuses what estimatr refuses", () => {
  const model = { outcome: "y", terms: ["z"] };
  const fails = (options: EstimateRegressionOptions, says: string, table = rct) => {
    const error = assertThrows(() => estimateRegression(table, options), RangeError, says);
    assert(error.message.startsWith("Cannot "), error.message);
  };
  for (const id of ["lm_robust_bad_se_type", "lm_robust_bad_se_type_cl", "lm_robust_negative_weights"]) {
    assert(typeof cases.get(id)!.expected.error === "string");
  }
  fails({ ...model, covarianceType: "CR2" }, "'covarianceType' must be one of \"classical\"");
  fails(
    { ...model, clusters: "cl", covarianceType: "HC2" },
    "'covarianceType' with 'clusters' must be one of \"CR0\"",
  );
  const lowered = tableOf({ ...goldenData("rct"), w: (goldenData("rct").w as number[]).map((w) => w - 1) });
  fails({ ...model, weights: "w" }, "'w' must hold finite numbers of at least 0", lowered);
});

Deno.test("estimateRegression(table, options) names what is wrong", () => {
  const model = { outcome: "y", terms: ["z", "x2"] };
  const fails = (options: object, type: typeof RangeError | typeof TypeError, says: string) =>
    assertThrows(() => estimateRegression(rct, options as EstimateRegressionOptions), type, says);
  fails({ ...model, terms: "z" }, TypeError, "'terms' must be a list of columns' names");
  fails({ ...model, terms: ["q"] }, RangeError, "no column 'q'");
  fails({ ...model, terms: ["z:"] }, RangeError, "'terms' must name columns beside every ':'");
  fails({ ...model, terms: ["z:z"] }, RangeError, "'terms' must multiply different columns");
  fails({ ...model, terms: [], intercept: false }, RangeError, "'terms' must name a column");
  fails({ ...model, fixedEffects: "z" }, RangeError, "'fixedEffects' must name columns that are not terms");
  fails({ ...model, factors: ["block"] }, RangeError, "'factors' must name columns among the terms");
  fails({ ...model, term: ["z"] }, TypeError, "option 'term' is unknown");
  fails({ ...model, hypotheses: "z" }, TypeError, "'hypotheses' must be a list");
  fails(
    { ...model, hypotheses: ["w = 0"] },
    RangeError,
    "'hypotheses' must name terms: current value is \"w = 0\"",
  );
  fails(
    { ...model, hypotheses: [{ weights: { w: 1 } }] },
    RangeError,
    "the terms are (intercept), z, x2 = b, x2 = c",
  );
  fails({ ...model, hypotheses: [{}] }, TypeError, "must hold texts, or weights by term");
  fails({ ...model, hypotheses: ["0*z"] }, RangeError, "'hypotheses' must name a coefficient");
  fails({ ...model, hypotheses: [[]] }, RangeError, "'hypotheses' must hold no empty list");
  for (const text of ["", "z +", "z = ", "= z", "z = 0 = 0", "2 3 z", "z z", "2* = 1", "z -- ", "3"]) {
    fails({ ...model, hypotheses: [text] }, RangeError, "Cannot estimate a regression as 'hypotheses' must");
  }
});
