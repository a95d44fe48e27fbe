import { cannot, canonicalJson, checkOneOf, checkOptions, checkWhole, type Json } from "../core/mod.ts";

/** The options that become sampling parameters. */
interface SamplingOptions {
  temperature?: number;
  topP?: number;
  maxTokens?: number;
  maxTokensName?: "max_completion_tokens" | "max_tokens";
  parameters?: { readonly [name: string]: Json };
}

const action = "make a respondent";

/** Parameters that have an option of their own, or that the respondent sets for each request. */
const reserved = [
  "model",
  "messages",
  "response_format",
  "seed",
  "n",
  "stream",
  "temperature",
  "top_p",
  "max_tokens",
  "max_completion_tokens",
];

/** Checks the sampling options and names them as an endpoint does; what is left out is not sent. */
export function samplingParameters(options: SamplingOptions, baseURL: string): { [name: string]: Json } {
  const { temperature, topP, maxTokens, parameters = {} } = options;
  if (temperature !== undefined && !isBetween(temperature, 0, 2)) {
    throw new RangeError(cannot(action, "temperature", "be a number from 0 to 2", temperature));
  }
  if (topP !== undefined && (topP === 0 || !isBetween(topP, 0, 1))) {
    throw new RangeError(cannot(action, "topP", "be a number above 0, at most 1", topP));
  }
  if (maxTokens !== undefined) checkWhole(action, "maxTokens", maxTokens, 1);
  // OpenAI's reasoning models reject `max_tokens`; older servers elsewhere ignore `max_completion_tokens`.
  const usual = new URL(baseURL).hostname === "api.openai.com" ? "max_completion_tokens" : "max_tokens";
  const { maxTokensName = usual } = options;
  checkOneOf(action, "maxTokensName", maxTokensName, ["max_completion_tokens", "max_tokens"]);
  checkParameters(parameters);
  return {
    ...structuredClone(parameters),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(maxTokens === undefined ? {} : { [maxTokensName]: maxTokens }),
  };
}

function isBetween(value: unknown, low: number, high: number): boolean {
  return typeof value === "number" && value >= low && value <= high;
}

function checkParameters(parameters: { readonly [name: string]: Json }): void {
  checkOptions(action, parameters, Object.keys(parameters ?? {}));
  for (const name of Object.keys(parameters)) {
    if (reserved.includes(name)) {
      throw new RangeError(
        `Cannot ${action} as 'parameters' must not hold '${name}': it has an option of its own or is set for each request`,
      );
    }
  }
  // Throws for what JSON cannot hold, which could be neither sent nor hashed.
  canonicalJson(parameters);
}
