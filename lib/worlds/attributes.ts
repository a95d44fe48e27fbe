import { checkColumns, checkRows, checkText, checkWeights } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { columnOf, distinct, type Table } from "../core/table.ts";
import type { Levels, LinearPredictor } from "./predictor.ts";
import { cutNormal, evaluatePredictor, gridCuts, gridValues, predictorParts, softmax } from "./predictor.ts";
import type { Shape, WorldParts } from "./shapes.ts";
import { among, anything, checkGrid, checkKnown, checkNewName, checkNotInherited } from "./shapes.ts";
import { checkThresholds, declaring, deviation, listOf, mapOf, nameOf, partsOf } from "./shapes.ts";

/** A linear predictor of an attribute: intercept and the attributes that it depends on. */
export type AttributePredictor = Pick<LinearPredictor, "intercept" | "effects">;

/** What every attribute may say. */
export interface AttributeBase {
  /**
   * Attributes that it depends on, declared before it.
   * @default {[]}
   */
  readonly parents?: readonly string[];
}

/** A categorical attribute, which has no `kind`, by multinomial logit. */
export interface CategoricalAttribute extends AttributeBase {
  /** For each level, its linear predictor (log-odds) given the parents. */
  readonly levels: { readonly [level: string]: AttributePredictor };
}

/** Shares of levels; nested by the levels of each parent, in the order of `parents`. */
export type AttributeShares = { readonly [level: string]: number | AttributeShares };

/** A categorical attribute by a table of shares. */
export interface SharesAttribute extends AttributeBase {
  /**
   * The share of each level, such as `{ yes: 0.3, no: 0.7 }`; with parents, one such object for each of their levels:
   * `{ left: { yes: 0.2, no: 0.8 }, right: { yes: 0.6, no: 0.4 } }`.
   */
  readonly shares: AttributeShares;
}

/** An ordinal attribute: a normal latent value, cut at thresholds. */
export interface OrdinalAttribute extends AttributeBase {
  /** What kind of attribute it is. */
  readonly kind: "ordinal";
  /** The levels, from low to high. */
  readonly levels: readonly string[];
  /** Where the latent value is cut: one fewer than levels, rising. */
  readonly thresholds: readonly number[];
  /**
   * Mean of the latent value.
   * @default {{}}
   */
  readonly mean?: AttributePredictor;
  /**
   * Standard deviation of the latent value.
   * @default {1}
   */
  readonly sd?: number;
}

/** A numeric attribute: normal given its parents, rounded to a grid, whose ends take what lies beyond. */
export interface NumericAttribute extends AttributeBase {
  /** What kind of attribute it is. */
  readonly kind: "numeric";
  /** Lowest and highest value. */
  readonly range: readonly [number, number];
  /**
   * Distance of two values of the grid.
   * @default {1}
   */
  readonly step?: number;
  /** Its mean. */
  readonly mean: AttributePredictor;
  /** Its standard deviation given its parents. */
  readonly sd: number;
}

/** An attribute's distribution given its parents. */
export type WorldAttributeDeclaration =
  | CategoricalAttribute
  | SharesAttribute
  | OrdinalAttribute
  | NumericAttribute;

/** Enumeration of more kinds of people than this would be slow everywhere. */
const mostCells = 200_000;

/** Who lives in a world, as it is declared. */
export interface PeopleDeclaration {
  /**
   * Count table of the joint distribution of attributes.
   * @default none: every attribute is declared in `attributes`
   */
  readonly population?: Table;
  /** The column of counts, where there is a population. */
  readonly counts?: string;
  /**
   * Further attributes, each given those before it: a directed acyclic graph.
   * @default {{}}
   */
  readonly attributes?: { readonly [attribute: string]: WorldAttributeDeclaration };
}

/** One kind of person: a level of every attribute and its share of the population. */
export interface Cell {
  /** The level of each attribute. */
  readonly levels: Levels;
  /** Its share. */
  readonly probability: number;
}

/** Attributes, how they depend on each other, and the joint distribution of all. */
export interface People {
  /** Every kind of person and its share. */
  readonly cells: readonly Cell[];
  /** For each attribute, its levels. */
  readonly attributes: { readonly [attribute: string]: readonly string[] };
  /** For each attribute, those that it depends on; none for the attributes of a count table. */
  readonly parents: { readonly [attribute: string]: readonly string[] };
}

