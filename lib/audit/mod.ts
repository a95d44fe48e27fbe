/**
 * Checks of one call each of how a respondent answers: does it know but one correct answer, does the place of an option
 * decide, does it say yes to everything, does it flatter, is it less diverse than people, did it notice the treatment;
 * and all of them together. Tables in, tables out: nothing here asks a model.
 *
 * @module
 */
export type { Table } from "../core/table.ts";
export { checkAcquiescence, type CheckAcquiescenceOptions, type OppositePair } from "./acquiescence.ts";
export type { AuditDrawOptions, AuditItemOptions, AuditOptions, AuditTables } from "./check_table.ts";
export { checkCorrectAnswers, type CheckCorrectAnswersOptions } from "./correct_answers.ts";
export { checkDiversity, type CheckDiversityOptions } from "./diversity.ts";
export { auditFiveChallenges, type AuditFiveChallengesOptions } from "./five_challenges.ts";
export type { CheckGeneralisationOptions, GeneralisationStimuli, PublishedEffect } from "./generalisation.ts";
export { checkGeneralisation } from "./generalisation.ts";
export { checkHeldOutStudies, type CheckHeldOutStudiesOptions } from "./held_out_studies.ts";
export { estimateAgreement, type EstimateAgreementOptions } from "./judge_agreement.ts";
export { checkManipulation, type CheckManipulationOptions } from "./manipulation.ts";
export { checkPosition, type CheckPositionOptions } from "./position.ts";
export { checkScales, type CheckScalesOptions, type ScaleItems } from "./scales.ts";
export { scoreLines, type ScoreLinesOptions } from "./score_lines.ts";
export { checkSubgroupErrors, type CheckSubgroupErrorsOptions } from "./subgroup_errors.ts";
export { checkSycophancy, type CheckSycophancyOptions, type SycophancyQuestions } from "./sycophancy.ts";
