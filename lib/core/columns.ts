/**
 * The table contracts: each table's columns and what they mean. Columns are snake_case because they are data and travel to
 * R, Python and CSV.
 */

/** Whether a question got a usable answer, and if not, why not. */
export const answerStatuses = ["answered", "refused", "unparsed", "truncated", "empty", "failed"] as const;

/** One of {@linkcode answerStatuses}. */
export type AnswerStatus = typeof answerStatuses[number];

/**
 * Which kind of refusal (by the provider's `filter`, in the refusal `field`, in `words`), of cut (in `thought` or in the
 * `answer`), of empty reply (`thought` alone) or of failure (`context`: too long for the model; `filter`; `rejected`;
 * `endpoint`; `stopped`: not asked; `cut`: asked, and stopped before the reply came) it was; `retracted`: an unparsed reply
 * that takes its own answer back; `role`: a line out of role, said for others too or in
 * the form of an answer.
 */
export const statusDetails = [
  "",
  "filter",
  "field",
  "words",
  "thought",
  "answer",
  "context",
  "rejected",
  "endpoint",
  "stopped",
  "cut",
  "retracted",
  "role",
] as const;

/** One of {@linkcode statusDetails}. */
export type StatusDetail = typeof statusDetails[number];

/** What an estimate rests on: model answers alone, model answers corrected by people's, or people's. */
export const bases = ["synthetic", "calibrated", "human"] as const;

/** One of {@linkcode bases}. */
export type Basis = typeof bases[number];

/**
 * What a diagnosis says: `found` (what was looked for is there), `not found` (no evidence of it, which is no evidence of its
 * absence), `within margin` (shown to be smaller than a stated margin), `cannot tell` (no data, no variance, no power).
 */
export type Verdict = "found" | "not found" | "within margin" | "cannot tell";

/** The reason of an answer that was not asked for because the run was stopped, or its beginning: why may follow. */
export const notAskedReason = "not asked: the run was stopped";

/** The reason of an answer that was asked for and did not arrive before a stopped run ended. */
export const cutReason = "cut: the run was stopped before the reply came";

/** Personas: one row per persona, plus one column per attribute. */
export const personaColumns = {
  persona_id: "the persona, unique",
  weight: "sampling weight; 1 where every persona counts the same",
} as const;

/** Assigned: personas' columns and these; one row per persona, or per persona and arm within subjects. */
export const assignedColumns = {
  arm: "the treatment arm",
  arm_order: "within subjects: the place of this arm in the persona's order, from 1",
  arm_probability: "probability with which the persona was assigned to this arm",
  reference_arm: "the arm that the others are compared with",
  block: "the block within which arms were assigned",
  cluster: "the cluster that was assigned as one",
} as const;

/** Assigned profiles of a conjoint: assigned's columns, these, and one column per feature; one row per profile. */
export const profileColumns = {
  task: "the task, from 1",
  profile: "the place of the profile in its task, from 1",
} as const;

/** Plan: one row per call to a respondent. */
export const planColumns = {
  trial_id: "the call, unique",
  persona_id: "the persona that is asked",
  arm: "the treatment arm",
  replicate: "which of several replies of this persona in this arm, from 1",
  wording: "which wording of the treatment, from 1",
  seed: "sampling seed sent to the endpoint",
  item_order: "item names in the order shown",
  option_orders: "for each item with options, the options in the order shown",
} as const;

/** Plan of a conjoint: these columns besides; answers have `feature_order` too. */
export const taskColumns = {
  task: "the task that is shown, from 1",
  feature_order: "the features in the order shown",
} as const;

/** Answers: assigned's columns and these; one row per persona, arm, replicate and item. */
export const answerColumns = {
  trial_id: "the call that gave this answer",
  replicate: "which of several replies of this persona in this arm, from 1",
  wording: "which wording of the treatment, from 1",
  turn: "turn of the conversation, from 1; above 1 where questions are asked in turn",
  item: "the question",
  item_kind: "its kind: likert, choice, ranking, …",
  value: "the parsed answer; null where there is none",
  status: "answered, refused, unparsed, truncated, empty or failed",
  status_detail: "which kind of refusal, cut or failure it was",
  reason: "why there is no value; empty where there is one",
  raw: "the answer as it came",
  thought: "what the model thought before it answered, where it tells; never read as an answer",
  distribution:
    "where an answer is probabilities: for each answer, as a text, its probability; they sum to 1",
  option_mass: "how much probability the options had in all, before they were made to sum to 1",
  attempt: "how often the question was asked until this answer, from 1",
  item_position: "the place at which the question was shown, from 1",
  option_order: "the options in the order shown",
  model: "the model that answered",
  prompt_tokens: "tokens of the prompt, for the whole call",
  completion_tokens: "tokens of the reply, for the whole call",
  latency_ms: "time to the reply in milliseconds, for the whole call",
  cached: "whether the reply came from the store",
  request_key: "key of the stored reply",
  prompt_key:
    "key of the messages that were sent: the same texts have the same key; empty where no reply came",
} as const;

