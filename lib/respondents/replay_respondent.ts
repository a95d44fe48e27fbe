import { checkOptions } from "../core/checks.ts";
import { cannot, ReplayMissError, showValue } from "../core/errors.ts";
import { canonicalHash, canonicalJson } from "../core/hash.ts";
import { readOptions, rule } from "../core/options.ts";
import type { Respondent, RespondentIdentity, RespondentRequest, Store } from "../core/respondent.ts";
import { requestKey } from "../core/respondent.ts";

/** Options of {@linkcode replayRespondent}. */
export interface ReplayRespondentOptions {
  /**
   * Which of the recorded identities answers: its endpoint, model or parameters, as far as needed to tell it from
   * the others.
   * @default {the store's only identity}
   */
  identity?: Partial<RespondentIdentity>;
}

/**
 * Makes a respondent that answers from a recording alone, to run a study again without a key or a network.
 *
 * Every request must have been recorded: one that differs in a single word is a miss. Never connects to anything.
 *
 * @param store the recording
 * @param options see {@linkcode ReplayRespondentOptions}
 * @returns the respondent; it has the identity of the one that was recorded. A request that was not recorded rejects
 * with a `ReplayMissError`, which says what changed; the first call rejects with a `RangeError` where the store holds
 * no identity, or several of which none is chosen
 * @throws {TypeError} if `store` is not a store
 * @example
 * ```ts
 * import { assertEquals, assertRejects } from "@std/assert";
 * import { memoryStore, replayRespondent, scriptedRespondent } from "@understudy/understudy";
 * import { requestKey } from "@understudy/understudy/core";
 *
 * const recorded = scriptedRespondent("yes");
 * const identity = await recorded.identity();
 * const request = { messages: [{ role: "user" as const, content: "Do you agree?" }], replicate: 1 };
 * const reply = await recorded.respond(request);
 * const store = memoryStore();
 * await store.put({
 *   key: requestKey(identity, request), identity, request, reply, latencyMs: 1, answeredAt: "2026-11-20T10:00:00Z",
 * });
 *
 * const replay = replayRespondent(store);
 * assertEquals((await replay.respond(request)).text, "yes");
 * await assertRejects(() => replay.respond({ ...request, replicate: 2 }));
 * ```
 */
export function replayRespondent(store: Store, options: ReplayRespondentOptions = {}): Respondent {
  const action = "replay a recording";
  if (typeof store?.get !== "function" || typeof store.list !== "function") {
    throw new TypeError(cannot(action, "store", "be a store, such as sqliteStore(path)", store));
  }
  const { identity } = readOptions(action, options, {
    identity: rule<Partial<RespondentIdentity>, Record<string, never>>((_, __, value) => {
      checkOptions(action, value as object, ["endpoint", "model", "parameters"]);
    }, {}),
  });
  let chosen: RespondentIdentity | undefined;
  const choose = async () => chosen ??= chooseIdentity(await recordedIdentities(store), identity, store.name);
  let recording: Recording | undefined;
  const miss = async (request: RespondentRequest, key: string): Promise<ReplayMissError> => {
    const own = canonicalHash(await choose());
    recording ??= (await store.list()).filter((stored) => canonicalHash(stored.identity) === own)
      .map(({ key, request }) => ({ key, parts: partsOf(request) }));
    const change = await whatChanged(recording, request, store);
    return new ReplayMissError(
      `The recording '${store.name}' holds no reply to this request: ${change}. ` +
        "Run the study as it was recorded, or ask for what is missing with the model itself: " +
        `runExperiment(plan, openAiRespondent({ model: ${JSON.stringify(chosen!.model)} }), { store })`,
      key,
    );
  };
  const replayAs = (identify: () => Promise<RespondentIdentity>): Respondent => ({
    name: `replay:${store.name}`,
    identity: async () => structuredClone(await identify()),
    async respond(request, { signal } = {}) {
      signal?.throwIfAborted();
      const key = requestKey(await identify(), request);
      const stored = await store.get(key);
      signal?.throwIfAborted();
      if (stored === undefined) throw await miss(request, key);
      return stored.reply;
    },
    standIn: (other) => replayAs(async () => await other.identity()),
  });
  return replayAs(choose);
}

