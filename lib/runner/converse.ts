import { notAskedReason } from "../core/columns.ts";
import type { Item } from "../core/item.ts";
import type {
  Call,
  CallResult,
  ChatMessage,
  RespondentReply,
  RespondentRequest,
} from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { describeItem, kindOf, type ReplyAnswer, replySchema, wholeReply } from "../items/questionnaire.ts";
import { describeCall, readResult } from "../prompts/read_result.ts";

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
  // Why nothing more is asked: what follows a line without a reply would be another conversation.
  let broken: string | undefined;
  for (let turn = 1; turn <= talk.lines.length; turn++) {
    messages.push({ role: "user", content: talk.lines[turn - 1]! });
    const request = { messages: [...messages], seed: seedOf(talk, "line", turn), replicate: 1 };
    const line = broken === undefined ? await call.ask(request) : undefined;
    said.push({ role: "line", turn, replicate: 1, answers: [readLine(line, broken)], outcome: line });
    if (line?.kind === "reply") messages.push({ role: "assistant", content: textOf(line.stored.reply) });
    else broken ??= line?.kind === "failed" ? `not asked: the line of turn ${turn} failed` : notAskedReason;
    if (!talk.turns.includes(turn)) continue;
    said.push(await askProbes(talk, { messages, turn, replicate: 1, role: "probe" }, call, broken));
  }
  return said;
}

/** Asks all probes at one place of a conversation, unless it is broken. */
export async function askProbes(
  talk: Pick<Talk, "probes" | "seed" | "key">,
  at: { messages: readonly ChatMessage[]; turn: number; replicate: number; role: "probe" | "default" },
  call: Call,
  broken?: string,
): Promise<Said> {
  const { items, shown, instruction } = talk.probes;
  const { role, turn, replicate } = at;
  const questions = items.map((item, i) =>
    `${i + 1}. [${item.name}] ${describeItem(item, shown[item.name])}`
  );
  const request: RespondentRequest = {
    messages: [...at.messages, { role: "user", content: [instruction, ...questions].join("\n\n") }],
    schema: replySchema(items, shown),
    seed: seedOf(talk, role, turn, replicate),
    replicate,
  };
  const outcome = broken === undefined ? await call.ask(request) : undefined;
  return { role, turn, replicate, answers: readResult(items, outcome, shown, broken), outcome };
}

/** The system message; a text that says nothing is not sent. */
export function opening(system: string): ChatMessage[] {
  return system === "" ? [] : [{ role: "system", content: system }];
}

function seedOf(talk: Pick<Talk, "seed" | "key">, ...names: readonly (string | number)[]): number {
  return stream(talk.seed, "transcript", ...talk.key, ...names).seed();
}

/** What stands in the history: the reply as it came, a refusal too. */
function textOf(reply: RespondentReply): string {
  return reply.refusal ?? reply.text;
}

/** Reads a line: free text, whatever it says, unless it was refused or cut. */
function readLine(outcome: CallResult | undefined, broken: string | undefined): ReplyAnswer {
  if (outcome?.kind !== "reply") {
    return readResult([{ kind: "text", name: "line", text: "" }], outcome, {}, broken)[0]!;
  }
  const { reply } = outcome.stored;
  const raw = textOf(reply);
  const whole = wholeReply(reply);
  if (whole !== undefined) return { value: null, ...whole, raw };
  if (reply.finishReason === "length") {
    const reason = "the reply was cut at the token limit";
    return { value: null, status: "truncated", detail: "answer", reason, raw };
  }
  return { value: raw, status: "answered", detail: "", reason: "", raw };
}

/** One persona in one arm, or (`null`) nobody. */
export interface Speaker {
  readonly persona: string | null;
  readonly arm: string | null;
  /** The system message. */
  readonly text: string;
  /** The row of the assigned table. */
  readonly assigned: { readonly [column: string]: unknown };
  /** For each probe what the persona's text states of it; `null` where it states nothing. */
  readonly stated: { readonly [item: string]: unknown };
}

/** Columns that a transcript has beside the assigned table's. */
export const transcriptColumns: readonly string[] = [
  ...[
    "turn",
    "kind",
    "replicate",
    "item",
    "item_kind",
    "value",
    "status",
    "reason",
    "raw",
    "stated",
    "range",
  ],
  ...["persona_text", "option_order", "model", "cached", "request_key", "prompt_key"],
];

/** One row per line, and per probe and answer. */
export function transcriptRows(
  said: readonly Said[],
  speaker: Speaker,
  { items, shown }: Probes,
): { [column: string]: unknown }[] {
  return said.flatMap(({ role, turn, replicate, answers, outcome }) =>
    answers.map((answer, i) => {
      const item = role === "line" ? undefined : items[i]!;
      const order = item && shown[item.name];
      return {
        ...speaker.assigned,
        ...describeCall(outcome),
        ...answer,
        turn,
        kind: role,
        replicate,
        item: item?.name ?? "line",
        item_kind: item?.kind ?? null,
        stated: item && speaker.stated[item.name],
        range: item && rangeOf(item),
        persona_text: speaker.text,
        option_order: order && JSON.stringify(order),
      };
    })
  );
}

/** The length of an item's scale; `null` where its answers have no distance but the same or not. */
function rangeOf(item: Item): number | null {
  const range = kindOf(item).range?.(item) ?? null;
  return range === null ? null : range[1] - range[0];
}

/** The transcripts table. */
export function transcriptTable(
  rows: readonly { readonly [column: string]: unknown }[],
  assignedNames: readonly string[],
): Table {
  const names = [...assignedNames, ...transcriptColumns];
  const whole = rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
  return tableOfRows(whole, names);
}
