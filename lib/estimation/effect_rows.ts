import { checkColumns, checkRows, checkWeights } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { pickOutcome } from "../core/outcome.ts";
import { columnOf, type Table } from "../core/table.ts";
import { combineLabels, encodeLabels, type Labelled, sortLabels } from "./encode_labels.ts";
import type { EstimateEffectsOptions } from "./estimate_effects_options.ts";
import { readOutcome } from "./read_outcome.ts";

/** The rows of a table as an estimator of effects reads them. */
export interface EffectRows {
  /** Each row's arm, arms in sorted order. */
  readonly arm: Labelled;
  /** Each row's outcome, `NaN` where there is none. */
  readonly value: Float64Array;
  /** Why a row does not count; `undefined` where it does. */
  readonly leftOut: readonly (string | undefined)[];
  /** Each row's persona; `null` where every row is a unit. */
  readonly persona: Labelled | null;
  /** Each row's block. */
  readonly block: Labelled | null;
  /** Each row's cluster. */
  readonly cluster: Labelled | null;
  /** Each row's weight. */
  readonly weight: Float64Array | null;
}

/** Reads and checks the columns that the options name. */
export function readEffectRows(action: string, table: Table, options: EstimateEffectsOptions): EffectRows {
  checkColumns(action, table, []);
  checkRows(action, table);
  const names = table.columnNames();
  const long = names.includes("item") && names.includes("value");
  const { blocks, clusters } = readAssignment(names, options);
  const persona = options.persona ?? (names.includes("persona_id") ? "persona_id" : undefined);
  const arm = options.arm ?? "arm";
  const used = [arm, ...blocks, clusters, options.weights, persona].filter((name) => name !== undefined);
  checkColumns(action, table, used);
  const picked = pickOutcome(action, table, options.outcome);
  const encode = (name: string): Labelled => encodeLabels(action, name, columnOf(picked, name));
  const rows = {
    arm: sortLabels(encode(arm)),
    value: readOutcome(action, options.outcome, columnOf(picked, options.outcome), options.category),
    persona: persona === undefined ? null : encode(persona),
    block: blocks.length === 0 ? null : combineLabels(blocks.map(encode)),
    cluster: clusters === undefined ? null : encode(clusters),
    weight: options.weights === undefined ? null : readWeights(action, options.weights, picked),
  };
  checkPersonas(action, persona, rows.persona);
  const status = long && names.includes("status") ? columnOf(picked, "status") : null;
  const leftOut: (string | undefined)[] = [];
  for (let row = 0; row < rows.value.length; row++) leftOut.push(whyLeftOut(rows, status, row));
  return { ...rows, leftOut };
}

/** The blocks and clusters asked for; else those that `assignTreatments`, which records probabilities, left. */
export function readAssignment(
  names: readonly string[],
  options: EstimateEffectsOptions,
): { blocks: string[]; clusters: string | undefined } {
  const recorded = (name: string) =>
    names.includes("arm_probability") && names.includes(name) ? name : undefined;
  return {
    blocks: [options.blocks ?? recorded("block") ?? []].flat(),
    clusters: options.clusters === undefined ? recorded("cluster") : options.clusters ?? undefined,
  };
}

function readWeights(action: string, name: string, table: Table): Float64Array {
  const weights = columnOf(table, name);
  const present = weights.filter((weight) =>
    weight !== null && weight !== undefined && !Number.isNaN(weight)
  );
  if (present.length > 0) checkWeights(action, name, present);
  return Float64Array.from(weights, (weight) => weight as number | null ?? NaN);
}

function checkPersonas(action: string, name: string | undefined, persona: Labelled | null): void {
  const row = persona === null ? -1 : persona.codes.indexOf(-1);
  if (row < 0) return;
  throw new RangeError(cannot(action, name!, "name a persona in every row", `nothing in row ${row + 1}`));
}

function whyLeftOut(
  rows: Omit<EffectRows, "leftOut">,
  status: readonly unknown[] | null,
  row: number,
): string | undefined {
  const answer = status?.[row];
  if (typeof answer === "string" && answer !== "answered") return answer;
  if (Number.isNaN(rows.value[row])) return "without a value";
  if (rows.block !== null && rows.block.codes[row]! < 0) return "without a block";
  if (rows.cluster !== null && rows.cluster.codes[row]! < 0) return "without a cluster";
  if (rows.weight !== null && Number.isNaN(rows.weight[row])) return "without a weight";
  if (rows.weight !== null && rows.weight[row] === 0) return "with weight 0";
  return undefined;
}
