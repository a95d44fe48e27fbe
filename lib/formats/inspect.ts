import { checkText } from "../core/checks.ts";
import { parseJson } from "../items/json.ts";
import { column, readOptions, rule, type RulesFor } from "../core/options.ts";
import type { Table } from "../core/table.ts";
import { loadTable } from "../core/table_files.ts";
import type { ForeignRow, ImportOptions } from "./imported_answers.ts";
import {
  answersOf,
  asked,
  attributesOf,
  foreignRows,
  importRules,
  readImported,
} from "./imported_answers.ts";

/** Options of {@linkcode loadInspect}. */
export interface LoadInspectOptions extends ImportOptions {
  /**
   * The file that `messages_df` wrote: what the model replied; without it only the scores are known.
   * @default {undefined}
   */
  messages?: string;
  /**
   * The column that says which samples are the same persona.
   * @default {undefined} `metadata_persona_id` where there is one, else `id`
   */
  persona?: string;
}

const rules = {
  ...importRules,
  messages: rule<string, undefined>(checkText, undefined),
  persona: column,
} satisfies RulesFor<LoadInspectOptions>;

/**
 * Loads logs of inspect_ai as answers: a file that pandas' `to_csv`, `to_json(orient="records")` or `to_parquet` of
 * `samples_df(logs)` wrote.
 *
 * One row per sample, epoch and score: the score is the value, its scorer the item. A question of `items` is asked in every
 * sample, and its answer read from the last message of the assistant (`messages`). Without scores and `items` the reply
 * itself is the value, of the item `reply`. Fields of a sample's metadata become columns.
 *
 * @param source a path or an address
 * @param options see {@linkcode LoadInspectOptions}
 * @returns the columns of answers, with `persona_id` and, where there is one, `arm`; `latency_ms` is the whole sample's
 * @throws {RangeError} if the file holds no samples of inspect_ai
 * @see https://inspect.aisi.org.uk/dataframe.html
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf } from "@understudy/understudy/core";
 * import { loadInspect } from "@understudy/understudy/formats";
 *
 * const file = await Deno.makeTempFile({ suffix: ".csv" });
 * await Deno.writeTextFile(file, "sample_id,id,epoch,metadata_arm,score_match\ns1,p1,1,control,C\n");
 * const answers = await loadInspect(file);
 * assertEquals([columnOf(answers, "item"), columnOf(answers, "value")], [["match"], ["C"]]);
 * ```
 */
export async function loadInspect(source: string | URL, options: LoadInspectOptions = {}): Promise<Table> {
  const action = "load logs of inspect_ai";
  const { arm, items, messages, persona } = readOptions(action, options, rules);
  const table = await loadTable(source);
  const names = table.columnNames();
  const what = "a table of samples_df, with a column sample_id";
  const rows = foreignRows(action, table, [/^sample_id$/, what, arm, persona]);
  const replies = messages === undefined ? undefined : lastReplies(action, await loadTable(messages));
  const known = (name: string): string | undefined => names.includes(name) ? name : undefined;
  const armColumn = arm ?? known("metadata_arm");
  const personaColumn = persona ?? known("metadata_persona_id") ?? "id";
  const scores = names.filter((name) => name.startsWith("score_"));
  return answersOf(rows.flatMap((row) => {
    const [error, limit] = [row.error ?? "", row.limit ?? ""];
    const raw = error !== "" ? null : replies && (replies.get(row.sample_id) ?? "");
    const reason = String(error || limit && `the sample met its limit: ${limit}`).slice(0, 500);
    const shared = {
      persona_id: row[personaColumn],
      ...attributesOf(row, "metadata_", ["persona_id"]),
      ...(armColumn === undefined ? {} : { arm: row[armColumn] }),
      ...callOf(row),
    };
    const answer = (item: string, item_kind: string, value: unknown): ForeignRow => {
      const reply = {
        raw,
        value,
        reason,
        cut: limit !== "",
        open: item_kind === "text" || item_kind === "score",
      };
      return { ...shared, item, item_kind, ...readImported(reply, items.find(({ name }) => name === item)) };
    };
    if (items.length > 0) return items.map(({ name, kind }) => answer(name, kind, null));
    if (scores.length === 0) return [answer("reply", "text", raw ?? null)];
    return scores.map((name) => answer(name.slice("score_".length), "score", row[name] ?? null));
  }));
}

/** The last message of the assistant in each sample. */
function lastReplies(action: string, messages: Table): Map<unknown, string> {
  const what = "a table of messages_df, with columns sample_id, role and content";
  const rows = foreignRows(action, messages, [/^role$/, what, "sample_id", "role", "content"]);
  const said = rows.filter(({ role }) => role === "assistant");
  return new Map(said.map(({ sample_id, content }) => [sample_id, String(content ?? "")]));
}

/** What the model's usage tells of a sample's calls together. */
function callOf(row: ForeignRow): ForeignRow {
  const { model_usage: usage, total_time: seconds } = row;
  const used = (typeof usage === "string" ? parseJson(usage) : usage) ?? {};
  const [model, tokens] = (Object.entries(used)[0] ?? [null, {}]) as [string | null, ForeignRow | null];
  return {
    ...{ trial_id: row.sample_id, replicate: row.epoch, ...asked, model: row.model ?? model, cached: false },
    ...{ prompt_tokens: tokens?.input_tokens, completion_tokens: tokens?.output_tokens },
    latency_ms: typeof seconds === "number" ? 1000 * seconds : null,
  };
}
