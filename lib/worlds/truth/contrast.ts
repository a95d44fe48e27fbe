import {
  cannot,
  checkColumns,
  checkName,
  checkOneOf,
  checkOptions,
  columnOf,
  type Table,
} from "../../core/mod.ts";
import { itemOf, possibleAnswers, structuralAnswers } from "../answers/structural_answers.ts";
import type { Cell, World } from "../world.ts";
import { checkAsked, checkConditions, conditionOptions, type WorldConditions } from "./conditions.ts";

/** Who is asked in a world, and what is known of them. */
export interface WorldPersonas {
  /**
   * One row per persona; columns named after attributes hold their levels, `weight` their weights. What is missing
   * (`null`, `undefined`, `NaN`) is left open, as in a persona's text.
   */
  personas: Table;
  /**
   * The attributes that the personas' texts state; every attribute of the world that is a column if not given.
   */
  stated?: readonly string[];
}

/** What is compared in a world, and how it is asked: one object for all that can be known of a comparison. */
export interface WorldContrast extends WorldPersonas, WorldConditions {
  /** The item, or an attribute of numbers. */
  outcome: string;
  /** The stimulus whose effect is asked for. */
  stimulus: string;
  /** The stimulus that it is compared with. */
  reference: string;
  /** For items with options: the option whose share is the outcome. */
  category?: string;
}

/** A group of personas about whom the same is stated. */
export interface StatedGroup {
  /** What is stated. */
  readonly stated: { readonly [attribute: string]: string };
  /** The sum of their weights. */
  readonly weight: number;
  /** Their rows. */
  readonly rows: readonly number[];
}

/** Options of every contrast in a world. */
export const contrastOptions: readonly string[] = [
  "outcome",
  "stimulus",
  "reference",
  "personas",
  "stated",
  "category",
  ...conditionOptions,
];

/** Groups personas by what their texts state. */
export function groupByStated(action: string, world: World, options: WorldPersonas): StatedGroup[] {
  const { personas } = options;
  const stated = statedColumns(action, world, options);
  const columns = stated.map((attribute) => columnOf(personas, attribute));
  const weights = personas.columnNames().includes("weight") ? columnOf<number>(personas, "weight") : null;
  const groups = new Map<
    string,
    { stated: { [attribute: string]: string }; weight: number; rows: number[] }
  >();
  for (let row = 0; row < personas.numRows(); row++) {
    // What a persona lacks its text leaves open, as in describePersona.
    const levels = Object.fromEntries(
      stated.flatMap((attribute, i) =>
        isGiven(columns[i]![row]) ? [[attribute, String(columns[i]![row])]] : []
      ),
    );
    const key = JSON.stringify(levels);
    const group = groups.get(key) ?? { stated: levels, weight: 0, rows: [] };
    groups.set(key, group);
    group.weight += weights ? weights[row]! : 1;
    group.rows.push(row);
  }
  return [...groups.values()];
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined && !Number.isNaN(value);
}

/** The attributes that are stated: those named, or all that are columns. */
function statedColumns(action: string, world: World, { personas, stated }: WorldPersonas): readonly string[] {
  checkColumns(action, personas, stated ?? [], "personas");
  const names = personas.columnNames();
  const attributes = stated ?? Object.keys(world.attributes).filter((attribute) => names.includes(attribute));
  for (const attribute of attributes) {
    checkName(action, "stated", attribute);
    checkOneOf(action, "stated", attribute, Object.keys(world.attributes));
  }
  return attributes;
}

/** Checks a contrast's names. */
export function checkContrast(
  action: string,
  world: World,
  options: WorldContrast,
  known: readonly string[] = contrastOptions,
): void {
  checkOptions(action, options, known);
  checkAsked(action, world, ["outcome", options.outcome]);
  checkArms(action, world, options);
  checkConditions(action, world, [options.outcome, options]);
  const values = possibleAnswers(world, itemOf(world, options.outcome));
  if (options.category !== undefined) checkOneOf(action, "category", options.category, values);
  else if (values.some((value) => !Number.isFinite(Number(value)))) {
    throw new TypeError(
      cannot(
        action,
        "category",
        `name one answer of '${options.outcome}' (${values.join(", ")})`,
        options.category,
      ),
    );
  }
}

/** Checks that both arms are stimuli. */
export function checkArms(
  action: string,
  world: World,
  options: Pick<WorldContrast, "stimulus" | "reference">,
): void {
  checkOneOf(action, "stimulus", options.stimulus, Object.keys(world.stimuli));
  checkOneOf(action, "reference", options.reference, Object.keys(world.stimuli));
}

/** What each answer counts in the mean: itself, or whether it is the category. */
export function answerScores(world: World, { outcome, category }: WorldContrast): number[] {
  return possibleAnswers(world, itemOf(world, outcome)).map((value) =>
    category === undefined ? Number(value) : value === category ? 1 : 0
  );
}

/** E[Y | do(stimulus), X] − E[Y | do(reference), X] for every kind of person. */
export function structuralContrasts(world: World, options: WorldContrast): number[] {
  const item = itemOf(world, options.outcome);
  const scores = answerScores(world, options);
  const mean = (levels: Cell["levels"], stimulus: string): number =>
    structuralAnswers(world, item, levels, [stimulus])
      .reduce((sum, probability, i) => sum + probability * scores[i]!, 0);
  return world.cells.map(({ levels }) => mean(levels, options.stimulus) - mean(levels, options.reference));
}
