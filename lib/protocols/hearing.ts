import { checkColumns, checkOneOf, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { flag, readOptions, type RulesFor } from "../core/options.ts";
import type { Hearing, Member, SessionView } from "../core/protocol.ts";
import { stream } from "../core/stream.ts";
import { columnOf, type Table } from "../core/table.ts";
import { readsNoArm } from "./roles.ts";

/** Everyone hears everyone: a discussion. */
export const everyone: Hearing = readsNoArm((): boolean => true);

/** Nobody hears anybody: subjects on their own, side by side. */
export const nobody: Hearing = readsNoArm((): boolean => false);

/** Options of {@linkcode edges}. */
export interface EdgesOptions {
  /**
   * Whether `to` hears `from` and not the other way round.
   * @default false
   */
  readonly directed?: boolean;
}

const rules = { directed: flag(false) } as const satisfies RulesFor<EdgesOptions>;

/**
 * Who is joined by an edge of a network hears the other. A role that nobody is assigned to hears all and is heard by
 * all, unless an edge names it.
 *
 * @param table one row per edge: `from` and `to` (persona ids, or names of roles that nobody is assigned to), and
 * perhaps `weight`, 0 for no edge
 * @param options see {@linkcode EdgesOptions}
 * @returns who hears whom, for `hears`
 * @throws {RangeError} if a column is missing, a weight is below 0, or an edge joins somebody with itself
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy";
 * import { edges } from "@understudy/understudy/protocols";
 *
 * const friends = edges(tableOf({ from: ["p1", "p2"], to: ["p2", "p3"] }));
 * assertEquals(typeof friends, "function");
 * ```
 */
export function edges(table: Table, options: EdgesOptions = {}): Hearing {
  const action = "join members by edges";
  const { directed } = readOptions(action, options, rules);
  checkColumns(action, table, ["from", "to"], "table");
  const [from, to] = [columnOf(table, "from").map(String), columnOf(table, "to").map(String)];
  const weights = table.columnNames().includes("weight") ? columnOf(table, "weight") : from.map(() => 1);
  const heard = new Map<string, Set<string>>();
  const join = (speaker: string, listener: string) => {
    heard.set(speaker, (heard.get(speaker) ?? new Set()).add(listener));
    if (!heard.has(listener)) heard.set(listener, new Set());
  };
  from.forEach((speaker, row) => {
    const [listener, weight] = [to[row]!, weights[row]];
    if (speaker === listener) {
      throw new RangeError(
        cannot(action, "table", "join nobody with itself", `'${speaker}' in row ${row + 1}`),
      );
    }
    if (typeof weight !== "number" || !(weight >= 0)) {
      throw new RangeError(cannot(action, "weight", "hold numbers of at least 0", weight));
    }
    if (weight === 0) return;
    join(speaker, listener);
    if (!directed) join(listener, speaker);
  });
  const outside = (member: Member) => isUnassigned(member) && !heard.has(member.member);
  return readsNoArm((speaker: Member, listener: Member): boolean =>
    heard.get(speaker.member)?.has(listener.member) === true || outside(speaker) || outside(listener)
  );
}

/** A role that nobody is assigned to is a member by the role's own name. */
function isUnassigned({ member, role }: Member): boolean {
  return member === role;
}

/**
 * Personas hear those of their group alone. A role that nobody is assigned to hears all and is heard by all.
 *
 * @param size how many to a group; it divides the number of a session's personas
 * @param matching `keep`: by seats, the same in all rounds (partners). `random`: drawn anew in each round (strangers)
 * @returns who hears whom, for `hears`
 * @throws {RangeError} if the size is no whole number from 1; and, when the groups are made, if it does not divide
 * @example Strangers: in each round another four
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groups } from "@understudy/understudy/protocols";
 *
 * assertEquals(typeof groups(4, "random"), "function");
 * ```
 */
export function groups(size: number, matching: "keep" | "random"): Hearing {
  const action = "match members in groups";
  checkWhole(action, "size", size, 1);
  checkOneOf<string>(action, "matching", matching, ["keep", "random"]);
  // All pairs of a round ask for the same groups: the last of each session are kept.
  const last = new WeakMap<
    readonly Member[],
    { readonly drawn: number; readonly group: Map<string, number> }
  >();
  const groupsOf = (s: SessionView): Map<string, number> => {
    const drawn = matching === "random" ? s.draw("groups") : 0;
    const kept = last.get(s.members);
    if (kept?.drawn === drawn) return kept.group;
    const personas = s.members.filter((member) => !isUnassigned(member)).map(({ member }) => member);
    if (personas.length % size !== 0) {
      throw new RangeError(
        cannot(action, "size", `divide the ${personas.length} personas of a session`, size),
      );
    }
    const order = matching === "keep"
      ? personas
      : stream(Math.floor(drawn * 2 ** 53), "groups").shuffle(personas);
    const group = new Map(order.map((member, place) => [member, Math.floor(place / size)]));
    last.set(s.members, { drawn, group });
    return group;
  };
  return readsNoArm((speaker: Member, listener: Member, s: SessionView): boolean => {
    const group = groupsOf(s);
    const [one, other] = [group.get(speaker.member), group.get(listener.member)];
    return one === undefined || other === undefined || one === other;
  });
}

/**
 * The members who hear each other, directly or through others: who plays a game together, who is one session.
 *
 * @param members the members
 * @param hears who hears whom; one direction connects
 * @param s the session as it stands
 * @returns the parts, in the order of their first members; the members of each in the order given
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { connectedParts } from "@understudy/understudy/protocols";
 *
 * const members = ["p1", "p2", "p3"].map((member, place) => (
 *   { member, role: "subject", seat: place + 1, name: `Subject ${place + 1}`, attributes: {} }
 * ));
 * const hears = (from: { seat: number }, to: { seat: number }) => from.seat + to.seat === 3;
 * const parts = connectedParts(members, hears, {} as never);
 * assertEquals(parts.map((part) => part.map(({ member }) => member)), [["p1", "p2"], ["p3"]]);
 * ```
 */
export function connectedParts(members: readonly Member[], hears: Hearing, s: SessionView): Member[][] {
  let rest = [...members];
  const parts: Member[][] = [];
  while (rest.length > 0) {
    const part = new Set([rest[0]!]);
    for (const one of part) {
      const joined = (other: Member) => part.has(other) || hears(one, other, s) || hears(other, one, s);
      for (const other of rest) if (joined(other)) part.add(other);
      rest = rest.filter((other) => !part.has(other));
    }
    parts.push(members.filter((member) => part.has(member)));
  }
  return parts;
}
