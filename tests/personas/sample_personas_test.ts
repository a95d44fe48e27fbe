import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { pchisq } from "lib-r-math";
import { columnOf, type Table, tableOf } from "@understudy/understudy/core";
import { declareMargins, samplePersonas } from "@understudy/understudy/personas";
import { systematicSample } from "../../lib/stats/resampling.ts";
import { goldenData } from "../stats/golden_cases.ts";

const cells = tableOf({
  party: ["left", "left", "right", "right"],
  age: ["young", "old", "young", "old"],
  people: [400, 100, 50, 250],
});

function countBy(table: Table, ...names: string[]): { [key: string]: number } {
  const counts: { [key: string]: number } = {};
  const columns = names.map((name) => columnOf(table, name));
  for (let row = 0; row < table.numRows(); row++) {
    const key = columns.map((column) => column[row]).join(" ");
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** p-value of counts against expected ones. */
function chiSquareP(counts: readonly number[], expected: readonly number[]): number {
  const statistic = counts.reduce((sum, count, k) => sum + (count - expected[k]!) ** 2 / expected[k]!, 0);
  return pchisq(statistic, counts.length - 1, undefined, false);
}

Deno.test("samplePersonas(counts) keeps the joint distribution to rounding", () => {
  const personas = samplePersonas(cells, { n: 80, seed: 3, counts: "people" });
  assertEquals(countBy(personas, "party", "age"), {
    "left young": 40,
    "left old": 10,
    "right young": 5,
    "right old": 25,
  });
  const odd = countBy(samplePersonas(cells, { n: 77, seed: 3, counts: "people" }), "party", "age");
  for (const [key, share] of [["left young", 0.5], ["left old", 0.125], ["right young", 0.0625]] as const) {
    assert(Math.abs(odd[key]! - 77 * share) < 1);
  }
});

Deno.test("samplePersonas(population) gives the personas contract with padded identifiers", () => {
  const personas = samplePersonas(cells, { n: 12, seed: 1, counts: "people" });
  assertEquals(personas.columnNames(), ["persona_id", "weight", "party", "age"]);
  const ids = columnOf<string>(personas, "persona_id");
  assertEquals([ids[0], ids[11]], ["p01", "p12"]);
  assertEquals([...ids].sort(), ids);
  assertEquals(columnOf(personas, "weight"), new Array(12).fill(1));
  assertEquals(
    columnOf(samplePersonas(cells, { n: 1, seed: 1, counts: "people", prefix: "s-" }), "persona_id"),
    ["s-1"],
  );
});

Deno.test("samplePersonas(seed) repeats itself, and seed 0 is a seed", () => {
  const draw = (seed: number, method: "systematic" | "independent") =>
    columnOf(samplePersonas(cells, { n: 60, seed, counts: "people", method }), "age").join();
  for (const method of ["systematic", "independent"] as const) {
    assertEquals(draw(0, method), draw(0, method));
    assertNotEquals(draw(0, method), draw(1, method));
    assertNotEquals(draw(-1, method), draw(1, method));
  }
});

Deno.test("samplePersonas(weights) draws rows in proportion to their weights, by either method", () => {
  const weights = [1, 2, 3, 4, 5, 0];
  const population = tableOf({ row: [0, 1, 2, 3, 4, 5], w: weights });
  const seeds = 3000;
  for (const method of ["systematic", "independent"] as const) {
    const counts = new Array(6).fill(0);
    for (let seed = 0; seed < seeds; seed++) {
      const personas = samplePersonas(population, { n: 2, seed, weights: "w", method });
      for (const row of columnOf<number>(personas, "row")) counts[row]++;
    }
    assertEquals(counts.pop(), 0);
    assert(
      chiSquareP(counts, weights.slice(0, 5).map((w) => seeds * 2 * w / 15)) > 0.001,
      `${method} ${counts}`,
    );
  }
});

Deno.test("samplePersonas(population) puts every row at every place equally often", () => {
  const counts = [0, 0, 0];
  for (let seed = 0; seed < 3000; seed++) {
    const rows = columnOf<number>(samplePersonas(tableOf({ row: [0, 1, 2] }), { n: 3, seed }), "row");
    assertEquals([...rows].sort(), [0, 1, 2]);
    counts[rows[0]!]!++;
  }
  assert(chiSquareP(counts, [1000, 1000, 1000]) > 0.001, `${counts}`);
});

Deno.test("samplePersonas(independent) is multinomial and leaves persona i as it is when n grows", () => {
  const ages = (n: number) =>
    columnOf<string>(samplePersonas(cells, { n, seed: 5, counts: "people", method: "independent" }), "age");
  assertEquals(ages(500).slice(0, 50), ages(50));
  const counts = countBy(
    samplePersonas(cells, { n: 8000, seed: 5, counts: "people", method: "independent" }),
    "party",
    "age",
  );
  const keys = ["left young", "left old", "right young", "right old"];
  const p = chiSquareP(keys.map((key) => counts[key]!), [4000, 1000, 500, 2500]);
  // Independent draws scatter: a p-value of almost 1 would mean that they were allocated.
  assert(p > 0.001 && p < 0.999, `${p}`);
});

Deno.test("samplePersonas(table) draws nobody twice where people are equally likely and enough", () => {
  const people = tableOf({ who: Array.from({ length: 10 }, (_, row) => `w${row}`) });
  for (let seed = 0; seed < 50; seed++) {
    const drawn = columnOf(samplePersonas(people, { n: 7, seed }), "who");
    assertEquals(new Set(drawn).size, 7);
  }
});

Deno.test("samplePersonas(strata) gives each stratum its share to rounding, by either method", () => {
  for (const method of ["systematic", "independent"] as const) {
    for (let seed = 0; seed < 20; seed++) {
      const personas = samplePersonas(cells, { n: 50, seed, counts: "people", method, strata: "party" });
      const left = countBy(personas, "party")["left"]!;
      assert(left === 31 || left === 32, `${left} of an expected 31.25`);
    }
  }
  const both = samplePersonas(cells, { n: 16, seed: 1, counts: "people", strata: ["party", "age"] });
  assertEquals(countBy(both, "party", "age")["right old"], 5);
});

Deno.test("samplePersonas(real population) keeps its margins", () => {
  const columns = readPopulation();
  const population = tableOf(columns);
  const total = columns.n!.reduce((sum: number, n) => sum + Number(n), 0);
  const personas = samplePersonas(population, {
    n: 2000,
    seed: 1,
    counts: "n",
    strata: ["party", "ideology"],
  });
  assertEquals(personas.columnNames().slice(2), population.columnNames().filter((name) => name !== "n"));
  const counts = countBy(personas, "party");
  for (const party of ["Democrat", "Republican", "Independent"]) {
    const people = columns.n!.reduce(
      (sum: number, n, row) => columns.party![row] === party ? sum + Number(n) : sum,
      0,
    );
    assert(Math.abs(counts[party]! - 2000 * people / total) < 1);
  }
});

function readPopulation(): { [column: string]: (string | number)[] } {
  const url = new URL("../../examples/data/us_survey_population.csv", import.meta.url);
  const [header, ...lines] = Deno.readTextFileSync(url).trim().split(/\r?\n/).map((line) => line.split(","));
  return Object.fromEntries(
    header!.map((name, j) => [name, lines.map((line) => name === "n" ? Number(line[j]) : line[j]!)]),
  );
}

Deno.test("samplePersonas(margins) allocates margins and conditional margins to rounding", () => {
  const margins = declareMargins({
    party: {
      given: ["age", "sex"],
      values: {
        young: { F: { left: 0.8, right: 0.2 }, M: { left: 0.6, right: 0.4 } },
        old: { F: { left: 0.5, right: 0.5 }, M: { left: 0.25, right: 0.75 } },
      },
    },
    age: { young: 0.4, old: 0.6 },
    sex: { F: 0.5, M: 0.5 },
  });
  const personas = samplePersonas(margins, { n: 1000, seed: 4 });
  assertEquals(personas.columnNames(), ["persona_id", "weight", "party", "age", "sex"]);
  assertEquals(countBy(personas, "age"), { young: 400, old: 600 });
  assertEquals(countBy(personas, "sex"), { F: 500, M: 500 });
  const counts = countBy(personas, "age", "sex", "party");
  const groups = countBy(personas, "age", "sex");
  assert(Math.abs(counts["old M left"]! - 0.25 * groups["old M"]!) < 1);
  assert(Math.abs(counts["young F left"]! - 0.8 * groups["young F"]!) < 1);
});

Deno.test("samplePersonas(margins) makes attributes without a parent independent", () => {
  const margins = declareMargins({ a: { x: 0.5, y: 0.5 }, b: { x: 0.5, y: 0.5 } });
  for (const method of ["systematic", "independent"] as const) {
    let together = 0;
    for (let seed = 0; seed < 400; seed++) {
      together += countBy(samplePersonas(margins, { n: 20, seed, method }), "a", "b")["x x"] ?? 0;
    }
    // Mean 5 of 20, standard deviation at most sqrt(20 * 0.25 * 0.75) = 1.94 per sample
    assertAlmostEquals(together / 400, 5, 4 * 1.94 / 20);
  }
});

Deno.test("samplePersonas(margins, independent) leaves persona i as it is when n grows", () => {
  const margins = declareMargins({ a: { x: 0.3, y: 0.7 }, b: { u: 0.5, v: 0.5 } });
  const draw = (n: number) => samplePersonas(margins, { n, seed: 2, method: "independent" });
  assertEquals(columnOf(draw(200), "b").slice(0, 20), columnOf(draw(20), "b"));
});

Deno.test("samplePersonas(bad input) says what is wrong", () => {
  const draw = (options: object) => samplePersonas(cells, { n: 5, seed: 1, ...options });
  assertThrows(() => draw({ n: 0 }), RangeError, "'n' must be a whole number of at least 1");
  assertThrows(() => draw({ seed: "1" }), TypeError, "'seed' must be a whole number");
  assertThrows(() => draw({ weight: "people" }), TypeError, "option 'weight' is unknown");
  assertThrows(
    () => draw({ counts: "persons" }),
    RangeError,
    "no column 'persons': its columns are party, age",
  );
  assertThrows(
    () => draw({ weights: "party" }),
    RangeError,
    "'party' must hold finite numbers of at least 0",
  );
  assertThrows(() => draw({ counts: "people", weights: "people" }), RangeError, "'weights' must be left out");
  assertThrows(() => draw({ strata: "region" }), RangeError, "no column 'region'");
  const draw1 = (columns: { [name: string]: unknown[] }, options: object = {}) =>
    samplePersonas(tableOf(columns), { n: 1, seed: 1, ...options });
  assertThrows(() => draw1({ age: [] }), RangeError, "'population' must have at least one row");
  assertThrows(() => draw1({ persona_id: ["a"] }), RangeError, "must not have an attribute 'persona_id'");
  assertThrows(() => draw1({ age: [1], weight: [2] }), RangeError, '{ weights: "weight" }');
  assertThrows(() => draw1({ age: [1], weight: ["2"] }), RangeError, "{ weights: 'weight' }");
  assertThrows(() => draw1({ value: [1] }), RangeError, "must not have an attribute 'value'");
  assertThrows(() => draw1({ age: [1], w: [-1] }, { weights: "w" }), RangeError, "at least 0");
  assertThrows(() => draw1({ age: [1], w: [0] }, { weights: "w" }), RangeError, "have a positive sum");
  assertThrows(
    () => draw1({ age: [1], w: [1.5] }, { counts: "w" }),
    RangeError,
    "'w' must be a whole number",
  );
  assertThrows(
    () => samplePersonas({} as Table, { n: 1, seed: 1 }),
    TypeError,
    "or the result of declareMargins",
  );
  const margins = declareMargins({ age: { young: 1 } });
  assertThrows(
    () => samplePersonas(margins, { n: 1, seed: 1, weights: "w" }),
    RangeError,
    "declared margins",
  );
});

Deno.test("samplePersonas() without weights does not take a column of sizes for an attribute", () => {
  for (const name of ["share", "weight", "weights", "n", "count", "Counts", "people", "probability"]) {
    const population = tableOf({ age: ["young", "old"], [name]: [3, 1] });
    const message =
      `neither 'weights' nor 'counts' is given: say { weights: "${name}" } (shares or weights) or { counts: "${name}" }`;
    assertThrows(() => samplePersonas(population, { n: 4, seed: 1 }), RangeError, message);
    for (const sizes of ["weights", "counts"]) {
      const personas = samplePersonas(population, { n: 4, seed: 1, [sizes]: name });
      assertEquals(columnOf(personas, "age").filter((age) => age === "young").length, 3);
    }
  }
  const named = tableOf({ age: ["young", "old"], share: ["tenant", "owner"] });
  assertEquals(samplePersonas(named, { n: 2, seed: 1 }).columnNames().includes("share"), true);
});

Deno.test("samplePersonas(weights: 'weight') resamples raked microdata", () => {
  const { sex, age } = goldenData("raking");
  const population = tableOf({ sex: sex!, age: age!, weight: sex!.map((value) => value === "F" ? 3 : 1) });
  const personas = samplePersonas(population, { n: 40, seed: 1, weights: "weight" });
  assertEquals(personas.columnNames(), ["persona_id", "weight", "sex", "age"]);
  assertEquals(columnOf(personas, "weight")[0], 1);
});

Deno.test("systematicSample(sizes) includes each entry in exact proportion, integrated over the start", () => {
  const sizes = [0.25, 1.1, 0, 0.65, 0.5, 0.5];
  const steps = 60_000;
  const counts = new Array(6).fill(0);
  for (let step = 0; step < steps; step++) {
    for (const entry of systematicSample(sizes, [5, 3, 2, 0, 1, 4], 3, (step + 0.5) / steps)) counts[entry]++;
  }
  counts.forEach((count, entry) => assertAlmostEquals(count / steps, sizes[entry]!, 2 / steps * 3));
});
