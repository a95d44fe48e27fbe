import { notAskedReason } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import type { Plan } from "../../core/experiment.ts";
import type {
  Condition,
  Hearing,
  Member,
  Members,
  Role,
  SessionAnswer,
  SessionLine,
  SessionPayoff,
  SessionView,
  Step,
  StepText,
} from "../../core/protocol.ts";
import { writeProfiles } from "../../core/profile_table.ts";
import { stream } from "../../core/stream.ts";
import { composeTreatment } from "../../treatments/compose_treatment.ts";
import { fillFor, templateSlots } from "../../treatments/template.ts";
import { indexPlan } from "../plan_index.ts";
import { type Participant, seatMembers, talkativeRoles } from "./members.ts";
import { protocolOf } from "./protocol_of.ts";
import type { SessionEntry } from "./walk.ts";

const action = "run a session";

/** One session as it is walked: who takes part, what each remembers, and what has happened. */
export class Session {
  readonly plan: Plan;
  readonly id: string;
  readonly replicate: number;
  readonly participants: readonly Participant[];
  readonly members: readonly Member[];
  readonly isLone: boolean;
  lines: SessionLine[] = [];
  answers: SessionAnswer[] = [];
  payoffs: SessionPayoff[] = [];
  /** What the trial that is walked leaves. */
  entries: SessionEntry[] = [];
  /** How often each `rounds` went round, by its name. */
  readonly counted: Map<string, number> = new Map();
  /** How many lines each judging step has seen. */
  readonly judged: Map<string, number> = new Map();
  /** How many turns each step had, those that nobody took among them. */
  readonly turns: Map<string, number> = new Map();
  /** Who had the turns of each step. */
  readonly spoken: Map<string, string[]> = new Map();
  /** Whether a step that was come to had somebody to take it. */
  readonly taken: Map<string, boolean> = new Map();
  round = 0;
  /** Whether whatever is open happens as it makes the fewest, or the most calls. */
  bound: "fewest" | "most" | undefined;
  /** Why nothing more is asked, and whether that is so in the whole run. */
  broken: string | undefined;
  stopped: string | undefined;
  arm: string;
  wording: number;
  /** Whether something is asked, said or chosen after the arm was read. */
  readBefore = false;
  readonly #hears: Hearing;
  readonly #talkative: ReadonlySet<string> | null;
  /** The trial that is walked. */
  trial: number;
  #isOpen = false;
  readonly #draws: Map<string, number> = new Map();
  /** Who hears several others, by the round and what narrows a step. */
  readonly #named: Map<string, boolean> = new Map();
  /** Whether the session has read its arm. */
  isArmRead = false;
  readonly factorsRead: Set<string> = new Set();

  constructor(plan: Plan, trial: number, given: { readonly arm?: string; readonly wording?: number } = {}) {
    const { trials, assigned, assignedRows } = indexPlan(plan);
    const { roles, hears, memory, steps } = protocolOf(plan.design);
    this.plan = plan;
    this.trial = trial;
    this.#hears = hears;
    this.id = String((trials.session ?? trials.persona_id)[trial]);
    this.replicate = trials.replicate[trial] as number;
    this.arm = given.arm ?? trials.arm[trial] as string;
    this.wording = given.wording ?? trials.wording[trial] as number;
    const rows = assignedRows[trial]!;
    const isConjoint = plan.design.conjoint !== null;
    this.participants = seatMembers(roles, isConjoint ? rows.slice(0, 1) : rows, assigned, memory.last);
    if (isConjoint) this.participants[0]!.rows = rows;
    this.members = this.participants.map(({ member }) => member);
    this.isLone = this.members.length === 1;
    this.#talkative = this.isLone ? null : talkativeRoles(steps);
  }

  /** Goes on with another trial of the same conversation: memories stay, and all that is counted begins anew. */
  enter(trial: number): void {
    const { trials, assigned, assignedRows } = indexPlan(this.plan);
    this.trial = trial;
    this.arm = trials.arm[trial] as string;
    this.wording = trials.wording[trial] as number;
    this.isArmRead = true;
    this.entries = [];
    this.lines = [];
    this.answers = [];
    this.payoffs = [];
    for (const counts of [this.counted, this.judged, this.spoken, this.turns]) counts.clear();
    const rows = new Map(assignedRows[trial]!.map((row) => [String(assigned.persona_id![row]), row]));
    for (const each of this.participants) {
      each.system = undefined;
      if (each.rows.length > 0) each.rows = [rows.get(each.member.member)!];
    }
  }

