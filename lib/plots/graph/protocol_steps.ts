import type { Hearing, Protocol, Role, SessionView, Step, StepText } from "../../core/protocol.ts";
import { visibleText } from "../../core/visible_text.ts";
import { joinTexts } from "../drawn_table.ts";

/** A step as it is drawn and told. */
export interface ToldStep {
  readonly step: Step;
  /** How many rounds are around it. */
  readonly depth: number;
  /** Its place, with those of the rounds around it, and its name. */
  readonly title: string;
  /** The roles of those who take it; all where a function of the member chooses. */
  readonly roles: readonly string[];
  /** Who hears it, by role; `null` where a function decides of more than roles. */
  readonly heardBy: ReadonlyMap<string, true | null>;
  /** What happens. */
  readonly says: string;
  /** Under what conditions, and who remembers it. */
  readonly marks: readonly string[];
  /** Whether it is on a branch. */
  readonly isBranch: boolean;
}

/** All steps in order, those of rounds after the rounds themselves. */
export function tellSteps(protocol: Protocol, steps = protocol.steps, within = "", depth = 0): ToldStep[] {
  return steps.flatMap((step, at) => {
    const place = `${within}${at + 1}`;
    const kind = step.name.startsWith(step.kind) ? "" : ` (${step.kind})`;
    const title = `${place} ${shorten(step.name)}${kind}${step.kind === "rounds" ? ` × ${step.rounds}` : ""}`;
    const told = { step, depth, title, ...tellStep(protocol, step) };
    return step.kind === "rounds"
      ? [told, ...tellSteps(protocol, step.steps, `${place}.`, depth + 1)]
      : [told];
  });
}

function tellStep(protocol: Protocol, step: Step): Omit<ToldStep, "depth" | "title" | "step"> {
  const all = Object.keys(protocol.roles);
  const members = step.kind === "rounds" || (step.kind === "probe" && !step.persona)
    ? []
    : (step.kind === "say" ? step.by : step.to) ??
      all.filter((role) => protocol.roles[role]!.kind === "persona");
  const isChosen = typeof members === "function";
  const roles = isChosen ? all : [members].flat();
  const isHeard = step.kind === "say" || (step.kind === "ask" && step.heard !== "none");
  return {
    roles,
    heardBy: isHeard ? hearersOf(protocol, step, roles) : new Map(),
    isBranch: step.kind === "probe" || (step.kind === "ask" && step.each === "line"),
    says: saysText(step, isChosen ? `those for whom ${functionText(members)}` : roles.join(", ")),
    marks: [
      step.when === null ? "" : `only when ${functionText(step.when)}`,
      step.hears === null ? "" : `heard only where ${functionText(step.hears)}`,
      memoryText(step),
    ].filter((mark) => mark !== ""),
  };
}

function saysText(step: Step, who: string): string {
  switch (step.kind) {
    case "tell":
      return `${who} ← ${textOf(step.text)}`;
    case "ask":
      return `${who} ← ${namesOf(step.items)}${step.as === null ? "" : `, ${step.as}`}`;
    case "probe":
      return `${who || "the model without a persona"} ← ${namesOf(step.items)}, ${count(step.times, "time")}`;
    case "say":
      return joinTexts([
        `${who}: ${step.text === null ? "in own words" : `as written, ${textOf(step.text)}`}`,
        step.prompt === null ? "" : `asked by ${textOf(step.prompt)}`,
        step.turns === null ? "" : count(step.turns, "turn"),
        step.order === "at once" ? "all at once" : `order: ${step.order.name}`,
        step.silence ? "may be silent" : "",
      ]);
    case "play":
      return `${who}: ${step.game.name} for ${[...new Set(step.game.players)].join(" to ")} players`;
    case "rounds":
      return step.until === null ? "" : `at most; they end once ${functionText(step.until)}`;
  }
}

