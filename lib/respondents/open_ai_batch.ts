import type { OpenAI } from "openai";
import { RespondentError } from "../core/errors.ts";
import type { BatchEndpoint, ProviderBatch } from "../core/respondent.ts";
import { property } from "./failures.ts";
import type { Redact } from "./redaction.ts";
import { readBody } from "./body.ts";

/** How a respondent writes and reads single calls, and what it makes of errors. */
interface SingleCalls extends Pick<BatchEndpoint, "body" | "read"> {
  readonly failureOf: (error: unknown) => RespondentError;
  readonly redact: Redact;
}

/** A file of 200 MB takes longer than a reply; one that stalls is begun again. */
const longestMs = 900_000;

/** So many lists of a hundred are read when a study's batches are looked for. */
const mostPages = 20;

/** The name under which a batch says which study it belongs to. */
const mark = "understudy";

type Limits = { readonly signal: AbortSignal; readonly timeout: number };

/** OpenAI's interface of files and batches, as gateways before vLLM, Azure and others offer it too. */
export function openAiBatch(client: OpenAI, { body, read, failureOf, redact }: SingleCalls): BatchEndpoint {
  const ask = async (
    signal: AbortSignal,
    call: (limits: Limits) => { asResponse(): Promise<Response> },
  ): Promise<Response> => {
    // The client's own limit does not cover bodies.
    const limited = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
    try {
      return await call({ signal: limited, timeout: longestMs }).asResponse();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw failureOf(error);
    }
  };
  const answer = async (...asked: Parameters<typeof ask>): Promise<unknown> =>
    parse((await readBody(await ask(...asked))).text);
  const readBatch = (value: unknown): ProviderBatch => batchOf(value, redact);
  return {
    body,
    read,
    async upload(lines, signal) {
      const file = new File([lines], "understudy.jsonl", { type: "application/jsonl" });
      const made = await answer(signal, (limits) => client.files.create({ file, purpose: "batch" }, limits));
      return textOf(made, "id");
    },
    async start(input, study, signal) {
      const work = { endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
      const batch = { ...work, input_file_id: input, metadata: { [mark]: study } };
      return readBatch(await answer(signal, (limits) => client.batches.create(batch, limits)));
    },
    async find(study, signal) {
      const found: ProviderBatch[] = [];
      let query: { limit: number; after?: string } = { limit: 100 };
      for (let page = 0; page < mostPages; page++) {
        const list = await answer(signal, (limits) => client.batches.list(query, limits)).catch((error) => {
          // Not every provider lists what was started.
          if ([404, 405, 501].includes(error.status)) return {};
          throw error;
        });
        const data = property(list, "data");
        const batches = Array.isArray(data) ? data as unknown[] : [];
        const own = batches.filter((each) => property(property(each, "metadata"), mark) === study);
        found.push(...own.map(readBatch));
        if (property(list, "has_more") !== true || batches.length === 0) break;
        query = { limit: 100, after: textOf(batches.at(-1), "id") };
      }
      return found;
    },
    look: async (id, signal) =>
      readBatch(await answer(signal, (limits) => client.batches.retrieve(id, limits))),
    download: async (output, signal) =>
      (await ask(signal, (limits) => client.files.content(output, limits))).body ?? new Blob([]).stream(),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notABatch("JSON");
  }
}

function textOf(value: unknown, name: string): string {
  const text = property(value, name);
  if (typeof text === "string" && text !== "") return text;
  throw notABatch(`'${name}'`);
}

function notABatch(what: string): RespondentError {
  return new RespondentError(
    `The endpoint's answer about files and batches holds no ${what}: does it offer batches? ` +
      "writeBatch makes the file that vLLM's run-batch reads",
    { kind: "malformed", transient: false },
  );
}

function batchOf(value: unknown, redact: Redact): ProviderBatch {
  const status = textOf(value, "status");
  const counts = property(value, "request_counts");
  const errors = property(property(value, "errors"), "data");
  const complaints = (Array.isArray(errors) ? errors as unknown[] : []).slice(0, 3);
  const [created, ended] = ["created_at", "completed_at"].map((name) => count(property(value, name)));
  const reasons = complaints.map((each) => String(property(each, "message") ?? property(each, "code")));
  return {
    id: textOf(value, "id"),
    input: textOf(value, "input_file_id"),
    status,
    ended: ["completed", "failed", "expired", "cancelled"].includes(status),
    crowded: complaints.some((each) => property(each, "code") === "token_limit_exceeded"),
    outputs: ["output_file_id", "error_file_id"].map((name) => property(value, name))
      .filter((id): id is string => typeof id === "string" && id !== ""),
    reason: redact(reasons.join("; ")).slice(0, 500),
    completed: count(property(counts, "completed")),
    failed: count(property(counts, "failed")),
    tookMs: ended! > created! && created! > 0 ? 1000 * (ended! - created!) : 0,
  };
}

function count(value: unknown): number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : 0;
}
