import { checkColumns, checkRows, checkText } from "../../core/checks.ts";
import * as contracts from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import { canonicalHash } from "../../core/hash.ts";
import { oneOf, readOptions, rule, type RulesFor } from "../../core/options.ts";
import type { Hearing, Member, Protocol, SessionView } from "../../core/protocol.ts";
import { flatSteps } from "../../core/protocol.ts";
import { distinct, type Table, tableOfRows } from "../../core/table.ts";
import { writeTable } from "../../core/table_files.ts";
import { connectedParts } from "../../protocols/hearing.ts";

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

type Row = { readonly [column: string]: unknown };

function checkObject(action: string, name: string, value: unknown): void {
  if (Object(value) !== value) throw new TypeError(cannot(action, name, "be what loadWorkbook gives", value));
}

const rules = {
  layout: oneOf([1, 2], 2),
  settings: rule<Row, Row>(checkObject, {}),
  protocol: rule<Protocol, undefined>(checkObject, undefined),
} satisfies RulesFor<WriteRunTablesOptions>;

/** A row of answers and its place in the hierarchy of sessions, modules, rounds and members. */
interface Placed {
  readonly row: Row;
  readonly ids: ReturnType<typeof idsOf>;
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
 * lines of roles without a persona, judgements, probes, and what has no value. What answers do not tell is empty: costs, times.
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
  const placed = placeRows(answers.objects() as Row[], experiment, protocol);
  const rows = layout === 1
    ? { [experiment]: subjectRows(placed, attributes, settings) }
    : hierarchyRows(placed, attributes);
  const tables = Object.entries(rows).map(([name, rows]): [string, Table] => {
    return [name, tableWithFields(rows, layout === 1 ? layout1 : layout2[name as keyof typeof layout2])];
  });
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, table] of tables) {
    await writeTable(table, `${folder}/${name.replace(/[^\w.-]+/g, "_").slice(0, 100)}.csv`);
  }
  return Object.fromEntries(tables);
}

const layout1 =
  "ID session_id group_id model_info temperature role treatment_label system_message experiment_context " +
  "build_profile_qna build_profile_backstories constants |";

/** The columns of each table of layout 2; fields stand where the bar is. */
const layout2 = {
  session_table: "run_id session_id experiment_id config_hash cep_hash start_time end_time total_cost_usd " +
    "run_time_sec stop_reason",
  agent_table: "session_id agent_id agent_instance_id | system_message message_history",
  group_table: "session_id module_id subsession_id group_id round_number module num_players",
  player: "session_id player_id agent_instance_id agent_id group_id subsession_id round_number module |",
  assignments: "session_id profile_id agent_id agent_instance_id module round_number class name value",
  events: "timestamp event_type run_id session_id group_id agent_instance_id data",
  metrics: "session_id run_id experiment_id num_agents num_modules num_rounds_total num_groups_total " +
    "num_players_total num_messages_total total_cost_usd run_time_sec start_time end_time",
};

/** A table of rows, whose `fields` stand where the columns have a bar; the rounds of a field stand together. */
function tableWithFields(rows: readonly Row[], columns: string): Table {
  const names = distinct(rows.flatMap(({ fields }) => Object.keys(Object(fields))));
  const fields = [...Map.groupBy(names, (name) => name.replace(/\.round\d+$/, "")).values()].flat();
  const all = columns.split(" ").flatMap((name) => name === "|" ? fields : [name]);
  return tableOfRows(rows.map(({ fields, ...row }) => ({ ...Object(fields), ...row })), distinct(all));
}

