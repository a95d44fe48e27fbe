import { assert, assertAlmostEquals, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  calibrateEffects,
  type CalibrateEffectsOptions,
  calibrateMean,
  type MixedEstimatorName,
} from "@understudy/understudy/calibration";
import { type Columns, stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateEffects } from "@understudy/understudy/estimation";
import { leastVariance } from "../../lib/calibration/mixed_subjects.ts";
import { rectifiedMean, type RectifiedSample } from "../../lib/calibration/rectified_mean.ts";
import { agrees, goldenCases, goldenData } from "../stats/golden_cases.ts";

type Row = { readonly [column: string]: number } & {
  readonly estimator: string;
  readonly notes: string;
  readonly reason: string;
};

const cases = goldenCases("mixed_subjects");
const observed = goldenData("msd_observed") as { [column: string]: number[] };
const unobserved = goldenData("msd_unobserved") as { [column: string]: number[] };

/** The golden people, and personas asked in one arm, or each in both. */
function goldenTables(inBoth: boolean): [Table, Table] {
  const { D, Y, S1, S0 } = observed as { [name in "D" | "Y" | "S1" | "S0"]: number[] };
  const rows = { persona_id: [] as string[], arm: [] as number[], y: [] as number[] };
  const add = (persona: string, arm: number, said: number) => {
    rows.persona_id.push(persona);
    rows.arm.push(arm);
    rows.y.push(said);
  };
  const addAll = (letter: string, arms: number[], one: number[], zero: number[]) =>
    arms.forEach((arm, at) => {
      if (arm === 1 || inBoth) add(`${letter}${at}`, 1, one[at]!);
      if (arm === 0 || inBoth) add(`${letter}${at}`, 0, zero[at]!);
    });
  addAll("p", D, S1, S0);
  addAll("u", unobserved.D!, unobserved.S1!, unobserved.S0!);
  return [tableOf({ persona_id: D.map((_, at) => `p${at}`), arm: D, y: Y }), tableOf(rows)];
}

function rowsOf(data: readonly [Table, Table], options: Partial<CalibrateEffectsOptions> = {}): Row[] {
  return calibrateEffects(...data, { outcome: "y", ...options }).objects() as unknown as Row[];
}

const oneArm = goldenTables(false);
const bothArms = goldenTables(true);

for (const [id, estimator] of Object.entries({ msd_greg: "greg", msd_dip: "dip" } as const)) {
  Deno.test(`calibrateEffects agrees with mixedsubjects where λ is 1: ${id}`, () => {
    const { expected, tol } = cases.get(id)! as { expected: Row; tol: number };
    const [row, alone] = rowsOf(estimator === "dip" ? bothArms : oneArm, { estimator, reference: 0 });
    assert(agrees(row!.estimate!, expected.estimate!, tol), `${row!.estimate}`);
    assert(agrees(row!.std_error!, expected.std_error!, tol), `${row!.std_error}`);
    const dim = cases.get("msd_dim")!.expected as Row;
    assert(agrees(alone!.estimate!, dim.estimate!, tol) && agrees(alone!.std_error!, dim.std_error!, tol));
    assertEquals([alone!.estimator, alone!.n_human, alone!.n_synthetic, row!.n_synthetic], [
      "humans_alone",
      90,
      0,
      260,
    ]);
  });
}

const variance = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
};
const covariance = (a: readonly number[], b: readonly number[]) =>
  (variance(a.map((value, at) => value + b[at]!)) - variance(a) - variance(b)) / 2;

const shared = { msd_dip_pp_K5: true, msd_dt_dip: true } as { readonly [id: string]: boolean };
const common = { msd_ppi: true, msd_ppi_K5: true, msd_dip_pp_K5: true } as { readonly [id: string]: boolean };

/** λ that these people have, by the moments that mixedsubjects takes. */
function referenceLambda(people: readonly RectifiedSample[], id: string): readonly number[] {
  const values = people.map(({ outcome, prediction }) => [[...outcome], [...prediction]] as const);
  const spread = values.map(([, f]) => variance(f));
  const pools = people.map(({ pool }) => [...pool]);
  const m = pools[0]!.length;
  // For λ by arm from a pool that is shared, mixedsubjects leaves the pool's variance out.
  const boundless = shared[id] === true && !common[id];
  return leastVariance(values.map(([y, f], side) => covariance(y, f) / spread[side]!), {
    people: spread.map((each, side) => each / values[side]![0].length),
    pool: boundless ? [0, 0] : pools.map((pool, side) => (shared[id] ? variance(pool) : spread[side]!) / m),
    covariance: shared[id] && !boundless ? covariance(pools[0]!, pools[1]!) / m : 0,
  }, common[id] === true);
}

