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

async function work(baseURL: string, store: string): Promise<{ values: number[]; statuses: string[] }> {
  const script = new URL("./store_worker.ts", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, baseURL, store],
    stderr: "inherit",
  }).output();
  assert(success);
  const [values, statuses] = JSON.parse(new TextDecoder().decode(stdout));
  return { values, statuses };
}

const stores: { [name: string]: (folder: string, latencyMs: number) => string | Promise<string> } = {
  sqliteStore: (folder) => `${folder}/study.db`,
  ...(hasPostgres && {
    postgresStore: async (_: string, latencyMs: number) =>
      `${(await sharedPostgres()).url}#shared_${latencyMs}`,
  }),
};

for (const [name, place] of Object.entries(stores)) {
  for (const latencyMs of [0, 10, 200]) {
    Deno.test(
      `two processes on one ${name} ask nothing twice and get the same answers, at ${latencyMs} ms`,
      inFolder(async (folder) => {
        const { baseURL, counts, stop } = serveSlowly(latencyMs);
        try {
          const store = await place(folder, latencyMs);
          const [one, other] = await Promise.all([work(baseURL, store), work(baseURL, store)]);
          assertEquals(counts.size, 120);
          assertEquals([...counts.values()].filter((count) => count !== 1), []);
          assertEquals(one.statuses, new Array(120).fill("answered"));
          assertEquals(one, other);
        } finally {
          await stop();
        }
      }),
    );
  }
}
