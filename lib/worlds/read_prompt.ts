import { type AnswerForm, type AnswerSchema, formOf } from "./answer_forms.ts";
import { cannot } from "../core/errors.ts";
import { attributePhrase, type Person } from "../core/phrases.ts";
import { readProfiles } from "../core/profile_table.ts";
import type { ChatMessage, RespondentRequest } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { distinct } from "../core/table.ts";
import { sum } from "../stats/moments.ts";
import type { World, WorldPhrase, WorldPhrases } from "./declaration.ts";
import { attributeAsked, itemOf } from "./item_kinds.ts";
import { factorStimulus, splitFactor } from "./predictor.ts";
import { answerSaid, answersHeard, fold, isFirstPerson, jsonIn, paragraphsHeard } from "./talk.ts";

/** A profile of a conjoint that a text shows: its levels of the features are stimuli of whoever judges it. */
type SeenProfile = Readonly<{ label: string; stimuli: readonly string[] }>;

/** What a prompt tells a world. */
export interface PromptReading {
  readonly stated: { readonly [attribute: string]: string };
  readonly stimuli: readonly string[];
  /** The phrases in the text that express an opinion to which the respondent defers. */
  readonly opinions: readonly string[];
  /** Whether the text says that chance chose the treatment. */
  readonly unblinded: boolean;
  /** The profiles that the text shows side by side. */
  readonly profiles: readonly SeenProfile[];
  /** For each stimulus, the paragraphs in which it stands. */
  readonly wording: { readonly [stimulus: string]: string };
  /** Replies before this one. */
  readonly turns: number;
  /** For each item that others move, what they said of it: a mean for each time that any was heard. */
  readonly heard: { readonly [item: string]: readonly number[] };
}

/**
 * Reads a conversation as a world does, and nothing else of it counts. An attribute is stated only by the wordings of
 * `describePersona` and by the world's own `phrases`; and by what earlier replies say in these words, in the sentences
 * of `says`, or in JSON under the name of an attribute or of an item that tells one. Where an earlier reply contradicts
 * the text, the text counts. In user messages nobody's line (`Name: …`) states anything, nor does the first person: "I am
 * 70" is said by somebody else there, unless it opens the conversation. Stimuli and opinions act wherever they stand.
 */
export function readPrompt(world: World, messages: readonly ChatMessage[]): PromptReading {
  const contents = (role: ChatMessage["role"]): string[] =>
    messages.filter((message) => message.role === role).map(({ content }) => content);
  const replies = contents("assistant");
  const told = contents("user").map((content) =>
    paragraphsHeard(world, content).map(({ from, text }) => from === null ? text : "\u0000").join("\n")
  );
  // What opens a conversation without a system message is the persona's own text, in whatever person.
  const own = messages[0]?.role === "user" ? told.splice(0, 1) : contents("system");
  const facts = [
    ...phrasesIn(world, own.join("\n")),
    ...phrasesIn(world, told.join("\n")).filter(({ text }) => !isFirstPerson(text)),
  ];
  return {
    stated: statedAttributes(world, facts, replies),
    ...readText(world, messages.map(({ content }) => content).join("\n\n")),
    turns: replies.length,
    heard: answersHeard(world, messages),
  };
}

/** What a text tells a world beside attributes. */
export function readText(world: World, text: string): Omit<PromptReading, "stated" | "turns" | "heard"> {
  const { deference, unblinding, wording } = world.behaviour;
  const stimuli = stimuliIn(world, text);
  const says = (phrase: string): boolean => fold(text).includes(fold(phrase));
  return {
    stimuli,
    opinions: Object.keys(deference?.opinions ?? {}).filter(says),
    unblinded: unblinding?.phrases.some(says) ?? false,
    profiles: profilesIn(world, text),
    wording: wording === undefined
      ? {}
      : Object.fromEntries(stimuli.map((name) => [name, paragraphsOf(world, name, text)])),
  };
}

/** The profiles that a text shows side by side in a table of the world's factors; a table of anything else is none. */
function profilesIn(world: World, text: string): SeenProfile[] {
  const shown = readProfiles(text);
  const features = Object.keys(shown[0]?.levels ?? {});
  if (!features.some((feature) => Object.hasOwn(world.factors, feature))) return [];
  return shown.map(({ label, levels }) => ({
    label,
    stimuli: features.map((feature) => factorStimulus(feature, levelShown(world, feature, levels[feature]!))),
  }));
}

