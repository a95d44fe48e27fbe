import { checkColumns, checkRows, checkText } from "../../core/checks.ts";
import * as contracts from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { canonicalHash } from "../../core/hash.ts";
import { oneOf, readOptions, rule, type RulesFor } from "../../core/options.ts";
import {
  flatSteps,
  type Hearing,
  type Member,
  type Protocol,
  type SessionView,
} from "../../core/protocol.ts";
import { distinct, type Table, tableOfRows } from "../../core/table.ts";
import { writeTable } from "../../core/table_files.ts";
import { connectIds } from "./connected_ids.ts";

/** Options of {@linkcode writeRunTables}. */
export interface WriteRunTablesOptions {
  /**
   * The version of Talking to Machines whose tables are written.
   * @default {2}
   */
  layout?: 1 | 2;
  /**
   * The settings of the study, as `loadWorkbook` reads them: the experiment's name, temperature and such.
   * @default {{}}
   */
  settings?: { readonly [setting: string]: unknown };
  /**
   * The protocol of a workbook of version 2: who hears whom in a step makes the groups, also where nobody spoke.
   * @default {undefined} groups are those who heard each other
   */
  protocol?: Protocol;
}

const action = "write run tables";

const rules = {
  layout: oneOf([1, 2], 2),
  settings: rule<Row, Row>((action, name, value) => {
    if (typeof value === "object" && value !== null) return;
    throw new TypeError(cannot(action, name, "be settings by name", value));
  }, {}),
  protocol: rule<Protocol, undefined>((action, name, value) => {
    if (Array.isArray((value as Protocol)?.steps)) return;
    throw new TypeError(cannot(action, name, "be a protocol", value));
  }, undefined),
} satisfies RulesFor<WriteRunTablesOptions>;

type Row = { readonly [column: string]: unknown };

/** A row of answers and its place in the hierarchy of sessions, modules, rounds and members. */
interface Placed {
  readonly row: Row;
  readonly ids: { readonly [id: string]: string | number };
  /** The name of the answer, with a number from the second of a round on. */
  readonly field: string;
  /** Whether it is what an assigned persona did itself. */
  readonly own: boolean;
}

/**
 * Writes answers in the tables that Talking to Machines writes, as CSV, for analyses that read them.
 *
 * Layout 1 is one row per subject with what it did: `<name>.raw`, `.reasoning`, `.response` and `.speculation_score`,
 * `.round<k>` in rounds. Layout 2 is `session_table`, `agent_table`, `group_table`, `player` (one row per subject and
 * round), `assignments`, `events` and `metrics`. A module is what stands before the first dot of a step's name, else
 * `session`; a group those who hear each other in a round, or play together. Events are what has no place in the others:
 * lines of roles without a persona, judgements, probes, and what has no value. Cells are empty where answers do not
 * tell: costs, times, and what a persona was told of itself if no column `system_message` or `persona_text` says it. An
 * item named `<name>_speculation_score` is that answer's.
 *
 * @param answers the answers of a design with a protocol
 * @param folder where the files go; made where there is none
 * @param options see {@linkcode WriteRunTablesOptions}
 * @returns the tables by their names
 * @throws {RangeError} if there is no answer, or `answers` is not of a design with a protocol
 * @see https://github.com/talking-to-machines/talking-to-machines, storage/exporters.py
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { writeRunTables } from "@understudy/understudy/formats";
 *
 * const ask = { persona_id: "p1", session: "p1", member: "p1", role: "subject", arm: "control", kind: "answer" };
 * const answers = tableOf([{ ...ask, step: "quiz.fear", round: 1, item: "fear", value: 7, status: "answered" }]);
 * const { player } = await writeRunTables(answers, await Deno.makeTempDir());
 * assertEquals([player!.get("subsession_id", 0), player!.get("fear", 0)], ["p1_quiz_r1", 7]);
 * ```
 */
export async function writeRunTables(
  answers: Table,
  folder: string,
  options: WriteRunTablesOptions = {},
): Promise<{ readonly [table: string]: Table }> {
  const { layout, settings, protocol } = readOptions(action, options, rules);
  checkText(action, "folder", folder);
  const needed = "persona_id arm item value status session member role kind step round";
  checkColumns(action, answers, needed.split(" "), "answers");
  checkRows(action, answers, "answers");
  const known = Object.values(contracts).flatMap((columns) => Object.keys(columns));
  const told = [...known, "system_message", "experiment_context", "constants", "basis"];
  const attributes = answers.columnNames().filter((name) => !told.includes(name));
  const experiment = String(settings.EXPERIMENT_ID ?? settings.session_id ?? "experiment");
  const placed = placeRows(answers.objects() as Row[], experiment);
  const tables = layout === 1
    ? { [experiment]: subjectTable(placed, attributes, settings) }
    : hierarchyTables(placed, attributes, protocol);
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, table] of Object.entries(tables)) {
    await writeTable(table, `${folder}/${name.replace(/[^\w.-]+/g, "_").slice(0, 100)}.csv`);
  }
  return tables;
}

