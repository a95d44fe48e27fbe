import {
  canonicalHash,
  canonicalJson,
  type RespondentIdentity,
  type RespondentRequest,
} from "../core/mod.ts";
import { showValue, type Store, type StoredReply } from "../core/mod.ts";

/** What a recorded request consists of, as hashes: enough to find the one nearest to a new request. */
interface RecordedParts {
  readonly key: string;
  readonly messages: string;
  readonly schema: string;
  readonly seed: number | undefined;
  readonly replicate: number;
}

/** The requests of one identity in a store. */
export type Recording = readonly RecordedParts[];

/** Takes the requests of one identity out of a store's replies. */
export function recordingOf(replies: readonly StoredReply[], identity: RespondentIdentity): Recording {
  const wanted = canonicalHash(identity);
  return replies.filter((stored) => canonicalHash(stored.identity) === wanted)
    .map((stored) => partsOf(stored.key, stored.request));
}

/** Says in what a request differs from the recorded request that is nearest to it. */
export async function whatChanged(
  recording: Recording,
  request: RespondentRequest,
  store: Store,
): Promise<string> {
  const parts = partsOf("", request);
  let nearest: RecordedParts | undefined;
  let most = 0;
  for (const candidate of recording) {
    const score = likeness(parts, candidate);
    if (score > most) [nearest, most] = [candidate, score];
  }
  const recorded = nearest && await store.get(nearest.key);
  if (nearest === undefined || recorded === undefined) return "nothing like it was recorded";
  const changes = [
    ...(nearest.messages === parts.messages ? [] : [messageChange(request, recorded.request)]),
    ...(nearest.schema === parts.schema ? [] : ["the reply's schema changed"]),
    ...(nearest.seed === parts.seed
      ? []
      : [`its seed is ${showValue(parts.seed)} and was ${showValue(nearest.seed)}`]),
    ...(nearest.replicate === parts.replicate
      ? []
      : [`its replicate is ${parts.replicate} and was ${nearest.replicate}`]),
  ];
  return `compared with the nearest recorded request, ${changes.join(", and ")}`;
}

function partsOf(key: string, request: RespondentRequest): RecordedParts {
  return {
    key,
    messages: canonicalHash(request.messages),
    schema: canonicalHash(request.schema ?? null),
    seed: request.seed,
    replicate: request.replicate,
  };
}

/** Messages and seed tell one call from another, so they weigh more than what many calls share. */
function likeness(a: RecordedParts, b: RecordedParts): number {
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
