import { checkColumns, checkIds, checkOptions, checkSeed, checkWhole } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import type { Call } from "../../core/respondent.ts";
import { columnOf, isTable, type Table, tableOf } from "../../core/table.ts";
import { checkAttributeNames, type Margins } from "../../personas/declare_margins.ts";
import { likelySizes, sizesNotSaid } from "../../personas/sample_personas.ts";
import type { DescribePersonaOptions } from "../../personas/describe_persona.ts";
import { candidateNames } from "./candidate_names.ts";
import { drawFromMargins, drawFromTable, type KnownColumns } from "./draw_from_population.ts";
import { requireCall } from "./ask_for_list.ts";
import { drawFromModel } from "./draw_from_model.ts";

/** Options of {@linkcode drawAttributes}. */
export interface DrawAttributesOptions {
  /** The attributes to draw, in this order: names, or the table of `elicitConfounders`. */
  attributes: string | readonly string[] | Table;
  /**
   * Where values come from: people (a table of them, or of counts, or margins from `declareMargins`), or a model,
   * as `caller(respondent, { store })`, which is asked without any treatment.
   */
  from: Table | Margins | Call;
  /** The seed: any whole number. */
  seed: number;
  /**
   * The column of weights or shares, where `from` is a table.
   *
   * @default every row counts the same
   */
  weights?: string;
  /**
   * The column of counts (whole numbers), where `from` is a table of counts.
   *
   * @default the table has one row per person
   */
  counts?: string;
  /**
   * The personas' attributes on which the draw from a table depends.
   *
   * @default all that personas and table share
   */
  given?: readonly string[];
  /**
   * For a model, the levels of each attribute.
   *
   * @default the column `levels` of the table of `elicitConfounders`
   */
  levels?: { readonly [attribute: string]: readonly string[] };
  /**
   * For a model, how personas become text: as in `planExperiment`.
   *
   * @default every attribute, in the second person
   */
  persona?: DescribePersonaOptions;
  /**
   * How often a model is asked where its answer cannot be read.
   *
   * @default 3
   */
  attempts?: number;
  /**
   * Whether a persona may be left without a value (`null`, so that its text leaves it open still) where a model gives
   * none.
   *
   * @default false
   */
  allowMissing?: boolean;
}

const action = "draw attributes";
const known = [
  "attributes",
  "from",
  "seed",
  "weights",
  "counts",
  "given",
  "levels",
  "persona",
  "attempts",
  "allowMissing",
];

/**
 * Draws values of further attributes, once for each persona and before any treatment, so that its text can state them.
 *
 * What a persona leaves open a model fills in anew in every arm; a value that is drawn here is the same in all of them.
 * From people (the default choice: real distributions), values depend on what the persona and the table have in
 * common; from a model, on the whole persona text, and they are its idea of such people. Attributes are
 * drawn one after another, each given those before it, from a stream of the seed, the persona and the attribute:
 * drawing one more leaves the others as they are, so that the iterations of a repair are about the same people.
 *
 * @param personas one row per persona, with `persona_id`
 * @param options see {@linkcode DrawAttributesOptions} (defaults there)
 * @returns the personas with one more column for each attribute
 * @throws {RangeError} if a persona has the attribute already, `from` knows it not, or knows nobody like a persona, or
 * has a column that is called like weights or counts (as in `samplePersonas`) and neither is named
 * @throws {Error} if a model gave a persona no value and `allowMissing` is false, or what ended the calls, if they were
 * ended before all was asked: with a store, nothing that was answered is asked again
 * @see Lin et al. 2026, arXiv 2605.20767
 * @example Party given age, from counts
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { drawAttributes } from "@understudy/understudy/drift";
 *
 * const people = tableOf({ age: ["young", "old"], party: ["left", "right"], n: [70, 30] });
 * const personas = tableOf({ persona_id: ["p1", "p2"], age: ["old", "young"] });
 * const complete = await drawAttributes(personas, { attributes: "party", from: people, counts: "n", seed: 1 });
 * assertEquals(complete.array("party"), ["right", "left"]);
 * ```
 */
export async function drawAttributes(personas: Table, options: DrawAttributesOptions): Promise<Table> {
  const attributes = checkDraw(personas, options);
  const columns: { [name: string]: unknown[] } = {};
  for (const name of personas.columnNames()) columns[name] = columnOf(personas, name);
  for (const [index, attribute] of attributes.entries()) {
    columns[attribute] = await drawOne(columns, attribute, options, attributes.slice(0, index));
  }
  return tableOf(columns);
}

