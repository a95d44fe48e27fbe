import fc from "fast-check";
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { calibrateQuantiles, type CalibrateQuantilesOptions } from "@understudy/understudy/calibration";
import { stream, type Table, tableOf } from "@understudy/understudy/core";
import { normalQuantile, sampleQuantile } from "@understudy/understudy/stats";
import { goldenCases, goldenData } from "../stats/golden_cases.ts";
import { type Data, labelled, namesOf, pairedTables, unlabelled } from "./golden_pairs.ts";

interface Row {
  readonly estimator: string;
  readonly reason: string;
  readonly [column: string]: number | string;
}

function rowsOf(data: readonly [Table, Table], options: Partial<CalibrateQuantilesOptions>): Row[] {
  return calibrateQuantiles(...data, { outcome: "y", ...options }).objects() as Row[];
}

const cases = goldenCases("ppi");
const asReference = { lambda: 1, interval: "wald" } as const;
const plain = pairedTables(labelled, unlabelled, ["y", "yhat"]);

for (const q of [0.25, 0.5]) {
  Deno.test(`calibrateQuantiles(λ = 1, interval: "wald") is ppi_py's on the sorted data, and within steps of its grid: ${q}`, () => {
    const { expected } = cases.get(`ppi_quantile_${q}`)!;
    const [row] = rowsOf(plain, { ...asReference, quantiles: [q] });
    assertEquals(row!.estimate, expected.point_exact);
    assertEquals([row!.conf_low, row!.conf_high], expected.ci_exact);
    // The grid has 5000 values from the least to the largest.
    const all = [...labelled.y!, ...labelled.yhat!, ...unlabelled.yhat!];
    const step = (Math.max(...all) - Math.min(...all)) / 4999;
    assertAlmostEquals(row!.estimate as number, expected.point_grid, step);
    // Its ends are the outermost values of the grid that are not rejected: within two steps of values that are answers.
    assertAlmostEquals(row!.conf_low as number, expected.ci_grid[0], 2 * step);
    assertAlmostEquals(row!.conf_high as number, expected.ci_grid[1], 2 * step);
  });
}

Deno.test("calibrateQuantiles(λ = 1) has ppi_py's cross-prediction where each model's answers are personas of their own", () => {
  const { expected } = cases.get("crossppi_quantile")!;
  const models = goldenData("crossppi_unlabeled") as unknown as Data;
  const people = { y: labelled.y!, f: labelled.yhat! };
  const data = pairedTables(people, { f: [...models.f1!, ...models.f2!, ...models.f3!] }, ["y", "f"]);
  const [row] = rowsOf(data, { ...asReference, quantiles: [0.5] });
  assertEquals(row!.estimate, expected.point_exact);
  // Its interval has the variance of the models' mean answer: 400 personas' where ours are 1200, next to 80 people's.
  assertAlmostEquals(row!.conf_low as number, expected.ci_exact[0], 0.05);
  assertAlmostEquals(row!.conf_high as number, expected.ci_exact[1], 0.05);
});