/** People of the arm and of the reference, those that are kept; and the pool as the estimator has it. */
function goldenSamples(id: string, keep: (side: number, place: number) => boolean): RectifiedSample[] {
  return [1, 0].map((arm, side) => {
    const rows = [...observed.D!.keys()].filter((row) => observed.D![row] === arm)
      .filter((_, place) => keep(side, place));
    const of = (values: number[]) => Float64Array.from(rows, (row) => values[row]!);
    const pool = unobserved[`S${arm}`]!.filter((_, row) => shared[id] || unobserved.D![row] === arm);
    return {
      outcome: of(observed.Y!),
      prediction: of(observed[`S${arm}`]!),
      weight: null,
      pool: Float64Array.from(pool),
      poolWeight: null,
    };
  });
}

/** The effect with these λ, and what people and pool have of its variance. */
function effectAt(samples: readonly RectifiedSample[], lambda: readonly number[], id: string) {
  const [one, zero] = samples.map((sample, side) => rectifiedMean(sample, { lambda: lambda[side]! }));
  const difference = samples[0]!.pool.map((value, at) =>
    lambda[0]! * value - lambda[1]! * samples[1]!.pool[at]!
  );
  return {
    estimate: one!.estimate - zero!.estimate,
    people: one!.parts[0].variance + zero!.parts[0].variance,
    pool: shared[id]
      ? variance([...difference]) / difference.length
      : one!.parts[1].variance + zero!.parts[1].variance,
  };
}

const estimators = {
  msd_ppi: "ppi",
  msd_ppi_K5: "ppi",
  msd_dt: "dt",
  msd_dip_pp_K5: "dip_pp",
  msd_dt_dip: "dt_dip",
} as { readonly [id: string]: MixedEstimatorName };

interface Folded {
  readonly estimate: number;
  /** Of which the package divides the pool's part by the number of folds, of `msd_dt_dip` by 4/3. */
  readonly variance: number;
  readonly fold_lambda1: readonly number[];
  readonly fold_lambda0: readonly number[];
  readonly fold_estimates: readonly number[];
  readonly folds: { readonly treated: readonly number[]; readonly control: readonly number[] };
}

for (const id of Object.keys(estimators)) {
  Deno.test(`λ and effects in recorded folds agree with mixedsubjects, its variance but for a part of the pool: ${id}`, () => {
    const expected = cases.get(id)!.expected as Folded;
    const { treated, control } = expected.folds;
    const count = Math.max(...treated);
    let estimate = 0;
    const lambdas = [0, 0];
    for (let fold = 1; fold <= count; fold++) {
      const inFold = (side: number, place: number) => [treated, control][side]![place] === fold;
      const lambda = referenceLambda(goldenSamples(id, (side, place) => !inFold(side, place)), id);
      assertAlmostEquals(lambda[0]!, expected.fold_lambda1[fold - 1]!, 1e-8);
      assertAlmostEquals(lambda[1]!, expected.fold_lambda0[fold - 1]!, 1e-8);
      const found = effectAt(goldenSamples(id, inFold), lambda, id);
      assertAlmostEquals(found.estimate, expected.fold_estimates[fold - 1]!, 1e-8);
      estimate += found.estimate / count;
      lambda.forEach((each, side) => lambdas[side] = lambdas[side]! + each / count);
    }
    assertAlmostEquals(estimate, expected.estimate, 1e-8);
    const { people, pool } = effectAt(goldenSamples(id, () => true), lambdas, id);
    const counted = id === "msd_dt_dip" ? 3 / 4 : 1 / count;
    assertAlmostEquals(people + counted * pool, expected.variance, 1e-8);
    if (id === "msd_dt") assertAlmostEquals(people + pool, 0.03231, 5e-6);
    const own = estimators[id]!;
    const row = rowsOf(shared[id] ? bothArms : oneArm, { estimator: own, reference: 0 })[0]!;
    // λ is tuned otherwise, so this is the size of the right one and not the reference's.
    assertAlmostEquals(row.std_error! ** 2 / (people + pool), 1, 0.06);
  });
}

