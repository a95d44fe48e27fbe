import { cannot } from "../core/errors.ts";
import { type ArmOptions, armRules, type DrawOptions, drawRules, oneOf } from "../core/options.ts";
import { type ReadOptions, readOptions, type RulesFor } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { outcomeName, referenceOf } from "../core/study.ts";
import { columnOf, type Table } from "../core/table.ts";
import { inferEstimate, summedDegrees } from "../stats/inference.ts";
import { calibratedTable } from "./calibrated_rows.ts";
import {
  type MixedEffect,
  mixedEffect,
  type MixedEstimatorName,
  mixedEstimators,
  pairedEffect,
} from "./mixed_subjects.ts";
import {
  type PairedAnswers,
  type PairedUnits,
  type PairingOptions,
  pairingRules,
  readPairs,
} from "./paired_answers.ts";
import { type LambdaOptions, lambdaRules, type RectifiedSample } from "./rectified_mean.ts";

/** Options of {@linkcode calibrateEffects}. */
export interface CalibrateEffectsOptions extends PairingOptions, ArmOptions, LambdaOptions, DrawOptions {
  /**
   * How the effect is calibrated; `all` for every way that the data allow.
   * @default {undefined} `dt_dip` where most personas of the pool were asked in both arms, else `dt`; `dip_pp` where people
   * were
   */
  estimator?: MixedEstimatorName | "all";
}

const action = "calibrate effects";
const mixedNames = Object.keys(mixedEstimators) as MixedEstimatorName[];
const rules = {
  ...pairingRules,
  ...armRules,
  ...lambdaRules,
  ...drawRules,
  estimator: oneOf([...mixedNames, "all"], undefined),
} as const satisfies RulesFor<CalibrateEffectsOptions>;

type Asked = ReadOptions<CalibrateEffectsOptions, typeof rules>;

/**
 * Calibrates the effect of each arm against a reference: that on people who were assigned at random, made more precise by a
 * model's predictions of them and of many more.
 *
 * Whatever the model is worth, the effect is that on people, and its interval holds: what is predicted of people takes back
 * what predictions of others are wrong by, and the weight λ of a model that knows nothing is near 0. A person is predicted
 * by the persona of the same name (or by its cell, see `strata`); personas for whom no person stands are the pool. A pool
 * asked in both arms is worth most, as what its answers have in common cancels; where an estimator lets each persona count
 * in one arm, that is drawn (`seed`). λ is tuned for each person on all others and shrunk. People who answered in both arms
 * are compared with themselves.
 *
 * @param human people's answers, with persona, arm and outcome
 * @param synthetic the model's, of the same personas and of others; or the column of `human` that says `human` or `synthetic`
 * @param options outcome, arms and pairing; see {@linkcode CalibrateEffectsOptions}
 * @returns for each arm a row of people alone (`humans_alone`, the difference in means; `basis` is `human`) and one for each
 * estimator (`calibrated`), with the columns of `estimateEffects` and `lambda` and `lambda_reference` (the weight of the
 * predictions in the arm and in the reference), `correlation` (of the effect on answers with that on predictions),
 * `n_human`, `n_synthetic`, `n_effective` (how many people alone are as precise)
 * @throws {RangeError} if personas do not meet, arms were assigned in clusters or with probabilities that differ, or the
 * estimator needs personas asked in both arms
 * @see Broska, Howes and van Loon 2025, Sociological Methods & Research 54: 1074-1109; the R package mixedsubjects 1.0.0,
 * which divides the pool's variance by the number of folds
 * @example Four people, and eight personas: those people and four others
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { calibrateEffects } from "@understudy/understudy/calibration";
 *
 * const people = tableOf({ persona_id: [1, 2, 3, 4], arm: ["a", "a", "b", "b"], support: [1, 2, 4, 6] });
 * const model = tableOf({
 *   persona_id: [1, 2, 3, 4, 5, 6, 7, 8],
 *   arm: ["a", "a", "b", "b", "a", "a", "b", "b"],
 *   support: [2, 3, 3, 5, 1, 3, 4, 4],
 * });
 * const effects = calibrateEffects(people, model, { outcome: "support", estimator: "greg" });
 * assertEquals(effects.array("basis"), ["calibrated", "human"]);
 * assertEquals(effects.array("estimate"), [4, 3.5]);
 * ```
 */
