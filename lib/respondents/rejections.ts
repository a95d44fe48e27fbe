import type { RespondentErrorOptions } from "../core/errors.ts";

export interface Complaint {
  readonly message: string;
  /** The code that decides; empty where there is none. */
  readonly code: string;
  /** Every code and type that the body gives. */
  readonly codes: readonly string[];
  /** The parameter that the body names; empty where it names none. */
  readonly parameter: string;
  /** Tokens of the prompt and of the context, where the body counts them. */
  readonly tokens: readonly [prompt: unknown, context: unknown];
}

/** How a request was rejected, as a sentence. */
export type Rejection = Pick<RespondentErrorOptions, "kind" | "parameter"> & { readonly sentence: string };

const contextCodes = ["context_length_exceeded", "exceed_context_size_error"];

// OpenAI, vLLM (three forms), llama.cpp, Ollama, LM Studio, Gemini, Anthropic.
const contextWords = new RegExp(
  [
    "maximum (?:context|model) length",
    "(?:exceed|larger than|longer than|too long for|too large for)[a-z ]{0,40}context",
    "context (?:length|size|window)[a-z ]{0,20}exceed",
    "tokens to keep from the initial prompt|tokens when context the overflows",
    "prompt is too long",
    "input token count[^a-z]{0,30}exceeds",
    "max_tokens must be at least 1, got -",
  ].join("|"),
  "i",
);

const filterCodes = [
  ...["content_filter", "content_policy_violation", "responsibleaipolicyviolation"],
  ...["data_inspection_failed", "moderation_blocked"],
];
const filterWords = /content management policy|content polic(?:y|ies)|(?:was|were|is|been) flagged/i;

/** Whether the endpoint's filter, and not its key or its state, refuses a prompt. */
export function isFiltered({ codes, message }: Complaint): boolean {
  return codes.some((code) => filterCodes.includes(code.toLowerCase())) || filterWords.test(message);
}

/** Whether the prompt is longer than the model can read. */
export function isTooLong({ codes, message }: Complaint): boolean {
  return codes.some((code) => contextCodes.includes(code)) || contextWords.test(message);
}

/** The sentence about a prompt that is too long, with the numbers where they are told. */
export function tooLong({ tokens }: Complaint, address: string, model: string): Rejection {
  const [prompt, context] = tokens.map((count) => typeof count === "number" ? ` (${count} tokens)` : "");
  return {
    kind: "context",
    sentence: `The prompt${prompt} is longer than model '${model}' at ${address} can read${context}`,
  };
}

/** For each parameter that an option of `openAiRespondent` decides: how a message names it, and the option to change. */
const named: readonly (readonly [parameter: string, names: RegExp, change: (message: string) => string])[] = [
  ["temperature", /\btemperature\b/i, () => "leave out { temperature }"],
  ["top_p", /\btop_p\b/i, () => "leave out { topP }"],
  [
    "seed",
    /\bseed\b/i,
    (message) =>
      /range|large|int32|32.bit|maximum|less than|greater/i.test(message)
        ? "set { seedBits: 31 }"
        : "set { sendSeed: false }",
  ],
  [
    "response_format",
    /\b(?:response_format|json_schema|json_object|guided_json)\b|structured outputs?/i,
    (message) => `set { schemaMode: ${/json_object/i.test(message) ? '"none"' : '"json_object" or "none"'} }`,
  ],
  ["max_completion_tokens", /\bmax_completion_tokens\b/i, (message) => limitChange(message, "max_tokens")],
  ["max_tokens", /\bmax_(?:new_)?tokens\b/i, (message) => limitChange(message, "max_completion_tokens")],
  ["logprobs", /\b(?:top_)?logprobs\b/i, () => 'set { logProbabilities: "never" }'],
  [
    "n",
    /['"`]n['"`]|\bn (?:>|must|should|is|parameter)|^n$|multiple (?:choices|completions)/i,
    () => "set { choices: 1 }",
  ],
  [
    "system",
    /\bsystem (?:role|messages?|prompts?|instructions?)\b|\brole:? ?['"`]?(?:system|developer)|developer (?:role|instructions?)|messages(?:\[0\]|\.0)\.role/i,
    () => 'set { systemRole: "user" }',
  ],
];

function limitChange(message: string, other: string): string {
  const tooLarge = !message.includes(other) &&
    /too (?:large|high|big)|at most|maximum|less than|exceed/i.test(message);
  return tooLarge ? "lower { maxTokens }" : `set { tokenLimit: "${other}" }`;
}

/** The sentence about a request that is itself at fault: which option of `openAiRespondent` to change. */
export function rejected({ message, parameter }: Complaint, address: string, model: string): Rejection {
  const sentence = `${address} rejects the request to model '${model}'`;
  // What the endpoint names as the parameter counts before what its message speaks of.
  const [name, , change] = firstNamed(parameter) ?? firstNamed(message) ?? [parameter];
  if (change === undefined && !/^(?!model$|messages$)[a-z]\w{0,63}$/i.test(name)) {
    return { kind: "bad_request", sentence };
  }
  const advice = `${change?.(message) ?? "take it out of { parameters }"} of openAiRespondent`;
  return { kind: "bad_request", parameter: name, sentence: `${sentence} over '${name}': ${advice}` };
}

function firstNamed(text: string): typeof named[number] | undefined {
  const places = named.map((one) => ({ one, place: text.search(one[1]) })).filter(({ place }) => place >= 0);
  return places.sort((a, b) => a.place - b.place)[0]?.one;
}
