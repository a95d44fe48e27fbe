import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  normalCdf,
  normalQuantile,
  studentTCdf,
  studentTQuantile,
  studentTTwoSided,
} from "@understudy/understudy/stats";

// mpmath 1.4.1 at 60 digits: betainc(df/2, 1/2, 0, df/(df+t^2), regularized=True)/2, and findroot on its logarithm.
const lowerTails: [number, number, number][] = [
  [-0.5, 0.5, 0.3786590364647183],
  [-20, 0.5, 0.07169748051423032],
  [-1, 1.7, 0.21905143615032088],
  [-2.8, 7.345, 0.012628937900969391],
  [-20, 7.345, 5.643467326434802e-08],
  [-2.8, 27.006179021389, 0.004661868039931082],
  [-20, 27.006179021389, 5.064396536687343e-18],
  [-0.5, 1000.5, 0.3085925129340929],
  [-20, 1000.5, 2.005400198037101e-75],
  [-2.8, 19999, 0.00255758005533395],
  [-20, 19999, 2.0018000400683133e-88],
  [-2.8, 20001, 0.0025575798103175465],
  [-20, 20001, 2.00140819938962e-88],
  [-1, 1e6, 0.15865537491678908],
];
const quantiles: [number, number, number][] = [
  [0.4, 0.5, -0.3979754267847906],
  [0.025, 0.5, -164.55767348048852],
  [1e-12, 0.5, -1.02849115631634e23],
  [0.025, 1.7, -5.11883898825306],
  [1e-12, 1.7, -6848530.486556438],
  [0.4, 7.345, -0.26269822457400493],
  [0.025, 7.345, -2.342293948427774],
  [0.025, 27.006179021389, -2.0518085502392758],
  [1e-12, 27.006179021389, -12.111836040557858],
  [0.025, 1000.5, -1.9623378924593484],
  [0.025, 20001, -1.960082599227048],
  [1e-12, 1e6, -7.034572608411256],
];

Deno.test("studentTCdf(t, df) agrees with 60-digit arithmetic at fractional df", () => {
  for (const [t, df, expected] of lowerTails) {
    assert(Math.abs(studentTCdf(t, df) / expected - 1) < 1e-12, `t ${t}, df ${df}: ${studentTCdf(t, df)}`);
    assertAlmostEquals(studentTCdf(-t, df), 1 - expected, 1e-13);
    assertAlmostEquals(studentTTwoSided(-t, df), 2 * expected, 2e-12 * expected);
  }
});

Deno.test("studentTQuantile(probability, df) agrees with 60-digit arithmetic at fractional df", () => {
  for (const [probability, df, expected] of quantiles) {
    const actual = studentTQuantile(probability, df);
    assert(Math.abs(actual / expected - 1) < 1e-12, `probability ${probability}, df ${df}: ${actual}`);
  }
  assertAlmostEquals(studentTQuantile(0.975, 7.345), 2.342293948427774, 1e-12);
});

Deno.test("studentTCdf(t, 1) and (t, 2) have their closed forms", () => {
  for (const t of [-7, -1, -0.3, 0, 0.9, 1, 12]) {
    assertAlmostEquals(studentTCdf(t, 1), 0.5 + Math.atan(t) / Math.PI, 1e-14);
    assertAlmostEquals(studentTCdf(t, 2), 0.5 + t / (2 * Math.sqrt(2 + t * t)), 1e-14);
  }
});

Deno.test("the t functions answer at the ends of their range", () => {
  assertEquals([studentTCdf(-Infinity, 3), studentTCdf(0, 3), studentTCdf(Infinity, 3)], [0, 0.5, 1]);
  const ends = [0, 0.5, 1].map((probability) => studentTQuantile(probability, 3));
  assertEquals(ends, [-Infinity, 0, Infinity]);
  // One degree of freedom: -cot(πp), however far out.
  for (const probability of [1e-16, 1e-17, 1e-300]) {
    assertAlmostEquals(studentTQuantile(probability, 1) * Math.tan(Math.PI * probability), -1, 1e-12);
  }
  assertAlmostEquals(studentTQuantile(0.975, Infinity), 1.959963984540054, 1e-12);
  assertAlmostEquals(studentTCdf(-1.959963984540054, Infinity), 0.025, 1e-14);
  for (const df of [0, -1, NaN]) {
    assert(Number.isNaN(studentTCdf(1, df)) && Number.isNaN(studentTQuantile(0.9, df)));
  }
  assert(Number.isNaN(studentTCdf(NaN, 3)) && Number.isNaN(studentTQuantile(1.1, 3)));
});

Deno.test("normalCdf(z) and normalQuantile(p) agree with tables and with each other", () => {
  // Abramowitz and Stegun, tables 26.1 and 26.5; mpmath ncdf for the tails
  assertAlmostEquals(normalCdf(1), 0.841344746068543, 1e-15);
  assertAlmostEquals(normalCdf(-5) / 2.866515718791939e-7, 1, 1e-13);
  assertAlmostEquals(normalQuantile(0.975), 1.959963984540054, 1e-15);
  for (const p of [1e-10, 0.003, 0.2, 0.5, 0.77, 0.9999]) {
    assertAlmostEquals(normalCdf(normalQuantile(p)) / p, 1, 1e-12);
  }
  assert(Number.isNaN(normalQuantile(-0.1)) && Number.isNaN(normalCdf(NaN)));
});

Deno.test("importing stats needs no permission", async () => {
  const entry = new URL("../../lib/stats/mod.ts", import.meta.url).pathname;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", entry],
  }).output();
  assert(success);
});

Deno.test("studentTTwoSided(t² = 3 df / (df + 2)) ends where the fraction and its complement are as good", () => {
  for (let df = 1; df <= 200; df++) {
    const at = Math.sqrt(3 * df / (df + 2));
    for (const t of [at, at * (1 - 1e-15), at * (1 + 1e-15)]) {
      const between = (studentTTwoSided(t * 0.9999, df) + studentTTwoSided(t * 1.0001, df)) / 2;
      assertAlmostEquals(studentTTwoSided(t, df), between, 1e-8);
    }
  }
});
