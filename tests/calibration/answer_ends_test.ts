import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  calibrateEffects,
  type CalibrateEffectsOptions,
  calibrateMean,
  calibrateQuantiles,
} from "@understudy/understudy/calibration";
import { stream, tableOf } from "@understudy/understudy/core";
import { estimateEffects } from "@understudy/understudy/estimation";

type Row = { readonly [column: string]: number } & { readonly notes: string; readonly reason: string };

const count = (n: number) => Array.from({ length: n }, (_, at) => at);
/** Half of ten people in each arm, and what a model says of them and of others. */
const peopleOf = (v: readonly number[]) => tableOf({ persona_id: count(10), arm: [..."aaaaabbbbb"], v });
const modelOf = (say: (at: number) => number) =>
  tableOf({
    persona_id: count(30),
    arm: count(30).map((at) => at < 5 || at > 20 ? "a" : "b"),
    v: count(30).map(say),
  });
const effectsOf = (
  v: readonly number[],
  say: (at: number) => number,
  options: Partial<CalibrateEffectsOptions> = {},
) => calibrateEffects(peopleOf(v), modelOf(say), { outcome: "v", ...options }).objects() as unknown as Row[];
const meansOf = (v: readonly number[], say: (at: number) => number) =>
  calibrateMean(peopleOf(v), modelOf(say), { outcome: "v" }).objects() as unknown as Row[];
const seven = (at: number) => 1 + (at * 3) % 7;

Deno.test("people alone have the standard error of estimateEffects, and its notes, where an arm is at an end of the scale", () => {
  for (
    const v of [[1, 1, 1, 1, 1, 3, 4, 5, 3, 4], [7, 7, 7, 7, 6, 3, 2, 5, 3, 1], [
      1,
      1,
      1,
      1,
      1,
      0,
      0,
      1,
      1,
      0,
    ]]
  ) {
    const expected = estimateEffects(peopleOf(v), { outcome: "v" }).objects()[0] as unknown as Row;
    const alone = effectsOf(v, seven)[1]!;
    assertAlmostEquals(alone.std_error!, expected.std_error!, 1e-12);
    const few = /fewer than 5 answers of 'a' .* at \d/.exec(expected.notes)![0];
    assertStringIncludes(alone.notes, few);
    assertStringIncludes(meansOf(v, seven)[0]!.notes, "fewer than 5 answers of 'a' differ");
  }
  const [, alone, , other] = meansOf([1, 1, 1, 1, 1, 3, 4, 5, 3, 4], seven);
  const parts = [alone!, other!].map(({ std_error }) => std_error! ** 2);
  assertAlmostEquals(Math.sqrt(parts[0]! + parts[1]!), 0.683, 5e-4);
});

Deno.test("standard errors are those of the same answers in another coding", () => {
  const yes = [1, 1, 1, 1, 1, 0, 0, 1, 1, 0];
  for (const rows of [effectsOf, meansOf]) {
    const plain = rows(yes, (at) => at % 2);
    for (const [k, shift] of [[100, 0], [1, 1], [-3, 5]] as const) {
      rows(yes.map((y) => k * y + shift), (at) => k * (at % 2) + shift).forEach((row, at) => {
        assertAlmostEquals(row.std_error! / Math.abs(k), plain[at]!.std_error!, 1e-9);
        assertAlmostEquals(row.df!, plain[at]!.df!, 1e-6);
      });
    }
  }
});

Deno.test("a scale's point that everybody chose is no share, unless predictions are of 0 and 1 or a category is named", () => {
  const same = new Array(10).fill(1);
  for (const rows of [effectsOf, meansOf]) {
    for (const row of rows(same, seven)) assertEquals([row.conf_low, row.n_effective], [NaN, NaN]);
    for (const row of rows(same, (at) => at % 2)) assert(row.std_error! > 0.05, `${row.std_error}`);
  }
  assert(effectsOf(same, seven, { category: 1 })[1]!.std_error! > 0.05);
});

