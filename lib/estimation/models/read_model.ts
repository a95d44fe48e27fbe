import { checkColumns } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import type { Level } from "../../core/experiment.ts";
import { assignmentRules, type MeasureOptions, measureRules, type RulesFor } from "../../core/options.ts";
import { modelClusters, noteRowsLeftOut, readNumbers, readStudy, usedRows } from "../../core/study.ts";
import { encodeLabels, sortLabels, type Table, valuesOf } from "../../core/table.ts";
import { takeCodes, takeNumbers } from "../../core/units.ts";
import type { NameOrderOptions } from "./name_order.ts";
import { checkNamed, checkReferences, nameOrderRules, orderLabels, referenceIn } from "./name_order.ts";
import { leaveOutLacking } from "../../core/covariates.ts";

/** Options that all models of coefficients share. */
export interface ModelOptions extends MeasureOptions, NameOrderOptions {
  /**
   * The column of clusters; `null` for none.
   * @default {undefined} `cluster` where `assignTreatments` recorded one, else the sessions where one holds several
   * personas, else the personas where one has several rows
   */
  clusters?: string | null;
  /**
   * The column that says which rows are the same persona.
   * @default {"persona_id"} where the table has it
   */
  persona?: string;
}

export const modelRules = {
  ...measureRules,
  clusters: assignmentRules.clusters,
  persona: assignmentRules.persona,
  ...nameOrderRules,
} as const satisfies RulesFor<ModelOptions>;

/** A rule's check that a value is a list of columns' names, each once. */
export function checkNames(action: string, argument: string, names: unknown): void {
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string" && name !== "")) {
    throw new TypeError(cannot(action, argument, "be a list of columns' names", names));
  }
  if (new Set(names).size !== names.length) {
    throw new RangeError(cannot(action, argument, "name each column once", names));
  }
}

/** One column of a design matrix, as results call it. */
export interface ModelColumn {
  readonly term: string;
  /** The table's column that it comes from. */
  readonly predictor: string;
  /** Whether it holds only 0 and 1. */
  readonly indicator: boolean;
  readonly values: Float64Array;
}

/** The options of a model as they were read, and what it reads beside the outcome. */
export type ModelRequest = { readonly [Name in keyof ModelOptions]: ModelOptions[Name] | undefined } & {
  readonly predictors: readonly string[];
  /** Those among them that are names, whatever they hold. */
  readonly factors?: readonly string[];
  readonly fixedEffects?: readonly string[];
};

/** The rows of a table that a model can use. */
export interface ModelRows {
  readonly outcome: Float64Array;
  /** The explanatory variables; names become one indicator for each but the reference. */
  readonly columns: readonly ModelColumn[];
  /** The places of the levels of fixed effects. */
  readonly fixedEffects: readonly Float64Array[];
  readonly weights: Float64Array | null;
  readonly clusters: Int32Array | null;
  readonly notes: readonly string[];
}

/**
 * Reads the rows that a model can use: those with an outcome, all explanatory variables, a weight and a cluster.
 *
 * @param readValues how the outcome's values become numbers, where they are neither numbers nor a share
 */
export function readModel(
  action: string,
  table: Table,
  options: ModelRequest,
  readValues?: (values: ArrayLike<unknown>) => Float64Array,
): ModelRows {
  const { predictors, factors = [], fixedEffects = [], levels = {}, reference, clusters } = options;
  const { outcome, category, step, round, weights, persona } = options;
  checkColumns(action, table, [...predictors, ...fixedEffects]);
  const study = readStudy(action, table, {
    ...{ outcome, category, step, round, weights, persona, clusters },
    arm: null,
    blocks: [],
    readValues,
  });
  const read = predictors.map((name) =>
    readPredictor(action, study.table, name, { names: factors.includes(name), levels: levels[name] })
  );
  const effects = fixedEffects.map((name) => readPredictor(action, study.table, name, { names: true }));
  checkNamed(action, "levels", Object.keys(levels), [...predictors, outcome!]);
  checkReferences(action, reference, read);
  const grouped = modelClusters(study, clusters);
  const complete = leaveOutLacking(study, [...read, ...effects]);
  const rows = usedRows(complete);
  const codes = grouped === null ? null : takeCodes(grouped.cluster.codes, rows);
  return {
    outcome: takeNumbers(study.value, rows),
    columns: read.flatMap((own) => columnsOf(own, rows, referenceIn(study.table, own, options))),
    fixedEffects: effects.map(({ values }) => takeNumbers(values, rows)),
    weights: study.weight === null ? null : takeNumbers(study.weight, rows),
    clusters: codes,
    notes: [
      ...noteRowsLeftOut(complete),
      ...(codes === null ? [] : [`${new Set(codes).size} clusters (${grouped!.name})`]),
    ],
  };
}

/** An explanatory variable: numbers, or places among names. */
export interface Predictor {
  readonly name: string;
  readonly column: string;
  /** Each row's number, or place among the names; `NaN` where there is none. */
  readonly values: Float64Array;
  /** The names in their order; `null` of numbers. */
  readonly labels: readonly string[] | null;
}

/** Reads a column: numbers, true and false are numbers; a column with any text is one of names. */
export function readPredictor(
  action: string,
  table: Table,
  name: string,
  { names, levels }: { names: boolean; levels?: readonly Level[] | undefined },
): Predictor {
  const values = valuesOf(table, name);
  const numbers = names || levels !== undefined ? null : readNumbers(action, name, values);
  if (numbers !== null) return { name, column: name, values: numbers, labels: null };
  const read = encodeLabels(action, name, values);
  const { codes, labels } = levels === undefined ? sortLabels(read) : orderLabels(action, name, read, levels);
  return { name, column: name, values: Float64Array.from(codes, (code) => code < 0 ? NaN : code), labels };
}

/** The columns of one explanatory variable: the numbers, or an indicator of each name but the reference. */
function columnsOf(
  { name, values, labels }: Predictor,
  rows: Int32Array,
  reference: string | undefined,
): ModelColumn[] {
  const own = takeNumbers(values, rows);
  if (labels === null) {
    const indicator = own.every((value) => value === 0 || value === 1);
    return [{ term: name, predictor: name, indicator, values: own }];
  }
  const used = new Set(own);
  const present = [...labels.keys()].filter((code) => used.has(code));
  const first = present.find((code) => labels[code] === reference) ?? present[0];
  return present.filter((code) => code !== first).map((code) => ({
    term: `${name} = ${labels[code]}`,
    predictor: name,
    indicator: true,
    values: own.map((value) => value === code ? 1 : 0),
  }));
}

/** The name of a model's constant in all tables. */
export const interceptTerm = "(intercept)";

/** Why no likelihood can be fitted to rows; `null` where one can. */
export function whyNoFit({ outcome, clusters }: ModelRows, terms: number): string | null {
  if (outcome.length === 0) return "no row can be used";
  if (outcome.every((value) => value === outcome[0])) return "the outcome does not vary";
  if (clusters !== null && new Set(clusters).size < 2) return "there is only one cluster";
  return outcome.length <= terms ? "there are not more rows than terms" : null;
}
