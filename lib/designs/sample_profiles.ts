import {
  checkColumns,
  checkIds,
  checkOptions,
  checkRows,
  checkSeed,
  columnOf,
  type Columns,
  stream,
  type Table,
  tableOf,
} from "../core/mod.ts";
import type { Conjoint } from "./declare_conjoint.ts";
import { checkIsConjoint, type LinkedFeatures, linkFeatures } from "./profile_distribution.ts";

/** Options of {@linkcode sampleProfiles}. */
export interface SampleProfilesOptions {
  /** The seed: any whole number. */
  readonly seed: number;
}

const action = "sample profiles";

/**
 * Samples the profiles that each persona sees in each task.
 *
 * Every profile is drawn independently from the exact distribution that `profileProbabilities` gives. Draws are keyed
 * by persona and feature (features that a restriction ties together are drawn as one): adding a persona, a feature or
 * a task changes no other draw.
 *
 * @param personas one row per persona; needs `persona_id`
 * @param conjoint from `declareConjoint`
 * @param options see {@linkcode SampleProfilesOptions}
 * @returns one row per persona, task and profile: the personas' columns, `task` and `profile` (from 1), and one column
 * per feature
 * @throws {RangeError} if `persona_id` is missing, empty or repeated, or a column has the name of a feature already
 * @throws {TypeError} if `conjoint` is not from `declareConjoint` or the seed is not a whole number
 * @see Hainmueller, Hopkins and Yamamoto 2014, Political Analysis 22: 1-30
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { declareConjoint, sampleProfiles } from "@understudy/understudy/designs";
 *
 * const conjoint = declareConjoint({ features: { price: [5, 10], colour: ["red", "blue"] }, tasks: 3 });
 * const profiles = sampleProfiles(tableOf({ persona_id: ["p1", "p2"] }), conjoint, { seed: 1 });
 * assertEquals(profiles.numRows(), 2 * 3 * 2);
 * assertEquals(profiles.columnNames(), ["persona_id", "task", "profile", "price", "colour"]);
 * ```
 */
export function sampleProfiles(personas: Table, conjoint: Conjoint, options: SampleProfilesOptions): Table {
  checkIsConjoint(action, "conjoint", conjoint);
  checkOptions(action, options, ["seed"]);
  checkSeed(action, options.seed);
  checkPersonas(personas, conjoint);
  const { tasks, profiles } = conjoint;
  const each = tasks * profiles;
  const repeated = personas.columnNames().map((name) => [
    name,
    columnOf(personas, name).flatMap((value) => new Array(each).fill(value)),
  ]);
  const rows = personas.numRows() * each;
  return tableOf({
    ...Object.fromEntries(repeated),
    task: Array.from({ length: rows }, (_, row) => 1 + Math.floor((row % each) / profiles)),
    profile: Array.from({ length: rows }, (_, row) => 1 + row % profiles),
    ...drawFeatures(columnOf(personas, "persona_id").map(String), conjoint, options.seed),
  });
}

function checkPersonas(personas: Table, conjoint: Conjoint): void {
  checkColumns(action, personas, ["persona_id"], "personas");
  checkRows(action, personas, "personas");
  checkIds(action, personas, "persona_id");
  const taken = ["task", "profile", ...Object.keys(conjoint.features)];
  const existing = personas.columnNames().find((name) => taken.includes(name));
  if (existing !== undefined) {
    throw new RangeError(
      `Cannot ${action} as 'personas' must not have a column '${existing}' yet: rename or drop it`,
    );
  }
}

function drawFeatures(ids: readonly string[], conjoint: Conjoint, seed: number): Columns {
  const each = conjoint.tasks * conjoint.profiles;
  const columns: { [feature: string]: unknown[] } = {};
  for (const name of Object.keys(conjoint.features)) columns[name] = [];
  for (const part of linkFeatures(action, conjoint)) {
    const levels = part.names.map((name) => conjoint.features[name]!.levels);
    const cumulated = cumulate(part);
    for (const id of ids) {
      const random = stream(seed, "profiles", id, ...part.names);
      for (let draw = 0; draw < each; draw++) {
        const cell = part.cells[findCell(cumulated, random.uniform())]!;
        part.names.forEach((name, place) => columns[name]!.push(levels[place]![cell[place]!]));
      }
    }
  }
  return columns;
}

function cumulate({ probabilities }: LinkedFeatures): Float64Array {
  let total = 0;
  return Float64Array.from(probabilities, (probability) => total += probability);
}

/** The first cell whose cumulated probability exceeds a uniform number. */
function findCell(cumulated: Float64Array, uniform: number): number {
  let [low, high] = [0, cumulated.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulated[middle]! > uniform) high = middle;
    else low = middle + 1;
  }
  return low;
}
