import type { AnswerValue, Item } from "./item.ts";
import type { Respondent } from "./respondent.ts";

/** Who takes part in a session. */
export interface Member {
  /** The persona, or the role's name where nobody is assigned to it; unique in its session. */
  readonly member: string;
  /** The role. */
  readonly role: string;
  /** The place among the session's members, from 1: personas first, then roles that nobody is assigned to. */
  readonly seat: number;
  /** What the others call it: the role, with a number where several have it. */
  readonly name: string;
  /** What is known of the persona, by attribute; empty of a role that nobody is assigned to. */
  readonly attributes: { readonly [attribute: string]: unknown };
}

/** When something happened: the step, and the round, 0 outside rounds. */
export type StepPlace = { readonly step: string; readonly round: number };

/** A line that was said: its number in the session, from 1; an empty text is a turn that was used in silence. */
export type SessionLine = StepPlace & {
  readonly line: number;
  readonly from: Member;
  readonly text: string;
  readonly heardBy: readonly string[];
};

/** An answer as the functions of a protocol see it: `value` is `null` where there is none, `line` where none was judged. */
export type SessionAnswer = StepPlace & {
  readonly member: string;
  readonly role: string;
  readonly item: string;
  readonly value: AnswerValue | null;
  readonly line: number | null;
};

/** A pay-off of a game; `NaN` where a choice is missing. */
export type SessionPayoff = StepPlace & { readonly member: string; readonly payoff: number };

/** What the pure functions of a protocol may read of a session; everything so far, nothing to come. */
export interface SessionView {
  /** Whom the text is for, or who is to choose; the first member where a step is asked whether it takes place. */
  readonly me: Member;
  /** All members in the order of their seats. */
  readonly members: readonly Member[];
  /** The arm. */
  readonly arm: string;
  /** The level of a factor in the session's arm. */
  level(factor: string): string | number;
  /** The round of the innermost `rounds`, counted through where these nest; 0 outside. */
  readonly round: number;
  /** The lines so far. */
  readonly lines: readonly SessionLine[];
  /** The answers so far, those to probes not among them. */
  readonly answers: readonly SessionAnswer[];
  /** The pay-offs so far. */
  readonly payoffs: readonly SessionPayoff[];
  /** A number from 0 to below 1, the same for a session, round and name, whatever the arm and whoever asks. */
  draw(name: string): number;
}

/** A treatment's text in a step: of one factor's level; `null` for the whole text of the arm. */
export type TreatmentText = { readonly treatment: string | null };

/** A text: with slots for attributes of whom it is for, by a pure function, or the treatment's. */
export type StepText = string | ((s: SessionView) => string) | TreatmentText;

/** Whether one hears another; `named`: the members that a network names, of whom some must be there. */
export type Hearing = ((from: Member, to: Member, s: SessionView) => boolean) & {
  readonly named?: ReadonlySet<string>;
};

/** Who takes a step: roles, or a pure function of the member. */
export type Members = string | readonly string[] | ((member: Member, s: SessionView) => boolean);

/** Whether a step takes place. */
export type Condition = (s: SessionView) => boolean;

/** A role of assigned personas: what stands after a persona's description. */
export type PersonaRole = { readonly kind: "persona"; readonly text: StepText };

/** A role that a model plays without a persona; `respondent` answers for it, `null` for the respondent of the run. */
export type ModelRole = {
  readonly kind: "model";
  readonly text: StepText;
  readonly respondent: Respondent | null;
};

/** A role that a pure function plays, without calls: what it says, or chooses in a game. */
export type ScriptRole = { readonly kind: "script"; readonly script: (s: SessionView) => string };

/** A part that somebody plays in a session. */
export type Role = PersonaRole | ModelRole | ScriptRole;

/** What an order of speakers decides by. */
export interface SpeakingTurn {
  /** The turn within the step, from 1. */
  readonly turn: number;
  /** Those who may speak, by seat. */
  readonly members: readonly Member[];
  /** Who had the turns of this step before, in earlier rounds too. */
  readonly spoken: readonly string[];
  /** What each said that it wants to speak, from 0 to 10; `null` where it did not say. Empty unless the order asks. */
  readonly desires: ReadonlyMap<string, number | null>;
  /** A number from 0 to below 1 for a name, another in each turn and round. */
  draw(name: string): number;
}

/** Who speaks when. */
export interface SpeakingOrder {
  /** Its name. */
  readonly name: string;
  /** Whether members are asked, on a branch, how much they want to speak. */
  readonly asks: boolean;
  /** Who may be asked, given the turns before; left out, all. */
  readonly asked?: (turn: SpeakingTurn) => readonly Member[];
  /** Who speaks; `null` where nobody does. */
  next(turn: SpeakingTurn): Member | null;
}

/** A choice in a game. */
export type Choice = number | string;

/** The choices of a game: a list for each player, empty before the first stage; `null` where a player has none in a stage. */
export type Choices = readonly (readonly (Choice | null)[])[];

