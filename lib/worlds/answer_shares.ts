import { checkColumns, checkOneOf } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { OptionOrder } from "../core/item.ts";
import { columnOf, groupRows, type Table } from "../core/table.ts";
import { sum } from "../stats/moments.ts";
import { answerDistribution } from "./answer_distribution.ts";
import type { World } from "./declaration.ts";
import { itemOf, possibleAnswers, spellAnswer } from "./item_kinds.ts";
import { imaginedPeople, type ImaginedPerson } from "./people.ts";
import type { Levels } from "./predictor.ts";
import { itemsTogether, type Scene, type WorldConditions } from "./scenes.ts";

/** Who is asked, and in which groups their truth is told. */
export interface PersonaOptions {
  /**
   * One row per persona; columns named after attributes hold their levels, `weight` their weights. What is missing
   * (`null`, `undefined`, `NaN`) is left open, as in a persona's text.
   * @default one persona of whom nothing is stated
   */
  personas?: Table;
  /**
   * The attributes that the personas' texts state.
   * @default every attribute of the world that is a column
   */
  stated?: readonly string[];
  /**
   * An attribute, for the truth in each of its levels (it need not be stated; of replies, it must be), or
   * `"persona_id"` for that of each persona.
   * @default all people together
   */
  by?: string;
}

/** Personas about whom the same is stated: their rows, and the sum of their weights. */
type StatedGroup = Readonly<{ stated: Levels; weight: number; rows: readonly number[] }>;

/** Who is asked, which part of the people somebody belongs to, and the parts that rows are about. */
export interface PeopleAsked {
  readonly groups: readonly StatedGroup[];
  readonly partOf: (group: number, levels: Levels) => string;
  readonly subgroups: readonly Readonly<{ subgroup: unknown; part: string; share?: number }>[];
}

/** Reads who is asked; `ofPeople` where a truth about people is asked for, and not what replies show. */
export function readPeople(
  action: string,
  world: World,
  [ofPeople, options]: readonly [boolean, PersonaOptions],
): PeopleAsked {
  const { personas, by } = options;
  const groups = groupByStated(action, world, options);
  if (by === undefined) return { groups, partOf: () => "", subgroups: [{ subgroup: null, part: "" }] };
  if (by === "persona_id") {
    if (personas === undefined) throw new TypeError(cannot(action, "personas", "be given", personas));
    checkColumns(action, personas, ["persona_id"], "personas");
    const weights = weightsOf(personas);
    const total = sum(weights);
    const groupOf = new Map(groups.flatMap(({ rows }, group) => rows.map((row) => [row, String(group)])));
    const subgroups = columnOf(personas, "persona_id").map((subgroup, row) => {
      return { subgroup, part: groupOf.get(row)!, share: weights[row]! / total };
    });
    return { groups, partOf: (group) => String(group), subgroups };
  }
  checkOneOf(action, "by", by, [...Object.keys(world.attributes), "persona_id"]);
  const subgroups = world.attributes[by]!.map((level) => ({ subgroup: level, part: level }));
  if (ofPeople) return { groups, partOf: (_, levels) => levels[by]!, subgroups };
  // Whom a respondent imagines is not seen; what is stated is.
  if (groups.some(({ stated }) => stated[by] === undefined)) {
    throw new RangeError(cannot(action, "by", "be stated of every persona where 'what' is of replies", by));
  }
  return { groups, partOf: (group) => groups[group]!.stated[by]!, subgroups };
}

function groupByStated(action: string, world: World, { personas, stated }: PersonaOptions): StatedGroup[] {
  if (personas === undefined) return [{ stated: {}, weight: 1, rows: [0] }];
  checkColumns(action, personas, stated ?? [], "personas");
  const known = Object.keys(world.attributes);
  for (const attribute of stated ?? []) checkOneOf(action, "stated", attribute, known);
  const names = personas.columnNames();
  const attributes = stated ?? known.filter((attribute) => names.includes(attribute));
  const columns = attributes.map((attribute) => columnOf(personas, attribute));
  const weights = weightsOf(personas);
  const facts = weights.map((_, row) =>
    attributes.flatMap((attribute, i): [string, string][] => {
      const value = columns[i]![row];
      // What a persona lacks its text leaves open, as in describePersona.
      const missing = value === null || value === undefined || Number.isNaN(value);
      return missing ? [] : [[attribute, String(value)]];
    })
  );
  return [...groupRows(facts.map((fact) => JSON.stringify(fact))).values()].map((rows) => ({
    stated: Object.fromEntries(facts[rows[0]!]!),
    weight: sum(rows.map((row) => weights[row]!)),
    rows,
  }));
}

