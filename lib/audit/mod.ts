/**
 * Checks of one call each of how a respondent answers: does it know but one correct answer, does the place of an option
 * decide, does it say yes to everything, does it flatter, is it less diverse than people, did it notice the treatment;
 * and all of them together. Tables in, tables out: nothing here asks a model.
 *
 * @module
 */
export type { Table } from "../core/table.ts";
export type { AuditDrawOptions, AuditOptions } from "./audit_options.ts";
export * from "./audit_five_challenges.ts";
export type * from "./challenge_options.ts";
export * from "./check_acquiescence.ts";
export * from "./check_correct_answers.ts";
export * from "./check_diversity.ts";
export * from "./check_generalisation.ts";
export * from "./check_held_out_studies.ts";
export * from "./check_manipulation.ts";
export type * from "./check_options.ts";
export * from "./check_position.ts";
export * from "./check_scales.ts";
export * from "./check_subgroup_errors.ts";
export * from "./check_sycophancy.ts";
