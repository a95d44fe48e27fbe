import { checkColumns, checkOneOf } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import type { Conjoint, Level } from "../../core/experiment.ts";
import type { ElicitedOptions, MeasureOptions, RulesFor } from "../../core/options.ts";
import { assignmentRules, elicitedRules, measureRules, oneOf, rule } from "../../core/options.ts";
import { leaveOut, noteRowsLeftOut, outcomeName, readStudy, type Study, usedRows } from "../../core/study.ts";
import { columnOf, encodeLabels, isTable, sortLabels, type Table } from "../../core/table.ts";
import { checkIsConjoint } from "../../designs/features.ts";
import { takeCodes, takeNumbers } from "../../core/units.ts";
import { meanOne } from "../../stats/least_squares_design.ts";
import { positionsOf } from "../../stats/resampling.ts";

/** Options that all conjoint estimators share. */
export interface ConjointOptions extends MeasureOptions, ElicitedOptions {
  /**
   * The columns of features; or for each its levels, in the order in which they are reported. Levels of a list of
   * names are sorted: numbers by size, texts by their characters.
   * @default {undefined} those of `conjoint`; one of the two must be given
   */
  features?: readonly string[] | { readonly [feature: string]: readonly Level[] };
  /**
   * The design, from `declareConjoint`: its features, the order of their levels, and the probability of each profile.
   * @default {undefined} features are taken to be independent of each other
   */
  conjoint?: Conjoint;
  /**
   * The column of respondents: rows of one respondent may be alike. `null` takes every row for independent.
   * @default {"persona_id"} where the table has it; otherwise `null`
   */
  clusters?: string | null;
  /**
   * The reference distribution: `normal`, as is usual; or `t` with respondents less one as degrees of freedom, for
   * fewer than about 50 respondents.
   * @default {"normal"}
   */
  distribution?: "normal" | "t";
}

/** Options of conjoint estimators that interact features. */
export interface ConjointModelOptions extends ConjointOptions {
  /**
   * For some features, the level that the others are compared with.
   * @default {undefined} the first level
   */
  reference?: { readonly [feature: string]: Level };
  /**
   * Sets of features whose combinations each have a mean of their own in the model, beside those that the
   * restrictions of `conjoint` tie together.
   * @default {[]}
   */
  interactions?: readonly (readonly string[])[];
}

const readLater = () => {};

export const conjointRules = {
  ...measureRules,
  ...elicitedRules,
  // Read by namedFeatures, which knows which of the two was given.
  features: rule<NonNullable<ConjointOptions["features"]>, undefined>(readLater, undefined),
  conjoint: rule<Conjoint, undefined>(checkIsConjoint, undefined),
  clusters: assignmentRules.clusters,
  distribution: oneOf(["normal", "t"], "normal"),
} as const satisfies RulesFor<ConjointOptions>;

export const conjointModelRules = {
  ...conjointRules,
  reference: rule<NonNullable<ConjointModelOptions["reference"]>, undefined>(readLater, undefined),
  interactions: rule<readonly (readonly string[])[], undefined>((action, name, value) => {
    if (Array.isArray(value) && value.every((set) => Array.isArray(set))) return;
    throw new TypeError(cannot(action, name, 'be a list such as [["education", "job"]]', value));
  }, undefined),
} as const satisfies RulesFor<ConjointModelOptions>;

/** What an estimate's row needs of the options. */
export type ConjointSettings = Pick<Required<ConjointOptions>, "alpha" | "distribution" | "basis">;

/** A feature as an estimator reads it: its column, and its levels in the order reported. */
export interface ConjointFeature {
  readonly name: string;
  readonly levels: readonly string[];
  /** Each row's level, as a place in `levels`; -1 where the row has none. */
  readonly codes: Int32Array;
}

/** More levels than this are no categories. */
const mostLevels = 200;

/** The names of the features, with their levels where they were given. */
export function namedFeatures(
  action: string,
  options: ConjointOptions,
): Map<string, readonly string[] | undefined> {
  const { features, conjoint } = options;
  const declared = new Map(
    Object.entries(conjoint?.features ?? {}).map(([name, { levels }]) => [name, levels.map(String)]),
  );
  if (features === undefined) {
    if (conjoint !== undefined) return declared;
    const rule = 'be given where \'conjoint\' is not, for example { features: ["education", "job"] }';
    throw new TypeError(cannot(action, "features", rule, features));
  }
  if (typeof features !== "object" || features === null) {
    throw new TypeError(cannot(action, "features", "be a list of columns, or an object of levels", features));
  }
  const entries: [string, readonly string[] | undefined][] = Array.isArray(features)
    ? features.map((name) => [name, declared.get(name)])
    : Object.entries(features).map(([name, levels]) => [name, levelsOf(action, name, levels)]);
  checkNames(action, entries.map(([name]) => name), conjoint === undefined ? null : [...declared.keys()]);
  return new Map(entries);
}

