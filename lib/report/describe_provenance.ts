import {
  cannot,
  checkColumns,
  checkOptions,
  formatValue,
  type Plan,
  type RespondentIdentity,
  type Table,
  tableOf,
  toolkitVersion,
} from "../core/mod.ts";
import { countRows, hashRows } from "./count_answers.ts";

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
   *
   * @default {}
   */
  seeds?: { readonly [purpose: string]: number };
  /** When the run started, ISO 8601. */
  startedAt?: string;
  /** When the run ended, ISO 8601. */
  finishedAt?: string;
  /**
   * When each reply arrived, ISO 8601, as a store keeps it; the first and the last are told.
   *
   * @default []
   */
  answeredAt?: readonly string[];
  /**
   * The packages that took part and their versions, such as `{ openai: "6.49.0" }`.
   *
   * @default {}
   */
  packages?: { readonly [name: string]: string };
}

type Row = readonly [what: string, value: unknown];

const known = [
  "plan",
  "answers",
  "identity",
  "respondentName",
  "seeds",
  "startedAt",
  "finishedAt",
  "answeredAt",
  "packages",
];
const needed = [
  "trial_id",
  "status",
  "model",
  "prompt_tokens",
  "completion_tokens",
  "cached",
  "request_key",
];

/**
 * Describes where answers come from: versions, endpoint and model, parameters, seeds, counts, tokens, hashes, dates.
 *
 * For the supplement of a paper: with the stored replies it lets a reader repeat the run and tell whether they did.
 * Tokens are counted once for each request, also where several rows share it. Takes the respondent's identity, not
 * the respondent, and leaves out credentials and queries in the endpoint's address, so that no key can get in.
 *
 * @param options see {@linkcode DescribeProvenanceOptions}
 * @returns one row per fact: `what`, `value` (a text)
 * @throws {RangeError} if `answers` lacks a column of the answers table
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { describeProvenance } from "@understudy/understudy/report";
 * import { type Plan, tableOf } from "@understudy/understudy/core";
 *
 * const plan: Plan = {
 *   trials: tableOf({ trial_id: ["t1"], persona_id: ["p1"] }),
 *   assigned: tableOf({ persona_id: ["p1"], arm: ["control"] }),
 *   design: {
 *     treatments: { arms: [{ name: "control", wordings: ["A border is quiet."], slots: {} }] },
 *     items: [{ kind: "text", name: "view", text: "What do you think?" }],
 *     factors: null,
 *     conjoint: null,
 *     stated: [],
 *     reference: "control",
 *     probabilities: { control: 1 },
 *     assignment: "complete",
 *     blocks: [],
 *     clusters: null,
 *     subjects: "between",
 *     itemOrder: "fixed",
 *   },
 *   prompt: { persona: () => "You are a person.", instruction: "Please answer." },
 * };
 * const answers = tableOf({
 *   trial_id: ["t1"],
 *   status: ["answered"],
 *   model: ["m"],
 *   prompt_tokens: [40],
 *   completion_tokens: [8],
 *   cached: [false],
 *   request_key: ["0f"],
 * });
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
    throw new TypeError(
      cannot(action, "plan and answers", "be at least one each", `${plans.length} and ${answers.length}`),
    );
  }
  if (typeof options.identity?.endpoint !== "string") {
    throw new TypeError(
      `${
        cannot(action, "identity", "be a respondent's identity", options.identity)
      }; it is await respondent.identity()`,
    );
  }
  const rows: Row[] = [
    ...softwareRows(options),
    ...respondentRows(options),
    ...Object.entries(options.seeds ?? {}).map(([purpose, seed]): Row => [`seed, ${purpose}`, seed]),
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

function softwareRows(options: DescribeProvenanceOptions): Row[] {
  return [
    ["Understudy", toolkitVersion],
    ["Deno", Deno.version.deno],
    ["V8", Deno.version.v8],
    ["TypeScript", Deno.version.typescript],
    ...Object.entries(options.packages ?? {}).map(([name, version]): Row => [`package ${name}`, version]),
  ];
}

function respondentRows({ identity, respondentName }: DescribeProvenanceOptions): Row[] {
  const secret = /api[-_]?key|secret|password|authorization|bearer/i;
  return [
    ...(respondentName === undefined ? [] : [["respondent", respondentName] as Row]),
    ["endpoint", withoutCredentials(identity.endpoint)],
    ["model asked for", identity.model],
    ...Object.entries(identity.parameters)
      .filter(([name]) => !secret.test(name))
      .map(([name, value]): Row => [`parameter ${name}`, value]),
  ];
}

// Some gateways take their key in the address: as user and password or as a query.
function withoutCredentials(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const address = new URL(endpoint);
  if (!/^https?:$/.test(address.protocol)) return endpoint;
  return address.origin + address.pathname.replace(/\/$/, "");
}

function dateRows({ startedAt, finishedAt, answeredAt = [] }: DescribeProvenanceOptions): Row[] {
  // ISO 8601 dates of one time zone sort as texts; stores keep UTC.
  const dates = [...answeredAt].sort();
  const rows: [string, string | undefined][] = [
    ["run started", startedAt],
    ["run ended", finishedAt],
    ["first answer", dates[0]],
    ["last answer", dates.at(-1)],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}
