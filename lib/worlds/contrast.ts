import {
  cannot,
  checkColumns,
  checkName,
  checkOneOf,
  checkOptions,
  columnOf,
  type Table,
} from "../core/mod.ts";
import { answerDistribution } from "./answer_distribution.ts";
import { imagine } from "./imagine.ts";
import { evaluatePredictor, logistic } from "./linear_predictor.ts";
import type { Cell, World } from "./world.ts";

/** Who is asked in a world, and what is known of them. */
export interface WorldPersonas {
  /** One row per persona; columns named after attributes hold their levels, `weight` their weights. */
  personas: Table;
  /**
   * The attributes that the personas' texts state; every attribute of the world that is a column if not given.
   */
  stated?: readonly string[];
}

/** What is compared in a world. */
export interface WorldContrast extends WorldPersonas {
  /** The item. */
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
  readonly stated: { readonly [attribute: string]: string };
  readonly weight: number;
}

/** Groups personas by what their texts state. */
export function groupByStated(action: string, world: World, options: WorldPersonas): StatedGroup[] {
  const { personas } = options;
  checkColumns(action, personas, options.stated ?? [], "personas");
  const names = personas.columnNames();
  const stated = options.stated ??
    Object.keys(world.attributes).filter((attribute) => names.includes(attribute));
  for (const attribute of stated) {
    checkName(action, "stated", attribute);
    checkOneOf(action, "stated", attribute, Object.keys(world.attributes));
  }
  const columns = stated.map((attribute) => columnOf(personas, attribute).map(String));
  const weights = names.includes("weight") ? columnOf<number>(personas, "weight") : null;
  const groups = new Map<string, { stated: { [attribute: string]: string }; weight: number }>();
  for (let row = 0; row < personas.numRows(); row++) {
    const levels = Object.fromEntries(stated.map((attribute, i) => [attribute, columns[i]![row]!]));
    const key = JSON.stringify(levels);
    const group = groups.get(key) ?? { stated: levels, weight: 0 };
    group.weight += weights ? weights[row]! : 1;
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Checks a contrast's names. */
export function checkContrast(action: string, world: World, options: WorldContrast): void {
  checkOptions(action, options, ["outcome", "stimulus", "reference", "personas", "stated", "category"]);
  checkOneOf(action, "outcome", options.outcome, Object.keys(world.items));
  checkOneOf(action, "stimulus", options.stimulus, Object.keys(world.stimuli));
  checkOneOf(action, "reference", options.reference, Object.keys(world.stimuli));
  const { values } = answerDistribution(world, options.outcome, world.cells[0]!.levels, []);
  if (options.category !== undefined) checkOneOf(action, "category", options.category, values);
  else if (typeof values[0] === "string") {
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

/** E[Y | X, stimulus]: the mean answer, or the share of a category, of one kind of person. */
export function expectedAnswer(
  world: World,
  options: Pick<WorldContrast, "outcome" | "category">,
  levels: Cell["levels"],
  stimulus: string,
): number {
  const { values, probabilities } = answerDistribution(world, options.outcome, levels, [stimulus]);
  return values.reduce<number>((sum, value, i) => {
    const score = options.category === undefined ? value as number : value === options.category ? 1 : 0;
    return sum + score * probabilities[i]!;
  }, 0);
}

/** Visits every kind of person that respondents of an arm are imagined to be, with its share among those who answer. */
export function forEachImagined(
  world: World,
  groups: readonly StatedGroup[],
  stimulus: string,
  visit: (levels: Cell["levels"], share: number) => void,
): void {
  for (const group of groups) {
    imagine(world, group.stated, [stimulus]).forEach((probability, i) => {
      if (probability === 0) return;
      const { levels } = world.cells[i]!;
      const refusing = world.refusal ? logistic(evaluatePredictor(world.refusal, levels, [stimulus])) : 0;
      visit(levels, group.weight * probability * (1 - refusing));
    });
  }
}
