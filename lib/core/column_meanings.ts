import * as contracts from "./columns.ts";

type Meanings = { readonly [column: string]: string };

const { personaColumns, assignedColumns, profileColumns } = contracts;
const assigned = { ...personaColumns, ...assignedColumns, ...profileColumns };

/** The tables of the toolkit, each with all columns that it may have. */
const tables: readonly Meanings[] = [
  assigned,
  { ...assigned, ...contracts.memberColumns },
  { ...assigned, ...contracts.planColumns, ...contracts.taskColumns },
  { ...assigned, ...contracts.taskColumns, ...contracts.answerColumns },
  { ...assigned, ...contracts.answerColumns, ...contracts.sessionColumns },
  { ...contracts.estimateColumns, ...contracts.furtherEstimateColumns },
  contracts.diagnosisColumns,
  contracts.driftColumns,
  contracts.probeColumns,
  contracts.configurationColumns,
];

/**
 * What the columns of a table mean, as far as that is known, in the table's order: by the table of the toolkit with which it
 * has most columns in common. Empty where that are less than three, or a third: one name may mean different things in
 * different tables.
 */
export function columnMeanings(names: readonly string[]): ReadonlyMap<string, string> {
  const [known] = tables
    .map((table) =>
      names.filter((name) => Object.hasOwn(table, name)).map((name) => [name, table[name]!] as const)
    )
    .sort((a, b) => b.length - a.length);
  return new Map(known!.length < Math.max(3, names.length / 3) ? [] : known);
}
