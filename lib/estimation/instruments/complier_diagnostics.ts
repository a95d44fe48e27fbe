import type { TwoStageFit } from "../../stats/two_stage_least_squares.ts";
import { andersonRubin } from "./anderson_rubin.ts";
import {
  type InstrumentModel,
  type JointTest,
  testEndogeneity,
  testInstruments,
  testOveridentification,
} from "./instrument_tests.ts";
import { noCoefficient } from "../tidy_coefficient.ts";

type Row = { readonly [column: string]: unknown };

/** The rows of checks: Anderson-Rubin, weak instruments, Wu-Hausman, overidentification. */
export function diagnosticRows(
  model: InstrumentModel,
  fit: TwoStageFit,
  received: readonly string[],
  alpha: number,
): Row[] {
  const regressors = [...model.exogenous, ...model.endogenous];
  const projected = regressors.map((column, j) =>
    column.map((value, row) => value - fit.firstStageResiduals[j]![row]!)
  );
  const weak = model.endogenous.map((column, j) =>
    testRow(
      received[j]!,
      "weak_instruments",
      testInstruments(model, column),
      "F below about 10 means weak instruments",
    )
  );
  const residuals = fit.firstStageResiduals.slice(-received.length);
  const endogeneity = testRow(
    received.join(", "),
    "wu_hausman",
    testEndogeneity(model, residuals),
    "small p: least squares of the outcome on what was received would be biased",
  );
  const over = model.excluded.length > model.endogenous.length
    ? testRow(
      received.join(", "),
      "overidentification",
      testOveridentification(model, projected, fit.residuals),
      "small p: the instruments contradict each other",
    )
    : { ...testRow(received.join(", "), "overidentification", noTest, "no spare instrument to test with") };
  return [...andersonRubinRows(model, fit, received, alpha), ...weak, endogeneity, over];
}

const noTest: JointTest = { statistic: NaN, dfNumerator: 0, df: NaN, pValue: NaN };

function testRow(term: string, quantity: string, test: JointTest, reason: string): Row {
  return {
    ...noCoefficient,
    term,
    quantity,
    statistic: test.statistic,
    df_numerator: test.dfNumerator,
    df: test.df,
    p_value: test.pValue,
    reason: Number.isNaN(test.statistic) && test !== noTest ? "cannot be computed" : reason,
  };
}

function andersonRubinRows(
  model: InstrumentModel,
  { fit }: TwoStageFit,
  received: readonly string[],
  alpha: number,
): Row[] {
  if (received.length !== 1) return [];
  const estimate = fit.coefficients[model.exogenous.length]!;
  const found = andersonRubin(model, estimate, alpha);
  return [{
    term: received[0],
    quantity: "anderson_rubin",
    estimate,
    std_error: NaN,
    statistic: found.statistic,
    df_numerator: found.dfNumerator,
    df: found.df,
    p_value: found.pValue,
    conf_low: found.low,
    conf_high: found.high,
    reason: ["valid however weak the instruments are", ...found.notes].join("; "),
  }];
}
