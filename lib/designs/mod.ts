/**
 * What is compared and who gets what: designs, random assignment with exact probabilities, and balance.
 *
 * @module
 */
export type { Conjoint, DeclaredFeature, DeclaredRestriction, Level } from "../core/experiment.ts";
export { assignTreatments, type AssignTreatmentsOptions } from "./assign_treatments.ts";
export type { BalanceDenominator } from "./balance_statistics.ts";
export * from "./check_balance.ts";
export type { ArmNumbers, DeclareAssignmentOptions } from "./assignment_strata.ts";
export { type Assignment, declareAssignment } from "./declare_assignment.ts";
export * from "./declare_conjoint.ts";
export * from "./declare_design.ts";
export * from "./declare_factorial.ts";
export type { FeatureDeclaration, Restriction } from "./features.ts";
export * from "./plan_power.ts";
export type { PowerNumber, PowerScenario, PowerTest, Several } from "./power_scenario.ts";
