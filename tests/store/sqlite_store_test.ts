import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { sqliteStore } from "@understudy/understudy/store";
import { inFolder, storedReply } from "./replies.ts";

function startWriter(path: string, first: number, count: number): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      new URL("./writer.ts", import.meta.url).pathname,
      path,
      `${first}`,
      `${count}`,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function lines(
  child: Deno.ChildProcess,
  until: (all: string[]) => boolean = () => false,
): Promise<string[]> {
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (until(text.split("\n").slice(0, -1))) break;
  }
  return text.split("\n").slice(0, -1);
}

Deno.test(
  "sqliteStore(path) loses no reply that was put when its process is killed",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    const child = startWriter(path, 0, 1_000_000);
    const put = await lines(child, (all) => all.length >= 200);
    child.kill("SIGKILL");
    const { signal } = await child.status;
    assertEquals(signal, "SIGKILL");
    assert(!put.includes("end"));
    const store = sqliteStore(path);
    for (const seed of put) {
      assertEquals(await store.get(storedReply(Number(seed)).key), storedReply(Number(seed)));
    }
    assert(await store.count() >= put.length);
    await store.put(storedReply(2_000_000));
    await store.close();
  }),
);

Deno.test(
  "sqliteStore(path) takes the replies of two processes at the same time",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    // The ranges overlap by half, so that both also put the same keys.
    const outputs = await Promise.all(
      [startWriter(path, 0, 600), startWriter(path, 300, 600)].map(async (child) => {
        const printed = await lines(child);
        return { printed, success: (await child.status).success };
      }),
    );
    for (const { printed, success } of outputs) {
      assertEquals(printed.length, 601);
      assert(success);
    }
    const store = sqliteStore(path);
    const seeds = (await store.list()).map(({ request }) => request.seed!);
    assertEquals(seeds.sort((a, b) => a - b), Array.from({ length: 900 }, (_, index) => index));
    await store.close();
  }),
);

Deno.test(
  "sqliteStore(path) waits for another connection's lock, also when it opens, and gives up with its path",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    await sqliteStore(path).close();
    const other = new DatabaseSync(path);
    other.exec("BEGIN EXCLUSIVE");
    const patient = sqliteStore(path);
    const put = patient.put(storedReply(1));
    const hasty = sqliteStore(path, { busyTimeoutMs: 0 });
    const error = await assertRejects(() => hasty.count(), Error, "another process has held it");
    assertStringIncludes(error.message, path);
    other.exec("COMMIT");
    other.close();
    await put;
    assertEquals(await patient.count(), 1);
    assertEquals(await hasty.count(), 1);
    await patient.close();
    await hasty.close();
  }),
);

Deno.test(
  "sqliteStore(path) makes parent folders and leaves one file behind when it is closed",
  inFolder(async (folder) => {
    const store = sqliteStore(`${folder}/a/b/study.db`);
    await store.put(storedReply(1));
    await store.close();
    assertEquals(Array.from(Deno.readDirSync(`${folder}/a/b`), ({ name }) => name), ["study.db"]);
    const again = sqliteStore(`${folder}/a/b/study.db`);
    assertEquals(await again.list(), [storedReply(1)]);
    await again.close();
  }),
);

Deno.test(
  "sqliteStore(path) refuses a file that is no store and leaves it as it was",
  inFolder((folder) => {
    const text = `${folder}/notes.txt`;
    Deno.writeTextFileSync(text, "These are notes and not a database.\n".repeat(40));
    const noDatabase = assertThrows(() => sqliteStore(text), Error, "not an SQLite database");
    assertStringIncludes(noDatabase.message, text);
    assertEquals(Deno.readTextFileSync(text).length, 1440);

    const other = `${folder}/other.db`;
    const database = new DatabaseSync(other);
    database.exec("CREATE TABLE birds (name TEXT)");
    database.close();
    const before = Deno.readFileSync(other);
    assertThrows(() => sqliteStore(other), Error, "a database of something else");
    assertEquals(Deno.readFileSync(other), before);

    assertThrows(() => sqliteStore(folder), Error, folder);
    assertThrows(() => sqliteStore(`${text}/study.db`), Error, text);
  }),
);

Deno.test(
  "sqliteStore(path) refuses a newer version's file",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    await sqliteStore(path).close();
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 3");
    database.close();
    const error = assertThrows(() => sqliteStore(path), Error, "must be 2: current value is 3");
    assertStringIncludes(error.message, path);
  }),
);

Deno.test(
  "sqliteStore(path, { readOnly }) reads a recording and takes nothing",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    assertThrows(() => sqliteStore(path, { readOnly: true }), Error, path);
    const store = sqliteStore(path);
    await store.put(storedReply(1));
    await store.close();
    const recording = sqliteStore(path, { readOnly: true });
    assertEquals(await recording.list(), [storedReply(1)]);
    await assertRejects(() => recording.put(storedReply(2)), Error, "reading alone");
    await recording.close();
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["study.db"]);
  }),
);

Deno.test(
  "sqliteStore(path, { synchronous }) keeps replies in WAL mode",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    const store = sqliteStore(path, { synchronous: "full" });
    await store.put(storedReply(1));
    const database = new DatabaseSync(path);
    assertEquals(database.prepare("PRAGMA journal_mode").get()?.journal_mode, "wal");
    database.close();
    await store.close();
  }),
);

Deno.test("sqliteStore(path, options) names a wrong argument", () => {
  assertThrows(() => sqliteStore(""), TypeError, "'path'");
  assertThrows(() => sqliteStore(":memory:", { sync: "full" } as never), TypeError, "'sync' is unknown");
  assertThrows(() => sqliteStore(":memory:", { synchronous: "off" as never }), RangeError, "'synchronous'");
  assertThrows(() => sqliteStore(":memory:", { busyTimeoutMs: -1 }), RangeError, "'busyTimeoutMs'");
});
