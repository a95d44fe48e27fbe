/**
 * Reports: where answers come from, and one self-contained page of texts, tables and figures.
 *
 * @module
 */
export type {
  Arm,
  Design,
  Item,
  Json,
  OptionOrder,
  Plan,
  PromptStyle,
  RespondentIdentity,
  SlotValue,
  Table,
  Treatments,
  View,
} from "../core/mod.ts";
export * from "./advise_study.ts";
export * from "./count_adaptations.ts";
export * from "./describe_answers.ts";
export * from "./describe_columns.ts";
export * from "./describe_provenance.ts";
export * from "./describe_session.ts";
export type { AuthorAnswers } from "./checklist_form.ts";
export type { Specifications } from "../estimation/specifications.ts";
export type { StudyRecord } from "./study_record.ts";
export * from "./write_checklist.ts";
export * from "./write_report.ts";
