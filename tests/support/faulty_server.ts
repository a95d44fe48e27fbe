import type { Json, Respondent } from "@understudy/understudy/core";
import { type ServedRespondent, serveRespondent } from "@understudy/understudy/respondents";

/** What goes wrong with one answer of an endpoint. What is left out stays as it would be. */
export interface ServeFault {
  readonly status?: number;
  /** Headers beside the usual ones. */
  readonly headers?: { readonly [name: string]: string };
  /** The body: a text as it is, anything else as JSON. */
  readonly body?: Json;
  /** Cuts the body after this many characters. */
  readonly truncate?: number;
  /** Never ends the answer: `before` sends nothing, `body` sends the headers and half of the body. */
  readonly hang?: "before" | "body";
}

/** What is told of each call, and what goes wrong with its answer. */
export interface FaultyOptions {
  readonly apiKey?: string;
  readonly onRequest?: (body: Json) => void;
  readonly faults?: (body: Json) => ServeFault | undefined;
  /** Changes what is asked for before it is passed on. */
  readonly rewrite?: (body: { readonly [name: string]: Json }) => Json;
}

/** Serves a respondent behind an endpoint that passes calls on and spoils single answers. */
export async function serveFaulty(respondent: Respondent, options: FaultyOptions): Promise<ServedRespondent> {
  const { apiKey, onRequest, faults, rewrite } = options;
  const served = await serveRespondent(respondent, apiKey === undefined ? {} : { apiKey });
  const stop = new AbortController();
  const { signal } = stop;
  let requests = 0;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", signal, onListen: () => {} },
    async (request) => {
      const body = await request.text();
      requests++;
      onRequest?.(JSON.parse(body));
      const fault = faults?.(JSON.parse(body)) ?? {};
      const headers = {
        "content-type": "application/json",
        authorization: request.headers.get("authorization")!,
      };
      const asked = rewrite === undefined ? body : JSON.stringify(rewrite(JSON.parse(body)));
      const answer = await fetch(`${served.baseURL}/chat/completions`, {
        method: "POST",
        headers,
        body: asked,
      })
        // The server behind may be closed already.
        .catch(() => new Response(null, { status: 502 }));
      const text = spoiled(await answer.text(), fault);
      if (fault.hang === "before") await untilAborted(signal);
      const init = {
        status: fault.status ?? answer.status,
        headers: { "content-type": "application/json", ...fault.headers },
      };
      return new Response(fault.hang === "body" ? stalledBody(text, signal) : text, init);
    },
  );
  const baseURL = `http://127.0.0.1:${server.addr.port}/v1`;
  const close = async () => {
    stop.abort();
    await server.finished;
    await served.close();
  };
  return {
    baseURL,
    connection: { ...served.connection, baseURL },
    get requests() {
      return requests;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function spoiled(text: string, { body, truncate }: ServeFault): string {
  const sent = body === undefined ? text : typeof body === "string" ? body : JSON.stringify(body);
  return truncate === undefined ? sent : sent.slice(0, truncate);
}

/** A body that stops half-way and stays open until the client leaves or the signal ends it. */
function stalledBody(text: string, signal: AbortSignal): ReadableStream<Uint8Array<ArrayBuffer>> {
  let end = () => {};
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text.slice(0, Math.ceil(text.length / 2))));
      end = () => controller.close();
      signal.addEventListener("abort", end, { once: true });
    },
    cancel() {
      signal.removeEventListener("abort", end);
    },
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
