import { type Arm, cannot, checkOptions, checkWhole, type SlotValue, type Treatments } from "../core/mod.ts";
import { fillTemplate, templateSlots } from "./template.ts";

/** Options of {@linkcode composeTreatment}. */
export interface ComposeTreatmentOptions {
  /**
   * Which wording of the arm, from 1.
   * @default {1}
   */
  wording?: number;
  /**
   * Attributes of the persona, for slots that the declaration leaves open.
   * @default {{}}
   */
  attributes?: { readonly [attribute: string]: unknown };
}

const action = "compose a treatment";

/**
 * Fills an arm's text for one subject.
 *
 * @param treatments from `declareTreatments`
 * @param arm the arm's name
 * @param options which wording, and the persona's attributes
 * @returns the text
 * @throws {RangeError} if the arm or the wording does not exist, or a slot has no value; the slot is named
 * @example A slot that is a persona attribute
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { composeTreatment, declareTreatments } from "@understudy/understudy/treatments";
 *
 * const treatments = declareTreatments({ control: "Hello.", named: "Hello, {{ first_name }}." });
 * assertEquals(composeTreatment(treatments, "named", { attributes: { first_name: "Ada" } }), "Hello, Ada.");
 * ```
 */
export function composeTreatment(
  treatments: Treatments,
  arm: string,
  options: ComposeTreatmentOptions = {},
): string {
  checkOptions(action, options, ["wording", "attributes"]);
  const { wording = 1, attributes = {} } = options;
  const declared = findArm(treatments, arm);
  checkWhole(action, "wording", wording, 1, declared.wordings.length);
  const text = declared.wordings[wording - 1]!;
  const values: { [slot: string]: SlotValue } = {};
  for (const slot of templateSlots(text)) {
    const value = Object.hasOwn(declared.slots, slot) ? declared.slots[slot] : attributes[slot];
    if (value === undefined || value === null || value === "" || Number.isNaN(value)) {
      throw new RangeError(
        `Cannot ${action} as slot '${slot}' of arm '${arm}' has no value: declare it in slots or give the personas ` +
          `an attribute of that name (they have ${Object.keys(attributes).join(", ") || "none"})`,
      );
    }
    values[slot] = value as SlotValue;
  }
  return fillTemplate(text, values);
}

/** The arm of a name. */
function findArm(treatments: Treatments, name: string): Arm {
  const arm = treatments.arms.find((candidate) => candidate.name === name);
  if (!arm) {
    throw new RangeError(
      cannot(action, "arm", `be one of ${treatments.arms.map((a) => a.name).join(", ")}`, name),
    );
  }
  return arm;
}