export function calibrateEffects(
  human: Table,
  synthetic: Table | string,
  options: CalibrateEffectsOptions,
): Table {
  const asked = readOptions(action, options, rules);
  const pairs = readPairs(action, human, synthetic, asked);
  const { reference, notes } = referenceOf(pairs.study, asked.reference);
  checkAssignment(pairs.pool.table, asked);
  notes.push(...pairs.notes, ...checkAssignment(pairs.human.table, asked));
  const largest = pairs.human.outcome.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const rows = [...pairs.arms.keys()].filter((arm) => arm !== reference).flatMap((arm) => {
    const { design, people, effects, left } = calibrateArm(pairs, [arm, reference], asked);
    const row = (estimator: string, found: Omit<MixedEffect, "alone">, pool: number) => {
      const variances = found.parts.map(({ variance }) => variance);
      const stdError = Math.sqrt(variances.reduce((sum, each) => sum + each, 0));
      const df = summedDegrees(variances, found.parts.map((part) => part.df));
      const [lambda, lambda_reference] = found.lambda as [number, number];
      const idle = pool > 0 && lambda === 0 && lambda_reference === 0;
      return {
        outcome: outcomeName(asked),
        arm: pairs.arms[arm]!,
        reference: pairs.arms[reference]!,
        design,
        ...inferEstimate({ estimate: found.estimate, stdError, df }, asked.alpha, largest),
        estimator,
        basis: pool > 0 ? "calibrated" as const : "human" as const,
        lambda,
        lambda_reference,
        correlation: found.correlation,
        people,
        pool,
        notes: [...notes, ...left, idle ? "λ is 0: the predictions add nothing to people's answers" : ""],
      };
    };
    const { alone, correlation } = effects[0]!.found;
    const estimate = alone[0]!.mean - (alone[1]?.mean ?? 0);
    const humans = row("humans_alone", { estimate, parts: alone, lambda: [0, 0], correlation }, 0);
    return [...effects.map(({ estimator, found, pool }) => row(estimator, found, pool)), humans]
      .map((each) => ({ ...each, effective: people * (humans.std_error / each.std_error) ** 2 }));
  });
  return calibratedTable(rows, ["design"], ["lambda", "lambda_reference"]);
}

/** That people, or personas, were assigned one by one and alike; what must be known of their blocks. */
function checkAssignment(table: Table, { arm, persona = "persona_id", weights }: Asked): string[] {
  const names = table.columnNames();
  if (!names.includes("arm_probability")) return [];
  const kinds = (...columns: string[]) => {
    const values = columns.map((name) => columnOf(table, name));
    return new Set(values[0]!.map((_, row) => JSON.stringify(values.map((each) => String(each[row]))))).size;
  };
  if (names.includes("cluster") && persona !== "cluster" && kinds("cluster") < kinds(persona)) {
    const rule = 'be each person\'s own; or compare means of clusters with { persona: "cluster" }';
    throw new RangeError(cannot(action, "cluster", rule, `${kinds("cluster")} clusters`));
  }
  if (weights === undefined && kinds(arm, "arm_probability") > kinds(arm)) {
    const rule = "be the same for all in an arm, or weights be given that are 1 over it";
    throw new RangeError(cannot(action, "arm_probability", rule, "different"));
  }
  return names.includes("block") ? ["blocks are not used, which only makes intervals longer"] : [];
}

/** Places, or numbers of units, of the arm and of the reference; -1 for no unit. */
type Sides = readonly number[];

