import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stream, type Table, tableOf, wideAnswers } from "@understudy/understudy/core";
import { checkJointDrift, estimateDrift } from "@understudy/understudy/drift";
import {
  estimateEffectFamily,
  estimateEffects,
  estimateMeans,
  estimateRegression,
  estimateRobustness,
} from "@understudy/understudy/estimation";

type Row = { readonly [column: string]: unknown };

/** Sessions of four in two arms that discuss and are asked before and after, play two rounds and are judged. */
function sessionRows(
  sessions = 8,
  arms: (session: number, seat: number) => string = (s) => s % 2 ? "b" : "a",
) {
  const random = stream(1, "sessions");
  const rows: Row[] = [];
  for (let session = 1; session <= sessions; session++) {
    const shared = random.uniform();
    for (let seat = 1; seat <= 4; seat++) {
      const arm = arms(session, seat);
      const trust = Math.round(4 + 2 * shared + 2 * random.uniform());
      const who = {
        trial_id: `s${session} ${arm}`,
        persona_id: `p${session}.${seat}`,
        session: `s${session}`,
        member: `p${session}.${seat}`,
        role: seat === 1 ? "leader" : "member",
        age: 20 + random.integer(50),
        arm,
        replicate: 1,
        status: "answered",
        round: 0,
        turn: 0,
        line: null,
      };
      const say = (row: Row) => rows.push({ ...who, ...row });
      say({ kind: "answer", step: "ask", item: "trust", value: trust });
      say({ kind: "line", step: "say", item: "say", value: "I trust them.", line: seat, turn: 1 });
      say({ kind: "answer", step: "final", item: "trust", value: trust + (arm === "b" ? 1 : 0), turn: 1 });
      say({ kind: "answer", step: "final", item: "vote", value: trust > 6 ? "yes" : "no", turn: 1 });
      say({ kind: "probe", step: "probe", item: "mood", value: trust - 1, turn: 1 });
      for (const round of [1, 2]) {
        say({ kind: "answer", step: "play", item: "give", value: round * trust, round, turn: 1 });
        say({ kind: "payoff", step: "play", item: "payoff", value: trust + round, round, turn: 1 });
      }
      say({
        kind: "answer",
        step: "judge",
        item: "rude",
        value: shared,
        line: seat,
        member: "judge",
        role: "judge",
      });
    }
  }
  rows.push({
    kind: "default",
    step: "probe 2",
    item: "mood",
    value: 1,
    persona_id: null,
    arm: null,
    session: null,
  });
  return rows;
}

const answers = tableOf(sessionRows());
const take = (keep: (row: Row) => boolean): Table => tableOf(sessionRows().filter(keep));
const columns = ["estimate", "std_error", "df", "p_value"];
const numbers = (table: Table) => columns.map((name) => table.get(name, 0) as number);

Deno.test("estimators read a session's answers, and pay-offs, probes and lines where these are named", () => {
  for (
    const [outcome, kind] of [["vote", "answer"], ["payoff", "payoff"], ["mood", "probe"], ["rude", "answer"]]
  ) {
    const category = outcome === "vote" ? "yes" : undefined;
    const own = take((row) => row.item === outcome && row.kind === kind);
    const found = estimateEffects(answers, { outcome: outcome!, ...(category && { category }) });
    assertEquals(found.get("n", 0), 32);
    assertEquals(
      numbers(found),
      numbers(estimateEffects(own, { outcome: outcome!, ...(category && { category }) })),
    );
  }
  assertEquals(estimateMeans(answers, { outcome: "say", category: "I trust them." }).get("estimate", 0), 1);
  assertThrows(
    () => estimateMeans(take((row) => row.kind === "default"), { outcome: "mood" }),
    RangeError,
    "has no answers of personas to 'mood'",
  );
  const both = tableOf([...sessionRows(), ...sessionRows().map((row) => ({ ...row, kind: "probe" }))]);
  assertStringIncludes(
    String(estimateEffects(both, { outcome: "vote", category: "yes" }).get("notes", 0)),
    "32 rows of other kinds with 'vote' do not count",
  );
});

Deno.test("answers of a role without a persona are no outcomes, unless there are no others", () => {
  const chair = sessionRows().filter(({ item }) => item === "vote").map((row) => (
    { ...row, persona_id: `${row.session}:chair`, member: "chair", role: "chair" }
  ));
  const vote = { outcome: "vote", category: "yes" };
  const found = estimateEffects(tableOf([...sessionRows(), ...chair]), vote);
  assertEquals(numbers(found), numbers(estimateEffects(answers, vote)));
  assertStringIncludes(String(found.get("notes", 0)), "32 rows of roles without personas do not count");
  assertEquals(estimateMeans(tableOf(chair), vote).get("n", 0), 32);
});

