import { checkOneOf } from "../core/checks.ts";
import type { Treatments } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import { type DrawOptions, drawRules, readOptions, rule, type RulesFor } from "../core/options.ts";
import { cannot } from "../core/errors.ts";
import type { Table } from "../core/table.ts";
import type { World } from "./declaration.ts";
import { declareWorld } from "./declare_world.ts";
import { worldPeople } from "./people.ts";
import { type ReadyFault, readyFaults, type ReadyWorldName, type WorldContrast } from "./ready_faults.ts";
import { town, townItems, townStudy, townTreatments } from "./town.ts";

/** The names of all ready worlds: one for each fault of a simulated respondent, and one without any. */
export const readyWorldNames: readonly ReadyWorldName[] = Object.freeze(
  Object.keys(readyFaults),
) as ReadyWorldName[];

/** Options of {@linkcode declareReadyStudy}. */
export interface ReadyStudyOptions extends DrawOptions {
  /**
   * How strong the fault is, from 0 (none) to 1.5.
   * @default {1}
   */
  readonly strength?: number;
}

/** A ready world with an experiment on it. */
export interface ReadyStudy {
  /** The ready world's name. */
  readonly name: ReadyWorldName;
  /** What is wrong, in one sentence. */
  readonly fault: string;
  /** How large the fault is: an exact number. */
  readonly size: number;
  /** What that number is; `worldTruth` gives it. */
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
  /** What an interviewer says, turn by turn: `script(lines(study.script))` in the roles of a protocol. */
  readonly script: readonly string[];
  /** Questions that ask back each stated attribute, for `probe`. */
  readonly probes: readonly Item[];
  /** What the experiment compares and how it asks, as `worldTruth` takes it. */
  readonly contrast: WorldContrast;
}

const action = "declare a ready study";

const rules = {
  ...drawRules,
  strength: rule<number, number>((action, name, value) => {
    if (typeof value === "number" && value >= 0 && value <= 1.5) return;
    throw new RangeError(cannot(action, name, "lie from 0 to 1.5", value));
  }, 1),
} satisfies RulesFor<ReadyStudyOptions>;

/**
 * Declares a ready world together with an experiment on it: people, arms, questions, and the size of the fault.
 *
 * In every ready world a report on lead in a small town's drinking water raises support for new pipes; what differs is
 * how the respondent fails to show it.
 *
 * @param name one of `readyWorldNames`
 * @param options see {@linkcode ReadyStudyOptions} (defaults there)
 * @returns the study; its parts are what `samplePersonas`, `declareDesign`, `planExperiment` and the estimators take
 * @throws {RangeError} if there is no ready world of that name, or the strength is out of range
 * @example
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
 */
export function declareReadyStudy(name: ReadyWorldName, options: ReadyStudyOptions = {}): ReadyStudy {
  checkOneOf(action, "name", name, readyWorldNames);
  const { seed, strength } = readOptions(action, options, rules);
  const { fault, measure, change, size, ...asked }: ReadyFault = readyFaults[name];
  const { outcome = { outcome: "support" }, fixed = [], turns = 0 } = asked;
  const treatments = townTreatments(asked.texts ?? {});
  const items = [...townItems, ...(asked.asked ?? [])].map((item): Item =>
    fixed.includes(item.name) ? { ...item, order: "fixed" } : item
  );
  const declared = { ...town, ...change(strength), name: `town-${name.replaceAll(" ", "-")}`, seed };
  const world = declareWorld(declared, { treatments, items: [...items, ...townStudy.probes] });
  const population = worldPeople(world);
  const contrast: WorldContrast = {
    ...outcome,
    stimulus: "warning",
    reference: "control",
    personas: population.rename({ share: "weight" }) as Table,
    stated: townStudy.stated,
    treatments,
    itemOrder: { shuffled: items.map((item) => item.name) },
    turns,
    ...(fixed.includes(outcome.outcome) ? { orders: "fixed" } : {}),
  };
  const parts = { name, fault, size: size(world, contrast), measure, world, population, treatments, items };
  return Object.freeze({ ...townStudy, ...parts, outcome: contrast.outcome, contrast });
}
