import type { Plan, Respondent, RespondentIdentity, Table } from "../core/mod.ts";
import {
  cannot,
  canonicalHash,
  checkColumns,
  checkOptions,
  columnOf,
  distinct,
  formatValue,
  groupRows,
  ownRespondents,
  tableOf,
  toolkitVersion,
} from "../core/mod.ts";

/** What a run's provenance is described from; see {@linkcode describeProvenance}. */
export interface DescribeProvenanceOptions {
  /** Every call that was planned; several plans of one design where it was run more than once, as a repair does. */
  plan: Plan | readonly Plan[];
  /** The answers, one row per question of each call; one table for each run. */
  answers: Table | readonly Table[];
  /** Who was asked: endpoint, model, parameters. Holds no secret. */
  identity: RespondentIdentity;
  /** The respondent's short name. */
  respondentName?: string;
  /**
   * The seeds by what they are for, such as `{ personas: 1, assignment: 2 }`.
   * @default {}
   */
  seeds?: { readonly [purpose: string]: number };
  /** When the run started, ISO 8601. */
  startedAt?: string;
  /** When the run ended, ISO 8601. */
  finishedAt?: string;
  /**
   * When each reply arrived, ISO 8601, as a store keeps it; the first and the last are told.
   * @default []
   */
  answeredAt?: readonly string[];
  /**
   * The packages that took part and their versions, such as `{ openai: "6.49.0" }`.
   * @default {}
   */
  packages?: { readonly [name: string]: string };
}

type ProvenanceRow = readonly [what: string, value: unknown];

const known = [
  ...["plan", "answers", "identity", "respondentName", "seeds", "startedAt", "finishedAt", "answeredAt"],
  "packages",
];
const needed = ["trial_id", "status", "model", "prompt_tokens", "completion_tokens", "cached", "request_key"];

/**
 * Describes where answers come from: versions, endpoint and model, parameters, seeds, counts, tokens, hashes, dates.
 *
 * For the supplement of a paper: with the stored replies it lets a reader repeat the run and tell whether they did.
 * Tokens are counted once for each request. Credentials and queries in the endpoint's address are left out. In the hash of
 * a design functions count by their names and texts: what they close over does not.
 *
 * @param options see {@linkcode DescribeProvenanceOptions}
 * @returns one row per fact: `what`, `value` (a text)
 * @throws {RangeError} if `answers` lacks a column of the answers table
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { assignTreatments, declareDesign, declareTreatments, planExperiment, tableOf, yesNo } from "@understudy/understudy";
 * import { runExperiment, scriptedRespondent } from "@understudy/understudy";
 * import { describeProvenance } from "@understudy/understudy/report";
 *
 * const treatments = declareTreatments({ control: "The border is quiet.", threat: "The border is on fire." });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: [] });
 * const personas = tableOf({ persona_id: ["p1", "p2"], weight: [1, 1] });
 * const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1 });
 * const answers = await runExperiment(plan, scriptedRespondent(() => "yes"));
 * const identity = { endpoint: "http://127.0.0.1:8000/v1", model: "m", parameters: { temperature: 1 } };
 * const table = describeProvenance({ plan, answers, identity, seeds: { personas: 1 } });
 * assert(table.array("what").includes("seed, personas"));
 * ```
 */
