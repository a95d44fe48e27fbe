import { checkColumns } from "../core/checks.ts";
import { cannot, didYouMean, showValue } from "../core/errors.ts";
import type { Design } from "../core/experiment.ts";
import type { DrawOptions, IntervalOptions, ReadOptions } from "../core/options.ts";
import {
  callback,
  column,
  drawRules,
  intervalRules,
  oneOf,
  readOptions,
  rule,
  whole,
} from "../core/options.ts";
import { flatSteps, type PersonaRole, type StepText } from "../core/protocol.ts";
import { untilStopped } from "../core/stop_button.ts";
import { stream } from "../core/stream.ts";
import { isTable, type Table, tableOf } from "../core/table.ts";
import { assignTreatments } from "../designs/assign_treatments.ts";
import type { Margins } from "../personas/declare_margins.ts";
import { samplePersonas } from "../personas/sample_personas.ts";
import { simulatedRespondent } from "../respondents/simulated_respondent.ts";
import { assignGroups, type AssignGroupsOptions } from "../protocols/assign_groups.ts";
import { type PersonaStyle, planExperiment } from "../runner/plan_experiment.ts";
import { runExperiment } from "../runner/run_experiment.ts";
import type { World } from "../worlds/declaration.ts";
import { armStimuli } from "../worlds/factors.ts";
import { worldTruth } from "../worlds/truth.ts";
import { diagnoseSimulations, identityColumns } from "./diagnosands.ts";

/** The true value of what is estimated: one number, or one for each arm (or term). */
type Truth = number | { readonly [arm: string]: number };

/** Options of {@linkcode diagnoseDesign}. */
export interface DiagnoseDesignOptions extends DrawOptions, IntervalOptions {
  /** The personas, the same in every simulation; either these or `population`. */
  personas?: Table;
  /** Where the personas are drawn from, anew in every simulation; see `samplePersonas`. */
  population?: Table | Margins;
  /** The number of personas drawn from `population`. */
  n?: number;
  /** The column of counts of `population`, where it is a count table. */
  counts?: string;
  /** The column of sampling weights of `population`. */
  weights?: string;
  /** Of a design whose subjects meet: how personas are put in groups, anew in every simulation; see `assignGroups`. */
  groups?: Omit<AssignGroupsOptions, "seed">;
  /**
   * How the stated attributes read; as in `planExperiment`.
   * @default {{}}
   */
  persona?: PersonaStyle;
  /**
   * Replies of each persona in each of its arms.
   * @default {1}
   */
  replicates?: number;
  /**
   * Whether each persona reads one wording of its arm, drawn at random, or all.
   * @default {"draw"}
   */
  wordings?: "draw" | "all";
  /**
   * The true value of what is estimated, or one for each arm.
   * @default {undefined} the world's causal effect of each arm on each outcome, among the personas of the simulation
   */
  truth?: number | { readonly [arm: string]: number };
  /**
   * The number of simulations.
   * @default {200}
   */
  simulations?: number;
  /** Stops the diagnosis, as a notebook's stop button does: it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Is told of every simulation that ended, and waited for. */
  onProgress?: (progress: { readonly done: number; readonly total: number }) => unknown;
}

const action = "diagnose a design";
const asGiven = () => {};
const rules = {
  ...drawRules,
  ...intervalRules,
  personas: rule<Table, undefined>((action, name, value) => {
    if (!isTable(value)) throw new TypeError(cannot(action, name, "be an Arquero table", value));
  }, undefined),
  population: rule<Table | Margins, undefined>(asGiven, undefined),
  n: whole(undefined, 2),
  counts: column,
  weights: column,
  groups: rule<Omit<AssignGroupsOptions, "seed">, undefined>(asGiven, undefined),
  persona: rule<PersonaStyle, PersonaStyle>(asGiven, {}),
  replicates: whole(1),
  wordings: oneOf(["draw", "all"], "draw"),
  truth: rule<Truth, undefined>(asGiven, undefined),
  simulations: whole(200, 2),
  signal: rule<AbortSignal, undefined>(asGiven, undefined),
  onProgress: callback<(progress: { readonly done: number; readonly total: number }) => unknown>(),
} as const;

type Settings = ReadOptions<DiagnoseDesignOptions, typeof rules>;

/** Settings whose signal the stop button aborts too. */
type StoppableSettings = Settings & { readonly signal: AbortSignal };

