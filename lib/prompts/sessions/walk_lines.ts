import { cannot } from "../../core/errors.ts";
import type { AnswerStatus, StatusDetail } from "../../core/columns.ts";
import type { Item } from "../../core/item.ts";
import type { Member, SayStep, SpeakingOrder, SpeakingTurn } from "../../core/protocol.ts";
import type { CallResult } from "../../core/respondent.ts";
import { type ElicitedAnswer, unelicited } from "../../items/elicited.ts";
import { number } from "../../items/number.ts";
import { wholeReply } from "../../items/questionnaire.ts";
import { probe } from "../../protocols/steps.ts";
import { describeCall, readResult } from "../read_result.ts";
import type { Participant } from "./members.ts";
import type { Session } from "./session.ts";
import type { CallColumns, SessionCall, Walk } from "./walk.ts";
import { type Asking, entryOf, keepAsked, putQuestions, showItems } from "./put_questions.ts";

/** Lets members speak, one after another or at once. */
export function* walkSay(session: Session, step: SayStep): Walk {
  const speakers = session.eligible(step, step.by);
  if (speakers.length === 0) return;
  if (step.order === "at once") {
    for (let turn = 1; turn <= (step.turns ?? 1); turn++) yield* speak(session, step, speakers, turn);
    return;
  }
  const spoken = session.spoken.get(step.name) ?? [];
  session.spoken.set(step.name, spoken);
  const turns = step.turns ?? (step.order.name === "in order" ? speakers.length : 1);
  for (let turn = 1; turn <= turns; turn++) {
    const speaker = yield* chooseSpeaker(session, step, { order: step.order, speakers, spoken });
    if (speaker === undefined) continue;
    spoken.push(speaker.who.member.member);
    yield* speak(session, step, [speaker.who], session.turns.get(step.name)!, speaker.note);
  }
}

/** Who has the next turn, and what is to be said of the choice. */
function* chooseSpeaker(
  session: Session,
  step: SayStep,
  { order, speakers, spoken }: {
    readonly order: SpeakingOrder;
    readonly speakers: readonly Participant[];
    readonly spoken: readonly string[];
  },
): Walk<{ who: Participant; note: string } | undefined> {
  // A turn that nobody took counts, or the next would be the same again.
  const turn = (session.turns.get(step.name) ?? 0) + 1;
  session.turns.set(step.name, turn);
  const at = (desires: SpeakingTurn["desires"]): SpeakingTurn => ({
    turn,
    members: speakers.map(({ member }) => member),
    spoken,
    desires,
    draw: (name) => session.drawTurn(step, turn, name),
  });
  const desires = new Map<string, number | null>();
  if (order.asks && session.broken === undefined) {
    const candidates = order.asked?.(at(desires)) ??
      speakers.map(({ member }) => member).filter(({ member }) => member !== spoken.at(-1));
    const asked = speakers.filter(({ member }) => candidates.includes(member));
    const asking = { ...desireStep, name: `${step.name} desire` };
    const askings = asked.map((who): Asking => ({
      who,
      shown: showItems(session, asking, asking.items, who),
      branch: (ending) => who.memory.messages(session.systemOf(who), ending),
      turn,
      replicate: session.replicate,
    }));
    const answers = yield* putQuestions(session, asking, askings);
    askings.forEach((each, at) =>
      keepAsked(session, asking, each, answers[at]!, { kind: "probe", stated: {} })
    );
    asked.forEach(({ member }, place) => {
      const { value } = answers[place]!.answers[0]!;
      desires.set(member.member, typeof value === "number" ? value : null);
    });
  }
  const next: Member | null = order.next(at(desires));
  const who = speakers.find(({ member }) => member.member === next?.member);
  if (next !== null && who === undefined) {
    throw new RangeError(cannot("order speakers", `${order.name}.next`, "choose among turn.members", next));
  }
  const silent = [...desires].filter(([, desire]) => desire === null).length;
  const note = silent === 0 ? "" : `${silent} of ${desires.size} did not say how much they want to speak`;
  return who && { who, note };
}

const desireItem: Item = number(
  "desire",
  "How much do you want to speak next? 0: not at all; 10: very much.",
  {
    minimum: 0,
    maximum: 10,
    whole: true,
  },
);

const desireStep = probe([desireItem]);

/** Lets some speak at the same time: each hears the others after all have spoken. */
function* speak(
  session: Session,
  step: SayStep,
  speakers: readonly Participant[],
  turn: number,
  note = "",
): Walk {
  const said: (Spoken | undefined)[] = speakers.map((who) => sayWithoutCall(session, step, who));
  const open = speakers.flatMap((who, at) => said[at] === undefined ? [{ who, at }] : []);
  if (open.length > 0) {
    const ended = yield open.map(({ who }) => composeLine(session, step, who, turn));
    ended.forEach(({ result, answers: [answer], columns }, place) => {
      const { who, at } = open[place]!;
      said[at] = { answer: answer!, call: columns };
      if (result.kind === "reply") return;
      session.broken ??= result.kind === "stopped"
        ? session.stop(result.reason)
        : `not asked: the line of ${who.member.name} at turn ${session.lines.length + 1} failed`;
    });
  }
  said.forEach((spoken, at) => keepSpoken(session, step, speakers[at]!, spoken!, note));
}

