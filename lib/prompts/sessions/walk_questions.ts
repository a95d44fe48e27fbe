import { notAskedReason } from "../../core/columns.ts";
import type { AskMode, Plan } from "../../core/experiment.ts";
import type { AnswerValue, Item } from "../../core/item.ts";
import type { AskStep, PlayStep, ProbeStep, SessionLine } from "../../core/protocol.ts";
import type { ChatMessage, RespondentRequest } from "../../core/respondent.ts";
import { stream } from "../../core/stream.ts";
import { alternativesOf, type ElicitedAnswer, sayDrawn, tokensAsked } from "../../items/elicited.ts";
import { declaredOptions, kindOf, parseReply } from "../../items/questionnaire.ts";
import { orderDrawer } from "../item_orders.ts";
import { indexPlan } from "../plan_index.ts";
import { defaultInstruction, type Question } from "../questions.ts";
import { readQuestions } from "../read_result.ts";
import { type ShownQuestions, showQuestions } from "../shown_questions.ts";
import type {
  CallColumns,
  EndedSessionCall,
  Participant,
  Session,
  SessionCall,
  SessionEntry,
  Walk,
} from "./session.ts";

type AskingStep = AskStep | ProbeStep | PlayStep;

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
  /** Why a call failed. */
  readonly failure: string | undefined;
}

const unanswered = "not asked: a question before it got no reply";

/** Shows items to somebody, in the orders drawn for it. */
export function showItems(
  plan: Plan,
  items: readonly Item[],
  who: { readonly id: string; readonly trial: number | null },
  mode: AskMode,
): ShownQuestions {
  const { trials, shownQuestions } = indexPlan(plan);
  if (items === plan.design.items && trials.item_order !== undefined && who.trial !== null) {
    return shownQuestions(who.trial);
  }
  let held = shows.get(items);
  if (held === undefined) shows.set(items, held = new Map());
  const isDesigns = items.every((item) => plan.design.items.includes(item));
  const { conjoint } = plan.design;
  const draw = isDesigns
    ? orderDrawer(plan.design, plan.seed)
    : orderDrawer({ items, conjoint, itemOrder: "fixed" }, plan.seed);
  const orders = draw(who.id);
  const key = `${mode} ${orders.items} ${orders.options}`;
  const known = held.get(key);
  if (known !== undefined) return known;
  const names = items.map(({ name }) => name);
  const order = (JSON.parse(orders.items) as string[]).filter((name) => names.includes(name));
  const shown = showQuestions({ ...plan.design, items, ask: mode }, order, JSON.parse(orders.options));
  if (held.size < mostShown) held.set(key, shown);
  return shown;
}

// Items live as long as their step; those of a game's later stages are made for one part and forgotten with it.
const shows = new WeakMap<readonly Item[], Map<string, ShownQuestions>>();
const mostShown = 2000;

/** How questions of a step become calls. */
export function modeOf(plan: Plan, step: AskingStep): AskMode {
  return step.kind === "ask" ? step.as ?? plan.design.ask : "together";
}

