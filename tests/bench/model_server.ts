/**
 * A server that answers as a model's does, in a process of its own: `deno run -A model_server.ts [latency in ms]
 * [requests a second that are let through]`. Writes its address, and answers GET /count with the requests that it got.
 *
 * @module
 */
const [latencyMs, perSecond] = [Number(Deno.args[0] ?? 0), Number(Deno.args[1] ?? Infinity)];

const body = JSON.stringify({
  id: "1",
  object: "chat.completion",
  created: 0,
  model: "bench",
  choices: [{
    index: 0,
    finish_reason: "stop",
    message: { role: "assistant", content: '{"support": 4, "fear": "no"}', refusal: null },
  }],
  usage: { prompt_tokens: 80, completion_tokens: 12, total_tokens: 92 },
});
const headers = { "content-type": "application/json" };

let requests = 0;
let second = { at: 0, count: 0 };

if (import.meta.main) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    if (request.method === "GET") return new Response(String(requests));
    requests++;
    await request.text();
    const at = Math.floor(performance.now() / 1000);
    if (second.at !== at) second = { at, count: 0 };
    if (++second.count > perSecond) {
      return new Response('{"error":{"message":"Slow down"}}', {
        status: 429,
        headers: { ...headers, "retry-after": "1" },
      });
    }
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    return new Response(body, { headers });
  });
  await Deno.stdout.write(new TextEncoder().encode(`http://127.0.0.1:${server.addr.port}/v1\n`));
}
