import { checkColumns } from "../../core/checks.ts";
import { cannot, didYouMean, showValue } from "../../core/errors.ts";
import {
  assignmentRules,
  type BasisOptions,
  basisRules,
  type IntervalOptions,
  intervalRules,
  type OutcomeOptions,
  outcomeRules,
  rule,
  type RulesFor,
  type WeightOptions,
  weightRules,
} from "../../core/options.ts";
import {
  leaveOutLacking,
  modelClusters,
  noteRowsLeftOut,
  readNumbers,
  readStudy,
  recordedReference,
  usedRows,
} from "../../core/study.ts";
import { encodeLabels, type Labelled, sortLabels, type Table, valuesOf } from "../../core/table.ts";
import { takeCodes, takeNumbers } from "../../core/units.ts";

/** A name among those of a column. */
type Level = string | number | boolean;

/** Options that all models of coefficients share. */
export interface ModelOptions extends OutcomeOptions, WeightOptions, IntervalOptions, BasisOptions {
  /**
   * The column of clusters; `null` for none.
   *
   * @default {undefined} `cluster` where `assignTreatments` recorded one, else the personas where one has several rows
   */
  clusters?: string | null;
  /**
   * The column that says which rows are the same persona.
   *
   * @default {"persona_id"} where the table has it
   */
  persona?: string;
  /**
   * The order of the names in a column, such as `{ party: ["left", "centre", "right"] }`; the first is what the others
   * are compared with.
   *
   * @default {undefined} sorted order
   */
  levels?: { readonly [column: string]: readonly Level[] };
  /**
   * The names that others are compared with: for each column one, such as `{ party: "centre" }`, or one name where only
   * one column has it.
   *
   * @default {undefined} the first of `levels`; else the reference that `assignTreatments` recorded, or `control`, or the
   * first in sorted order
   */
  reference?: Level | { readonly [column: string]: Level };
}

/** Rules of {@linkcode ModelOptions}. */
export const modelRules = {
  ...outcomeRules,
  ...weightRules,
  ...intervalRules,
  ...basisRules,
  clusters: assignmentRules.clusters,
  persona: assignmentRules.persona,
  levels: rule<{ readonly [column: string]: readonly Level[] }, undefined>(checkLevels, undefined),
  reference: rule<Level | { readonly [column: string]: Level }, undefined>(checkReference, undefined),
} as const satisfies RulesFor<ModelOptions>;

function checkLevels(action: string, name: string, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(
      `${cannot(action, name, "give for each column the order of its names", value)}; for example ` +
        `{ levels: { party: ["left", "centre", "right"] } }`,
    );
  }
  for (const [column, levels] of Object.entries(value)) {
    if (Array.isArray(levels) && levels.length > 0 && new Set(levels.map(String)).size === levels.length) {
      continue;
    }
    throw new TypeError(cannot(action, `${name}.${column}`, "be a list of distinct names", levels));
  }
}

function checkReference(action: string, name: string, value: unknown): void {
  for (const level of typeof value === "object" && value !== null ? Object.values(value) : [value]) {
    if (["string", "number", "boolean"].includes(typeof level)) continue;
    throw new TypeError(
      cannot(action, name, 'be a name, or for each column one: { party: "centre" }', value),
    );
  }
}

/** A rule's check that a value is a list of columns' names, each once. */
export function checkNames(action: string, argument: string, names: unknown): void {
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string" && name !== "")) {
    throw new TypeError(cannot(action, argument, "be a list of columns' names", names));
  }
  if (new Set(names).size !== names.length) {
    throw new RangeError(cannot(action, argument, "name each column once", names));
  }
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

/** The options of a model as they were read, and what it reads beside the outcome. */
export type ModelRequest = { readonly [Name in keyof ModelOptions]: ModelOptions[Name] | undefined } & {
  /** Explanatory variables. */
  readonly predictors: readonly string[];
  /** Those among them that are names, whatever they hold. */
  readonly factors?: readonly string[];
  /** Columns whose values have intercepts of their own. */
  readonly fixedEffects?: readonly string[];
};