function levelShown({ name, factors, stimuli }: World, feature: string, text: string): string {
  const levels = Object.hasOwn(factors, feature) ? factors[feature]! : [];
  const found = levels.find((level) =>
    level === text || stimuli[factorStimulus(feature, level)]!.includes(text)
  );
  if (found !== undefined) return found;
  const known = levels.length === 0
    ? `factor '${feature}': its factors are ${Object.keys(factors).join(", ")}`
    : `level '${text}' of '${feature}': it has ${levels.join(", ")}`;
  throw new RangeError(`the world '${name}' has no ${known}`);
}

/** The stimuli that a text contains, and the levels of factors that it shows; a phrase within a longer one does not count. */
export function stimuliIn({ stimuli, factors }: Pick<World, "stimuli" | "factors">, text: string): string[] {
  const folded = fold(text);
  const present = Object.values(stimuli).flat().map(fold).filter((phrase) => folded.includes(phrase));
  const stands = (phrase: string): boolean =>
    present.filter((other) => other !== phrase && other.includes(phrase))
      .reduce((rest, longer) => rest.replaceAll(longer, "\u0000"), folded).includes(phrase);
  const found = Object.keys(stimuli).filter((name) => stimuli[name]!.some((phrase) => stands(fold(phrase))));
  for (const factor of Object.keys(factors)) {
    const shown = found.filter((name) => name.startsWith(`${factor}.`)).map((name) => splitFactor(name)[1]);
    if (shown.length < 2) continue;
    throw new RangeError(`the text shows two levels of '${factor}': ${shown.join(" and ")}`);
  }
  return found;
}

/** The paragraphs of a text in which a stimulus stands; the whole text where its phrase runs over two. */
function paragraphsOf(world: World, stimulus: string, text: string): string {
  const found = text.split(/\n\s*\n/).filter((part) => stimuliIn(world, part).includes(stimulus)).map(fold);
  return found.length === 0 ? fold(text) : [...new Set(found)].join("\n");
}

/** The attributes that facts and earlier replies state; facts count before the replies, the first reply first. */
function statedAttributes(world: World, facts: readonly WorldPhrase[], replies: readonly string[]) {
  const stated: { [attribute: string]: string } = {};
  for (const { attribute, level } of facts) {
    const other = stated[attribute];
    if (other !== undefined && other !== level) {
      throw new RangeError(`the text states two values of '${attribute}': ${other} and ${level}`);
    }
    stated[attribute] = level;
  }
  for (const reply of replies) {
    const said = [...answersIn(world, reply), ...phrasesIn(world, reply)];
    for (const { attribute, level } of said) stated[attribute] ??= level;
  }
  return stated;
}

function phrasesIn({ vocabulary }: World, text: string): WorldPhrase[] {
  let rest = fold(text);
  const found: WorldPhrase[] = [];
  for (const phrase of vocabulary) {
    if (!rest.includes(phrase.text)) continue;
    const without = withoutPhrase(rest, phrase.text);
    if (without === rest) continue;
    found.push(phrase);
    // A found phrase is taken out, so that a shorter one inside it is not found as well.
    rest = without;
  }
  return found;
}

/** What a reply says of attributes: in JSON, under their names and those of items that tell one, or in sentences. */
function answersIn(world: World, reply: string): Pick<WorldPhrase, "attribute" | "level">[] {
  const told = Object.keys(world.says).map((name) => [name, answerSaid(world, name, reply)] as const);
  return [...Object.entries(jsonIn(reply)), ...told].flatMap(([name, value]) => {
    const item = itemOf(world, name);
    const attribute = item.kind === "attribute" ? item.attribute : "";
    const known = Object.hasOwn(world.attributes, attribute) &&
      world.attributes[attribute]!.includes(String(value));
    return known ? [{ attribute, level: String(value) }] : [];
  });
}

/** The text without a phrase where it stands as whole words. */
function withoutPhrase(text: string, phrase: string): string {
  let rest = text;
  for (let at = rest.indexOf(phrase); at >= 0; at = rest.indexOf(phrase, at + 1)) {
    const inWord = /[\p{L}\p{N}]/u;
    const end = at + phrase.length;
    const startsInside = inWord.test(phrase[0]!) && at > 0 && inWord.test(rest[at - 1]!);
    const letterAfter = end < rest.length && inWord.test(rest[end]!);
    // "Your income is 10." does not stand in "Your income is 10.5".
    const endsInside = letterAfter && (inWord.test(phrase[phrase.length - 1]!) || /\d/.test(rest[end]!));
    if (!startsInside && !endsInside) rest = `${rest.slice(0, at)}\u0000${rest.slice(end)}`;
  }
  return rest;
}

