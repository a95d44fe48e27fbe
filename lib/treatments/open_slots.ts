import type { Treatments } from "../core/mod.ts";
import { templateSlots } from "./template.ts";

/**
 * Lists the slots that the declaration leaves open, so that personas must bring them as attributes.
 *
 * @param treatments from `declareTreatments`
 * @returns slot names, each once
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { declareTreatments, openSlots } from "@understudy/understudy/treatments";
 *
 * assertEquals(openSlots(declareTreatments({ control: "Hello.", named: "Hello, {{ first_name }}." })), ["first_name"]);
 * ```
 */
export function openSlots(treatments: Treatments): string[] {
  const slots = treatments.arms.flatMap((arm) =>
    arm.wordings.flatMap(templateSlots).filter((slot) => !Object.hasOwn(arm.slots, slot))
  );
  return [...new Set(slots)];
}
