import { checkColumns, checkFilled, checkIds, checkOneOf, checkRows } from "../core/checks.ts";
import { assignedColumns, profileColumns, taskColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import type { Design } from "../core/experiment.ts";
import { type DrawOptions, drawRules, readOptions } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import type { Columns, Table } from "../core/table.ts";
import { columnOf, distinct, heldColumns, isMissing, tableOf } from "../core/table.ts";
import { type Assignment, buildAssignment } from "./declare_assignment.ts";
import { drawProfiles } from "./profiles.ts";

/** Options of {@linkcode assignTreatments}. */
export interface AssignTreatmentsOptions extends DrawOptions {}

const action = "assign treatments";

/**
 * Assigns personas to the arms of a design at random.
 *
 * Each arm has its declared probability exactly, also where arms, blocks or clusters do not divide evenly: what is
 * left after rounding down is drawn systematically. A cluster gets its arm as one. Draws are keyed by persona (or
 * cluster) and block, not by the order of rows; with `simple` assignment a persona more changes nobody else's arm.
 *
 * @param personas one row per persona; needs `persona_id` and the design's blocks and clusters
 * @param design from `declareDesign`
 * @param options see {@linkcode AssignTreatmentsOptions}
 * @returns between subjects: the personas with `arm`, `arm_probability`, `reference_arm`, and `block` (values joined by " / ") and
 * `cluster` where declared. Within subjects: one row per persona and arm, in the order in which the persona sees them
 * (`arm_order`, from 1; random), with `arm_probability` 1. One column per factor
 * where the arms are combinations of factors. With a conjoint: one row per persona, task and profile, with `task` and
 * `profile` (from 1) and one column per feature; no two profiles of a task are the same
 * @throws {RangeError} if a column is missing, exists already, or has an empty or repeated value (1 and "1" are the same
 * persona); if a cluster lies in several blocks; if an item has the name of an attribute; or if no balanced draw is found
 * @see Gerber and Green 2012, Field Experiments, 2.4 and 3.6
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { assignTreatments, declareDesign, declareTreatments, tableOf, yesNo } from "@understudy/understudy";
 *
 * const treatments = declareTreatments({ control: "A quiet day.", threat: "A border incursion." });
 * const design = declareDesign({ treatments, items: [yesNo("support", "Should it respond?")], stated: [] });
 * const personas = tableOf({ persona_id: ["p1", "p2", "p3", "p4"] });
 * const arms = assignTreatments(personas, design, { seed: 1 }).array("arm") as string[];
 * assertEquals(arms.filter((arm) => arm === "threat").length, 2);
 * ```
 */
export function assignTreatments(
  personas: Table,
  design: Design,
  options: AssignTreatmentsOptions = {},
): Table {
  const { seed } = readOptions(action, options, drawRules);
  checkAssignment(personas, design);
  const assigned = design.subjects === "within"
    ? assignWithin(personas, design, seed)
    : assignBetween(personas, design, seed);
  const { conjoint } = design;
  if (conjoint === null) return tableOf(assigned);
  const ids = Array.from(assigned.persona_id as ArrayLike<unknown>, String);
  const shown = drawProfiles(action, ids, conjoint, seed);
  return tableOf({ ...repeatRows(assigned, conjoint.tasks * conjoint.profiles), ...shown });
}

function checkAssignment(personas: Table, design: Design): void {
  if (!Array.isArray(design?.blocks) || !Array.isArray(design.items)) {
    throw new TypeError(cannot(action, "design", "be the result of declareDesign({ … })", design));
  }
  const declared = design.clusters === null ? design.blocks : [...design.blocks, design.clusters];
  if (
    declared.includes("session") && design.protocol !== null && !personas.columnNames().includes("session")
  ) {
    const how = "make groups first, by assignGroups(personas, { size: 4 })";
    throw new RangeError(`Cannot ${action} as 'personas' has no column 'session': ${how}`);
  }
  checkColumns(action, personas, ["persona_id", ...declared], "personas");
  checkRows(action, personas, "personas");
  checkIds(action, personas, "persona_id");
  checkNewColumns(personas, design);
  for (const name of declared) checkFilled(action, name, columnOf(personas, name).findIndex(isMissing));
}

function checkNewColumns(personas: Table, design: Design): void {
  const present = personas.columnNames();
  const { conjoint, factors } = design;
  const taken = [
    ...Object.keys(assignedColumns),
    ...Object.keys(factors ?? {}),
    ...(conjoint === null ? [] : Object.keys({ ...profileColumns, ...taskColumns, ...conjoint.features })),
  ].filter((name) =>
    // A column of this name that is the declared block (or cluster) itself keeps its meaning.
    !(name === "block" && design.blocks.length === 1 && design.blocks[0] === "block") &&
    !(name === "cluster" && design.clusters === "cluster")
  );
  const existing = taken.find((name) => present.includes(name));
  if (existing !== undefined) {
    const rule = `must not have a column '${existing}' yet: rename or drop it`;
    throw new RangeError(`Cannot ${action} as 'personas' ${rule}`);
  }
  const item = design.items.find(({ name }) => present.includes(name));
  if (item !== undefined) {
    throw new RangeError(cannot(action, "design", "have no item with the name of an attribute", item.name));
  }
}

function assignBetween(personas: Table, design: Design, seed: number): Columns {
  const arms = design.treatments.arms.map(({ name }) => name);
  const blocks = blockLabels(personas, design.blocks);
  const assignment = arms.length === 1 ? undefined : assignmentOf(personas, design, blocks);
  const drawn = assignment === undefined ? blocks.map(() => arms[0]!) : assignment.assign(seed);
  const probabilities = assignment?.probabilities ?? blocks.map(() => [1]);
  return {
    ...heldColumns(personas),
    arm: drawn,
    ...factorColumns(design, drawn),
    arm_probability: drawn.map((arm, row) => probabilities[row]![arms.indexOf(arm)]!),
    reference_arm: drawn.map(() => design.reference),
    ...(design.blocks.length > 0 ? { block: blocks } : {}),
    ...(design.clusters === null ? {} : { cluster: columnOf(personas, design.clusters) }),
  };
}

function assignmentOf(personas: Table, design: Design, blocks: readonly string[]): Assignment {
  const found = distinct(blocks);
  const { probabilities, clusters, blockProbabilities: own } = design;
  for (const block of Object.keys(own)) checkOneOf(action, "blockProbabilities", block, found);
  const byBlock = found.map((block) => [block, Object.hasOwn(own, block) ? own[block]! : probabilities]);
  return buildAssignment(action, {
    arms: design.treatments.arms.map(({ name }) => name),
    units: columnOf(personas, "persona_id").map(String),
    assignment: design.assignment,
    ...(clusters === null ? {} : { clusters: columnOf(personas, clusters).map(String) }),
    ...(design.blocks.length === 0
      ? { probabilities }
      : { blocks, blockProbabilities: Object.fromEntries(byBlock) }),
  });
}

/** The block of each row: the values of the blocking columns, joined. */
function blockLabels(personas: Table, names: readonly string[]): string[] {
  const columns = names.map((name) => columnOf(personas, name).map(String));
  if (columns.length === 1) return columns[0]!;
  // A slash within a value is doubled, so that two blocks never read the same.
  const doubled = columns.map((column) => column.map((value) => value.replaceAll("/", "//")));
  const label = (_: unknown, row: number) => doubled.map((column) => column[row]).join(" / ");
  return Array.from({ length: personas.numRows() }, label);
}

/** The level of each factor in each row's arm. */
function factorColumns({ factors, treatments }: Design, arms: readonly string[]): Columns {
  const slots = new Map(treatments.arms.map((arm) => [arm.name, arm.slots]));
  return Object.fromEntries(
    Object.keys(factors ?? {}).map((factor) => [factor, arms.map((arm) => slots.get(arm)![factor])]),
  );
}

function assignWithin(personas: Table, design: Design, seed: number): Columns {
  const names = design.treatments.arms.map(({ name }) => name);
  // A group goes through its arms together.
  const isGrouped = design.protocol !== null && personas.columnNames().includes("session");
  const arms = columnOf(personas, isGrouped ? "session" : "persona_id")
    .flatMap((id) => stream(seed, "arm order", String(id)).shuffle(names));
  const size = names.length;
  return {
    ...repeatRows(heldColumns(personas), size),
    arm: arms,
    ...factorColumns(design, arms),
    arm_probability: arms.map(() => 1),
    reference_arm: arms.map(() => design.reference),
    arm_order: arms.map((_, row) => 1 + row % size),
  };
}

function repeatRows(columns: Columns, times: number): { [name: string]: unknown[] } {
  const repeated = (values: ArrayLike<unknown>) =>
    Array.from({ length: values.length * times }, (_, row) => values[Math.floor(row / times)]);
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, repeated(values)]));
}