function drawOne(
  columns: KnownColumns,
  attribute: string,
  options: DrawAttributesOptions,
  drawn: readonly string[],
): unknown[] | Promise<unknown[]> {
  const { from, seed } = options;
  if (isTable(from)) {
    const sizes = options.counts ?? options.weights;
    const shared = options.given ??
      Object.keys(columns).filter((name) => name !== sizes && from.columnNames().includes(name));
    const given = [...new Set([...shared, ...drawn])].filter((name) => !notGiven.includes(name));
    return drawFromTable(action, columns, attribute, { from, sizes, given, seed });
  }
  if ("drawOrder" in from) return drawFromMargins(action, columns, attribute, { from, seed });
  return drawFromModel(action, columns, attribute, {
    call: from,
    levels: levelsOf(attribute, options),
    drawn,
    seed,
    persona: options.persona ?? {},
    attempts: options.attempts ?? 3,
    allowMissing: options.allowMissing ?? false,
  });
}

// A table of other people has other identifiers and weights.
const notGiven = ["persona_id", "weight"];

function levelsOf(attribute: string, { attributes, levels = {} }: DrawAttributesOptions): readonly string[] {
  if (Object.hasOwn(levels, attribute)) return levels[attribute]!;
  if (!isTable(attributes) || !attributes.columnNames().includes("levels")) return [];
  const row = columnOf(attributes, "attribute").indexOf(attribute);
  return (columnOf(attributes, "levels")[row] ?? []) as readonly string[];
}

function checkDraw(personas: Table, options: DrawAttributesOptions): readonly string[] {
  checkOptions(action, options, known);
  checkColumns(action, personas, ["persona_id"], "personas");
  checkIds(action, personas, "persona_id");
  checkSeed(action, options.seed);
  checkWhole(action, "attempts", options.attempts ?? 3, 1);
  const attributes = typeof options.attributes === "string"
    ? [options.attributes]
    : candidateNames(action, "attributes", options.attributes).flat();
  checkAttributeNames(action, "attributes", attributes);
  const taken = attributes.filter((name) => personas.columnNames().includes(name));
  if (taken.length > 0) {
    throw new RangeError(cannot(action, "attributes", "name none that the personas have already", taken));
  }
  checkSource(attributes, options);
  return attributes;
}

function checkDeclared(attributes: readonly string[], { drawOrder }: Margins): void {
  const unknown = attributes.find((name) => !drawOrder.includes(name));
  if (unknown === undefined) return;
  const rule = `be declared in the margins (${drawOrder.join(", ")})`;
  throw new RangeError(cannot(action, "attributes", rule, unknown));
}

function checkTable(from: Table, attributes: readonly string[], options: DrawAttributesOptions): void {
  const { weights, counts, given = [] } = options;
  if (weights !== undefined && counts !== undefined) {
    throw new RangeError(cannot(action, "weights", "be left out where 'counts' is given", weights));
  }
  const sizes = counts ?? weights;
  checkColumns(action, from, [...attributes, ...given, ...sizes === undefined ? [] : [sizes]], "from");
  if (counts !== undefined) {
    for (const size of columnOf(from, counts)) checkWhole(action, counts, size);
  }
  const likely = sizes === undefined ? likelySizes(from) : undefined;
  // The weights of sampled personas are all 1: then it is the same with and without.
  if (likely !== undefined && new Set(columnOf(from, likely)).size > 1) {
    throw sizesNotSaid(action, "from", likely);
  }
}

function checkSource(attributes: readonly string[], options: DrawAttributesOptions): void {
  const { from, weights, counts, given } = options;
  if (isTable(from)) return checkTable(from, attributes, options);
  const named = [["weights", weights], ["counts", counts], ["given", given]]
    .find(([, value]) => value !== undefined);
  if (named !== undefined) {
    throw new RangeError(
      cannot(action, named[0] as string, "be left out where 'from' is no table", named[1]),
    );
  }
  if (typeof from === "object" && from !== null && Array.isArray((from as Margins).drawOrder)) {
    checkDeclared(attributes, from as Margins);
    return;
  }
  requireCall(action, "from", from as Call, ", a table or the result of declareMargins");
  const open = attributes.find((name) => new Set(levelsOf(name, options)).size < 2);
  if (open !== undefined) {
    const example = `for example { levels: { ${open}: ["…", "…"] } }`;
    throw new RangeError(
      `Cannot ${action} as '${open}' must have at least two levels to choose from: ${example}`,
    );
  }
}
