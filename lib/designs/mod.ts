/**
 * What is compared and who gets what: designs, random assignment with exact probabilities, and balance.
 *
 * @module
 */
export * from "./assign_treatments.ts";
export * from "./check_balance.ts";
export * from "./declare_design.ts";
