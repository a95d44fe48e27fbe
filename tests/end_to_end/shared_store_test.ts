import { assert, assertEquals } from "@std/assert";
import { inFolder } from "../store/replies.ts";
import { hasPostgres, sharedPostgres } from "../support/postgres.ts";

/** Serves an endpoint that takes its time, and counts how often each request came. */
function serveSlowly(
  latencyMs: number,
): { baseURL: string; counts: Map<string, number>; stop: () => Promise<void> } {
  const counts = new Map<string, number>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const body = await request.json();
    const key = JSON.stringify([body.messages, body.seed]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    // Whoever asks twice is told something else the second time.
    const mood = ((body.seed + counts.size) % 7) + 1;
    const message = { role: "assistant", content: JSON.stringify({ mood }) };
    return Response.json({
      id: "1",
      object: "chat.completion",
      created: 0,
      model: "m",
      choices: [{ index: 0, finish_reason: "stop", message }],
    });
  });
  return { baseURL: `http://127.0.0.1:${server.addr.port}/v1`, counts, stop: () => server.shutdown() };
}

/** Runs the study at each endpoint as a process of its own; gives the answers. */
async function work(
  store: string,
  endpoints: readonly string[],
): Promise<{ values: number[]; statuses: string[] }[]> {
  const script = new URL("./store_worker.ts", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, store, ...endpoints],
    stderr: "inherit",
  }).output();
  assert(success);
  return JSON.parse(new TextDecoder().decode(stdout));
}

const stores: { [name: string]: (folder: string) => string } = {
  sqliteStore: (folder) => `${folder}/study.db`,
  ...(hasPostgres && { postgresStore: () => `${sharedPostgres().url}#shared` }),
};

for (const [name, place] of Object.entries(stores)) {
  Deno.test(
    `two processes on one ${name} ask nothing twice and get the same answers, at 0, 10 and 200 ms`,
    inFolder(async (folder) => {
      const servers = [0, 10, 200].map(serveSlowly);
      try {
        const store = place(folder);
        const endpoints = servers.map(({ baseURL }) => baseURL);
        const [one, other] = await Promise.all([work(store, endpoints), work(store, endpoints)]);
        for (const { counts } of servers) assertEquals([...counts.values()], new Array(120).fill(1));
        assertEquals(one.map(({ statuses }) => statuses), new Array(3).fill(new Array(120).fill("answered")));
        assertEquals(one, other);
      } finally {
        for (const { stop } of servers) await stop();
      }
    }),
  );
}
