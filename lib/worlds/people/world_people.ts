import { cannot, checkOptions, checkText, type Table, tableOf } from "../../core/mod.ts";
import type { World } from "../world.ts";

/** Options of {@linkcode worldPeople}. */
export interface WorldPeopleOptions {
  /**
   * The column of shares.
   * @default "share"
   */
  share?: string;
}

const action = "give a world's people";

/**
 * Gives the people of a world as a table: the population to sample personas from.
 *
 * Leave out the columns that a survey would not know. With `{ share: "weight" }` the table is everybody at once, as
 * `naiveEffect` and `trueEffect` take `personas`.
 *
 * @param world from `declareWorld`
 * @param options see {@linkcode WorldPeopleOptions}
 * @returns one row per kind of person: each attribute (numbers where all its levels are numbers), and `share` (of the
 * population; they sum to 1)
 * @throws {RangeError} if an attribute has the name of the column of shares
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { samplePersonas } from "@understudy/understudy/personas";
 * import { declareWorld, worldPeople } from "@understudy/understudy/worlds";
 *
 * const world = declareWorld({
 *   name: "w",
 *   seed: 1,
 *   attributes: { party: { shares: { A: 0.25, B: 0.75 } } },
 *   stimuli: { control: "exercise", threat: "incursion" },
 *   items: { fear: { kind: "yesNo" } },
 * });
 * const people = worldPeople(world);
 * assertEquals(people.objects(), [{ party: "A", share: 0.25 }, { party: "B", share: 0.75 }]);
 * assertEquals(samplePersonas(people, { n: 400, seed: 1, weights: "share" }).numRows(), 400);
 * ```
 */
export function worldPeople(world: World, options: WorldPeopleOptions = {}): Table {
  checkOptions(action, options, ["share"]);
  const { share = "share" } = options;
  checkText(action, "share", share);
  if (Object.hasOwn(world.attributes, share)) {
    throw new RangeError(cannot(action, "share", "differ from the names of attributes", share));
  }
  const attributes = Object.entries(world.attributes).map(([name, levels]) => {
    const isNumeric = levels.every(readsAsNumber);
    const column = world.cells.map((cell) => isNumeric ? Number(cell.levels[name]) : cell.levels[name]!);
    return [name, column] as const;
  });
  return tableOf({
    ...Object.fromEntries(attributes),
    [share]: world.cells.map(({ probability }) => probability),
  });
}

/** Whether a level is written as its number is: "07" must stay text, or a persona would state "7". */
function readsAsNumber(level: string): boolean {
  return Number.isFinite(Number(level)) && String(Number(level)) === level;
}
