import { cannot, showValue } from "../../core/errors.ts";
import { columnOf, encodeLabels, sortLabels, type Table } from "../../core/table.ts";
import { checkIsConjoint } from "../../designs/features.ts";
import type { ConjointOptions } from "./conjoint_options.ts";

/** A feature as an estimator reads it. */
export interface ConjointFeature {
  /** Its column. */
  readonly name: string;
  /** Its levels, in the order reported. */
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
  if (conjoint !== undefined) checkIsConjoint(action, "conjoint", conjoint);
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
  if (list.length < 2 || new Set(list).size < list.length) {
    throw new RangeError(
      cannot(action, `features.${name}`, "be a list of two or more distinct levels", levels),
    );
  }
  return list;
}

/** Reads one feature's column; levels that were not given are those that occur, sorted. */
export function readFeature(
  action: string,
  table: Table,
  name: string,
  levels: readonly string[] | undefined,
): ConjointFeature {
  const encoded = encodeLabels(action, name, columnOf(table, name));
  const { codes, labels } = levels === undefined ? sortLabels(encoded) : encoded;
  const ordered = levels ?? labels;
  const unknown = labels.find((label) => !ordered.includes(label));
  if (unknown !== undefined) {
    const rule = `hold its levels only (${ordered.map(showValue).join(", ")})`;
    throw new RangeError(cannot(action, name, rule, unknown));
  }
  if (ordered.length < 2 || ordered.length > mostLevels) {
    const rule = `be a categorical feature of 2 to ${mostLevels} levels`;
    throw new RangeError(cannot(action, name, rule, `${ordered.length} levels`));
  }
  const place = labels.map((label) => ordered.indexOf(label));
  return { name, levels: ordered, codes: codes.map((code) => code < 0 ? -1 : place[code]!) };
}