/** Asks several members at once, each its questions: in one call, or one call each, those in turn one after another. */
export function* putQuestions(
  session: Session,
  step: AskingStep,
  mode: AskMode,
  askings: readonly Asking[],
): Walk<Asked[]> {
  const asked = askings.map(({ who }) => ({
    answers: [] as ElicitedAnswer[],
    calls: [] as CallColumns[],
    failure: who?.ended ?? session.broken,
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
  const elicit = session.plan.design;
  return asked.map((each, at): Asked => {
    const missing = askings[at]!.shown.questions.slice(each.answers.length);
    if (missing.length === 0) return each;
    return {
      ...each,
      answers: [...each.answers, ...readQuestions(elicit, missing, undefined, each.failure)],
    };
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
  const lead = place === null || step.kind !== "ask"
    ? instruction === "" ? defaultInstruction : instruction
    : instruction === defaultInstruction || place > 0 && mode === "in turn"
    ? ""
    : instruction;
  const texts = place === null ? shown.texts : [shown.texts[place]!];
  const questions = place === null ? shown.questions : shown.single[place]!;
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
  if (branch === null && mode !== "apart") who!.memory.keep("user", joinTexts(ending));
  return {
    questions,
    request,
    arm: session.arm,
    step: step.name,
    round: session.round,
    member: who?.member ?? null,
    respondent: who?.role.kind === "model" ? who.role.respondent : null,
    read: (result, notAsked) => readQuestions(session.plan.design, questions, result, notAsked),
  };
}

function joinTexts(texts: readonly string[]): string {
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
    who!.memory.keep("assistant", byTokens ? sayDrawn(item, answers[0]!, shown) : refusal ?? text);
    return undefined;
  }
  if (result.kind === "stopped") return session.broken ??= result.reason ?? notAskedReason;
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
    .map((answer) => ({ ...answer, distribution: null, optionMass: null }));
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

/** Asks members a step's questions. */
export function* walkAsk(session: Session, step: AskStep): Walk {
  if (step.each === "line") return yield* walkJudge(session, step);
  const members = session.eligible(step, step.to);
  const mode = modeOf(session.plan, step);
  for (const group of step.heard === "at once" ? members.map((each) => [each]) : [members]) {
    const askings = group.map((who): Asking => ({
      who,
      shown: showItems(session.plan, step.items, { id: orderId(session, who), trial: session.trial }, mode),
      branch: null,
      turn: 0,
      replicate: session.replicate,
    }));
    const asked = yield* putQuestions(session, step, mode, askings);
    asked.forEach(({ answers, calls }, at) => {
      const { who, shown } = askings[at]!;
      const heardBy = step.heard === "none" ? [] : session.audience(who!.member, step);
      session.entries.push(entryOf(session, who, {
        kind: "answer",
        step: step.name,
        shown,
        answers,
        calls,
        heardBy: heardBy.map(({ member }) => member.member),
        isTogether: mode === "together",
      }));
      keepAnswers(session, step, askings[at]!, answers);
    });
    if (step.heard === "none") continue;
    asked.forEach(({ answers }, at) => announce(session, step, askings[at]!, answers));
  }
}

/** By whom orders are drawn: the persona, or the part that somebody plays in a session. */
export function orderId({ id }: Session, { member, rows }: Participant): string {
  return rows.length === 0 ? `${id}:${member.member}` : member.member;
}

/** Keeps answers for the functions of a protocol. */
export function keepAnswers(
  session: Session,
  step: AskingStep,
  { who, shown }: Pick<Asking, "who" | "shown">,
  answers: readonly ElicitedAnswer[],
  line: number | null = null,
): void {
  if (session.plan.design.protocol === null) return;
  const { member, role } = who!.member;
  shown.questions.forEach(({ item }, place) => {
    const value = answers[place]!.value;
    session.answers.push({ member, role, item, value, step: step.name, round: session.round, line });
  });
}

/** Lets the others hear answers, each under its question's name. */
function announce(
  session: Session,
  step: AskStep,
  { who, shown }: Asking,
  answers: readonly ElicitedAnswer[],
): void {
  const text = shown.questions.flatMap(({ item, asked }, place) => {
    const { value } = answers[place]!;
    return value === null ? [] : [`${item}: ${spell(asked, value)}`];
  }).join("; ");
  if (text === "") return;
  for (const to of session.audience(who!.member, step)) {
    to.memory.keepLine("user", session.isNamed(to, step) ? `${who!.member.name}: ${text}` : text);
  }
}

/** An answer in the words in which it is given. */
function spell(item: Item, value: AnswerValue): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "object") {
    return Object.entries(value).map(([option, amount]) => `${option} ${amount}`).join(", ");
  }
  const shown = declaredOptions(item);
  const chosen = alternativesOf(item, shown).find(({ answer }) => {
    const read = kindOf(item).read(item, answer, shown);
    return "value" in read && read.value === value;
  });
  return chosen?.answer ?? String(value);
}

/** Asks judges about each line that personas said since they were asked last, on branches. */
function* walkJudge(session: Session, step: AskStep): Walk {
  const seen = session.judged.get(step.name) ?? 0;
  session.judged.set(step.name, session.lines.length);
  const isPersona = new Map(session.participants.map((each) => [each.member.member, each]));
  const lines = session.lines.slice(seen).filter(({ from, text }) =>
    text !== "" && isPersona.get(from.member)!.rows.length > 0
  );
  const askings = session.eligible(step, step.to).flatMap((who) => {
    const told = who.memory.toldTexts;
    const system = session.systemOf(who);
    const id = orderId(session, who);
    return lines.filter(({ heardBy }) => heardBy.includes(who.member.member)).map((line) => ({
      who,
      line,
      shown: showItems(session.plan, step.items, { id, trial: session.trial }, "together"),
      branch: (ending: readonly string[]) => [
        ...(system === null ? [] : [{ role: "system" as const, content: system }]),
        { role: "user" as const, content: joinTexts([...told, showLine(session, step, line), ...ending]) },
      ],
      turn: line.line,
      replicate: session.replicate,
    }));
  });
  const asked = yield* putQuestions(session, step, "together", askings);
  asked.forEach(({ answers, calls }, at) => {
    const { who, line, shown } = askings[at]!;
    const { rows } = isPersona.get(line.from.member)!;
    session.entries.push(
      entryOf(session, who, {
        kind: "answer",
        step: step.name,
        shown,
        answers,
        calls,
        rows,
        line: line.line,
      }),
    );
    keepAnswers(session, step, askings[at]!, answers, line.line);
  });
}

function showLine({ lines }: Session, { before }: AskStep, line: SessionLine): string {
  const shown = ({ from, text }: SessionLine) => `${from.name}: ${text}`;
  const earlier = lines.slice(Math.max(0, line.line - 1 - before), line.line - 1).filter(({ text }) =>
    text !== ""
  );
  return joinTexts([
    ...(earlier.length === 0 ? [] : [`The lines before:\n${earlier.map(shown).join("\n")}`]),
    `The line:\n${shown(line)}`,
  ]);
}

/** Asks questions on branches that nobody remembers; without a persona once for the run, in its first trial. */
export function* walkProbe(session: Session, step: ProbeStep): Walk {
  const { plan } = session;
  if (!step.persona && session.trial !== 0) return;
  const times = Array.from({ length: step.times }, (_, time) => time + 1);
  const whom = step.persona ? session.eligible(step, step.to) : [null];
  const askings = whom.flatMap((who) =>
    times.map((time): Asking => {
      const id = who === null ? `nobody ${time}` : orderId(session, who);
      return {
        who,
        shown: showItems(plan, step.items, { id, trial: null }, "together"),
        branch: (ending) =>
          who === null
            ? [{ role: "user", content: joinTexts(ending) }]
            : who.memory.messages(session.systemOf(who), ending),
        turn: time,
        replicate: (session.replicate - 1) * step.times + time,
      };
    })
  );
  const asked = yield* putQuestions(session, step, "together", askings);
  asked.forEach(({ answers, calls }, at) => {
    const { who, shown, replicate } = askings[at]!;
    session.entries.push(entryOf(session, who, {
      kind: step.persona ? "probe" : "default",
      step: step.name,
      shown,
      answers,
      calls,
      replicate,
      stated: who === null ? {} : statedOf(plan, step, who),
      personaText: who === null ? "" : session.systemOf(who) ?? "",
    }));
  });
}

/** What the persona's text states of each question. */
function statedOf({ design }: Plan, { items, asksBack }: ProbeStep, { member }: Participant) {
  return Object.fromEntries(items.map(({ name }) => {
    const attribute = Object.hasOwn(asksBack, name) ? asksBack[name] : name;
    const isStated = typeof attribute === "string" && design.stated.includes(attribute);
    return [name, isStated ? member.attributes[attribute] ?? null : null];
  }));
}

/** The length of an item's scale; `null` where its answers have no distance but the same or not. */
export function rangeOf(item: Item): number | null {
  const range = kindOf(item).range?.(item) ?? null;
  return range === null ? null : range[1] - range[0];
}