  /** What the pure functions of a protocol may read. */
  view(me: Member = this.participants[0]!.member): SessionView {
    // deno-lint-ignore no-this-alias
    const session = this;
    const { factors, treatments } = this.plan.design;
    return {
      me,
      round: this.round,
      get lines() {
        session.#isOpen = true;
        return session.lines;
      },
      get answers() {
        session.#isOpen = true;
        return session.answers;
      },
      get payoffs() {
        session.#isOpen = true;
        return session.payoffs;
      },
      members: this.members,
      get arm() {
        session.#readAll();
        return session.arm;
      },
      level(factor) {
        session.isArmRead = true;
        session.factorsRead.add(factor);
        const level = treatments.arms.find(({ name }) => name === session.arm)?.slots[factor];
        if (level !== undefined && factors !== null && Object.hasOwn(factors, factor)) {
          return level as string | number;
        }
        const rule = `name a factor of the design (${
          Object.keys(factors ?? {}).join(", ") || "it has none"
        })`;
        throw new RangeError(cannot(action, "s.level", rule, factor));
      },
      draw: (name) => {
        this.#isOpen = true;
        const key = `${this.round} ${name}`;
        const known = this.#draws.get(key) ?? this.#stream("draw", this.round, name).uniform();
        this.#draws.set(key, known);
        return known;
      },
    };
  }

