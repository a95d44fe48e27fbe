import { checkColumns, checkIds, checkWhole } from "../core/checks.ts";
import { cannot, didYouMean } from "../core/errors.ts";
import type { Call } from "../core/respondent.ts";
import { columnOf, heldColumns, isTable, type Table, tableOf } from "../core/table.ts";
import { checkAttributeNames, type Margins } from "../personas/declare_margins.ts";
import type { DescribePersonaOptions } from "../personas/describe_persona.ts";
import { likelySizes, type SamplePersonasOptions, sizesNotSaid } from "../personas/sample_personas.ts";
import { drawFromMargins, drawFromModel, drawFromTable, type KnownColumns } from "./attribute_sources.ts";
import { candidateNames } from "./elicit_confounders.ts";
import { requireCall } from "./list_questions.ts";
import type { DrawOptions, ReadOptions, RulesFor } from "../core/options.ts";
import { column, drawRules, flag, readOptions, required, rule, whole } from "../core/options.ts";

/** For each attribute, its levels. */
export interface LevelsByAttribute {
  /** The levels of one attribute. */
  readonly [attribute: string]: readonly string[];
}

/** Options of {@linkcode drawAttributes}; `weights` and `counts` are columns of `from`, where that is a table. */
export interface DrawAttributesOptions
  extends DrawOptions, Pick<SamplePersonasOptions, "weights" | "counts"> {
  /** The attributes to draw, in this order: names, or the table of `elicitConfounders`. */
  attributes: string | readonly string[] | Table;
  /**
   * Where values come from: people (a table of them, or of counts, or margins from `declareMargins`), or a model, as
   * `caller(respondent, { store })`, which is asked without any treatment.
   */
  from: Table | Margins | Call;
  /**
   * The personas' attributes on which the draw from a table depends.
   * @default {undefined} all that personas and table share
   */
  given?: readonly string[];
  /**
   * For a model, the levels of each attribute.
   * @default {undefined} the column `levels` of the table of `elicitConfounders`
   */
  levels?: LevelsByAttribute;
  /**
   * For a model, how personas become text: as in `planExperiment`.
   * @default {undefined} every attribute, in the second person
   */
  persona?: DescribePersonaOptions;
  /**
   * How often a model is asked where its answer cannot be read.
   * @default {3}
   */
  attempts?: number;
  /**
   * Whether a persona may be left without a value (`null`, so that its text leaves it open still) where a model gives none.
   * @default {false}
   */
  allowMissing?: boolean;
}

const action = "draw attributes";
const rules = {
  ...drawRules,
  attributes: required<DrawAttributesOptions["attributes"]>(() => {}),
  from: required<DrawAttributesOptions["from"]>(() => {}),
  weights: column,
  counts: column,
  given: rule<readonly string[], undefined>(() => {}, undefined),
  levels: rule<LevelsByAttribute, LevelsByAttribute>(() => {}, {}),
  persona: rule<DescribePersonaOptions, DescribePersonaOptions>(() => {}, {}),
  attempts: whole(3),
  allowMissing: flag(false),
} as const satisfies RulesFor<DrawAttributesOptions>;
type Settings = ReadOptions<DrawAttributesOptions, typeof rules>;

/**
 * Draws values of further attributes, once for each persona and before any treatment, so that its text can state them.
 *
 * What a persona leaves open a model fills in anew in every arm; a value that is drawn here is the same in all of them. From
 * people (the default choice: real distributions), values depend on what the persona and the table have in common; from a
 * model, on the whole persona text, and they are its idea of such people. Attributes are drawn one after another, each given
 * those before it; drawing one more leaves the others as they are, so that the iterations of a repair are about the same
 * people.
 *
 * @param personas one row per persona, with `persona_id`
 * @param options see {@linkcode DrawAttributesOptions} (defaults there)
 * @returns the personas with one more column for each attribute
 * @throws {RangeError} if a persona has the attribute already, `from` knows it not, or knows nobody like a persona, or has a
 * column that is called like weights or counts (as in `samplePersonas`) and neither is named
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
  const settings = readOptions(action, options, rules);
  const attributes = checkDraw(personas, settings);
  const columns: { [name: string]: readonly unknown[] } = heldColumns(personas);
  for (const [index, attribute] of attributes.entries()) {
    columns[attribute] = await drawOne(columns, attribute, settings, attributes.slice(0, index));
  }
  return tableOf(columns);
}

function drawOne(personas: KnownColumns, attribute: string, settings: Settings, drawn: readonly string[]) {
  const { from, seed, persona, attempts, allowMissing } = settings;
  const draw = { action, personas, attribute, seed };
  if (isTable(from)) {
    const sizes = settings.counts ?? settings.weights;
    const shared = settings.given ??
      Object.keys(personas).filter((name) => name !== sizes && from.columnNames().includes(name));
    const given = [...new Set([...shared, ...drawn])].filter((name) => !notGiven.includes(name));
    return drawFromTable(draw, from, given, sizes);
  }
  if ("drawOrder" in from) return drawFromMargins(draw, from);
  const levels = levelsOf(attribute, settings);
  return drawFromModel({ ...draw, call: from, levels, drawn, persona, attempts, allowMissing });
}

// A table of other people has other identifiers and weights.
const notGiven = ["persona_id", "weight"];

function levelsOf(attribute: string, { attributes, levels }: Settings): readonly string[] {
  if (Object.hasOwn(levels, attribute)) return levels[attribute]!;
  if (!isTable(attributes) || !attributes.columnNames().includes("levels")) return [];
  const row = columnOf(attributes, "attribute").indexOf(attribute);
  return (columnOf(attributes, "levels")[row] ?? []) as readonly string[];
}

function checkDraw(personas: Table, settings: Settings): readonly string[] {
  checkColumns(action, personas, ["persona_id"], "personas");
  checkIds(action, personas, "persona_id");
  const attributes = typeof settings.attributes === "string"
    ? [settings.attributes]
    : candidateNames(action, "attributes", settings.attributes).flat();
  checkAttributeNames(action, "attributes", attributes);
  const taken = attributes.filter((name) => personas.columnNames().includes(name));
  if (taken.length > 0) {
    throw new RangeError(cannot(action, "attributes", "name none that the personas have already", taken));
  }
  checkSource(attributes, settings);
  return attributes;
}

function checkTable(from: Table, attributes: readonly string[], settings: Settings): void {
  const { weights, counts, given = [] } = settings;
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

function checkSource(attributes: readonly string[], settings: Settings): void {
  const { from, weights, counts, given } = settings;
  if (isTable(from)) return checkTable(from, attributes, settings);
  for (const [name, value] of Object.entries({ weights, counts, given })) {
    if (value === undefined) continue;
    throw new RangeError(cannot(action, name, "be left out where 'from' is no table", value));
  }
  const margins = (from as Margins | null)?.drawOrder;
  if (Array.isArray(margins)) {
    const unknown = attributes.find((name) => !margins.includes(name));
    if (unknown === undefined) return;
    const must = `be declared in the margins (${margins.join(", ")})`;
    throw new RangeError(cannot(action, "attributes", must, unknown) + didYouMean(unknown, margins));
  }
  requireCall(action, "from", from as Call, ", a table or the result of declareMargins");
  const open = attributes.find((name) => new Set(levelsOf(name, settings)).size < 2);
  if (open !== undefined) {
    const example = `for example { levels: { ${open}: ["…", "…"] } }`;
    throw new RangeError(
      `Cannot ${action} as '${open}' must have at least two levels to choose from: ${example}`,
    );
  }
}
