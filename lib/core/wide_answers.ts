import { checkColumns, checkRows } from "./checks.ts";
import { showValue } from "./errors.ts";
import { flag, readOptions, type RulesFor } from "./options.ts";
import { sessionAnswers } from "./session_rows.ts";
import { columnOf, type Columns, distinct, type Table, tableOf } from "./table.ts";

/** Options of {@linkcode wideAnswers}. */
export interface WideAnswersOptions {
  /**
   * Whether each item also gets a column of its statuses, `<item>_status`.
   * @default {false}
   */
  status?: boolean;
}

const rules = { status: flag(false) } as const satisfies RulesFor<WideAnswersOptions>;

/** Columns of answers that say something of one item, and so have no place in a row of several. */
const ofItem =
  "item item_kind value status status_detail reason raw distribution option_mass item_position option_order"
    .split(" ");

/** What tells the replies of a persona apart, and in a conjoint what a reply says of each profile. */
const replyNames = ["trial_id", "persona_id", "arm", "replicate", "wording", "turn", "task", "profile"];

/** What tells them apart where calls are known: in sessions members, steps and rounds, and which line was judged. */
const trialNames = ["trial_id", "replicate", "member", "step", "round", "line", "profile"];

/**
 * Answers in wide form: one row per reply (in a conjoint per profile) and one column per item, for other software and
 * for human eyes.
 *
 * Every estimator takes long and wide tables alike. A ranking has a column for each rank: `<item>` is what was ranked
 * first, `<item>_rank_2` the next. Answers that are probabilities have them in `<item>_distribution`, where estimators find
 * them; `option_mass` is in the long form alone. What was refused, cut off or could not be read is `null` here; why
 * is only in the long form, or with `status`. Of sessions these are the answers and pay-offs, a row for each member, step
 * and round; a table of probes alone, or of lines, is widened as it is.
 *
 * @param table one row per answer: `item`, `value`, and what tells replies apart (`trial_id`, or persona, arm,
 * replicate, wording, turn)
 * @param options see {@linkcode WideAnswersOptions}
 * @returns one row per reply: the columns that do not belong to one item, then one column per item
 * @throws {RangeError} if there is no column `item` or `value`, an item has the name of another column, or a reply has
 * two answers to an item
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf, wideAnswers } from "@understudy/understudy/core";
 *
 * const answers = tableOf({
 *   persona_id: ["p1", "p1", "p2", "p2"],
 *   arm: ["control", "control", "threat", "threat"],
 *   item: ["support", "news", "support", "news"],
 *   value: [3, "tv", 6, null],
 * });
 * assertEquals(wideAnswers(answers).objects(), [
 *   { persona_id: "p1", arm: "control", support: 3, news: "tv" },
 *   { persona_id: "p2", arm: "threat", support: 6, news: null },
 * ]);
 * ```
 */
export function wideAnswers(table: Table, options: WideAnswersOptions = {}): Table {
  const action = "widen answers";
  const { status } = readOptions(action, options, rules);
  checkColumns(action, table, status ? ["item", "value", "status"] : ["item", "value"], "answers");
  checkRows(action, table, "answers");
  const answers = sessionAnswers(table);
  const names = answers.columnNames();
  const keys = names.filter((name) => (names.includes("trial_id") ? trialNames : replyNames).includes(name));
  const keyColumns = keys.map((name) => columnOf(answers, name));
  const items = columnOf(answers, "item").map(String);
  const places = new Map<string, number>();
  const first: number[] = [];
  const reply = items.map((_, row) => {
    const key = JSON.stringify(keyColumns.map((column) => column[row]));
    if (!places.has(key)) first[places.size] = row;
    return places.get(key) ?? places.set(key, places.size).size - 1;
  });
  const shared = names.filter((name) => !ofItem.includes(name));
  const columns: Columns = {};
  for (const name of shared) {
    const values = columnOf(answers, name);
    columns[name] = first.map((row) => values[row]);
  }
  const values = columnOf(answers, "value");
  const distributions = names.includes("distribution") ? columnOf(answers, "distribution") : [];
  const statuses = status ? columnOf(answers, "status") : [];
  const kinds = names.includes("item_kind") ? columnOf(answers, "item_kind") : [];
  for (const item of distinct(items)) {
    const add = (name: string, cells: readonly unknown[]) => {
      if (Object.hasOwn(columns, name)) {
        throw new RangeError(
          `Cannot ${action} as item ${showValue(item)} needs a column that there is: '${name}'`,
        );
      }
      columns[name] = cells;
    };
    const own = new Array(first.length).fill(undefined);
    const [said, likely] = [new Array(first.length).fill(null), new Array(first.length).fill(null)];
    items.forEach((name, row) => {
      if (name !== item) return;
      const place = reply[row]!;
      if (own[place] !== undefined) {
        const apart = `its replies are told apart by ${keys.join(", ") || "nothing"}`;
        throw new RangeError(
          `Cannot ${action} as a reply has two answers to ${showValue(item)} (row ${row + 1}): ${apart}`,
        );
      }
      own[place] = values[row] ?? null;
      if (status) said[place] = statuses[row];
      likely[place] = distributions[row] ?? null;
    });
    if (kinds[items.indexOf(item)] === "ranking") {
      ranksOf(own).forEach((cells, rank) => add(rank === 0 ? item : `${item}_rank_${rank + 1}`, cells));
    } else add(item, own.map((value) => value ?? null));
    if (status) add(`${item}_status`, said);
    if (likely.some((each) => each !== null)) add(`${item}_distribution`, likely);
  }
  return tableOf(columns);
}

/** What was ranked first by each, what second, and so on. */
function ranksOf(rankings: readonly unknown[]): unknown[][] {
  const lists = rankings.map((ranking) => Array.isArray(ranking) ? ranking : []);
  const count = lists.reduce((most, list) => Math.max(most, list.length), 1);
  return Array.from({ length: count }, (_, rank) => lists.map((list) => list[rank] ?? null));
}
