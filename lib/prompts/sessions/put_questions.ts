import type { AskMode, Design } from "../../core/experiment.ts";
import type { Item } from "../../core/item.ts";
import type { AskStep, PlayStep, ProbeStep } from "../../core/protocol.ts";
import type { ChatMessage, RespondentRequest } from "../../core/respondent.ts";
import { stream } from "../../core/stream.ts";
import { type ElicitedAnswer, sayDrawn, tokensAsked, unelicited } from "../../items/elicited.ts";
import { parseReply } from "../../items/questionnaire.ts";
import { orderDrawer } from "../item_orders.ts";
import { indexPlan } from "../plan_index.ts";
import { defaultInstruction, type Question } from "../questions.ts";
import { readQuestions } from "../read_result.ts";
import { type ShownQuestions, showQuestions } from "../shown_questions.ts";
import type { Participant } from "./members.ts";
import type { Session } from "./session.ts";
import type { CallColumns, EndedSessionCall, SessionCall, SessionEntry, Walk } from "./walk.ts";

/** A step that asks questions. */
export type AskingStep = AskStep | ProbeStep | PlayStep;

/** Questions that somebody is asked. */
export interface Asking {
  /** Who; `null` for the model without any persona. */
  readonly who: Participant | null;
  readonly shown: ShownQuestions;
  /** Composes the messages of a branch; else (`null`) the member's memory does, which keeps question and reply. */
  readonly branch: ((ending: readonly string[]) => readonly ChatMessage[]) | null;
  /** What the seed is keyed by beside step, round and member. */
  readonly turn: number;
  readonly replicate: number;
}

/** What became of an asking. */
export interface Asked {
  readonly answers: readonly ElicitedAnswer[];
  readonly calls: readonly CallColumns[];
}

const unanswered = "not asked: a question before it got no reply";

/** Shows a step's items to somebody, in the orders drawn for it; `null` for the model without a persona. */
export function showItems(
  session: Session,
  step: AskingStep,
  items: readonly Item[],
  who: Participant | string,
): ShownQuestions {
  const { plan } = session;
  const { design } = plan;
  const { trials, shownQuestions } = indexPlan(plan);
  // Without a protocol the plan has drawn the orders.
  if (trials.item_order !== undefined) return shownQuestions(session.trial);
  let held = shows.get(items);
  if (held === undefined) {
    const isDesigns = step.kind === "ask" && items.every((item) => design.items.includes(item));
    const draw = orderDrawer(isDesigns ? design : { ...design, items, itemOrder: "fixed" }, plan.seed);
    shows.set(items, held = { draw, shown: new Map() });
  }
  // Orders are the persona's, or of a part that somebody plays in a session.
  const id = typeof who === "string"
    ? who
    : who.rows.length === 0
    ? `${session.id}:${who.member.member}`
    : who.member.member;
  const orders = held.draw(id);
  const asked = { ...design, items, ask: modeOf(design, step), elicit: elicitOf(design, step) };
  const key = `${asked.ask} ${asked.elicit} ${orders.items} ${orders.options}`;
  const known = held.shown.get(key);
  if (known !== undefined) return known;
  const names = items.map(({ name }) => name);
  const order = (JSON.parse(orders.items) as string[]).filter((name) => names.includes(name));
  const shown = showQuestions(asked, order, JSON.parse(orders.options));
  if (held.shown.size < mostShown) held.shown.set(key, shown);
  return shown;
}

// Items live as long as their step; those of a game's stages are made for one player and forgotten with it.
const shows = new WeakMap<readonly Item[], {
  readonly draw: ReturnType<typeof orderDrawer>;
  readonly shown: Map<string, ShownQuestions>;
}>();
const mostShown = 2000;

/** How questions of a step become calls: those on branches and of games are one. */
function modeOf({ ask }: Design, step: AskingStep): AskMode {
  return step.kind === "ask" && step.each === null ? step.as ?? ask : "together";
}

/** What is elicited: of probes, judges and players an answer. */
function elicitOf({ elicit }: Design, step: AskingStep): Design["elicit"] {
  return step.kind === "ask" && step.each === null ? elicit : "answer";
}

/** Asks several members at once, each its questions: in one call, or one call each, those in turn one after another. */
export function* putQuestions(
  session: Session,
  step: AskingStep,
  askings: readonly Asking[],
): Walk<Asked[]> {
  const mode = modeOf(session.plan.design, step);
  const asked = askings.map(({ who }) => ({
    answers: [] as ElicitedAnswer[],
    calls: [] as CallColumns[],
    failure: who === null ? session.stopped : who.ended ?? session.broken,
  }));
  const most = Math.max(0, ...askings.map(({ shown }) => shown.questions.length));
  const parts = mode === "together" ? [null] : Array.from({ length: most }, (_, place) => place);
  // What is asked apart needs nothing of the others.
  for (const batch of mode === "apart" ? [parts] : parts.map((part) => [part])) {
    const open: { readonly at: number; readonly call: SessionCall }[] = [];
    for (const place of batch) {
      askings.forEach((asking, at) => {
        if (asked[at]!.failure !== undefined || place !== null && place >= asking.shown.questions.length) {
          return;
        }
        if (asking.who?.role.kind === "script") {
          if (asked[at]!.answers.length === 0) asked[at]!.answers.push(...scripted(session, asking));
        } else open.push({ at, call: composeCall(session, step, asking, place, mode) });
      });
    }
    if (open.length === 0) continue;
    const ended = yield open.map(({ call }) => call);
    ended.forEach((end, place) => {
      const { at, call } = open[place]!;
      const failure = keepReply(session, step, asked[at]!, { ...askings[at]!, call, end, mode });
      if (failure !== undefined) asked[at]!.failure ??= failure;
    });
  }
  const elicit = { elicit: elicitOf(session.plan.design, step) };
  return asked.map(({ answers, calls, failure }, at): Asked => {
    const missing = askings[at]!.shown.questions.slice(answers.length);
    return { calls, answers: [...answers, ...readQuestions(elicit, missing, undefined, failure)] };
  });
}

