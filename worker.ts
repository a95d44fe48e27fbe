/**
 * Works on a study together with other machines: `deno task worker STUDY.ts --url postgres://lab@host:5432/study`, on any
 * number of them. `STUDY.ts` exports its `plan` and its `respondent`, and may export `options` of `runWorker`. The address
 * may stand in `DATABASE_URL` instead, the password in `PGPASSWORD`.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { interruptible } from "@understudy/understudy/kernel";
import { runWorker } from "@understudy/understudy/runner/worker";

const at = Deno.args.indexOf("--url");
const url = at < 0 ? Deno.env.get("DATABASE_URL") : Deno.args[at + 1];
const study = Deno.args.find((arg, place) => !arg.startsWith("--") && (at < 0 || place !== at + 1));

if (study === undefined || url === undefined) {
  throw new TypeError(
    "Cannot work on a study as both are needed: deno task worker STUDY.ts --url postgres://…",
  );
}
const { plan, respondent, options } = await import(pathToFileURL(study).href);
const run = await interruptible((signal) => runWorker(plan, respondent, { ...options, signal, url }));
Deno.stdout.writeSync(new TextEncoder().encode(`${run.get("summary", run.numRows() - 1)}\n`));
