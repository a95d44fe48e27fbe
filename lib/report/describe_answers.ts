import { checkColumns } from "../core/checks.ts";
import { answerStatuses } from "../core/columns.ts";
import type { Plan } from "../core/experiment.ts";
import { escapeHtml } from "../core/format.ts";
import { canonicalHash } from "../core/hash.ts";
import { readOptions, rule, type RulesFor, whole } from "../core/options.ts";
import { distinct, groupRows, type Table, tableOfRows, valuesOf } from "../core/table.ts";
import { boxHtml, foldHtml, quietHtml, shortText, View } from "../core/view.ts";
import { checkPlan, trialCalls } from "../prompts/compose_prompt.ts";
import { indexPlan } from "../prompts/plan_index.ts";

const action = "describe answers";

/** Options of {@linkcode describeAnswers}. */
export interface DescribeAnswersOptions {
  /**
   * The plan that was run: each answer then opens with the prompt that it replies to.
   * @default {undefined} no prompts
   */
  plan?: Plan;
  /**
   * How many answers are there to open, spread over arms and statuses; the others are counted.
   * @default {60}
   */
  maximumAnswers?: number;
}

const rules = {
  plan: rule<Plan, undefined>((action, _, value) => checkPlan(action, value as Plan), undefined),
  maximumAnswers: whole(60, 1, 10_000),
} satisfies RulesFor<DescribeAnswersOptions>;

/**
 * Describes the answers of a run to look through: by arm and status, each to open as reason, reply, thought and prompt.
 *
 * For a notebook (`await show(describeAnswers(answers, { plan }))`), a report (the `view` of a section) or a terminal. No
 * script runs: parts open by themselves, and where styles are allowed buttons choose arm and status. Texts are escaped, cut
 * where they are long, and without invisible characters; as they came they are in the table.
 *
 * @param answers one row per answer: `arm`, `item`, `value`, `status`, and what else `runExperiment` returns
 * @param options the plan and how many; see {@linkcode DescribeAnswersOptions}
 * @returns a view to `show`; its `table` has one row per `arm`, `status` and `status_detail`: how many `answers` there are,
 * and how many are `shown`
 * @throws {RangeError} if a column is missing
 * @example
 * ```ts
 * import { assertEquals, assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { describeAnswers } from "@understudy/understudy/report";
 *
 * const answers = tableOf([
 *   { persona_id: "p1", arm: "control", item: "fear", value: 1, status: "answered", raw: "yes" },
 *   { persona_id: "p2", arm: "threat", item: "fear", value: null, status: "refused", raw: "<b>I cannot say.</b>" },
 * ]);
 * const { html, table } = describeAnswers(answers);
 * assertStringIncludes(html, "&lt;b&gt;I cannot say.");
 * assertEquals(table.array("answers"), [1, 1]);
 * ```
 */
