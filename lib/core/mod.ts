/**
 * Types, table contracts, errors, checks, keyed random streams and hashes: what every other part stands on.
 *
 * @module
 */
export { canonicalHash, canonicalJson, type Json } from "./hash.ts";
export * from "./checks.ts";
export * from "./columns.ts";
export * from "./distribution.ts";
export * from "./covariates.ts";
export * from "./format.ts";
export * from "./errors.ts";
export * from "./experiment.ts";
export * from "./item.ts";
export * from "./study.ts";
export * from "./units.ts";
export * from "./table.ts";
export type {
  ArmOptions,
  AssignmentOptions,
  BasisOptions,
  ComparisonOptions,
  DegreesOptions,
  DrawOptions,
  EffectOptions,
  ElicitedOptions,
  IntervalOptions,
  MeasureOptions,
  OutcomeOptions,
  WeightOptions,
} from "./options.ts";
export * from "./rows.ts";
export * from "./phrases.ts";
export * from "./pooled_answers.ts";
export * from "./profile_table.ts";
export * from "./protocol.ts";
export * from "./render_table.ts";
export * from "./respondent.ts";
export * from "./stream.ts";
export * from "./table.ts";
export * from "./table_files.ts";
export * from "./thought.ts";
export type { ColumnType } from "./delimited.ts";
export * from "./version.ts";
export { View } from "./view.ts";
export * from "./visible_text.ts";
export * from "./wide_answers.ts";
