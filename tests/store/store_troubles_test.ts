import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Buffer } from "node:buffer";
import { type Store, StoreError, stream } from "@understudy/understudy/core";
import { sqliteStore } from "@understudy/understudy/store";
import { inFolder, storedReply } from "./replies.ts";

async function fill(path: string, count: number): Promise<void> {
  const store = sqliteStore(path);
  await Promise.all(Array.from({ length: count }, (_, seed) => store.put(storedReply(seed))));
  await store.close();
}

/** Changes the last bit of a text wherever it stands in a file, which may also hold it where nothing is read. */
function flip(path: string, text: string): void {
  const bytes = Buffer.from(Deno.readFileSync(path));
  assert(bytes.includes(text));
  for (let at = 0; (at = bytes.indexOf(text, at)) >= 0;) bytes[at + text.length - 1]! ^= 1;
  Deno.writeFileSync(path, bytes);
}

async function seeds(store: Store): Promise<number[]> {
  return (await store.list()).map(({ request }) => request.seed!);
}

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

Deno.test(
  "a damaged row of sqliteStore costs only itself, and is named by file, row and key",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    await fill(path, 10);
    flip(path, "answer 4"); // now it reads "answer 5": valid JSON, and a wrong answer
    change(path, "UPDATE replies SET reply = '{\"text\": ' WHERE id = 8");
    const store = sqliteStore(path);
    const error = await assertRejects(() => store.get(storedReply(4).key), StoreError, "row 5 of");
    assertEquals([error.kind, error.file, error.row, error.key], ["damaged", path, 5, storedReply(4).key]);
    assertStringIncludes(error.message, "its checksum does not fit");
    assertStringIncludes(error.message, path);
    assertEquals(await store.get(storedReply(3).key), storedReply(3));
    assertEquals(await seeds(store), [0, 1, 2, 3, 5, 6, 8, 9]);
    assertEquals((await store.damaged!()).map(({ row }) => row), [5, 8]);
    await store.put(storedReply(4, "not taken"));
    await assertRejects(() => store.get(storedReply(4).key), StoreError);
    await store.close();

    const anew = sqliteStore(path, { damagedRows: "ask again" });
    assertEquals(await anew.get(storedReply(4).key), undefined);
    assertEquals(await anew.claim!(storedReply(4).key, { holder: "a", forMs: 1000 }), true);
    await anew.put(storedReply(4));
    assertEquals(await anew.get(storedReply(4).key), storedReply(4));
    assertEquals((await anew.damaged!()).map(({ row }) => row), [8]);
    await anew.close();
  }),
);

Deno.test(
  "no bit of a file of sqliteStore that changes gives another reply than was put, or any other error than a StoreError",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    await fill(path, 20);
    const whole = Deno.readFileSync(path);
    const draws = stream(1, "flipped bits");
    for (let flip = 0; flip < 60; flip++) {
      const bytes = whole.slice();
      bytes[Math.floor(draws.uniform() * bytes.length)]! ^= 2 ** Math.floor(draws.uniform() * 8);
      Deno.writeFileSync(path, bytes);
      try {
        const store = sqliteStore(path, { readOnly: true });
        try {
          for (const reply of await store.list()) assertEquals(reply, storedReply(reply.request.seed!));
          const { key } = storedReply(flip % 20);
          // A key that changed in the tree of keys is not found.
          assertEquals(await store.get(key) ?? storedReply(flip % 20), storedReply(flip % 20));
        } finally {
          await store.close();
        }
      } catch (error) {
        assert(error instanceof StoreError, `${error}`);
      }
    }
  }),
);

Deno.test(
  "a damaged page of sqliteStore costs the rows that stand on it",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    await fill(path, 600);
    const bytes = Deno.readFileSync(path);
    const at = Math.floor(Buffer.from(bytes.buffer).indexOf("answer 300") / 4096) * 4096;
    bytes.fill(0, at, at + 4096);
    Deno.writeFileSync(path, bytes);
    const store = sqliteStore(path);
    const lost = await store.damaged!();
    assert(lost.length > 0 && lost.length < 20, `${lost.length}`);
    assert(lost.every(({ kind, row }) => kind === "damaged" && row! > 280 && row! < 320));
    assertEquals((await store.list()).length, 600 - lost.length);
    const error = await assertRejects(() => store.get(storedReply(300).key), StoreError);
    assertEquals([error.kind, error.key], ["damaged", storedReply(300).key]);
    await store.close();
  }),
);

Deno.test(
  "a file of sqliteStore that was cut short says so, and gives what is left for reading",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    await fill(path, 600);
    Deno.truncateSync(path, Math.floor(Deno.statSync(path).size * 0.7 / 4096) * 4096);
    const error = assertThrows(() => sqliteStore(path), StoreError, "cut short") as StoreError;
    assertEquals(error.kind, "damaged");
    assertStringIncludes(error.message, "readOnly: true");
    const store = sqliteStore(path, { readOnly: true });
    const left = await seeds(store);
    assert(left.length > 200, `${left.length}`);
    assertEquals(left, [...left].sort((a, b) => a - b));
    assertEquals((await store.damaged!()).at(-1)!.row, left.at(-1)! + 2);
    await store.close();
  }),
);