/** The joint distribution of all attributes: the population's, split by each further attribute in turn. */
export function buildPeople(declaration: PeopleDeclaration): People {
  return Object.entries(declaration.attributes ?? {}).reduce((people, [name, declared]) => {
    checkAttribute(people, name, declared);
    return splitPeople(people, name, declared);
  }, countedPeople(declaration));
}

/** The people of the count table; one kind of person without attributes where there is none. */
function countedPeople({ population, counts, attributes = {} }: PeopleDeclaration): People {
  if (population === undefined) {
    if (counts === undefined && Object.keys(attributes).length > 0) {
      return { cells: [{ levels: {}, probability: 1 }], attributes: {}, parents: {} };
    }
    throw new TypeError(`Cannot ${declaring} as it has no 'population' and no attributes of its own`);
  }
  checkText(declaring, "counts", counts);
  checkColumns(declaring, population, [counts], "population");
  checkRows(declaring, population, "population");
  const numbers = columnOf<number>(population, counts);
  checkWeights(declaring, "population", numbers);
  const names = population.columnNames().filter((name) => name !== counts);
  const columns = names.map((name) => populationLevels(name, columnOf(population, name)));
  const total = numbers.reduce((sum, count) => sum + count, 0);
  const cells = numbers.map((count, row) => ({
    levels: Object.fromEntries(names.map((name, i) => [name, columns[i]![row]!])),
    probability: count / total,
  })).filter((cell) => cell.probability > 0);
  const levels = names.map((name) => [name, distinct(cells.map((cell) => cell.levels[name]!))]);
  const parents = names.map((name) => [name, []]);
  return { cells, attributes: Object.fromEntries(levels), parents: Object.fromEntries(parents) };
}

/** Of a person without a value nothing can be stated, and `slope` is a coefficient. */
function populationLevels(name: string, values: readonly unknown[]): string[] {
  const argument = `population.${name}`;
  checkNotInherited(argument, name);
  return values.map((value) => {
    const missing = value === null || value === undefined || Number.isNaN(value) || !String(value).trim();
    if (!missing && value !== "slope") return String(value);
    const rule = "have a value in every row, and no level called slope";
    throw new RangeError(cannot(declaring, argument, rule, value));
  });
}

function splitPeople(people: People, name: string, declared: WorldAttributeDeclaration): People {
  const levels = attributeLevels(declared);
  const count = people.cells.length * levels.length;
  if (count > mostCells) {
    const rule = `leave at most ${mostCells} kinds of people ` +
      `(${people.cells.length} before it; a coarser step or fewer levels)`;
    throw new RangeError(cannot(declaring, `attributes.${name}`, rule, count));
  }
  const cells = people.cells.flatMap((cell): Cell[] => {
    const shares = attributeDistribution(declared, cell.levels);
    const split = levels.map((level, i) => {
      return { levels: { ...cell.levels, [name]: level }, probability: cell.probability * shares[i]! };
    });
    return split.filter((_, i) => shares[i]! > 0);
  });
  return {
    cells,
    attributes: { ...people.attributes, [name]: levels },
    parents: { ...people.parents, [name]: declared.parents ?? [] },
  };
}

function attributeLevels(declared: WorldAttributeDeclaration): string[] {
  if ("shares" in declared) return Object.keys(sharesGiven(declared));
  if (!("kind" in declared)) return Object.keys(declared.levels);
  return declared.kind === "numeric"
    ? gridValues(declared.range, declared.step).map(String)
    : [...declared.levels];
}

function attributeDistribution(declared: WorldAttributeDeclaration, levels: Levels): number[] {
  if ("shares" in declared) return Object.values(sharesGiven(declared, levels)) as number[];
  if (!("kind" in declared)) {
    return softmax(Object.values(declared.levels).map((level) => evaluatePredictor(level, levels, [])));
  }
  const cuts = declared.kind === "ordinal"
    ? declared.thresholds
    : gridCuts(gridValues(declared.range, declared.step), declared.step);
  return cutNormal(cuts, evaluatePredictor(declared.mean ?? {}, levels, []), declared.sd ?? 1);
}

