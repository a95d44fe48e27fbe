import {
  cannot,
  canonicalHash,
  checkColumns,
  checkOptions,
  checkRows,
  checkSeed,
  checkText,
  checkWeights,
  columnOf,
  type Item,
  type Table,
  type Treatments,
} from "../core/mod.ts";
import { countedPeople, type People, splitPeople } from "./people/build_cells.ts";
import { buildVocabulary } from "./prompt/build_vocabulary.ts";
import { checkAttributeDeclaration } from "./checks/check_attributes.ts";
import { checkNames, checkNotInherited } from "./checks/check_predictor.ts";
import { checkWorld } from "./checks/check_world.ts";
import { stimuliIn } from "./prompt/read_prompt.ts";
import type { World, WorldDeclaration } from "./world.ts";

/** Options of {@linkcode declareWorld}. */
export interface DeclareWorldOptions {
  /** Arms that the world must recognise: each text must be that of the stimulus of the arm's name, and of no other. */
  treatments?: Treatments;
  /** Questions that will be asked: no text of theirs may contain a stimulus, or every arm would meet it. */
  items?: readonly Item[];
}

const action = "declare a world";

/**
 * Declares a causal model of people in an observational society, from which a respondent with known truth answers.
 *
 * A world says who its people are (the joint distribution of a count table, extended or replaced by a graph of declared
 * attributes), who meets which stimulus (exposure), how each item is answered (with the causal effect of each stimulus),
 * and how its respondent departs from all this (behaviour). A respondent that learnt from it, shown a stimulus,
 * imagines a person from P(X | stimulus, stated) ∝ P(stimulus | X) · P(X | stated): what a prompt leaves open shifts
 * with the treatment. `trueEffect`, `naiveEffect`, `trueDrift` and `answerShares` give the exact truth; estimators are
 * told nothing. For a world that is ready, see `declareReadyStudy`.
 *
 * @param declaration the society; see {@linkcode WorldDeclaration}
 * @param options treatments that must be recognised, and questions that must not be taken for one
 * @returns the world, validated and frozen
 * @throws {TypeError} if a part has the wrong shape
 * @throws {RangeError} if a part names an attribute, level or stimulus that does not exist, if a treatment's text
 * matches no stimulus or two, or if a question contains one
 * @example A world whose exposure depends on ideology
 * ```ts
 * import { assert } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { declareWorld, naiveEffect, trueEffect } from "@understudy/understudy/worlds";
 *
 * const world = declareWorld({
 *   name: "border",
 *   seed: 1,
 *   population: tableOf({ ideology: ["left", "right"], n: [50, 50] }),
 *   counts: "n",
 *   stimuli: { control: "exercise", threat: "incursion" },
 *   exposure: { threat: { ideology: { right: 1 } } },
 *   items: {
 *     support: {
 *       kind: "scale",
 *       range: [1, 7],
 *       sd: 1,
 *       intercept: 4,
 *       effects: { ideology: { right: 1 } },
 *       stimuli: { threat: { effect: 0.5 } },
 *     },
 *   },
 * });
 * const contrast = { outcome: "support", stimulus: "threat", reference: "control" };
 * const personas = tableOf({ persona_id: ["p1"] });
 * assert(naiveEffect(world, { ...contrast, personas }) > trueEffect(world, { ...contrast, personas }) + 0.2);
 * ```
 * @example Attributes without a count table, and a respondent that favours the first option
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { declareWorld } from "@understudy/understudy/worlds";
 *
 * const world = declareWorld({
 *   name: "ages",
 *   seed: 1,
 *   attributes: {
 *     age: { kind: "numeric", range: [20, 80], step: 10, mean: { intercept: 48 }, sd: 15 },
 *     class: {
 *       kind: "ordinal",
 *       parents: ["age"],
 *       levels: ["working", "middle", "upper"],
 *       mean: { effects: { age: { slope: 0.02 } } },
 *       thresholds: [0.8, 2.2],
 *     },
 *     votes: { parents: ["class"], levels: { yes: { effects: { class: { upper: 0.5 } } }, no: {} } },
 *   },
 *   stimuli: { control: "exercise", threat: "incursion" },
 *   items: { fear: { kind: "yesNo", effects: { age: { slope: 0.03 } }, stimuli: { threat: { effect: 1 } } } },
 *   behaviour: { position: { strength: 0.8, slot: "first" } },
 * });
 * assertEquals(world.cells.length, 7 * 3 * 2);
 * ```
 */
