/** Makes a respondent as a process of its own and prints its endpoint, or the error: `environment.ts OPTIONS`. */
import { openAiRespondent } from "@understudy/understudy/respondents";

let line: string;
try {
  const respondent = openAiRespondent({ model: "m", ...JSON.parse(Deno.args[0] ?? "{}") });
  line = (await respondent.identity()).endpoint;
} catch (error) {
  line = `${(error as Error).name}: ${(error as Error).message}`;
}
Deno.stdout.writeSync(new TextEncoder().encode(line));