Deno.test("λ of all people agrees with mixedsubjects for every estimator that tunes it", () => {
  const full = cases.get("msd_lambda_fullsample")!.expected as { [name: string]: number | Row };
  for (const [id, name] of Object.entries(estimators)) {
    const { lambda1, lambda0 } = typeof full[name] === "number"
      ? { lambda1: full[name], lambda0: full[name] }
      : full[name]!;
    const found = referenceLambda(goldenSamples(id, () => true), id);
    assertAlmostEquals(found[0]!, lambda1!, 1e-8);
    assertAlmostEquals(found[1]!, lambda0!, 1e-8);
  }
});

Deno.test("calibrateEffects(λ: plug-in) has mixedsubjects' λ of all people, kept within 0 and 1", () => {
  const { dt } = cases.get("msd_lambda_fullsample")!.expected as { dt: Row };
  const lambda = (row: Row | undefined) => [row!.lambda!, row!.lambda_reference!];
  const found = lambda(rowsOf(oneArm, { lambda: "plug-in", estimator: "dt", reference: 0 })[0]);
  assertAlmostEquals(found[0]!, dt.lambda1!, 1e-8);
  assertAlmostEquals(found[1]!, dt.lambda0!, 1e-8);
  for (const row of rowsOf(bothArms, { lambda: "plug-in", estimator: "all", reference: 0 })) {
    assert(lambda(row).every((each) => each >= 0 && each <= 1));
  }
});

/** People in one of several arms, and personas, of whom the first are those people; further columns by unit. */
function studyOf(
  options: {
    readonly arms?: readonly string[];
    readonly inBoth?: boolean;
    readonly within?: boolean;
    readonly predict?: (outcome: number) => number;
    readonly people?: (at: number) => Columns[string][number];
    readonly further?: (at: number) => { readonly [column: string]: unknown };
  } = {},
): [Table, Table] {
  const { arms = ["control", "letter"], inBoth = false, within = false, predict = (y) => y } = options;
  const random = stream(7, "study");
  const [human, synthetic] = [[], []] as { [column: string]: unknown }[][];
  for (let at = 0; at < 300; at++) {
    const [level, persona_id] = [random.normal(), `p${at}`];
    arms.forEach((arm, place) => {
      const y = level + 0.3 * random.normal() + place;
      const said = predict(y + 0.3 * random.normal());
      const own = at % arms.length === place;
      const further = options.further?.(at) ?? {};
      if (at < 60 && (own || within)) human!.push({ persona_id, arm, y, ...further });
      if (own || inBoth) synthetic!.push({ persona_id, arm, y: said, ...further });
    });
  }
  const columnsOf = (rows: { [column: string]: unknown }[]) =>
    tableOf(Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, rows.map((row) => row[name])])));
  return [columnsOf(human!), columnsOf(synthetic!)];
}

function keepRows(table: Table, keep: (row: number) => boolean): Table {
  return tableOf(Object.fromEntries(
    table.columnNames().map((name) => [name, [...table.array(name)].filter((_, row) => keep(row))]),
  ));
}

const estimatorsOf = (rows: readonly Row[]) => rows.map(({ estimator }) => estimator);

Deno.test("the estimator is that of a shared pool where most of its personas were asked in both arms", () => {
  assertEquals(estimatorsOf(rowsOf(studyOf({ inBoth: true }))), ["dt_dip", "humans_alone"]);
  assertEquals(estimatorsOf(rowsOf(studyOf())), ["dt", "humans_alone"]);
  assertEquals(estimatorsOf(rowsOf(studyOf(), { estimator: "all" })), ["greg", "ppi", "dt", "humans_alone"]);
  const all = rowsOf(studyOf({ inBoth: true }), { estimator: "all" });
  assertEquals(estimatorsOf(all), ["greg", "ppi", "dt", "dip", "dip_pp", "dt_dip", "humans_alone"]);
  for (const row of all) {
    assertAlmostEquals(row.estimate!, 1, 0.5);
    assert(row.n_effective! >= 60);
  }
  assertThrows(
    () => rowsOf(studyOf(), { estimator: "dip" }),
    RangeError,
    "Cannot calibrate effects as 'estimator' must be greg, ppi, dt as no persona of the pool was asked in both " +
      "'letter' and 'control': current value is \"dip\"",
  );
});

