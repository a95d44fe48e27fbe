import { cannot, didYouMean, showValue } from "../../core/errors.ts";
import type { Level } from "../../core/experiment.ts";
import { rule, type RulesFor } from "../../core/options.ts";
import { recordedReference } from "../../core/study.ts";
import type { Labelled, Table } from "../../core/table.ts";

/** In which order the names of columns stand, and which the others are compared with. */
export interface NameOrderOptions {
  /**
   * The order of the names in a column, such as `{ party: ["left", "centre", "right"] }`; the first is what the others
   * are compared with.
   * @default {undefined} sorted order
   */
  levels?: { readonly [column: string]: readonly Level[] };
  /**
   * The names that others are compared with: for each column one, such as `{ party: "centre" }`, or one name where only
   * one column has it.
   * @default {undefined} the first of `levels`; else the reference that `assignTreatments` recorded, or `control`, or the
   * first in sorted order
   */
  reference?: Level | { readonly [column: string]: Level };
}

export const nameOrderRules = {
  levels: rule<{ readonly [column: string]: readonly Level[] }, undefined>(checkLevels, undefined),
  reference: rule<Level | { readonly [column: string]: Level }, undefined>(checkReference, undefined),
} as const satisfies RulesFor<NameOrderOptions>;

function checkLevels(action: string, name: string, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const wrong = cannot(action, name, "give for each column the order of its names", value);
    throw new TypeError(`${wrong}; for example { levels: { party: ["left", "centre", "right"] } }`);
  }
  for (const [column, levels] of Object.entries(value)) {
    const count = Array.isArray(levels) ? new Set(levels.map(String)).size : 0;
    if (count > 0 && count === levels.length) continue;
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
    const wrong = cannot(action, "levels", `hold every value of '${column}'`, label);
    throw new RangeError(wrong + didYouMean(label, ordered));
  });
  return { codes: codes.map((code) => code < 0 ? -1 : places[code]!), labels: ordered };
}

/** Options that are given by column must name columns of the model. */
export function checkNamed(
  action: string,
  argument: string,
  names: readonly string[],
  known: readonly string[],
): void {
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return;
  const said = cannot(action, argument, `name columns of the model (${known.join(", ")})`, wrong);
  throw new RangeError(said + didYouMean(wrong, known));
}

/** A column, and its names in their order; `null` of numbers. */
type NamedColumn = { readonly name: string; readonly labels: readonly string[] | null };

/** A reference must be a name of its column; one without a column, of one column. */
export function checkReferences(
  action: string,
  reference: NameOrderOptions["reference"] | undefined,
  predictors: readonly NamedColumn[],
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
    const wrong = cannot(action, `reference.${name}`, `be one of ${labels!.join(", ")}`, level);
    throw new RangeError(wrong + didYouMean(level, labels!));
  }
}

/** The name that a column's others are compared with, where one is told, recorded or called control. */
export function referenceIn(
  table: Table,
  { name, labels }: NamedColumn,
  { reference, levels = {} }: {
    readonly [Name in keyof NameOrderOptions]: NameOrderOptions[Name] | undefined;
  },
): string | undefined {
  if (labels === null) return undefined;
  const asked = typeof reference === "object" ? reference[name] : reference;
  const told = asked !== undefined && labels.includes(String(asked));
  if (told) return String(asked);
  if (Object.hasOwn(levels, name)) return labels[0];
  return name === "arm" ? recordedReference(table) ?? "control" : "control";
}