function checkNames(action: string, names: readonly string[], declared: readonly string[] | null): void {
  if (names.length === 0) throw new RangeError(cannot(action, "features", "name at least one column", names));
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) throw new RangeError(cannot(action, "features", "name each column once", twice));
  const unknown = names.find((name) => typeof name !== "string" || declared?.includes(name) === false);
  if (unknown !== undefined) {
    const rule = declared === null ? "name columns" : `be features of 'conjoint' (${declared.join(", ")})`;
    throw new RangeError(cannot(action, "features", rule, unknown));
  }
}

function levelsOf(action: string, name: string, levels: unknown): string[] {
  const list = Array.isArray(levels) ? levels.map(String) : [];
  if (list.length >= 2 && new Set(list).size === list.length) return list;
  throw new RangeError(
    cannot(action, `features.${name}`, "be a list of two or more distinct levels", levels),
  );
}

/** Reads one feature's column; levels that were not given are those that occur, sorted. */
function readFeature(
  action: string,
  table: Table,
  name: string,
  levels: readonly string[] | undefined,
): ConjointFeature {
  const encoded = encodeLabels(action, name, columnOf(table, name));
  const { codes, labels } = levels === undefined ? sortLabels(encoded) : encoded;
  const ordered = levels ?? labels;
  for (const label of labels) checkOneOf(action, name, label, ordered);
  if (ordered.length < 2 || ordered.length > mostLevels) {
    const rule = `be a categorical feature of 2 to ${mostLevels} levels`;
    throw new RangeError(cannot(action, name, rule, `${ordered.length} levels`));
  }
  const place = labels.map((label) => ordered.indexOf(label));
  return { name, levels: ordered, codes: codes.map((code) => code < 0 ? -1 : place[code]!) };
}

/** The rows of a conjoint that count: one per profile, each with a level of every feature. */
export interface ConjointRows {
  readonly outcome: string;
  readonly features: readonly ConjointFeature[];
  readonly value: Float64Array;
  /** Each row's weight, 1 on average; `null` where every row counts the same. */
  readonly weight: Float64Array | null;
  /** The rows of each respondent; each row by itself where rows are independent. */
  readonly respondents: readonly Int32Array[];
  /** Each row's subgroup; 0 where there are none. */
  readonly group: Int32Array;
  readonly groups: readonly string[];
  readonly notes: readonly string[];
}

/** Reads the study's rows with the features that the options name, and leaves out rows that lack a value. */
export function readConjointRows(
  action: string,
  table: Table,
  options: ConjointOptions,
  by?: string,
): ConjointRows {
  const named = namedFeatures(action, options);
  const { outcome, category, step, round, weights, elicited } = options;
  const clusters = options.clusters === undefined
    ? isTable(table) && table.columnNames().includes("persona_id") ? "persona_id" : null
    : options.clusters;
  if (by !== undefined && named.has(by)) {
    throw new RangeError(cannot(action, "by", "not be one of the features", by));
  }
  checkColumns(action, table, [...named.keys(), ...(by === undefined ? [] : [by])]);
  // Respondents are personas as a rule: they are read once.
  const own = clusters === "persona_id";
  const study = readStudy(action, table, {
    ...{ outcome, category, step, round, elicited, weights },
    clusters: own ? null : clusters,
    arm: null,
    blocks: [],
  });
  const features = [...named].map(([name, levels]) => readFeature(action, study.table, name, levels));
  const group = by === undefined ? null : sortLabels(encodeLabels(action, by, columnOf(study.table, by)));
  const complete = leaveOutRows(study, features, group?.codes ?? null);
  const rows = usedRows(complete);
  const column = own ? study.persona : study.cluster;
  const cluster = column === null ? null : takeCodes(column.codes, rows);
  const respondents = positionsOf(rows.length, cluster ?? Int32Array.from(rows.keys()));
  return {
    outcome: outcomeName(options),
    features: features.map((feature) => ({ ...feature, codes: takeCodes(feature.codes, rows) })),
    value: takeNumbers(study.value, rows),
    weight: study.weight === null ? null : meanOne(takeNumbers(study.weight, rows)),
    respondents,
    group: group === null ? new Int32Array(rows.length) : takeCodes(group.codes, rows),
    groups: group?.labels ?? [""],
    notes: [
      ...noteRowsLeftOut(complete),
      cluster === null
        ? "rows taken as independent: no column of respondents"
        : `${respondents.length} clusters of '${clusters}'`,
    ],
  };
}

/** Rows without a subgroup or a level of a feature do not count. */
function leaveOutRows(study: Study, features: readonly ConjointFeature[], group: Int32Array | null): Study {
  return features.reduce(
    (left, { name, codes }) => leaveOut(left, `'${name}'`, (row) => codes[row]! < 0),
    leaveOut(study, "a subgroup", (row) => group !== null && group[row]! < 0),
  );
}