Deno.test("people alone have the difference in means, whatever the predictions are", () => {
  const data = studyOf({ predict: (y) => 1000 - 30 * y });
  const alone = rowsOf(data, { lambda: 0 });
  const expected = estimateEffects(data[0], { outcome: "y" }).objects()[0] as Row;
  for (const name of ["estimate", "std_error", "df", "p_value", "conf_low", "conf_high"]) {
    for (const row of alone) assertAlmostEquals(row[name]!, expected[name]!, 1e-9);
  }
  assertEquals(rowsOf(data).map((row) => row.estimate! > 0.5 && row.estimate! < 1.5), [true, true]);
});

Deno.test("one table with a column of its basis gives the same as two; so do arms of any name, one by one", () => {
  const arms = ["a", "b", "control"];
  const [human, synthetic] = studyOf({ arms });
  const rows = [human, synthetic].flatMap((table, at) =>
    table.objects().map((row) => ({ ...row, basis: at === 0 ? "human" : "synthetic" }))
  ) as { [column: string]: unknown }[];
  const one = tableOf(
    Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, rows.map((row) => row[name])])),
  );
  const two = rowsOf([human, synthetic]);
  assertEquals(calibrateEffects(one, "basis", { outcome: "y" }).objects(), two);
  assertEquals(two.map(({ arm }) => arm as unknown), ["a", "a", "b", "b"]);
  const without = (table: Table) => keepRows(table, (at) => table.get("arm", at) !== "b");
  assertEquals(rowsOf([without(human), without(synthetic)])[0]!.estimate, two[0]!.estimate);
});

Deno.test("predictions that never vary, in one arm or in both, leave what people say, with a note", () => {
  const constant = rowsOf(studyOf({ inBoth: true, predict: () => 4 }), { estimator: "all" });
  const alone = constant.at(-1)!;
  for (const row of constant.filter(({ lambda }) => lambda === 0).slice(0, -1)) {
    assertEquals([row.estimate, row.std_error, row.n_effective], [alone.estimate, alone.std_error, 60]);
    assertMatch(row.notes, /λ is 0/);
  }
  assertEquals(constant.filter(({ lambda }) => lambda === 0).length, 5);
  for (const row of constant) assertAlmostEquals(row.estimate!, alone.estimate!, 1e-9);
  const [human, synthetic] = studyOf({ inBoth: true });
  const said = synthetic.array("y") as number[];
  const fixed = said.map((y, at) => synthetic.get("arm", at) === "letter" ? 4 : y);
  const columns = { persona_id: synthetic.array("persona_id"), arm: synthetic.array("arm"), y: fixed };
  const half = rowsOf([human, tableOf(columns as Columns)])[0]!;
  assertEquals([half.lambda, half.lambda_reference! > 0.5, half.reason], [0, true, ""]);
});

Deno.test("people who answered in both arms are refused; the mean of their differences is calibrated all the same", () => {
  const [human, synthetic] = studyOf({ within: true, inBoth: true });
  assertThrows(() => rowsOf([human, synthetic]), RangeError, "calibrateMean takes everyone's difference");
  const difference = (table: Table) => {
    const [persona_id, y] = [table.array("persona_id") as string[], table.array("y") as number[]];
    const rows = [...persona_id.keys()].filter((row) => table.get("arm", row) === "letter");
    return tableOf({
      persona_id: rows.map((row) => persona_id[row]),
      y: rows.map((row) => y[row]! - y[row - 1]!),
    });
  };
  const [row, alone] = calibrateMean(difference(human), difference(synthetic), { outcome: "y" })
    .objects() as unknown as Row[];
  const expected = estimateEffects(human, { outcome: "y" }).objects()[0] as Row;
  assertAlmostEquals(alone!.estimate!, expected.estimate!, 1e-9);
  assertAlmostEquals(alone!.std_error!, expected.std_error!, 1e-9);
  assert(row!.std_error! < 1.02 * alone!.std_error!);
});