/** Answers of a design with a protocol: answers' columns and these; one row per answer, line or pay-off. */
export const sessionColumns = {
  session: "the session: a persona, or a group that may ever hear each other",
  member: "who answered or spoke: a persona, or a role that nobody is assigned to",
  role: "its role",
  kind:
    "answer, line, probe (an answer on a branch that nobody remembers), default (the same without a persona) or payoff",
  step: "the step of the protocol",
  round: "the round, counted through; 0 outside rounds",
  line: "the number of the line in its session; of a judgement the line that was judged",
  heard_by: "who heard it",
  part: "in a game, which of those who play at once; from 1",
  player: "in a game, the place among those who play together; from 1",
  stated: "of a probe, what the persona's text states of it",
  range: "of a probe, the length of its scale",
  persona_text: "of a probe, the text by which the persona was described",
} as const;

/** Groups: personas' columns and these, from `assignGroups`. */
export const memberColumns = {
  session: "the group",
  role: "the persona's role in it",
  seat: "its place in it, from 1",
} as const;

/** Estimates: one row per estimated quantity. */
export const estimateColumns = {
  outcome: "the outcome",
  arm: "the arm that is compared; empty where none is",
  reference: "what it is compared with",
  estimator: "how it was estimated",
  estimate: "the estimate, in units of the outcome",
  std_error: "its standard error",
  statistic: "estimate / std_error",
  df: "degrees of freedom of the reference distribution",
  p_value: "two-sided p-value of a zero effect",
  conf_low: "lower end of the confidence interval",
  conf_high: "upper end of the confidence interval",
  conf_level: "its confidence level",
  n: "units used",
  basis: "synthetic, calibrated or human",
  notes: "what the reader must know: rows left out, choices made",
  reason: "why a value is NaN; empty where none is",
} as const;

/** What tables of estimates may have besides. */
export const furtherEstimateColumns = {
  label: "which of several tables the row is from",
  configuration: "the configuration of the multiverse",
  term: "the coefficient of the model",
  design: "how the assignment was taken into account",
  lambda: "the weight of the model's predictions, from 0",
  correlation: "correlation of predictions and people's answers",
  n_human: "people who answered",
  n_synthetic: "personas for whom no person answered",
  n_effective: "so many people alone would be as precise",
} as const;

/** Diagnoses: one row per checked quantity, beside columns that say what was compared. */
export const diagnosisColumns = {
  statistic: "the observed statistic",
  null_mean: "mean of the statistic if nothing differed",
  null_high: "95% point of the statistic if nothing differed",
  p_value: "p-value of the check",
  p_adjusted: "p-value adjusted for the number of checks",
  conf_low: "lower end of the confidence interval",
  conf_high: "upper end of the confidence interval",
  verdict: "found, not found, within margin or cannot tell",
  notes: "what the reader must know: rows left out, choices made",
  reason: "why a value is NaN, or why nothing can be told; empty where there is no such thing",
} as const;

/** What a probe found of an endpoint: one row per check. */
export const probeColumns = {
  what: "what was looked at",
  found: "what the endpoint does",
  chosen: "what the respondent now does",
  detail: "what it was seen by, and why the respondent does otherwise",
  option: "the option of openAiRespondent that overrides it",
} as const;

/** Drift: one row per control, arm and measure. */
export const driftColumns = {
  control: "the negative control",
  arm: "the arm that is compared",
  reference: "what it is compared with",
  measure: "the distance of the two arms' answers",
  statistic: "the observed distance",
  null_mean: "its mean if nobody drifted",
  null_high: "its 95% point if nobody drifted",
  excess: "statistic less null_mean",
  p_value: "p-value of no drift",
  p_adjusted: "p-value adjusted for the number of tests",
  p_joint: "p-value of all controls together; NaN of missing answers",
  conf_low: "lower end of the confidence interval of the true distance",
  conf_high: "upper end of the confidence interval of the true distance",
  margin: "the largest drift that would not matter",
  p_equivalence: "p-value of the claim that drift is below the margin",
  n: "units whose answers count",
  verdict: "found, not found, within margin or cannot tell",
  notes: "what the reader must know: the null, rows left out",
  reason: "why a value is NaN, or why nothing can be told; empty where there is no such thing",
} as const;

/** Configurations of a multiverse: one row per configuration; each further column is a choice, such as `model`. */
export const configurationColumns = {
  configuration: "the configuration's name, unique; of the base and of what differs from it",
  is_base: "whether it is the base configuration, the first alternative of every choice",
  calls: "calls that are planned",
} as const;