/** A game: who chooses what in which stage, and what each gets; pure functions, as arithmetic is never a model's. */
export interface Game {
  /** Its name. */
  readonly name: string;
  /** Fewest and most players. */
  readonly players: readonly [fewest: number, most: number];
  /** The rules, as a subject reads them. */
  readonly rules: string;
  /** How many stages there are; in each the players choose at once, and see the stages before. */
  readonly stages: number;
  /** The names of its items; those of a player differ. */
  readonly items: readonly string[];
  /** Where no single choice is rational, the probabilities of choices in the symmetric equilibrium. */
  readonly equilibrium?: readonly (readonly [Choice, probability: number])[];
  /** What a player of level 0 chooses, where levels of reasoning are told apart. */
  readonly levelZero?: Choice;
  /** What a player, by its place from 0, chooses in a stage, from 0; `null` where it chooses nothing. */
  item(stage: number, player: number, choices: Choices): Item | null;
  /** What each player gets; called only where every choice is there. */
  payoffs(choices: Choices): readonly number[];
  /** What a player is told in the end. */
  told(player: number, choices: Choices, payoffs: readonly number[]): string;
  /**
   * The choice of a player that gets the most where the others choose as they do in this stage; its own where that is
   * as good. Where those are not there, or do not tell what is best, the rational benchmark; `null` where there is none.
   */
  bestReply(stage: number, player: number, choices: Choices): Choice | null;
}

/** What all steps have. */
export interface StepBase<Kind> {
  /** Which kind it is. */
  readonly kind: Kind;
  /** Its name, unique in the protocol: the column `step`; left out, its kind, from the second of a kind on with a number. */
  readonly name: string;
  /** Whether it takes place; `null` for always. */
  readonly when: Condition | null;
  /** Narrows who hears whom in this step; `null` where it does not. */
  readonly hears: Hearing | null;
}

/** What steps have that members take: `to` says who; `null` for all personas. */
export type MembersStep<Kind> = StepBase<Kind> & { readonly to: Members | null };

/** What a member is told. */
export type TellStep = MembersStep<"tell"> & { readonly text: StepText };

/** Questions that are asked. */
export interface AskStep extends MembersStep<"ask"> {
  /** The questions. */
  readonly items: readonly Item[];
  /** How questions become calls; `null` for the design's own way. */
  readonly as: "together" | "in turn" | "apart" | null;
  /** Whether the others hear the answers: not (the default), after all answered, or before the next answers. */
  readonly heard: "none" | "after" | "at once";
  /** `line`: about each line that personas said since it was asked last, on branches. */
  readonly each: "line" | null;
  /** How many lines before the judged one are shown; 0 by default. */
  readonly before: number;
}

/** Questions that are asked on a branch which nobody remembers. */
export interface ProbeStep extends MembersStep<"probe"> {
  /** The questions. */
  readonly items: readonly Item[];
  /** Whether the persona is asked, as by default; else the model without any, once for the whole run. */
  readonly persona: boolean;
  /** How often; once by default. */
  readonly times: number;
  /** Which attribute a question of another name asks back, `null` for none; by default none of them does. */
  readonly asksBack: { readonly [item: string]: string | null };
}

/** Lines that are said. */
export interface SayStep extends StepBase<"say"> {
  /** Who may speak; `null` for all personas. */
  readonly by: Members | null;
  /** Spoken as written; `null` where the speaker finds the words. */
  readonly text: StepText | null;
  /** What the speaker sees, once; `null` for nothing. */
  readonly prompt: StepText | null;
  /** Who speaks when, by default `inOrder()`; `"at once"`: all, and they are heard when all spoke. */
  readonly order: SpeakingOrder | "at once";
  /** How many turns; `null` for one of each who may speak where these speak in order or at once, else for one. */
  readonly turns: number | null;
  /** Whether a speaker may say nothing, which uses the turn; not by default. */
  readonly silence: boolean;
}

/** A game that connected members play; they are told choices and pay-offs, but where `told` is false. */
export type PlayStep = MembersStep<"play"> & { readonly game: Game; readonly told: boolean };

/** Steps that are repeated. */
export interface RoundsStep extends StepBase<"rounds"> {
  /** How often at most. */
  readonly rounds: number;
  /** The steps of each round. */
  readonly steps: readonly Step[];
  /** Ends the rounds after one in which it holds; `null` for never. */
  readonly until: Condition | null;
}

/** What subjects go through. */
export type Step = TellStep | AskStep | ProbeStep | SayStep | PlayStep | RoundsStep;

/** What a session goes through; made by `declareProtocol`. A member remembers the `last` so many lines; `null` for all. */
export type Protocol = {
  readonly roles: { readonly [role: string]: Role };
  readonly hears: Hearing;
  readonly memory: { readonly last: number | null };
  readonly steps: readonly Step[];
};

/** The respondents that answer for roles in place of the run's, by role. */
export function ownRespondents(protocol: Protocol | null): [role: string, respondent: Respondent][] {
  return Object.entries(protocol?.roles ?? {}).flatMap(([name, role]) =>
    role.kind === "model" && role.respondent !== null ? [[name, role.respondent]] : []
  );
}

/** Whether personas may say a line in a step. */
export function hasSpeakers(step: Step, roles: Protocol["roles"]): boolean {
  const members = step.kind === "say" ? step.by : step.kind === "ask" && step.heard !== "none" ? step.to : [];
  if (members === null || typeof members === "function") return true;
  return [members].flat().some((role) => roles[role]!.kind === "persona");
}

/** All steps of a list, those of rounds after the rounds themselves, in the order in which they are taken first. */
export function flatSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => step.kind === "rounds" ? [step, ...flatSteps(step.steps)] : [step]);
}
