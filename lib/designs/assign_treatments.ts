import {
  cannot,
  checkColumns,
  checkIds,
  checkOptions,
  checkRows,
  checkSeed,
  columnOf,
  type Columns,
  type Design,
  distinct,
  stream,
  type Table,
  tableOf,
} from "../core/mod.ts";
import { blockLabels, drawUnits } from "./assignment_units.ts";
import { declareAssignment } from "./declare_assignment.ts";
import type { DeclaredDesign } from "./declare_design.ts";
import { assignCompletely } from "./draw_arms.ts";
import { latinSquare, williamsSquare } from "./order_squares.ts";
import { type RerandomizationRule, rerandomize, ruleNames } from "./rerandomize.ts";

/** Options of {@linkcode assignTreatments}. */
export interface AssignTreatmentsOptions {
  /** The seed: any whole number. */
  readonly seed: number;
  /**
   * Draws again until the arms are alike in covariates; analyse with the same rule.
   * @default the first draw stands
   */
  readonly rerandomize?: RerandomizationRule;
}

const action = "assign treatments";

/**
 * Assigns personas to the arms of a design at random.
 *
 * Each arm has its declared probability exactly, also where arms, blocks or clusters do not divide evenly: what is
 * left after rounding down is drawn systematically. Blocks smaller than the number of arms are therefore fine, and
 * so is a cluster of any size: it gets its arm as one. Draws are keyed by persona (or cluster) and block, so that the
 * order of the rows does not matter; with `simple` assignment adding a persona changes nobody else's arm. With
 * `rerandomize` draws are repeated until the arms are alike in covariates; see `rerandomize` for what that asks of the
 * analysis.
 *
 * @param personas one row per persona; needs `persona_id` and the design's blocks and clusters
 * @param design from `declareDesign`
 * @param options see {@linkcode AssignTreatmentsOptions}
 * @returns between subjects: the personas with `arm`, `arm_probability`, `reference_arm`, and `block` (values joined by " / ") and
 * `cluster` where declared. Within subjects: one row per persona and arm, in the order in which the persona sees them
 * (`arm_order`, from 1; random or from a square, as the design says), with `arm_probability` 1
 * @throws {RangeError} if a column is missing, exists already, or has an empty or repeated value; if a cluster lies in
 * several blocks; if an item has the name of an attribute; or if no balanced draw is found
 * @see Gerber and Green 2012, Field Experiments, 2.4 and 3.6
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
 * import { yesNo } from "@understudy/understudy/items";
 * import { declareTreatments } from "@understudy/understudy/treatments";
 *
 * const design = declareDesign({
 *   treatments: declareTreatments({ control: "A quiet day.", threat: "A border incursion." }),
 *   items: [yesNo("support", "Should the country respond?")],
 *   stated: [],
 * });
 * const personas = tableOf({ persona_id: ["p1", "p2", "p3", "p4"] });
 * const arms = columnOf(assignTreatments(personas, design, { seed: 1 }), "arm");
 * assertEquals(arms.filter((arm) => arm === "threat").length, 2);
 * ```
 */
export function assignTreatments(personas: Table, design: Design, options: AssignTreatmentsOptions): Table {
  checkAssignment(personas, design, options);
  return design.subjects === "within"
    ? assignWithin(personas, design, options.seed)
    : assignBetween(personas, design, options);
}

function checkAssignment(personas: Table, design: Design, options: AssignTreatmentsOptions): void {
  checkOptions(action, options, ["seed", "rerandomize"]);
  checkSeed(action, options.seed);
  if (!Array.isArray(design?.blocks) || !Array.isArray(design.items)) {
    throw new TypeError(cannot(action, "design", "be the result of declareDesign({ … })", design));
  }
  const declared = design.clusters === null ? design.blocks : [...design.blocks, design.clusters];
  checkColumns(action, personas, ["persona_id", ...declared], "personas");
  checkRows(action, personas, "personas");
  checkIds(action, personas, "persona_id");
  checkNewColumns(personas, design);
  for (const name of declared) checkNoGaps(personas, name);
  if (options.rerandomize === undefined) return;
  checkOptions(action, options.rerandomize, ruleNames);
  if (design.subjects === "within") {
    const rule = "be left out within subjects, where every persona sees every arm";
    throw new RangeError(cannot(action, "rerandomize", rule, options.rerandomize));
  }
}

function checkNewColumns(personas: Table, design: Design): void {
  const present = personas.columnNames();
  const taken = ["arm", "arm_probability", "arm_order", "reference_arm"];
  // A column of this name that is the declared block (or cluster) itself keeps its meaning.
  if (!(design.blocks.length === 1 && design.blocks[0] === "block")) taken.push("block");
  if (design.clusters !== "cluster") taken.push("cluster");
  const existing = taken.find((name) => present.includes(name));
  if (existing !== undefined) {
    throw new RangeError(
      `Cannot ${action} as 'personas' must not have a column '${existing}' yet: rename or drop it`,
    );
  }
  const item = design.items.find(({ name }) => present.includes(name));
  if (item !== undefined) {
    throw new RangeError(cannot(action, "design", "have no item with the name of an attribute", item.name));
  }
}

