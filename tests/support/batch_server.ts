import type { Respondent } from "@understudy/understudy/core";
import { type ServedRespondent, serveRespondent } from "@understudy/understudy/respondents";

/** One batch as the server holds it. */
interface HeldBatch {
  id: string;
  status: string;
  input_file_id: string;
  metadata: unknown;
  [field: string]: unknown;
}

/** What a test does to the files and batches of the server. */
export interface BatchServerOptions {
  /** What happens to a line in place of being answered: its line of the error file, or `null` for none at all. */
  readonly fault?: (key: string, body: unknown) => object | null | undefined;
  /** How a batch ends; it is asked each time that its state is wanted. */
  readonly end?: (batch: HeldBatch) => Partial<HeldBatch>;
  /** Answers in place of the server. */
  readonly intercept?: (request: Request) => Response | undefined;
  /** Lines before the others in each output file. */
  readonly junk?: string;
}

/** A server with files and batches before a served respondent. */
export interface BatchServer extends AsyncDisposable {
  readonly connection: ServedRespondent["connection"];
  /** The uploaded files. */
  readonly files: ReadonlyMap<string, string>;
  readonly batches: readonly HeldBatch[];
  /** All requests by method and path. */
  readonly log: readonly string[];
}

/** Serves a respondent with OpenAI's files and batches: a batch is worked on when its state is asked for. */
export async function serveBatches(
  respondent: Respondent,
  { fault, end = () => ({ status: "completed" }), intercept, junk = "" }: BatchServerOptions = {},
): Promise<BatchServer> {
  const served = await serveRespondent(respondent);
  const files = new Map<string, string>();
  const batches: HeldBatch[] = [];
  const log: string[] = [];
  const keep = (text: string): string => {
    const id = `file-${files.size + 1}`;
    files.set(id, text);
    return id;
  };

  async function work(batch: HeldBatch): Promise<void> {
    if (["completed", "expired", "failed", "cancelled"].includes(batch.status)) return;
    Object.assign(batch, end(batch));
    if (!["completed", "expired", "cancelled"].includes(batch.status)) return;
    const [answers, failures]: [string[], string[]] = [[], []];
    for (const line of files.get(batch.input_file_id)!.trim().split("\n")) {
      const { custom_id, body } = JSON.parse(line);
      const spoilt = fault?.(custom_id, body);
      if (spoilt !== undefined) {
        if (spoilt !== null) failures.push(JSON.stringify({ id: "r", custom_id, ...spoilt }));
        continue;
      }
      const answer = await fetch(`${served.baseURL}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const response = { status_code: answer.status, request_id: "q", body: await answer.json() };
      (answer.ok ? answers : failures).push(JSON.stringify({ id: "r", custom_id, response, error: null }));
    }
    // Results come in any order.
    batch.output_file_id = answers.length === 0 ? null : keep(`${junk}${answers.reverse().join("\n")}\n`);
    batch.error_file_id = failures.length === 0 ? null : keep(`${failures.join("\n")}\n`);
    batch.completed_at = 1_800_000_060;
    batch.request_counts = {
      total: answers.length + failures.length,
      completed: answers.length,
      failed: failures.length,
    };
  }

  const answer = async (request: Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url);
    log.push(`${request.method} ${pathname}`);
    const given = intercept?.(request);
    if (given !== undefined) return given;
    const [, , kind, id, content] = pathname.split("/");
    if (kind === "files" && id === undefined) {
      const form = await request.formData();
      return Response.json({ id: keep(await (form.get("file") as File).text()), object: "file" });
    }
    if (kind === "files" && content === "content") {
      return files.has(id!)
        ? new Response(files.get(id!))
        : Response.json({ error: "gone" }, { status: 404 });
    }
    if (kind === "batches" && request.method === "POST") {
      const body = await request.json();
      const batch = {
        id: `batch_${batches.length + 1}`,
        status: "validating",
        created_at: 1_800_000_000,
        ...body,
      };
      batches.push(batch);
      return Response.json(batch);
    }
    if (kind === "batches" && id === undefined) {
      const newest = batches.toReversed();
      const from = newest.findIndex((batch) => batch.id === searchParams.get("after")) + 1;
      const data = newest.slice(from, from + 2);
      return Response.json({ object: "list", data, has_more: from + 2 < newest.length });
    }
    const batch = batches.find((each) => each.id === id);
    if (batch === undefined) return Response.json({ error: { message: "no such batch" } }, { status: 404 });
    await work(batch);
    return Response.json(batch);
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, answer);
  return {
    connection: { ...served.connection, baseURL: `http://127.0.0.1:${server.addr.port}/v1` },
    files,
    batches,
    log,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await served.close();
    },
  };
}