/** The place of each row; a session that was run several times has its arm and numbers in its name. */
function placeRows(rows: readonly Row[], run_id: string): Placed[] {
  const bySession = Map.groupBy(rows.filter(({ session }) => session !== null), ({ session }) => session);
  const several = ["arm", "wording", "replicate"].filter((name) =>
    [...bySession.values()].some((own) => own.some((row) => row[name] !== own[0]![name]))
  );
  const counts = new Map<string, number>();
  return rows.map((row) => {
    const session_id = [row.session, ...several.map((name) => row[name])].join("_");
    const [, module = "session", step] = /^(?:(\w+)\.)?(.*)$/s.exec(String(row.step))!;
    const [agent_id, round_number] = [String(row.member ?? row.persona_id), Number(row.round)];
    const own = agent_id === String(row.persona_id) && /^(answer|line|payoff)$/.test(String(row.kind));
    const [module_id, agent_instance_id] = [`${session_id}_${module}`, `${run_id}_${agent_id}`];
    const subsession_id = `${module_id}_r${round_number}`;
    const player_id = `${agent_instance_id}_${subsession_id}`;
    const who = { agent_id, agent_instance_id, profile_id: agent_id, player_id, group_id: "" };
    const run = { experiment_id: run_id, run_id, session_id };
    const ids = { ...run, ...who, module_id, subsession_id, module, round_number };
    const said = row.kind === "line" ? step! : String(row.item);
    const name = said in ids ? `${said}_answer` : said;
    const key = JSON.stringify([player_id, own, name]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return { row, ids, own, field: counts.get(key) === 1 ? name : `${name}_${counts.get(key)}` };
  });
}

function groupsBy(placed: readonly Placed[], id: string): Placed[][] {
  return [...Map.groupBy(placed, ({ ids }) => ids[id]).values()];
}

/** Cells of a row by their names. */
function cells(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

/** Layout 1: a row per subject. */
function subjectTable(placed: readonly Placed[], attributes: readonly string[], settings: Row): Table {
  // By name and part, so that the rounds of a part stand together.
  const columns = new Map<string, Set<string>>();
  const sessions = groupsBy(placed.filter(({ own }) => own), "session_id");
  const first = "ID session_id group_id model_info temperature role treatment_label system_message " +
    "experiment_context build_profile_qna build_profile_backstories constants";
  const rows = sessions.flatMap((own) => groupsBy(own, "agent_id")).map((own) => {
    const { row, ids } = own[0]!;
    const answered = own.flatMap(({ row, ids, field }) => {
      const [, name, score] = /^(.*?)(_speculation_score)?$/s.exec(field)!;
      const { raw, thought: reasoning, value } = row;
      const parts = score ? { speculation_score: value } : { raw, reasoning, response: value };
      return Object.entries(parts).map(([part, value]) => {
        const key = `${name}.${part}`;
        const column = Number(ids.round_number) > 0 ? `${key}.round${ids.round_number}` : key;
        columns.set(key, (columns.get(key) ?? new Set()).add(column));
        return [column, value];
      });
    });
    const { agent_id: ID, session_id: group_id, experiment_id: session_id } = ids;
    const told = { ID, session_id, group_id, model_info: row.model, treatment_label: row.arm };
    const cells = { system_message: row.persona_text, ...settings, ...row, ...told };
    return { ...cells, ...Object.fromEntries(answered) };
  });
  const answered = [...columns.values()].flatMap((own) => [...own]);
  return tableOfRows(rows, distinct([...first.split(" "), ...attributes, ...answered]));
}

function heardBy(row: Row): string[] {
  return String(row.heard_by ?? "").split(", ").filter((id) => id !== "");
}

/** The number of each member's group in a round: of those who heard each other, or played together. */
function groupNumbers(
  placed: readonly Placed[],
  hearing: ReadonlyMap<string, Hearing | null>,
): Map<string, number> {
  const members = distinct(placed.map(({ ids }) => String(ids.agent_id)));
  const first = new Map<unknown, string>();
  const pairs = placed.flatMap(({ row, ids }) => {
    const member = String(ids.agent_id);
    if (!first.has(row.part ?? member)) first.set(row.part ?? member, member);
    const hears = hearing.get(String(row.step)) ?? null;
    const near = hears === null
      ? []
      : members.filter((other) =>
        hears({ member } as Member, { member: other } as Member, { round: ids.round_number } as SessionView)
      );
    return [first.get(row.part ?? member)!, ...heardBy(row), ...near].map((other) =>
      [member, other] as const
    );
  });
  return connectIds(members, pairs);
}

/** Layout 2: sessions, agents, groups, players, assignments, events and metrics. */
function hierarchyTables(placed: readonly Placed[], attributes: readonly string[], protocol?: Protocol) {
  const hearing = new Map(flatSteps(protocol?.steps ?? []).map(({ name, hears }) => [name, hears]));
  const [rows, names] = [new Map<string, Row[]>(), new Map<string, Set<string>>()];
  const add = (table: Layout2, ids: Row, fields: Row = {}) => {
    rows.set(table, rows.get(table) ?? []);
    rows.get(table)!.push({ ...fields, ...ids });
    names.set(table, names.get(table) ?? new Set());
    for (const name of Object.keys(fields)) names.get(table)!.add(name);
  };
  for (const all of groupsBy(placed, "session_id")) {
    const own = all.filter(({ own }) => own);
    const [agents, rounds] = [groupsBy(own, "agent_id"), groupsBy(own, "subsession_id")];
    const history = new Map(agents.map(([first]) => [first!.ids.agent_id, [] as Row[]]));
    for (const { row, ids } of all.filter(({ row }) => row.kind === "answer" || row.kind === "line")) {
      const said = { content: row.raw ?? row.value, ...cells(ids, ["agent_id", "module", "round_number"]) };
      history.get(ids.agent_id!)?.push({ role: "assistant", ...said });
      for (const other of heardBy(row)) history.get(other)?.push({ role: "user", ...said });
    }
    for (const own of agents) {
      const { row, ids } = own[0]!;
      const fields = own.map((
        one,
      ) => [`${one.ids.module}.${one.ids.round_number}.${one.field}`, one.row.value]);
      const told = { system_message: row.system_message ?? row.persona_text };
      const profile = { ...cells(row, attributes), ...Object.fromEntries(fields) };
      add("agent_table", { ...ids, ...told, message_history: history.get(ids.agent_id!) }, profile);
      const assigned = { class: "Agent", name: "treatment", value: row.arm };
      add("assignments", { ...ids, module: null, round_number: null, ...assigned });
    }
    let groups = 0;
    for (const inRound of rounds) {
      const numbers = groupNumbers(inRound, hearing);
      const sizes = Map.groupBy(numbers.values(), (number) => number);
      groups += sizes.size;
      for (const [number, { length: num_players }] of sizes) {
        const group_id = `${inRound[0]!.ids.subsession_id}_g${number}`;
        add("group_table", { ...inRound[0]!.ids, group_id, num_players });
      }
      for (const own of groupsBy(inRound, "agent_id")) {
        const { ids } = own[0]!;
        const number = numbers.get(String(ids.agent_id));
        const fields = Object.fromEntries(own.map(({ field, row }) => [field, row.value]));
        add("player", { ...ids, group_id: `${ids.subsession_id}_g${number}` }, fields);
        add("assignments", { ...ids, class: "Group", name: "group_id", value: number });
      }
    }
    for (const { row, own, ids, field } of all.filter(({ row, own }) => !own || row.status !== "answered")) {
      const called = ["answer", "line"].includes(String(row.kind)) ? "facilitator_call" : row.kind;
      const what = { field, module: ids.module, round_number: ids.round_number };
      const data = { ...what, ...cells(row, ["line", "value", "reason"]) };
      add("events", { ...ids, event_type: own ? row.status : called, data });
    }
    // What a model answers without a persona belongs to no session.
    if (agents.length === 0) continue;
    const failed = all.find(({ row }) => row.status === "failed");
    const stop_reason = failed === undefined ? "completed" : `failed: ${failed.row.reason}`;
    const cep_hash = canonicalHash(distinct(all.map(({ row }) => String(row.request_key ?? ""))).sort());
    add("session_table", { ...all[0]!.ids, cep_hash, stop_reason });
    add("metrics", {
      ...{ ...all[0]!.ids, num_agents: agents.length, num_modules: groupsBy(own, "module").length },
      ...{ num_rounds_total: rounds.length, num_groups_total: groups },
      num_players_total: groupsBy(own, "player_id").length,
      num_messages_total: [...history.values()].reduce((sum, { length }) => sum + length, 0),
    });
  }
  const columns = (table: string, [before, after]: readonly string[]) =>
    distinct([...before!.split(" "), ...names.get(table) ?? [], ...after?.split(" ") ?? []]);
  const made = (table: Layout2): [string, Table] => [
    table,
    tableOfRows(rows.get(table) ?? [], columns(table, layout2[table].split(" | "))),
  ];
  return Object.fromEntries((Object.keys(layout2) as Layout2[]).map(made));
}

type Layout2 = keyof typeof layout2;

/** The columns of each table of layout 2; fields stand where the bar is, or at the end. */
const layout2 = {
  session_table: "run_id session_id experiment_id config_hash cep_hash start_time end_time total_cost_usd " +
    "run_time_sec stop_reason",
  agent_table: "session_id agent_id agent_instance_id | system_message message_history",
  group_table: "session_id module_id subsession_id group_id round_number module num_players",
  player: "session_id player_id agent_instance_id agent_id group_id subsession_id round_number module",
  assignments: "session_id profile_id agent_id agent_instance_id module round_number class name value",
  events: "timestamp event_type run_id session_id group_id agent_instance_id data",
  metrics: "session_id run_id experiment_id num_agents num_modules num_rounds_total num_groups_total " +
    "num_players_total num_messages_total total_cost_usd run_time_sec start_time end_time",
};
