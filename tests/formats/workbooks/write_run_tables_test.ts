import { assert, assertEquals, assertRejects } from "@std/assert";
import { columnOf, loadTable, type Table, tableOf } from "../../../lib/core/mod.ts";
import { writeRunTables } from "../../../lib/formats/mod.ts";

/** Two sessions of two in two rounds: each decides, says a line and is paid; a leader without a persona speaks last. */
function sessions(): Table {
  const rows: { [column: string]: unknown }[] = [];
  for (const [session, arm, ids] of [["s1", "none", ["p1", "p2"]], ["s2", "tax", ["p3", "p4"]]] as const) {
    const row = { session, arm, replicate: 1, wording: 1, status: "answered", heard_by: "", part: null };
    for (const round of [1, 2]) {
      for (const [at, id] of ids.entries()) {
        const who = { ...row, persona_id: id, member: id, role: "player", round, age: 30 + at };
        const other = ids[1 - at]!;
        const decide = { ...who, kind: "answer", step: "game.decide", item: "gift", value: round + at };
        rows.push({ ...decide, raw: `{"gift":${round + at}}`, thought: "hm" });
        rows.push({ ...decide, item: "gift_speculation_score", value: 0.5 });
        rows.push({
          ...who,
          kind: "line",
          step: "game.talk",
          item: "game.talk",
          value: "Hello",
          heard_by: other,
        });
        rows.push({ ...who, kind: "payoff", step: "game.pay", item: "payoff", value: 10 * round, part: 1 });
      }
      const leader = { ...row, persona_id: `${session}:leader`, member: "leader", role: "leader", round };
      const line = { step: "game.close", item: "game.close", value: "Done", heard_by: ids.join(", ") };
      rows.push({ ...leader, kind: "line", age: null, ...line });
    }
    const last = { ...row, persona_id: ids[0], member: ids[0], role: "player", round: 1, age: 30 };
    const refused = { status: "refused", reason: "the reply refuses", value: null };
    rows.push({ ...last, kind: "answer", step: "after.why", item: "why", ...refused });
  }
  return tableOf(rows);
}

const settings = { EXPERIMENT_ID: "gifts", temperature: 0.5 };

/** Fails unless what is on the disk is what was returned. */
async function written(layout: 1 | 2): Promise<{ [table: string]: Table }> {
  const folder = `${await Deno.makeTempDir()}/new/run`;
  const tables = await writeRunTables(sessions(), folder, { layout, settings });
  for (const [name, table] of Object.entries(tables)) {
    const read = await loadTable(`${folder}/${name}.csv`);
    assertEquals([read.columnNames(), read.numRows()], [table.columnNames(), table.numRows()]);
  }
  return tables;
}

Deno.test("layout 1 is one row per subject with raw, reasoning, response and score of each answer by round", async () => {
  const { gifts } = await written(1);
  const first = "ID session_id group_id model_info temperature role treatment_label system_message " +
    "experiment_context build_profile_qna build_profile_backstories constants age gift.raw.round1 gift.raw.round2 " +
    "gift.reasoning.round1 gift.reasoning.round2 gift.response.round1 gift.response.round2 " +
    "gift.speculation_score.round1 gift.speculation_score.round2 talk.raw.round1 talk.raw.round2";
  assertEquals(gifts!.columnNames().slice(0, 23), first.split(" "));
  assertEquals(columnOf(gifts!, "ID"), ["p1", "p2", "p3", "p4"]);
  assertEquals(columnOf(gifts!, "gift.response.round2"), [2, 3, 2, 3]);
  assertEquals(columnOf(gifts!, "gift.speculation_score.round1"), [0.5, 0.5, 0.5, 0.5]);
  assertEquals(columnOf(gifts!, "treatment_label"), ["none", "none", "tax", "tax"]);
  assertEquals(columnOf(gifts!, "session_id"), ["gifts", "gifts", "gifts", "gifts"]);
});

