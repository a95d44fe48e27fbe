/**
 * Makes respondents as a process of its own and prints the endpoint of each, or the error, a line each:
 * `environment.ts [[ENVIRONMENT, OPTIONS], …]`. An environment that is empty is left as it is.
 */
import { openAiRespondent } from "../../lib/respondents/open_ai_respondent.ts";

type Case = [environment: { [name: string]: string }, options: object];

for (const [environment, options] of JSON.parse(Deno.args[0]!) as Case[]) {
  for (const name of Object.keys(environment).length > 0 ? ["OPENAI_BASE_URL", "OPENAI_API_KEY"] : []) {
    Deno.env.delete(name);
  }
  for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
  let line: string;
  try {
    line = (await openAiRespondent({ model: "m", ...options }).identity()).endpoint;
  } catch (error) {
    line = `${(error as Error).name}: ${(error as Error).message}`;
  }
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