/**
 * Diagnoses a whole experiment before any model is paid for: repeats it on a world whose truth is known.
 *
 * Each simulation draws personas (or takes those given), assigns them, plans and runs the experiment on the world's
 * respondent in this process (no network, nothing kept), and estimates. The truth is the world's causal effect with
 * everybody's attributes held fixed, so that drift (the model imagining other people when it reads the treatment)
 * shows as bias and as intervals that miss. Power and coverage hold for a model that behaves as the world does. About
 * 0.2 ms per call: 200 simulations of 200 personas take some 8 s.
 *
 * @param design from `declareDesign`
 * @param world from `declareWorld`; it must know the design's arms as stimuli, and its items
 * @param estimator from answers to estimates, such as `(answers) => estimateEffects(answers, { outcome: "support" })`; an
 * estimate of the share of an answer names it in its outcome, `item = answer`
 * @param options see {@linkcode DiagnoseDesignOptions}
 * @returns one row per diagnosand (bias, coverage, power, …) with its Monte-Carlo error; see `diagnoseSimulations`
 * @throws {RangeError} if neither or both of `personas` and `population` are given, or an estimate has no known truth
 * @see Blair, Cooper, Coppock and Humphreys 2019, American Political Science Review 113: 838-859
 * @example A small experiment in a world without drift
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { declareDesign } from "@understudy/understudy/designs";
 * import { diagnoseDesign } from "@understudy/understudy/diagnosis";
 * import { estimateEffects } from "@understudy/understudy/estimation";
 * import { yesNo } from "@understudy/understudy/items";
 * import { declareTreatments } from "@understudy/understudy/treatments";
 * import { declareWorld } from "@understudy/understudy/worlds";
 *
 * const population = tableOf({ party: ["A", "B"], n: [60, 40] });
 * const treatments = declareTreatments({ control: "An exercise.", threat: "An incursion." });
 * const world = declareWorld({
 *   name: "w",
 *   seed: 1,
 *   population,
 *   counts: "n",
 *   stimuli: { control: "exercise", threat: "incursion" },
 *   items: { fear: { kind: "yesNo", stimuli: { threat: { effect: 2 } } } },
 * }, { treatments });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["party"] });
 * const diagnosis = await diagnoseDesign(
 *   design,
 *   world,
 *   (answers) => estimateEffects(answers, { outcome: "fear" }),
 *   { population, counts: "n", n: 20, simulations: 20, seed: 1 },
 * );
 * assertEquals(diagnosis.array("diagnosand")[2], "bias");
 * assertEquals(diagnosis.array("verdict")[2], "not found");
 * ```
 */
export async function diagnoseDesign(
  design: Design,
  world: World,
  estimator: (answers: Table) => Table | Promise<Table>,
  options: DiagnoseDesignOptions,
): Promise<Table> {
  const settings = readOptions(action, options, rules);
  checkDiagnosis(estimator, settings);
  if (settings.truth === undefined && !isToldToAll(design)) {
    throw new RangeError(
      `Cannot ${action} as not all personas are told the treatment, and what of it reaches them by others is no effect ` +
        "of the world's: say what is true, { truth: … }; influenceTruth knows it of some discussions",
    );
  }
  return await untilStopped(
    (signal) => simulate(design, world, estimator, { ...settings, signal }),
    settings,
  );
}

async function simulate(
  design: Design,
  world: World,
  estimator: (answers: Table) => Table | Promise<Table>,
  settings: StoppableSettings,
): Promise<Table> {
  const { simulations, alpha, truth, signal, onProgress } = settings;
  const rows: EstimateRecord[] = [];
  for (let simulation = 1; simulation <= simulations; simulation++) {
    signal.throwIfAborted();
    const personas = drawPersonas(settings, simulation);
    const answers = await runOnce(design, world, personas, settings, simulation);
    signal.throwIfAborted();
    const effectOf = knownEffects(design, world, personas);
    const estimates = await estimator(answers);
    checkColumns(action, estimates, ["estimate"], "estimator(…)");
    for (const row of estimates.objects() as EstimateRecord[]) {
      const known = Object.entries(row).filter(([name]) => kept.includes(name));
      const value = truth === undefined ? effectOf(row) : truthOf(truth, row);
      rows.push({ simulation, truth: value, ...Object.fromEntries(known) });
    }
    await onProgress?.({ done: simulation, total: simulations });
  }
  if (rows.length === 0) {
    throw new RangeError(cannot(action, "estimator", "return at least one estimate", "no rows"));
  }
  return diagnoseSimulations(tableOf(rows), { alpha });
}

/** Whether a step, or its role, tells each persona what may differ between arms. */
function isToldToAll({ protocol, factors }: Design): boolean {
  if (protocol === null) return true;
  const differs = (text: StepText) => typeof text !== "string" || factors !== null && text.includes("{{");
  const personas = Object.entries(protocol.roles).filter(([, { kind }]) => kind === "persona");
  const told = flatSteps(protocol.steps).flatMap((step) =>
    step.kind === "tell" && differs(step.text) && typeof step.to !== "function" ? [step.to] : []
  );
  return personas.every(([name, role]) =>
    differs((role as PersonaRole).text) || told.some((to) => [to ?? name].flat().includes(name))
  );
}