/** The requests of one identity in a store. */
type Recording = readonly { readonly key: string; readonly parts: Parts }[];

async function recordedIdentities(store: Store): Promise<RespondentIdentity[]> {
  const identities = new Map<string, RespondentIdentity>();
  for (const { identity } of await store.list()) identities.set(canonicalHash(identity), identity);
  return [...identities.values()];
}

function chooseIdentity(
  recorded: readonly RespondentIdentity[],
  wanted: Partial<RespondentIdentity>,
  storeName: string,
): RespondentIdentity {
  const names = Object.keys(wanted) as (keyof RespondentIdentity)[];
  const fitting = recorded.filter((identity) =>
    names.every((name) => canonicalJson(identity[name]) === canonicalJson(wanted[name] ?? null))
  );
  if (fitting.length === 1) return fitting[0]!;
  const list = recorded.map((identity) => canonicalJson(identity)).join("; ");
  if (recorded.length === 0) {
    throw new RangeError(`Cannot replay '${storeName}' as it holds no replies: run the study with it first`);
  }
  throw new RangeError(
    `Cannot replay '${storeName}' as 'identity' must choose one of its ${recorded.length} identities, and ` +
      `${fitting.length} fit: pass { identity: { model, endpoint } } of one of ${list}`,
  );
}

/** What tells requests apart, as hashes: enough to find the one nearest to a new request. */
type Parts = ReturnType<typeof partsOf>;

function partsOf({ messages, schema, seed, replicate }: RespondentRequest) {
  return { messages: canonicalHash(messages), schema: canonicalHash(schema ?? null), seed, replicate };
}

/** Says in what a request differs from the recorded request that is nearest to it. */
async function whatChanged(recording: Recording, request: RespondentRequest, store: Store): Promise<string> {
  const parts = partsOf(request);
  let nearest: Recording[number] | undefined;
  let most = 0;
  for (const candidate of recording) {
    const score = likeness(parts, candidate.parts);
    if (score > most) [nearest, most] = [candidate, score];
  }
  const recorded = nearest && await store.get(nearest.key);
  if (nearest === undefined || recorded === undefined) return "nothing like it was recorded";
  const { messages, schema, seed, replicate } = nearest.parts;
  const changes = [
    ...(messages === parts.messages ? [] : [messageChange(request, recorded.request)]),
    ...(schema === parts.schema ? [] : ["the reply's schema changed"]),
    ...(seed === parts.seed ? [] : [`its seed is ${showValue(parts.seed)} and was ${showValue(seed)}`]),
    ...(replicate === parts.replicate ? [] : [`its replicate is ${parts.replicate} and was ${replicate}`]),
  ];
  return `compared with the nearest recorded request, ${changes.join(", and ")}`;
}

/** Messages and seed tell one call from another, so they weigh more than what many calls share. */
function likeness(a: Parts, b: Parts): number {
  return 4 * Number(a.messages === b.messages) + 4 * Number(a.seed !== undefined && a.seed === b.seed) +
    Number(a.schema === b.schema) + Number(a.replicate === b.replicate);
}

function messageChange(now: RespondentRequest, before: RespondentRequest): string {
  const position = now.messages.findIndex((message, index) =>
    canonicalJson(message) !== canonicalJson(before.messages[index] ?? null)
  );
  const [message, recorded] = [now.messages[position], before.messages[position]];
  if (message === undefined || recorded === undefined) {
    return `it has ${now.messages.length} messages and had ${before.messages.length}`;
  }
  if (message.role !== recorded.role) {
    return `message ${position + 1} is the ${message.role}'s and was the ${recorded.role}'s`;
  }
  let same = 0;
  while (message.content[same] === recorded.content[same]) same++;
  const start = Math.max(0, same - 20);
  const excerpt = (text: string) => JSON.stringify(text.slice(start, same + 40));
  return `message ${position + 1} (${message.role}) reads ${excerpt(message.content)} and read ` +
    excerpt(recorded.content);
}
