import { stream } from "@understudy/understudy/core";

// deno-lint-ignore no-explicit-any
type Any = any;

/** How an endpoint differs from one that does all it is asked. */
export interface Misbehaviour {
  /** Turns a request down: a status and a message. */
  readonly reject?: (body: Any) => readonly [status: number, message: string, more?: object] | undefined;
  /** Changes what is read of a request: what it overlooks. */
  readonly read?: (body: Any) => Any;
  /** Changes a choice before it is sent. */
  readonly write?: (choice: Any, body: Any, place: number) => void;
  /** Changes the body of a completion before it is sent. */
  readonly finish?: (completion: Any, body: Any) => void;
  /** What it says at other addresses. */
  readonly pages?: { readonly [path: string]: object };
  readonly headers?: { readonly [name: string]: string };
}

/** An endpoint of a little engine that keeps to its limits, seeds and schemas, but for what is wrong with it. */
export function serveEngine(
  { reject, read, write, finish, pages = {}, headers = {} }: Misbehaviour = {},
): { baseURL: string; bodies: Any[]; close(): Promise<void> } {
  const bodies: Any[] = [];
  let calls = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const path = new URL(request.url).pathname;
    const text = await request.text();
    if (path !== "/v1/chat/completions") {
      return Object.hasOwn(pages, path)
        ? Response.json(pages[path])
        : new Response("nothing", { status: 404 });
    }
    const asked = JSON.parse(text);
    bodies.push(asked);
    const no = reject?.(asked);
    if (no !== undefined) {
      return Response.json({ error: { message: no[1], type: "invalid_request_error", ...no[2] } }, {
        status: no[0],
      });
    }
    const body = read === undefined ? asked : read(structuredClone(asked));
    const choices = Array.from({ length: body.n ?? 1 }, (_, place) => {
      const choice = complete(body, body.seed === undefined ? ++calls : body.seed + place, place);
      write?.(choice, asked, place);
      return choice;
    });
    const words = body.messages.reduce(
      (sum: number, { content }: Any) => sum + content.split(/\s+/).length,
      0,
    );
    const written = choices.reduce((sum, { count }) => sum + count, 0);
    const completion = {
      object: "chat.completion",
      model: "engine",
      choices: choices.map(({ count: _, ...choice }) => choice),
      usage: { prompt_tokens: words, completion_tokens: written },
    };
    finish?.(completion, asked);
    return Response.json(completion, { headers });
  });
  return {
    baseURL: `http://127.0.0.1:${server.addr.port}/v1`,
    bodies,
    close: () => server.shutdown(),
  };
}

/** One choice: its words are its tokens. */
function complete(body: Any, seed: number, index: number): Any {
  const most = body.max_tokens ?? body.max_completion_tokens ?? 400;
  const tokens = wordsFor(body, seed);
  const content = tokens.slice(0, most).join("");
  const held = body.response_format !== undefined;
  return {
    index,
    count: Math.min(most, tokens.length),
    message: { role: "assistant", content },
    finish_reason: tokens.length > most ? "length" : "stop",
    logprobs: body.logprobs !== true ? null : {
      content: tokens.slice(0, most).map((token) => ({
        token,
        logprob: -0.001,
        top_logprobs: [{ token, logprob: -0.001 }, { token: held ? "{ " : "I", logprob: -7 }],
      })),
    },
  };
}

function wordsFor({ messages, response_format }: Any, seed: number): string[] {
  const schema = response_format?.json_schema?.schema;
  if (schema !== undefined) {
    const [name, { enum: options }] = Object.entries<Any>(schema.properties)[0]!;
    return ["{", `"${name}"`, ": ", `"${options[0]}"`, "}"];
  }
  if (response_format !== undefined) return ["{", '"sky"', ": ", '"grey"', "}"];
  if (messages.some(({ role, content }: Any) => role === "system" && content.includes("heron"))) {
    return ["heron"];
  }
  const [{ content }] = messages.slice(-1);
  if (content.includes("2 + 3")) return ["5"];
  if (content.includes("weather")) return ["It", " is", " fine."];
  const random = stream(seed, "engine");
  return Array.from({ length: 300 }, () => ` ${random.integer(36 ** 3).toString(36)}`);
}
