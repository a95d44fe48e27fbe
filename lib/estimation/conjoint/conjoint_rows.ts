import { checkColumns, checkRows, checkWeights } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { pickOutcome, readOutcome } from "../../core/study.ts";
import { columnOf, encodeLabels, type Labelled, sortLabels, type Table } from "../../core/table.ts";
import { type ConjointFeature, namedFeatures, readFeature } from "./conjoint_features.ts";
import type { ConjointOptions } from "./conjoint_options.ts";

/** The rows of a conjoint that count: one per profile. */
export interface ConjointRows {
  /** The outcome as it is reported. */
  readonly outcome: string;
  /** The features, each row with a level of each. */
  readonly features: readonly ConjointFeature[];
  /** Each row's outcome. */
  readonly value: Float64Array;
  /** Each row's weight, 1 on average; `null` where every row counts the same. */
  readonly weight: Float64Array | null;
  /** Each row's respondent; `null` where rows are independent. */
  readonly cluster: Int32Array | null;
  /** Each row's subgroup; 0 where there are none. */
  readonly group: Int32Array;
  /** The subgroups. */
  readonly groups: readonly string[];
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/** Reads and checks the columns that the options name, and leaves out rows that lack a value. */
export function readConjointRows(
  action: string,
  table: Table,
  options: ConjointOptions,
  by?: string,
): ConjointRows {
  checkColumns(action, table, []);
  checkRows(action, table);
  const named = namedFeatures(action, options);
  const names = table.columnNames();
  const clusters = options.clusters === undefined
    ? names.includes("persona_id") ? "persona_id" : null
    : options.clusters;
  if (by !== undefined && named.has(by)) {
    throw new RangeError(cannot(action, "by", "not be one of the features", by));
  }
  const used = [...named.keys(), clusters, options.weights, by];
  checkColumns(action, table, used.filter((name) => name !== null && name !== undefined));
  const picked = pickOutcome(action, table, options.outcome);
  const encode = (name: string): Labelled => encodeLabels(action, name, columnOf(picked, name));
  const long = names.includes("item") && names.includes("value");
  return keepRows({
    outcome: options.category === undefined ? options.outcome : `${options.outcome} = ${options.category}`,
    features: [...named].map(([name, levels]) => readFeature(action, picked, name, levels)),
    value: readOutcome(action, options.outcome, columnOf(picked, options.outcome), options.category),
    weight: options.weights === undefined ? null : readWeights(action, options.weights, picked),
    cluster: clusters === null ? null : encode(clusters),
    clusters,
    group: by === undefined ? null : sortLabels(encode(by)),
    status: long && names.includes("status") ? columnOf(picked, "status") : null,
  });
}

interface ReadRows extends Pick<ConjointRows, "outcome" | "features" | "value" | "weight"> {
  readonly cluster: Labelled | null;
  readonly clusters: string | null;
  readonly group: Labelled | null;
  readonly status: readonly unknown[] | null;
}

function readWeights(action: string, name: string, table: Table): Float64Array {
  const weights = columnOf(table, name).map((weight) => weight ?? NaN);
  const present = weights.filter((weight) => !Number.isNaN(weight));
  if (present.length > 0) checkWeights(action, name, present);
  return Float64Array.from(weights as number[]);
}

function keepRows(read: ReadRows): ConjointRows {
  const kept = new Int32Array(read.value.length);
  const leftOut = new Map<string, number>();
  let count = 0;
  for (let row = 0; row < kept.length; row++) {
    const why = whyLeftOut(read, row);
    if (why === null) kept[count++] = row;
    else leftOut.set(why, (leftOut.get(why) ?? 0) + 1);
  }
  const rows = kept.subarray(0, count);
  const all = count === kept.length;
  const take = (codes: Int32Array): Int32Array => all ? codes : rows.map((row) => codes[row]!);
  const cluster = read.cluster === null ? null : take(read.cluster.codes);
  return {
    outcome: read.outcome,
    features: read.features.map((feature) => ({ ...feature, codes: take(feature.codes) })),
    value: all ? read.value : Float64Array.from(rows, (row) => read.value[row]!),
    weight: read.weight === null ? null : meanOne(Float64Array.from(rows, (row) => read.weight![row]!)),
    cluster,
    group: read.group === null ? new Int32Array(count) : take(read.group.codes),
    groups: read.group?.labels ?? [""],
    notes: [
      ...leftOut.entries().map(([why, n]) => `${n} rows left out: ${why}`),
      cluster === null
        ? "rows taken as independent: no column of respondents"
        : `${new Set(cluster).size} clusters of '${read.clusters}'`,
    ],
  };
}

function whyLeftOut(read: ReadRows, row: number): string | null {
  const answer = read.status?.[row];
  if (typeof answer === "string" && answer !== "answered") return answer;
  if (Number.isNaN(read.value[row])) return "without a value";
  for (const { name, codes } of read.features) if (codes[row]! < 0) return `without '${name}'`;
  if (read.cluster !== null && read.cluster.codes[row]! < 0) return "without a cluster";
  if (read.group !== null && read.group.codes[row]! < 0) return "without a subgroup";
  if (read.weight !== null && Number.isNaN(read.weight[row])) return "without a weight";
  if (read.weight !== null && read.weight[row] === 0) return "with weight 0";
  return null;
}

function meanOne(weights: Float64Array): Float64Array {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}
