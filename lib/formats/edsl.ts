import { readOptions } from "../core/options.ts";
import { type ChatMessage, promptKey } from "../core/respondent.ts";
import type { Table } from "../core/table.ts";
import { loadTable } from "../core/table_files.ts";
import { readLiteral } from "./literals.ts";
import type { ForeignRow, ImportOptions } from "./imported_answers.ts";
import {
  answersOf,
  asked,
  attributesOf,
  foreignRows,
  importRules,
  readImported,
} from "./imported_answers.ts";

/** EDSL's kinds of questions in the toolkit's words. */
const kinds: { readonly [type: string]: string } = {
  linear_scale: "likert",
  likert_five: "likert",
  multiple_choice: "choice",
  checkbox: "multipleChoice",
  free_text: "text",
  numerical: "number",
  rank: "ranking",
  budget: "allocation",
  yes_no: "yesNo",
};

/**
 * Loads results of EDSL as answers, one row per agent, scenario, model, iteration and question: a file that
 * `Results.to_csv`, or pandas' `to_csv`, `to_json(orient="records")` or `to_parquet` of `Results.to_pandas()`, wrote.
 *
 * Traits of agents and fields of scenarios become columns. EDSL reads an answer into any reply: here an empty reply is
 * `empty` and one that refuses `refused`, whatever EDSL made of it (`reason` says what), and one that its validation
 * turned down is `unparsed` with what it said.
 *
 * @param source a path or an address
 * @param options see {@linkcode ImportOptions}
 * @returns the columns of answers, with `persona_id` (the agent's name) and, where there is one, `arm`
 * @throws {RangeError} if the file holds no results of EDSL
 * @see https://docs.expectedparrot.com/en/latest/results.html
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf } from "@understudy/understudy/core";
 * import { loadEdsl } from "@understudy/understudy/formats";
 *
 * const file = await Deno.makeTempFile({ suffix: ".csv" });
 * const columns = "agent.agent_name,scenario.arm,answer.support,generated_tokens.support_generated_tokens";
 * await Deno.writeTextFile(file, `${columns}\np1,control,5,5\np2,threat,1,\n`);
 * const answers = await loadEdsl(file);
 * assertEquals(columnOf(answers, "value"), [5, null]);
 * assertEquals(columnOf(answers, "status"), ["answered", "failed"]);
 * ```
 */
export async function loadEdsl(source: string | URL, options: ImportOptions = {}): Promise<Table> {
  const action = "load results of EDSL";
  const { arm, items } = readOptions(action, options, importRules);
  const table = await loadTable(source);
  const names = table.columnNames();
  const what = "results of EDSL, with columns such as answer.support";
  const rows = foreignRows(action, table, [/^answer\./, what, arm]);
  const questions = names.filter((name) => name.startsWith("answer.")).map((name) => name.slice(7));
  const armColumn = arm ?? ["scenario.arm", "agent.arm"].find((name) => names.includes(name));
  return answersOf(rows.flatMap((row) => {
    const shared = interviewOf(row, armColumn);
    return questions.map((item) => {
      const cell = (group: string, name = group): unknown => row[`${group}.${item}_${name}`] ?? null;
      const type = String(cell("question_type"));
      const item_kind = kinds[type] ?? type;
      const validated = cell("validated");
      const isValid = validated === null || String(validated).toLowerCase() === "true";
      // CSV has the same cell for an empty reply as for none; only what came is validated.
      const isTold = names.includes(`generated_tokens.${item}_generated_tokens`);
      const raw = isTold ? textOf(cell("generated_tokens")) ?? (validated === null ? null : "") : undefined;
      const open = item_kind === "text";
      const value = isValid ? listOf(row[`answer.${item}`] ?? null) : null;
      const reason = isValid ? "" : String(cell("comment") ?? "").split("\n").slice(0, 3).join(" ");
      // EDSL asks for the answer in the first line, and a comment in the next.
      const answerText = open ? undefined : raw?.split("\n")[0];
      const options = listOf(cell("question_options"));
      const messages = ["system", "user"].map((role) => ({
        role,
        content: cell("prompt", `${role}_prompt`),
      }));
      return {
        ...shared,
        ...readImported({ raw, answerText, value, reason, open }, items.find(({ name }) => name === item)),
        ...{ item, item_kind },
        option_order: Array.isArray(options) ? JSON.stringify(options.map(String)) : null,
        prompt_tokens: cell("raw_model_response", "input_tokens"),
        completion_tokens: cell("raw_model_response", "output_tokens"),
        cached: String(cell("cache_used")).toLowerCase() === "true",
        request_key: cell("cache_keys", "cache_key"),
        prompt_key: messages.every(({ content }) => content !== null)
          ? promptKey(messages as ChatMessage[])
          : null,
      };
    });
  }));
}

/** What the answers of one interview share. */
function interviewOf(row: ForeignRow, arm: string | undefined): ForeignRow {
  const persona_id = row["agent.agent_name"] ?? row["agent.agent_index"];
  const replicate = Number(row["iteration.iteration"] ?? 0) + 1;
  const at = ["scenario.scenario_index", "model.model_index"].map((name) => row[name] ?? 0);
  return {
    persona_id,
    ...attributesOf(row, "agent.", ["agent_name", "agent_index", "agent_instruction"]),
    ...attributesOf(row, "scenario.", ["scenario_index"]),
    ...(arm === undefined ? {} : { arm: row[arm] }),
    ...{ trial_id: [persona_id, ...at, replicate].join(":"), replicate, ...asked, model: row["model.model"] },
  };
}

function textOf(value: unknown): string | null {
  return value === null || typeof value === "string" ? value : JSON.stringify(value);
}

/** A list as it is, or as CSV keeps it: `['tv', 'web']`, the way Python writes one. */
function listOf(value: unknown): unknown {
  const read = typeof value === "string" ? readLiteral(value) : value;
  return Array.isArray(read) ? read : value;
}
