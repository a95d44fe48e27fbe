import { checkText } from "../core/checks.ts";
import { cannot, RespondentError } from "../core/errors.ts";
import { canonicalHash, type Json } from "../core/hash.ts";
import { readOptions, rule } from "../core/options.ts";
import { requestKey, type Respondent, type RespondentIdentity } from "../core/respondent.ts";
import type { RespondentReply, RespondentRequest, RespondOptions } from "../core/respondent.ts";

/** A reply as a script states it; what is left out: an empty text that ended of itself, with nothing else known. */
export type ScriptedReply = Partial<RespondentReply>;

/** One entry of a script: a reply's text, a reply, or an error that the call rejects with. */
export type ScriptedOutcome = string | ScriptedReply | Error;

/** Answers a request as a script does. */
export type ScriptFunction = (
  request: RespondentRequest,
  options: RespondOptions,
) => ScriptedOutcome | Promise<ScriptedOutcome>;

/** A script: one text for every request, outcomes in the order of asking, or a function. */
export type Script = string | readonly ScriptedOutcome[] | ScriptFunction;

/** Options of {@linkcode scriptedRespondent}. */
export interface ScriptedRespondentOptions {
  /**
   * The respondent's name and model.
   * @default {"scripted"}
   */
  name?: string;
}

/**
 * Makes a respondent that answers from a script, for tests and demonstrations.
 *
 * A text answers every request. A list answers each new request with its next entry; a request that was answered
 * before gets the same reply again, and an error in the list is used up by the call that rejects with it. A function
 * answers from the request; give the same answer to the same request, as everything that stores replies expects.
 *
 * @param script see {@linkcode Script}
 * @param options see {@linkcode ScriptedRespondentOptions}
 * @returns the respondent
 * @throws {TypeError} if the script is none of these
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { scriptedRespondent } from "@understudy/understudy/respondents";
 *
 * const respondent = scriptedRespondent((request) => `{"support": ${request.replicate}}`);
 * const messages = [{ role: "user" as const, content: "Do you support it?" }];
 * assertEquals((await respondent.respond({ messages, replicate: 2 })).text, '{"support": 2}');
 * ```
 */
export function scriptedRespondent(script: Script, options: ScriptedRespondentOptions = {}): Respondent {
  const action = "make a scripted respondent";
  const { name } = readOptions(action, options, { name: rule<string, string>(checkText, "scripted") });
  if (typeof script !== "string" && typeof script !== "function" && !Array.isArray(script)) {
    throw new TypeError(cannot(action, "script", "be a text, a list of replies or a function", script));
  }
  const identity = { endpoint: "script", model: name, parameters: { script: fingerprint(script) } };
  const answer: ScriptFunction = typeof script === "function"
    ? script
    : typeof script === "string"
    ? () => script
    : answerInOrder(script as readonly ScriptedOutcome[], identity);
  return {
    name,
    identity: () => structuredClone(identity),
    async respond(request, options = {}) {
      const { signal } = options;
      signal?.throwIfAborted();
      const outcome = await answer(request, options);
      signal?.throwIfAborted();
      if (outcome instanceof Error) throw outcome;
      const reply = typeof outcome === "string" ? { text: outcome } : outcome;
      const nothing = { text: "", refusal: null, promptTokens: null, completionTokens: null };
      return { ...nothing, finishReason: "stop", model: name, ...reply };
    },
  };
}

/** A script's mark in the identity: another script never shares stored replies. */
function fingerprint(script: Script): string {
  if (typeof script === "function") return canonicalHash(String(script));
  if (typeof script === "string") return canonicalHash(script);
  const entries = script.map((entry) =>
    entry instanceof Error ? { error: `${entry.name}: ${entry.message}` } : entry as unknown as Json
  );
  return canonicalHash(entries);
}

function answerInOrder(script: readonly ScriptedOutcome[], identity: RespondentIdentity): ScriptFunction {
  const given = new Map<string, ScriptedOutcome>();
  let next = 0;
  return (request) => {
    const key = requestKey(identity, request);
    const before = given.get(key);
    if (before !== undefined) return before;
    const outcome = script[next];
    if (outcome === undefined) {
      const message = `The script has ${script.length} entries, and all are used up`;
      return new RespondentError(message, { kind: "bad_request", transient: false });
    }
    next++;
    if (!(outcome instanceof Error)) given.set(key, outcome);
    return outcome;
  };
}