function checkNoGaps(personas: Table, name: string): void {
  const row = columnOf(personas, name).findIndex((value) =>
    value === null || value === undefined || value === "" || Number.isNaN(value)
  );
  if (row >= 0) {
    throw new RangeError(
      `Cannot ${action} as column '${name}' must not be empty: row ${row + 1} has no value`,
    );
  }
}

function assignBetween(personas: Table, design: Design, options: AssignTreatmentsOptions): Table {
  const arms = design.treatments.arms.map((arm) => arm.name);
  const blocks = blockLabels(personas, design.blocks);
  const probabilitiesOf = readProbabilities(design, blocks, arms);
  const drawn = options.rerandomize === undefined
    ? drawUnits(action, personas, design, blocks, probabilitiesOf, options.seed)
    : drawBalanced(personas, design, blocks, probabilitiesOf, options);
  const columns: Columns = copyColumns(personas);
  columns.arm = drawn.map((arm) => arms[arm]!);
  columns.arm_probability = drawn.map((arm, row) => probabilitiesOf(blocks[row]!)[arm]!);
  columns.reference_arm = drawn.map(() => design.reference);
  if (design.blocks.length > 0) columns.block = blocks;
  if (design.clusters !== null) columns.cluster = columnOf(personas, design.clusters);
  return tableOf(columns);
}

/** The probability of each arm, block by block. */
function readProbabilities(
  design: Design,
  blocks: readonly string[],
  arms: readonly string[],
): (block: string) => number[] {
  const own = (design as Partial<DeclaredDesign>).blockProbabilities ?? {};
  const unknown = Object.keys(own).find((block) => !blocks.includes(block));
  if (unknown !== undefined) {
    throw new RangeError(
      cannot(action, "blockProbabilities", `name blocks (${distinct(blocks).join(", ")})`, unknown),
    );
  }
  return (block) => {
    const probabilities = Object.hasOwn(own, block) ? own[block]! : design.probabilities;
    return arms.map((arm) => probabilities[arm]!);
  };
}

function drawBalanced(
  personas: Table,
  design: Design,
  blocks: readonly string[],
  probabilitiesOf: (block: string) => number[],
  { seed, rerandomize: rule }: AssignTreatmentsOptions,
): number[] {
  const arms = design.treatments.arms.map((arm) => arm.name);
  const byArm = (values: readonly number[]) => Object.fromEntries(arms.map((arm, k) => [arm, values[k]!]));
  const assignment = declareAssignment({
    arms,
    units: columnOf(personas, "persona_id").map(String),
    assignment: design.assignment,
    ...(design.clusters === null ? {} : { clusters: columnOf(personas, design.clusters).map(String) }),
    ...(design.blocks.length === 0 ? { probabilities: byArm(probabilitiesOf("")) } : {
      blocks,
      blockProbabilities: Object.fromEntries(
        distinct(blocks).map((block) => [block, byArm(probabilitiesOf(block))]),
      ),
    }),
  });
  return rerandomize(assignment, { table: personas, ...rule! }).assign(seed).map((arm) => arms.indexOf(arm));
}

function copyColumns(table: Table): Columns {
  return Object.fromEntries(table.columnNames().map((name) => [name, columnOf(table, name)]));
}

function assignWithin(personas: Table, design: Design, seed: number): Table {
  const arms = design.treatments.arms.map((arm) => arm.name);
  const orders = armOrders(columnOf(personas, "persona_id").map(String), design, arms, seed);
  const repeated = Object.entries(copyColumns(personas)).map(([name, values]) => [
    name,
    orders.flatMap((order, row) => order.map(() => values[row])),
  ]);
  return tableOf({
    ...Object.fromEntries(repeated),
    arm: orders.flat(),
    arm_probability: orders.flatMap((order) => order.map(() => 1)),
    reference_arm: orders.flatMap((order) => order.map(() => design.reference)),
    arm_order: orders.flatMap((order) => order.map((_, place) => place + 1)),
  });
}

/** The order of the arms for each persona: shuffled, or the rows of a square, dealt evenly at random. */
function armOrders(
  ids: readonly string[],
  design: Design,
  arms: readonly string[],
  seed: number,
): string[][] {
  const { armOrder = "shuffled" } = design as Partial<DeclaredDesign>;
  if (armOrder === "shuffled") return ids.map((id) => stream(seed, "arm order", id).shuffle(arms));
  // Which arm takes which place of the square is drawn too, so that all arms are treated alike.
  const places = stream(seed, "arm order").shuffle(arms);
  const square = armOrder === "latin" ? latinSquare(arms.length) : williamsSquare(arms.length);
  const dealt = assignCompletely(ids, square.map(() => 1 / square.length), seed, "arm order");
  return dealt.map((order) => square[order]!.map((place) => places[place]!));
}