/** The place of each row; a session that was run several times has its arm and numbers in its name. */
function placeRows(rows: readonly Row[], run_id: string, protocol?: Protocol): Placed[] {
  const bySession = [...Map.groupBy(rows, ({ session }) => session)].filter(([session]) => session !== null);
  const several = ["arm", "wording", "replicate"].filter((name) =>
    bySession.some(([, own]) => own.some((row) => row[name] !== own[0]![name]))
  );
  const counts = new Map<string, number>();
  const placed = rows.map((row): Placed => {
    const session_id = [row.session, ...several.map((name) => row[name])].join("_");
    const ids = idsOf(row, run_id, session_id);
    const own = ids.agent_id === String(row.persona_id) && /^(answer|line|payoff)$/.test(String(row.kind));
    const said = row.kind === "line" ? String(row.step).replace(/^\w+\./, "") : String(row.item);
    const name = said in ids ? `${said}_answer` : said;
    const key = JSON.stringify([ids.player_id, own, name]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return { row, ids, own, field: counts.get(key) === 1 ? name : `${name}_${counts.get(key)}` };
  });
  const hearing = new Map(flatSteps(protocol?.steps ?? []).map(({ name, hears }) => [name, hears]));
  for (const inRound of groupsBy(placed.filter(({ own }) => own), "subsession_id")) {
    const groups = groupsOf(inRound, hearing);
    for (const { ids } of inRound) {
      ids.group = groups.findIndex((members) => members.includes(ids.agent_id)) + 1;
      ids.group_id = `${ids.subsession_id}_g${ids.group}`;
    }
  }
  return placed;
}

function idsOf(row: Row, run_id: string, session_id: string) {
  const module = /^(\w+)\./.exec(String(row.step))?.[1] ?? "session";
  const [agent_id, round_number] = [String(row.member ?? row.persona_id), Number(row.round)];
  const [module_id, agent_instance_id] = [`${session_id}_${module}`, `${run_id}_${agent_id}`];
  const subsession_id = `${module_id}_r${round_number}`;
  const run = { experiment_id: run_id, run_id, session_id, module_id, subsession_id, module, round_number };
  const who = { agent_id, agent_instance_id, profile_id: agent_id, agent: `${session_id}\n${agent_id}` };
  return { ...run, ...who, player_id: `${agent_instance_id}_${subsession_id}`, group_id: "", group: 0 };
}

function groupsBy(placed: readonly Placed[], id: keyof Placed["ids"]): Placed[][] {
  return [...Map.groupBy(placed, ({ ids }) => ids[id]).values()];
}

/** The members of each group in a round: of those who heard each other, may have in a step, or played together. */
function groupsOf(placed: readonly Placed[], hearing: ReadonlyMap<string, Hearing | null>): string[][] {
  const steps = distinct(placed.map(({ row }) => hearing.get(String(row.step)) ?? null));
  const first = new Map(placed.toReversed().map(({ row, ids }) => [row.part, ids.agent_id]));
  const heard = new Set(placed.flatMap(({ row, ids }) => {
    const near = (row.part ?? null) === null ? [] : [first.get(row.part)!];
    return [...near, ...heardBy(row)].map((other) => `${ids.agent_id}\n${other}`);
  }));
  const hears: Hearing = (from, to, s) =>
    heard.has(`${from.member}\n${to.member}`) || steps.some((hears) => hears?.(from, to, s));
  const members = groupsBy(placed, "agent_id").map(([one]) => ({ member: one!.ids.agent_id }) as Member);
  const parts = connectedParts(members, hears, { round: placed[0]!.ids.round_number } as SessionView);
  return parts.map((part) => part.map(({ member }) => member));
}

function heardBy(row: Row): string[] {
  return String(row.heard_by ?? "").split(", ").filter((id) => id !== "");
}

/** Cells of a row by their names. */
function cells(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

/** Layout 1: a row per subject. */
function subjectRows(placed: readonly Placed[], attributes: readonly string[], settings: Row): Row[] {
  return groupsBy(placed.filter(({ own }) => own), "agent").map((own) => {
    const { row, ids } = own[0]!;
    const answered = own.flatMap(({ row, ids, field }) => {
      const [, name, score] = /^(.*?)(_speculation_score)?$/s.exec(field)!;
      const { raw, thought: reasoning, value } = row;
      const round = ids.round_number > 0 ? `.round${ids.round_number}` : "";
      const parts = score ? { speculation_score: value } : { raw, reasoning, response: value };
      return Object.entries(parts).map(([part, value]) => [`${name}.${part}${round}`, value]);
    });
    const { agent_id: ID, session_id: group_id, experiment_id: session_id } = ids;
    const told = { ID, session_id, group_id, model_info: row.model, treatment_label: row.arm };
    const fields = { ...cells(row, attributes), ...Object.fromEntries(answered) };
    return { system_message: row.persona_text, ...settings, ...row, ...told, fields };
  });
}

/** Layout 2: sessions, agents, groups, players, assignments, events and metrics. */
function hierarchyRows(
  placed: readonly Placed[],
  attributes: readonly string[],
): { [Name in keyof typeof layout2]: Row[] } {
  const own = placed.filter(({ own }) => own);
  const [agents, players] = [groupsBy(own, "agent"), groupsBy(own, "player_id")];
  // What a model answers without a persona belongs to no session.
  const sessions = groupsBy(placed, "session_id").filter((all) => all.some(({ own }) => own));
  const lost = placed.filter(({ row, own }) => !own || row.status !== "answered");
  const said = placed.filter(({ row }) => row.kind === "answer" || row.kind === "line");
  const sent = said.flatMap(({ row, ids }) => {
    const { agent_id, module, round_number } = ids;
    const message = { content: row.raw ?? row.value, agent_id, module, round_number };
    const heard = heardBy(row).map((id) => ({ to: `${ids.session_id}\n${id}`, role: "user", ...message }));
    return [{ to: ids.agent, role: "assistant", ...message }, ...heard];
  });
  const messages = Map.groupBy(sent, ({ to }) => to);
  const fieldsOf = (own: readonly Placed[], named: (one: Placed) => string) =>
    Object.fromEntries(own.map((one) => [named(one), one.row.value]));
  return {
    session_table: sessions.map((all) => {
      const failed = all.find(({ row }) => row.status === "failed");
      const cep_hash = canonicalHash(distinct(all.map(({ row }) => String(row.request_key ?? ""))).sort());
      return { ...all[0]!.ids, cep_hash, stop_reason: failed ? `failed: ${failed.row.reason}` : "completed" };
    }),
    agent_table: agents.map((own) => {
      const [{ row, ids }] = own as [Placed];
      const fields = fieldsOf(own, ({ ids, field }) => `${ids.module}.${ids.round_number}.${field}`);
      return {
        ...{ ...ids, system_message: row.system_message ?? row.persona_text },
        message_history: (messages.get(ids.agent) ?? []).map(({ to: _, ...message }) => message),
        fields: { ...cells(row, attributes), ...fields },
      };
    }),
    group_table: groupsBy(own, "group_id").map((own) => (
      { ...own[0]!.ids, num_players: groupsBy(own, "agent").length }
    )),
    player: players.map((own) => ({ ...own[0]!.ids, fields: fieldsOf(own, ({ field }) => field) })),
    assignments: [
      ...agents.map(([one]) => {
        const treatment = { class: "Agent", name: "treatment", value: one!.row.arm };
        return { ...one!.ids, module: null, round_number: null, ...treatment };
      }),
      ...players.map(([one]) => ({ ...one!.ids, class: "Group", name: "group_id", value: one!.ids.group })),
    ],
    events: lost.map(({ row, own, ids, field }) => {
      const called = ["answer", "line"].includes(String(row.kind)) ? "facilitator_call" : row.kind;
      const { module, round_number } = ids;
      const data = { field, module, round_number, ...cells(row, ["line", "value", "reason"]) };
      return { ...ids, event_type: own ? row.status : called, data };
    }),
    metrics: sessions.map((all) => {
      const count = (id: keyof Placed["ids"]) => groupsBy(all.filter(({ own }) => own), id).length;
      const agents = groupsBy(all.filter(({ own }) => own), "agent").map(([one]) => one!.ids.agent);
      return {
        ...{ ...all[0]!.ids, num_agents: agents.length, num_modules: count("module") },
        ...{ num_rounds_total: count("subsession_id"), num_groups_total: count("group_id") },
        num_players_total: count("player_id"),
        num_messages_total: agents.reduce((sum, agent) => sum + (messages.get(agent)?.length ?? 0), 0),
      };
    }),
  };
}
