import { checkOneOf, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Arm, SlotValue, Treatments } from "../core/experiment.ts";
import { readOptions, rule, type RulesFor, whole } from "../core/options.ts";
import { fillTemplate, templateSlots, UnfilledSlot } from "./template.ts";

/** What is known of a persona, by attribute. */
export type KnownAttributes = { readonly [attribute: string]: unknown };

/** Options of {@linkcode composeTreatment}. */
export interface ComposeTreatmentOptions {
  /**
   * Which wording of the arm, from 1.
   * @default 1
   */
  wording?: number;
  /**
   * Attributes of the persona, for slots that the declaration leaves open.
   * @default {}
   */
  attributes?: { readonly [attribute: string]: unknown };
}

const action = "compose a treatment";

const rules = {
  wording: whole(1),
  attributes: rule<KnownAttributes, KnownAttributes>(checkAttributes, {}),
} satisfies RulesFor<ComposeTreatmentOptions>;

/**
 * Fills an arm's text for one subject.
 *
 * A slot is filled from the declaration, else from the persona's attribute of its name; one that may be missing for
 * some can have a default in the text, `{{ city | default: "your city" }}`, or stand within `{% if city %}`.
 *
 * @param treatments from `declareTreatments`
 * @param arm the arm's name
 * @param options which wording, and the persona's attributes; see {@linkcode ComposeTreatmentOptions}
 * @returns the text
 * @throws {RangeError} if the arm or the wording does not exist, or a slot has neither value nor default; it is named
 * @throws {TypeError} if `treatments` is not from `declareTreatments`, or an option is unknown
 * @example A slot that is a persona attribute
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { composeTreatment, declareTreatments } from "@understudy/understudy/treatments";
 *
 * const treatments = declareTreatments({ control: "Hello.", named: 'Hello, {{ name | default: "neighbour" }}.' });
 * assertEquals(composeTreatment(treatments, "named", { attributes: { name: "Ada" } }), "Hello, Ada.");
 * assertEquals(composeTreatment(treatments, "named"), "Hello, neighbour.");
 * ```
 */
export function composeTreatment(
  treatments: Treatments,
  arm: string,
  options: ComposeTreatmentOptions = {},
): string {
  const { wording, attributes } = readOptions(action, options, rules);
  const declared = findArm(treatments, arm);
  checkWhole(action, "wording", wording, 1, declared.wordings.length);
  return fillSlots(action, declared, wording, { attributes, who: "" });
}

/**
 * Prepares the check that the slots of a persona's arm can be filled, whichever wording it reads: run before the first
 * call, so that a text that cannot be written stops no run that is half paid. Tells what the persona fills them with.
 */
export function checkSlots(
  action: string,
  treatments: Treatments,
): (arm: string, persona: unknown, readAttributes: () => KnownAttributes) => string {
  const open = new Map(treatments.arms.map((arm) => [arm.name, openSlots(arm)]));
  const fine = new Set<string>();
  return (arm, persona, readAttributes) => {
    const slots = open.get(arm)!;
    if (slots.length === 0) return "";
    const attributes = readAttributes();
    const filled = JSON.stringify(slots.map((slot) => attributes[slot] ?? null));
    const missing = slots.filter((slot) => isMissing(attributes, slot));
    if (missing.length === 0) return filled;
    const key = JSON.stringify([arm, missing]);
    if (fine.has(key)) return filled;
    const declared = findArm(treatments, arm);
    const who = ` for persona ${persona}`;
    declared.wordings.forEach((_, place) => fillSlots(action, declared, place + 1, { attributes, who }));
    fine.add(key);
    return filled;
  };
}

/** The slots that an arm leaves to the personas. */
function openSlots({ wordings, slots }: Arm): string[] {
  return [...new Set(wordings.flatMap(templateSlots))].filter((slot) => !Object.hasOwn(slots, slot));
}

function fillSlots(
  action: string,
  arm: Arm,
  wording: number,
  { attributes, who }: { readonly attributes: KnownAttributes; readonly who: string },
): string {
  const text = arm.wordings[wording - 1]!;
  const values: { [slot: string]: SlotValue } = {};
  for (const slot of templateSlots(text)) {
    if (Object.hasOwn(arm.slots, slot)) values[slot] = arm.slots[slot]!;
    else if (!isMissing(attributes, slot)) values[slot] = attributes[slot] as SlotValue;
  }
  try {
    return fillTemplate(text, values);
  } catch (error) {
    if (!(error instanceof UnfilledSlot)) throw error;
    throw new RangeError(
      `Cannot ${action} as slot '${error.slot}' of arm '${arm.name}' has no value${who}: declare it in slots, give ` +
        `the personas an attribute of that name (they have ${
          Object.keys(attributes).join(", ") || "none"
        }), or ` +
        `write {{ ${error.slot} | default: "…" }}`,
    );
  }
}

function isMissing(attributes: KnownAttributes, slot: string): boolean {
  const value = Object.hasOwn(attributes, slot) ? attributes[slot] : undefined;
  return value === undefined || value === null || value === "" || Number.isNaN(value);
}

function findArm(treatments: Treatments, name: string): Arm {
  if (!Array.isArray(treatments?.arms)) {
    throw new TypeError(
      cannot(action, "treatments", "be the result of declareTreatments({ … })", treatments),
    );
  }
  checkOneOf(action, "arm", name, treatments.arms.map((arm) => arm.name));
  return treatments.arms.find((candidate) => candidate.name === name)!;
}

function checkAttributes(action: string, argument: string, attributes: unknown): void {
  if (typeof attributes === "object" && attributes !== null && !Array.isArray(attributes)) return;
  throw new TypeError(cannot(action, argument, "be a persona's row as an object", attributes));
}
