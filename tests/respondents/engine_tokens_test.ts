import { assertEquals } from "@std/assert";
import { openAiRespondent, scriptedRespondent } from "@understudy/understudy/respondents";
import { countEngineTokens } from "../../lib/respondents/engine_tokens.ts";

/** An engine that answers by path, and counts a letter for a token. */
async function withEngine<T>(
  answer: (path: string, body: { [name: string]: never }) => unknown,
  use: (baseURL: string) => Promise<T>,
): Promise<T> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const found = answer(new URL(request.url).pathname, await request.json());
    return found === undefined ? new Response("no such path", { status: 404 }) : Response.json(found);
  });
  try {
    return await use(`http://127.0.0.1:${server.addr.port}/v1`);
  } finally {
    await server.shutdown();
  }
}

const messages = [{ role: "user" as const, content: "Do you like tea?" }];
const count = (baseURL: string) => countEngineTokens(openAiRespondent({ model: "m", baseURL }), messages);

Deno.test("the engine's tokens are counted as vLLM does, and as llama.cpp does", async () => {
  const vllm = await withEngine(
    (path, { model, messages }) =>
      path === "/tokenize" && model && messages ? { count: 11, tokens: [] } : undefined,
    count,
  );
  assertEquals(vllm, 11);
  const llama = await withEngine((path, { content = "" as never, messages }) => {
    if (path === "/apply-template") return { prompt: `<user>${JSON.stringify(messages).length}` };
    return path === "/tokenize" ? { tokens: [...content as string] } : undefined;
  }, count);
  assertEquals(llama, "<user>".length + String(JSON.stringify(messages).length).length);
});

Deno.test("where an engine does not tell, or there is none, no tokens are made up", async () => {
  assertEquals(await withEngine(() => undefined, count), undefined);
  assertEquals(await withEngine(() => ({ tokens: "many" }), count), undefined);
  assertEquals(await countEngineTokens(scriptedRespondent("x"), messages), undefined);
});
