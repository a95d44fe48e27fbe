/**
 * Understudy: synthetic experiments, in which language models stand in for human subjects, from the population to a
 * report. Who → what → who gets what → ask → effect → drift → repair → record: each step is one verb, takes the
 * table of the step before, and returns a table.
 *
 * The verbs, and the types that they take and return. What they are made of (checks, streams, hashes, distributions)
 * is in the subpaths, such as `@understudy/understudy/core` and `@understudy/understudy/stats`.
 *
 * @module
 */
export {
  type AnswerStatus,
  type Arm,
  type Basis,
  type Call,
  type CallResult,
  type ChatMessage,
  columnOf,
  type Columns,
  type Design,
  type Item,
  loadTable,
  type LoadTableOptions,
  type Plan,
  renderTable,
  type RenderTableOptions,
  ReplayMissError,
  type Respondent,
  RespondentError,
  type RespondentIdentity,
  type RespondentReply,
  type RespondentRequest,
  type Store,
  type StoredReply,
  type Table,
  type TableFormat,
  tableOf,
  toolkitVersion,
  type Treatments,
  type Verdict,
  wideAnswers,
  type WideAnswersOptions,
  writeTable,
  type WriteTableOptions,
} from "./lib/core/mod.ts";
export * from "./lib/audit/mod.ts";
export * from "./lib/designs/mod.ts";
export * from "./lib/diagnosis/mod.ts";
export * from "./lib/drift/mod.ts";
export * from "./lib/estimation/mod.ts";
export {
  allocation,
  type AllocationOptions,
  choice,
  type ChoiceOptions,
  likert,
  type LikertOptions,
  multipleChoice,
  type MultipleChoiceOptions,
  number,
  type NumberOptions,
  ranking,
  type RankingOptions,
  text,
  yesNo,
  type YesNoOptions,
} from "./lib/items/mod.ts";
export * from "./lib/personas/mod.ts";
export * from "./lib/plots/mod.ts";
export * from "./lib/prompts/mod.ts";
export * from "./lib/report/mod.ts";
export * from "./lib/respondents/mod.ts";
export * from "./lib/runner/mod.ts";
export * from "./lib/store/mod.ts";
export * from "./lib/treatments/mod.ts";
export * from "./lib/worlds/mod.ts";
