import { checkColumns, checkRows, checkText, checkWhole, rowWeights } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { DrawOptions, ReadOptions, RulesFor, WeightOptions } from "../core/options.ts";
import { column, columns, drawRules, oneOf, readOptions, required, rule } from "../core/options.ts";
import { weightRules } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { columnOf, type Columns, groupRows, isTable, type Table, tableOf } from "../core/table.ts";
import { cumulate, placeAt, systematicSample } from "../stats/resampling.ts";
import { checkAttributeNames, type MarginAttribute, type Margins } from "./declare_margins.ts";

/** Options of {@linkcode samplePersonas}. */
export interface SamplePersonasOptions extends WeightOptions, DrawOptions {
  /** The number of personas. */
  readonly n: number;
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

const rules = {
  ...weightRules,
  ...drawRules,
  n: required<number>((action, name, value) => checkWhole(action, name, value, 1)),
  counts: column,
  method: oneOf(["systematic", "independent"], "systematic"),
  strata: columns,
  prefix: rule<string, string>(checkText, "p"),
} as const satisfies RulesFor<SamplePersonasOptions>;

/**
 * Samples personas from a population: microdata, a table of counts, or declared margins.
 *
 * Whole rows are drawn, so attributes keep their joint distribution. The default draws systematically with probability
 * proportional to size after a random ordering: a row (or cell) expected e times is drawn floor(e) or ceil(e) times. From
 * declared margins each attribute is allocated in the same way among the personas that share the levels it depends on.
 * With `independent`, persona i depends on the seed and on i alone, not on `n` (unless there are strata).
 *
 * @param population one row per person, or per cell with `counts`, or the result of `declareMargins`
 * @param options see {@linkcode SamplePersonasOptions} (defaults there)
 * @returns one row per persona in random order: `persona_id`, `weight` (1: the draw has used the population's
 * weights), and the attributes in the population's column order
 * @throws {RangeError} if a column is missing, a weight is negative, an attribute has the name of one of the
 * experiment's own columns, or a column of numbers is called like weights or counts (`share`, `weight`, `n`, `count`, `people`, `probability`) and neither is named
 * @see Madow 1949, Annals of Mathematical Statistics 20: 333-354
 * @example From a table of counts
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, samplePersonas, tableOf } from "@understudy/understudy";
 *
 * const population = tableOf({ age: ["young", "old"], people: [300, 100] });
 * const personas = samplePersonas(population, { n: 8, seed: 1, counts: "people" });
 * assertEquals(personas.columnNames(), ["persona_id", "weight", "age"]);
 * assertEquals(columnOf(personas, "age").filter((age) => age === "young").length, 6);
 * ```
 */
export function samplePersonas(population: Table | Margins, options: SamplePersonasOptions): Table {
  const read = readOptions(action, options, rules);
  const { n, method, prefix } = read;
  if (read.weights !== undefined && read.counts !== undefined) {
    throw new RangeError(cannot(action, "weights", "be left out where 'counts' is given", read.weights));
  }
  const attributes = isTable(population)
    ? sampleTable(population, read)
    : sampleMargins(checkMarginPopulation(population, options), read);
  // Independent draws do not depend on n, and so neither may the names by which everything else is drawn.
  const digits = method === "independent" ? 1 : String(n).length;
  const ids = Array.from({ length: n }, (_, row) => prefix + String(row + 1).padStart(digits, "0"));
  return tableOf({ persona_id: ids, weight: new Array(n).fill(1), ...attributes });
}

type Asked = ReadOptions<SamplePersonasOptions, typeof rules>;

function checkMarginPopulation(population: Margins, options: SamplePersonasOptions): Margins {
  if (!Array.isArray(population?.attributes) || !Array.isArray(population.drawOrder)) {
    const rule = "be an Arquero table or the result of declareMargins({ age: { young: 0.4, old: 0.6 } })";
    throw new TypeError(cannot(action, "population", rule, population));
  }
  const given = (["weights", "counts", "strata"] as const).find((name) => options[name] !== undefined);
  if (given === undefined) return population;
  throw new RangeError(cannot(action, given, "be left out for declared margins", options[given]));
}

function sampleTable(population: Table, options: Asked): Columns {
  checkRows(action, population, "population");
  const entries = readEntries(action, population, options);
  const attributes = population.columnNames()
    .filter((name) => name !== options.weights && name !== options.counts);
  checkAttributeNames(action, "population", attributes);
  const draw = options.method === "independent" ? sampleIndependently : sampleSystematically;
  const rows = draw(entries, options.n, options.seed);
  return Object.fromEntries(attributes.map((name) => {
    const values = columnOf(population, name);
    return [name, rows.map((row) => values[row])];
  }));
}

const sizeNames = ["share", "weight", "weights", "n", "count", "counts", "people", "probability"];

/** The first numeric column of a population whose name says that it holds how many people a row stands for. */
export function likelySizes(population: Table): string | undefined {
  return population.columnNames().find((name) =>
    sizeNames.includes(name.toLowerCase()) &&
    Array.from(columnOf(population, name)).every((value) => typeof value === "number")
  );
}

/** The error where nobody says whether a column holds sizes: it would make every row count the same. */
export function sizesNotSaid(action: string, argument: string, column: string): RangeError {
  return new RangeError(
    `Cannot ${action} as '${argument}' has a column '${column}' and neither 'weights' nor 'counts' is given: say ` +
      `{ weights: "${column}" } (shares or weights) or { counts: "${column}" } (numbers of people), or drop the column`,
  );
}

function readEntries(action: string, population: Table, options: Asked): Entries {
  const strata = [options.strata ?? []].flat();
  const sizeColumn = options.counts ?? options.weights;
  checkColumns(action, population, sizeColumn === undefined ? strata : [...strata, sizeColumn], "population");
  const likely = sizeColumn === undefined ? likelySizes(population) : undefined;
  if (likely !== undefined) throw sizesNotSaid(action, "population", likely);
  const sizes = rowWeights(action, population, sizeColumn, "population");
  if (options.counts !== undefined) {
    for (let row = 0; row < sizes.length; row++) checkWhole(action, options.counts, sizes[row]);
  }
  const columns = strata.map((name) => columnOf(population, name));
  const stratumOf = (_: unknown, row: number) => JSON.stringify(columns.map((column) => String(column[row])));
  return { sizes, strata: Array.from({ length: sizes.length }, stratumOf) };
}

/** A population as a list of entries (people, or cells of people), each with its weight or count and its stratum. */
type Entries = Readonly<{ sizes: ArrayLike<number>; strata: readonly string[] }>;

/** Draws `n` entries systematically, strata allocated in proportion to their size, in a random order. */
function sampleSystematically(entries: Entries, n: number, seed: number): number[] {
  const shuffled = stream(seed, "population order").shuffle(entries.strata.map((_, entry) => entry));
  const groups = groupRows(shuffled.map((entry) => entries.strata[entry]!));
  // Neighbours share a stratum, so that one pass along the line also allocates the strata.
  const order = [...groups.values()].flatMap((places) => places.map((place) => shuffled[place]!));
  const drawn = systematicSample(entries.sizes, order, n, stream(seed, "population start").uniform());
  return stream(seed, "persona order").shuffle(drawn);
}

/** Draws each persona by itself from its own stream, within strata that are allocated in proportion. */
function sampleIndependently(entries: Entries, n: number, seed: number): number[] {
  const strata = [...groupRows(entries.strata).values()];
  const lines = strata.map((members) => cumulate(members.map((entry) => entries.sizes[entry]!)));
  const totals = lines.map((line) => line.at(-1)!);
  const allocation = stream(seed, "strata");
  const allocate = () => {
    const order = allocation.shuffle([...totals.keys()]);
    return allocation.shuffle(systematicSample(totals, order, n, allocation.uniform()));
  };
  const stratumOf = lines.length === 1 ? null : allocate();
  return Array.from({ length: n }, (_, persona) => {
    const stratum = stratumOf?.[persona] ?? 0;
    return strata[stratum]![placeAt(lines[stratum]!, stream(seed, "persona", persona + 1).uniform())]!;
  });
}

function sampleMargins(margins: Margins, { n, seed, method }: Asked): Columns {
  const drawn = new Map<string, string[]>();
  const attributes = new Map(margins.attributes.map((attribute) => [attribute.name, attribute]));
  for (const name of margins.drawOrder) {
    const attribute = attributes.get(name)!;
    const levelsOf = (_: unknown, persona: number) =>
      JSON.stringify(attribute.given.map((parent) => drawn.get(parent)![persona]));
    const parents = Array.from({ length: n }, levelsOf);
    const draw = method === "systematic" ? drawSystematically : drawIndependently;
    drawn.set(name, draw(attribute, parents, seed));
  }
  return Object.fromEntries(margins.attributes.map(({ name }) => [name, drawn.get(name)!]));
}

/** Allocates the levels among all personas who share the parents' levels, then deals them out at random. */
function drawSystematically(attribute: MarginAttribute, parents: readonly string[], seed: number): string[] {
  const levels: string[] = new Array(parents.length);
  for (const [key, personas] of groupRows(parents)) {
    const chance = stream(seed, "margin", attribute.name, key);
    const order = chance.shuffle([...attribute.levels.keys()]);
    const shares = attribute.probabilities[key]!;
    const allocated = systematicSample(shares, order, personas.length, chance.uniform());
    const dealt = chance.shuffle(personas);
    allocated.forEach((level, place) => levels[dealt[place]!] = attribute.levels[level]!);
  }
  return levels;
}

function drawIndependently(attribute: MarginAttribute, parents: readonly string[], seed: number): string[] {
  return parents.map((key, persona) => {
    const chance = stream(seed, "persona", persona + 1, attribute.name);
    return attribute.levels[chance.index(attribute.probabilities[key]!)]!;
  });
}
