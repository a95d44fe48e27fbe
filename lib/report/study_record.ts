import { checkColumns, checkOptions } from "../core/checks.ts";
import { assignedColumns, memberColumns, personaColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import type { Design, Plan } from "../core/experiment.ts";
import { formatNumber } from "../core/format.ts";
import { canonicalJson } from "../core/hash.ts";
import type { RespondentIdentity, StoredReply } from "../core/respondent.ts";
import { type Specifications, tellSpecifications } from "../estimation/specifications.ts";
import { columnOf, distinct, groupRows, type Table, takeRows } from "../core/table.ts";
import { checkPlan } from "../prompts/compose_prompt.ts";
import { type AuthorAnswers, checkAuthor } from "./checklist_form.ts";
import { describeProvenance } from "./describe_provenance.ts";

/** What a study leaves behind, and what only its author knows; see `composeChecklist`. */
export interface StudyRecord {
  /** The plan that was run, for all tables of answers; or one for each of them. */
  readonly plan: Plan | readonly Plan[];
  /** The answers: one table, or one for each run. */
  readonly answers: Table | readonly Table[];
  /** The kept replies, `await store.list()`: endpoints, parameters and dates are read from them. */
  readonly replies?: readonly StoredReply[];
  /** Who was asked, `await respondent.identity()`, where there are no `replies`; several for several models. */
  readonly identity?: RespondentIdentity | readonly RespondentIdentity[];
  /** Effects or means: of `estimateEffects` and its like. */
  readonly estimates?: Table;
  /** Negative controls: of `estimateDrift`. */
  readonly drift?: Table;
  /** All `iterations` of `repairDrift`. */
  readonly repair?: Table;
  /** Estimates corrected by people's answers: of `calibrateEffects` and its like. */
  readonly calibration?: Table;
  /** What was held against people, with its baselines: of `scoreFidelity` and its like. */
  readonly fidelity?: Table;
  /** Which configurations were tried: `configurations` of `planMultiverse`, and their estimates in one table. */
  readonly specifications?: Specifications;
  /** What only the author knows; open items say which name they wait for. */
  readonly author?: AuthorAnswers;
}

/** What is known by name, each fact in one or several sentences or lines. */
export type Facts = ReadonlyMap<string, readonly string[]>;

/** One model's part in a study. */
export interface ModelRecord {
  readonly model: string;
  readonly plans: readonly Plan[];
  readonly facts: Facts;
}

const tables = ["estimates", "drift", "repair", "calibration", "fidelity"] as const;
const others = ["plan", "answers", "replies", "identity", "specifications", "author"];
const needed = ["trial_id", "persona_id", "arm", "item", "status", "model", "request_key", "replicate"];

/** Reads a record, checked, as one part for each model that answered; calls that failed count with the run's first model. */
export function readRecord(action: string, record: StudyRecord): ModelRecord[] {
  checkOptions(action, record, [...others, ...tables]);
  const [plans, answers] = [[record.plan].flat() as Plan[], [record.answers].flat() as Table[]];
  for (const plan of plans) checkPlan(action, plan);
  for (const table of answers) checkColumns(action, table, needed, "answers");
  for (const name of tables) if (record[name] !== undefined) checkColumns(action, record[name], [], name);
  if (answers.length === 0 || ![1, answers.length].includes(plans.length)) {
    const given = `${plans.length} plans of ${answers.length} tables of answers`;
    throw new RangeError(cannot(action, "plan", "be one, or one for each table of answers", given));
  }
  const runs = answers.flatMap((table, at) => {
    const names = columnOf<string | null>(table, "model");
    const first = names.find((name) => name !== null) ?? "(no model answered)";
    return [...groupRows(names.map((name) => name ?? first))].map(([model, rows]) => ({
      model,
      plan: plans[at] ?? plans[0]!,
      answers: rows.length === table.numRows() ? table : takeRows(table, rows),
    }));
  });
  const byModel = [...Map.groupBy(runs, ({ model }) => model)].sort(([a], [b]) => a < b ? -1 : 1);
  checkAuthor(action, record.author ?? {}, byModel.map(([model]) => model));
  const ofStudy = studyFacts(record);
  return byModel.map(([model, own]) => {
    const part = { plans: distinct(own.map(({ plan }) => plan)), answers: own.map(({ answers }) => answers) };
    const known = modelFacts(record, { model, ...part, isOnly: byModel.length === 1 });
    const facts = new Map([...known, ...ofStudy, ["models", [String(byModel.length)]]]);
    // What nothing is known of is no fact.
    return { model, ...part, facts: new Map([...facts].filter(([, told]) => told.join("") !== "")) };
  });
}

interface ModelPart extends Pick<ModelRecord, "model" | "plans"> {
  readonly answers: readonly Table[];
  readonly isOnly: boolean;
}

/** What provenance tells of a model's runs, by its names, and what its designs say in sentences. */
function modelFacts(
  { replies = [], identity }: StudyRecord,
  { model, plans, answers, isOnly }: ModelPart,
): Map<string, string[]> {
  const keys = new Set(answers.flatMap((table) => columnOf(table, "request_key")));
  const own = replies.filter(({ key }) => keys.has(key));
  const given = ([identity ?? []].flat() as RespondentIdentity[]).filter((each) =>
    isOnly || each.model === model
  );
  // The same model may have been asked with several settings.
  const kept = new Map(own.map(({ identity }) => [canonicalJson(identity), identity]));
  const identities = kept.size > 0 ? [...kept.values()] : given;
  const facts = new Map<string, string[]>();
  const nobody = { endpoint: "", model: "", parameters: {} };
  for (const identity of identities.length > 0 ? identities : [nobody]) {
    const answeredAt = own.map((reply) => reply.answeredAt);
    const table = describeProvenance({ plan: plans, answers, identity, answeredAt });
    columnOf<string>(table, "what").forEach((what, row) =>
      facts.set(what, distinct([...facts.get(what) ?? [], table.get("value", row) as string]))
    );
  }
  const under = (beginning: string) =>
    [...facts].filter(([what]) => what.startsWith(beginning))
      .map(([what, told]) => `${what.slice(beginning.length)} ${told.join(" or ")}`).join(", ");
  const [first, last] = ["first answer", "last answer"].map((name) => facts.get(name)?.[0]?.slice(0, 10));
  const designs = distinct(plans.map(({ design }) => design));
  const arms = distinct(designs.flatMap(({ treatments }) => treatments.arms.map(({ name }) => name)));
  const replicates = answers.flatMap((table) => distinct(columnOf(table, "replicate")));
  const sent = under("parameter ") || "no parameters, so the endpoint's own";
  const told: { [name: string]: string | string[] } = {
    purpose: `${model} answered in the place of people, as simulated personas in ${arms.length} arms (${
      arms.join(", ")
    })`,
    dates: first === undefined ? "" : first === last ? `on ${first}` : `from ${first} to ${last}`,
    settings: identities.length === 0 ? "" : sent,
    statuses: under("answers, "),
    "statuses by arm": countByArm(answers),
    replicates: String(distinct(replicates).length),
    seeds: distinct(plans.map(({ seed }) => seed)).join(", "),
    memory: distinct(designs.map(memoryOf)),
    probabilities: distinct(designs.map(sharesOf)),
    "left out": distinct(plans.flatMap(notStated)).join(", ") || "nothing",
  };
  for (const [name, said] of Object.entries(told)) facts.set(name, [said].flat());
  return facts;
}

/** What the tables of a study say, in lines. */
function studyFacts(record: StudyRecord): Map<string, string[]> {
  const { estimates, drift, repair, calibration, fidelity, specifications } = record;
  const people = ["n_human", "n_synthetic", "n_effective"];
  const held = [...tellRows(calibration, people), ...tellRows(fidelity)];
  return new Map([
    ["estimates", tellRows(estimates, ["n"])],
    ["controls", tellRows(drift)],
    ["repairs", tellRows(repair)],
    ["humanSample", tellRows(calibration, people)],
    ["baselines", tellRows(fidelity)],
    ["validation", held.length > 0 ? held : ["synthetic answers alone, not held against people's"]],
    [
      "exclusions",
      distinct([estimates, calibration].flatMap((table) => table === undefined ? [] : notesIn(table))),
    ],
    ["configurations", specifications === undefined ? [] : [tellSpecifications(specifications)]],
  ]);
}

function notesIn(table: Table): string[] {
  return table.columnNames().includes("notes") ? columnOf<string>(table, "notes").filter(Boolean) : [];
}

/** `control: 118 answered, 2 refused; threat: 120 answered`. */
function countByArm(answers: readonly Table[]): string {
  const cells = answers.flatMap((table) => {
    const statuses = columnOf(table, "status");
    return columnOf(table, "arm").map((arm, row) => ({ arm: String(arm), status: statuses[row] }));
  });
  return [...Map.groupBy(cells, ({ arm }) => arm)].sort(([a], [b]) => a < b ? -1 : 1).map(([arm, own]) => {
    const counts = [...groupRows(own.map(({ status }) => status))];
    return `${arm}: ${counts.map(([status, rows]) => `${rows.length} ${status}`).join(", ")}`;
  }).join("; ");
}

const namesOfRows = [
  "label",
  "measure",
  "source",
  "control",
  "outcome",
  "item",
  "arm",
  "term",
  "estimator",
  "basis",
];
const mostRows = 12;

/** What rows say, a line each: names, the estimate or distance with its interval, counts, verdict, why there is none. */
function tellRows(table: Table | undefined, counts: readonly string[] = []): string[] {
  const rows = (table?.objects({ limit: mostRows }) ?? []) as { readonly [column: string]: unknown }[];
  const isTold = (value: unknown) => value !== "" && (typeof value === "string" || Number.isFinite(value));
  const told = rows.map((row) => {
    const [value, low, high] = [row.estimate ?? row.statistic, row.conf_low, row.conf_high].map((one) =>
      Number(one ?? NaN)
    );
    const interval = Number.isNaN(low! + high!) ? "" : ` [${formatNumber(low!)}, ${formatNumber(high!)}]`;
    const numbers = counts.filter((name) => isTold(row[name])).map((name) =>
      `${name} ${formatNumber(Number(row[name]))}`
    );
    const open = row.verdict === "not found" && isTold(row.conf_high)
      ? `, up to ${formatNumber(high!)} not excluded`
      : "";
    const ends = [...numbers, isTold(row.verdict) ? `${row.verdict}${open}` : "", row.reason].filter(isTold);
    const names = namesOfRows.map((name) =>
      name === "arm" && isTold(row.reference) ? `${row.arm} against ${row.reference}` : row[name]
    ).filter(isTold);
    return `${names.join(", ")}: ${[formatNumber(value!) + interval, ...ends].join("; ")}`;
  });
  const rest = (table?.numRows() ?? 0) - rows.length;
  return rest > 0 ? [...told, `and ${rest} more in the table`] : told;
}

function sharesOf({ probabilities }: Design): string {
  return Object.entries(probabilities).map(([arm, share]) => `${arm} ${formatNumber(share)}`).join(", ");
}

function memoryOf({ ask, protocol, conversation }: Design): string {
  const last = protocol?.memory.last ?? null;
  if (protocol !== null) {
    return `each session is a conversation, in which a member remembers ${
      last === null ? "all" : `the last ${last} lines`
    } it heard`;
  }
  return {
    "together": "one call asks a persona all questions of an arm",
    "in turn": "each question is a call that remembers those before it",
    "apart": "each question is a call that remembers no other",
  }[ask] + (conversation === "one" ? "; later arms remember those before" : "; no arm remembers another");
}

/** Attributes that are known of personas and not told to the model. */
function notStated({ assigned, design }: Plan): string[] {
  const drawn = [...Object.keys(design.factors ?? {}), ...Object.keys(design.conjoint?.features ?? {})];
  const own = [personaColumns, assignedColumns, memberColumns].flatMap((columns) => Object.keys(columns));
  const known = [...drawn, ...own, "task", "profile", ...design.stated];
  return assigned.columnNames().filter((name) => !known.includes(name));
}