export function describeProvenance(options: DescribeProvenanceOptions): Table {
  const action = "describe provenance";
  checkOptions(action, options, known);
  const plans = [options.plan].flat() as Plan[];
  const answers = [options.answers].flat() as Table[];
  for (const table of answers) checkColumns(action, table, needed, "answers");
  for (const plan of plans) checkColumns(action, plan?.assigned, ["persona_id", "arm"], "plan.assigned");
  if (plans.length === 0 || answers.length === 0) {
    const given = `${plans.length} and ${answers.length}`;
    throw new TypeError(cannot(action, "plan and answers", "be at least one each", given));
  }
  if (typeof options.identity?.endpoint !== "string") {
    const said = cannot(action, "identity", "be a respondent's identity", options.identity);
    throw new TypeError(`${said}; it is await respondent.identity()`);
  }
  const rows: ProvenanceRow[] = [
    ...softwareRows(options),
    ...respondentRows(options),
    ...ownRespondents(plans[0]!.design.protocol).map(([role, { name }]) =>
      [`respondent of ${role}`, name] as const
    ),
    ...namedRows("seed, ", options.seeds),
    ...countRows(plans, answers),
    ...hashRows(plans[0]!, answers),
    ...dateRows(options),
  ];
  return tableOf({
    what: rows.map(([what]) => what),
    // Parameters are told exactly: 0.7 as 0.7.
    value: rows.map(([, value]) => typeof value === "number" ? String(value) : formatValue(value)),
  });
}

function softwareRows(options: DescribeProvenanceOptions): ProvenanceRow[] {
  return [
    ["Understudy", toolkitVersion],
    ["Deno", Deno.version.deno],
    ["V8", Deno.version.v8],
    ["TypeScript", Deno.version.typescript],
    ...namedRows("package ", options.packages),
  ];
}

function namedRows(what: string, values: object = {}): ProvenanceRow[] {
  return Object.entries(values).map(([name, value]) => [`${what}${name}`, value]);
}

function respondentRows({ identity, respondentName }: DescribeProvenanceOptions): ProvenanceRow[] {
  const secret = /api[-_]?key|secret|password|authorization|bearer/i;
  return [
    ...(respondentName === undefined ? [] : [["respondent", respondentName] as ProvenanceRow]),
    ["endpoint", withoutCredentials(identity.endpoint)],
    ["model asked for", identity.model],
    ...namedRows("parameter ", identity.parameters).filter(([name]) => !secret.test(name)),
  ];
}

// Some gateways take their key in the address: as user and password or as a query.
function withoutCredentials(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const address = new URL(endpoint);
  if (!/^https?:$/.test(address.protocol)) return endpoint;
  return address.origin + address.pathname.replace(/\/$/, "");
}

function dateRows({ startedAt, finishedAt, answeredAt = [] }: DescribeProvenanceOptions): ProvenanceRow[] {
  // ISO 8601 dates of one time zone sort as texts; stores keep UTC.
  const dates = [...answeredAt].sort();
  const [first, last] = [dates[0], dates.at(-1)];
  return namedRows("", {
    "run started": startedAt,
    "run ended": finishedAt,
    "first answer": first,
    "last answer": last,
  })
    .filter(([, date]) => date !== undefined);
}

/** One column of several tables; nothing in those that lack it. */
function joined<T = unknown>(tables: readonly Table[], name: string): T[] {
  return tables.flatMap((table) => {
    const isThere = table.columnNames().includes(name);
    return isThere ? columnOf<T>(table, name) : new Array<T>(table.numRows()).fill(undefined as T);
  });
}

/** Counts personas, arms, calls, answers by status, and tokens. */
function countRows(plans: readonly Plan[], answers: readonly Table[]): ProvenanceRow[] {
  const plan = plans[0]!;
  const { design, assigned } = plan;
  const personas = columnOf(assigned, "persona_id");
  const arms = [...groupRows(columnOf<string>(assigned, "arm"))]
    .map(([arm, rows]) => `${arm} ${distinct(rows.map((row) => personas[row])).length}`).join(", ");
  const [details, attempts] = ["status_detail", "attempt"].map((name) => joined(answers, name));
  const named = joined(answers, "status").map((status, row) =>
    `${status}${details![row] ? ` (${details![row]})` : ""}`
  );
  const statuses = [...groupRows(named)]
    .map(([status, rows]): ProvenanceRow => [`answers, ${status}`, rows.length]);
  const again = attempts!.filter((attempt) => Number(attempt) > 1).length;
  const models = distinct(joined<string | null>(answers, "model")).filter((model) => model !== null);
  return [
    ["personas", distinct(personas).length],
    ["personas by arm", arms],
    ["design", describeDesign(plan)],
    [
      "told of each person",
      distinct(plans.map(({ design }) => design.stated.join(", ") || "nothing")).join("; "),
    ],
    ["questions", design.items.map(({ name }) => name)],
    [
      "calls planned",
      joined<number>(plans.map(({ summary }) => summary), "calls").reduce((a, b) => a + b, 0),
    ],
    ...(design.protocol === null
      ? [["different prompts by arm", distinct(plans.map(describePrompts)).join("; ")] as ProvenanceRow]
      : []),
    ["model that answered", models],
    ["answers", answers.reduce((total, table) => total + table.numRows(), 0)],
    ...statuses,
    ...(again === 0 ? [] : [["answers at a second or later try", again] as ProvenanceRow]),
    ...requestRows(answers),
  ];
}