Deno.test(
  "sqliteStore says that its file was removed or replaced while it was in use, before a key is claimed",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    const store = sqliteStore(path);
    await store.put(storedReply(1));
    for (const end of ["", "-wal", "-shm"]) Deno.removeSync(path + end);
    const claim = () => store.claim!(storedReply(2).key, { holder: "a", forMs: 1000 });
    const error = await assertRejects(claim, StoreError, "was removed");
    assertEquals([error.kind, error.file, error.key], ["removed", path, storedReply(2).key]);
    await fill(path, 1);
    await assertRejects(claim, StoreError, "replaced");
    await assertRejects(() => store.put(storedReply(2)), StoreError);
    assertEquals((await store.list()).length, 2, "what it read while it was open is still there");
    await store.close();
  }),
);

Deno.test(
  "sqliteStore says that the disk is full, keeps what it has, and goes on when there is room",
  inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    const { exec } = DatabaseSync.prototype;
    DatabaseSync.prototype.exec = function (sql: string) {
      exec.call(this, sql);
      if (sql.includes("wal_autocheckpoint")) exec.call(this, "PRAGMA max_page_count = 12");
    };
    try {
      const store = sqliteStore(path);
      let kept = 0;
      const error = await assertRejects(
        async () => {
          for (;; kept++) await store.put(storedReply(kept));
        },
        StoreError,
        "is full",
      );
      assertEquals([error.kind, error.key], ["full", storedReply(kept).key]);
      const many = Array.from({ length: 5 }, (_, at) => store.put(storedReply(kept + at)));
      assertEquals(
        (await Promise.allSettled(many)).map(({ status }) => status),
        new Array(5).fill("rejected"),
      );
      assertEquals(await store.count(), kept);
      await store.close();
      DatabaseSync.prototype.exec = exec;
      const again = sqliteStore(path);
      await again.put(storedReply(kept));
      assertEquals((await again.list()).length, kept + 1);
      await again.close();
    } finally {
      DatabaseSync.prototype.exec = exec;
    }
  }),
);

/** How to run a process that rights bind, as they do not bind root. */
const bound = Deno.build.os === "windows" ? null : Deno.uid() !== 0 ? [] : await (async () => {
  try {
    const without = "-dac_override,-dac_read_search";
    const prefix = ["setpriv", `--inh-caps=${without}`, `--bounding-set=${without}`];
    const { success } = await new Deno.Command(prefix[0]!, { args: [...prefix.slice(1), "true"] }).output();
    return success ? prefix : null;
  } catch {
    return null; // no setpriv
  }
})();

async function readBound(path: string): Promise<{ read: unknown; written: unknown }> {
  const script = new URL("./reader.ts", import.meta.url).pathname;
  const [command, ...args] = [...bound!, Deno.execPath(), "run", "-A", "--no-check", script, path];
  const { stdout } = await new Deno.Command(command!, { args, stderr: "inherit" }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name:
    "sqliteStore(path, { readOnly }) reads a file and a folder that are read-only; for writing it says what to do",
  ignore: bound === null,
  fn: inFolder(async (folder) => {
    const path = `${folder}/study.db`;
    await fill(path, 3);
    const names = () => Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    try {
      for (const state of ["closed", "copied while open", "killed"]) {
        if (state !== "closed") {
          // As a process leaves it that was killed, or as it is copied without the file beside it.
          const open = sqliteStore(path);
          await open.put(storedReply(state === "killed" ? 4 : 3));
          if (state === "copied while open") change(path, "PRAGMA wal_checkpoint(TRUNCATE)");
          for (const end of ["", "-wal"]) Deno.copyFileSync(path + end, `${folder}/copy${end}`);
          await open.close();
          Deno.renameSync(`${folder}/copy`, path);
          if (state === "killed") Deno.renameSync(`${folder}/copy-wal`, `${path}-wal`);
          else Deno.removeSync(`${folder}/copy-wal`);
        }
        const before = names();
        Deno.chmodSync(path, 0o444);
        Deno.chmodSync(folder, 0o555);
        const { read, written } = await readBound(path);
        Deno.chmodSync(folder, 0o755);
        assertEquals(names(), before);
        if (state === "killed") assertStringIncludes(`${read}`, "copy both files");
        else assertEquals(read, state === "closed" ? 3 : 4);
        assertMatch(`${written}`, /^(read_only|denied): /);
        assertStringIncludes(`${written}`, "readOnly: true");
        Deno.chmodSync(path, 0o644);
      }
    } finally {
      Deno.chmodSync(folder, 0o755);
    }
  }),
});
