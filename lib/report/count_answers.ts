import { canonicalHash, columnOf, distinct, groupRows, type Plan, type Table } from "../core/mod.ts";

type Row = readonly [what: string, value: unknown];

/** One column of several tables. */
function joined<T = unknown>(tables: readonly Table[], name: string): T[] {
  return tables.flatMap((table) => columnOf<T>(table, name));
}

/** Counts personas, arms, calls, answers by status, and tokens. */
export function countRows(plans: readonly Plan[], answers: readonly Table[]): Row[] {
  const plan = plans[0]!;
  const { design, assigned } = plan;
  const personas = columnOf(assigned, "persona_id");
  const arms = [...groupRows(columnOf<string>(assigned, "arm"))]
    .map(([arm, rows]) => `${arm} ${distinct(rows.map((row) => personas[row])).length}`).join(", ");
  const statuses = [...groupRows(joined<string>(answers, "status"))]
    .map(([status, rows]): Row => [`answers, ${status}`, rows.length]);
  const models = distinct(joined<string | null>(answers, "model")).filter((model) => model !== null);
  return [
    ["personas", distinct(personas).length],
    ["personas by arm", arms],
    ["design", describeDesign(plan)],
    ["told of each person", plans.map(({ design }) => design.stated.join(", ") || "nothing")],
    ["questions", design.items.map(({ name }) => name)],
    ["calls planned", plans.reduce((total, { trials }) => total + trials.numRows(), 0)],
    ["model that answered", models],
    ["answers", answers.reduce((total, table) => total + table.numRows(), 0)],
    ...statuses,
    ...requestRows(answers),
  ];
}

function describeDesign({ design }: Plan): string {
  return [
    `${design.subjects} subjects`,
    `${design.assignment} assignment`,
    ...(design.blocks.length > 0 ? [`blocks ${design.blocks.join(" × ")}`] : []),
    ...(design.clusters === null ? [] : [`clusters ${design.clusters}`]),
    `reference ${design.reference}`,
    ...(design.conjoint === null
      ? []
      : [`${design.conjoint.tasks} tasks of ${design.conjoint.profiles} profiles`]),
  ].join(", ");
}

// Tokens and the store's part are told for the whole call on each of its rows: count one row per request.
function requestRows(answers: readonly Table[]): Row[] {
  const keys = requestKeysOf(answers);
  const firsts = [...groupRows(keys).values()].map((rows) => rows[0]!);
  const [prompts, completions, cached] = [
    joined<number | null>(answers, "prompt_tokens"),
    joined<number | null>(answers, "completion_tokens"),
    joined<boolean>(answers, "cached"),
  ];
  return [
    ["requests", firsts.length],
    ["requests answered from the store", firsts.filter((row) => cached[row] === true).length],
    ["prompt tokens", tokens(firsts.map((row) => prompts[row]))],
    ["completion tokens", tokens(firsts.map((row) => completions[row]))],
  ];
}

function tokens(counts: readonly (number | null | undefined)[]): string {
  const told = counts.filter((count): count is number => typeof count === "number" && Number.isFinite(count));
  const missing = counts.length - told.length;
  if (told.length === 0) return "not told by the endpoint";
  const sum = told.reduce((total, count) => total + count, 0);
  return missing === 0 ? String(sum) : `${sum} (${missing} of ${counts.length} requests did not say)`;
}

// A call that failed before it was sent has no key: its own trial stands for it.
function requestKeysOf(answers: readonly Table[]): string[] {
  const trials = joined(answers, "trial_id");
  return joined(answers, "request_key")
    .map((key, row) => typeof key === "string" && key !== "" ? key : `trial ${trials[row]}`);
}

/** Hashes the design and everything that was asked, so that a reader can tell whether a run was the same. */
export function hashRows(plan: Plan, answers: readonly Table[]): Row[] {
  const keys = distinct(joined(answers, "request_key"))
    .filter((key): key is string => typeof key === "string" && key !== "");
  return [
    ["hash of the design (SHA-256)", canonicalHash(plan.design)],
    ["hash of all requests (SHA-256)", canonicalHash(keys.sort())],
  ];
}
