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

/** A file of 200 MB takes longer than a reply; the client's own limit is for single calls. */
const fileTimeoutMs = 900_000;

/** So many lists of a hundred are read when a study's batches are looked for. */
const mostPages = 20;

/** The name under which a batch says which study it belongs to. */
const mark = "understudy";

/** OpenAI's interface of files and batches, as vLLM's gateways, Azure and others offer it too. */
export function openAiBatch(client: OpenAI, calls: SingleCalls): BatchEndpoint {
  const { failureOf, redact } = calls;
  const readBatch = (value: unknown) => batchOf(value, redact);
  const settle = async <T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw failureOf(error);
    }
  };
  const answer = (ask: () => { asResponse(): Promise<Response> }, signal: AbortSignal | undefined) =>
    settle(async () => parse((await readBody(await ask().asResponse())).text), signal);
  return {
    body: calls.body,
    read: calls.read,
    async upload(lines, { signal }) {
      const file = new File([lines], "understudy.jsonl", { type: "application/jsonl" });
      const options = { ...withSignal(signal), timeout: fileTimeoutMs };
      const made = await answer(() => client.files.create({ file, purpose: "batch" }, options), signal);
      return textOf(made, "id");
    },
    async start(input, study, { signal }) {
      const batch = {
        input_file_id: input,
        endpoint: "/v1/chat/completions",
        completion_window: "24h",
        metadata: { [mark]: study },
      } as const;
      return readBatch(await answer(() => client.batches.create(batch, withSignal(signal)), signal));
    },
    async find(study, { signal }) {
      const found: ProviderBatch[] = [];
      let after: string | undefined;
      for (let page = 0; page < mostPages; page++) {
        const query = { limit: 100, ...(after === undefined ? {} : { after }) };
        const list = await answer(() => client.batches.list(query, withSignal(signal)), signal)
          .catch((error: unknown) => {
            // Not every provider lists what was started.
            if (error instanceof RespondentError && [404, 405, 501].includes(error.status!)) return {};
            throw error;
          });
        const data = property(list, "data");
        const batches = Array.isArray(data) ? data as unknown[] : [];
        found.push(
          ...batches.filter((each) => property(property(each, "metadata"), mark) === study).map(readBatch),
        );
        if (property(list, "has_more") !== true || batches.length === 0) break;
        after = textOf(batches.at(-1), "id");
      }
      return found;
    },
    look: async (id, { signal }) =>
      readBatch(await answer(() => client.batches.retrieve(id, withSignal(signal)), signal)),
    download: (output, { signal }) =>
      settle(async () => {
        const options = { ...withSignal(signal), timeout: fileTimeoutMs };
        const response = await client.files.content(output, options).asResponse();
        return response.body ?? new Blob([]).stream();
      }, signal),
  };
}

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
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

const ends = ["completed", "failed", "expired", "cancelled"];

function batchOf(value: unknown, redact: Redact): ProviderBatch {
  const status = textOf(value, "status");
  const counts = property(value, "request_counts");
  const errors = property(property(value, "errors"), "data");
  const complaints = (Array.isArray(errors) ? errors as unknown[] : []).slice(0, 3);
  const [created, ended] = ["created_at", "completed_at"].map((name) => count(property(value, name)));
  return {
    id: textOf(value, "id"),
    input: textOf(value, "input_file_id"),
    status,
    ended: ends.includes(status),
    crowded: complaints.some((each) => property(each, "code") === "token_limit_exceeded"),
    outputs: ["output_file_id", "error_file_id"].map((name) => property(value, name))
      .filter((id): id is string => typeof id === "string" && id !== ""),
    reason: redact(
      complaints.map((each) => String(property(each, "message") ?? property(each, "code"))).join("; "),
    ).slice(0, 500),
    completed: count(property(counts, "completed")),
    failed: count(property(counts, "failed")),
    tookMs: ended! > created! && created! > 0 ? 1000 * (ended! - created!) : 0,
  };
}

function count(value: unknown): number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : 0;
}