export function describeAnswers(answers: Table, options: DescribeAnswersOptions = {}): View {
  const { plan, maximumAnswers } = readOptions(action, options, rules);
  checkColumns(action, answers, ["arm", "item", "value", "status"], "answers");
  const columns = Object.fromEntries(answers.columnNames().map((name) => [name, valuesOf(answers, name)]));
  const cell = (name: string, row: number) => columns[name]?.[row] ?? "";
  const groups = groupAnswers(cell, answers.numRows(), maximumAnswers);
  const shown = groups.filter((group) => group.shown.length > 0);
  const open = shown.reduce((sum, group) => sum + group.shown.length, 0);
  const left = groups.length - shown.length;
  const told =
    `${answers.numRows()} answers to all questions; ${open} of them here, some of each arm and status` +
    (left === 0 ? "." : `; none of ${left} further arms and statuses.`);
  // What gave no value is what one looks for.
  const first = shown.find(({ status }) => status !== "answered");
  const [arms, statuses] = ["arm" as const, "status" as const].map((name) =>
    distinct(shown.map((own) => own[name]))
  );
  const parts = shown.map((group) => {
    const { arm, status, status_detail, rows, shown } = group;
    const way = status_detail === "" ? status : `${status} (${status_detail})`;
    const more = rows.length > shown.length ? ` (${shown.length} shown)` : "";
    const heading = `${shortText(arm, 80)} · ${shortText(way, 80)}: ${rows.length}${more}`;
    const heads = shown.map((row) => headOf(cell, row));
    const opened = shown.map((row, at) => foldHtml(escapeHtml(heads[at]), bodyOf(cell, row, plan)));
    const inner = `<div style="margin-left:1.1em">${opened.join("")}</div>`;
    return {
      html: `<div class="g a${arms!.indexOf(arm)} s${statuses!.indexOf(status)}">${
        foldHtml(`<b>${escapeHtml(heading)}</b>`, inner, group === first)
      }</div>`,
      text: [heading, ...heads.map((head) => `  ${head}`)].join("\n"),
    };
  });
  const body = quietHtml(told) + parts.map(({ html }) => html).join("");
  // Several views on a page must not share their buttons.
  const id = `answers-${canonicalHash(body).slice(0, 10)}`;
  const filters = filterHtml(id, { a: ["all arms", ...arms!], s: ["all statuses", ...statuses!] });
  return new View({
    html:
      `<div class="${id}" style="max-width:100%;margin:.5em 0;line-height:1.45"><b>Answers by arm and status</b>${filters}${body}</div>`,
    text: [told, ...parts.map(({ text }) => text)].join("\n"),
    table: tableOfRows(
      groups.map((group) => ({ ...group, answers: group.rows.length, shown: group.shown.length })),
      ["arm", "status", "status_detail", "answers", "shown"],
    ),
  });
}

type Cell = (name: string, row: number) => unknown;

/** Answers by arm, status and detail, usable ones first, and which are shown: of each as many as there is room for. */
function groupAnswers(cell: Cell, count: number, most: number) {
  const keys = Array.from({ length: count }, (_, row) => {
    const [arm, status, detail] = ["arm", "status", "status_detail"].map((name) => String(cell(name, row)));
    const place = (answerStatuses as readonly string[]).indexOf(status!);
    return JSON.stringify([arm, String.fromCharCode(97 + place), status, detail]);
  });
  const groups = [...groupRows(keys)].sort(([a], [b]) => a < b ? -1 : 1);
  const quotas = shareOut(groups.map(([, rows]) => rows.length), most);
  let before = 0;
  return groups.map(([key, rows], at) => {
    const [arm, , status, status_detail] = JSON.parse(key) as [string, string, string, string];
    const kinds = [
      ...groupRows(rows.map((row) => JSON.stringify([cell("step", row), cell("item", row)]))).values(),
    ];
    // Where there is no room for one of each, a group goes on where the one before it ended.
    const turned = kinds.map((_, kind) => kinds[(before + kind) % kinds.length]!);
    before += quotas[at]!;
    const own = shareOut(turned.map(({ length }) => length), quotas[at]!);
    const shown = turned.flatMap((places, kind) =>
      Array.from({ length: own[kind]! }, (_, n) => rows[places[Math.floor(n * places.length / own[kind]!)]!]!)
    ).sort((a, b) => a - b);
    return { arm, status, status_detail, rows, shown };
  });
}

/** How many of each are shown: one of each, then one more of each that has more, and so on. */
function shareOut(sizes: readonly number[], most: number): number[] {
  const quotas = sizes.map(() => 0);
  for (let [left, before] = [most, 0]; left !== before;) {
    before = left;
    sizes.forEach((size, at) => {
      if (left === 0 || quotas[at] === size) return;
      quotas[at]!++;
      left--;
    });
  }
  return quotas;
}