/** Every phrase that states an attribute: `describePersona`'s own and the declared ones, the longest first. */
export function buildVocabulary(attributes: World["attributes"], phrases: WorldPhrases): World["vocabulary"] {
  const unknown = Object.keys(phrases).find((name) => !Object.hasOwn(attributes, name));
  if (unknown !== undefined) {
    const rule = `name attributes (${Object.keys(attributes).join(", ")})`;
    throw new RangeError(cannot("declare a world", "phrases", rule, unknown));
  }
  const persons: readonly Person[] = ["second", "first", "list"];
  const entries = Object.entries(attributes).flatMap(([attribute, levels]) =>
    levels.flatMap((level) =>
      distinct([
        ...persons.map((person) => attributePhrase(attribute, level, { person })),
        ...declaredTexts(attribute, level, phrases[attribute]),
      ]).map((text) => ({ text: fold(text), attribute, level }))
    )
  );
  return entries.sort((a, b) => b.text.length - a.text.length);
}

/** The declared phrases of one level; each is filled in as `describePersona` does. */
function declaredTexts(attribute: string, level: string, declared: WorldPhrases[string] = []): string[] {
  if (typeof declared === "string" || Array.isArray(declared)) {
    const fill = (phrase: string) => attributePhrase(attribute, level, { phrases: { [attribute]: phrase } });
    return [declared].flat().map(fill);
  }
  const byLevel = declared as { readonly [value: string]: string | readonly string[] };
  const [first, ...others] = Object.hasOwn(byLevel, level) ? [byLevel[level]!].flat() as string[] : [];
  // That every level has a phrase is checked where describePersona checks it.
  const own: { [value: string]: string } = first === undefined ? {} : { [level]: first };
  return [attributePhrase(attribute, level, { phrases: { [attribute]: own } }), ...others];
}

/** What the paragraphs of the stimuli add to an item's latent value: a normal draw keyed by their text. */
export function wordingShift(world: World, item: string, wording: PromptReading["wording"]): number {
  const { seed, behaviour: { wording: { sd } = { sd: 0 } } } = world;
  if (sd === 0) return 0;
  return sum(Object.entries(wording).map((one) => sd * stream(seed, "wording", item, ...one).normal()));
}

export interface AskedItem extends AnswerForm {
  readonly name: string;
  /** The item of the world, or an attribute. */
  readonly item: string;
  /** The profile that it is about, by its place; `undefined` where it is about none. */
  readonly profile: number | undefined;
}

/**
 * The items a request asks, in their order: the schema's properties, else the names in brackets in the last message. An
 * item that is asked of each profile has its place behind its name, such as `welcome_2`. None where it is somebody's
 * turn to speak.
 */
export function itemsAsked(
  world: World,
  request: RespondentRequest,
  { profiles }: Pick<PromptReading, "profiles">,
): AskedItem[] {
  const properties = request.schema?.schema.properties as { [name: string]: AnswerSchema } | undefined;
  const last = request.messages.at(-1)?.content ?? "";
  const known = Object.keys(world.items);
  const isKnown = (item: string): boolean =>
    Object.hasOwn(world.items, item) || attributeAsked(world, item) !== undefined;
  const isAsked = (name: string): boolean => isKnown(name) || isKnown(name.replace(/_\d+$/, ""));
  const tagged = [...last.matchAll(/^(?:\d+\. )?\[(\w+)\] /gm)].map((match) => match[1]!).filter(isAsked);
  const asked: [string, AnswerSchema][] = properties === undefined
    ? distinct([...known.filter((name) => last.includes(`[${name}]`)), ...tagged]).map((name) => [name, {}])
    : Object.entries(properties);
  const items = known.join(", ") || "none";
  const isTurn = properties === undefined && request.logProbabilities === undefined;
  if (asked.length === 0 && isTurn && Object.keys(world.says).length > 0) return [];
  if (asked.length === 0) {
    const how = known.length === 0 ? "give a schema" : `write [${known[0]}] in the line, or give a schema`;
    const asks = `the request asks no item of the world '${world.name}'`;
    throw new RangeError(`${asks}: ${how} (its items are ${items})`);
  }
  return asked.map(([name, schema]) => {
    const [, item = name, place = "1"] = isKnown(name) ? [] : /^(.+)_(\d+)$/.exec(name) ?? [];
    if (isKnown(item) && (item === name || Number(place) <= profiles.length)) {
      const isAbout = item !== name || profiles.length === 1;
      return { name, item, profile: isAbout ? Number(place) - 1 : undefined, ...formOf(schema) };
    }
    const attributes = Object.keys(world.attributes).join(", ");
    const known = `its items are ${items} (attributes: ${attributes})`;
    throw new RangeError(`the world '${world.name}' has no item '${name}': ${known}`);
  });
}
