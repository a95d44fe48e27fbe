import {
  type Call,
  type CallResult,
  type ChatMessage,
  type Item,
  notAskedReason,
  type RespondentReply,
  type RespondentRequest,
  stream,
} from "../core/mod.ts";
import { describeItem, type ReplyAnswer, replySchema } from "../items/mod.ts";
import { readOutcome } from "./collect_answers.ts";

/** What became of one line or of one branch of probes. */
export interface Said {
  readonly role: "line" | "probe" | "default";
  readonly turn: number;
  readonly replicate: number;
  /** One answer per probe; for a line a single one. */
  readonly answers: readonly ReplyAnswer[];
  readonly outcome: CallResult | undefined;
}

/** The probes as they are asked: the questions, the options as shown, and what stands before them. */
export interface Probes {
  readonly items: readonly Item[];
  readonly shown: { readonly [item: string]: readonly string[] };
  readonly instruction: string;
}

/** One conversation: what the user says, and where probes branch off. */
export interface Talk {
  readonly system: string;
  readonly lines: readonly string[];
  readonly turns: readonly number[];
  readonly probes: Probes;
  readonly seed: number;
  /** What the calls' seeds are keyed by. */
  readonly key: readonly string[];
}

/** Leads one conversation; the probes at a turn are asked on a branch and leave no trace in it. */
export async function converse(talk: Talk, call: Call): Promise<Said[]> {
  const said: Said[] = [];
  const messages: ChatMessage[] = opening(talk.system);
  let broken: string | undefined;
  for (let turn = 1; turn <= talk.lines.length; turn++) {
    messages.push({ role: "user", content: talk.lines[turn - 1]! });
    const seed = seedOf(talk, "line", turn);
    const line = broken === undefined
      ? await call.ask({ messages: [...messages], seed, replicate: 1 })
      : undefined;
    said.push({ role: "line", turn, replicate: 1, answers: [readLine(line, broken)], outcome: line });
    if (line?.kind === "reply") messages.push({ role: "assistant", content: textOf(line.stored.reply) });
    else broken ??= line?.kind === "failed" ? `not asked: the line of turn ${turn} failed` : notAskedReason;
    if (!talk.turns.includes(turn)) continue;
    said.push(
      broken === undefined
        ? await probe(talk, { messages, turn, replicate: 1, role: "probe" }, call)
        : notAsked(talk.probes, turn, broken),
    );
  }
  return said;
}

/** Asks all probes at one place of a conversation. */
export async function probe(
  talk: Pick<Talk, "probes" | "seed" | "key">,
  at: { messages: readonly ChatMessage[]; turn: number; replicate: number; role: "probe" | "default" },
  call: Call,
): Promise<Said> {
  const { items, shown, instruction } = talk.probes;
  const questions = items.map((item, i) =>
    `${i + 1}. [${item.name}] ${describeItem(item, shown[item.name])}`
  );
  const request: RespondentRequest = {
    messages: [...at.messages, { role: "user", content: [instruction, ...questions].join("\n\n") }],
    schema: replySchema(items, shown),
    seed: seedOf(talk, at.role, at.turn, at.replicate),
    replicate: at.replicate,
  };
  const outcome = await call.ask(request);
  const { role, turn, replicate } = at;
  return { role, turn, replicate, answers: readOutcome(items, outcome, shown), outcome };
}

/** The system message; a text that says nothing is not sent. */
export function opening(system: string): ChatMessage[] {
  return system === "" ? [] : [{ role: "system", content: system }];
}

function seedOf(talk: Pick<Talk, "seed" | "key">, ...names: readonly (string | number)[]): number {
  return stream(talk.seed, "transcript", ...talk.key, ...names).bits() >>> 1;
}

function notAsked(probes: Probes, turn: number, reason: string): Said {
  const answers = probes.items.map(() => ({ value: null, status: "failed" as const, reason, raw: "" }));
  return { role: "probe", turn, replicate: 1, answers, outcome: undefined };
}

/** What stands in the history: the reply as it came, a refusal too. */
function textOf(reply: RespondentReply): string {
  return reply.refusal ?? reply.text;
}

/** Reads a line: free text, whatever it says, unless it was refused or cut. */
function readLine(outcome: CallResult | undefined, broken: string | undefined): ReplyAnswer {
  if (outcome?.kind !== "reply") {
    const [failed] = readOutcome([{ kind: "text", name: "line", text: "" }], outcome, {});
    return broken === undefined ? failed! : { ...failed!, reason: broken };
  }
  const { reply } = outcome.stored;
  const raw = textOf(reply);
  const without = (status: "refused" | "truncated" | "unparsed", reason: string): ReplyAnswer => {
    return { value: null, status, reason, raw };
  };
  if (reply.refusal !== null) return without("refused", "the model refused");
  if (reply.finishReason === "content_filter") {
    return without("refused", "the endpoint's content filter held the reply back");
  }
  if (reply.finishReason === "length") return without("truncated", "the reply was cut at the token limit");
  if (raw.trim() === "") return without("unparsed", "the reply is empty");
  return { value: raw, status: "answered", reason: "", raw };
}
