import { checkOneOf, checkText, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Item } from "../core/item.ts";
import { callback, flag, oneOf, readOptions, type Rule, rule, whole } from "../core/options.ts";
import type { AskStep, Condition, Game, Hearing, Members } from "../core/protocol.ts";
import type { PlayStep, ProbeStep, RoundsStep, SayStep, SpeakingOrder } from "../core/protocol.ts";
import type { Step, StepText, TellStep, TreatmentText } from "../core/protocol.ts";
import { checkItems } from "../designs/asked_items.ts";
import { checkStepText } from "./roles.ts";
import { inOrder } from "./speaking_orders.ts";

/** Options of a step: its parts but those that are arguments of their own; the types of steps say the defaults. */
export type StepOptions<S extends Step, Argument extends keyof S = never> = Partial<
  Omit<S, "kind" | Argument>
>;

function orNull<Value>(check: Rule<Value>["check"]): Rule<Value | null, null> {
  return rule<Value | null, null>(
    (action, name, value) => value === null || check(action, name, value),
    null,
  );
}

const hears = orNull<Hearing>(callback().check);
const text = orNull<StepText>(checkStepText);
const members = orNull<Members>((action, argument, value) => {
  const roles: unknown[] = typeof value === "function" ? ["chosen"] : [value].flat();
  if (roles.length > 0 && roles.every((role) => typeof role === "string")) return;
  throw new TypeError(cannot(action, argument, "name a role, or roles, or be a function", value));
});
const condition = orNull<Condition>(callback().check);
// A step without a name gets one from declareProtocol.
const always = { name: rule<string, "">(checkText, ""), when: condition } as const;

/**
 * The treatment's text, for steps and roles: of the arm, or of one factor's level.
 *
 * @param factor the factor; left out, the whole text of the arm
 * @returns a text
 */
export function treatment(factor?: string): TreatmentText {
  if (factor !== undefined) checkText("read the treatment", "factor", factor);
  return Object.freeze({ treatment: factor ?? null });
}

/**
 * Tells members something: they remember it, and no call is made.
 *
 * @param text with slots for attributes of whom it is for; a pure function of the session; or `treatment()`
 * @param options parts of a {@linkcode TellStep}
 * @returns the step
 */
export function tell(text: StepText, options: StepOptions<TellStep, "text" | "hears"> = {}): TellStep {
  const read = readOptions("tell", options, { ...always, to: members });
  checkStepText("tell", "text", text);
  return Object.freeze({ kind: "tell", text, hears: null, ...read });
}

/**
 * Asks members questions; they remember what they answered, and others hear it where `heard` says so. With `each`
 * "line" they judge, on branches, what personas said: without `to` all personas judge what they heard, so one another. Of
 * a judgement `persona_id` is who spoke, `member` who judged.
 *
 * @param items the questions, from `likert`, `choice` and the others
 * @param options parts of an {@linkcode AskStep}
 * @returns the step
 * @throws {RangeError} if judgements are to be heard, or there is `before` without `each`
 */
export function ask(items: readonly Item[], options: StepOptions<AskStep, "items"> = {}): AskStep {
  const read = readOptions("ask", options, {
    ...always,
    to: members,
    hears,
    as: orNull(oneOf(["together", "in turn", "apart"], undefined).check),
    heard: oneOf(["none", "after", "at once"], "none"),
    each: orNull(oneOf(["line"], undefined).check),
    before: whole(0, 0),
  });
  checkItems("ask", "items", items);
  if (read.each === null) leaveOut("ask", 'where `each` is not "line"', { before: read.before > 0 });
  else {leaveOut("ask", "where lines are judged", {
      heard: read.heard !== "none",
      hears: read.hears !== null,
    });}
  return Object.freeze({ kind: "ask", items: Object.freeze([...items]), ...read });
}

/**
 * Asks questions on a branch that nobody remembers, so that asking changes nothing.
 *
 * @param items the questions; one named like a stated attribute asks that attribute back
 * @param options parts of a {@linkcode ProbeStep}
 * @returns the step
 * @throws {RangeError} if there is `to` or `when` without a persona, or `asksBack` names no question
 * @see Li et al. 2024, Measuring and Controlling Instruction (In)Stability in Language Model Dialogs, arXiv 2402.10962
 */