/** The definition: each value is tried against all answers. */
function slowly(
  { y, f, pool, w, v }: { y: number[]; f: number[]; pool: number[]; w: number[]; v: number[] },
  q: number,
): { estimate: number; low: number; high: number } {
  const z = normalQuantile(0.975);
  const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  const size = (weights: number[]) => total(weights) ** 2 / total(weights.map((weight) => weight ** 2));
  const [n, m] = [size(w), size(v)];
  const at = (below: (value: number) => boolean) => {
    const [answers, predictions] = [y.map((value) => +below(value)), f.map((value) => +below(value))];
    const mean = (values: number[], weights: number[]) =>
      total(values.map((value, i) => weights[i]! * value)) / total(weights);
    const share = mean(pool.map((value) => +below(value)), v);
    const [my, mf] = [mean(answers, w), mean(predictions, w)];
    const about = (a: number[], b: number[], weights: number[]) =>
      total(a.map((value, i) => weights[i]! * (value - mean(a, w)) * (b[i]! - mean(b, w)))) / total(weights);
    const [yy, ff, yf] = [
      about(answers, answers, w),
      about(predictions, predictions, w),
      about(answers, predictions, w),
    ];
    const explained = yy * ff > 1e-12 ? yf ** 2 / (yy * ff) : 0;
    const shrunk = explained > 1e-12 ? Math.max(0, 1 - (1 - explained) / (explained * (n - 3))) : 0;
    const lambda = n > 3 && shrunk > 0 ? m / (n + m) * shrunk * yf / ff : 0;
    const residual = answers.map((value, i) => value - lambda * predictions[i]!);
    const squared = (values: number[]) =>
      total(values.map((value, i) => w[i]! ** 2 * (value - mean(values, w)) ** 2)) / total(w) ** 2;
    // Two people more, in between the usual weight and the largest, beside two of equal weight.
    const [heavy, two] = [2 * q * (1 - q) / n * Math.max(...w) / total(w), 2 * q * (1 - q) / n ** 2];
    const variance = q * (1 - q) / n * (squared(residual) + heavy) / (my * (1 - my) / n + two) +
      lambda ** 2 * share * (1 - share) / m;
    const skew = (1 - 2 * q) * (z * z - 1) / 6 * variance / (q * (1 - q));
    const half = z * Math.sqrt(variance) + 1 / 4 / n;
    const rectified = my + lambda * (share - mf);
    return {
      share: rectified,
      upper: rectified + Math.max(0, half - skew),
      lower: rectified - Math.max(0, half + skew),
    };
  };
  const grid = [...new Set([...y, ...f, ...pool])].sort((a, b) => a - b);
  const atOrBelow = (x: number) => at((value) => value <= x);
  const under = (x: number) => at((value) => value < x);
  return {
    estimate: grid.find((x) => atOrBelow(x).share >= q - 1e-12)!,
    low: under(grid[0]!).upper >= q ? -Infinity : grid.find((x) => atOrBelow(x).upper >= q)!,
    high: atOrBelow(grid.at(-1)!).lower <= q ? Infinity : grid.findLast((x) => under(x).lower <= q)!,
  };
}

/** Answers, predictions of them, and of a pool, on a scale of so many points, with weights. */
function draw(name: string, points: number, n = 25, m = 60) {
  const random = stream(20261130, "quantiles", name);
  const place = (x: number) =>
    points === 0 ? x : Math.max(1, Math.min(points, Math.round((points + 1) / 2 + 1.3 * x)));
  const answers = Array.from({ length: n }, () => random.normal());
  return {
    y: answers.map(place),
    f: answers.map((x) => place(0.8 * x + 0.6 * random.normal())),
    pool: Array.from({ length: m }, () => place(random.normal())),
    w: answers.map(() => Math.exp(0.4 * random.normal())),
    v: Array.from({ length: m }, () => Math.exp(0.4 * random.normal())),
  };
}

for (const points of [0, 2, 7]) {
  Deno.test(`calibrateQuantiles() sorts once and finds what trying each value against all answers does: ${points || "all"} values`, () => {
    for (let study = 0; study < 12; study++) {
      const drawn = draw(`slow ${points} ${study}`, points);
      const weighted = study % 2 === 1;
      const data = weighted ? drawn : { ...drawn, w: drawn.w.map(() => 1), v: drawn.v.map(() => 1) };
      const tables = pairedTables(
        { y: data.y, f: data.f, w: data.w },
        { f: data.pool, w: data.v },
        ["y", "f"],
      );
      const quantiles = [0.05, 0.3, 0.5, 0.9];
      const rows = rowsOf(tables, { quantiles, ...(weighted ? { weights: "w" } : {}) });
      quantiles.forEach((q, at) => {
        const { estimate, low, high } = slowly(data, q);
        const row = rows[2 * at]!;
        assertEquals(
          [row.estimate, row.conf_low, row.conf_high],
          [estimate, low, high],
          `${q} in study ${study}`,
        );
      });
    }
  });
}

Deno.test("calibrateQuantiles() has intervals on a 7-point scale where ppi_py's definition has an empty one", () => {
  let empty = 0;
  for (let study = 0; study < 40; study++) {
    const { y, f, pool } = draw(`seven ${study}`, 7, 200, 1000);
    const tables = pairedTables({ y, f }, { f: pool }, ["y", "f"]);
    const [row] = rowsOf(tables, { quantiles: [0.5] });
    assert(
      (row!.conf_low as number) <= (row!.estimate as number) &&
        (row!.estimate as number) <= (row!.conf_high as number),
    );
    assert([1, 2, 3, 4, 5, 6, 7].includes(row!.conf_low as number));
    // ppi_py keeps the values at which the share is not told from a half: on seven points often none.
    const share = (values: readonly number[], x: number) =>
      values.filter((value) => value <= x).length / values.length;
    const kept = [1, 2, 3, 4, 5, 6, 7].filter((x) => {
      const differ = y.map((value, at) => +(value <= x) - +(f[at]! <= x));
      const mean = differ.reduce((sum, value) => sum + value, 0) / 200;
      const spread = differ.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 200;
      const own = share(pool, x);
      return Math.abs(own + mean - 0.5) <= 1.96 * Math.sqrt(spread / 200 + own * (1 - own) / 1000);
    });
    if (kept.length === 0) empty++;
  }
  assert(empty > 20, `${empty}`);
});

