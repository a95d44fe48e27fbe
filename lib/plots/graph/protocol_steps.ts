import type { Protocol, Role, Step, StepText } from "../../core/protocol.ts";
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
  /** Who hears it, by role, and of which roles; `null` where a function decides of more than roles. */
  readonly heardBy: ReadonlyMap<string, ReadonlyMap<string, true | null>>;
  readonly says: string;
  /** Under what conditions, and who remembers it. */
  readonly marks: readonly string[];
  readonly isBranch: boolean;
}

/** All steps in order, those of rounds after the rounds themselves. */
export function tellSteps(protocol: Protocol, steps = protocol.steps, within = "", depth = 0): ToldStep[] {
  const all = Object.keys(protocol.roles);
  const personas = all.filter((role) => protocol.roles[role]!.kind === "persona");
  return steps.flatMap((step, at) => {
    const place = `${within}${at + 1}`;
    const kind = step.name.startsWith(step.kind) ? "" : ` (${step.kind})`;
    const nobody = step.kind === "rounds" || (step.kind === "probe" && !step.persona);
    const members = nobody ? [] : (step.kind === "say" ? step.by : step.to) ?? personas;
    const isChosen = typeof members === "function";
    const roles = isChosen ? all : [members].flat();
    const isHeard = step.kind === "say" || (step.kind === "ask" && step.heard !== "none");
    const told = {
      ...{ step, depth, roles },
      title: `${place} ${shorten(step.name)}${kind}${step.kind === "rounds" ? ` × ${step.rounds}` : ""}`,
      heardBy: isHeard ? hearersOf(protocol, step, roles) : new Map(),
      isBranch: step.kind === "probe" || (step.kind === "ask" && step.each === "line"),
      says: saysText(
        step,
        isChosen ? functionText(members, "those for whom ") : roles.join(", "),
        roles.every((role) => protocol.roles[role]!.kind === "script"),
      ),
      marks: [
        step.when === null ? "" : `only when ${functionText(step.when)}`,
        step.hears === null ? "" : `who hears whom here: ${functionText(step.hears)}`,
        memoryText(step),
      ].filter(Boolean),
    };
    const inner = step.kind === "rounds" ? step.steps : [];
    return [told, ...tellSteps(protocol, inner, `${place}.`, depth + 1)];
  });
}

function saysText(step: Step, who: string, isScript: boolean): string {
  if (step.kind === "tell") return `${who} ← ${textOf(step.text)}`;
  if (step.kind === "play") return `${who}: ${step.game.name}`;
  if (step.kind === "rounds") return step.until === null ? "" : `until ${functionText(step.until)}`;
  if (step.kind === "say") {
    const words = isScript ? "by its script" : "in own words";
    return joinTexts([
      `${who}: ${step.text === null ? words : `as written, ${textOf(step.text)}`}`,
      step.prompt === null ? "" : `asked by ${textOf(step.prompt)}`,
      step.turns === null ? "" : count(step.turns, "turn"),
      step.order === "at once" ? "all at once" : step.order.name.replace(/^(?!in order)/, "order: "),
      step.silence ? "may be silent" : "",
    ]);
  }
  const how = step.kind === "ask" ? step.as : step.times === 1 ? null : `${step.times} times`;
  const items = shorten(step.items.map(({ name }) => name).join(", "));
  return joinTexts([`${who || "the model without a persona"} ← ${items}`, how ?? ""]);
}

function memoryText(step: Step): string {
  if (step.kind === "probe") return "on a branch that nobody remembers";
  if (step.kind === "play") return `choices in private; they and pay-offs are ${step.told ? "" : "not "}told`;
  if (step.kind !== "ask") return "";
  if (step.each === "line") return "about each new line, on a branch that nobody remembers";
  if (step.heard === "none") return "in private: nobody hears the answers";
  return `answers are heard ${step.heard === "after" ? "when all have answered" : "before the next answers"}`;
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

/** A function by the name it was given, or (after what leads to it) as it is written, where that is short. */
function functionText(f: (...values: never[]) => unknown, lead = ""): string {
  if (f.name.includes(" ")) return f.name;
  const [, body = ""] = /^\(?[\w\s,]*\)?\s*=>\s*([^{].*)$/s.exec(String(f)) ?? [];
  return lead + (body === "" || body.length > 90 ? "a function says so" : shorten(body));
}

function shorten(text: string): string {
  const line = visibleText(text.slice(0, 200)).replace(/\s+/g, " ").trim();
  return text.length > 200 || line.length > 90 ? `${line.slice(0, 90).toWellFormed()}…` : line;
}

/** Who hears whom, and how much is remembered. */
export function hearingText({ hears, memory }: Protocol): string {
  const who = { true: "everyone", false: "nobody" }[functionText(hears)] ?? functionText(hears);
  return `Who hears whom: ${who}. Memory: ${memory.last === null ? "all" : `the last ${memory.last}`} lines.`;
}

/** What a role is. */
export function roleText(role: Role): string {
  if (role.kind === "script") return "a script, without calls";
  const who = role.kind === "model" ? "a model without a persona" : "a persona";
  return role.text === "" ? who : `${who}, ${textOf(role.text)}`;
}

/** Before a session only roles are known of members: where a function reads more, it decides later. */
function onlyRole(role?: string): never {
  return new Proxy({}, {
    get: (_, name) => {
      if (name === "role" && role !== undefined) return role;
      throw new RangeError(`Cannot tell ${String(name)} before a session`);
    },
  }) as never;
}

function hearersOf({ roles, hears }: Protocol, step: Step, speakers: readonly string[]) {
  const heard = new Map<string, Map<string, true | null>>();
  for (const listener of Object.keys(roles)) {
    for (const speaker of speakers) {
      // Of a role that nobody is assigned to there is one, who does not hear itself.
      if (speaker === listener && roles[listener]!.kind !== "persona") continue;
      const ways = [step.hears ?? hears, hears].map((hearing) => {
        try {
          return hearing(onlyRole(speaker), onlyRole(listener), onlyRole());
        } catch {
          return null;
        }
      });
      if (ways.includes(false)) continue;
      const way = ways.includes(null) ? null : true;
      heard.getOrInsertComputed(listener, () => new Map()).set(speaker, way);
    }
  }
  return heard;
}

/** A protocol for a terminal. */
export function writeProtocol(protocol: Protocol): string {
  const steps = tellSteps(protocol).map(({ depth, title, says, marks }) =>
    ["│ ".repeat(depth) + title, says, ...marks.map((mark) => `(${mark})`)].filter(Boolean)
  );
  const roles = Object.entries(protocol.roles).map(([name, role]) => [name, roleText(role)]);
  const longest = Math.max(...[...roles, ...steps].map(([head]) => head!.length)) + 2;
  const lines = [...roles, [""], ...steps].map(([head, ...parts]) =>
    `${head!.padEnd(longest)}${parts.join(`\n${" ".repeat(longest)}`)}`.trimEnd()
  );
  return [hearingText(protocol), ...lines].join("\n");
}