Deno.test("a judged item has the personas of those who were judged, and a row of each line", () => {
  const found = estimateMeans(answers, { outcome: "rude", by: "role" });
  assertEquals(found.array("term"), ["judge"]);
  const effect = estimateEffects(answers, { outcome: "rude" });
  // Every member of a session got the same judgement: a session is one draw.
  const bySession = estimateEffects(
    tableOf(
      Object.values(Object.groupBy(
        sessionRows().filter(({ item }) => item === "rude"),
        ({ session }) => String(session),
      )).map((rows) => ({ arm: rows![0]!.arm, rude: rows![0]!.value })),
    ),
    { outcome: "rude" },
  );
  for (const at of [0, 1]) assertAlmostEquals(numbers(effect)[at]!, numbers(bySession)[at]!, 1e-12);
});

Deno.test("an outcome of several steps needs one, and the error shows how to take it", () => {
  assertThrows(
    () => estimateEffects(answers, { outcome: "trust" }),
    RangeError,
    "Cannot estimate effects as 'trust' was asked in several steps (ask, final): take one, by " +
      '{ step: "final" } or table.filter("d => d.step === \'final\'")',
  );
  const final = estimateEffects(answers, { outcome: "trust", step: "final" });
  assertEquals(
    final.array("estimate"),
    estimateEffects(
      answers.filter("d => d.step === 'final'") as Table,
      { outcome: "trust" },
    ).array("estimate"),
  );
  assert(
    (final.get("estimate", 0) as number) > (estimateEffects(answers, { outcome: "trust", step: "ask" })
      .get("estimate", 0) as number),
  );
  assertThrows(
    () => estimateEffects(answers, { outcome: "trust", step: "finel" }),
    RangeError,
    '\'step\' must be one in which \'trust\' was asked ("ask", "final"): current value is "finel"; did you mean',
  );
  const probed = tableOf([
    ...sessionRows(),
    ...sessionRows().filter(({ item }) => item === "mood")
      .map((row) => ({ ...row, kind: "answer", step: "asked" })),
  ]);
  assertEquals(estimateEffects(probed, { outcome: "mood", step: "probe" }).get("n", 0), 32);
  assertThrows(
    () => estimateEffects(tableOf({ arm: ["a", "b"], y: [1, 2] }), { outcome: "y", step: "final" }),
    RangeError,
    "no column 'step'",
  );
});

Deno.test("rounds of a step count as replicates, with a note, unless one is asked for", () => {
  const all = estimateEffects(answers, { outcome: "give" });
  assertStringIncludes(
    String(all.get("notes", 0)),
    "rounds 1 to 2 of 'play' count as replicates: { round: 2 } takes",
  );
  const [one, two] = [1, 2].map((round) => estimateEffects(answers, { outcome: "give", round }));
  assertAlmostEquals(two!.get("estimate", 0), 2 * (one!.get("estimate", 0) as number), 1e-12);
  assertAlmostEquals(all.get("estimate", 0), 1.5 * (one!.get("estimate", 0) as number), 1e-12);
  assertThrows(
    () => estimateEffects(answers, { outcome: "give", round: 3 }),
    RangeError,
    "'round' must be one in",
  );
});

Deno.test("sessions are the clusters wherever personas heard each other", () => {
  const found = estimateEffects(answers, { outcome: "mood" });
  assertEquals(numbers(found), numbers(estimateEffects(answers, { outcome: "mood", clusters: "session" })));
  assertEquals(found.get("design", 0), "clustered");
  assertStringIncludes(String(found.get("notes", 0)), "sessions are the clusters");
  const naive = estimateEffects(answers, { outcome: "mood", clusters: null });
  assertEquals(naive.get("design", 0), "standard");
  assertStringIncludes(
    String(naive.get("notes", 0)),
    "personas count as draws, yet those of a session heard each",
  );
  const means = (clusters?: string) =>
    estimateMeans(answers, { outcome: "mood", ...(clusters && { clusters }) });
  assertEquals(means().get("std_error", 0), means("session").get("std_error", 0));
  const slope = (clusters?: string) =>
    estimateRegression(answers, { outcome: "mood", terms: ["age"], ...(clusters && { clusters }) });
  assertEquals(slope().array("std_error"), slope("session").array("std_error"));
});

Deno.test("sessions of one persona are no clusters, and recorded clusters stay", () => {
  const alone = tableOf(sessionRows().map((row) => ({ ...row, session: row.persona_id })));
  assertEquals(estimateEffects(alone, { outcome: "mood" }).get("design", 0), "standard");
  const villages = tableOf(
    sessionRows().map((row) => ({
      ...row,
      arm_probability: 0.5,
      cluster: `v${Math.ceil(Number(String(row.session).slice(1)) / 2) * 2 + (row.arm === "a" ? 0 : 1)}`,
    })),
  );
  const notes = String(estimateEffects(villages, { outcome: "mood" }).get("notes", 0));
  assert(!notes.includes("sessions are the clusters"), notes);
});