export function probe(
  items: readonly Item[],
  options: StepOptions<ProbeStep, "items" | "hears"> = {},
): ProbeStep {
  const read = readOptions("probe", options, {
    ...always,
    to: members,
    persona: flag(true),
    times: whole(1),
    asksBack: rule<ProbeStep["asksBack"], ProbeStep["asksBack"]>(checkAskedBack, {}),
  });
  checkItems("probe", "items", items);
  const given = { to: read.to !== null, when: read.when !== null };
  if (!read.persona) leaveOut("probe", "where no persona is asked", given);
  const names = items.map(({ name }) => name);
  for (const name of Object.keys(read.asksBack)) checkOneOf("probe", "asksBack", name, names);
  return Object.freeze({ kind: "probe", items: Object.freeze([...items]), hears: null, ...read });
}

/**
 * Has members speak, each line heard by those who hear the speaker.
 *
 * @param options parts of a {@linkcode SayStep}: who, in what order, how often; what is said, or what the speaker sees
 * @returns the step
 * @throws {RangeError} if there are `prompt`, `silence` or `desire` beside a `text`, which is spoken as written
 */
export function say(options: StepOptions<SayStep> = {}): SayStep {
  const read = readOptions("say", options, {
    ...always,
    by: members,
    hears,
    text,
    prompt: text,
    order: rule<SayStep["order"], SayStep["order"]>(checkOrder, inOrder()),
    turns: orNull<number>(whole(1).check),
    silence: flag(false),
  });
  const { order, silence } = read;
  const given = { prompt: read.prompt !== null, silence, order: order !== "at once" && order.asks };
  if (read.text !== null) leaveOut("say", "where there is a 'text'", given);
  return Object.freeze({ kind: "say", ...read });
}

/**
 * Has members who are connected by who hears whom play a game: private choices, then pay-offs by arithmetic. Who would
 * choose in a later stage of a game that ended before (nothing is sent, a choice is missing) has no row of it.
 *
 * @param game `publicGoods()` or another
 * @param options parts of a {@linkcode PlayStep}
 * @returns the step
 */
export function play(game: Game, options: StepOptions<PlayStep, "game"> = {}): PlayStep {
  const read = readOptions("play", options, { ...always, to: members, hears, told: flag(true) });
  checkGame("play", game);
  return Object.freeze({ kind: "play", game, ...read });
}

export function checkGame(action: string, game: Game): void {
  if (Array.isArray(game?.items) && typeof game.payoffs === "function") return;
  throw new TypeError(cannot(action, "game", "be a game, for example publicGoods({ … })", game));
}

/**
 * Repeats steps; rounds nest.
 *
 * @param rounds how many, at most
 * @param steps what each consists of
 * @param options parts of a {@linkcode RoundsStep}
 * @returns the step
 */
export function rounds(
  rounds: number,
  steps: readonly Step[],
  options: StepOptions<RoundsStep, "rounds" | "steps" | "hears"> = {},
): RoundsStep {
  const read = readOptions("repeat steps", options, { ...always, until: condition });
  checkWhole("repeat steps", "rounds", rounds, 1);
  checkSteps("repeat steps", steps);
  return Object.freeze({ kind: "rounds", rounds, steps: Object.freeze([...steps]), hears: null, ...read });
}

const kinds: readonly unknown[] = ["tell", "ask", "probe", "say", "play", "rounds"] satisfies Step["kind"][];

export function checkSteps(action: string, steps: unknown): void {
  if (Array.isArray(steps) && steps.length > 0 && steps.every((step) => kinds.includes(step?.kind))) return;
  const rule = `be a list of at least one step, made by ${kinds.join("(), ")}()`;
  throw new TypeError(cannot(action, "steps", rule, steps));
}

function leaveOut(action: string, where: string, given: { readonly [argument: string]: boolean }): void {
  const argument = Object.keys(given).find((name) => given[name]);
  if (argument === undefined) return;
  throw new RangeError(`Cannot ${action} as '${argument}' must be left out ${where}`);
}

function checkAskedBack(action: string, argument: string, value: unknown): void {
  const attributes = typeof value === "object" && value !== null ? Object.values(value) : [0];
  if (attributes.every((attribute) => attribute === null || typeof attribute === "string")) return;
  throw new TypeError(cannot(action, argument, 'be an object such as { party_now: "party" }', value));
}

function checkOrder(action: string, argument: string, value: unknown): void {
  if (value === "at once" || typeof (value as SpeakingOrder)?.next === "function") return;
  const rule = 'be inOrder(), responding(p), propensity(), desire({ threshold }) or "at once"';
  throw new TypeError(cannot(action, argument, rule, value));
}
