import type { Arm, Design, Plan } from "../core/experiment.ts";
import { flatSteps } from "../core/protocol.ts";
import type { ReplySchema } from "../core/respondent.ts";
import { type RandomStream, stream } from "../core/stream.ts";
import { type Table, tableOf } from "../core/table.ts";
import { endedWith } from "../prompts/compose_prompt.ts";
import { sessionRows } from "../prompts/plan_index.ts";
import { defaultInstruction } from "../prompts/questions.ts";
import type { Session, SessionCall } from "../prompts/sessions/session.ts";
import { type WalkOptions, walkSession } from "../prompts/sessions/walk_session.ts";

/** What a plan of sessions is made of. */
export interface SessionsRequest {
  readonly assigned: Table;
  readonly columns: { readonly [column: string]: readonly unknown[] };
  readonly design: Design;
  readonly seed: number;
  readonly replicates: number;
  readonly wordings: "draw" | "all";
  readonly instruction: string | undefined;
  readonly persona: Plan["prompt"]["persona"];
}

/** Plans the sessions of a protocol: each is walked with made-up replies, so that what cannot run costs nothing. */
export function planSessions(action: string, request: SessionsRequest): Plan {
  const { assigned, design, seed, persona, instruction } = request;
  const trials = listSessions(action, request);
  const plan: Plan = {
    trials: tableOf(trials),
    summary: tableOf({ arm: [], calls: [] }),
    assigned,
    design,
    prompt: { persona, instruction: instruction ?? defaultInstruction },
    seed,
  };
  return Object.freeze({ ...plan, summary: rehearse(action, plan, trials) });
}

function listSessions(action: string, { columns, design, seed, replicates, wordings }: SessionsRequest) {
  const trials = {
    trial_id: [] as string[],
    session: [] as string[],
    arm: [] as string[],
    replicate: [] as number[],
    wording: [] as number[],
    seed: [] as number[],
  };
  const arms = new Map(design.treatments.arms.map((arm) => [arm.name, arm]));
  for (const [session, byArm] of sessionRows(columns)) {
    if (byArm.size > 1 && design.subjects === "between") {
      const found = [...byArm.keys()].join(", ");
      throw new RangeError(
        `Cannot ${action} as members of session ${session} are in different arms (${found}), which would hear each ` +
          `other: declareDesign({ …, clusters: "session" }), and assign again`,
      );
    }
    for (const [arm, rows] of byArm) {
      const members = new Set(rows.map((row) => String(columns.persona_id![row])));
      if (members.size < rows.length) {
        throw new RangeError(
          `Cannot ${action} as a persona stands twice in session ${session}, arm '${arm}'`,
        );
      }
      const chosen = wordingsOf(arms.get(arm as string)!, { wordings, seed, session });
      for (let replicate = 1; replicate <= replicates; replicate++) {
        for (const wording of chosen) {
          trials.trial_id.push([session, arm, `w${wording}`, `r${replicate}`].join(":"));
          trials.session.push(session);
          trials.arm.push(arm as string);
          trials.replicate.push(replicate);
          trials.wording.push(wording);
          trials.seed.push(stream(seed, "ask", session, arm as string, wording, replicate).seed());
        }
      }
    }
  }
  return trials;
}

/** The wordings that a persona or a session reads: one that is drawn, or all. */
export function wordingsOf(
  { name, wordings: texts }: Arm,
  { wordings, seed, session }: {
    readonly wordings: "draw" | "all";
    readonly seed: number;
    readonly session: string;
  },
): number[] {
  if (wordings === "all") return texts.map((_, place) => place + 1);
  return [texts.length === 1 ? 1 : 1 + stream(seed, "wording", session, name).integer(texts.length)];
}

/** So many sessions of an arm are walked, evenly spaced. */
const mostRehearsed = 20;

/**
 * Walks some sessions of each arm with replies that are made up, which finds what cannot run, and counts their calls: one
 * row per arm and step, with the fewest, expected and most calls.
 */
