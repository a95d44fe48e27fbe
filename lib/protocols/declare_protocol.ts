import { checkDistinct, checkOneOf, checkOptions, checkText, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { callback, readOptions, required, rule, type RulesFor } from "../core/options.ts";
import type { Hearing, Protocol, Role, Step, StepText } from "../core/protocol.ts";
import { flatSteps, hasSpeakers } from "../core/protocol.ts";
import { everyone } from "./hearing.ts";
import { checkStepText } from "./roles.ts";
import { checkSteps } from "./steps.ts";

/** What {@linkcode declareProtocol} needs to know. */
export interface DeclareProtocolOptions {
  /** What subjects go through, from `tell`, `ask`, `probe`, `say`, `play` and `rounds`. */
  readonly steps: readonly Step[];
  /**
   * Who takes part, by name: a text that follows an assigned persona's description (or ""), `model(…)`, or `script(…)`.
   * @default { subject: "" }
   */
  readonly roles?: { readonly [role: string]: StepText | Role };
  /**
   * Who hears whom: `everyone`, `nobody`, `edges(…)`, `groups(…)`, or a pure function `(from, to, s)`.
   * @default everyone
   */
  readonly hears?: Hearing;
  /**
   * `last`: how many lines a member remembers, its own included; `null` for all. Nothing else is forgotten.
   * @default { last: null }
   */
  readonly memory?: { readonly last: number | null };
}

const action = "declare a protocol";

type Roles = NonNullable<DeclareProtocolOptions["roles"]>;

const rules = {
  steps: required<readonly Step[]>((_, __, value) => checkSteps(action, value)),
  roles: rule<Roles, Roles>(checkRoles, { subject: "" }),
  hears: callback<Hearing, Hearing>(everyone),
  memory: rule<Protocol["memory"], Protocol["memory"]>((_, __, value) => {
    checkOptions(action, value as object, ["last"]);
    const { last } = value as Protocol["memory"];
    if (last !== null) checkWhole(action, "memory.last", last);
  }, { last: null }),
} as const satisfies RulesFor<DeclareProtocolOptions>;

/**
 * Declares what a session goes through: who takes part, who hears whom, and the steps.
 *
 * What can be wrong without data is found here. A design with `items` is `[tell(treatment()), ask(items)]`.
 *
 * @param options see {@linkcode DeclareProtocolOptions} (defaults there)
 * @returns a frozen protocol for `declareDesign`; a step without a name has its kind's, with a number from the second on
 * @throws {RangeError} if a step's name stands twice, `to` or `by` names no role, no role is a persona's, another
 * role takes no step, lines are judged before personas speak, or nothing is asked, said or played
 * @throws {TypeError} if an option is unknown, or a text is no template
 * @example Advisers talk, and vote before and after; the leader has a line as written
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { yesNo } from "@understudy/understudy";
 * import { ask, declareProtocol, say, seat, tell, treatment } from "@understudy/understudy/protocols";
 *
 * const vote = [yesNo("strike", "Should the country strike?")];
 * const protocol = declareProtocol({
 *   roles: { adviser: "You advise the leader.", leader: "You decide." },
 *   steps: [tell(treatment()), ask(vote), say({ turns: 6 }), say({ by: seat(4), text: "Vote!" }),
 *     ask(vote, { to: "adviser", name: "final" })],
 * });
 * assertEquals(protocol.steps.map(({ name }) => name), ["tell", "ask", "say", "say 2", "final"]);
 * ```
 */
export function declareProtocol(options: DeclareProtocolOptions): Protocol {
  const { roles: declared, hears, memory, steps: given } = readOptions(action, options, rules);
  const read = Object.entries(declared).map(([name, role]) => [name, readRole(role)] as const);
  const roles = Object.freeze(Object.fromEntries(read));
  const steps = nameSteps(given, new Map());
  const flat = flatSteps(steps);
  const idle = new Set(Object.keys(roles).filter((role) => roles[role]!.kind !== "persona"));
  checkDistinct(action, "steps", "have names of their own", flat.map(({ name }) => name));
  for (const step of flat) {
    const members = step.kind === "say" ? step.by : step.kind === "rounds" ? null : step.to;
    if (typeof members === "function") idle.clear();
    for (const role of typeof members === "function" ? [] : [members ?? []].flat()) {
      checkOneOf(action, `steps.${step.name}`, role, Object.keys(roles));
      idle.delete(role);
    }
  }
  for (const role of idle) {
    throw new RangeError(cannot(action, `roles.${role}`, "take a step, by its `to` or `by`", "in none"));
  }
  const first = steps.findIndex((step) =>
    flatSteps([step]).some((own) => own.kind === "say" && hasSpeakers(own, roles))
  );
  const early = flatSteps(first < 0 ? steps : steps.slice(0, first))
    .find((step) => step.kind === "ask" && step.each === "line");
  if (early !== undefined) {
    const rule = "come after a step in which personas speak, whose lines it judges";
    throw new RangeError(cannot(action, `steps.${early.name}`, rule, "before any"));
  }
  if (flat.every(({ kind }) => kind === "tell" || kind === "rounds")) {
    throw new RangeError(cannot(action, "steps", "ask, say or play something", flat.map(({ name }) => name)));
  }
  return Object.freeze({ roles, hears, memory: Object.freeze({ ...memory }), steps });
}

function checkRoles(_: string, argument: string, roles: unknown): void {
  if (typeof roles !== "object" || roles === null || Array.isArray(roles)) {
    const rule = 'be an object such as { member: "", chair: model("You chair.") }';
    throw new TypeError(cannot(action, argument, rule, roles));
  }
  for (const [name, role] of Object.entries(roles as Roles)) {
    checkText(action, argument, name);
    const { kind } = Object(role);
    if (kind === "model" || kind === "script" || role === "") continue;
    checkStepText(action, `${argument}.${name}`, role);
  }
  if (Object.values(roles as Roles).some((role) => readRole(role).kind === "persona")) return;
  throw new RangeError(cannot(action, argument, 'have one that is a persona\'s: a text, or ""', roles));
}

function readRole(role: StepText | Role): Role {
  return typeof role === "object" && "kind" in role ? role : Object.freeze({ kind: "persona", text: role });
}

/** Copies of the steps, each with a name; the numbers of a kind go on within rounds. */
function nameSteps(steps: readonly Step[], met: Map<string, number>): readonly Step[] {
  return Object.freeze(steps.map((step): Step => {
    const number = (met.get(step.kind) ?? 0) + 1;
    met.set(step.kind, number);
    const name = step.name || (number === 1 ? step.kind : `${step.kind} ${number}`);
    const within = step.kind === "rounds" && { steps: nameSteps(step.steps, met) };
    return Object.freeze({ ...step, name, ...within } as Step);
  }));
}