Deno.test("layout 2 has its seven tables with the columns of the format", async () => {
  const tables = await written(2);
  const columns = Object.fromEntries(
    Object.entries(tables).map(([name, table]) => [name, table.columnNames().join(" ")]),
  );
  assertEquals(columns, {
    session_table:
      "run_id session_id experiment_id config_hash cep_hash start_time end_time total_cost_usd run_time_sec stop_reason",
    agent_table:
      "session_id agent_id agent_instance_id age game.1.gift game.1.gift_speculation_score game.1.talk " +
      "game.1.payoff game.2.gift game.2.gift_speculation_score game.2.talk game.2.payoff after.1.why " +
      "system_message message_history",
    group_table: "session_id module_id subsession_id group_id round_number module num_players",
    player: "session_id player_id agent_instance_id agent_id group_id subsession_id round_number module " +
      "gift gift_speculation_score talk payoff why",
    assignments: "session_id profile_id agent_id agent_instance_id module round_number class name value",
    events: "timestamp event_type run_id session_id group_id agent_instance_id data",
    metrics: "session_id run_id experiment_id num_agents num_modules num_rounds_total num_groups_total " +
      "num_players_total num_messages_total total_cost_usd run_time_sec start_time end_time",
  });
  const { player, group_table, assignments, events, metrics, session_table, agent_table } = tables;
  assertEquals([player!.numRows(), group_table!.numRows(), session_table!.numRows()], [10, 6, 2]);
  // Who hears the other, and plays with it, is its group; who is asked alone is one of its own.
  assertEquals(columnOf(group_table!, "num_players"), [2, 2, 1, 2, 2, 1]);
  assertEquals(player!.get("player_id", 1), "gifts_p2_s1_game_r1");
  assertEquals(columnOf(player!, "payoff").slice(0, 5), [10, 10, 20, 20, undefined]);
  assertEquals(columnOf(assignments!, "value").slice(0, 6), ["none", "none", "tax", "tax", 1, 1]);
  assertEquals(columnOf(events!, "event_type").slice(0, 3), [
    "facilitator_call",
    "facilitator_call",
    "refused",
  ]);
  assertEquals(metrics!.object(0), {
    ...{ session_id: "s1", run_id: "gifts", experiment_id: "gifts", num_agents: 2, num_modules: 2 },
    ...{ num_rounds_total: 3, num_groups_total: 3, num_players_total: 5, num_messages_total: 21 },
    ...{ total_cost_usd: undefined, run_time_sec: undefined, start_time: undefined, end_time: undefined },
  });
  const history = agent_table!.get("message_history", 0) as { role: string; content: string }[];
  assertEquals(history.filter(({ role }) => role === "user").map(({ content }) => content), [
    ...["Hello", "Done", "Hello", "Done"],
  ]);
});

Deno.test("what is asked twice in a round, or is named like a column, keeps its own column", async () => {
  const row = {
    persona_id: "p1",
    member: "p1",
    session: "p1",
    role: "subject",
    arm: "a",
    status: "answered",
  };
  const ask = { ...row, kind: "answer", step: "ask", round: 0 };
  const twice = tableOf([
    { ...ask, item: "force", value: 1 },
    { ...ask, item: "force", value: 2 },
    { ...ask, item: "module", value: 3 },
  ]);
  const { player } = await writeRunTables(twice, await Deno.makeTempDir());
  const { force, force_2, module, module_answer } = player!.object(0) as { [column: string]: unknown };
  assertEquals([force, force_2, module, module_answer], [1, 2, "session", 3]);
});

Deno.test("a session that was run twice is two sessions", async () => {
  const all = sessions().objects() as { replicate: number }[];
  const again = tableOf([...all, ...all.map((row) => ({ ...row, replicate: 2 }))]);
  const { session_table } = await writeRunTables(again, await Deno.makeTempDir());
  assertEquals(columnOf(session_table!, "session_id"), ["s1_1", "s2_1", "s1_2", "s2_2"]);
});

Deno.test("hundreds of sessions are written in time that grows with their number", async () => {
  const all = sessions().objects() as { session: string }[];
  const many = (n: number) =>
    tableOf(
      Array.from({ length: n }, (_, at) => all.map((row) => ({ ...row, session: `${row.session}-${at}` })))
        .flat(),
    );
  const time = async (n: number) => {
    const [table, folder, start] = [many(n), await Deno.makeTempDir(), performance.now()];
    await writeRunTables(table, folder);
    return performance.now() - start;
  };
  await time(50);
  const [some, more] = [await time(50), await time(800)];
  // What grows with the square would take 256 times as long.
  assert(more < 100 * Math.max(some, 20), `${some} ms for 50, ${more} ms for 800`);
});

Deno.test("answers without a protocol are refused with the missing column's name", async () => {
  const answers = tableOf({ persona_id: ["p1"], arm: ["a"], item: ["x"], value: [1], status: ["answered"] });
  const write = async () => await writeRunTables(answers, await Deno.makeTempDir());
  await assertRejects(write, RangeError, "'answers' has no column 'session'");
});