function checkDiagnosis(estimator: unknown, { personas, population, n }: Settings): void {
  if (typeof estimator !== "function") {
    throw new TypeError(cannot(action, "estimator", "be a function from answers to estimates", estimator));
  }
  if ((personas === undefined) === (population === undefined)) {
    const rule = "be given where 'population' is not, and only there";
    throw new RangeError(cannot(action, "personas", rule, personas && "a table, beside 'population'"));
  }
  if (population !== undefined) whole(undefined, 2).check(action, "n", n);
}

/** A seed of a simulation's own for each of its draws. */
function seedOf({ seed }: Settings, purpose: string, simulation: number): number {
  return stream(seed, purpose, simulation).bits();
}

function drawPersonas(settings: Settings, simulation: number): Table {
  const { personas, population, n, counts, weights } = settings;
  if (personas !== undefined) return personas;
  return samplePersonas(population!, {
    n: n!,
    seed: seedOf(settings, "personas", simulation),
    ...(counts === undefined ? {} : { counts }),
    ...(weights === undefined ? {} : { weights }),
  });
}

function runOnce(
  design: Design,
  world: World,
  personas: Table,
  settings: StoppableSettings,
  simulation: number,
): Promise<Table> {
  const { persona, replicates, wordings, signal, groups } = settings;
  const grouped = groups === undefined
    ? personas
    : assignGroups(personas, { ...groups, seed: seedOf(settings, "groups", simulation) });
  const assigned = assignTreatments(grouped, design, { seed: seedOf(settings, "assign", simulation) });
  const seed = seedOf(settings, "plan", simulation);
  const plan = planExperiment(assigned, design, { seed, replicates, wordings, persona });
  return runExperiment(plan, simulatedRespondent(world), { signal });
}

/** One row of an estimates table, by column. */
type EstimateRecord = { readonly [column: string]: unknown };

const kept = [...identityColumns, "estimate", "std_error", "p_value", "conf_low", "conf_high", "conf_level"];

/** The truth of a row, from one number or from numbers by arm. */
function truthOf(truth: Truth, row: EstimateRecord): number {
  const arm = String(row.arm ?? row.term);
  const byArm = typeof truth === "object" && truth !== null;
  if (byArm && !Object.hasOwn(truth, arm)) {
    const names = Object.keys(truth).map(showValue).join(", ") || "none";
    throw new RangeError(
      `Cannot ${action} as 'truth' must name every arm: ${showValue(arm)} is missing, it names ${names}`,
    );
  }
  const value = byArm ? truth[arm] : truth;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new TypeError(cannot(action, "truth", "be a finite number, or one for each arm", value));
}

/** The world's causal effect for each row of an estimates table, computed once for each outcome and arm. */
function knownEffects(design: Design, world: World, personas: Table): (row: EstimateRecord) => number {
  const seen = new Map<string, number>();
  return (row) => {
    const reference = String(row.reference ?? design.reference);
    const key = JSON.stringify([row.outcome, row.arm, reference]);
    if (!seen.has(key)) {
      const effect = worldTruth(world, {
        ...readOutcome(world, row),
        stimulus: readStimulus(world, row.arm, "arm"),
        reference: readStimulus(world, reference, "reference"),
        personas,
        stated: design.stated,
      });
      seen.set(key, effect.get("value", 0) as number);
    }
    return seen.get(key)!;
  };
}

/** The item, or where the estimate is of the share of an answer (`item = answer`), both. */
function readOutcome(world: World, row: EstimateRecord): { outcome: string; category?: string } {
  const text = String(row.outcome);
  if (Object.hasOwn(world.items, text)) return { outcome: text };
  const [outcome, ...rest] = text.split(" = ");
  if (rest.length > 0 && Object.hasOwn(world.items, outcome!)) {
    return { outcome: outcome!, category: rest.join(" = ") };
  }
  throw unknownTruth("outcome", "an item", row.outcome, Object.keys(world.items));
}

function readStimulus(world: World, name: unknown, column: string): string {
  if (typeof name === "string" && armStimuli(world, name) !== undefined) return name;
  throw unknownTruth(column, "a stimulus", name, Object.keys(world.stimuli));
}

function unknownTruth(column: string, what: string, value: unknown, known: readonly string[]): RangeError {
  const rule = `name ${what} of the world (${known.join(", ")})`;
  return new RangeError(
    `${cannot(action, column, rule, value)}${
      didYouMean(value, known)
    }; for other quantities say what is true, ` +
      "for example { truth: 0.3 }",
  );
}
