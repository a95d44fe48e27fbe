import { cannot, columnOf, distinct } from "../../core/mod.ts";
import { cutNormal, gridCuts, gridValues } from "./grid.ts";
import { evaluatePredictor, softmax } from "./linear_predictor.ts";
import type { Cell, World, WorldDeclaration } from "../world.ts";
import type { AttributeShares, WorldAttributeDeclaration } from "../world_attributes.ts";

/** Enumeration of more kinds of people than this would be slow everywhere. */
const mostCells = 200_000;

/** Attributes, how they depend on each other, and the joint distribution of all. */
export type People = Pick<World, "cells" | "attributes" | "parents">;

/** The people of the count table; one kind of person without attributes where there is none. */
export function countedPeople({ population, counts }: WorldDeclaration): People {
  if (population === undefined) {
    return { cells: [{ levels: {}, probability: 1 }], attributes: {}, parents: {} };
  }
  const names = population.columnNames().filter((name) => name !== counts);
  const columns = names.map((name) => columnOf(population, name).map(String));
  const numbers = columnOf<number>(population, counts!);
  const total = numbers.reduce((sum, count) => sum + count, 0);
  const cells = numbers.map((count, row) => ({
    levels: Object.fromEntries(names.map((name, i) => [name, columns[i]![row]!])),
    probability: count / total,
  })).filter((cell) => cell.probability > 0);
  const levelsOf = (name: string): string[] => distinct(cells.map((cell) => cell.levels[name]!));
  return {
    cells,
    attributes: Object.fromEntries(names.map((name) => [name, levelsOf(name)])),
    parents: Object.fromEntries(names.map((name) => [name, []])),
  };
}

/** Splits every kind of person by a further attribute, given those that it has. */
export function splitPeople(people: People, name: string, declared: WorldAttributeDeclaration): People {
  const levels = attributeLevels(declared);
  checkCells(people, name, people.cells.length * levels.length);
  const cells: Cell[] = [];
  for (const cell of people.cells) {
    const shares = attributeDistribution(declared, cell.levels);
    levels.forEach((level, i) => {
      if (!(shares[i]! > 0)) return;
      cells.push({ levels: { ...cell.levels, [name]: level }, probability: cell.probability * shares[i]! });
    });
  }
  return {
    cells,
    attributes: { ...people.attributes, [name]: levels },
    parents: { ...people.parents, [name]: declared.parents ?? [] },
  };
}

function checkCells(people: People, name: string, count: number): void {
  if (count <= mostCells) return;
  const rule = `leave at most ${mostCells} kinds of people ` +
    `(${people.cells.length} before it; a coarser step or fewer levels)`;
  throw new RangeError(cannot("declare a world", `attributes.${name}`, rule, count));
}

/** The levels of a declared attribute, in the declared order. */
export function attributeLevels(declared: WorldAttributeDeclaration): string[] {
  if ("shares" in declared) return Object.keys(sharesGiven(declared.shares, declared.parents ?? []));
  if (declared.kind === "numeric") return gridValues(declared.range, declared.step).map(String);
  return declared.kind === "ordinal" ? [...declared.levels] : Object.keys(declared.levels);
}

/** The share of each level of an attribute among people with the given levels of its parents. */
function attributeDistribution(declared: WorldAttributeDeclaration, levels: Cell["levels"]): number[] {
  if ("shares" in declared) {
    return Object.values(sharesGiven(declared.shares, declared.parents ?? [], levels)) as number[];
  }
  const mean = "mean" in declared ? evaluatePredictor(declared.mean ?? {}, levels, []) : 0;
  switch (declared.kind) {
    case "numeric": {
      const cuts = gridCuts(gridValues(declared.range, declared.step), declared.step);
      return cutNormal(cuts, mean, declared.sd);
    }
    case "ordinal":
      return cutNormal(declared.thresholds, mean, declared.sd ?? 1);
    default:
      return softmax(Object.values(declared.levels).map((level) => evaluatePredictor(level, levels, [])));
  }
}

/** The shares for one combination of the parents' levels; for the first combination where none is given. */
export function sharesGiven(
  shares: AttributeShares,
  parents: readonly string[],
  levels?: Cell["levels"],
): AttributeShares {
  return parents.reduce<AttributeShares>((part, parent) => {
    const level = levels === undefined ? Object.keys(part)[0]! : levels[parent]!;
    return (part?.[level] ?? {}) as AttributeShares;
  }, shares);
}