/** Each persona's units in two arms. */
function byPersona({ persona, arm }: PairedUnits, arms: Sides): Sides[] {
  const found = new Map<number, number[]>();
  for (let at = 0; at < arm.length; at++) {
    const side = arms.indexOf(arm[at]!);
    if (side < 0) continue;
    const units = found.get(persona[at]!) ?? [-1, -1];
    units[side] = at;
    found.set(persona[at]!, units);
  }
  return [...found.values()];
}

/** An arm against the reference by each estimator asked for. */
function calibrateArm(
  { arms, human, pool }: PairedAnswers,
  compared: Sides,
  { estimator, lambda, seed }: Asked,
) {
  const names = compared.map((place) => arms[place]!);
  const [people, personas] = [byPersona(human, compared), byPersona(pool, compared)];
  const pairs = people.filter((units) => !units.includes(-1));
  const within = pairs.length > 0;
  // Where a persona was not asked in an arm, its cell may have been.
  const said = (units: Sides, side: number) =>
    units[side]! >= 0
      ? pool.prediction[units[side]!]!
      : pool.predictions[compared[side]!]![units[1 - side]!]!;
  const both = personas.filter((units) => !Number.isNaN(said(units, 0) + said(units, 1)));
  const possible = mixedNames.filter((name) => {
    const { shared, tuned } = mixedEstimators[name];
    return shared ? both.length > 0 && !(within && tuned === "by arm") : !within;
  });
  const usual = within ? "dip_pp" : 2 * both.length > personas.length ? "dt_dip" : "dt";
  const wanted = estimator === "all" ? possible : [estimator ?? usual];
  if (wanted.length === 0 || !wanted.every((name) => possible.includes(name))) {
    const why = within ? "people were asked" : "no persona of the pool was asked";
    const rule = `be ${possible.join(", ") || "left out"} as ${why} in both '${names.join("' and '")}'`;
    throw new RangeError(cannot(action, "estimator", rule, estimator));
  }
  const random = stream(seed, "pool arms", ...names);
  const side = personas.map((units) => units.includes(-1) ? units.indexOf(-1) ^ 1 : random.integer(2));
  const split = [0, 1].map((own) => personas.filter((_, at) => side[at] === own));
  const used = within ? pairs : people;
  const sample = (own: number, others: readonly Sides[]): RectifiedSample => {
    const units = used.map((each) => each[own]!).filter((unit) => unit >= 0);
    const take = (values: Float64Array) => Float64Array.from(units, (unit) => values[unit]!);
    const weigh = (each: Sides) => pool.weight![Math.max(each[own]!, each[1 - own]!)]!;
    return {
      outcome: take(human.outcome),
      prediction: take(human.prediction),
      weight: human.weight && take(human.weight),
      pool: Float64Array.from(others, (each) => said(each, own)),
      poolWeight: pool.weight && Float64Array.from(others, weigh),
    };
  };
  const ends = new Set([0, 1, ...human.outcome]).size === 2 ? [0, 1] as const : null;
  const effects = wanted.map((estimator) => {
    const how = mixedEstimators[estimator];
    const samples = [0, 1].map((own) => sample(own, how.shared ? both : split[own]!));
    for (const [own, { outcome, pool }] of samples.entries()) {
      if (outcome.length > 0 && pool.length > 0) continue;
      const [argument, rows] = outcome.length > 0
        ? ["synthetic", "personas of no person"]
        : ["human", "an answer"];
      throw new RangeError(cannot(action, argument, `hold ${rows} in arm '${names[own]}'`, "none"));
    }
    const found = (within ? pairedEffect : mixedEffect)(samples, how, { lambda, ends });
    return { estimator, found, pool: how.shared ? both.length : personas.length };
  });
  const left = people.length - used.length;
  return {
    design: within ? "within" : "between",
    people: used.length,
    effects,
    left: left === 0 ? [] : [`people left out as they did not answer in both arms: ${left}`],
  };
}
