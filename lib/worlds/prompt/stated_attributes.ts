import { itemOf } from "../answers/structural_answers.ts";
import type { World } from "../world.ts";

/** The attributes that a text and earlier replies state; the text counts before the replies, the first reply first. */
export function statedAttributes(
  world: World,
  text: string,
  replies: readonly string[],
): { [attribute: string]: string } {
  const stated: { [attribute: string]: string } = {};
  for (const [attribute, level] of phrasesIn(world, text)) {
    const other = stated[attribute];
    if (other !== undefined && other !== level) {
      throw new RangeError(`the text states two values of '${attribute}': ${other} and ${level}`);
    }
    stated[attribute] = level;
  }
  for (const reply of replies) {
    for (const [attribute, level] of [...answersIn(world, reply), ...phrasesIn(world, reply)]) {
      stated[attribute] ??= level;
    }
  }
  return stated;
}

/** What the phrases of a world's vocabulary in a text state. */
function phrasesIn(world: World, text: string): [string, string][] {
  let rest = text.replace(/\s+/g, " ");
  const found: [string, string][] = [];
  for (const phrase of world.vocabulary) {
    if (!rest.includes(phrase.text)) continue;
    const without = withoutPhrase(rest, phrase.text);
    if (without === rest) continue;
    found.push([phrase.attribute, phrase.level]);
    // A found phrase is taken out, so that a shorter one inside it is not found as well.
    rest = without;
  }
  return found;
}

/** What a reply in JSON says under the names of attributes, and of items that tell an attribute. */
function answersIn(world: World, reply: string): [string, string][] {
  return Object.entries(jsonIn(reply)).flatMap(([name, value]): [string, string][] => {
    const item = itemOf(world, name);
    const attribute = item.kind === "attribute" ? item.attribute : "";
    const known = Object.hasOwn(world.attributes, attribute) &&
      world.attributes[attribute]!.includes(String(value));
    return known ? [[attribute, String(value)]] : [];
  });
}

function jsonIn(text: string): object {
  const start = text.indexOf("{");
  const end = text.lastIndexOf("}");
  if (start < 0 || end < start) return {};
  try {
    return JSON.parse(text.slice(start, end + 1)) as object;
  } catch {
    return {};
  }
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