/** What became of a turn. */
type Spoken = { readonly answer: ElicitedAnswer; readonly call: CallColumns };

const noCall = describeCall(undefined);

function keepSpoken(
  session: Session,
  step: SayStep,
  who: Participant,
  { answer, call }: Spoken,
  note: string,
): void {
  const { member } = who;
  const isMissing = answer.status === "failed";
  // A refusal and a line that was cut are heard as they came.
  const text = isMissing ? "" : String(answer.value ?? answer.raw);
  const isTreated = typeof step.text === "object" && step.text !== null;
  const heardBy = isMissing ? [] : session.deliver(who, text, step, isTreated);
  const line = session.lines.length + 1;
  session.lines.push({ line, from: member, text, step: step.name, round: session.round, heardBy });
  if (!isMissing) who.said++;
  const reason = [answer.reason, note].filter((part) => part !== "").join("; ");
  session.entries.push(entryOf(session, who, {
    kind: "line",
    step: step.name,
    line,
    heardBy: text === "" ? [] : heardBy,
    answers: [{ ...answer, reason }],
    calls: call === noCall ? [] : [call],
  }));
}

/** What is said without a call: as written, by a script, or nothing, as nothing more is asked of the speaker. */
function sayWithoutCall(session: Session, step: SayStep, who: Participant): Spoken | undefined {
  const ended = session.broken ?? who.ended;
  if (ended !== undefined) {
    const [answer] = readResult([lineItem], undefined, {}, ended);
    return { answer: { ...answer!, ...unelicited }, call: noCall };
  }
  const { role, member } = who;
  if (step.text === null && role.kind !== "script") return undefined;
  const text = step.text === null && role.kind === "script"
    ? role.script(session.view(member))
    : session.write(step.text!, who);
  if (typeof text !== "string") {
    throw new TypeError(`Cannot run a session as '${member.role}' must say a text: current value is ${text}`);
  }
  const answer = {
    value: text,
    status: "answered",
    detail: "",
    reason: "",
    raw: text,
    ...unelicited,
  } as const;
  return { answer, call: noCall };
}

const lineItem: Item = { kind: "text", name: "line", text: "" };

function composeLine(session: Session, step: SayStep, who: Participant, turn: number): SessionCall {
  const { member, role, memory } = who;
  const system = session.systemOf(who);
  const prompt = step.prompt === null ? "" : session.write(step.prompt, who);
  const others = session.participants.filter((other) => other !== who).map((other) => other.member.name);
  const isNamed = session.isNamed(who, step);
  // A message that ends with one's own line has nothing to be answered.
  const needsCue = isNamed || prompt === "" && memory.isOwnTurn;
  const cue = isNamed
    ? `You are ${member.name}, and it is your turn. Reply with what you say, in plain words.`
    : needsCue
    ? "Go on."
    : "";
  const silence = step.silence ? "To say nothing, reply with [silence]." : "";
  const messages = memory.messages(system, [prompt, [cue, silence].filter((part) => part !== "").join(" ")]);
  return {
    questions: [],
    request: { messages, seed: session.seedOf(step, member, turn), replicate: session.replicate },
    arm: session.arm,
    isBeforeArm: !session.isArmRead,
    step: step.name,
    round: session.round,
    member,
    respondent: role.kind === "model" ? role.respondent : null,
    read: (result, notAsked) => [readLine(result, notAsked, { step, own: member.name, others })],
  };
}

/** Reads a line: free text, whatever it says, unless it was refused, cut or empty. */
function readLine(
  result: CallResult | undefined,
  notAsked: string | undefined,
  { step, own, others }: { readonly step: SayStep; readonly own: string; readonly others: readonly string[] },
): ElicitedAnswer {
  if (result?.kind !== "reply") {
    return { ...readResult([lineItem], result, {}, notAsked)[0]!, ...unelicited };
  }
  const { reply } = result.stored;
  const raw = withoutOwnName((reply.refusal ?? reply.text).trim(), own);
  const read = (value: string | null, status: AnswerStatus, detail: StatusDetail = "", reason = "") =>
    ({ value, status, detail, reason, raw, ...unelicited }) as const;
  const isSilent = /^[[(*"]*silence[\])*".]*$/i.test(raw) || raw === "";
  if (isSilent && step.silence) return read("", "answered");
  const whole = wholeReply(reply);
  if (whole !== undefined) return { ...read(null, whole.status), ...whole, raw };
  if (raw === "") return read(null, "unparsed", "", "the line is empty");
  if (reply.finishReason === "length") {
    return read(null, "truncated", "answer", "the line was cut at the token limit");
  }
  const other = others.find((name) => raw.split("\n").some((line) => line.startsWith(`${name}:`)));
  const outOfRole = other !== undefined
    ? `the line speaks for ${other} too`
    : /^\{[^]*\}$/.test(raw)
    ? "the line has the form of an answer to a question"
    : "";
  return read(raw, "answered", outOfRole === "" ? "" : "role", outOfRole);
}

/** A model that sees lines as `Name: text` begins its own with its name, perhaps in bold. */
function withoutOwnName(text: string, own: string): string {
  const bare = text.replace(/^\*{1,2}([^*\n]{1,200}?):?\*{1,2}:?/, "$1:");
  return bare.startsWith(`${own}:`) ? bare.slice(own.length + 1).trim() : text;
}
