import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { RespondentError } from "@understudy/understudy/core";
import { openAiEmbedder } from "@understudy/understudy/respondents";

const secret = "sk-test-Zm9vYmFyQmF6+0123456789/abc==";

/** Serves /v1/embeddings on this machine; a text's embedding is its length and its place. */
function serve(answer?: (body: { input: string[] }) => Response) {
  const requests: { path: string; authorization: string | null; body: { [name: string]: unknown } }[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const body = await request.json();
    const authorization = request.headers.get("authorization");
    requests.push({ path: new URL(request.url).pathname, authorization, body });
    if (answer !== undefined) return answer(body);
    const data = body.input.map((text: string, index: number) => ({
      index,
      embedding: [text.length, index],
    }));
    return Response.json({ object: "list", data: data.reverse(), model: body.model });
  });
  const baseURL = `http://127.0.0.1:${server.addr.port}/v1`;
  return { requests, baseURL, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("openAiEmbedder({ model, baseURL }) asks /v1/embeddings once, and gives embeddings in the order of the texts", async () => {
  await using served = serve();
  const embed = openAiEmbedder({ model: "all-minilm", baseURL: served.baseURL, apiKey: secret });
  assertEquals(await embed(["Good.", "I would not.", ""]), [[5, 0], [12, 1], [0, 2]]);
  assertEquals(served.requests, [{
    path: "/v1/embeddings",
    authorization: `Bearer ${secret}`,
    body: { model: "all-minilm", input: ["Good.", "I would not.", ""], encoding_format: "float" },
  }]);
});

const failures: { readonly [what: string]: [() => Response, string, string] } = {
  "a web page": [
    () => new Response("<html>Hello</html>"),
    "malformed",
    "something else than 2 embeddings: <html>",
  ],
  "too few": [
    () => Response.json({ data: [{ embedding: [1] }] }),
    "malformed",
    "something else than 2 embeddings",
  ],
  "no entries": [
    () => Response.json({ data: [null, null] }),
    "malformed",
    "something else than 2 embeddings",
  ],
  "the key": [() => Response.json({ said: secret }), "malformed", "[redacted]"],
  "another shape": [() => Response.json({ data: "none" }), "malformed", "something else than 2 embeddings"],
  "a failure": [() => new Response("busy", { status: 503 }), "server", "failed (HTTP 503): busy"],
  "a refused key": [
    () => new Response(`no ${secret}`, { status: 401 }),
    "unauthorized",
    "refuses the API key",
  ],
  "no such model": [() => new Response("", { status: 404 }), "bad_request", "is there such a model?"],
};

for (const [what, [answer, kind, message]] of Object.entries(failures)) {
  Deno.test(`openAiEmbedder(…) rejects with what to do, and without the key: ${what}`, async () => {
    await using served = serve(answer);
    const embed = openAiEmbedder({ model: "all-minilm", baseURL: served.baseURL, apiKey: secret });
    const error = await assertRejects(() => embed(["Good.", "Bad."]), RespondentError, message);
    assertEquals(error.kind, kind);
    assert(!Deno.inspect(error, { depth: 9 }).includes(secret) && error.message.length <= 500);
    assertEquals(served.requests.length, 1);
  });
}

Deno.test("openAiEmbedder(…) reads no endless body", async () => {
  let sent = 0;
  const piece = new Uint8Array(2 ** 20).fill(32);
  await using served = serve(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent++;
          controller.enqueue(piece);
        },
      }),
    )
  );
  const embed = openAiEmbedder({ model: "all-minilm", baseURL: served.baseURL });
  const error = await assertRejects(
    () => embed(["Good."]),
    RespondentError,
    "something else than 1 embeddings",
  );
  assertEquals(error.kind, "malformed");
  assert(sent < 64, `${sent} MiB`);
});

Deno.test("openAiEmbedder(options) refuses wrong options in words", () => {
  assertThrows(
    () => openAiEmbedder({ model: "" }),
    TypeError,
    "Cannot make an embedder as 'model' must be a non-empty text",
  );
  assertThrows(
    () => openAiEmbedder({ model: "m", baseURL: "file:///etc/passwd" }),
    RangeError,
    "'baseURL' must be an http",
  );
  assertThrows(() => openAiEmbedder({ model: "m", key: "x" } as never), TypeError, "option 'key' is unknown");
});
