import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { type Plan, type Store, StoreError, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { likert } from "@understudy/understudy/items";
import { replayRespondent, scriptedRespondent } from "@understudy/understudy/respondents";
import { planExperiment, runExperiment } from "@understudy/understudy/runner";
import { sqliteStore } from "@understudy/understudy/store";
import { declareTreatments } from "@understudy/understudy/treatments";
import { inFolder } from "../store/replies.ts";

const design = declareDesign({
  treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross." }),
  items: [likert("support", "Support it?", { points: 7 })],
  stated: ["age"],
});

const rows = Array.from({ length: 400 }, (_, i) => i);
const people = { persona_id: rows.map((i) => `p${i}`), weight: rows.map(() => 1), age: rows };
const assigned = assignTreatments(tableOf(people), design, { seed: 1 });

/** The calls of the first so many people. */
const planFor = (n: number): Plan => planExperiment(assigned.slice(0, n), design, { seed: 2 });

let calls = 0;
const respondent = scriptedRespondent(() => {
  calls++;
  return '{"support": 4}';
});

/** Runs a study on a store that fails: how many calls it cost, the error, and what became of the answers. */
async function fail(plan: Plan, store: Store) {
  calls = 0;
  const error = await assertRejects(
    () => runExperiment(plan, respondent, { store, concurrency: 1 }),
    StoreError,
  );
  const statuses = (error as { answers: Table }).answers.array("status") as string[];
  return {
    error: error as StoreError,
    calls,
    answered: statuses.filter((status) => status === "answered").length,
  };
}

Deno.test(
  "a run whose store has one damaged row pays for nothing, names the row, and gives back the other answers",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    const store = sqliteStore(path);
    await runExperiment(planFor(20), respondent, { store });
    const database = new DatabaseSync(path);
    database.exec("UPDATE replies SET reply = replace(reply, '4', '5') WHERE id = 7");
    database.close();
    const { error, calls, answered } = await fail(planFor(30), store);
    assertEquals([calls, answered], [0, 19]);
    assertEquals([error.kind, error.file, error.row], ["damaged", path, 7]);
    assertStringIncludes(`${(error.answers as Table).array("reason")}`, "row 7 of");
    await store.close();

    const replay = sqliteStore(path, { readOnly: true });
    await assertRejects(() => runExperiment(planFor(20), replayRespondent(replay)), StoreError, "row 7 of");
    await replay.close();
    const again = sqliteStore(path, { damagedRows: "ask again" });
    const answers = await runExperiment(planFor(20), respondent, { store: again });
    assertEquals(answers.array("value"), new Array(20).fill(4));
    assertEquals(answers.array("cached").filter((cached) => !cached).length, 1);
    await again.close();
  }),
);

Deno.test(
  "a run whose store is removed or full pays for no further call, and gives back what it has",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    const store = sqliteStore(path);
    await runExperiment(planFor(20), respondent, { store });
    for (const end of ["", "-wal", "-shm"]) Deno.removeSync(path + end);
    const removed = await fail(planFor(30), store);
    assertEquals([removed.error.kind, removed.calls, removed.answered], ["removed", 0, 20]);
    await store.close();

    const { exec } = DatabaseSync.prototype;
    DatabaseSync.prototype.exec = function (sql: string) {
      exec.call(this, sql);
      if (sql.includes("wal_autocheckpoint")) exec.call(this, "PRAGMA max_page_count = 20");
    };
    try {
      const small = sqliteStore(`${folder}/small.db`);
      const full = await fail(planFor(400), small);
      assertEquals(full.error.kind, "full");
      // The one reply that could not be kept is given back too.
      assertEquals(full.calls, await small.count() + 1);
      assertEquals(full.answered, full.calls);
      await small.close();
    } finally {
      DatabaseSync.prototype.exec = exec;
    }
  }),
);

Deno.test(
  "a run on a store that is read-only answers from it alone, and says which call it lacks",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    const store = sqliteStore(path);
    const answers = await runExperiment(planFor(20), respondent, { store });
    await store.close();
    const recording = sqliteStore(path, { readOnly: true });
    calls = 0;
    const again = await runExperiment(planFor(20), respondent, { store: recording });
    assertEquals([calls, again.array("value")], [0, answers.array("value")]);
    const lacking = await fail(planFor(30), recording);
    assertEquals([lacking.error.kind, lacking.calls, lacking.answered], ["read_only", 0, 20]);
    assertStringIncludes(lacking.error.message, "holds no reply to a call");
    await recording.close();
  }),
);
