import {
  cannot,
  checkOneOf,
  checkOptions,
  checkText,
  type Design,
  type Item,
  type Treatments,
} from "../core/mod.ts";
import { checkDistinct, checkItems, readArms, readProbabilities } from "./design_parts.ts";

/** What {@linkcode declareDesign} needs to know. */
export interface DeclareDesignOptions {
  /** The arms; from `declareTreatments`. */
  readonly treatments: Treatments;
  /** The questions, in the order declared; from `likert`, `choice` and the others. */
  readonly items: readonly Item[];
  /**
   * The arm with which the others are compared.
   * @default the arm named "control", else the first
   */
  readonly reference?: string;
  /**
   * The probability of each arm; they sum to 1.
   * @default equal
   */
  readonly probabilities?: { readonly [arm: string]: number };
  /**
   * `complete`: the arms' sizes are fixed, to rounding. `simple`: each persona (or cluster) is assigned by itself.
   * @default "complete"
   */
  readonly assignment?: "simple" | "complete";
  /**
   * Attribute, or attributes, whose combinations are blocks: assignment is complete within each.
   * @default []
   */
  readonly blocks?: string | readonly string[];
  /**
   * The attribute that names clusters, each assigned as one.
   * @default null
   */
  readonly clusters?: string | null;
  /**
   * `between`: each persona sees one arm. `within`: each persona sees all, in an order of its own.
   * @default "between"
   */
  readonly subjects?: "between" | "within";
  /**
   * Whether each persona gets the questions in an order of its own.
   * @default "shuffled"
   */
  readonly itemOrder?: "fixed" | "shuffled";
}

const action = "declare a design";
const known = [
  "treatments",
  "items",
  "reference",
  "probabilities",
  "assignment",
  "blocks",
  "clusters",
  "subjects",
  "itemOrder",
];

/**
 * Declares an experiment: what is compared, how it is assigned, and what is asked.
 *
 * Nothing is drawn and nothing is asked; everything that can be wrong without data is found here. Within subjects
 * every persona sees every arm, so that each probability is 1 and blocks, clusters and probabilities have no place.
 *
 * @param options see {@linkcode DeclareDesignOptions} (defaults there)
 * @returns a frozen design for `assignTreatments` and `planExperiment`
 * @throws {RangeError} if names of items or arms occur twice, an item has the name of a column of the experiment's
 * tables, an arm is unknown, or probabilities do not name every arm or do not sum to 1
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { declareDesign } from "@understudy/understudy/designs";
 * import { yesNo } from "@understudy/understudy/items";
 * import { declareTreatments } from "@understudy/understudy/treatments";
 *
 * const design = declareDesign({
 *   treatments: declareTreatments({ control: "A quiet day.", threat: "A border incursion." }),
 *   items: [yesNo("support", "Should the country respond?")],
 * });
 * assertEquals(design.reference, "control");
 * assertEquals(design.probabilities, { control: 0.5, threat: 0.5 });
 * ```
 */
export function declareDesign(options: DeclareDesignOptions): Design {
  checkOptions(action, options, known);
  const { assignment = "complete", clusters = null, subjects = "between", itemOrder = "shuffled" } = options;
  const arms = readArms(action, options.treatments);
  const blocks = typeof options.blocks === "string" ? [options.blocks] : [...options.blocks ?? []];
  checkOneOf(action, "assignment", assignment, ["simple", "complete"]);
  checkOneOf(action, "subjects", subjects, ["between", "within"]);
  checkOneOf(action, "itemOrder", itemOrder, ["fixed", "shuffled"]);
  for (const block of blocks) checkText(action, "blocks", block);
  if (clusters !== null) checkText(action, "clusters", clusters);
  checkItems(action, options.items, clusters === null ? blocks : [...blocks, clusters]);
  const reference = options.reference ?? (arms.includes("control") ? "control" : arms[0]!);
  checkOneOf(action, "reference", reference, arms);
  checkCombination(options, blocks);
  return Object.freeze({
    treatments: options.treatments,
    items: Object.freeze([...options.items]),
    reference,
    probabilities: readProbabilities(action, options.probabilities, arms, subjects),
    assignment,
    blocks: Object.freeze(blocks),
    clusters,
    subjects,
    itemOrder,
  });
}

function checkCombination(options: DeclareDesignOptions, blocks: readonly string[]): void {
  const { assignment, clusters = null, probabilities, subjects } = options;
  if (assignment === "simple" && blocks.length > 0) {
    throw new RangeError(cannot(action, "blocks", "be left out where 'assignment' is simple", blocks));
  }
  checkDistinct(action, "blocks", "name each attribute once", blocks);
  if (subjects !== "within") return;
  const given = Object.entries({ blocks: blocks.length > 0, clusters: clusters !== null, probabilities })
    .find(([, value]) => value);
  if (given !== undefined) {
    const rule = "be left out within subjects, where every persona sees every arm";
    throw new RangeError(cannot(action, given[0], rule, options[given[0] as "blocks"]));
  }
}
