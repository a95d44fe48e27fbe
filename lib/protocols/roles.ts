import { checkText, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { callback, readOptions, rule } from "../core/options.ts";
import type { Member, ModelRole, ScriptRole, SessionView, StepText } from "../core/protocol.ts";
import { checkTemplate } from "../treatments/declare_treatments.ts";

/** Checks that a value is a text of a protocol: a template, a function or the treatment's. */
export function checkStepText(action: string, argument: string, text: unknown): void {
  if (typeof text === "function" || Object.hasOwn(Object(text), "treatment")) return;
  if (typeof text === "string") return checkTemplate(action, argument, text);
  throw new TypeError(cannot(action, argument, "be a text, a function of s, or treatment()", text));
}

/**
 * A role that a model plays without a persona: a facilitator, a judge, an interviewer.
 *
 * @param text its system message: a text, a pure function, or `treatment()`
 * @param options `respondent`: who answers for it, where that is not the respondent of the run
 * @returns the role
 */
export function model(text: StepText, options: Partial<Pick<ModelRole, "respondent">> = {}): ModelRole {
  const action = "declare a model's role";
  const respondent = rule<ModelRole["respondent"], null>((_, name, value) => {
    if (value === null || typeof Object(value).respond === "function") return;
    throw new TypeError(cannot(action, name, "be a respondent", value));
  }, null);
  checkStepText(action, "text", text);
  return Object.freeze({ kind: "model", text, ...readOptions(action, options, { respondent }) });
}

/**
 * A role that a pure function plays, without calls: what it says, or chooses in a game.
 *
 * @param script a function of `s` to a text, or {@linkcode lines}
 * @returns the role
 */
export function script(script: (s: SessionView) => string): ScriptRole {
  callback().check("declare a script's role", "script", script);
  return Object.freeze({ kind: "script", script });
}

/**
 * A script of lines, one after the other: an interviewer's questions.
 *
 * @param texts the lines
 * @returns a function for {@linkcode script}: the line after those that the member has said; where none is left it throws,
 * which is found before any call
 */
export function lines(texts: readonly string[]): (s: SessionView) => string {
  const action = "say the next line";
  if (!Array.isArray(texts)) throw new TypeError(cannot(action, "texts", "be a list of lines", texts));
  for (const text of texts) checkText(action, "texts", text);
  return (s) => {
    const said = s.lines.filter(({ from }) => from.member === s.me.member).length;
    if (said < texts.length) return texts[said]!;
    throw new RangeError(cannot(action, "texts", "have a line for each turn", `${said} lines, all said`));
  };
}

/**
 * Whoever has one of these places among the members of a session: for `to` and `by`.
 *
 * @param seats the places, from 1, as in the column `seat` of `assignGroups`
 * @returns a function of a member
 */
export function seat(...seats: readonly number[]): (member: Member) => boolean {
  for (const place of seats) checkWhole("name a seat", "seats", place, 1);
  return toldAs(`seat ${seats.join(" or ")}`, (member: Member) => seats.includes(member.seat));
}

/** A function that is told by a name where a protocol is shown: its own text would not say what it was made of. */
export function toldAs<T extends object>(name: string, f: T): T {
  return Object.defineProperty(f, "name", { value: name });
}
