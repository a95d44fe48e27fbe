import { checkOneOf, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Item } from "../core/item.ts";
import {
  callback,
  flag,
  oneOf,
  readOptions,
  type Rule,
  rule,
  type RulesFor,
  whole,
} from "../core/options.ts";
import type {
  AskStep,
  Condition,
  Game,
  Hearing,
  Members,
  PlayStep,
  ProbeStep,
  RoundsStep,
  SayStep,
  SpeakingOrder,
  Step,
  StepText,
  TellStep,
  TreatmentText,
} from "../core/protocol.ts";
import { checkItems } from "../designs/asked_items.ts";
import { checkStepText } from "./roles.ts";
import { inOrder } from "./speaking_orders.ts";

/** Options of {@linkcode tell}: parts of the step. */
export interface TellOptions extends Partial<Pick<TellStep, "to" | "when" | "name">> {}

/** Options of {@linkcode ask}: parts of the step. */
export interface AskOptions extends Partial<Omit<AskStep, "kind" | "items">> {}

/** Options of {@linkcode probe}: parts of the step. */
export interface ProbeOptions extends Partial<Omit<ProbeStep, "kind" | "items" | "hears">> {}

/** Options of {@linkcode say}: parts of the step. */
export interface SayOptions extends Partial<Omit<SayStep, "kind">> {}

/** Options of {@linkcode play}: parts of the step. */
export interface PlayOptions extends Partial<Omit<PlayStep, "kind" | "game">> {}

/** Options of {@linkcode rounds}: parts of the step. */
export interface RoundsOptions extends Partial<Pick<RoundsStep, "until" | "when" | "name">> {}

function orNull<Value>(check: Rule<Value>["check"]): Rule<Value | null, null> {
  return rule<Value | null, null>(
    (action, name, value) => value === null || check(action, name, value),
    null,
  );
}

const everyStep = {
  // A step without a name gets one from declareProtocol.
  name: rule<string, "">(checkText, ""),
  when: orNull<Condition>(callback().check),
} as const;

const members = orNull<Members>((action, argument, value) => {
  const roles: unknown[] = typeof value === "function" ? ["one"] : [value].flat();
  if (roles.length > 0 && roles.every((role) => typeof role === "string" && role !== "")) return;
  throw new TypeError(cannot(action, argument, "name a role, or roles, or be a function", value));
});
const hears = orNull<Hearing>(callback().check);
const text = orNull<StepText>(checkStepText);

const tellRules = { ...everyStep, to: members } as const satisfies RulesFor<TellOptions>;
const askRules = {
  ...tellRules,
  hears,
  as: orNull(oneOf(["together", "in turn", "apart"], undefined).check),
  heard: oneOf(["none", "after", "at once"], "none"),
  each: orNull(oneOf(["line"], undefined).check),
  before: whole(0, 0),
} as const satisfies RulesFor<AskOptions>;
const probeRules = {
  ...tellRules,
  persona: flag(true),
  times: whole(1),
  asksBack: rule<ProbeStep["asksBack"], ProbeStep["asksBack"]>(checkAskedBack, {}),
} as const satisfies RulesFor<ProbeOptions>;
const sayRules = {
  ...everyStep,
  by: members,
  hears,
  text,
  prompt: text,
  order: rule<SayStep["order"], SayStep["order"]>(checkOrder, inOrder()),
  turns: orNull<number>(whole(1).check),
  silence: flag(false),
} as const satisfies RulesFor<SayOptions>;
const playRules = { ...tellRules, hears, told: flag(true) } as const satisfies RulesFor<PlayOptions>;
const roundsRules = {
  ...everyStep,
  until: orNull<Condition>(callback().check),
} as const satisfies RulesFor<RoundsOptions>;

/**
 * The treatment's text, for steps and roles: of the arm, or of one factor's level.
 *
 * @param factor the factor; left out, the whole text of the arm
 * @returns a text
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tell, treatment } from "@understudy/understudy/protocols";
 *
 * assertEquals(tell(treatment("bias")).text, { treatment: "bias" });
 * ```
 */
export function treatment(factor?: string): TreatmentText {
  if (factor !== undefined) checkText("read the treatment", "factor", factor);
  return Object.freeze({ treatment: factor ?? null });
}

/**
 * Tells members something: they remember it, and no call is made.
 *
 * @param text with slots for attributes of whom it is for; a pure function of the session; or `treatment()`
 * @param options see {@linkcode TellOptions}
 * @returns the step
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tell } from "@understudy/understudy/protocols";
 *
 * assertEquals(tell("You live in {{ city }}.", { to: "member" }).to, "member");
 * ```
 */
export function tell(text: StepText, options: TellOptions = {}): TellStep {
  const read = readOptions("tell", options, tellRules);
  checkStepText("tell", "text", text);
  return Object.freeze({ kind: "tell", text, hears: null, ...read });
}

/**
 * Asks members questions; they remember what they answered, and others hear it where `heard` says so. With `each`
 * "line" they judge, on branches, what personas said.
 *
 * @param items the questions, from `likert`, `choice` and the others
 * @param options see {@linkcode AskOptions}
 * @returns the step
 * @throws {RangeError} if judgements are to be heard, or there is `before` without `each`
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { yesNo } from "@understudy/understudy";
 * import { ask } from "@understudy/understudy/protocols";
 *
 * assertEquals(ask([yesNo("strike", "Should the country strike?")], { heard: "after" }).as, null);
 * ```
 */