Deno.test("calibrateQuantiles(λ = 0) is people alone: the type 1 quantile of their answers", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 5, maxLength: 40 }),
    fc.integer({ min: 5, max: 95 }).map((percent) => percent / 100),
    (answers, q) => {
      const data = pairedTables({ y: answers, f: answers.map(() => 0) }, { f: [1, 2, 3] }, ["y", "f"]);
      const [calibrated, alone] = rowsOf(data, { lambda: 0, quantiles: [q] });
      const sorted = answers.toSorted((a, b) => a - b);
      assertEquals(alone!.estimate, sampleQuantile(sorted, q, 1));
      assertEquals(calibrated!.estimate, alone!.estimate);
      assertEquals([alone!.lambda, alone!.n_effective, alone!.n_synthetic], [0, answers.length, 0]);
    },
  ));
});

Deno.test("calibrateQuantiles() moves with any increasing change of the answers' scale", () => {
  const { y, f, pool } = draw("scale", 0);
  const change = (values: number[]) => values.map((value) => Math.exp(3 * value) - 5);
  const [before, after] = [(values: number[]) => values, change].map((scale) =>
    rowsOf(pairedTables({ y: scale(y), f: scale(f) }, { f: scale(pool) }, ["y", "f"]), {})
  );
  before!.forEach((row, at) => {
    const expected = change([row.estimate as number, row.conf_low as number, row.conf_high as number]);
    assertEquals([after![at]!.estimate, after![at]!.conf_low, after![at]!.conf_high], expected);
    assertEquals(after![at]!.lambda, row.lambda);
  });
});

Deno.test("calibrateQuantiles() with a model that knows the answers is worth more people, and says how many", () => {
  const { y, pool } = draw("perfect", 0, 40, 2000);
  const data = pairedTables({ y, f: y }, { f: pool }, ["y", "f"]);
  const [calibrated, alone] = rowsOf(data, { quantiles: [0.5] });
  assert((calibrated!.n_effective as number) > 150);
  assert((calibrated!.std_error as number) < 0.6 * (alone!.std_error as number));
  assertAlmostEquals(calibrated!.correlation as number, 1);
  assertEquals([calibrated!.basis, alone!.basis], ["calibrated", "human"]);
});

Deno.test("calibrateQuantiles() says where so few people set no end, and that there is no test", () => {
  const { y, f, pool } = draw("few", 0, 6);
  const rows = rowsOf(pairedTables({ y, f }, { f: pool }, ["y", "f"]), { quantiles: [0.05, 0.95] });
  assertEquals([rows[0]!.conf_low, rows[2]!.conf_high], [-Infinity, Infinity]);
  for (const row of rows) {
    assert(Number.isNaN(row.std_error) && Number.isFinite(row.estimate));
    assertStringIncludes(row.reason, "so few people set no end on a side");
    assertStringIncludes(row.reason, "no test");
  }
});

Deno.test("calibrateQuantiles() refuses quantiles that are none, and a share's category", () => {
  const fails = (options: object, words: string) => {
    const error = assertThrows(() => rowsOf(plain, options));
    assertStringIncludes((error as Error).message, words);
  };
  fails({ quantiles: [0.5, 1] }, "Cannot calibrate quantiles as 'quantiles' must lie between 0 and 1");
  fails({ quantiles: [] }, "'quantiles' must be a list of numbers");
  fails({ category: "yes" }, "category");
  fails({ interval: "exact" }, "'interval' must be");
});

Deno.test("calibrateQuantiles() has each arm's quantiles where both tables have arms", () => {
  const people = namesOf(30, "p");
  const all = [...people, ...namesOf(50, "u")];
  const arm = (names: string[]) => names.map((_, at) => at % 2 === 0 ? "a" : "b");
  const rows = rowsOf([
    tableOf({ persona_id: people, arm: arm(people), y: people.map((_, at) => at % 2 === 0 ? at : 100 + at) }),
    tableOf({ persona_id: all, arm: arm(all), y: all.map((_, at) => at % 2 === 0 ? at : 100 + at) }),
  ], { quantiles: [0.5] });
  assertEquals(rows.map(({ arm }) => arm), ["a", "a", "b", "b"]);
  assert((rows[0]!.conf_high as number) < 100 && (rows[2]!.conf_low as number) > 100);
});