Deno.test("one session in an arm shows no variance, which is said", () => {
  const two = tableOf(sessionRows(2));
  for (const estimator of ["difference_in_means", "ols", "lin"] as const) {
    const found = estimateEffects(two, { outcome: "mood", estimator });
    assert(Number.isFinite(found.get("estimate", 0)), estimator);
    assertEquals([found.get("std_error", 0), found.get("conf_low", 0)], [NaN, NaN], estimator);
    assert(String(found.get("reason", 0)) !== "", estimator);
  }
  assertStringIncludes(
    String(estimateEffects(two, { outcome: "mood" }).get("reason", 0)),
    "one cluster in 'a' shows no variance",
  );
  const one = estimateMeans(tableOf(sessionRows(1)), { outcome: "mood" });
  assertEquals(one.get("std_error", 0), NaN);
});

Deno.test("arms that heard each other are noted, and personas stay the units", () => {
  const mixed = tableOf(sessionRows(8, (_, seat) => seat % 2 ? "b" : "a"));
  const found = estimateEffects(mixed, { outcome: "mood" });
  assertEquals(found.get("design", 0), "standard");
  assertStringIncludes(
    String(found.get("notes", 0)),
    "arms heard each other, as personas of different arms met in 8 sessions",
  );
});

Deno.test("sessions that go through every arm are clusters of personas compared with themselves", () => {
  const rows = ["a", "b"].flatMap((arm) => sessionRows(6, () => arm));
  const within = estimateEffects(tableOf(rows), { outcome: "trust", step: "final" });
  assertEquals(within.get("design", 0), "matched pairs, clustered");
  assert(!String(within.get("notes", 0)).includes("heard each other"));
});

Deno.test("prompts that repeat across sessions do not undo their clusters", () => {
  const told = tableOf(sessionRows().map((row) => ({ ...row, prompt_key: `${row.arm} ${row.item}` })));
  const found = estimateEffects(told, { outcome: "mood" });
  assertEquals(numbers(found), numbers(estimateEffects(answers, { outcome: "mood" })));
  assertStringIncludes(String(found.get("notes", 0)), "sessions are the clusters");
});

Deno.test("wideAnswers(sessions) has a row for each member, step and round, and estimators read it alike", () => {
  const wide = wideAnswers(answers);
  assertEquals(wide.numRows(), 32 * 5);
  for (
    const options of [{ outcome: "give" }, { outcome: "payoff", round: 1 }, {
      outcome: "trust",
      step: "final",
    }]
  ) {
    assertEquals(numbers(estimateEffects(wide, options)), numbers(estimateEffects(answers, options)));
  }
  assertThrows(() => estimateEffects(wide, { outcome: "trust" }), RangeError, "several steps (ask, final)");
  assertEquals(wideAnswers(take((row) => row.kind === "probe")).numRows(), 32);
});

Deno.test("verbs that read several items of sessions read each in its own rows, and draw sessions", () => {
  const outcomes = ["mood", "give", "payoff"];
  const family = estimateEffectFamily(answers, { outcomes, replicates: 50 });
  assertEquals(
    family.array("estimate"),
    outcomes.map((outcome) => estimateEffects(answers, { outcome }).get("estimate", 0)),
  );
  assertStringIncludes(String(family.get("notes", 0)), "sessions are the clusters");
});

Deno.test("drift and robustness read answers of sessions alone", () => {
  const drift = estimateDrift(answers, { controls: "vote", permutations: 99, bootstraps: 0 });
  const own = estimateDrift(take((row) => row.kind === "answer"), {
    controls: "vote",
    permutations: 99,
    bootstraps: 0,
  });
  assertEquals(drift.objects(), own.objects());
  const probes = take((row) => row.kind === "probe");
  assertEquals(estimateDrift(probes, { controls: "mood", permutations: 99, bootstraps: 0 }).get("n", 0), 8);
  assertThrows(() => estimateDrift(answers, { controls: "trust" }), RangeError, "several steps (ask, final)");
  assertEquals(checkJointDrift(answers, { controls: ["vote", "give"], permutations: 99 }).numRows(), 1);
  const robust = estimateRobustness(answers, {
    outcome: "trust",
    step: "final",
    covariates: ["age", "vote"],
  });
  assertEquals(robust.get("n", 0), 32);
});

Deno.test("where arms went through different rounds, what counts as replicates says so", () => {
  const row = (arm: string, round: number, at: number): Row => ({
    ...{
      kind: "answer",
      step: "ask",
      item: "mood",
      session: `${arm}${at}`,
      persona_id: `${arm}${at}`,
      arm,
      round,
    },
    value: at + round,
  });
  const rounds = (arm: string, last: number) =>
    [1, 2, 3, 4].flatMap((at) => Array.from({ length: last }, (_, before) => row(arm, before + 1, at)));
  const notes = (last: number) =>
    String(
      estimateEffects(tableOf([...rounds("a", 3), ...rounds("b", last)]), { outcome: "mood", reference: "a" })
        .get("notes", 0),
    );
  assertStringIncludes(notes(2), "warning: arms differ in their rounds");
  assert(!notes(3).includes("warning: arms differ"));
});
