import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { requestKey, type Store } from "@understudy/understudy/core";
import { memoryStore, sqliteStore } from "@understudy/understudy/store";
import { postgresStore } from "@understudy/understudy/store/postgres";
import { storedReply } from "../store/replies.ts";
import { hasPostgres, sharedPostgres } from "../support/postgres.ts";

let schemas = 0;

interface Made {
  readonly store: Store;
  readonly done: () => void;
}

/** Every store and how one is made; `done` removes what it left. */
const implementations: { [name: string]: () => Made } = {
  memoryStore: () => ({ store: memoryStore(), done: () => {} }),
  "sqliteStore(:memory:)": () => ({ store: sqliteStore(":memory:"), done: () => {} }),
  "sqliteStore(file)": () => {
    const folder = Deno.makeTempDirSync();
    return {
      store: sqliteStore(`${folder}/study.db`),
      done: () => Deno.removeSync(folder, { recursive: true }),
    };
  },
  ...(hasPostgres && {
    postgresStore: () => {
      const { url } = sharedPostgres();
      return { store: postgresStore(url, { schema: `contract_${++schemas}` }), done: () => {} };
    },
  }),
};

for (const [name, make] of Object.entries(implementations)) {
  const check = (claim: string, body: (store: Store) => Promise<void>) =>
    Deno.test(`${name} ${claim}`, async () => {
      const { store, done } = make();
      try {
        await body(store);
      } finally {
        await store.close();
        done();
      }
    });

  check("gives back what was put, to the last character", async (store) => {
    const reply = storedReply(1, 'line\n\u0000 “quoted” 🙂 \ud800 {"support": 3}');
    await store.put(reply);
    assertEquals(await store.get(reply.key), reply);
  });

  check("gives undefined for a key that was never put", async (store) => {
    assertEquals(await store.get(storedReply(1).key), undefined);
    assertEquals(await store.count(), 0);
    assertEquals(await store.list(), []);
  });

  check("keeps the first reply of a key", async (store) => {
    assertEquals(await store.put(storedReply(1, "first")), true);
    assertEquals(await store.put(storedReply(1, "second")), false);
    assertEquals((await store.get(storedReply(1).key))?.reply.text, "first");
    assertEquals(await store.count(), 1);
  });

  check("keeps one reply where the same key is put many times at once", async (store) => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => store.put(storedReply(1, `${index}`))));
    assertEquals((await store.list()).map(({ reply }) => reply.text), ["0"]);
  });

  check("lists in the order of arrival, beyond one page", async (store) => {
    const seeds = Array.from({ length: 4100 }, (_, index) => (index * 1237) % 4100);
    for (const seed of seeds) await store.put(storedReply(seed));
    assertEquals((await store.list()).map(({ request }) => request.seed), seeds);
    assertEquals(await store.count(), 4100);
  });

  check("keeps endpoints, models and replicates apart", async (store) => {
    const reply = storedReply(1);
    const others = [
      { ...reply, identity: { ...reply.identity, endpoint: "other" } },
      { ...reply, identity: { ...reply.identity, model: "other" } },
      { ...reply, request: { ...reply.request, replicate: 2 } },
    ].map((other) => ({ ...other, key: requestKey(other.identity, other.request) }));
    for (const stored of [reply, ...others]) await store.put(stored);
    assertEquals(await store.list(), [reply, ...others]);
  });

  check("does not change with the objects that it was given or that it gave", async (store) => {
    const reply = structuredClone(storedReply(1)) as unknown as { key: string; reply: { text: string } };
    await store.put(reply as never);
    reply.reply.text = "changed";
    const given = await store.get(reply.key) as unknown as typeof reply;
    assertEquals(given.reply.text, "answer 1");
    given.reply.text = "changed";
    assertEquals((await store.get(reply.key))?.reply.text, "answer 1");
  });

  check("rejects what is no key and no reply, and says why", async (store) => {
    const noKey = await assertRejects(() => store.get("abc"), TypeError);
    assertStringIncludes(noKey.message, "64 hexadecimal digits");
    await assertRejects(() => store.get(storedReply(1).key.toUpperCase()), TypeError);
    await assertRejects(() => store.put({ ...storedReply(1), key: "" }), TypeError);
    await assertRejects(() => store.put({ ...storedReply(1), reply: null as never }), TypeError, "'reply'");
    await assertRejects(() => store.put({ ...storedReply(1), latencyMs: NaN }), RangeError, "'latencyMs'");
    await assertRejects(
      () => store.put({ ...storedReply(1), answeredAt: "now" }),
      RangeError,
      "'answeredAt'",
    );
    await assertRejects(() => store.put(undefined as never), TypeError);
    assertEquals(await store.count(), 0);
  });

  check("can be closed twice and says that it is closed", async (store) => {
    await store.put(storedReply(1));
    await store.close();
    await store.close();
    const uses = [
      () => store.get(storedReply(1).key),
      () => store.put(storedReply(2)),
      () => store.list(),
      () => store.count(),
    ];
    for (const use of uses) assertStringIncludes((await assertRejects(use, Error)).message, "is closed");
  });

  check("lets one holder claim a key, until it is released, answered or its time is up", async (store) => {
    if (store.claim === undefined) return;
    const { key } = storedReply(1);
    const [a, b] = ["a", "b"].map((holder) => ({ holder, forMs: 60_000 }));
    assertEquals(await store.claim(key, a!), true);
    assertEquals(await store.claim(key, b!), false);
    assertEquals(await store.claim(key, a!), true, "its holder may claim it anew, for longer");
    await store.release!(key, "b");
    assertEquals(await store.claim(key, b!), false, "nobody releases another's claim");
    await store.release!(key, "a");
    assertEquals(await store.claim(key, b!), true);
    await store.put(storedReply(1));
    assertEquals(await store.claim(key, b!), false, "there is a reply");
    assertEquals(await store.claim(storedReply(2).key, { holder: "dead", forMs: 0 }), true);
    assertEquals(await store.claim(storedReply(2).key, b!), true, "its time was up at once");
    assertEquals(await store.claim(storedReply(2).key, a!), false);
  });

  check("lets one of many holders claim a key at the same time", async (store) => {
    if (store.claim === undefined) return;
    const claims = await Promise.all(
      Array.from(
        { length: 60 },
        (_, at) =>
          store.claim!(storedReply(at % 20).key, { holder: `holder ${Math.floor(at / 20)}`, forMs: 60_000 }),
      ),
    );
    const claimed = Array.from(
      { length: 20 },
      (_, key) => claims.filter((won, at) => won && at % 20 === key).length,
    );
    assertEquals(claimed, new Array(20).fill(1));
  });

  check("rejects a claim that no store could keep", async (store) => {
    if (store.claim === undefined) return;
    const { key } = storedReply(1);
    await assertRejects(() => store.claim!("abc", { holder: "a", forMs: 1 }), TypeError, "'key'");
    await assertRejects(() => store.claim!(key, { holder: "", forMs: 1 }), TypeError, "'holder'");
    await assertRejects(() => store.claim!(key, { holder: "a", forMs: NaN }), RangeError, "'forMs'");
    await assertRejects(() => store.release!("abc", "a"), TypeError, "'key'");
  });

  check("keeps what was put before it was closed", async (store) => {
    const puts = Array.from({ length: 300 }, (_, seed) => store.put(storedReply(seed)));
    const closed = store.close();
    await Promise.all(puts);
    await closed;
  });

  check("has a name", (store) => {
    assert(store.name.length > 0);
    assert(!store.name.includes("/"));
    return Promise.resolve();
  });
}
