import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { StoreError } from "@understudy/understudy/core";
import { postgresStore } from "@understudy/understudy/store/postgres";
import { hasPostgres, sharedPostgres, startPostgres, testPassword } from "../support/postgres.ts";
import { storedReply } from "./replies.ts";

const check = (name: string, fn: () => Promise<void>) => Deno.test({ name, fn, ignore: !hasPostgres });

/** What a store rejects with when it is first used. */
async function failure(url: string, options = {}): Promise<StoreError> {
  const store = postgresStore(url, options);
  const error = await assertRejects(() => store.count(), StoreError) as StoreError;
  await store.close();
  assert(!`${error.message} ${error.file} ${store.name} ${Deno.inspect(error.cause)}`.includes(testPassword));
  return error;
}

Deno.test("postgresStore(url) needs the address of a database and does not show it, as it may hold a password", () => {
  for (
    const url of [
      `mysql://lab:${testPassword}@host/d`,
      `lab:${testPassword}@host`,
      `postgres://:${testPassword}@h`,
    ]
  ) {
    const error = assertThrows(
      () => postgresStore(url),
      TypeError,
      "postgres://user@host:5432/database",
    ) as Error;
    assert(!error.message.includes(testPassword));
  }
  assertThrows(() => postgresStore("postgres://host/d", { schema: 'a"; DROP' }), RangeError, "'schema'");
  assertThrows(() => postgresStore("postgres://host/d", { connections: 0 }), RangeError, "'connections'");
});

Deno.test("postgresStore says at once that no server is there", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const error = await failure(`postgres://lab:${testPassword}@127.0.0.1:${port}/study`);
  assertEquals([error.kind, error.file], ["unreachable", `postgres://127.0.0.1:${port}/study/understudy`]);
  assertStringIncludes(error.message, "check that it runs");
});

check("postgresStore says what to do about password, database, rights and schema", async () => {
  const { url, sql } = sharedPostgres();
  const port = new URL(url).port;
  assertEquals((await failure(`postgres://lab:wrong@127.0.0.1:${port}/postgres`)).kind, "denied");
  assertStringIncludes((await failure(url.replace(/postgres$/, "none"))).message, "createdb");
  await sql(`CREATE USER guest PASSWORD '${testPassword}'`);
  const guest = url.replace("lab:", "guest:");
  const denied = await failure(guest, { schema: "shut" });
  assertEquals(denied.kind, "denied");
  assertStringIncludes(denied.message, "GRANT");
  assertStringIncludes((await failure(url, { schema: "nothing", readOnly: true })).message, "is empty");
  await sql("CREATE SCHEMA taken; CREATE TABLE taken.replies (bird text)");
  assertStringIncludes((await failure(url, { schema: "taken" })).message, "choose another schema");
  await sql(`CREATE SCHEMA newer; CREATE TABLE newer.replies (id int);
    COMMENT ON TABLE newer.replies IS 'understudy store 9'`);
  assertStringIncludes(
    (await failure(url, { schema: "newer" })).message,
    "current value is understudy store 9",
  );
});

check("postgresStore is made once by many who come first at the same time", async () => {
  const { url } = sharedPostgres();
  const stores = Array.from({ length: 5 }, () => postgresStore(url, { schema: "crowd", connections: 2 }));
  await Promise.all(stores.map((store, at) => store.put(storedReply(at % 3))));
  assertEquals(await stores[0]!.count(), 3);
  await Promise.all(stores.map((store) => store.close()));
});

check("postgresStore opens what others made with the rights to read, and only reads it", async () => {
  const { url, sql } = sharedPostgres();
  const store = postgresStore(url, { schema: "reading" });
  await store.put(storedReply(1));
  await sql(`CREATE USER reader PASSWORD '${testPassword}';
    GRANT USAGE ON SCHEMA reading TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA reading TO reader`);
  const recording = postgresStore(url.replace("lab:", "reader:"), { schema: "reading", readOnly: true });
  assertEquals(await recording.list(), [storedReply(1)]);
  assertEquals(recording.readOnly, true);
  const error = await assertRejects(() => recording.put(storedReply(2)), StoreError, "for reading alone");
  assertEquals((error as StoreError).kind, "read_only");
  await recording.close();
  await store.close();
});

check("a damaged row of postgresStore costs only itself, and is named by row and key", async () => {
  const { url, sql } = sharedPostgres();
  const options = { schema: "damaged" };
  const store = postgresStore(url, options);
  for (let seed = 0; seed < 5; seed++) await store.put(storedReply(seed));
  await sql("UPDATE damaged.replies SET reply = replace(reply, 'answer 2', 'answer 3')");
  const error = await assertRejects(() => store.get(storedReply(2).key), StoreError) as StoreError;
  assertEquals([error.kind, error.row, error.key], ["damaged", 3, storedReply(2).key]);
  assertEquals((await store.list()).map(({ request }) => request.seed), [0, 1, 3, 4]);
  assertEquals((await store.damaged!()).map(({ row }) => row), [3]);
  await store.close();
  const anew = postgresStore(url, { ...options, damagedRows: "ask again" });
  assertEquals(await anew.get(storedReply(2).key), undefined);
  await anew.put(storedReply(2));
  assertEquals(await anew.get(storedReply(2).key), storedReply(2));
  await anew.close();
});

check(
  "postgresStore waits for a server that fails and comes back, and loses nothing that was put",
  async () => {
    const server = await startPostgres();
    try {
      const store = postgresStore(server.url);
      await store.put(storedReply(0));
      await store.claim!(storedReply(500).key, { holder: "a", forMs: 60_000 });
      await server.stop("immediate");
      const puts = Array.from({ length: 300 }, (_, seed) => store.put(storedReply(seed + 1)));
      const claim = store.claim!(storedReply(500).key, { holder: "b", forMs: 60_000 });
      await server.start();
      await Promise.all(puts);
      assertEquals(await store.count(), 301);
      assertEquals(await claim, false, "a claim outlives the server's fall");
      await store.close();

      const hasty = postgresStore(server.url, { patienceMs: 0 });
      await hasty.count();
      await server.stop();
      const error = await assertRejects(() => hasty.put(storedReply(400)), StoreError) as StoreError;
      assertEquals([error.kind, error.key], ["unreachable", storedReply(400).key]);
      await hasty.close();
    } finally {
      await server.remove();
    }
  },
);