/** The rows of a table that a model can use. */
export interface ModelRows {
  /** Each row's outcome. */
  readonly outcome: Float64Array;
  /** The explanatory variables; names become one indicator for each but the reference. */
  readonly columns: readonly ModelColumn[];
  /** The places of the levels of fixed effects. */
  readonly fixedEffects: readonly Float64Array[];
  /** Each row's weight. */
  readonly weights: Float64Array | null;
  /** Each row's cluster. */
  readonly clusters: Int32Array | null;
  /** What the reader must know. */
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
  const { outcome, category, weights, persona } = options;
  checkColumns(action, table, [...predictors, ...fixedEffects]);
  const study = readStudy(action, table, {
    outcome,
    category,
    weights,
    persona,
    clusters,
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
    columns: read.flatMap((predictor) =>
      columnsOf(predictor, rows, referenceIn(study.table, predictor, options))
    ),
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
  /** Its column. */
  readonly name: string;
  /** Its column. */
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

/** Puts names in the order that is declared; one that is not in it is an error. */
export function orderLabels(
  action: string,
  column: string,
  { codes, labels }: Labelled,
  levels: readonly Level[],
): Labelled {
  const ordered = levels.map(String);
  const places = labels.map((label) => {
    const place = ordered.indexOf(label);
    if (place >= 0) return place;
    throw new RangeError(
      `${cannot(action, "levels", `hold every value of '${column}'`, label)}${didYouMean(label, ordered)}`,
    );
  });
  return { codes: codes.map((code) => code < 0 ? -1 : places[code]!), labels: ordered };
}

function checkNamed(
  action: string,
  argument: string,
  names: readonly string[],
  known: readonly string[],
): void {
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return;
  throw new RangeError(
    `${cannot(action, argument, `name columns of the model (${known.join(", ")})`, wrong)}` +
      didYouMean(wrong, known),
  );
}

/** A reference must be a name of its column; one without a column, of one column. */
function checkReferences(
  action: string,
  reference: ModelOptions["reference"] | undefined,
  predictors: readonly Predictor[],
): void {
  if (reference === undefined) return;
  const named = predictors.filter(({ labels }) => labels !== null);
  const having = (level: Level) => named.filter(({ labels }) => labels!.includes(String(level)));
  if (typeof reference !== "object") {
    const found = having(reference);
    if (found.length === 1) return;
    const every = named.flatMap(({ labels }) => labels!);
    const rule = found.length === 0
      ? `be a name in a column of names (${every.join(", ") || "there is none"})`
      : `say the column, as in { ${found[0]!.name}: ${showValue(reference)} }, where several have the name`;
    throw new RangeError(`${cannot(action, "reference", rule, reference)}${didYouMean(reference, every)}`);
  }
  checkNamed(action, "reference", Object.keys(reference), named.map(({ name }) => name));
  for (const { name, labels } of named) {
    const level = reference[name];
    if (level === undefined || labels!.includes(String(level))) continue;
    throw new RangeError(
      `${cannot(action, `reference.${name}`, `be one of ${labels!.join(", ")}`, level)}${
        didYouMean(level, labels!)
      }`,
    );
  }
}

/** The name that a column's others are compared with, where one is told, recorded or called control. */
function referenceIn(
  table: Table,
  { name, labels }: Predictor,
  { reference, levels = {} }: ModelRequest,
): string | undefined {
  if (labels === null) return undefined;
  const asked = typeof reference === "object" ? reference[name] : reference;
  const told = asked !== undefined && labels.includes(String(asked));
  if (told) return String(asked);
  if (Object.hasOwn(levels, name)) return labels[0];
  return name === "arm" ? recordedReference(table) ?? "control" : "control";
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
