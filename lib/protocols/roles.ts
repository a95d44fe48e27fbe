import { checkText, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { callback, readOptions, rule, type RulesFor } from "../core/options.ts";
import type {
  Member,
  ModelRole,
  ScriptRole,
  SessionView,
  StepText,
  TreatmentText,
} from "../core/protocol.ts";
import type { Respondent } from "../core/respondent.ts";
import { checkTemplate } from "../treatments/declare_treatments.ts";

/** Functions of this folder that read no arm: a protocol needs to show its treatment all the same. */
const armless = new WeakSet<object>();

/** Marks a function that reads no arm. */
export function readsNoArm<T extends object>(f: T): T {
  armless.add(f);
  return f;
}

/** Whether a value is a function that may read the arm. */
export function mayReadArm(value: unknown): boolean {
  return typeof value === "function" && !armless.has(value);
}

/** Whether a text is the treatment's. */
export function isTreatment(text: unknown): text is TreatmentText {
  return typeof text === "object" && text !== null && Object.hasOwn(text, "treatment");
}

/** Checks that a value is a text of a protocol: a template, a function or the treatment's. */
export function checkStepText(action: string, argument: string, text: unknown): void {
  if (typeof text === "function" || isTreatment(text)) return;
  if (typeof text === "string") return checkTemplate(action, argument, text);
  throw new TypeError(cannot(action, argument, "be a text, a function of s, or treatment()", text));
}

/** Options of {@linkcode model}. */
export interface ModelOfRoleOptions {
  /**
   * Who answers for the role; `null` for the respondent of the run.
   * @default null
   */
  readonly respondent?: Respondent | null;
}

const rules = {
  respondent: rule<Respondent | null, null>((action, name, value) => {
    if (value === null || typeof (value as Respondent).respond === "function") return;
    throw new TypeError(cannot(action, name, "be a respondent", value));
  }, null),
} as const satisfies RulesFor<ModelOfRoleOptions>;

/**
 * A role that a model plays without a persona: a facilitator, a judge, an interviewer.
 *
 * @param text its system message: a text, a pure function, or `treatment()`
 * @param options see {@linkcode ModelOfRoleOptions}
 * @returns the role, for `declareProtocol({ roles })`
 * @throws {TypeError} if there is no text, or the respondent is none
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { model } from "@understudy/understudy/protocols";
 *
 * assertEquals(model("You chair the discussion.").kind, "model");
 * ```
 */
export function model(text: StepText, options: ModelOfRoleOptions = {}): ModelRole {
  const { respondent } = readOptions("declare a model's role", options, rules);
  checkStepText("declare a model's role", "text", text);
  return Object.freeze({ kind: "model", text, respondent });
}

/**
 * A role that a pure function plays, without calls: what it says, or chooses in a game.
 *
 * @param script a function of `s` to a text, or {@linkcode lines}
 * @returns the role, for `declareProtocol({ roles })`
 * @throws {TypeError} if it is no function
 * @example A rival in rock-paper-scissors that repeats itself
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { script } from "@understudy/understudy/protocols";
 *
 * const rival = script((s) => ["paper", "rock", "scissors"][(s.round - 1) % 3]!);
 * assertEquals(rival.kind, "script");
 * ```
 */
export function script(script: (s: SessionView) => string): ScriptRole {
  callback().check("declare a script's role", "script", script);
  return Object.freeze({ kind: "script", script });
}

/**
 * A script of lines, one after the other: an interviewer's questions.
 *
 * @param texts the lines
 * @returns a function for {@linkcode script}: the line after those that the member has said. Where none is left it
 * throws, which `planExperiment` finds before any call
 * @throws {TypeError} if a line is empty
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { lines, script } from "@understudy/understudy/protocols";
 *
 * assertEquals(script(lines(["How are you?", "Tell me more."])).kind, "script");
 * ```
 */
export function lines(texts: readonly string[]): (s: SessionView) => string {
  const action = "say the next line";
  if (!Array.isArray(texts) || texts.length === 0) {
    throw new TypeError(cannot(action, "texts", "be a list of lines", texts));
  }
  for (const text of texts) checkText(action, "texts", text);
  return readsNoArm((s: SessionView): string => {
    const said = s.lines.filter(({ from }) => from.member === s.me.member).length;
    if (said < texts.length) return texts[said]!;
    throw new RangeError(cannot(action, "texts", "have a line for each turn", `${said} lines, all said`));
  });
}

/**
 * Whoever has one of these places among the members of a session, from 1: for `to` and `by`.
 *
 * @param seats the places, as in the column `seat` of `assignGroups`
 * @returns a function of a member
 * @throws {RangeError} if a place is no whole number from 1
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { say, seat } from "@understudy/understudy/protocols";
 *
 * assertEquals(say({ by: seat(1, 2), text: "Good morning." }).kind, "say");
 * ```
 */
export function seat(...seats: readonly number[]): (member: Member) => boolean {
  if (seats.length === 0) throw new RangeError(cannot("name a seat", "seats", "be given", seats));
  for (const place of seats) checkWhole("name a seat", "seats", place, 1);
  return readsNoArm((member: Member): boolean => seats.includes(member.seat));
}
