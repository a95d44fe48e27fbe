/** A case of other software's numbers; `tests/golden/*.json` holds lists of them. */
export interface GoldenCase {
  readonly id: string;
  readonly call: string;
  readonly produced_by: string;
  readonly tol: number;
  // deno-lint-ignore no-explicit-any -- each kind of case has a shape of its own
  readonly expected: any;
}

/** Reads a file of golden cases, by id. */
export function goldenCases(name: string): Map<string, GoldenCase> {
  const url = new URL(`../golden/${name}.json`, import.meta.url);
  const cases = JSON.parse(Deno.readTextFileSync(url)) as GoldenCase[];
  return new Map(cases.map((goldenCase) => [goldenCase.id, goldenCase]));
}

/** Reads a data file of the golden cases as columns; what looks like a number is one, and an empty cell is NaN. */
export function goldenData(name: string): { [column: string]: (number | string)[] } {
  const url = new URL(`../golden/data/${name}.csv`, import.meta.url);
  const [header, ...lines] = Deno.readTextFileSync(url).replace(/\r?\n$/, "").split(/\r?\n/);
  const names = header!.split(",");
  const columns: { [column: string]: (number | string)[] } = {};
  names.forEach((column, j) => {
    columns[column] = lines.map((line) => {
      const cell = line.split(",")[j]!;
      return cell === "" ? NaN : Number.isNaN(Number(cell)) ? cell : Number(cell);
    });
  });
  return columns;
}

/** Whether two numbers agree to a tolerance relative to max(1, |expected|). */
export function agrees(actual: number, expected: number, tolerance: number): boolean {
  return Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
}
