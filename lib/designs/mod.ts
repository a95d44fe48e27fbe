/**
 * What is compared and who gets what: designs, random assignment with exact probabilities, and balance.
 *
 * @module
 */
export * from "./assign_treatments.ts";
export * from "./check_balance.ts";
export * from "./declare_assignment.ts";
export * from "./declare_assignment_options.ts";
export * from "./declare_conjoint.ts";
export * from "./declare_design.ts";
export * from "./declare_factorial.ts";
export * from "./factor_columns.ts";
export * from "./plan_minimum_effect.ts";
export * from "./plan_power.ts";
export * from "./plan_sample_size.ts";
export type { PowerNumber, PowerScenario, PowerTest, Several } from "./power_scenario.ts";
export * from "./profile_probabilities.ts";
export {
  type RerandomizationRule,
  rerandomize,
  type RerandomizedAssignment,
  type RerandomizeOptions,
} from "./rerandomize.ts";
export * from "./sample_profiles.ts";
