import { checkColumns, checkOptions } from "../core/checks.ts";
import { assignedColumns, memberColumns, personaColumns, profileColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import type { Design, Plan } from "../core/experiment.ts";
import { formatNumber } from "../core/format.ts";
import { canonicalJson } from "../core/hash.ts";
import type { StoredReply } from "../core/respondent.ts";
import { type Specifications, tellSpecifications } from "../estimation/specifications.ts";
import { columnOf, distinct, groupRows, type Table, takeRows } from "../core/table.ts";
import { checkPlan } from "../prompts/compose_prompt.ts";
import { type AuthorAnswers, checkAuthor } from "./checklist_form.ts";
import { describeProvenance } from "./describe_provenance.ts";

/** What a study leaves behind, and what only its author knows; see `composeChecklist`. */
export interface StudyRecord {
  /** The plan that was run; of a repair or a multiverse the one that is reported. */
  readonly plan: Plan;
  /** Its answers; of several models in one table, `first.concat(second)`. */
  readonly answers: Table;
  /** The kept replies, `await store.list()`: endpoints, parameters and dates are known from them. */
  readonly replies?: readonly StoredReply[];
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
  /** Checks of how the model answers: of `auditFiveChallenges`. */
  readonly audit?: Table;
  /** Which configurations were tried: `configurations` of `planMultiverse`, and their estimates in one table. */
  readonly specifications?: Specifications;
  /** What only the author knows; open items say which name they wait for. */
  readonly author?: AuthorAnswers;
}

/** What is known by name, each fact in one or several sentences or lines. */
export type Facts = ReadonlyMap<string, readonly string[]>;

const tables = ["estimates", "drift", "repair", "calibration", "fidelity", "audit"] as const;
const others = ["plan", "answers", "replies", "specifications", "author"];
const needed = ["trial_id", "persona_id", "arm", "item", "status", "model", "request_key", "replicate"];

/** Reads a record, checked, as the facts of each model that answered; calls that failed count with the first. */
export function readRecord(action: string, record: StudyRecord): { model: string; facts: Facts }[] {
  checkOptions(action, record, [...others, ...tables]);
  const { plan, answers, author = {} } = record;
  checkPlan(action, plan);
  checkColumns(action, answers, needed, "answers");
  if (answers.numRows() === 0) throw new RangeError(cannot(action, "answers", "have rows", "0 rows"));
  for (const name of tables) if (record[name] !== undefined) checkColumns(action, record[name], [], name);
  const names = columnOf<string | null>(answers, "model");
  const first = names.find((name) => name !== null) ?? "(no model answered)";
  const models = [...groupRows(names.map((name) => name ?? first))].sort(([a], [b]) => a < b ? -1 : 1);
  checkAuthor(action, author, models.map(([model]) => model));
  const ofStudy = { ...studyFacts(record), models: `${models.length}` };
  return models.map(([model, rows]) => {
    const own = modelFacts(record, model, takeRows(answers, rows));
    const facts = Object.entries({ ...own, ...ofStudy }).map(([name, said]) =>
      [name, [said].flat()] as const
    );
    // What nothing is known of is no fact.
    return { model, facts: new Map(facts.filter(([, said]) => said.join("") !== "")) };
  });
}

/** Facts by their names, each in one or several sentences; empty where nothing is known. */
type NamedFacts = { readonly [name: string]: string | readonly string[] };

/** What provenance tells of a model's calls, by its names, and what the design says. */
function modelFacts({ plan, replies = [] }: StudyRecord, model: string, answers: Table): NamedFacts {
  const { design } = plan;
  const keys = new Set(columnOf(answers, "request_key"));
  const own = replies.filter(({ key }) => keys.has(key));
  const answeredAt = own.map((reply) => reply.answeredAt);
  // The same model may have been asked with several settings.
  const kept = new Map(own.map(({ identity }) => [canonicalJson(identity), identity]));
  const nobody = { endpoint: "", model: "", parameters: {} };
  const facts: { [name: string]: string[] } = {};
  for (const identity of kept.size > 0 ? kept.values() : [nobody]) {
    const table = describeProvenance({ plan, answers, identity, answeredAt });
    for (const { what, value } of table.objects() as { what: string; value: string }[]) {
      facts[what] = distinct([...facts[what] ?? [], value]);
    }
  }
  const under = (beginning: string) =>
    Object.entries(facts).filter(([what]) => what.startsWith(beginning))
      .map(([what, said]) => `${what.slice(beginning.length)} ${said.join(" or ")}`).join(", ");
  const [first, last] = ["first answer", "last answer"].map((name) => facts[name]?.[0]?.slice(0, 10));
  const arms = design.treatments.arms.map(({ name }) => name).join(", ");
  return {
    ...facts,
    purpose: `${model} answered in the place of people, as simulated personas in the arms ${arms}`,
    dates: first === undefined ? "" : first === last ? `on ${first}` : `from ${first} to ${last}`,
    settings: own.length === 0 ? "" : under("parameter ") || "no parameters, so the endpoint's own",
    stored: own.length === 0 ? "" : `${own.length}`,
    statuses: under("answers, "),
    "statuses by arm": countByArm(answers),
    replicates: `${new Set(columnOf(answers, "replicate")).size}`,
    seed: `${plan.seed}`,
    memory: memoryOf(design),
    probabilities: Object.entries(design.probabilities).map((pair) => pair.join(" ")).join(", "),
    "left out": notStated(plan).join(", ") || "nothing",
  };
}

/** What the tables of a study say, in lines. */
function studyFacts(
  { estimates, drift, repair, calibration, fidelity, audit, specifications }: StudyRecord,
): NamedFacts {
  const calibrated = tellRows(calibration, ["n_human", "n_synthetic", "n_effective"]);
  const scores = tellRows(fidelity);
  const rows = (fidelity?.objects() ?? []) as { source?: unknown; estimate?: unknown }[];
  const isBeside = rows.some((row) => row.source === "population query" && Number.isFinite(row.estimate));
  if (scores.length > 0 && !isBeside) scores.push("no population query stands beside these scores");
  const held = [...calibrated, ...scores];
  const asked = calibration?.columnNames().includes("n_human")
    ? columnOf<number>(calibration, "n_human")
    : [];
  const people = asked.reduce((most, n) => Math.max(most, n), 0);
  const notesIn = (table?: Table) =>
    table?.columnNames().includes("notes") ? columnOf<string>(table, "notes") : [];
  return {
    "human respondents": `${people > 0 ? people : "no"} human respondents`,
    estimates: tellRows(estimates, ["n"]),
    controls: tellRows(drift),
    repairs: tellRows(repair, [], Infinity),
    calibrated,
    baselines: scores,
    audit: tellRows(audit),
    validation: held.length > 0 ? held : "no, these are synthetic answers alone",
    exclusions: distinct([estimates, calibration].flatMap(notesIn)).filter(Boolean),
    configurations: specifications === undefined ? "" : tellSpecifications(specifications),
  };
}

/** `control: 118 answered, 2 refused; threat: 120 answered`. */
function countByArm(answers: Table): string {
  const statuses = columnOf(answers, "status");
  return [...groupRows(columnOf(answers, "arm").map(String))].sort().map(([arm, own]) => {
    const counts = [...groupRows(own.map((row) => statuses[row]))];
    return `${arm}: ${counts.map(([status, rows]) => `${rows.length} ${status}`).join(", ")}`;
  }).join("; ");
}

const namesOfRows = "label check measure source control outcome item arm reference term estimator basis"
  .split(" ");
const mostRows = 12;

/** What rows say, a line each: names, the estimate or distance with its interval, counts, verdict, why there is none. */
function tellRows(table: Table | undefined, counts: readonly string[] = [], most = mostRows): string[] {
  if (table === undefined) return [];
  const told = (table.objects({ limit: most }) as { readonly [column: string]: unknown }[]).map((row) => {
    const number = (name: string) => formatNumber(Number(row[name] ?? NaN));
    const text = (name: string) => typeof row[name] === "string" ? row[name] : "";
    const named = namesOfRows.map((name) =>
      name === "reference" && text(name) ? `against ${text(name)}` : text(name)
    );
    const names = named.filter(Boolean).join(", ");
    const interval = Number.isFinite(row.conf_high) ? ` [${number("conf_low")}, ${number("conf_high")}]` : "";
    const open = text("verdict") === "not found" && interval
      ? `, up to ${number("conf_high")} not excluded`
      : "";
    const numbers = counts.filter((name) => Number.isFinite(row[name])).map((name) =>
      `${name} ${number(name)}`
    );
    const value = number(row.estimate === undefined ? "statistic" : "estimate") + interval;
    return `${names}: ${
      [value, ...numbers, text("verdict") + open, text("reason")].filter(Boolean).join("; ")
    }`;
  });
  const rest = table.numRows() - told.length;
  return rest > 0 ? [...told, `and ${rest} more in the table`] : told;
}

function memoryOf({ ask, protocol, conversation }: Design): string {
  if (protocol !== null) {
    const { last } = protocol.memory;
    const what = last === null ? "all" : `the last ${last} lines`;
    return `each session is a conversation, in which a member remembers ${what} that it heard`;
  }
  return {
    "together": "one call asks a persona all questions of an arm",
    "in turn": "each question is a call that remembers those before it",
    "apart": "each question is a call that remembers no other",
  }[ask] + (conversation === "one" ? "; later arms remember those before" : "; no arm remembers another");
}

/** Attributes that are known of personas and not told to the model. */
function notStated({ assigned, design }: Plan): string[] {
  const own = { ...personaColumns, ...assignedColumns, ...memberColumns, ...profileColumns };
  const drawn = { ...design.factors, ...design.conjoint?.features };
  const known = [...Object.keys({ ...own, ...drawn }), ...design.stated];
  return assigned.columnNames().filter((name) => !known.includes(name));
}
