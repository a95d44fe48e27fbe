import { assignedColumns } from "../../core/columns.ts";
import { cannot } from "../../core/errors.ts";
import type { Member, Role, Step } from "../../core/protocol.ts";
import { Memory } from "./memory.ts";

/** A member as the walk keeps it. */
export interface Participant {
  readonly member: Member;
  readonly role: Role;
  /** Its rows of the assigned table; none of a role that nobody is assigned to. */
  rows: readonly number[];
  readonly memory: Memory;
  /** Why it is asked nothing more. */
  ended: string | undefined;
  /** How many lines it has said. */
  said: number;
  system: string | null | undefined;
}

/** The members of a session: personas by their seats, then the roles that nobody is assigned to. */
export function seatMembers(
  roles: { readonly [role: string]: Role },
  rows: readonly number[],
  assigned: { readonly [column: string]: readonly unknown[] },
  last: number | null,
): Participant[] {
  const names = Object.keys(roles);
  const ofPersonas = names.filter((name) => roles[name]!.kind === "persona");
  const seated = assigned.seat === undefined
    ? rows
    : rows.toSorted((a, b) => Number(assigned.seat![a]) - Number(assigned.seat![b]));
  const played = [
    ...seated.map((row) => [roleOfRow(assigned.role?.[row], ofPersonas, names), row] as const),
    ...names.filter((name) => roles[name]!.kind !== "persona").map((name) => [name, null] as const),
  ];
  const counts = new Map<string, number>();
  // What was assigned is read by the session alone, which then has read its arm.
  const columns = Object.keys(assigned).filter((name) => !Object.hasOwn(assignedColumns, name));
  const seatedMembers = played.map(([role, row], place): Participant => {
    const several = played.filter(([other]) => other === role).length > 1;
    const number = (counts.get(role) ?? 0) + 1;
    counts.set(role, number);
    const title = role[0]!.toUpperCase() + role.slice(1);
    return {
      member: {
        member: row === null ? role : String(assigned.persona_id![row]),
        role,
        seat: place + 1,
        name: several ? `${title} ${number}` : title,
        attributes: row === null
          ? {}
          : Object.fromEntries(columns.map((name) => [name, assigned[name]![row]])),
      },
      role: roles[role]!,
      rows: row === null ? [] : [row],
      memory: new Memory(last),
      ended: undefined,
      said: 0,
      system: undefined,
    };
  });
  const taken = seatedMembers.find(({ rows, member }) => rows.length > 0 && names.includes(member.member));
  const called = seatedMembers.map(({ member }) => member.name);
  const twice = called.find((name, place) => called.indexOf(name) < place);
  if (taken !== undefined || twice !== undefined) {
    const what = taken === undefined ? "is what two members are called" : "has the name of a role";
    const who = taken?.member.member ?? twice;
    throw new RangeError(`Cannot plan an experiment as '${who}' ${what}: rename the role, or the persona`);
  }
  return seatedMembers;
}

function roleOfRow(role: unknown, ofPersonas: readonly string[], names: readonly string[]): string {
  // Groups that were assigned without roles have subjects.
  if ((role === undefined || role === "subject") && ofPersonas.length === 1) return ofPersonas[0]!;
  if (typeof role === "string" && ofPersonas.includes(role)) return role;
  const rule = `name a role of personas in the protocol (${ofPersonas.join(", ") || names.join(", ")})`;
  throw new RangeError(
    `${cannot("plan an experiment", "assigned.role", rule, role)}; see assignGroups(personas, { roles: … })`,
  );
}

/** The roles that are ever heard, all personas as ""; `null` where a function decides. */
export function talkativeRoles(steps: readonly Step[]): ReadonlySet<string> | null {
  const found = new Set<string>();
  const look = (all: readonly Step[]): boolean =>
    all.every((step) => {
      if (step.kind === "rounds") return look(step.steps);
      const who = step.kind === "say"
        ? step.by
        : step.kind === "ask" && step.heard !== "none"
        ? step.to
        : undefined;
      if (who === undefined) return true;
      if (typeof who === "function") return false;
      for (const role of who === null ? [""] : [who].flat()) found.add(role);
      return true;
    });
  return look(steps) ? found : null;
}
