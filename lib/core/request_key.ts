import { canonicalHash } from "./canonical_hash.ts";
import type { RespondentIdentity, RespondentRequest } from "./respondent.ts";

/**
 * The key under which a reply is stored: SHA-256 of canonical JSON over everything that decides the answer:
 * endpoint, model, every parameter, messages, schema, seed and the replicate index.
 *
 * @param identity who answers
 * @param request what is asked
 * @returns 64 hexadecimal digits
 * @example Replicates never share a key
 * ```ts
 * import { assertNotEquals } from "@std/assert";
 * import { requestKey } from "@understudy/understudy/core";
 *
 * const identity = { endpoint: "loopback", model: "m", parameters: {} };
 * const messages = [{ role: "user" as const, content: "How are you?" }];
 * assertNotEquals(
 *   requestKey(identity, { messages, replicate: 1 }),
 *   requestKey(identity, { messages, replicate: 2 }),
 * );
 * ```
 */
export function requestKey(identity: RespondentIdentity, request: RespondentRequest): string {
  return canonicalHash({
    endpoint: identity.endpoint,
    model: identity.model,
    parameters: identity.parameters,
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    schema: request.schema === undefined
      ? null
      : { name: request.schema.name, schema: request.schema.schema },
    seed: request.seed ?? null,
    replicate: request.replicate,
    // Not part of a key where they are not asked for.
    log_probabilities: request.logProbabilities,
  });
}
