import { column, readOptions, rule, type RulesFor } from "../core/options.ts";
import { checkText } from "../core/checks.ts";
import type { Table } from "../core/table.ts";
import { loadTable } from "../core/table_files.ts";
import {
  answersOf,
  attributesOf,
  cellsOf,
  type ForeignRow,
  type ImportOptions,
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
  const cells = cellsOf(action, table, /^sample_id$/, "a table of samples_df, with a column sample_id");
  const replies = messages === undefined ? undefined : lastReplies(action, await loadTable(messages));
  const [armColumn, personaColumn] = [
    arm ?? names.find((name) => name === "metadata_arm"),
    persona ?? names.find((name) => name === "metadata_persona_id") ?? "id",
  ];
  const scores = names.filter((name) => name.startsWith("score_")).map((name) => name.slice("score_".length));
  return answersOf(cells.flatMap((row) => {
    const common = {
      persona_id: row[personaColumn],
      ...attributesOf(row, "metadata_", ["persona_id"]),
      ...(armColumn === undefined ? {} : { arm: row[armColumn] }),
      ...callCells(row),
    };
    const [error, limit] = [row.error ?? "", row.limit ?? ""];
    const raw = error !== "" ? null : replies && (replies.get(row.sample_id) ?? "");
    const reason = String(error || limit && `the sample met its limit: ${limit}`).slice(0, 500);
    const cut = limit !== "";
    const answer = (
      item: string,
      value: unknown,
      open: boolean,
      declared = items.find(({ name }) => name === item),
    ) => ({
      ...common,
      ...readImported({ raw, value, reason, cut, open }, declared),
      item,
      item_kind: declared?.kind ?? (open ? "text" : "score"),
    });
    if (items.length > 0) return items.map((item) => answer(item.name, null, false, item));
    if (scores.length > 0) return scores.map((name) => answer(name, row[`score_${name}`], true));
    return [answer("reply", raw ?? null, true)];
  }));
}

/** The last message of the assistant in each sample. */
function lastReplies(action: string, messages: Table): Map<unknown, string> {
  const replies = new Map<unknown, string>();
  const what = "a table of messages_df, with columns sample_id, role and content";
  for (const { sample_id, role, content } of cellsOf(action, messages, /^role$/, what)) {
    if (role === "assistant") {
      replies.set(sample_id, typeof content === "string" ? content : String(content ?? ""));
    }
  }
  return replies;
}

function callCells(row: ForeignRow): ForeignRow {
  const usage = usageOf(row.model_usage);
  const [model, used] = Object.entries(usage)[0] ?? [null, {}];
  return {
    trial_id: row.sample_id,
    replicate: row.epoch,
    wording: 1,
    turn: 1,
    attempt: 1,
    model: row.model ?? model,
    prompt_tokens: used.input_tokens ?? null,
    completion_tokens: used.output_tokens ?? null,
    latency_ms: typeof row.total_time === "number" ? 1000 * row.total_time : null,
    cached: false,
  };
}

type Usage = {
  readonly [model: string]: { readonly input_tokens?: number; readonly output_tokens?: number };
};

function usageOf(value: unknown): Usage {
  try {
    return (typeof value === "string" ? JSON.parse(value) : value) ?? {};
  } catch {
    return {};
  }
}