export function declareWorld(declaration: WorldDeclaration, options: DeclareWorldOptions = {}): World {
  checkDeclaration(declaration);
  checkOptions(action, options, ["treatments", "items"]);
  const { name, seed, exposure = {}, drift = 1, items, behaviour = {}, phrases = {} } = declaration;
  const stimuli = Object.fromEntries(
    Object.entries(declaration.stimuli).map((
      [name, phrases],
    ) => [name, typeof phrases === "string" ? [phrases] : phrases]),
  );
  const parts = { name, seed, ...buildPeople(declaration), stimuli, exposure, drift, items, behaviour };
  checkWorld(parts);
  const vocabulary = buildVocabulary(parts.attributes, phrases);
  const world: World = Object.freeze({
    ...parts,
    vocabulary,
    fingerprint: canonicalHash({ ...parts, vocabulary }),
  });
  if (options.treatments) checkTreatments(world, options.treatments);
  for (const item of options.items ?? []) checkItemText(world, item);
  return world;
}

const declarationNames = [
  "name",
  "seed",
  "population",
  "counts",
  "attributes",
  "stimuli",
  "exposure",
  "drift",
  "items",
  "behaviour",
  "phrases",
];

function checkDeclaration(declaration: WorldDeclaration): void {
  checkOptions(action, declaration, declarationNames);
  checkText(action, "name", declaration.name);
  checkSeed(action, declaration.seed);
  for (const part of ["stimuli", "items"] as const) {
    checkNames(part, declaration[part], Object.keys(declaration[part] ?? {}));
  }
  const { population, counts } = declaration;
  if (population === undefined) {
    if (counts === undefined && Object.keys(declaration.attributes ?? {}).length > 0) return;
    throw new TypeError(`Cannot ${action} as it has no 'population' and no attributes of its own`);
  }
  checkText(action, "counts", counts);
  checkColumns(action, population, [counts], "population");
  checkRows(action, population, "population");
  checkWeights(action, "population", columnOf(population, counts));
  for (const name of population.columnNames()) if (name !== counts) checkPopulationColumn(population, name);
}

/** Of a person without a value nothing can be stated, and `slope` is a coefficient. */
function checkPopulationColumn(population: Table, name: string): void {
  const argument = `population.${name}`;
  checkNotInherited(argument, name);
  for (const value of columnOf(population, name)) {
    const missing = value === null || value === undefined || Number.isNaN(value) || !String(value).trim();
    if (missing) throw new RangeError(cannot(action, argument, "have a value in every row", value));
    if (value === "slope") {
      throw new RangeError(cannot(action, argument, "have no level called slope", value));
    }
  }
}

/** The joint distribution of all attributes: the population's, split by each further attribute in turn. */
function buildPeople(declaration: WorldDeclaration): People {
  return Object.entries(declaration.attributes ?? {}).reduce((people, [name, declared]) => {
    checkAttributeDeclaration(people, name, declared);
    return splitPeople(people, name, declared);
  }, countedPeople(declaration));
}

function checkItemText(world: World, item: Item): void {
  const [found] = stimuliIn(world, [item.text, ...("options" in item ? item.options : [])].join("\n"));
  if (found !== undefined) {
    throw new RangeError(
      cannot(
        action,
        "items",
        `contain no stimulus: item '${item.name}' contains a phrase of '${found}'`,
        item.text,
      ),
    );
  }
}

/** A world must not silently miss its treatment. */
function checkTreatments(world: World, treatments: Treatments): void {
  for (const arm of treatments.arms) {
    for (const text of arm.wordings) {
      const found = stimuliIn(world, text);
      if (found.length !== 1 || found[0] !== arm.name) {
        throw new RangeError(
          cannot(
            action,
            "treatments",
            `be recognised: the text of arm '${arm.name}' must contain a phrase of stimulus '${arm.name}' and of no other`,
            found.length === 0 ? `no stimulus in ${JSON.stringify(text.slice(0, 60))}` : found.join(" and "),
          ),
        );
      }
    }
  }
}
