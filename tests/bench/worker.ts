/**
 * How many calls a second one worker makes with a scripted respondent, kept in PostgreSQL: the best of some rounds.
 * `deno run -A tests/bench/worker.ts [calls] [in flight] [rounds]`
 *
 * @module
 */
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { runWorker } from "@understudy/understudy/runner/worker";
import { sharedPostgres } from "../support/postgres.ts";
import { planOf } from "./throughput.ts";

if (import.meta.main) {
  const [calls = 10_000, concurrency = 256, rounds = 3] = Deno.args.map(Number);
  const { url } = await sharedPostgres();
  const plan = planOf(calls);
  let [all, asking] = [Infinity, Infinity];
  for (let round = 1; round <= rounds; round++) {
    let [first, last] = [0, 0];
    const respondent = scriptedRespondent(() => {
      last = performance.now();
      first ||= last;
      return '{"support": 4, "fear": "no"}';
    });
    const started = performance.now();
    await runWorker(plan, respondent, { url, schema: `round_${round}`, concurrency });
    all = Math.min(all, performance.now() - started);
    asking = Math.min(asking, last - first);
  }
  const rate = (milliseconds: number) => `${Math.round(1000 * calls / milliseconds)}/s`;
  const text = `${calls} calls, ${concurrency} in flight: ${rate(asking)} from the first to the last, ${
    rate(all)
  } with making and filling the queue\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
