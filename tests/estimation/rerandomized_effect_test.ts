import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Columns, stream, tableOf } from "@understudy/understudy/core";
import {
  estimateRerandomizedEffect,
  type EstimateRerandomizedEffectOptions,
} from "@understudy/understudy/estimation";
import { leastSquares, moments, studentTQuantile } from "@understudy/understudy/stats";

type Row = { [column: string]: unknown };

function estimate(columns: Columns, options: Partial<EstimateRerandomizedEffectOptions> = {}): Row {
  const given = { outcome: "y", rerandomize: { covariates: "x", threshold: 1e3 }, ...options };
  return estimateRerandomizedEffect(tableOf(columns), given).object(0) as Row;
}

function study(): { arm: string[]; x: number[]; y: number[] } {
  const random = stream(1, "rerandomized effect");
  const x = Array.from({ length: 30 }, () => random.normal());
  const arm = x.map((_, i) => i % 3 === 0 ? "treated" : "control");
  return {
    arm,
    x,
    y: x.map((value, i) => 2 * value + (arm[i] === "treated" ? 1 + value : 0) + random.normal()),
  };
}

Deno.test("estimateRerandomizedEffect(a rule that accepts all) has Neyman's variance less that of fitted effects", () => {
  const { arm, x, y } = study();
  const found = estimate({ arm, x, y });
  const of = (name: string, values: number[]) => values.filter((_, i) => arm[i] === name);
  const [treated, control] = ["treated", "control"].map((name) => moments(of(name, y)));
  const slope = (name: string) =>
    leastSquares([of(name, y).map(() => 1), of(name, x)], of(name, y)).coefficients[1]!;
  const fitted = (slope("treated") - slope("control")) ** 2 * moments(x).variance / 30;
  const variance = treated!.variance / 10 + control!.variance / 20 - fitted;
  assertAlmostEquals(found.estimate as number, treated!.mean - control!.mean, 1e-12);
  assertAlmostEquals(found.std_error as number, Math.sqrt(variance), 1e-9);
  const half = studentTQuantile(0.975, Infinity) * Math.sqrt(variance);
  assertAlmostEquals(found.conf_high as number, (found.estimate as number) + half, 1e-6);
});

Deno.test("estimateRerandomizedEffect(a strict rule) narrows the interval by what covariates explain", () => {
  const columns = study();
  const wide = estimate(columns);
  const narrow = estimate(columns, { rerandomize: { covariates: "x", threshold: 0.01 } });
  const r2 = narrow.r_squared as number;
  assert(r2 > 0.5 && r2 < 1);
  // Almost all that covariates explain is gone: 1 − R² of the variance is left.
  const left = ((narrow.std_error as number) / (wide.std_error as number)) ** 2;
  assertAlmostEquals(left, 1 - r2 * (1 - 0.01 / 3), 1e-3);
  assert((narrow.p_value as number) < (wide.p_value as number));
});

Deno.test("estimateRerandomizedEffect(missing values) leaves them out of the estimate and counts them", () => {
  const { arm, x, y } = study();
  const found = estimate({ arm, x, y: y.map((value, i) => i === 3 ? NaN : value) });
  assertEquals(found.n, 29);
  assertEquals(found.reason, "left out: treated without a value: 1");
  const few = estimate({ arm: ["a", "b", "a"], x: [1, 2, 4], y: [1, 2, 3] }, { reference: "a" });
  assert(Number.isNaN(few.conf_low as number));
  assertStringIncludes(few.reason as string, "too few units for 1 covariates");
  const flat = estimate({ arm, x, y: y.map(() => 4) });
  assertStringIncludes(flat.reason as string, "does not vary");
});

Deno.test("estimateRerandomizedEffect(bad input) says what is wrong", () => {
  const { arm, x, y } = study();
  const wrong = (options: object, columns: Columns = { arm, x, y }) => () => estimate(columns, options);
  assertThrows(wrong({ rerandomise: {} }), TypeError, "option 'rerandomise' is unknown");
  assertThrows(
    wrong({ rerandomize: undefined }),
    TypeError,
    "'rerandomize' must be the rule of the assignment",
  );
  assertThrows(wrong({ rerandomize: { covariates: "age" } }), RangeError, "no column 'age'");
  const three = arm.map((name, i) => i < 5 ? "other" : name);
  assertThrows(wrong({}, { arm: three, x, y }), RangeError, "two arms without blocks and clusters");
});
