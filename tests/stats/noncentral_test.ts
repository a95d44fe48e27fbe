import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { normalCdf, studentTCdf } from "@understudy/understudy/stats";
import { findRoot } from "../../lib/stats/find_root.ts";
import {
  averageOverScaledChi,
  noncentralFUpper,
  noncentralTCdf,
  noncentralTUpper,
} from "../../lib/stats/noncentral.ts";

// mpmath 1.3.0 at 30 digits: the integral of the normal distribution function against the density of the scaled chi.
const nonCentralT: readonly [number, number, number, number][] = [
  [2, 10, 1, 0.8076115625303752],
  [1.98, 98, 2.5, 0.3015638554196828],
  [-1.98, 98, 2.5, 4.677167961970859e-6],
  [12.7, 1, 3, 0.8138032180076041],
  [2.2, 2.5, 1, 0.7631098291046788],
  [1.96, 5000, 2.8, 0.20047194236570043],
  [3, 7.3, -1, 0.9992850844974039],
  [0, 5, 1.2, 0.11506967022170826],
  [2, 1e6, 2.1, 0.46017200394197805],
  [30, 20, 25, 0.8305613288019649],
];

// scipy 1.17.1: stats.ncf.sf(f, numerator, denominator, noncentrality).
const nonCentralF: readonly [number, number, number, number, number][] = [
  [3, 2, 117, 7.5, 0.6866867785235029],
  [4, 1, 20, 10, 0.8712501531340523],
  [1.5, 3.5, 12.25, 4, 0.6310452025674248],
  [3, 5, 10000, 50, 0.9998256327913911],
];

Deno.test("noncentralTCdf(t, df, noncentrality) agrees with a numerical integral at 30 digits", () => {
  for (const [t, df, noncentrality, expected] of nonCentralT) {
    const found = noncentralTCdf(t, df, noncentrality);
    assert(
      Math.abs(found / expected - 1) < 1e-12,
      `${t}, ${df}, ${noncentrality}: ${found} is not ${expected}`,
    );
  }
});

Deno.test("noncentralTCdf(t, df, 0) is Student's distribution", () => {
  for (const df of [1, 2.5, 9, 40.25, 1e4]) {
    for (const t of [-6, -1, 0, 0.3, 2.5]) {
      assertAlmostEquals(noncentralTCdf(t, df, 0), studentTCdf(t, df), 1e-12);
    }
  }
});

Deno.test("noncentralTCdf(t, Infinity, noncentrality) is normal", () => {
  assertEquals(noncentralTCdf(1.5, Infinity, 1), normalCdf(0.5));
});

Deno.test("noncentralTUpper(t, df, noncentrality) is the complement", () => {
  for (const [t, df, noncentrality, expected] of nonCentralT) {
    assertAlmostEquals(noncentralTUpper(t, df, noncentrality), 1 - expected, 1e-12);
  }
});

Deno.test("noncentralTCdf(…) is NaN where it is not defined and has its limits", () => {
  assertEquals(noncentralTCdf(NaN, 5, 1), NaN);
  assertEquals(noncentralTCdf(1, 0.5, 1), NaN);
  assertEquals([noncentralTCdf(Infinity, 5, 1), noncentralTCdf(-Infinity, 5, 1)], [1, 0]);
});

Deno.test("noncentralFUpper(f, …) agrees with scipy", () => {
  for (const [f, numerator, denominator, noncentrality, expected] of nonCentralF) {
    assertAlmostEquals(noncentralFUpper(f, numerator, denominator, noncentrality), expected, 1e-13);
  }
});

Deno.test("noncentralFUpper(t², 1, df, δ²) is both tails of the noncentral t", () => {
  for (const [t, df, delta] of [[2, 10, 1], [1.98, 98, 2.5], [3, 4.5, 0.5]] as const) {
    const tails = noncentralTUpper(t, df, delta) + noncentralTCdf(-t, df, delta);
    assertAlmostEquals(noncentralFUpper(t * t, 1, df, delta * delta), tails, 1e-12);
  }
});

Deno.test("noncentralFUpper(f, …) is NaN out of range and has its limit", () => {
  assertEquals(noncentralFUpper(-1, 2, 3, 1), NaN);
  assertEquals(noncentralFUpper(1, 0, 3, 1), NaN);
  assertEquals(noncentralFUpper(Infinity, 2, 3, 1), 0);
});

Deno.test("averageOverScaledChi(df) integrates to 1 and has mean square 1", () => {
  for (const df of [1, 1.5, 2, 30, 59, 61, 5000, 1e7]) {
    assertAlmostEquals(averageOverScaledChi(df, () => 1), 1, 1e-12);
    assertAlmostEquals(averageOverScaledChi(df, (s) => s * s), 1, 1e-12);
  }
});

Deno.test("findRoot(increasing) widens its bracket, stays within limits and says where there is no root", () => {
  assertAlmostEquals(findRoot((x) => x ** 3 - 1000, 0, 1), 10, 1e-13);
  assertAlmostEquals(findRoot((x) => Math.log(x), 50, 60, [0, Infinity]), 1, 1e-13);
  assertEquals(findRoot((x) => x - 5, 0, 1, [-Infinity, 4]), NaN);
  assertEquals(findRoot((x) => x + 5, 0, 1, [0, Infinity]), NaN);
  assertEquals(findRoot(() => NaN, 0, 1), NaN);
  assertEquals(findRoot((x) => x, 0, 1), 0);
});
