import { checkBasis, checkLevel, checkText } from "../../core/checks.ts";
import type { Basis } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import {
  type Covariate,
  covariateColumns,
  findReference,
  leaveOutLacking,
  readStudy,
  recordedReference,
  type Study,
} from "../../core/study.ts";
import type { Table } from "../../core/table.ts";
import { compareArms, type Comparison, gatherColumn, gatherUnits } from "../../core/units.ts";
import type { EstimateEffectsOptions } from "../estimate_effects.ts";
import { checkNames } from "../model_rows.ts";
import { columnNotes, joinItems } from "./join_items.ts";

/** What all sensitivity analyses are told: the outcome and the assignment, as in `estimateEffects`. */
export interface SensitivityOptions extends
  Pick<
    EstimateEffectsOptions,
    | "outcome"
    | "arm"
    | "reference"
    | "blocks"
    | "clusters"
    | "persona"
    | "category"
    | "alpha"
    | "basis"
  > {}

/** The names of the options in {@linkcode SensitivityOptions}. */
export const sensitivityOptionNames = [
  "outcome",
  "arm",
  "reference",
  "blocks",
  "clusters",
  "persona",
  "category",
  "alpha",
  "basis",
] as const satisfies readonly (keyof SensitivityOptions)[];

/** One attribute of the units: a column of numbers, or an indicator for each name but the first. */
export interface Attribute {
  /** The item or column. */
  readonly name: string;
  /** Its columns, one value per unit; `NaN` where there is none. */
  readonly columns: readonly Covariate[];
}

/** The units of one arm and the reference with their attributes. */
export interface SensitivitySample {
  /** The units' outcome, arm, blocks and clusters. */
  readonly comparison: Comparison;
  /** The attributes asked for, in their order. */
  readonly attributes: readonly Attribute[];
}

/** What was read, and what every row of the result says. */
export interface SensitivityRequest {
  /** One sample for each arm other than the reference. */
  readonly samples: readonly SensitivitySample[];
  /** One less the level of intervals. */
  readonly alpha: number;
  /** What the answers rest on. */
  readonly basis: Basis;
  /** The outcome, with its category where one was given. */
  readonly outcome: string;
  /** What the reader must know of all rows. */
  readonly notes: readonly string[];
}

/**
 * Reads the units of every arm with the named attributes.
 *
 * @param complete whether units that lack an attribute are left out, or kept with `NaN`
 */
export function readSensitivity(
  action: string,
  table: Table,
  options: SensitivityOptions,
  names: readonly string[],
  complete: boolean,
): SensitivityRequest {
  const { alpha = 0.05, basis = "synthetic", outcome, category } = options;
  checkText(action, "outcome", outcome);
  checkLevel(action, "alpha", alpha);
  checkBasis(action, basis);
  const keys = [options.persona ?? "persona_id", options.arm ?? "arm"];
  const joined = joinItems(action, table, outcome, names, keys);
  const all = readStudy(action, joined, options);
  const read = names.map((name) => ({ name, columns: covariateColumns(action, all.table, [name]) }));
  const rows = complete ? leaveOutLacking(all, read.flatMap(({ columns }) => columns)) : all;
  const asked = options.reference ?? recordedReference(table);
  const { reference, notes } = findReference(action, rows.arm.labels, asked);
  return {
    samples: samplesOf(action, rows, read, reference),
    alpha,
    basis,
    outcome: category === undefined ? outcome : `${outcome} = ${category}`,
    notes: [...notes, ...columnNotes(table, names)],
  };
}

/** The units of each arm and the reference. */
function samplesOf(
  action: string,
  rows: Study,
  read: readonly Attribute[],
  reference: number,
): SensitivitySample[] {
  const units = gatherUnits(action, rows);
  const terms = [...units.arms.keys()].filter((arm) => arm !== reference);
  return terms.map((term) => ({
    comparison: compareArms(action, units, reference, term),
    attributes: read.map(({ name, columns }) => ({
      name,
      columns: columns.map((column) => ({
        name: column.name,
        column: column.column,
        values: gatherColumn(action, rows, column.values, reference, term),
      })),
    })),
  }));
}

/** Reads a list of attributes' names, one of which may stand alone; the outcome is not among them. */
export function readNames(
  action: string,
  argument: string,
  names: string | readonly string[] | undefined,
  outcome: string,
): string[] {
  const list = [names ?? []].flat();
  checkNames(action, argument, list);
  if (list.includes(outcome)) {
    throw new RangeError(cannot(action, argument, "leave out the outcome", outcome));
  }
  return list;
}

/** Each unit's cluster: as assigned, or the persona where personas are compared with themselves; `null` for none. */
export function clustersOf({ cluster, persona }: Comparison): Int32Array | null {
  return cluster?.codes ?? persona;
}
