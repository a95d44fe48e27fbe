import {
  cannot,
  checkOneOf,
  checkOptions,
  checkText,
  type Design,
  type Item,
  type Treatments,
} from "../core/mod.ts";
import {
  checkDistinct,
  checkItems,
  checkStated,
  readArms,
  readBlockProbabilities,
  readProbabilities,
} from "./design_parts.ts";

/** What {@linkcode declareDesign} needs to know. */
export interface DeclareDesignOptions {
  /** The arms; from `declareTreatments`. */
  readonly treatments: Treatments;
  /** The questions, in the order declared; from `likert`, `choice` and the others. */
  readonly items: readonly Item[];
  /**
   * The attributes that a persona's text states, in this order. The model is told nothing else of a person: `[]` tells
   * nothing. To state more of the same people, as a repair does: `{ ...design, stated: [...design.stated, "party"] }`.
   */
  readonly stated: readonly string[];
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
   * The probability of each arm in some blocks (named as in the column `block`: values joined by " / "); other blocks
   * have `probabilities`.
   * @default {}
   */
  readonly blockProbabilities?: { readonly [block: string]: { readonly [arm: string]: number } };
  /**
   * Within subjects, the orders of the arms. `shuffled`: each persona has a random order of its own. `latin`: each arm
   * stands equally often at each place. `williams`: besides, each arm follows each other arm equally often. Squares
   * are dealt evenly: to rounding, each of their orders goes to the same number of personas.
   * @default "shuffled"
   */
  readonly armOrder?: "shuffled" | "latin" | "williams";
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
  "stated",
  "reference",
  "probabilities",
  "assignment",
  "blocks",
  "clusters",
  "subjects",
  "blockProbabilities",
  "armOrder",
  "itemOrder",
];

/** A design with what only the assignment needs; made by {@linkcode declareDesign}. */
export interface DeclaredDesign extends Design {
  /** The probability of each arm in blocks that differ from the others. */
  readonly blockProbabilities: { readonly [block: string]: { readonly [arm: string]: number } };
  /** Within subjects, the orders of the arms. */
  readonly armOrder: "shuffled" | "latin" | "williams";
}

/**
 * Declares an experiment: what is compared, how it is assigned, and what is asked.
 *
 * Nothing is drawn and nothing is asked; everything that can be wrong without data is found here. What the model is told
 * of each person is part of the design: what is left out, the model imagines, and a treatment may change what it does. Within subjects
 * every persona sees every arm, so that each probability is 1 and blocks, clusters and probabilities have no place.
 *
 * @param options see {@linkcode DeclareDesignOptions} (defaults there)
 * @returns a frozen {@linkcode DeclaredDesign} for `assignTreatments` and `planExperiment`
 * @throws {RangeError} if names of items or arms occur twice, an item has the name of a column of the experiment's
 * tables, `stated` names such a column or a question, an arm is unknown, or probabilities do not name every arm or do not sum to 1
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
 *   stated: ["age_group", "party"],
 * });
 * assertEquals(design.reference, "control");
 * assertEquals(design.probabilities, { control: 0.5, threat: 0.5 });
 * ```
 */
export function declareDesign(options: DeclareDesignOptions): DeclaredDesign {
  checkOptions(action, options, known);
  const { assignment = "complete", clusters = null, subjects = "between", itemOrder = "shuffled" } = options;
  const arms = readArms(action, options.treatments);
  const blocks = typeof options.blocks === "string" ? [options.blocks] : [...options.blocks ?? []];
  checkOneOf(action, "assignment", assignment, ["simple", "complete"]);
  checkOneOf(action, "subjects", subjects, ["between", "within"]);
  checkOneOf(action, "armOrder", options.armOrder ?? "shuffled", ["shuffled", "latin", "williams"]);
  checkOneOf(action, "itemOrder", itemOrder, ["fixed", "shuffled"]);
  for (const block of blocks) checkText(action, "blocks", block);
  if (clusters !== null) checkText(action, "clusters", clusters);
  checkItems(action, options.items, clusters === null ? blocks : [...blocks, clusters]);
  checkStated(action, options.stated, options.items);
  const reference = options.reference ?? (arms.includes("control") ? "control" : arms[0]!);
  checkOneOf(action, "reference", reference, arms);
  checkCombination(options, blocks);
  return Object.freeze({
    treatments: options.treatments,
    items: Object.freeze([...options.items]),
    stated: Object.freeze([...options.stated]),
    reference,
    probabilities: readProbabilities(action, options.probabilities, arms, subjects),
    assignment,
    blocks: Object.freeze(blocks),
    clusters,
    subjects,
    blockProbabilities: readBlockProbabilities(action, options.blockProbabilities, arms),
    armOrder: options.armOrder ?? "shuffled",
    itemOrder,
  });
}

function checkCombination(options: DeclareDesignOptions, blocks: readonly string[]): void {
  const { assignment, clusters = null, probabilities, subjects } = options;
  if (assignment === "simple" && blocks.length > 0) {
    throw new RangeError(cannot(action, "blocks", "be left out where 'assignment' is simple", blocks));
  }
  checkDistinct(action, "blocks", "name each attribute once", blocks);
  const { armOrder, blockProbabilities } = options;
  if (blockProbabilities !== undefined && blocks.length === 0) {
    const rule = "be left out where there are no 'blocks'";
    throw new RangeError(cannot(action, "blockProbabilities", rule, blockProbabilities));
  }
  if (subjects !== "within") {
    if (armOrder === undefined) return;
    throw new RangeError(cannot(action, "armOrder", "be left out where 'subjects' is not within", armOrder));
  }
  const given = Object.entries({ blocks: blocks.length > 0, clusters: clusters !== null, probabilities })
    .find(([, value]) => value);
  if (given !== undefined) {
    const rule = "be left out within subjects, where every persona sees every arm";
    throw new RangeError(cannot(action, given[0], rule, options[given[0] as "blocks"]));
  }
}
