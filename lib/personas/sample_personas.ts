import {
  cannot,
  checkOneOf,
  checkOptions,
  checkRows,
  checkSeed,
  checkText,
  checkWhole,
  columnOf,
  type Columns,
  isTable,
  type Table,
  tableOf,
} from "../core/mod.ts";
import { checkAttributeNames } from "./attribute_names.ts";
import type { Margins } from "./declare_margins.ts";
import { checkEnoughPeople, readEntries } from "./population_entries.ts";
import { sampleMargins } from "./sample_margins.ts";
import { sampleIndependently, sampleSystematically } from "./sample_rows.ts";

/** Options of {@linkcode samplePersonas}. */
export interface SamplePersonasOptions {
  /** The number of personas. */
  readonly n: number;
  /** The seed: any whole number. */
  readonly seed: number;
  /**
   * The column of sampling weights; it does not become an attribute.
   * @default every row counts the same
   */
  readonly weights?: string;
  /**
   * The column of counts of a count table (whole numbers); it does not become an attribute.
   * @default the table is microdata: one row per person
   */
  readonly counts?: string;
  /**
   * `systematic`: the sample's distribution is the population's to rounding. `independent`: each persona is drawn by
   * itself, so that a larger `n` adds personas and leaves the others as they are.
   * @default "systematic"
   */
  readonly method?: "systematic" | "independent";
  /**
   * Whether a person of the population may stand in the sample more than once; `false` needs `systematic`.
   * @default true
   */
  readonly replace?: boolean;
  /**
   * Column, or columns, whose combinations each get their share of `n`, to rounding.
   * @default no strata
   */
  readonly strata?: string | readonly string[];
  /**
   * What identifiers begin with.
   * @default "p"
   */
  readonly prefix?: string;
}

const action = "sample personas";

/**
 * Samples personas from a population: microdata, a table of counts, or declared margins.
 *
 * Whole rows are drawn, so attributes keep their joint distribution. The default draws systematically with
 * probability proportional to size after a random ordering: a row (or cell) expected e times is drawn floor(e) or
 * ceil(e) times. From declared margins each attribute is allocated in the same way among the personas that share
 * the levels it depends on. With `independent`, persona i depends on the seed and on i alone, not on `n` (unless
 * there are strata, whose shares depend on `n`); with `systematic` it cannot be so.
 *
 * @param population one row per person, or per cell with `counts`, or the result of `declareMargins`
 * @param options see {@linkcode SamplePersonasOptions} (defaults there)
 * @returns one row per persona in random order: `persona_id`, `weight` (1: the draw has used the population's
 * weights), and the attributes in the population's column order
 * @throws {RangeError} if a column is missing, a weight is negative, an attribute has the name of one of the
 * experiment's own columns, more people are asked for than `replace: false` allows, or a column of numbers is called
 * like weights or counts (`share`, `weight`, `n`, `count`, `people`, `probability`) and neither is named
 * @see Madow 1949, Annals of Mathematical Statistics 20: 333-354
 * @example From a table of counts
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { samplePersonas } from "@understudy/understudy/personas";
 *
 * const population = tableOf({ age: ["young", "old"], people: [300, 100] });
 * const personas = samplePersonas(population, { n: 8, seed: 1, counts: "people" });
 * assertEquals(personas.columnNames(), ["persona_id", "weight", "age"]);
 * assertEquals(columnOf(personas, "age").filter((age) => age === "young").length, 6);
 * ```
 */
export function samplePersonas(population: Table | Margins, options: SamplePersonasOptions): Table {
  checkSampleOptions(options);
  const { n, seed, method = "systematic", prefix = "p" } = options;
  const attributes = isTable(population)
    ? sampleTable(population, options)
    : sampleMargins(checkMarginPopulation(population, options), n, seed, method);
  // Independent draws do not depend on n, and so neither may the names by which everything else is drawn.
  const digits = method === "independent" ? 1 : String(n).length;
  const ids = Array.from({ length: n }, (_, row) => prefix + String(row + 1).padStart(digits, "0"));
  return tableOf({ persona_id: ids, weight: new Array(n).fill(1), ...attributes });
}

const known = ["n", "seed", "weights", "counts", "method", "replace", "strata", "prefix"];

function checkSampleOptions(options: SamplePersonasOptions): void {
  checkOptions(action, options, known);
  checkWhole(action, "n", options.n, 1);
  checkSeed(action, options.seed);
  checkOneOf(action, "method", options.method ?? "systematic", ["systematic", "independent"]);
  checkOneOf(action, "replace", options.replace ?? true, [true, false]);
  checkText(action, "prefix", options.prefix ?? "p");
  if (options.weights !== undefined && options.counts !== undefined) {
    throw new RangeError(cannot(action, "weights", "be left out where 'counts' is given", options.weights));
  }
  if (options.replace === false && options.method === "independent") {
    throw new RangeError(cannot(action, "method", "be systematic where 'replace' is false", options.method));
  }
}

function checkMarginPopulation(population: Margins, options: SamplePersonasOptions): Margins {
  if (!Array.isArray(population?.attributes) || !Array.isArray(population.drawOrder)) {
    const rule = "be an Arquero table or the result of declareMargins({ age: { young: 0.4, old: 0.6 } })";
    throw new TypeError(cannot(action, "population", rule, population));
  }
  for (const name of ["weights", "counts", "strata"] as const) {
    if (options[name] !== undefined) {
      throw new RangeError(cannot(action, name, "be left out for declared margins", options[name]));
    }
  }
  if (options.replace === false) {
    throw new RangeError(cannot(action, "replace", "be true for declared margins", options.replace));
  }
  return population;
}

function sampleTable(population: Table, options: SamplePersonasOptions): Columns {
  checkRows(action, population, "population");
  const entries = readEntries(action, population, options);
  const attributes = population.columnNames()
    .filter((name) => name !== options.weights && name !== options.counts);
  checkAttributeNames(action, "population", attributes);
  if (options.replace === false) checkEnoughPeople(action, entries, options);
  const draw = options.method === "independent" ? sampleIndependently : sampleSystematically;
  const rows = draw(entries, options.n, options.seed);
  return Object.fromEntries(attributes.map((name) => {
    const values = columnOf(population, name);
    return [name, rows.map((row) => values[row])];
  }));
}