Deno.test("arms assigned in clusters, or with probabilities that differ, are refused with a way out; blocks are told", () => {
  const assigned = (further: (at: number) => { readonly [column: string]: unknown }) =>
    studyOf({ further: (at) => ({ arm_probability: 0.5, ...further(at) }) });
  const block = rowsOf(assigned((at) => ({ block: at % 3 })));
  assertMatch(block[1]!.notes, /blocks are not used/);
  const clusters = assigned((at) => ({ cluster: `c${2 * Math.floor(at / 8) + at % 2}` }));
  assertThrows(() => rowsOf(clusters), RangeError, '{ persona: "cluster" }');
  assertEquals(rowsOf(clusters, { persona: "cluster" })[0]!.n_human, 16);
  const unequal = assigned((at) => ({
    arm_probability: at % 3 === 0 ? 0.5 : 0.6,
    w: at % 3 === 0 ? 2 : 1 / 0.6,
  }));
  assertThrows(() => rowsOf(unequal), RangeError, "'arm_probability' must be the same for all in an arm");
  assertEquals(rowsOf(unequal, { weights: "w" })[0]!.reason, "");
});

Deno.test("an arm without answers or without a pool is an error that names it; one person has no interval", () => {
  const [human, synthetic] = studyOf();
  const y = (human.array("y") as number[]).map((value, at) =>
    human.get("arm", at) === "letter" ? null : value
  );
  const columns = { persona_id: human.array("persona_id"), arm: human.array("arm"), y } as Columns;
  assertThrows(
    () => rowsOf([tableOf(columns), synthetic]),
    RangeError,
    "Cannot calibrate effects as 'human' must hold an answer in arm 'letter'",
  );
  const noPool = keepRows(synthetic, (at) => at < 60 || synthetic.get("arm", at) === "control");
  assertThrows(
    () => rowsOf([human, noPool]),
    RangeError,
    "'synthetic' must hold personas of no person in arm 'letter'",
  );
  const single = keepRows(human, (at) => at < 1 || human.get("arm", at) === "letter");
  for (const row of rowsOf([single, synthetic])) {
    assert(Number.isFinite(row.estimate!) && Number.isNaN(row.conf_low!) && row.reason !== "");
  }
  const [row, alone] = rowsOf([human, keepRows(synthetic, (at) => at < 62)]);
  // A pool of one persona an arm shows no variance: it adds nothing.
  assertEquals([row!.lambda, row!.conf_low, row!.reason], [0, alone!.conf_low, ""]);
});

Deno.test("cells asked in both arms are a shared pool, though each persona was asked in one", () => {
  const data = studyOf({ further: (at) => ({ cell: at % 5 }) });
  const rows = rowsOf(data, { strata: "cell" });
  assertEquals([rows[0]!.estimator, rows[0]!.n_synthetic], ["dt_dip", 300]);
});

Deno.test("names that every object has are names, and texts that look alike are told apart", () => {
  const hostile = ["__proto__", "constructor", "toString", "a|b", "a"];
  const rename = (table: Table) => {
    const columns = Object.fromEntries(table.columnNames().map((name) => [name, [...table.array(name)]]));
    const persona_id = columns.persona_id!.map((name) => hostile[Number(name.slice(1))] ?? name);
    const arm = columns.arm!.map((name) => name === "letter" ? "__proto__" : name);
    return tableOf({ ...columns, persona_id, arm });
  };
  const [human, synthetic] = studyOf({ inBoth: true });
  const renamed = rowsOf([rename(human), rename(synthetic)])[0]!;
  const own = rowsOf([human, synthetic])[0]!;
  assertEquals([renamed.arm as unknown, renamed.n_human], ["__proto__", 60]);
  assertAlmostEquals(renamed.estimate!, own.estimate!, 1e-9);
});

Deno.test("personas of one text are draws of people: nothing warns of them", () => {
  const [human, synthetic] = studyOf({ inBoth: true, predict: () => 3 });
  const prompt_key = [...synthetic.array("arm")].map((arm) => `${arm}, the same text`);
  const columns = Object.fromEntries(
    synthetic.columnNames().map((name) => [name, [...synthetic.array(name)]]),
  );
  assert(!rowsOf([human, tableOf({ ...columns, prompt_key })])[0]!.notes.includes("warning"));
});
