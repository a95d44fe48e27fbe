import { cannot } from "../core/errors.ts";
import type { ChatMessage } from "../core/respondent.ts";
import { moments } from "../stats/moments.ts";
import type { World, WorldDeclaration } from "./declaration.ts";
import { byItem, itemOf, possibleAnswers, spellAnswer } from "./item_kinds.ts";
import { linearPredictor } from "./predictor.ts";
import { between, declaring, type Shape } from "./shapes.ts";

/** How much members of a discussion want to speak, where a world that talks does not say it otherwise. */
const desire = { kind: "scale", range: [0, 10], sd: 3, intercept: 5 } as const;

/** What people say and how it moves others; whoever says something can also be asked whether it wants to. */
export function readTalk(
  { says = {}, influence = {}, silence = null, items }: WorldDeclaration,
): Pick<World, "says" | "influence" | "silence" | "items"> {
  return { says, influence, silence, items: Object.keys(says).length > 0 ? { desire, ...items } : items };
}

const slot = /\{\{\s*value\s*\}\}/g;

/** Checks what people say and how it moves others, once the items are known to be sound. */
export function checkTalk(world: Omit<World, "vocabulary" | "fingerprint">): void {
  byItem((item) => (value, argument) => {
    const slots = typeof value === "string" ? value.match(slot)?.length : undefined;
    if (slots === 1 && item.kind !== "profile") return;
    const rule = item.kind === "profile" ? "say nothing of profiles" : "be a sentence with {{value}} once";
    throw new RangeError(cannot(declaring, argument, rule, value));
  })(world.says, "says", world);
  byItem((item): Shape => (value, argument, all) => {
    if (item.kind === "scale" && item.thresholds === undefined) return between(0, 1)(value, argument, all);
    throw new RangeError(cannot(declaring, argument, "be of a scale without thresholds", value));
  })(world.influence, "influence", world);
  if (world.silence !== null) linearPredictor(world.silence, "silence", world);
  for (const name of Object.keys(world.says)) {
    const item = itemOf(world, name);
    const sentence = sentenceOf(world, name, spellAnswer(item, possibleAnswers(world, item)[0]!));
    const other = Object.keys(world.says).find((one) => one !== name && answerSaid(world, one, sentence));
    if (other === undefined) continue;
    throw new RangeError(cannot(declaring, `says.${name}`, `differ from 'says.${other}'`, world.says[name]));
  }
}

export function sentenceOf({ says }: Pick<World, "says">, item: string, answer: string): string {
  return says[item]!.replace(slot, () => answer);
}

/** The answer to an item that a text tells last: in its sentence, behind its name, or (where that is asked) alone. */
export function answerSaid(
  world: Pick<World, "says" | "items" | "attributes">,
  name: string,
  text: string,
  isAlone = false,
): string | undefined {
  const item = itemOf(world, name);
  const answers = () => possibleAnswers(world, item).map((answer) => spellAnswer(item, answer));
  // Of two options that begin alike the longer one is read.
  const answer = item.kind === "scale"
    ? String.raw`(-?\d+(?:\.\d+)?)`
    : `(${answers().toSorted((a, b) => b.length - a.length).map(RegExp.escape).join("|")})`;
  const { [name]: sentence = "" } = world.says;
  const patterns = [
    ...(sentence === "" ? [] : [fold(sentence).split(slot).map(RegExp.escape).join(answer)]),
    `(?:^|; )${name}: ${answer}(?=;|$)`,
    ...(isAlone ? [`^${answer}$`] : []),
  ];
  const said = patterns.flatMap((pattern) => [...fold(text).matchAll(new RegExp(pattern, "gu"))]).at(-1)?.[1];
  return said === undefined ? undefined : answers().find((answer) => answer === said);
}

export function jsonIn(text: string): object {
  try {
    return Object(JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1)));
  } catch {
    return {};
  }
}

/** A text with every white space as one blank. */
export function fold(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Whether a phrase says something of whoever says it; a list does not, whatever its values are. */
export function isFirstPerson(phrase: string): boolean {
  const words = phrase.split(/[^\p{L}\p{N}]+/u).map((word) => word === "I" ? "me" : word.toLowerCase());
  const isOwn = words.some((word) => ["me", "my", "mine", "myself"].includes(word));
  return isOwn && !words.some((word) => /^you(rs?|rself)?$/.test(word)) && !phrase.startsWith("- ");
}

/** A role's name, capitalised, perhaps with a number; a colon; and a line. */
const namedLine = /^\s*((?:\p{Lu}|\p{Lo}|\p{N})[\p{L}\p{N}_-]*(?: [\p{L}\p{N}_-]+){0,3}): (.*)$/su;

/**
 * The paragraphs of a user message. One that begins with a name and a colon is that member's line, unless it states a
 * fact so; any other was told, asked, or said by the only other (`from` is `null`).
 */
export function paragraphsHeard(
  world: Pick<World, "vocabulary" | "items">,
  content: string,
): { readonly from: string | null; readonly text: string }[] {
  return content.split(/\n\s*\n/).map((paragraph) => {
    const [, from, text] = namedLine.exec(paragraph) ?? [];
    const folded = fold(paragraph);
    const isOwn = from === undefined || Object.hasOwn(world.items, from) ||
      world.vocabulary.some((phrase) => folded.startsWith(phrase.text));
    return isOwn ? { from: null, text: paragraph } : { from, text: text! };
  });
}

/**
 * What others said of each item that they move: for each user message in which somebody tells an answer, the mean of
 * what each told last. A number alone answers the question asked last, before any was asked the first.
 */
export function answersHeard(world: World, messages: readonly ChatMessage[]): Record<string, number[]> {
  const items = Object.keys(world.influence);
  const heard = Object.fromEntries(items.map((item) => [item, [] as number[]]));
  if (items.length === 0) return heard;
  const gaps = messages.flatMap((one) => one.role === "user" ? [paragraphsHeard(world, one.content)] : []);
  const askedIn = (text: string): string[] =>
    (text.match(/(?<=\[)\w+(?=\])/g) ?? []).filter((name) => Object.hasOwn(world.items, name));
  let asked = gaps.flat().flatMap(({ text }) => askedIn(text))[0];
  for (const gap of gaps) {
    const latest = new Map(items.map((item) => [item, new Map<string | null, number>()]));
    for (const { from, text } of gap) {
      for (const [item, told] of latest) {
        const answer = answerSaid(world, item, text, item === asked);
        if (answer !== undefined) told.set(from, Number(answer));
      }
      asked = askedIn(text).at(-1) ?? asked;
    }
    for (const [item, told] of latest) if (told.size > 0) heard[item]!.push(moments([...told.values()]).mean);
  }
  return heard;
}
