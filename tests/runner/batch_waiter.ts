// Waits for a batch of the server that is named, without end: for tests that kill a process.
import { openAiRespondent } from "@understudy/understudy/respondents";
import { runBatch } from "@understudy/understudy/runner";
import { planFor } from "./batch_plan.ts";

await runBatch(planFor(4), openAiRespondent(JSON.parse(Deno.args[0]!)), { pollMs: 50 });