export function ask(items: readonly Item[], options: AskOptions = {}): AskStep {
  const read = readOptions("ask", options, askRules);
  checkItems("ask", "items", items);
  const { each, before, heard } = read;
  if (each !== null && heard !== "none") throw leftOut("ask", "heard", "of judgements of lines", heard);
  if (each !== null && read.hears !== null) {
    throw leftOut("ask", "hears", "of judgements of lines", read.hears);
  }
  if (each === null && before > 0) throw leftOut("ask", "before", 'where `each` is not "line"', before);
  return Object.freeze({ kind: "ask", items: Object.freeze([...items]), ...read });
}

/**
 * Asks questions on a branch that nobody remembers, so that asking changes nothing.
 *
 * @param items the questions; one named like a stated attribute asks that attribute back
 * @param options see {@linkcode ProbeOptions}
 * @returns the step
 * @throws {RangeError} if there is `to` or `when` without a persona, or `asksBack` names no question
 * @see Li et al. 2024, Measuring and Controlling Instruction (In)Stability in Language Model Dialogs, arXiv 2402.10962
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { yesNo } from "@understudy/understudy";
 * import { probe } from "@understudy/understudy/protocols";
 *
 * const owner = yesNo("owner", "Do you own your home?");
 * assertEquals(probe([owner], { persona: false, times: 10 }).times, 10);
 * ```
 */
export function probe(items: readonly Item[], options: ProbeOptions = {}): ProbeStep {
  const read = readOptions("probe", options, probeRules);
  checkItems("probe", "items", items);
  const chosen = (["to", "when"] as const).find((argument) => read[argument] !== null);
  if (!read.persona && chosen !== undefined) {
    throw leftOut("probe", chosen, "where no persona is asked", read[chosen]);
  }
  const names = items.map(({ name }) => name);
  for (const name of Object.keys(read.asksBack)) checkOneOf("probe", "asksBack", name, names);
  return Object.freeze({ kind: "probe", items: Object.freeze([...items]), hears: null, ...read });
}

/**
 * Has members speak, each line heard by those who hear the speaker.
 *
 * @param options see {@linkcode SayOptions}: who, in what order, how often; what is said or what the speaker sees
 * @returns the step
 * @throws {RangeError} if there are `prompt`, `silence` or `desire` beside a `text`, or `turns` where all speak at once
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { responding, say } from "@understudy/understudy/protocols";
 *
 * assertEquals(say({ by: ["user", "troll"], order: responding(0.4), turns: 15 }).silence, false);
 * ```
 */
export function say(options: SayOptions = {}): SayStep {
  const read = readOptions("say", options, sayRules);
  const { text, prompt, silence, order, turns } = read;
  const written = "where there is a 'text', which is spoken as written";
  if (text !== null && prompt !== null) throw leftOut("say", "prompt", written, prompt);
  if (text !== null && silence) throw leftOut("say", "silence", written, silence);
  if (order !== "at once" && order.asks && text !== null) throw leftOut("say", "order", written, order.name);
  if (order === "at once" && turns !== null) {
    throw leftOut("say", "turns", "where all speak at once: repeat the step with rounds()", turns);
  }
  return Object.freeze({ kind: "say", ...read });
}

/**
 * Has members who are connected by who hears whom play a game: private choices, then pay-offs by arithmetic.
 *
 * @param game `publicGoods({ … })` or another
 * @param options see {@linkcode PlayOptions}
 * @returns the step
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { play } from "@understudy/understudy/protocols";
 *
 * assertThrows(() => play({ name: "public goods" } as never), TypeError, "'game' must be a game");
 * ```
 */
export function play(game: Game, options: PlayOptions = {}): PlayStep {
  const read = readOptions("play", options, playRules);
  const { items, stages, item, payoffs, told } = Object(game) as Partial<Game>;
  const functions = [item, payoffs, told].every((each) => typeof each === "function");
  if (!functions || !Array.isArray(items) || !Number.isSafeInteger(stages)) {
    throw new TypeError(cannot("play", "game", "be a game, for example publicGoods()", game));
  }
  return Object.freeze({ kind: "play", game, ...read });
}

/**
 * Repeats steps; rounds nest.
 *
 * @param rounds how many, at most
 * @param steps what each consists of
 * @param options see {@linkcode RoundsOptions}
 * @returns the step
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rounds, say } from "@understudy/understudy/protocols";
 *
 * assertEquals(rounds(3, [say({ by: "interviewer" }), say({ by: "subject" })]).rounds, 3);
 * ```
 */
export function rounds(rounds: number, steps: readonly Step[], options: RoundsOptions = {}): RoundsStep {
  const read = readOptions("repeat steps", options, roundsRules);
  whole(1).check("repeat steps", "rounds", rounds);
  checkSteps("repeat steps", steps);
  return Object.freeze({ kind: "rounds", rounds, steps: Object.freeze([...steps]), hears: null, ...read });
}

const kinds: readonly unknown[] = ["tell", "ask", "probe", "say", "play", "rounds"] satisfies Step["kind"][];

/** Checks that a value is a list of steps. */
export function checkSteps(action: string, steps: unknown): void {
  const made = Array.isArray(steps) && steps.length > 0 && steps.every((step) => kinds.includes(step?.kind));
  if (made) return;
  const rule = "be a list of what tell(), ask(), probe(), say(), play() and rounds() make, at least one";
  throw new TypeError(cannot(action, "steps", rule, steps));
}

function leftOut(action: string, argument: string, where: string, value: unknown): RangeError {
  return new RangeError(cannot(action, argument, `be left out ${where}`, value));
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
