/**
 * Treatments: named arms whose texts are templates with strict slots.
 *
 * @module
 */
export * from "./compose_treatment.ts";
export {
  type ArmDeclaration,
  declareTreatments,
  type DeclareTreatmentsOptions,
} from "./declare_treatments.ts";
export * from "./unblind_treatments.ts";
