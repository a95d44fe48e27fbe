import type { Item, Table, Treatments } from "../../core/mod.ts";
import { worldPeople } from "../people/world_people.ts";
import type { WorldContrast } from "../truth/contrast.ts";
import type { World } from "../world.ts";
import { declareReadyWorld, type ReadyWorldOptions } from "./declare_ready_world.ts";
import { type ReadyFault, readyFaults, type ReadyWorldName } from "./ready_faults.ts";
import {
  townControls,
  townItems,
  townOpinions,
  townOpinionTreatments,
  townProbes,
  townScript,
  townStated,
  townTreatments,
} from "./town.ts";

/** A ready world with an experiment on it. */
export interface ReadyStudy {
  /** The ready world's name. */
  readonly name: ReadyWorldName;
  /** What is wrong, in one sentence. */
  readonly fault: string;
  /** How large the fault is: an exact number. */
  readonly size: number;
  /** What that number is, and which truth function gives it. */
  readonly measure: string;
  /** The world. */
  readonly world: World;
  /** The people: one row per kind, with its `share`, for `samplePersonas(population, { weights: "share", … })`. */
  readonly population: Table;
  /** The attributes that a persona's text should state: for `declareDesign`. */
  readonly stated: readonly string[];
  /** The arms, for `declareDesign`. */
  readonly treatments: Treatments;
  /** The questions, for `declareDesign`. */
  readonly items: readonly Item[];
  /** The question in which the fault shows. */
  readonly outcome: string;
  /** The questions whose answers no treatment can change. */
  readonly controls: readonly string[];
  /**
   * Arms that differ in nothing but the opinion that is stated (`none`, `for`, `against` new pipes), for a second
   * design: what `checkSycophancy` needs, since in `treatments` the report differs too.
   */
  readonly opinionTreatments: Treatments;
  /** Which opinion each of these arms states, for `checkSycophancy`. */
  readonly opinions: { readonly [arm: string]: 1 | -1 | 0 };
  /** What the user says in a conversation, turn by turn, for `recordTranscripts`. */
  readonly script: readonly string[];
  /** Questions that ask back each stated attribute, for `recordTranscripts`. */
  readonly probes: readonly Item[];
  /** What the experiment compares and how it asks, as `naiveEffect` and `trueEffect` take it, and `trueDrift` with a `control`. */
  readonly contrast: WorldContrast;
}

/**
 * Declares a ready world together with an experiment on it: people, arms, questions, and the size of the fault.
 *
 * @param name one of `readyWorldNames`
 * @param options see {@linkcode ReadyWorldOptions} (defaults there)
 * @returns the study; its parts are what `samplePersonas`, `declareDesign`, `planExperiment` and the estimators take
 * @throws {RangeError} if there is no ready world of that name, or the strength is out of range
 * @example An experiment on a world that drifts
 * ```ts
 * import { assert } from "@std/assert";
 * import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
 * import { estimateEffects } from "@understudy/understudy/estimation";
 * import { samplePersonas } from "@understudy/understudy/personas";
 * import { simulatedRespondent } from "@understudy/understudy/respondents";
 * import { planExperiment, runExperiment } from "@understudy/understudy/runner";
 * import { declareReadyStudy } from "@understudy/understudy/worlds";
 *
 * const { world, population, stated, outcome, size, ...parts } = declareReadyStudy("user drift", { seed: 1 });
 * const design = declareDesign({ treatments: parts.treatments, items: parts.items, stated });
 * const personas = samplePersonas(population, { n: 400, seed: 2, weights: "share" });
 * const plan = planExperiment(assignTreatments(personas, design, { seed: 3 }), design, { seed: 4 });
 * const answers = await runExperiment(plan, simulatedRespondent(world));
 * const effects = estimateEffects(answers, { outcome });
 * assert(effects.get("estimate", 0) > 0.6 && size > 0.3);
 * ```
 * @example A conversation in which the persona fades
 * ```ts
 * import { assert } from "@std/assert";
 * import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
 * import { estimateRecall, estimateStability } from "@understudy/understudy/drift";
 * import { samplePersonas } from "@understudy/understudy/personas";
 * import { simulatedRespondent } from "@understudy/understudy/respondents";
 * import { recordTranscripts } from "@understudy/understudy/runner";
 * import { declareReadyStudy } from "@understudy/understudy/worlds";
 *
 * const { world, population, stated, ...study } = declareReadyStudy("persona decay", { seed: 1 });
 * const people = samplePersonas(population, { n: 60, seed: 2, weights: "share" });
 * const design = declareDesign({ treatments: study.treatments, items: study.items, stated });
 * const assigned = assignTreatments(people, design, { seed: 3 });
 * const transcripts = await recordTranscripts(assigned, simulatedRespondent(world), {
 *   treatments: study.treatments,
 *   script: study.script,
 *   probes: study.probes,
 *   stated,
 * });
 * const stability = estimateStability(transcripts, { bootstraps: 100 });
 * assert((stability.array("verdict") as string[]).includes("decay"));
 * assert((estimateRecall(transcripts).array("verdict") as string[]).includes("forgotten"));
 * ```
 */
export function declareReadyStudy(name: ReadyWorldName, options: ReadyWorldOptions): ReadyStudy {
  const world = declareReadyWorld(name, options);
  const fault: ReadyFault = readyFaults[name];
  const treatments = townTreatments(fault.texts ?? {});
  const contrast = contrastOf(world, fault, treatments);
  return Object.freeze({
    name,
    fault: fault.fault,
    size: fault.size(world, contrast),
    measure: fault.measure,
    world,
    population: worldPeople(world),
    stated: townStated,
    treatments,
    items: itemsOf(fault),
    outcome: contrast.outcome,
    controls: townControls,
    opinionTreatments: townOpinionTreatments,
    opinions: townOpinions,
    script: townScript,
    probes: townProbes,
    contrast,
  });
}

function itemsOf({ fixed, asked = [] }: ReadyFault): Item[] {
  return [...townItems, ...asked].map((item) =>
    fixed?.includes(item.name) && "order" in item ? { ...item, order: "fixed" } : item
  );
}

function contrastOf(world: World, fault: ReadyFault, treatments: Treatments): WorldContrast {
  const { outcome = { outcome: "support" }, fixed = [], turns = 0 } = fault;
  return {
    ...outcome,
    stimulus: "warning",
    reference: "control",
    personas: worldPeople(world, { share: "weight" }),
    stated: townStated,
    treatments,
    itemOrder: { shuffled: itemsOf(fault).map(({ name }) => name) },
    turns,
    ...(fixed.includes(outcome.outcome) ? { orders: "fixed" } : {}),
  };
}
