import { cannot, isTable, type Table } from "../core/mod.ts";

/** What a plot verb takes. */
export interface DrawnTable {
  readonly argument: string;
  readonly columns: readonly string[];
  /** Where such a table comes from, and the call that draws it. */
  readonly from: string;
}

// By the first of these whose columns are all there.
const kinds: readonly (readonly [says: string, columns: readonly string[]])[] = [
  ["it holds transcripts", ["role", "item", "value", "turn"]],
  ["it holds answers", ["item", "value", "status"]],
  ["plotSensitivity draws it", ["kappa", "bound_low"]],
  ["plotSensitivity draws it", ["benchmark", "robustness_value"]],
  ["plotAudit draws it", ["check", "item", "null_high"]],
  ["plotDrift draws it", ["control", "null_high"]],
  ["plotConjoint draws it", ["feature", "level", "estimate"]],
  ["plotBalance draws it", ["covariate", "arm", "reference"]],
  ["plotCoverage draws it", ["diagnosand", "nominal"]],
  ["plotRandomization draws it", ["term", "observed", "statistic"]],
  ["plotPower draws it", ["power"]],
  ["plotEffects draws it", ["term", "estimate", "conf_low", "conf_high"]],
];

/** Checks that a table is one that a plot verb draws; an error says whose table that is, and what this one looks like. */
export function checkDrawn(action: string, table: Table, { argument, columns, from }: DrawnTable): void {
  if (!isTable(table)) throw new TypeError(cannot(action, argument, `be a table: ${from}`, table));
  const missing = columns.filter((name) => !table.columnNames().includes(name));
  if (missing.length === 0) return;
  throw new RangeError(
    `Cannot ${action} as '${argument}' has no column ${
      missing.map((name) => `'${name}'`).join(", ")
    }: ${from}; ` +
      describeDrawn(table),
  );
}

/** What a table looks like: the verb that draws it where one does, and its first columns. */
export function describeDrawn(table: Table): string {
  const names = table.columnNames();
  const kind = kinds.find(([, columns]) => columns.every((name) => names.includes(name)));
  const rest = names.length - 8;
  const list = names.slice(0, 8).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  return `${kind === undefined ? "" : `${kind[0]}; `}its columns are ${list}`;
}
