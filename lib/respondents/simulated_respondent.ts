import { RespondentError } from "../core/errors.ts";
import type { Respondent } from "../core/respondent.ts";
import { answerAsWorld } from "../worlds/answer_as_world.ts";
import type { World } from "../worlds/declaration.ts";

/**
 * Makes a respondent that answers as one who learnt from a declared world: the test double, the workshop's model and
 * the proof that a diagnosis finds what it should.
 *
 * It answers from the text it is sent and from nothing else: what the prompt states is fixed, what it leaves out is
 * drawn given the treatment. So drift arises as it does in a language model.
 *
 * @param world from `declareWorld`
 * @returns a respondent; the same request gets the same reply, in process or over HTTP
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { declareWorld, simulatedRespondent, tableOf } from "@understudy/understudy";
 *
 * const population = tableOf({ party: ["A", "B"], n: [1, 1] });
 * const world = declareWorld({
 *   name: "w", seed: 1, population, counts: "n", stimuli: { control: "exercise", threat: "incursion" },
 *   items: { own_party: { kind: "attribute", attribute: "party" } },
 * });
 * const messages = [{ role: "user" as const, content: "Your party is B. [own_party]" }];
 * const reply = await simulatedRespondent(world).respond({ messages, replicate: 1 });
 * assertEquals(reply.text, '{"own_party":"B"}');
 * ```
 */
export function simulatedRespondent(world: World): Respondent {
  return {
    name: `world '${world.name}'`,
    identity: () => ({
      endpoint: `world:${world.fingerprint.slice(0, 16)}`,
      model: world.name,
      parameters: {},
    }),
    respond: (request, { signal } = {}) =>
      Promise.try(() => {
        signal?.throwIfAborted();
        try {
          return answerAsWorld(world, request);
        } catch (cause) {
          const message = `Cannot answer: ${(cause as Error).message}`;
          throw new RespondentError(message, { kind: "bad_request", transient: false, cause });
        }
      }),
  };
}
