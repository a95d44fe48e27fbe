import { attributePhrase, cannot, type Person } from "../../core/mod.ts";
import type { World, WorldPhrases } from "../world.ts";

const people: readonly Person[] = ["second", "first", "list"];

/** Every phrase that states an attribute: `describePersona`'s own and the declared ones, the longest first. */
export function buildVocabulary(attributes: World["attributes"], phrases: WorldPhrases): World["vocabulary"] {
  const unknown = Object.keys(phrases).find((name) => !Object.hasOwn(attributes, name));
  if (unknown !== undefined) {
    const rule = `name attributes (${Object.keys(attributes).join(", ")})`;
    throw new RangeError(cannot("declare a world", "phrases", rule, unknown));
  }
  const entries = Object.entries(attributes).flatMap(([attribute, levels]) =>
    levels.flatMap((level) => {
      const texts = new Set(people.map((person) => attributePhrase(attribute, level, { person })));
      for (const text of declaredTexts(attribute, level, phrases[attribute])) texts.add(text);
      return [...texts].map((text) => ({ text: text.replace(/\s+/g, " ").trim(), attribute, level }));
    })
  );
  return entries.sort((a, b) => b.text.length - a.text.length);
}

/** The declared phrases of one level; each is filled in as `describePersona` does. */
function declaredTexts(
  attribute: string,
  level: string,
  declared: WorldPhrases[string] | undefined,
): string[] {
  if (declared === undefined) return [];
  if (typeof declared === "string" || Array.isArray(declared)) {
    return [declared].flat().map((phrase: string) =>
      attributePhrase(attribute, level, { phrases: { [attribute]: phrase } })
    );
  }
  const byLevel = declared as { readonly [value: string]: string | readonly string[] };
  const [first, ...others] = Object.hasOwn(byLevel, level) ? [byLevel[level]!].flat() as string[] : [];
  // That every level has a phrase is checked where describePersona checks it.
  const own: { [value: string]: string } = first === undefined ? {} : { [level]: first };
  return [attributePhrase(attribute, level, { phrases: { [attribute]: own } }), ...others];
}