Deno.test("predictions that are right for all people are no proof that they are for others", () => {
  const said = [3, 5, 6, 1, 2, 4, 7, 2, 3, 1];
  const rows = effectsOf(said, (at) => said[at] ?? seven(at), { estimator: "all" });
  for (const row of rows.slice(0, -1)) {
    assert(row.std_error! > 0.5, `${row.std_error}`);
    assert(Number.isFinite(row.conf_low) && Number.isFinite(row.n_effective), row.reason);
  }
  const [row, alone] = meansOf(said, (at) => said[at] ?? seven(at));
  assert(row!.std_error! > 0.5 * alone!.std_error!, `${row!.std_error} beside ${alone!.std_error}`);
  const [trusting] = calibrateMean(peopleOf(said), modelOf((at) => said[at] ?? 3), {
    outcome: "v",
    lambda: 1,
    df: "residual",
  }).objects() as unknown as Row[];
  assertEquals([trusting!.std_error, trusting!.n_effective], [0, NaN]);
});

Deno.test("one huge weight is told", () => {
  const v = [1, 2, 3, 4, 6, 3, 4, 5, 3, 4];
  const w = v.map((_, at) => at === 2 ? 1e6 : 1);
  const human = tableOf({ persona_id: count(10), arm: [..."aaaaabbbbb"], v, w });
  const model = modelOf(seven);
  const synthetic = tableOf({
    ...Object.fromEntries(model.columnNames().map((name) => [name, model.array(name)])),
    w: count(30).map(() => 1),
  });
  for (const rows of [calibrateEffects, calibrateMean]) {
    const { notes } = rows(human, synthetic, { outcome: "v", weights: "w" }).objects()[0] as unknown as Row;
    assertStringIncludes(notes, "weights: 5 answers of 'a' count as much as 1.0 of equal weight");
  }
});

Deno.test("which arm a persona of the pool counts in depends neither on the order of rows nor on what arms are called", () => {
  const random = stream(3, "draw");
  const said = count(40).map(() => [random.normal(), random.normal()] as const);
  const estimate = (arms: readonly string[], back: boolean, estimator: "greg" | "ppi" | "dt") => {
    const asked = count(40).flatMap((at) =>
      arms.map((arm, own) => ({ persona_id: `p${at}`, arm, v: said[at]![own]! }))
    );
    const human = count(12).map((at) => ({
      persona_id: `p${at}`,
      arm: arms[at % 2]!,
      v: said[at]![at % 2]! + at / 9,
    }));
    const tables = [human, asked].map((rows) => tableOf(back ? rows.toReversed() : rows));
    return calibrateEffects(tables[0]!, tables[1]!, { outcome: "v", estimator, reference: arms[0]! }).get(
      "estimate",
      0,
    );
  };
  for (const estimator of ["greg", "ppi", "dt"] as const) {
    const expected = estimate(["a", "b"], false, estimator);
    assertAlmostEquals(estimate(["a", "b"], true, estimator), expected, 1e-9);
    assertAlmostEquals(estimate(["x", "c"], false, estimator), expected, 1e-9);
  }
});

Deno.test("people assigned in clusters are refused with the way out, which is taken", () => {
  const columns = (n: number) => ({
    persona_id: count(n),
    cluster: count(n).map((at) => `c${at >> 2}`),
    arm_probability: count(n).map(() => 0.5),
    v: count(n).map((at) => Math.sin(at)),
  });
  for (const calibrate of [calibrateMean, calibrateQuantiles]) {
    const own = (options: object) =>
      calibrate(tableOf(columns(40)), tableOf(columns(120)), { outcome: "v", ...options });
    assertThrows(() => own({}), RangeError, '{ persona: "cluster" }');
    assertEquals(own({ persona: "cluster" }).get("n", 0), 10);
  }
});

Deno.test("a λ that is shrunk to nothing is 0 to the last digit, in any coding, and said to be", () => {
  for (const k of [1, 0.1, 3]) {
    const yes = [1, 1, 1, 1, 1, 0, 0, 1, 1, 0].map((y) => k * y);
    const model = tableOf({
      persona_id: count(20),
      arm: count(20).map((at) => at < 5 || at > 15 ? "a" : "b"),
      v: count(20).map((at) => k * (at % 2)),
    });
    const row = calibrateEffects(peopleOf(yes), model, { outcome: "v" }).objects()[0] as unknown as Row;
    assertEquals(row.lambda, 0);
    assertStringIncludes(row.notes, "λ is 0");
  }
});
