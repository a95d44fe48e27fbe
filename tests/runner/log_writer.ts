// Calls a scripted respondent without end, and logs it: for tests that kill a process.
import { scriptedRespondent } from "@understudy/understudy/respondents";
import { caller, runLog } from "@understudy/understudy/runner";

const call = caller(scriptedRespondent("Yes. ".repeat(50)), { onEvent: runLog(Deno.args[0]!) });
for (let seed = 0;; seed++) {
  await call.ask({ messages: [{ role: "user", content: "Well?" }], replicate: 1, seed });
}