function describePrompts({ summary }: Plan): string {
  return columnOf(summary, "arm").map((arm, row) => `${arm} ${summary.get("prompts", row)}`).join(", ");
}

function describeDesign({ design }: Plan): string {
  const { conjoint } = design;
  return [
    `${design.subjects} subjects`,
    `${design.assignment} assignment`,
    ...(design.blocks.length > 0 ? [`blocks ${design.blocks.join(" × ")}`] : []),
    ...(design.clusters === null ? [] : [`clusters ${design.clusters}`]),
    `reference ${design.reference}`,
    ...((design.elicit ?? "answer") === "answer" ? [] : [`answers as ${design.elicit}`]),
    ...(conjoint === null ? [] : [`${conjoint.tasks} tasks of ${conjoint.profiles} profiles`]),
  ].join(", ");
}

// Tokens and the store's part are told for the whole call on each of its rows: count one row per request.
function requestRows(answers: readonly Table[]): ProvenanceRow[] {
  const trials = joined(answers, "trial_id");
  // A call that failed before it was sent has no key: its own trial stands for it.
  const keys = joined(answers, "request_key").map((key, row) => isKey(key) ? key : `trial ${trials[row]}`);
  const firsts = [...groupRows(keys).values()].map((rows) => rows[0]!);
  const [prompts, completions, cached] = ["prompt_tokens", "completion_tokens", "cached"]
    .map((name) => joined(answers, name));
  return [
    ["requests", firsts.length],
    ["requests answered from the store", firsts.filter((row) => cached![row] === true).length],
    ["prompt tokens", tokens(firsts.map((row) => prompts![row]))],
    ["completion tokens", tokens(firsts.map((row) => completions![row]))],
  ];
}

function isKey(key: unknown): key is string {
  return typeof key === "string" && key !== "";
}

function tokens(counts: readonly unknown[]): string {
  const told = counts.filter((count): count is number => Number.isFinite(count));
  const missing = counts.length - told.length;
  if (told.length === 0) return "not told by the endpoint";
  const sum = told.reduce((total, count) => total + count, 0);
  return missing === 0 ? String(sum) : `${sum} (${missing} of ${counts.length} requests did not say)`;
}

/** Hashes the design and everything that was asked, so that a reader can tell whether a run was the same. */
function hashRows(plan: Plan, answers: readonly Table[]): ProvenanceRow[] {
  const keys = distinct(joined(answers, "request_key")).filter(isKey).sort();
  // Designs that have neither keep the hash that they had before there were any.
  const { protocol, conversation, ...rest } = plan.design;
  const design = {
    ...rest,
    ...(protocol === null ? {} : { protocol }),
    ...(conversation === "separate" ? {} : { conversation }),
  };
  return [
    ["hash of the design (SHA-256)", canonicalHash(JSON.parse(JSON.stringify(design, hashable)))],
    ["hash of all requests (SHA-256)", canonicalHash(keys)],
  ];
}

function hashable(_: string, value: unknown): unknown {
  if (typeof value === "function") return `${value.name} ${value}`;
  return typeof (value as Respondent | null)?.respond === "function" ? (value as Respondent).name : value;
}