function memoryText(step: Step): string {
  if (step.kind === "probe") return "on a branch that nobody remembers";
  if (step.kind === "play") return `choices in private; they and pay-offs are ${step.told ? "" : "not "}told`;
  if (step.kind !== "ask") return "";
  if (step.each === "line") return "about each new line, on a branch that nobody remembers";
  return {
    none: "in private: nobody hears the answers",
    after: "answers are heard when all have answered",
    "at once": "answers are heard before the next answers",
  }[step.heard];
}

function namesOf(items: readonly { readonly name: string }[]): string {
  return shorten(items.map(({ name }) => name).join(", "));
}

/** A number of things. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function textOf(text: StepText): string {
  if (typeof text === "function") return `a text by ${functionText(text)}`;
  if (typeof text === "string") return `“${shorten(text)}”`;
  return `the treatment${text.treatment === null ? "" : `’s ${text.treatment}`}`;
}

/** A function as it is written, where that is short. */
function functionText(f: (...values: never[]) => unknown): string {
  const [, body = ""] = /^\(?[\w\s,]*\)?\s*=>\s*([^{].*)$/s.exec(String(f)) ?? [];
  return body === "" || body.length > 90 ? `a function${f.name && ` ${f.name}`}` : shorten(body);
}

function shorten(text: string): string {
  const line = visibleText(text.slice(0, 200)).replace(/\s+/g, " ").trim();
  return text.length > 200 || line.length > 90 ? `${line.slice(0, 90).toWellFormed()}…` : line;
}

/** Who hears whom, and how much is remembered. */
export function hearingText({ hears, memory }: Protocol): string {
  const who = ["everyone", "nobody"].includes(hears.name) ? hears.name : functionText(hears);
  return `Who hears whom: ${who}. Memory: ${memory.last === null ? "all" : `the last ${memory.last}`} lines.`;
}

/** What a role is. */
export function roleText(role: Role): string {
  if (role.kind === "script") return "a script, without calls";
  const who = role.kind === "model" ? "a model without a persona" : "a persona";
  return role.text === "" ? who : `${who}, ${textOf(role.text)}`;
}

/** Before a session only roles are known of members: what else a function reads decides later. */
function onlyOf(known: { readonly role?: string }): never {
  return new Proxy(known, {
    get: (_, name) => {
      if (name === "role" && known.role !== undefined) return known.role;
      throw new RangeError(`Cannot tell ${String(name)} before a session`);
    },
  }) as never;
}

function hearersOf(protocol: Protocol, step: Step, speakers: readonly string[]): Map<string, true | null> {
  const hears = (hearing: Hearing | null, from: string, to: string) => {
    try {
      return hearing === null ||
        hearing(onlyOf({ role: from }), onlyOf({ role: to }), onlyOf({}) as SessionView);
    } catch {
      return null;
    }
  };
  const heard = Object.entries(protocol.roles).map(([role, { kind }]) => {
    // Of a role that nobody is assigned to there is one, who does not hear itself.
    const ways = speakers.filter((speaker) => speaker !== role || kind === "persona")
      .map((speaker) => [step.hears, protocol.hears].map((hearing) => hears(hearing, speaker, role)))
      .filter((way) => !way.includes(false));
    const isSure = ways.some((way) => !way.includes(null));
    return [role, ways.length === 0 ? false : isSure || null] as const;
  });
  return new Map(heard.filter((entry): entry is [string, true | null] => entry[1] !== false));
}

/** A protocol for a terminal. */
export function writeProtocol(protocol: Protocol): string {
  const steps = tellSteps(protocol).map(({ depth, title, says, marks }) => {
    return ["│ ".repeat(depth) + title, says, ...marks.map((mark) => `(${mark})`)];
  });
  const roles = Object.entries(protocol.roles).map(([name, role]) => [name, roleText(role)]);
  const longest = Math.max(...[...roles, ...steps].map(([head]) => head!.length)) + 2;
  return [[hearingText(protocol)], ...roles, [""], ...steps]
    .map(([head, ...parts]) => `${head!.padEnd(longest)}${parts.join(`\n${" ".repeat(longest)}`)}`.trimEnd())
    .join("\n");
}
