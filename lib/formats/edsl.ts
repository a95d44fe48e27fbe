import { readOptions } from "../core/options.ts";
import { promptKey } from "../core/respondent.ts";
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
  const cells = cellsOf(action, table, /^answer\./, "results of EDSL, with columns such as answer.support");
  const questions = table.columnNames().filter((name) => name.startsWith("answer.")).map((name) =>
    name.slice(7)
  );
  const armColumn = arm ?? ["scenario.arm", "agent.arm"].find((name) => table.columnNames().includes(name));
  return answersOf(cells.flatMap((row) => {
    const common = commonCells(row, armColumn);
    return questions.map((name) => {
      const type = row[`question_type.${name}_question_type`];
      const kind = kinds[String(type)] ?? type;
      const validated = row[`validated.${name}_validated`] ?? null;
      const isValid = validated === null || String(validated).toLowerCase() === "true";
      // CSV has the same cell for an empty reply as for none; only what came is validated.
      const raw = textOf(row[`generated_tokens.${name}_generated_tokens`]) ??
        (validated === null ? null : "");
      const reply = {
        raw,
        // EDSL asks for the answer in the first line, and a comment in the next.
        answerText: kind === "text" ? raw : raw?.split("\n")[0],
        value: isValid ? listOf(row[`answer.${name}`]) : null,
        reason: isValid ? "" : String(row[`comment.${name}_comment`] ?? "").split("\n").slice(0, 3).join(" "),
        open: kind === "text",
      };
      const options = listOf(row[`question_options.${name}_question_options`]);
      const prompts = ["system", "user"].map((role) => ({
        role,
        content: row[`prompt.${name}_${role}_prompt`],
      }));
      return {
        ...common,
        ...readImported(reply, items.find((item) => item.name === name)),
        item: name,
        item_kind: kind,
        option_order: Array.isArray(options) ? JSON.stringify(options.map(String)) : null,
        prompt_tokens: row[`raw_model_response.${name}_input_tokens`],
        completion_tokens: row[`raw_model_response.${name}_output_tokens`],
        cached: String(row[`cache_used.${name}_cache_used`]).toLowerCase() === "true",
        request_key: row[`cache_keys.${name}_cache_key`],
        prompt_key: prompts.every(({ content }) => typeof content === "string")
          ? promptKey(prompts as Parameters<typeof promptKey>[0])
          : null,
      };
    });
  }));
}

/** What the answers of one interview share. */
function commonCells(row: ForeignRow, arm: string | undefined): ForeignRow {
  const persona = row["agent.agent_name"] ?? row["agent.agent_index"];
  const replicate = Number(row["iteration.iteration"] ?? 0) + 1;
  const at = ["scenario.scenario_index", "model.model_index"].map((name) => row[name] ?? 0);
  return {
    persona_id: persona,
    ...attributesOf(row, "agent.", ["agent_name", "agent_index", "agent_instruction"]),
    ...attributesOf(row, "scenario.", ["scenario_index"]),
    ...(arm === undefined ? {} : { arm: row[arm] }),
    trial_id: [persona, ...at, replicate].join(":"),
    replicate,
    wording: 1,
    turn: 1,
    attempt: 1,
    model: row["model.model"],
  };
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined
    ? null
    : typeof value === "string"
    ? value
    : JSON.stringify(value);
}

/** A list as it is, or as CSV keeps it: `['tv', 'web']`, the way Python writes one. */
function listOf(value: unknown): unknown {
  if (typeof value !== "string" || !/^\[.*\]$/s.test(value)) return value;
  const parts = [...value.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?\d[\w.+-]*)/gs)];
  return parts.map(([, single, double, number]) => {
    const text = single ?? double;
    return text === undefined
      ? Number(number)
      : text.replace(/\\(.)/gs, (_, sign) => sign === "n" ? "\n" : sign);
  });
}
