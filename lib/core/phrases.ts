import { cannot } from "./errors.ts";

/** Who speaks in a persona text: "You are …", "I am …", or a list of attributes. */
export type Person = "second" | "first" | "list";

/**
 * How attributes read in prose. For each attribute, either one template in which `{value}` stands for the value,
 * or a phrase for each value.
 */
export type Phrases = { readonly [attribute: string]: string | { readonly [value: string]: string } };

/**
 * Writes one attribute of a persona as a sentence (or a list line).
 *
 * The one place that turns an attribute into words: `describePersona` writes with it and a world reads with it, so
 * a simulated respondent recognises exactly what the toolkit states.
 *
 * @param attribute the attribute's name; underscores become spaces; `persona_text` is written as it stands
 * @param value the attribute's value
 * @param options the person, and phrases that replace the default wording
 * @returns a sentence such as `Your age group is 30-49.`
 * @throws {RangeError} if a phrase lacks `{value}` or has it in double braces, or the attribute has phrases by value and none for this value
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { attributePhrase } from "@understudy/understudy/core";
 *
 * assertEquals(attributePhrase("age_group", "30-49", { person: "second" }), "Your age group is 30-49.");
 * assertEquals(attributePhrase("age", 61, { phrases: { age: "You are {value} years old." } }), "You are 61 years old.");
 * ```
 */
export function attributePhrase(
  attribute: string,
  value: unknown,
  options: { person?: Person; phrases?: Phrases } = {},
): string {
  const { phrases = {} } = options;
  const phrase = Object.hasOwn(phrases, attribute) ? phrases[attribute] : undefined;
  const wrong = (rule: string, current: unknown) =>
    new RangeError(cannot("describe a persona", `phrases.${attribute}`, rule, current));
  if (typeof phrase === "string") {
    if (/\{\{\s*value\s*\}\}/.test(phrase)) throw wrong("have {value} in single braces", phrase);
    if (!phrase.includes("{value}")) throw wrong("contain {value}", phrase);
    return phrase.replaceAll("{value}", () => String(value));
  }
  if (phrase !== undefined) {
    if (Object.hasOwn(phrase, String(value))) return phrase[String(value)]!;
    throw wrong(`have a phrase for every value, also ${value}`, Object.keys(phrase));
  }
  // A person's own words, such as the answers of a twin, stand as they are.
  if (attribute === "persona_text") return String(value);
  const name = attribute.replaceAll("_", " ");
  switch (options.person ?? "second") {
    case "second":
      return `Your ${name} is ${value}.`;
    case "first":
      return `My ${name} is ${value}.`;
    case "list":
      return `- ${name}: ${value}`;
  }
}