function weightsOf(personas: Table): readonly number[] {
  if (personas.columnNames().includes("weight")) return columnOf<number>(personas, "weight");
  return new Array<number>(personas.numRows()).fill(1);
}

/** A part of the people, and how often they give each answer. */
export interface Part {
  /** How many there are, in sums of weights. */
  people: number;
  /** For each answer, how many give it and can be read. */
  readonly answers: number[];
}

/** How often each answer to an item is given, by part of the people: exact, by enumeration. */
export function answerShares(
  { world, people, conditions }: {
    readonly world: World;
    readonly people: PeopleAsked;
    readonly conditions: WorldConditions | null;
  },
  outcome: string,
  scenes: readonly Scene[],
): Map<string, Part> {
  const parts = new Map<string, Part>();
  for (const scene of scenes) {
    const answersOf = answersIn(world, outcome, [scene, conditions ?? {}]);
    people.groups.forEach((group, place) => {
      const weight = scene.share * group.weight;
      for (const person of imaginedPeople(world, { ...scene, stated: group.stated })) {
        const { levels, refused, unparsed, readable } = person;
        const answers = answersOf(person);
        const name = people.partOf(place, levels);
        const part = parts.get(name) ?? { people: 0, answers: answers.map(() => 0) };
        parts.set(name, part);
        part.people += weight * (refused + unparsed + readable);
        answers.forEach((answer, k) => part.answers[k]! += weight * readable * answer);
      }
    });
  }
  return parts;
}

function answersIn(world: World, outcome: string, [scene, conditions]: readonly [Scene, WorldConditions]) {
  const item = itemOf(world, outcome);
  const options = possibleAnswers(world, item).map((value) => spellAnswer(item, value));
  const orders = optionOrders(world, outcome, [options, conditions.orders]);
  const before = itemsBefore(world, outcome, conditions.itemOrder);
  return ({ levels, stated }: ImaginedPerson): readonly number[] => {
    const sums = options.map(() => 0);
    for (const { items, share: ofItems } of before) {
      for (const shown of orders) {
        const context = { ...scene, profiles: [], stated, before: items, shown };
        answerDistribution(world, outcome, levels, context).forEach((probability, k) => {
          sums[k]! += ofItems * probability / orders.length;
        });
      }
    }
    return sums;
  };
}

/**
 * Orders of the options that put each of them in the first and in the last place as often as all orders do: places
 * between have no effect, so a shuffle needs no more than its rotations.
 */
function optionOrders(
  world: World,
  name: string,
  [options, orders]: readonly [readonly string[], OptionOrder | undefined],
): readonly (readonly string[])[] {
  const { kind } = itemOf(world, name);
  // A scale's points are not listed as options.
  if (kind === "scale") return [[]];
  const order = orders ?? (kind === "yesNo" ? "fixed" : "shuffled");
  if (order === "fixed") return [options];
  if (order === "reversed") return [options, options.toReversed()];
  return options.map((_, i) => [...options.slice(i), ...options.slice(0, i)]);
}

/** Which of the items that shift an item stand before it, and how often. */
function itemsBefore(world: World, name: string, itemOrder: WorldConditions["itemOrder"] = [name]) {
  const after = world.behaviour.orderEffects?.[name]?.after ?? {};
  const shifting = itemsTogether(itemOrder).filter((other) => other !== name && Object.hasOwn(after, other));
  if (!("shuffled" in itemOrder)) {
    const place = itemOrder.indexOf(name);
    return [{ items: shifting.filter((other) => itemOrder.indexOf(other) < place), share: 1 }];
  }
  const withOther = (sets: string[][], other: string) => [...sets, ...sets.map((set) => [...set, other])];
  const subsets = shifting.reduce<string[][]>(withOther, [[]]);
  // A set of b out of s items stands before another in b! (s − b)! of the (s + 1)! orders.
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const s = shifting.length;
  const shareOf = (b: number): number => factorial(b) * factorial(s - b) / factorial(s + 1);
  return subsets.map((items) => ({ items, share: shareOf(items.length) }));
}
