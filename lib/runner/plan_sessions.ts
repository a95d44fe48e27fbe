import type { Arm, Plan } from "../core/experiment.ts";
import { cannot } from "../core/errors.ts";
import { flatSteps, hasSpeakers } from "../core/protocol.ts";
import { stream } from "../core/stream.ts";
import { distinct, type Table, tableOf } from "../core/table.ts";
import { nobody } from "../protocols/hearing.ts";
import { checkSlots } from "../treatments/compose_treatment.ts";
import { fillFor, templateSlots } from "../treatments/template.ts";
import { conversationsOf, sharesPast } from "./ask_trials.ts";
import { endedWith } from "../prompts/compose_prompt.ts";
import { madeUp } from "../prompts/made_up.ts";
import { indexPlan, sessionRows } from "../prompts/plan_index.ts";
import { defaultInstruction } from "../prompts/questions.ts";
import type { Session } from "../prompts/sessions/session.ts";
import type { SessionCall } from "../prompts/sessions/walk.ts";
import { type WalkOptions, walkSession } from "../prompts/sessions/walk_session.ts";

/** What a plan of sessions is made of. */
export interface SessionsRequest extends Pick<Plan, "assigned" | "design" | "seed"> {
  readonly columns: { readonly [column: string]: readonly unknown[] };
  readonly replicates: number;
  readonly wordings: "draw" | "all";
  readonly instruction: string | undefined;
  readonly persona: Plan["prompt"]["persona"];
}

/** Plans the sessions of a protocol: each is walked with made-up replies, so that what cannot run costs nothing. */
export function planSessions(action: string, request: SessionsRequest): Plan {
  const { assigned, design, seed, persona, instruction } = request;
  const trials = listSessions(action, request);
  checkTexts(action, request);
  const { roles, steps, hears } = design.protocol!;
  const meeting = flatSteps(steps).find((step) =>
    hasSpeakers(step, roles) && ![hears, step.hears].includes(nobody)
  );
  const isAlone = Object.values(roles).every(({ kind }) => kind === "persona");
  if (meeting !== undefined && isAlone && request.columns.session === undefined) {
    throw new RangeError(
      `Cannot ${action} as nobody would hear step '${meeting.name}': 'assigned' has no column 'session'; put personas in ` +
        "groups, assignGroups(personas, { size: 4 }), before assignTreatments (size: 1 where each is to be alone)",
    );
  }
  const known = [...request.columns.persona_id!.map(String), ...Object.keys(roles)];
  for (const { hears } of [design.protocol!, ...flatSteps(steps)]) {
    const { named } = hears ?? {};
    if (named === undefined || named.size === 0 || known.some((id) => named.has(id))) continue;
    throw new RangeError(cannot(action, "edges", "name personas of 'assigned'", [...named].slice(0, 5)));
  }
  const plan: Plan = {
    trials: tableOf(trials),
    summary: tableOf({ arm: [], calls: [] }),
    assigned,
    design,
    prompt: { persona, instruction: instruction ?? defaultInstruction },
    seed,
  };
  return Object.freeze({ ...plan, summary: rehearse(action, plan) });
}

/** Fills the slots of what all of a role are told for everybody: a walk of some sessions meets not every gap. */
function checkTexts(action: string, { columns, design }: SessionsRequest): void {
  const { roles, steps } = design.protocol!;
  const given = Object.keys(design.factors ?? {});
  const ofRoles = Object.entries(roles).flatMap(([to, own]) =>
    own.kind === "persona" ? [{ text: own.text, to }] : []
  );
  const tells = flatSteps(steps).filter((step) => step.kind === "tell");
  const toAll = tells.filter(({ when, to }) => when === null && typeof to !== "function");
  const checkTreatment = checkSlots(action, design.treatments);
  for (const { text, to } of [...ofRoles, ...toAll]) {
    const slots = typeof text === "string" ? templateSlots(text).filter((slot) => !given.includes(slot)) : [];
    const isTreatment = typeof text === "object" && text.treatment === null;
    if (slots.length === 0 && !isTreatment) continue;
    columns.persona_id!.forEach((persona, row) => {
      const isFor = to === null || columns.role === undefined ||
        [to].flat().includes(String(columns.role[row]));
      if (!isFor) return;
      const attributes = Object.fromEntries(Object.keys(columns).map((name) => [name, columns[name]![row]]));
      if (isTreatment) checkTreatment(columns.arm![row] as string, persona, () => attributes);
      if (typeof text !== "string" || slots.every((slot) => (attributes[slot] ?? "") !== "")) return;
      const levels = Object.fromEntries(given.map((factor) => [factor, factor]));
      fillFor(action, text, { ...attributes, ...levels }, `persona ${persona}`);
    });
  }
}