function rehearse(action: string, plan: Plan, trials: ReturnType<typeof listSessions>): Table {
  const { protocol } = plan.design;
  const rows: object[] = [];
  let [hasAsked, hasRead, hasFaded] = [false, false, false];
  const [taken, played] = [new Map<string, boolean>(), new Set<string>()];
  for (const [arm, own] of Map.groupBy(trials.arm.keys(), (trial) => trials.arm[trial]!)) {
    const stride = Math.max(1, own.length / mostRehearsed);
    const walked = Array.from(
      { length: Math.min(own.length, mostRehearsed) },
      (_, at) => own[Math.floor(at * stride)]!,
    );
    const count = (bound?: "fewest" | "most") => {
      const counts = new Map<string, number>();
      for (const trial of walked) {
        const { calls, session } = rehearseOne(action, plan, trial, bound);
        for (const call of calls) counts.set(call.step, (counts.get(call.step) ?? 0) + 1);
        if (bound !== undefined) continue;
        hasAsked ||= session.readBefore;
        hasRead ||= session.isArmRead;
        for (const [name, isTaken] of session.taken) taken.set(name, taken.get(name) || isTaken);
        for (const { member } of session.participants) played.add(member.role);
        hasFaded ||= session.participants.some(({ memory }) => memory.hasFaded);
      }
      return counts;
    };
    const [expected, fewest, most] = [count(), count("fewest"), count("most")];
    for (const [name, high] of most) {
      const step = flatSteps(protocol!.steps).find((step) => step.name === name);
      // Without a persona the run is asked once.
      const each = step?.kind === "probe" && !step.persona ? 1 : own.length / walked.length;
      const [low, mean] = [fewest, expected].map((counts) => Math.min(counts.get(name) ?? 0, high));
      rows.push({
        arm,
        step: name,
        sessions: own.length,
        calls_low: Math.round(Math.min(low!, mean!) * each),
        calls: Math.round(mean! * each),
        calls_high: Math.round(high * each),
      });
    }
  }
  const idle = [...taken].find(([, isTaken]) => !isTaken)?.[0];
  if (idle !== undefined) {
    const roles = [...played].join(", ");
    throw new RangeError(
      `Cannot ${action} as step '${idle}' has nobody to take it: the roles present are ${roles}`,
    );
  }
  const absent = Object.keys(protocol!.roles).find((role) => !played.has(role));
  if (absent !== undefined) {
    throw new RangeError(
      `Cannot ${action} as role '${absent}' has no members: assignGroups(personas, { roles: { ${absent}: 1, … } })`,
    );
  }
  if (plan.design.treatments.arms.length > 1) requireOrder(action, { hasAsked, hasRead, hasFaded });
  return tableOf(rows as { [column: string]: unknown }[]);
}

function requireOrder(
  action: string,
  { hasAsked, hasRead, hasFaded }: { hasAsked: boolean; hasRead: boolean; hasFaded: boolean },
): void {
  const what = hasFaded
    ? "the treatment is a line that fades (memory.last) before anybody is asked or speaks: ask earlier, or tell it"
    : !hasRead
    ? "no step that takes place reads the arm: tell(treatment()), or a function of s.arm"
    : !hasAsked
    ? "nothing is asked, said or chosen after the treatment is read: it would have no outcome"
    : undefined;
  if (what !== undefined) throw new RangeError(`Cannot ${action} as ${what}`);
}

/** Walks one session with made-up replies. */
function rehearseOne(
  action: string,
  plan: Plan,
  trial: number,
  bound: "fewest" | "most" | undefined,
): { calls: SessionCall[]; session: Session } {
  let session: Session | undefined;
  const calls: SessionCall[] = [];
  try {
    const line = bound === "fewest" ? "[silence]" : "I see.";
    rehearsedCalls(plan, trial, line, { bound, onSession: (own) => session = own }, calls);
    return { calls, session: session! };
  } catch (error) {
    // What a bound comes to may not be able to happen.
    if (bound !== undefined && session !== undefined) return { calls, session };
    const where = session === undefined ? "" : ` (session ${session.id}, arm '${session.arm}')`;
    if (error instanceof Error) {
      error.message = `${error.message.replace(/^Cannot run a session/, `Cannot ${action}`)}${where}`;
    }
    throw error;
  }
}

/** The calls of a session in which every line is the same and answers are drawn. */
export function rehearsedCalls(
  plan: Plan,
  trial: number,
  line: string,
  options: Pick<WalkOptions, "bound" | "onSession"> = {},
  calls: SessionCall[] = [],
): SessionCall[] {
  const walk = walkSession(plan, [trial], options);
  for (let step = walk.next(); !step.done;) {
    step = walk.next(step.value.map((call) => {
      calls.push(call);
      const random = stream(plan.seed, "rehearsal", trial, calls.length);
      const { schema } = call.request;
      return endedWith(call, schema === undefined ? line : madeUp(schema, random, options.bound));
    }));
  }
  return calls;
}

/** A reply that fits a schema, drawn. */
function madeUp(
  { schema }: Pick<ReplySchema, "schema">,
  random: RandomStream,
  bound: WalkOptions["bound"],
): string {
  return JSON.stringify(drawValue(schema as Drawn, random, bound));
}

interface Drawn {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Drawn[];
  readonly properties?: { readonly [name: string]: Drawn };
  readonly items?: Drawn;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

function drawValue(schema: Drawn, random: RandomStream, bound: WalkOptions["bound"]): unknown {
  if (schema.enum !== undefined) return schema.enum[random.integer(schema.enum.length)];
  if (schema.anyOf !== undefined) return drawValue(schema.anyOf[0]!, random, bound);
  if (schema.properties !== undefined) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, own]) => [name, drawValue(own, random, bound)]),
    );
  }
  const type = [schema.type].flat()[0];
  if (type === "array") {
    const all = schema.items?.enum ?? [];
    return all.slice(0, Math.max(1, schema.minItems ?? 1));
  }
  if (type !== "integer" && type !== "number") return "I see.";
  const { minimum = 0, maximum = minimum + 10 } = schema;
  if (bound !== undefined) return bound === "fewest" ? minimum : maximum;
  return minimum + random.integer(Math.max(1, Math.floor(maximum - minimum) + 1));
}