/** The shares for one combination of the parents' levels; for the first combination where none is given. */
function sharesGiven({ shares, parents = [] }: SharesAttribute, levels?: Levels): AttributeShares {
  return parents.reduce<AttributeShares>((part, parent) => {
    const level = levels === undefined ? Object.keys(part)[0]! : levels[parent]!;
    return (part !== undefined && Object.hasOwn(part, level) ? part[level] : {}) as AttributeShares;
  }, shares);
}

/** Checks a further attribute against the people declared before it: so the graph has no circle. */
function checkAttribute(people: People, name: string, declared: WorldAttributeDeclaration): void {
  const argument = `attributes.${name}`;
  checkNewName("attributes", name);
  if (Object.hasOwn(people.attributes, name)) {
    throw new RangeError(cannot(declaring, "attributes", "differ from those of the population", name));
  }
  checkKnown(declared, argument, Object.keys(declared ?? {}));
  checkParts(argument, declared, { attributes: people.attributes, stimuli: {}, factors: {}, items: {} });
  if ("shares" in declared) checkShares(people, argument, declared);
  const levels = attributeLevels(declared);
  const wrong = levels.some((level) => !level.trim() || level === "slope");
  if (levels.length >= 2 && new Set(levels).size === levels.length && !wrong) return;
  const rule = "be at least two different texts, none of them called slope";
  throw new RangeError(cannot(declaring, `${argument}.levels`, rule, levels));
}

function checkParts(argument: string, declared: WorldAttributeDeclaration, world: WorldParts): void {
  const base = { parents: listOf(nameOf("attributes")) };
  const depends = dependence(`${argument}.parents`, declared.parents ?? []);
  const spread = { mean: depends, sd: deviation };
  if (!("kind" in declared)) {
    const must = "shares" in declared ? { shares: anything } : { levels: mapOf(() => depends) };
    return partsOf(must, base)(declared, argument, world);
  }
  among(["ordinal", "numeric"])(declared.kind, `${argument}.kind`, world);
  if (declared.kind === "numeric") {
    const must = { kind: anything, range: anything, ...spread };
    partsOf(must, { step: anything, ...base })(declared, argument, world);
    return checkGrid(argument, declared.range, declared.step);
  }
  const must = { kind: anything, levels: listOf(anything), thresholds: anything };
  partsOf(must, { ...base, ...spread })(declared, argument, world);
  checkThresholds(`${argument}.thresholds`, declared.thresholds, declared.levels.length);
}

/** A predictor of an attribute: it may depend on the attribute's parents and on no stimulus. */
function dependence(where: string, parents: readonly string[]): Shape {
  const { intercept, effects } = predictorParts;
  return (value, argument, world) => {
    partsOf({}, { intercept, effects })(value, argument, world);
    const named = Object.keys((value as AttributePredictor).effects ?? {});
    const foreign = named.find((name) => !parents.includes(name));
    if (foreign === undefined) return;
    throw new RangeError(cannot(declaring, where, `name '${foreign}', which it depends on`, parents));
  };
}

/** Checks that there is one distribution for every combination of the parents' levels. */
function checkShares(people: People, argument: string, declared: SharesAttribute): void {
  const { parents = [] } = declared;
  const levels = Object.keys(sharesGiven(declared));
  for (const cell of people.cells) {
    const part = sharesGiven(declared, cell.levels);
    const given = parents.map((parent) => `${parent} ${cell.levels[parent]}`).join(", ");
    const where = given === "" ? "" : ` for ${given}`;
    if (Object.keys(part).join("\n") !== levels.join("\n")) {
      const rule = `give ${levels.join(", ") || "shares of levels"} in this order${where}`;
      throw new RangeError(cannot(declaring, `${argument}.shares`, rule, part));
    }
    const shares = Object.values(part) as number[];
    const sum = shares.reduce((total, share) => total + share, 0);
    if (shares.some((share) => !(share >= 0)) || !(Math.abs(sum - 1) < 1e-9)) {
      throw new RangeError(cannot(declaring, `${argument}.shares`, `be shares that sum to 1${where}`, part));
    }
  }
}