function listSessions(action: string, { columns, design, seed, replicates, ...asked }: SessionsRequest) {
  const arms = new Map(design.treatments.arms.map((arm) => [arm.name, arm]));
  return [...sessionRows(columns)].flatMap(([session, byArm]) => {
    if (byArm.size > 1 && design.subjects === "between") {
      const found = [...byArm.keys()].join(", ");
      throw new RangeError(
        `Cannot ${action} as members of session ${session} are in different arms (${found}), which would hear each ` +
          `other: declareDesign({ …, clusters: "session" }), and assign again`,
      );
    }
    return [...byArm as Map<string, number[]>].flatMap(([arm, rows]) => {
      const members = new Set(rows.map((row) => String(columns.persona_id![row])));
      if (members.size < rows.length) {
        const twice = `a persona stands twice in session ${session}, arm '${arm}'`;
        throw new RangeError(`Cannot ${action} as ${twice}`);
      }
      const wordings = wordingsOf(arms.get(arm)!, { ...asked, seed, session });
      return Array.from({ length: replicates }, (_, at) => at + 1).flatMap((replicate) =>
        wordings.map((wording) => {
          const trial_id = [session, arm, `w${wording}`, `r${replicate}`].join(":");
          const own = stream(seed, "ask", session, arm, wording, replicate).seed();
          return { trial_id, session, arm, replicate, wording, seed: own };
        })
      );
    });
  });
}

/** The wordings that a persona or a session reads: one that is drawn, or all. */
export function wordingsOf(
  { name, wordings: texts }: Arm,
  { wordings, seed, session }: Pick<SessionsRequest, "wordings" | "seed"> & { readonly session: string },
): number[] {
  if (wordings === "all") return texts.map((_, place) => place + 1);
  return [texts.length === 1 ? 1 : 1 + stream(seed, "wording", session, name).integer(texts.length)];
}

/** So many sessions of an arm are walked, of each composition at least one, and so many members in all. */
const [mostRehearsed, mostMembers] = [20, 200];

/**
 * Walks some sessions of each arm with replies that are made up, which finds what cannot run, and counts their calls: one
 * row per arm and step, with the fewest, expected and most calls.
 */
function rehearse(action: string, plan: Plan): Table {
  const { arms } = plan.design.treatments;
  const isShared = sharesPast(plan);
  const counts = new Map<string, { arm: string; step: string; calls: [number, number, number] }>();
  const walked: Session[] = [];
  for (const { conversation, share } of sampleConversations(plan)) {
    bounds.forEach((bound, end) => {
      const { calls, session } = rehearseOne(action, plan, conversation, bound);
      for (const call of calls) {
        const key = JSON.stringify([call.arm, call.step]);
        const count = counts.getOrInsert(key, { arm: call.arm, step: call.step, calls: [0, 0, 0] });
        // Without a persona the run is asked once; what arms share, in the first of them.
        const isRepeated = isShared && call.isBeforeArm && call.arm !== arms[0]!.name;
        count.calls[end]! += call.member === null ? 1 : isRepeated ? 0 : share;
      }
      if (bound === undefined) walked.push(session);
    });
  }
  checkWalked(action, plan, walked);
  const { session, arm: inArm } = indexPlan(plan).trials;
  const sessions = Map.groupBy(session!.keys(), (trial) => inArm[trial]);
  return tableOf(
    [...counts.values()].sort((a, b) => a.arm === b.arm ? 0 : a.arm < b.arm ? -1 : 1).map(
      ({ arm, step, calls: [expected, fewest, most] }) => ({
        arm,
        step,
        sessions: new Set(sessions.get(arm)!.map((trial) => session![trial])).size,
        calls_low: Math.round(Math.min(fewest, expected)),
        calls: Math.round(expected),
        calls_high: Math.round(Math.max(most, expected)),
      }),
    ),
  );
}