/** What an answer is known by before it is opened. */
function headOf(cell: Cell, row: number): string {
  const said = cell(cell("status", row) === "answered" ? "value" : "reason", row);
  const parts = [cell("persona_id", row), cell("item", row), said];
  const [persona, item, told] = parts.map((part) => shortText(part, 100));
  const isJudged = cell("kind", row) === "answer" && cell("line", row) !== "";
  const of = [
    cell("step", row) === cell("item", row) ? "" : shortText(cell("step", row), 100),
    isJudged
      ? `line ${shortText(cell("line", row), 20)}, judged by ${shortText(cell("member", row), 100)}`
      : "",
  ].filter((part) => part !== "").join(", ");
  return `${persona} ${item}${of && ` (${of})`}: ${told}`.replace(/\s+/g, " ").trim();
}

/** What there is of an answer, each part below its name. */
function bodyOf(cell: Cell, row: number, plan: Plan | undefined): string {
  const facts = ["model", "attempt", "prompt_tokens", "completion_tokens", "request_key"];
  const known = facts.map((name) => [name, shortText(cell(name, row), 80)]).filter(([, fact]) => fact !== "");
  const parts = [
    ["reason", shortText(cell("reason", row), 1000)],
    [
      "probabilities, of which the value is a draw (the reply is not used)",
      oddsOf(cell("distribution", row)),
    ],
    ["reply", shortText(cell("raw", row), 3000)],
    ["thought", shortText(cell("thought", row), 3000)],
    ...promptOf(plan, cell, row),
  ].filter(([, text]) => text !== "").map(([name, text]) => quietHtml(name!) + boxHtml(escapeHtml(text)));
  return parts.join("") + quietHtml(escapeHtml(known.map((fact) => fact.join(" ")).join(" · ")));
}

/** Probabilities as percentages. */
function oddsOf(distribution: unknown): string {
  const odds = Object.entries(Object(distribution) as { [option: string]: number });
  return shortText(odds.map(([option, share]) => `${option} ${(100 * share).toFixed(1)}%`).join(", "), 1000);
}

/** The messages that an answer replies to; "…" stands for the replies before it. */
function promptOf(plan: Plan | undefined, cell: Cell, answer: number): [string, string][] {
  const row = plan === undefined ? undefined : indexPlan(plan).trialRows.get(cell("trial_id", answer));
  if (row === undefined) return [];
  const [item, ...place] = ["item", "step", "round", "member"].map((name) => cell(name, answer));
  const isSession = plan!.design.protocol !== null;
  const calls = trialCalls(plan!, row);
  const call =
    calls.find(({ questions, step, round, member }) =>
      (questions.length === 0 ? isSession : questions.some((question) => question.item === item)) &&
      (!isSession || [step, round, member?.member].every((own, at) => own === place[at]))
    ) ?? calls[0];
  // A line that was written, and what a made-up session does not come to.
  if (call === undefined) return [];
  const { messages } = call.request(new Array<string>(call.place).fill("…"));
  return messages.map(({ role, content }) => [`prompt, ${role}`, shortText(content, 5000)]);
}

/** Buttons that hide what is not of an arm or a status, without a script; none where styles are taken away. */
function filterHtml(id: string, filters: { readonly [key: string]: readonly string[] }): string {
  const rules = Object.entries(filters).flatMap(([key, [, ...names]]) =>
    names.map((_, at) => `.${id}:has(.f${key}${at}:checked) .g:not(.${key}${at}){display:none}`)
  );
  const rows = Object.entries(filters).map(([key, names]) => {
    const buttons = names.map((name, at) =>
      `<label style="display:inline-block;margin-right:1em"><input type="radio" name="${id}${key}" class="f${key}${
        at - 1
      }"${at === 0 ? " checked" : ""}> ${escapeHtml(shortText(name, 40))}</label>`
    );
    return `<div>${buttons.join("")}</div>`;
  });
  return `<style>.${id} .f{display:block!important}${rules.join("")}</style>` +
    `<div class="f" style="display:none">${rows.join("")}</div>`;
}
