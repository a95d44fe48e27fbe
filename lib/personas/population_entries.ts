import { cannot, checkColumns, checkWeights, checkWhole, columnOf, type Table } from "../core/mod.ts";
import type { Entries } from "./sample_rows.ts";

/** The options of a draw that say how to read the population. */
export interface PopulationOptions {
  /** The number of personas. */
  readonly n: number;
  /** The column of weights. */
  readonly weights?: string;
  /** The column of counts. */
  readonly counts?: string;
  /** Columns whose combinations are strata. */
  readonly strata?: string | readonly string[];
}

/** What a column that holds how many people a row stands for is often called. */
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

/** Reads the size and the stratum of each row of a population. */
export function readEntries(action: string, population: Table, options: PopulationOptions): Entries {
  const strata = typeof options.strata === "string" ? [options.strata] : options.strata ?? [];
  const sizeColumn = options.counts ?? options.weights;
  checkColumns(
    action,
    population,
    sizeColumn === undefined ? strata : [...strata, sizeColumn],
    "population",
  );
  const likely = sizeColumn === undefined ? likelySizes(population) : undefined;
  if (likely !== undefined) throw sizesNotSaid(action, "population", likely);
  const sizes = sizeColumn === undefined
    ? new Float64Array(population.numRows()).fill(1)
    : columnOf(population, sizeColumn);
  checkWeights(action, sizeColumn ?? "weights", sizes);
  if (options.counts !== undefined) {
    for (let row = 0; row < sizes.length; row++) checkWhole(action, options.counts, sizes[row]);
  }
  const columns = strata.map((name) => columnOf(population, name));
  const keys = Array.from(
    { length: sizes.length },
    (_, row) => JSON.stringify(columns.map((column) => String(column[row]))),
  );
  return { sizes, strata: keys };
}

/** Without replacement nobody is drawn twice: no person's expected count may exceed 1, no cell's its count. */
export function checkEnoughPeople(action: string, { sizes }: Entries, options: PopulationOptions): void {
  let total = 0;
  let people = 0;
  let largest = 0;
  for (let row = 0; row < sizes.length; row++) {
    total += sizes[row]!;
    people += options.counts !== undefined ? sizes[row]! : sizes[row]! > 0 ? 1 : 0;
    largest = Math.max(largest, sizes[row]!);
  }
  if (options.n > people) {
    const rule = `be at most ${people}, the people of the population, where 'replace' is false`;
    throw new RangeError(cannot(action, "n", rule, options.n));
  }
  const expected = options.n * largest / total;
  if (options.counts === undefined && expected > 1 + 1e-9) {
    const rule = "ask for no person more than once where 'replace' is false; the largest weight asks for " +
      `${expected.toPrecision(4)} at n = ${options.n}`;
    throw new RangeError(cannot(action, options.weights ?? "n", rule, largest));
  }
}