const bounds = [undefined, "fewest", "most"] as const;

/** Conversations of every arm and composition, with how many each stands for. */
function sampleConversations(plan: Plan): { conversation: readonly number[]; share: number }[] {
  const { trials, assigned, assignedRows } = indexPlan(plan);
  const rolesOf = (trial: number) => assignedRows[trial]!.map((row) => assigned.role?.[row] ?? "").sort();
  const composition = ([trial]: readonly number[]) => JSON.stringify([trials.arm[trial!], rolesOf(trial!)]);
  const all = conversationsOf(plan);
  return [...Map.groupBy(all, composition).values()].flatMap((own) => {
    const share = all.length / plan.design.treatments.arms.length;
    const most = Math.min(mostRehearsed, mostMembers / assignedRows[own[0]![0]!]!.length);
    const count = Math.min(own.length, Math.max(1, Math.round(most * own.length / share)));
    return Array.from({ length: count }, (_, at) => ({
      conversation: own[Math.floor(at * own.length / count)]!,
      share: own.length / count,
    }));
  });
}

/** Finds what none of the sessions has that were walked: a role's members, a step's, an arm and factors that are read. */
function checkWalked(action: string, { design }: Plan, walked: readonly Session[]): void {
  const roles = distinct(walked.flatMap(({ participants }) => participants.map(({ member }) => member.role)));
  const absent = Object.keys(design.protocol!.roles).find((role) => !roles.includes(role));
  const steps = walked.flatMap(({ taken }) => [...taken.keys()]);
  const idle = steps.find((step) => !walked.some(({ taken }) => taken.get(step)));
  const isCompared = design.treatments.arms.length > 1;
  const hasFaded = walked.some(({ participants }) => participants.some(({ memory }) => memory.hasFaded));
  const factors = Object.keys(design.factors ?? {});
  const unread = factors.find((factor) => !walked.some(({ factorsRead }) => factorsRead.has(factor)));
  const what = absent !== undefined
    ? `role '${absent}' has no members: assignGroups(personas, { roles: { ${absent}: 1, … } })`
    : idle !== undefined
    ? `step '${idle}' has nobody to take it: the roles are ${roles.join(", ")}`
    : isCompared && hasFaded
    ? "the treatment is a line that fades (memory.last) before anybody is asked or speaks: ask earlier, or tell it"
    : isCompared && !walked.some((session) => session.isArmRead)
    ? "no step that takes place reads the arm: tell(treatment()), or a function of s.arm"
    : isCompared && !walked.some((session) => session.readBefore)
    ? "nothing is asked, said or chosen after the treatment is read: it would have no outcome"
    : unread !== undefined
    ? `factor '${unread}' is never read: treatment("${unread}"), s.level("${unread}"), or its slot`
    : undefined;
  if (what !== undefined) throw new RangeError(`Cannot ${action} as ${what}`);
}

/** Walks one session with made-up replies. */
function rehearseOne(
  action: string,
  plan: Plan,
  conversation: readonly number[],
  bound: "fewest" | "most" | undefined,
): { calls: SessionCall[]; session: Session } {
  let session: Session | undefined;
  const calls: SessionCall[] = [];
  try {
    const line = bound === "fewest" ? "[silence]" : "I see.";
    rehearsedCalls(plan, conversation, line, { bound, onSession: (own) => session = own }, calls);
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
  conversation: readonly number[],
  line: string,
  options: Pick<WalkOptions, "bound" | "onSession"> = {},
  calls: SessionCall[] = [],
): SessionCall[] {
  const walk = walkSession(plan, conversation, options);
  let step = walk.next();
  while (!step.done) {
    step = walk.next(step.value.map((call) => {
      calls.push(call);
      const random = stream(plan.seed, "rehearsal", conversation[0]!, calls.length);
      const { schema } = call.request;
      return endedWith(call, schema === undefined ? line : madeUp(schema, random, options.bound));
    }));
  }
  if (step.value.error !== undefined) throw step.value.error;
  return calls;
}
