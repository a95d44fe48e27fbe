import { checkColumns, checkRows, checkWeights } from "../core/checks.ts";
import { cannot, showValue } from "../core/errors.ts";
import { pickOutcome } from "../core/study.ts";
import { columnOf, encodeLabels, type Labelled, sortLabels, type Table } from "../core/table.ts";

/** What a model reads from a table. */
export interface ModelRequest {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  readonly outcome: string;
  /** How the outcome's values become numbers, `NaN` where there is none. */
  readonly readValues: (values: readonly unknown[]) => Float64Array;
  /** The columns of explanatory variables. */
  readonly predictors: readonly string[];
  /** The column of weights. */
  readonly weights: string | undefined;
  /** The column of clusters; `null` for none; `undefined` to find out. */
  readonly clusters: string | null | undefined;
}

/** One column of a design matrix. */
export interface ModelColumn {
  /** What it is called in the results. */
  readonly term: string;
  /** The table's column that it comes from. */
  readonly predictor: string;
  /** Whether it holds only 0 and 1. */
  readonly indicator: boolean;
  /** One number per row. */
  readonly values: Float64Array;
}

/** The rows of a table that a model can use. */
export interface ModelRows {
  /** Each row's outcome. */
  readonly outcome: Float64Array;
  /** The explanatory variables; names become one indicator for each but the first. */
  readonly columns: readonly ModelColumn[];
  /** Each row's weight. */
  readonly weights: Float64Array | null;
  /** Each row's cluster. */
  readonly clusters: Int32Array | null;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/** Reads the rows that a model can use: those with an outcome, all explanatory variables, a weight and a cluster. */
export function readModelRows(action: string, table: Table, request: ModelRequest): ModelRows {
  checkColumns(action, table, []);
  checkRows(action, table);
  const names = table.columnNames();
  const clusters = findClusters(table, request.clusters);
  checkColumns(action, table, [
    ...request.predictors,
    ...(clusters === undefined ? [] : [clusters]),
    ...(request.weights === undefined ? [] : [request.weights]),
  ]);
  const picked = pickOutcome(action, table, request.outcome);
  const outcome = request.readValues(columnOf(picked, request.outcome));
  const predictors = request.predictors.map((name) => readPredictor(action, name, columnOf(picked, name)));
  const weights = request.weights === undefined ? null : readWeights(action, request.weights, picked);
  const cluster = clusters === undefined ? null : encodeLabels(action, clusters, columnOf(picked, clusters));
  const status = names.includes("item") && names.includes("status") ? columnOf(picked, "status") : null;
  const counts = new Map<string, number>();
  const rows: number[] = [];
  for (let row = 0; row < outcome.length; row++) {
    const why = whyLeftOut(row, outcome, status, predictors, weights, cluster);
    if (why === undefined) rows.push(row);
    else counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  const all = rows.length === outcome.length;
  const take = (values: Float64Array) => all ? values : Float64Array.from(rows, (row) => values[row]!);
  const codes = cluster === null ? null : Int32Array.from(rows, (row) => cluster.codes[row]!);
  return {
    outcome: take(outcome),
    columns: predictors.flatMap((predictor) => columnsOf(predictor, rows, take)),
    weights: weights === null ? null : take(weights),
    clusters: codes,
    notes: [...noteCounts(counts), ...(codes === null ? [] : [noteClusters(clusters!, codes)])],
  };
}

/** The clusters asked for; else those that were assigned; else personas, where one has several rows. */
function findClusters(table: Table, asked: string | null | undefined): string | undefined {
  if (asked !== undefined) return asked ?? undefined;
  const names = table.columnNames();
  if (names.includes("arm_probability") && names.includes("cluster")) return "cluster";
  if (!names.includes("persona_id")) return undefined;
  const seen = new Map<unknown, Set<unknown>>();
  const items = names.includes("item") ? columnOf(table, "item") : null;
  const repeated = columnOf(table, "persona_id").some((persona, row) => {
    const item = items?.[row];
    const known = seen.get(item) ?? new Set();
    seen.set(item, known);
    return known.size === known.add(persona).size;
  });
  return repeated ? "persona_id" : undefined;
}

function noteClusters(name: string, codes: Int32Array): string {
  return `${new Set(codes).size} clusters (${name})`;
}

function noteCounts(counts: ReadonlyMap<string, number>): string[] {
  const parts = [...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([why, count]) => `${count} ${why}`);
  return parts.length === 0 ? [] : [`left out: ${parts.join(", ")}`];
}

interface Predictor {
  name: string;
  numbers: Float64Array | null;
  labels: Labelled | null;
}

/** Numbers, true and false are numbers; a column with any text is one of names. */
function readPredictor(action: string, name: string, values: readonly unknown[]): Predictor {
  const numbers = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (typeof value === "number" && Number.isFinite(value)) numbers[row] = value;
    else if (typeof value === "boolean") numbers[row] = value ? 1 : 0;
    else if (value === null || value === undefined || value === "" || Number.isNaN(value)) numbers[row] = NaN;
    else if (typeof value === "string" || values.some((other) => typeof other === "string" && other !== "")) {
      return { name, numbers: null, labels: sortLabels(encodeLabels(action, name, values)) };
    } else {
      throw new TypeError(
        `Cannot ${action} as column '${name}' must hold finite numbers, texts, true or false: ` +
          `current value is ${showValue(value)} (row ${row + 1})`,
      );
    }
  }
  return { name, numbers, labels: null };
}

function readWeights(action: string, name: string, table: Table): Float64Array {
  const weights = columnOf(table, name).map((weight) => weight ?? NaN);
  const present = weights.filter((weight) => !Number.isNaN(weight));
  if (present.length > 0) checkWeights(action, name, present);
  return Float64Array.from(weights as number[]);
}

function whyLeftOut(
  row: number,
  outcome: Float64Array,
  status: readonly unknown[] | null,
  predictors: readonly Predictor[],
  weights: Float64Array | null,
  cluster: Labelled | null,
): string | undefined {
  const answer = status?.[row];
  if (typeof answer === "string" && answer !== "answered") return answer;
  if (Number.isNaN(outcome[row])) return "without a value";
  for (let j = 0; j < predictors.length; j++) {
    const { name, numbers, labels } = predictors[j]!;
    if (numbers !== null ? Number.isNaN(numbers[row]) : labels!.codes[row]! < 0) return `without '${name}'`;
  }
  if (weights !== null && Number.isNaN(weights[row])) return "without a weight";
  if (weights !== null && weights[row] === 0) return "with weight 0";
  return cluster !== null && cluster.codes[row]! < 0 ? "without a cluster" : undefined;
}

/** The columns of one explanatory variable: the numbers, or an indicator of each name but the reference. */
function columnsOf(
  { name, numbers, labels }: Predictor,
  rows: readonly number[],
  take: (values: Float64Array) => Float64Array,
): ModelColumn[] {
  if (numbers !== null) {
    const values = take(numbers);
    const indicator = values.every((value) => value === 0 || value === 1);
    return [{ term: name, predictor: name, indicator, values }];
  }
  const used = new Set(rows.map((row) => labels!.codes[row]!));
  const codes = [...labels!.labels.keys()].filter((code) => used.has(code));
  const control = codes.find((code) => labels!.labels[code] === "control") ?? codes[0];
  return codes.filter((code) => code !== control).map((code) => ({
    term: `${name} = ${labels!.labels[code]}`,
    predictor: name,
    indicator: true,
    values: Float64Array.from(rows, (row) => labels!.codes[row] === code ? 1 : 0),
  }));
}

/** Checks a list of columns' names. */
export function checkNames(
  action: string,
  argument: string,
  names: unknown,
): asserts names is readonly string[] {
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string" && name !== "")) {
    throw new TypeError(cannot(action, argument, "be a list of columns' names", names));
  }
  if (new Set(names).size !== names.length) {
    throw new RangeError(cannot(action, argument, "name each column once", names));
  }
}
