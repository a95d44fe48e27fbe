import { checkColumns, checkRows, checkWeights } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { pickOutcome, readOutcome, recordedAssignment } from "../../core/study.ts";
import { columnOf, encodeLabels, type Labelled, sortLabels, type Table } from "../../core/table.ts";
import type { EstimateMeansOptions } from "./estimate_means_options.ts";

/** The rows of a table that belong to the sample, whether or not they hold a value. */
export interface MeanRows {
  /** Each row's outcome, `NaN` where there is none. */
  readonly outcome: Float64Array;
  /** Each row's weight, as a share of the largest. */
  readonly weights: Float64Array;
  /** Each row's weight before calibration, as a share of the largest; `null` where all were equal. */
  readonly baseWeights: Float64Array | null;
  /** Each row's stratum. */
  readonly stratum: Int32Array;
  /** The strata's names; one without a name where there are none. */
  readonly strata: readonly string[];
  /** Each row's cluster, or each row by itself. */
  readonly cluster: Int32Array;
  /** The clusters' names; `null` where every row is one. */
  readonly clusters: readonly string[] | null;
  /** Each row's level of every margin that the weights were calibrated to. */
  readonly margins: readonly Int32Array[];
  /** Each row's group, -1 where it is in none. */
  readonly group: Int32Array;
  /** The groups' names, in sorted order; `null` where everyone is taken together. */
  readonly groups: readonly string[] | null;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

interface RequestedColumns {
  readonly outcome: Float64Array;
  readonly status: readonly unknown[] | null;
  readonly weights: Float64Array | null;
  readonly base: Float64Array | null;
  readonly strata: Labelled | null;
  readonly clusterName: string | undefined;
  readonly clusters: Labelled | null;
  readonly margins: readonly Labelled[];
  readonly by: Labelled | null;
}

/** Reads the sample: rows with a weight, a stratum, a cluster and all margins. */
export function readMeanRows(action: string, table: Table, options: EstimateMeansOptions): MeanRows {
  const columns = readColumns(action, table, options);
  const { weights, base, strata, clusters, by } = columns;
  const { rows, outcome, notes } = findSample(columns, options);
  const codes = (labelled: Labelled | null, otherwise: (place: number) => number): Int32Array =>
    Int32Array.from(rows, (row, place) => labelled === null ? otherwise(place) : labelled.codes[row]!);
  const cluster = codes(clusters, (place) => place);
  return {
    outcome,
    weights: Float64Array.from(rows, (row) => weights === null ? 1 : weights[row]!),
    baseWeights: base === null ? null : Float64Array.from(rows, (row) => base[row]!),
    stratum: codes(strata, () => 0),
    strata: strata?.labels ?? [""],
    cluster,
    clusters: clusters?.labels ?? null,
    margins: columns.margins.map((margin) => codes(margin, () => 0)),
    group: codes(by, () => 0),
    groups: by?.labels ?? null,
    notes: clusters === null
      ? notes
      : [...notes, `${new Set(cluster).size} clusters (${columns.clusterName})`],
  };
}

/** Finds the sample's rows, and the outcome of those that count in a mean. */
function findSample(
  columns: RequestedColumns,
  options: EstimateMeansOptions,
): { rows: number[]; outcome: Float64Array; notes: string[] } {
  const counts = new Map<string, number>();
  const rows: number[] = [];
  const outcome: number[] = [];
  columns.outcome.forEach((value, row) => {
    const outside = whyOutside(columns, options, row);
    const without = outside ?? whyWithout(columns, options, row);
    if (without !== undefined) counts.set(without, (counts.get(without) ?? 0) + 1);
    if (outside !== undefined) return;
    rows.push(row);
    outcome.push(without === undefined ? value : NaN);
  });
  return { rows, outcome: Float64Array.from(outcome), notes: noteCounts(counts) };
}

function readColumns(action: string, table: Table, options: EstimateMeansOptions): RequestedColumns {
  checkColumns(action, table, []);
  checkRows(action, table);
  const { outcome, by, weights, strata, calibratedTo = [], baseWeights } = options;
  const names = table.columnNames();
  const asked = [by, weights, strata, baseWeights, options.clusters ?? undefined, ...calibratedTo];
  checkColumns(action, table, asked.filter((name) => name !== undefined));
  const picked = pickOutcome(action, table, outcome);
  const label = (name: string): Labelled => encodeLabels(action, name, columnOf(picked, name));
  const clusterName = findClusters(picked, options);
  return {
    outcome: readOutcome(action, outcome, columnOf(picked, outcome), options.category),
    status: names.includes("item") && names.includes("status") ? columnOf(picked, "status") : null,
    weights: weights === undefined ? null : readWeights(action, weights, picked),
    base: baseWeights === undefined ? null : readWeights(action, baseWeights, picked),
    strata: strata === undefined ? null : label(strata),
    clusterName,
    clusters: clusterName === undefined ? null : label(clusterName),
    margins: calibratedTo.map(label),
    by: by === undefined ? null : readGroups(action, by, label(by)),
  };
}

function readGroups(action: string, by: string, groups: Labelled): Labelled {
  if (groups.labels.length > 0) return sortLabels(groups);
  throw new RangeError(cannot(action, "by", "name a column that holds groups", `${by}, which is empty`));
}

/** The clusters asked for; else those that were assigned; else personas, where one has several rows. */
function findClusters(table: Table, { clusters }: EstimateMeansOptions): string | undefined {
  const names = table.columnNames();
  const found = recordedAssignment(table, { clusters }).clusters;
  if (found !== undefined || clusters === null || !names.includes("persona_id")) return found;
  const personas = columnOf(table, "persona_id");
  return new Set(personas).size < personas.length ? "persona_id" : undefined;
}

/** Weights as shares of the largest, so that nothing overflows; what is next to nothing beside it is 0. */
function readWeights(action: string, name: string, table: Table): Float64Array {
  const weights = columnOf(table, name).map((weight) => weight ?? NaN);
  const present = weights.filter((weight) => !Number.isNaN(weight));
  if (present.length > 0) checkWeights(action, name, present);
  const largest = (present as number[]).reduce((most, weight) => Math.max(most, weight), 0);
  return Float64Array.from(weights as number[], (weight) => {
    const share = weight / largest;
    return share < 1e-100 ? 0 : share;
  });
}

/** Why a row is no part of the sample; `undefined` where it is. */
function whyOutside(
  { weights, base, strata, clusters, margins }: RequestedColumns,
  { calibratedTo = [] }: EstimateMeansOptions,
  row: number,
): string | undefined {
  if (weights !== null && Number.isNaN(weights[row])) return "without a weight";
  if (weights !== null && weights[row] === 0) return "with weight 0";
  if (base !== null && !(base[row]! > 0)) return "without a base weight";
  if (strata !== null && strata.codes[row]! < 0) return "without a stratum";
  if (clusters !== null && clusters.codes[row]! < 0) return "without a cluster";
  const margin = margins.findIndex(({ codes }) => codes[row]! < 0);
  return margin < 0 ? undefined : `without '${calibratedTo[margin]}'`;
}

/** Why a row of the sample counts in no mean; `undefined` where it does in one. */
function whyWithout(
  { outcome, status, by }: RequestedColumns,
  options: EstimateMeansOptions,
  row: number,
): string | undefined {
  const answer = status?.[row];
  if (typeof answer === "string" && answer !== "answered") return answer;
  if (Number.isNaN(outcome[row])) return "without a value";
  return by !== null && by.codes[row]! < 0 ? `without '${options.by}'` : undefined;
}

function noteCounts(counts: ReadonlyMap<string, number>): string[] {
  const parts = [...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([why, count]) => `${count} ${why}`);
  return parts.length === 0 ? [] : [`left out: ${parts.join(", ")}`];
}
