import type { Member } from "../../core/protocol.ts";
import type { CallResult, Respondent, RespondentRequest } from "../../core/respondent.ts";
import type { ElicitedAnswer } from "../../items/elicited.ts";
import type { Question } from "../questions.ts";
import type { describeCall } from "../read_result.ts";
import type { ShownQuestions } from "../shown_questions.ts";

/** One call of a session. */
export interface SessionCall {
  /** The questions that it asks; none where somebody is to speak. */
  readonly questions: readonly Question[];
  /** What is sent. */
  readonly request: RespondentRequest;
  /** The arm of the session. */
  readonly arm: string;
  /** Whether the session has not read it yet. */
  readonly isBeforeArm: boolean;
  /** The step that makes it. */
  readonly step: string;
  /** The round. */
  readonly round: number;
  /** Who is asked; `null` for nobody in particular. */
  readonly member: Member | null;
  /** Who answers in the respondent's place; `null` where it does. */
  readonly respondent: Respondent | null;
  /** Reads what came. */
  readonly read: (result: CallResult | undefined, notAsked?: string) => readonly ElicitedAnswer[];
}

/** What the table tells of a call. */
export type CallColumns = ReturnType<typeof describeCall>;

/** A call that ended, read. */
export interface EndedSessionCall {
  readonly result: CallResult;
  readonly answers: readonly ElicitedAnswer[];
  readonly columns: CallColumns;
}

/** Gives calls that may be made at once, takes what became of them, and so on to the session's end. */
export type Walk<Result = void> = Generator<readonly SessionCall[], Result, readonly EndedSessionCall[]>;

/** What a session leaves: the answers to questions that were asked together, a line, a pay-off. */
export interface SessionEntry {
  readonly kind: "answer" | "line" | "probe" | "default" | "payoff";
  /** The rows of the assigned table that it belongs to: one, in a conjoint one for each profile; none of nobody. */
  readonly rows: readonly (number | null)[];
  readonly member: Member | null;
  readonly step: string;
  readonly round: number;
  /** How many lines the member has said. */
  readonly turn: number;
  /** Which of several of the same probe. */
  readonly replicate?: number;
  readonly line: number | null;
  readonly heardBy: readonly string[];
  readonly part: number | null;
  readonly player: number | null;
  /** The questions; `null` where there are none. */
  readonly shown: ShownQuestions | null;
  readonly answers: readonly ElicitedAnswer[];
  /** What the table tells of its calls: of one for all questions (`isTogether`), or of one for each. */
  readonly calls: readonly CallColumns[];
  readonly isTogether: boolean;
  /** Of probes: what the persona's text states. */
  readonly stated?: { readonly [item: string]: unknown };
  readonly personaText?: string;
}