  #readAll(): void {
    this.isArmRead = true;
    for (const factor of Object.keys(this.plan.design.factors ?? {})) this.factorsRead.add(factor);
  }

  #stream(purpose: string, ...names: (string | number)[]) {
    return stream(this.plan.seed, purpose, this.id, this.replicate, ...names);
  }

  /** A number from 0 to below 1 for a turn of a step. */
  drawTurn(step: Step, turn: number, name: string): number {
    return this.#stream("turn", step.name, this.round, turn, name).uniform();
  }

  /**
   * The seed of a call. The arm enters once the session has read it, so that arms share their past; what a lone subject is
   * asked first outside rounds has the trial's own.
   */
  seedOf(step: Step, member: Member | null, turn: number): number {
    const { trials } = indexPlan(this.plan);
    this.readBefore ||= this.isArmRead;
    const isFirst = this.isLone && this.isArmRead && step.kind === "ask" && step.name === "ask" &&
      this.round === 0 && this.counted.size === 0 && trials.arm[this.trial] === this.arm;
    if (isFirst) return trials.seed[this.trial] as number;
    const read = this.isArmRead ? [this.arm, this.wording] : [];
    const at = member === null ? [] : [this.id, ...read];
    const who = member === null ? "" : member.member;
    return stream(this.plan.seed, "ask", ...at, this.replicate, step.name, this.round, turn, who).seed();
  }

  /** Whether chance, or what was said and answered, had a part in what a function of the protocol gives. */
  #look<Value>(read: () => Value): { value: Value; isOpen: boolean } {
    this.#isOpen = false;
    const value = read();
    return { value, isOpen: this.#isOpen };
  }

  /** What a function gives; of what was never said it need not know, once nothing more is asked. */
  #evaluate(evaluate: () => boolean, otherwise: boolean): boolean {
    try {
      return evaluate();
    } catch (error) {
      if (this.broken === undefined) throw error;
      return otherwise;
    }
  }

  /** Who takes a step: `to` or `by`, else all personas. */
  eligible(step: Step, members: Members | null): Participant[] {
    const { value, isOpen } = this.#look(() =>
      this.participants.filter(({ member, role }) => {
        if (members === null) return role.kind === "persona";
        if (typeof members === "function") {
          return this.#evaluate(() => isTrue("to", members(member, this.view(member))), false);
        }
        return [members].flat().includes(member.role);
      })
    );
    // Whom chance chooses may be nobody here and somebody elsewhere.
    this.taken.set(step.name, this.taken.get(step.name) || value.length > 0 || isOpen);
    if (!isOpen || this.bound === undefined) return value;
    return this.bound === "fewest" ? [] : [...this.participants];
  }

  /** Whether a condition holds; at the bounds of what may happen, as `least` says for the fewest calls. */
  holds(condition: Condition | null, least = false): boolean {
    if (condition === null) return true;
    const { value, isOpen } = this.#look(() =>
      this.#evaluate(() => isTrue("when", condition(this.view())), true)
    );
    return !isOpen || this.bound === undefined ? value : (this.bound === "fewest") === least;
  }

  /** Who hears somebody in a step. */
  audience(from: Member, step: Pick<Step, "hears">): Participant[] {
    const [hears, s] = [this.hears(step), this.view(from)];
    return this.participants.filter(({ member, ended }) =>
      member !== from && ended === undefined && hears(from, member, s)
    );
  }

  /** Asks nothing more, as the run was stopped. */
  stop(reason: string = notAskedReason): string {
    return this.broken ??= this.stopped ??= reason;
  }

  /** Whether one hears another in a step. */
  hears(step: Pick<Step, "hears">): Hearing {
    return (from, to, s) =>
      isTrue("hears", this.#hears(from, to, s)) &&
      (step.hears === null || isTrue("hears", step.hears(from, to, s)));
  }

  /** Whether lines are heard by somebody under names: more than one other can be heard in this round. */
  isNamed({ member: to }: Participant, step: Pick<Step, "hears" | "name">): boolean {
    if (this.isLone) return false;
    const key = `${this.round} ${this.arm} ${step.hears === null ? "" : step.name} ${to.seat}`;
    const known = this.#named.get(key);
    if (known !== undefined) return known;
    const hears = this.hears(step);
    let others = 0;
    for (const { member, role } of this.participants) {
      if (member === to || !this.#isTalkative(member.role, role.kind)) continue;
      if (hears(member, to, this.view(member)) && ++others > 1) break;
    }
    this.#named.set(key, others > 1);
    return others > 1;
  }

  #isTalkative(role: string, kind: Role["kind"]): boolean {
    return this.#talkative === null || this.#talkative.has(role) ||
      kind === "persona" && this.#talkative.has("");
  }

  /** A line as one hears it: under a name where more than one other can be heard. */
  named({ member }: Participant, to: Participant, step: Pick<Step, "hears" | "name">, text: string): string {
    return this.isNamed(to, step) ? `${member.name}: ${text}` : text;
  }

  /** Everybody who hears a line keeps it, and so does who said it; a turn that was used in silence leaves nothing. */
  deliver(from: Participant, text: string, step: Step, isTreated = false): string[] {
    const audience = this.audience(from.member, step);
    if (text !== "") {
      from.memory.keepLine("assistant", text, isTreated);
      for (const to of audience) to.memory.keepLine("user", this.named(from, to, step, text), isTreated);
    }
    return audience.map(({ member }) => member.member);
  }

  /** A member's system message; of a persona it is there even where it is empty. */
  systemOf(who: Participant): string | null {
    if (who.system !== undefined) return who.system;
    const own = who.role.kind === "script" ? "" : this.write(who.role.text, who);
    if (who.role.kind !== "persona") return who.system = own === "" ? null : own;
    const persona = this.plan.prompt.persona({ ...who.member.attributes, arm: this.arm });
    return who.system = [persona, own].filter((part) => part !== "").join("\n\n");
  }

  /** Writes a text for a member. */
  write(text: StepText, { member, rows }: Participant): string {
    if (typeof text === "string") return this.#fill(text, member);
    if (typeof text === "function") {
      const written = text(this.view(member));
      if (typeof written === "string") return written;
      throw new TypeError(cannot(action, "text", "be a text, or a function that gives one", written));
    }
    const { design } = this.plan;
    if (text.treatment !== null) return String(this.view(member).level(text.treatment));
    this.#readAll();
    const attributes = { ...member.attributes, arm: this.arm };
    const treatment = composeTreatment(design.treatments, this.arm, { wording: this.wording, attributes });
    if (design.conjoint === null) return treatment;
    const { trials, assigned } = indexPlan(this.plan);
    const features: string[] = JSON.parse(trials.feature_order![this.trial] as string);
    const profiles = writeProfiles(rows.map((row, place) => ({
      label: design.conjoint!.labels[place]!,
      levels: Object.fromEntries(features.map((name) => [name, String(assigned[name]![row])])),
    })));
    return [treatment, design.conjoint.text, profiles].filter((part) => part !== "").join("\n\n");
  }

  #fill(text: string, { member, attributes }: Member): string {
    const { factors, treatments } = this.plan.design;
    const named = templateSlots(text).filter((slot) => Object.hasOwn(factors ?? {}, slot));
    if (named.length > 0) this.isArmRead = true;
    for (const factor of named) this.factorsRead.add(factor);
    const levels = treatments.arms.find(({ name }) => name === this.arm)!.slots;
    const known = { ...attributes, ...Object.fromEntries(named.map((factor) => [factor, levels[factor]])) };
    return fillFor(action, text, known, member);
  }
}

/** What a condition of a protocol gives; anything but true and false is a mistake that would pass unseen. */
function isTrue(argument: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(cannot(action, argument, "be a function that gives true or false", value));
}