function composeCall(
  session: Session,
  step: AskingStep,
  { who, shown, branch, turn, replicate }: Asking,
  place: number | null,
  mode: AskMode,
): SessionCall {
  const { instruction } = session.plan.prompt;
  const lead = place === null
    ? instruction
    : instruction === defaultInstruction || place > 0 && mode === "in turn"
    ? ""
    : instruction;
  const texts = place === null ? shown.texts : [shown.texts[place]!];
  const questions = place === null ? shown.questions : shown.single[place]!;
  const elicit = { elicit: elicitOf(session.plan.design, step) };
  const system = who === null ? null : session.systemOf(who);
  const ending = [lead, ...texts];
  const seed = session.seedOf(step, who?.member ?? null, turn);
  const messages = branch === null ? who!.memory.messages(system, ending) : branch(ending);
  const request: RespondentRequest = place === null
    ? { messages, schema: shown.schema(0, questions.length), seed, replicate }
    : {
      messages,
      ...(questions[0]!.byTokens ? tokensAsked : { schema: shown.schema(place, place + 1) }),
      seed: stream(seed, "question", questions[0]!.asked.name).seed(),
      replicate,
    };
  if (branch === null && mode !== "apart") who!.memory.ask(joinParagraphs(ending));
  return {
    questions,
    request,
    arm: session.arm,
    isBeforeArm: !session.isArmRead,
    step: step.name,
    round: session.round,
    member: who?.member ?? null,
    respondent: who?.role.kind === "model" ? who.role.respondent : null,
    read: (result, notAsked) => readQuestions(elicit, questions, result, notAsked),
  };
}

/** Texts as paragraphs; empty ones are nothing. */
export function joinParagraphs(texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("\n\n");
}

/** Keeps what became of a call, in the memory what was replied; gives why nothing more is asked. */
function keepReply(
  session: Session,
  step: AskingStep,
  asked: { readonly answers: ElicitedAnswer[]; readonly calls: CallColumns[] },
  { who, branch, call, end, mode }: Asking & {
    readonly call: SessionCall;
    readonly end: EndedSessionCall;
    readonly mode: AskMode;
  },
): string | undefined {
  const { result, answers, columns } = end;
  asked.answers.push(...answers);
  asked.calls.push(columns);
  const isBranch = branch !== null || mode === "apart";
  if (result.kind === "reply") {
    if (isBranch) return undefined;
    const { refusal, text } = result.stored.reply;
    const [{ asked: item, byTokens, shown }] = call.questions as readonly [Question];
    // Of probabilities the answer that the table holds.
    who!.memory.reply(byTokens ? sayDrawn(item, answers[0]!, shown) : refusal ?? text);
    return undefined;
  }
  if (result.kind === "stopped") return session.stop(result.reason);
  if (isBranch) return undefined;
  if (session.plan.design.protocol === null) return who!.ended = unanswered;
  const where = session.round === 0 ? "" : `, round ${session.round}`;
  const reason = `not asked: a question to ${who!.member.name} (step ${step.name}${where}) got no reply`;
  who!.ended = reason;
  if (step.kind === "ask" && step.heard !== "none") session.broken ??= reason;
  return reason;
}

/** What a script answers, read as a reply would be. */
function scripted(session: Session, { who, shown }: Asking): ElicitedAnswer[] {
  const { member, role } = who!;
  const said = role.kind === "script" ? role.script(session.view(member)) : "";
  const [first] = shown.questions;
  const text = shown.questions.length === 1 ? JSON.stringify({ [first!.asked.name]: said }) : String(said);
  const reply = {
    text,
    refusal: null,
    finishReason: "stop" as const,
    model: "script",
    promptTokens: 0,
    completionTokens: 0,
  };
  return parseReply(shown.questions.map(({ put }) => put), reply)
    .map((answer) => ({ ...answer, ...unelicited }));
}

/** An entry of the answers' table, with what all entries have. */
export function entryOf(
  session: Session,
  who: Participant | null,
  entry: Pick<SessionEntry, "kind" | "step" | "answers" | "calls"> & Partial<SessionEntry>,
): SessionEntry {
  return {
    rows: who === null || who.rows.length === 0 ? [null] : who.rows,
    member: who?.member ?? null,
    round: session.round,
    turn: who?.said ?? 0,
    line: null,
    heardBy: [],
    part: null,
    player: null,
    shown: null,
    isTogether: true,
    ...entry,
  };
}

/** Leaves what was asked in the answers' table, and keeps answers for the functions of a protocol. */
export function keepAsked(
  session: Session,
  step: AskingStep,
  { who, shown }: Pick<Asking, "who" | "shown">,
  { answers, calls }: Asked,
  more: Partial<SessionEntry> = {},
): void {
  const isTogether = modeOf(session.plan.design, step) === "together";
  const kept = { kind: "answer", step: step.name, shown, answers, calls, isTogether } as const;
  session.entries.push(entryOf(session, who, { ...kept, ...more }));
  if (session.plan.design.protocol === null || step.kind === "probe") return;
  const { member, role } = who!.member;
  const at = { step: step.name, round: session.round, line: more.line ?? null };
  shown.questions.forEach(({ item }, place) => {
    session.answers.push({ member, role, item, value: answers[place]!.value, ...at });
  });
}
