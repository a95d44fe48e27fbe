import { checkOneOf, checkOptions } from "../core/checks.ts";
import { assignedColumns, personaColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { attributePhrase, type Person, type Phrases } from "../core/phrases.ts";

/** Options of {@linkcode describePersona}. */
export interface DescribePersonaOptions {
  /**
   * Which attributes, in which order.
   * @default all of the row's, in its order
   */
  readonly attributes?: readonly string[];
  /**
   * `second`: "Your age is …"; `first`: "My age is …"; `list`: one line per attribute.
   * @default "second"
   */
  readonly person?: Person;
  /**
   * Wording in place of the default: for each attribute a template with `{value}`, or a phrase for each value.
   * @default the attribute's name and value in a plain sentence
   */
  readonly phrases?: Phrases;
  /**
   * A text that comes first.
   * @default none: the description states attributes and nothing else
   */
  readonly opening?: string;
}

/** Columns of a personas or assigned row that are the experiment's, not the person's. */
const notAttributes: readonly string[] = [...Object.keys(personaColumns), ...Object.keys(assignedColumns)];

const action = "describe a persona";

/**
 * Describes a persona in words: one sentence, or list line, per attribute.
 *
 * What the text leaves out is left to the model: an attribute that the treatment may suggest should be stated. By default
 * nothing but the attributes is written, since every further word is one more thing a model may react to. An attribute
 * without a value (`null`, `undefined`, `NaN`) is not mentioned; identifier, weight, arm, block and cluster never are.
 *
 * @param attributes one row of a personas or assigned table, as an object
 * @param options see {@linkcode DescribePersonaOptions} (defaults there)
 * @returns the text; empty where there is nothing to describe
 * @throws {RangeError} if a named attribute is not one of the row's, or a value has no phrase
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { describePersona } from "@understudy/understudy/personas";
 *
 * const row = { persona_id: "p1", weight: 1, gender: "female", age_group: "30-49" };
 * assertEquals(describePersona(row), "Your gender is female. Your age group is 30-49.");
 * const phrases = { gender: "You are {value}." };
 * assertEquals(describePersona(row, { attributes: ["gender"], phrases }), "You are female.");
 * ```
 */
export function describePersona(
  attributes: { readonly [attribute: string]: unknown },
  options: DescribePersonaOptions = {},
): string {
  if (typeof attributes !== "object" || attributes === null || Array.isArray(attributes)) {
    throw new TypeError(cannot(action, "attributes", "be a row as an object", attributes));
  }
  checkOptions(action, options, ["attributes", "person", "phrases", "opening"]);
  const { person = "second", phrases = {}, opening } = options;
  checkOneOf(action, "person", person, ["second", "first", "list"]);
  const present = Object.keys(attributes).filter((name) => !notAttributes.includes(name));
  const names = options.attributes ?? present;
  checkNames(names, present);
  checkNames(Object.keys(phrases), [...new Set([...present, ...names])], "phrases");
  const isStated = (value: unknown) => value !== null && value !== undefined && !Number.isNaN(value);
  const sentences = names.filter((name) => isStated(attributes[name]))
    .map((name) => attributePhrase(name, attributes[name], { person, phrases }));
  const lines = opening === undefined || opening === "" ? sentences : [opening, ...sentences];
  return lines.join(person === "list" ? "\n" : " ");
}

function checkNames(names: readonly string[], present: readonly string[], argument = "attributes"): void {
  if (!Array.isArray(names)) throw new TypeError(cannot(action, argument, "be a list of names", names));
  for (const name of names) checkOneOf(action, argument, name, present);
}
