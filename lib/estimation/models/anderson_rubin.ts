import { type Matrix, quadraticInverse } from "../../stats/matrix.ts";
import { fCritical, fUpper } from "../../stats/distributions.ts";
import { fitWith, type InstrumentModel, jointFreedom } from "./instrument_tests.ts";

/** The Anderson-Rubin test of no effect and the values that it does not reject. */
export interface AndersonRubin {
  /** F of no effect. */
  readonly statistic: number;
  /** Restrictions. */
  readonly dfNumerator: number;
  /** Denominator degrees of freedom. */
  readonly df: number;
  /** p-value of no effect. */
  readonly pValue: number;
  /** Lowest value not rejected; may be infinite. */
  readonly low: number;
  /** Highest value not rejected; may be infinite. */
  readonly high: number;
  /** What the reader must know. */
  readonly notes: readonly string[];
  /** Why there is no interval. */
  readonly reason: readonly string[];
}

/**
 * Tests values β of the one effect by whether the instruments explain y - βd, and collects those not rejected: valid
 * however weak the instruments are (Anderson and Rubin 1949, Annals of Mathematical Statistics 20, 46-63).
 *
 * The instruments' coefficients in the regression of y - βd are π_y - βπ_d and their covariance is a quadratic in β,
 * so three regressions give the test at every β.
 */
export function andersonRubin(model: InstrumentModel, centre: number, alpha: number): AndersonRubin {
  const { at, scale, df, restrictions } = testAtValues(model);
  const critical = fCritical(alpha, restrictions, df);
  const accepts = (beta: number) => at(beta) <= critical;
  const statistic = at(0);
  const test = {
    statistic,
    dfNumerator: restrictions,
    df,
    pValue: fUpper(statistic, restrictions, df),
  };
  if (!Number.isFinite(critical) || Number.isNaN(statistic)) {
    const reason = ["no Anderson-Rubin interval can be computed"];
    return { ...test, low: NaN, high: NaN, notes: [], reason };
  }
  return { ...test, ...collect(accepts, centre, scale) };
}

function testAtValues(
  model: InstrumentModel,
): { at: (beta: number) => number; scale: number; df: number; restrictions: number } {
  const instruments = [...model.exogenous, ...model.excluded];
  const received = model.endogenous[0]!;
  const scale = deviation(model.outcome) / deviation(received) || 1;
  const fits = [0, 1, -1].map((factor) => fitWith(model, instruments, shift(model, factor * scale)));
  const places = [...instruments.keys()].slice(model.exogenous.length)
    .filter((j) => !fits[0]!.dropped.includes(j));
  const [V0, V1, V2] = fits.map(({ covariance }) => places.map((j) => places.map((l) => covariance[j]![l]!)));
  const [b0, b1] = fits.map(({ coefficients }) => places.map((j) => coefficients[j]!));
  // In units t = β / scale: b(t) = b0 + t (b1 - b0), V(t) = V0 + t (V1 - V2) / 2 + t² ((V1 + V2) / 2 - V0).
  // Dividing by 1 + t² keeps both finite up to t = ±∞.
  const at = (beta: number) => {
    const angle = Math.atan(beta / scale);
    const [one, t] = [Math.cos(angle), Math.sin(angle)];
    const b = b0!.map((value, j) => one * value + t * (b1![j]! - value));
    const V: Matrix = V0!.map((row, j) =>
      row.map((value, l) => {
        const [up, down] = [V1![j]![l]!, V2![j]![l]!];
        return one * one * value + one * t * (up - down) / 2 + t * t * ((up + down) / 2 - value);
      })
    );
    return quadraticInverse(V, b) / places.length;
  };
  return { at, scale, df: jointFreedom(model, fits[0]!), restrictions: places.length };
}

function shift({ outcome, endogenous }: InstrumentModel, beta: number): Float64Array {
  return outcome.map((value, row) => value - beta * endogenous[0]![row]!);
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** The lowest and highest accepted value, looked for along an angle that runs from -∞ to ∞ around the centre. */
function collect(
  accepts: (beta: number) => boolean,
  centre: number,
  scale: number,
): Pick<AndersonRubin, "low" | "high" | "notes" | "reason"> {
  const steps = 400;
  const value = (step: number) => centre + scale * Math.tan(Math.PI * (step / steps - 0.5));
  const accepted: boolean[] = [];
  for (let step = 0; step <= steps; step++) {
    accepted.push(accepts(step === 0 ? -Infinity : step === steps ? Infinity : value(step)));
  }
  const first = accepted.indexOf(true);
  if (first < 0) {
    const reason = ["the instruments contradict each other: every value is rejected"];
    return { low: NaN, high: NaN, notes: [], reason };
  }
  const last = accepted.lastIndexOf(true);
  const low = first === 0 ? -Infinity : boundary(accepts, value(first), value(first - 1 || 1e-9));
  const high = last === steps
    ? Infinity
    : boundary(accepts, value(last), value(Math.min(last + 1, steps - 1e-9)));
  const gap = accepted.slice(first, last).includes(false);
  const notes = low === -Infinity || high === Infinity
    ? [
      `the instruments are too weak for a bounded interval${
        gap ? "; values in its middle are rejected" : ""
      }`,
    ]
    : gap
    ? ["some values inside the interval are rejected"]
    : [];
  return { low, high, notes, reason: [] };
}

/** The border between an accepted and a rejected value. */
function boundary(accepts: (beta: number) => boolean, inside: number, outside: number): number {
  for (let step = 0; step < 200; step++) {
    const middle = (inside + outside) / 2;
    if (middle === inside || middle === outside) break;
    if (accepts(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
