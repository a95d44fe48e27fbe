import { checkColumns, checkDistinct, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Treatments } from "../core/experiment.ts";
import type { Call } from "../core/respondent.ts";
import { columnOf, isTable, type Table, tableOfRows } from "../core/table.ts";
import type { ListQuestion } from "./list_questions.ts";
import { askForNames, columnName, entryText, mostFrequent, requireCall, textsOf } from "./list_questions.ts";
import type { DrawOptions, ReadOptions, RulesFor } from "../core/options.ts";
import { drawRules, readOptions, required, rule, whole } from "../core/options.ts";

/** Options of {@linkcode elicitConfounders}. */
export interface ElicitConfoundersOptions extends DrawOptions {
  /** Where the people are and what they do, in a sentence. */
  setting: string;
  /**
   * What the people of each arm meet, as a short label each: "reads about a border incursion". Never the treatment's
   * text. At least two.
   */
  circumstances: readonly string[];
  /**
   * Attributes that the personas state already: they are not asked for, and left out where named all the same.
   * @default {[]}
   */
  stated?: readonly string[];
  /**
   * The treatments, so that it can be checked that no text of theirs is sent: no sentence and no six words in a row,
   * unless all arms share them.
   * @default {undefined} nothing is checked
   */
  treatments?: Treatments;
  /**
   * How often the model is asked.
   * @default {5}
   */
  replicates?: number;
}

const action = "elicit confounders";
const rules = {
  ...drawRules,
  setting: required<string>(checkText),
  circumstances: required<readonly string[]>(checkLabels),
  stated: rule<readonly string[], readonly string[]>(() => {}, []),
  treatments: rule<Treatments, undefined>(() => {}, undefined),
  replicates: whole(5),
} as const satisfies RulesFor<ElicitConfoundersOptions>;
type Settings = ReadOptions<ElicitConfoundersOptions, typeof rules>;

function checkLabels(action: string, name: string, labels: unknown): void {
  if (!Array.isArray(labels) || new Set(labels).size < 2) {
    const must = "be at least two labels, one for what each arm meets";
    throw new RangeError(cannot(action, name, must, labels));
  }
  for (const label of labels) checkText(action, name, label);
}

const candidateColumns = ["attribute", "levels", "rank", "share", "why", "notes"];

/**
 * Elicits what may confound a synthetic experiment: attributes in which the people who would meet one arm's
 * circumstances differ from those who would meet another's.
 *
 * A model that reads a treatment imagines the people who would meet it. Which attributes it changes with them it can
 * tell itself: it is asked several times, without the treatment, and attributes are ranked by the share of replies that
 * name them. Such candidates are guesses: `repairDrift` takes them in this order and finds out by negative controls
 * which of them stop the drift. A list of one's own it takes as well.
 *
 * @param call the way to the model, as `caller(respondent, { store })`
 * @param options see {@linkcode ElicitConfoundersOptions}
 * @returns one row per attribute, most often named first: `attribute` (a name that can be a column), `levels` (a
 * list; empty where none was named), `rank` (from 1), `share` (of the replies that could be read), `why` (in the words of
 * the first reply), `notes` (replies that could not be read, and names that cannot be columns)
 * @throws {RangeError} if the setting or circumstances contain a sentence, or six words in a row, of a treatment's
 * text, or there are fewer than two circumstances
 * @throws {Error} if no reply could be read, the calls were ended, or none of the names in them can be a column
 * @see Lin et al. 2026, arXiv 2605.20767
 * @example What differs between those who read about an exercise and about an incursion
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { elicitConfounders } from "@understudy/understudy/drift";
 * import { scriptedRespondent } from "@understudy/understudy/respondents";
 * import { caller } from "@understudy/understudy/runner";
 *
 * const respondent = scriptedRespondent(JSON.stringify({
 *   attributes: [{ name: "Ideology", levels: ["left", "right"], why: "the right follows such news" }],
 * }));
 * const candidates = await elicitConfounders(caller(respondent), {
 *   setting: "adults in a country with a disputed border",
 *   circumstances: ["reads about a military exercise", "reads about a border incursion"],
 * });
 * assertEquals(candidates.array("attribute"), ["ideology"]);
 * ```
 */
export async function elicitConfounders(call: Call, options: ElicitConfoundersOptions): Promise<Table> {
  requireCall(action, "call", call);
  const settings = readOptions(action, options, rules);
  const { named, notes, unusable } = await askForNames(action, call, questionOf(settings), settings);
  if (named.length === 0 && unusable !== "") throw new Error(`Cannot ${action}: ${unusable}`);
  const stated = new Set(settings.stated.map((name) => columnName(name).toLowerCase()));
  const candidates = named.filter(({ name }) => !stated.has(name.toLowerCase()));
  const rows = candidates.map(({ name, entries, share }, i) => ({
    attribute: name,
    levels: mostFrequent(entries.map((entry) => textsOf(entry, "levels"))),
    rank: i + 1,
    share,
    why: entryText(entries[0]!, "why"),
    notes,
  }));
  return tableOfRows(rows, candidateColumns);
}

function questionOf({ setting, circumstances, stated }: Settings): ListQuestion {
  const listed = circumstances.map((label) => `\n- ${label}`).join("");
  const asks = [
    `In everyday life some people come into one of these circumstances, others into another:${listed}`,
    "Which characteristics of the people themselves, as they were before, differ most between those who come into one " +
    "circumstance and those who come into another? Name up to eight, the largest difference first. Give each a short " +
    "name, its two to seven possible levels, and a sentence on why it differs.",
  ];
  const properties = { name: "text", levels: "texts", why: "text" } as const;
  return { setting, asks, stated, schema: "elicited_attributes", list: "attributes", properties };
}

/**
 * Reads attributes in the order in which they are to be stated: a list (names, or lists of names that go together), or
 * the table of `elicitConfounders`, by its ranks.
 */
export function candidateNames(
  action: string,
  argument: string,
  candidates: unknown,
): readonly (readonly string[])[] {
  const list = isTable(candidates) ? byRank(action, argument, candidates) : candidates;
  if (!Array.isArray(list)) {
    throw new TypeError(cannot(action, argument, "be a list of attributes or a table of them", candidates));
  }
  const entries = list.map((entry) => [entry].flat() as unknown[]);
  const names = entries.flat();
  const isName = (name: unknown) => typeof name === "string" && name !== "";
  if (entries.some((entry) => entry.length === 0) || !names.every(isName)) {
    throw new TypeError(cannot(action, argument, "name attributes", candidates));
  }
  checkDistinct(action, argument, "name each attribute once", names as string[]);
  return entries as string[][];
}

function byRank(action: string, argument: string, table: Table): unknown[] {
  checkColumns(action, table, ["attribute"], argument);
  const names = columnOf(table, "attribute");
  if (!table.columnNames().includes("rank")) return names;
  const ranks = columnOf<number>(table, "rank");
  return [...names.keys()].sort((a, b) => ranks[a]! - ranks[b]!).map((row) => names[row]);
}
