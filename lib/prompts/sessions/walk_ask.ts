import type { Design } from "../../core/experiment.ts";
import type { AnswerValue, Item } from "../../core/item.ts";
import type { AskStep, ProbeStep, SessionLine } from "../../core/protocol.ts";
import { alternativesOf } from "../../items/elicited.ts";
import { declaredOptions, kindOf } from "../../items/questionnaire.ts";
import type { Participant } from "./members.ts";
import type { Asked, Asking } from "./put_questions.ts";
import { joinParagraphs, keepAsked, putQuestions, showItems } from "./put_questions.ts";
import type { Session } from "./session.ts";
import type { Walk } from "./walk.ts";

/** Asks members a step's questions. */
export function* walkAsk(session: Session, step: AskStep): Walk {
  if (step.each === "line") return yield* walkJudge(session, step);
  const members = session.eligible(step, step.to);
  for (const group of step.heard === "at once" ? members.map((each) => [each]) : [members]) {
    const askings = group.map((who) => ({
      who,
      shown: showItems(session, step, step.items, who),
      branch: null,
      turn: 0,
      replicate: session.replicate,
    }));
    const asked = yield* putQuestions(session, step, askings);
    const heard = askings.map(({ who, shown }, at) => {
      const text = step.heard === "none" ? "" : announcement(shown, asked[at]!);
      const audience = text === "" ? [] : session.audience(who.member, step);
      keepAsked(session, step, askings[at]!, asked[at]!, {
        heardBy: audience.map(({ member }) => member.member),
      });
      return { who, text, audience };
    });
    for (const { who, text, audience } of heard) {
      for (const to of audience) to.memory.keepLine("user", session.named(who, to, step, text));
    }
  }
}

/** Answers as others hear them, each under its question's name. */
function announcement({ questions }: Asking["shown"], { answers }: Asked): string {
  return questions.flatMap(({ item, asked }, place) => {
    const { value } = answers[place]!;
    return value === null ? [] : [`${item}: ${spell(asked, value)}`];
  }).join("; ");
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
  const speakers = new Map(session.participants.map((each) => [each.member.member, each]));
  const lines = session.lines.slice(seen).filter(({ from, text }) =>
    text !== "" && speakers.get(from.member)!.rows.length > 0
  );
  const askings = session.eligible(step, step.to).flatMap((who) => {
    const told = who.memory.toldTexts;
    const system = session.systemOf(who);
    return lines.filter(({ heardBy }) => heardBy.includes(who.member.member)).map((line) => ({
      who,
      line,
      shown: showItems(session, step, step.items, who),
      branch: (ending: readonly string[]) => [
        ...(system === null ? [] : [{ role: "system" as const, content: system }]),
        {
          role: "user" as const,
          content: joinParagraphs([...told, showLine(session, step, line, who), ...ending]),
        },
      ],
      turn: line.line,
      replicate: session.replicate,
    }));
  });
  const asked = yield* putQuestions(session, step, askings);
  askings.forEach((asking, at) => {
    const { line, from } = asking.line;
    keepAsked(session, step, asking, asked[at]!, { rows: speakers.get(from.member)!.rows, line });
  });
}

/** A line as its judge reads it, after those before it that the judge heard. */
function showLine(
  { lines }: Session,
  { before }: AskStep,
  line: SessionLine,
  { member }: Participant,
): string {
  const shown = ({ from, text }: SessionLine) => `${from.name}: ${text}`;
  const heard = lines.filter(({ line: number, text, from, heardBy }) =>
    number < line.line && text !== "" && (from === member || heardBy.includes(member.member))
  );
  const earlier = before === 0 ? [] : heard.slice(-before);
  return joinParagraphs([
    ...(earlier.length === 0 ? [] : [`The lines before:\n${earlier.map(shown).join("\n")}`]),
    `The line:\n${shown(line)}`,
  ]);
}

/** Asks questions on branches that nobody remembers; without a persona once for the run, in its first trial. */
export function* walkProbe(session: Session, step: ProbeStep): Walk {
  if (!step.persona && session.trial !== 0) return;
  const whom = step.persona ? session.eligible(step, step.to) : [null];
  const askings = whom.flatMap((who) =>
    Array.from({ length: step.times }, (_, at): Asking => ({
      who,
      shown: showItems(session, step, step.items, who ?? `nobody ${at + 1}`),
      branch: (ending) =>
        who === null
          ? [{ role: "user", content: joinParagraphs(ending) }]
          : who.memory.messages(session.systemOf(who), ending),
      turn: at + 1,
      replicate: (session.replicate - 1) * step.times + at + 1,
    }))
  );
  const asked = yield* putQuestions(session, step, askings);
  askings.forEach((asking, at) => {
    const { who, replicate } = asking;
    keepAsked(session, step, asking, asked[at]!, {
      kind: step.persona ? "probe" : "default",
      replicate,
      stated: who === null ? {} : statedOf(session.plan.design, step, who),
      personaText: who === null || session.broken !== undefined
        ? who?.system ?? ""
        : session.systemOf(who) ?? "",
    });
  });
}

/** What the persona's text states of each question. */
function statedOf({ stated }: Design, { items, asksBack }: ProbeStep, { member }: Participant) {
  return Object.fromEntries(items.map(({ name }) => {
    const attribute = Object.hasOwn(asksBack, name) ? asksBack[name] : name;
    const isStated = typeof attribute === "string" && stated.includes(attribute);
    return [name, isStated ? member.attributes[attribute] ?? null : null];
  }));
}

/** The length of an item's scale; `null` where its answers have no distance but the same or not. */
export function rangeOf(item: Item): number | null {
  const range = kindOf(item).range?.(item) ?? null;
  return range === null ? null : range[1] - range[0];
}
