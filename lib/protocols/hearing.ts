import { checkColumns, checkOneOf, checkWeights, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { flag, readOptions, type RulesFor } from "../core/options.ts";
import type { Hearing, Member, SessionView } from "../core/protocol.ts";
import { stream } from "../core/stream.ts";
import { columnOf, type Table } from "../core/table.ts";
import { toldAs } from "./roles.ts";

/** Everyone hears everyone: a discussion. */
export const everyone: Hearing = (): boolean => true;

/** Nobody hears anybody: subjects on their own, side by side. */
export const nobody: Hearing = (): boolean => false;

// A role that nobody is assigned to is a member by the role's own name.
const isAssigned = ({ member, role }: Member): boolean => member !== role;

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
 * @param table one row per edge: `from` and `to` (persona ids, or roles that nobody is assigned to), and perhaps
 * `weight`, 0 for no edge
 * @param options see {@linkcode EdgesOptions}
 * @returns who hears whom, for `hears`
 * @throws {RangeError} if a column is missing, or a weight is below 0
 */
export function edges(table: Table, options: EdgesOptions = {}): Hearing {
  const action = "join members by edges";
  const { directed } = readOptions(action, options, rules);
  checkColumns(action, table, ["from", "to"]);
  const weights = table.columnNames().includes("weight") ? columnOf(table, "weight") : undefined;
  if (weights !== undefined) checkWeights(action, "weight", weights);
  const heard = new Map<string, Set<string>>();
  const named = new Set<string>();
  const [from, to] = [columnOf(table, "from").map(String), columnOf(table, "to").map(String)];
  from.forEach((one, row) => {
    const other = to[row]!;
    named.add(one).add(other);
    if (weights?.[row] === 0) return;
    heard.getOrInsertComputed(one, () => new Set()).add(other);
    if (!directed) heard.getOrInsertComputed(other, () => new Set()).add(one);
  });
  const joinsAll = (member: Member) => !isAssigned(member) && !named.has(member.member);
  const hears: Hearing = (speaker, listener) =>
    heard.get(speaker.member)?.has(listener.member) === true || joinsAll(speaker) || joinsAll(listener);
  return Object.assign(toldAs("edges of a network", hears), { named });
}

/**
 * Personas hear those of their group alone. A role that nobody is assigned to hears all and is heard by all.
 *
 * @param size how many to a group; it must divide the number of a session's personas
 * @param matching `keep`: by seats, the same in all rounds (partners); `random`: drawn in each round (strangers)
 * @returns who hears whom, for `hears`
 * @throws {RangeError} if the size is no whole number from 1; and, when a session is grouped, if it does not divide
 */
export function groups(size: number, matching: "keep" | "random"): Hearing {
  const action = "match members in groups";
  checkWhole(action, "size", size, 1);
  checkOneOf<string>(action, "matching", matching, ["keep", "random"]);
  const formed = new WeakMap<readonly Member[], Map<number, Map<string, number>>>();
  return toldAs(`groups of ${size}, ${matching}`, (speaker: Member, listener: Member, s: SessionView) => {
    // A session's members are one list: whoever asks for a round's groups finds those that were formed.
    const known = formed.getOrInsertComputed(s.members, () => new Map());
    const drawn = matching === "keep" ? 0 : Math.floor(s.draw("groups") * 2 ** 53);
    const group = known.getOrInsertComputed(drawn, () => {
      const personas = s.members.filter(isAssigned).map(({ member }) => member);
      const rule = `divide the ${personas.length} personas of a session`;
      if (personas.length % size !== 0) throw new RangeError(cannot(action, "size", rule, size));
      const order = matching === "keep" ? personas : stream(drawn, "groups").shuffle(personas);
      return new Map(order.map((member, place) => [member, Math.floor(place / size)]));
    });
    const [one, other] = [group.get(speaker.member), group.get(listener.member)];
    return one === undefined || other === undefined || one === other;
  });
}

/** The parts of a session whose members hear each other, directly or through others; one direction connects. */
export function connectedParts(members: readonly Member[], hears: Hearing, s: SessionView): Member[][] {
  const parts: Member[][] = [];
  for (let rest = members; rest.length > 0;) {
    const part = new Set([rest[0]!]);
    for (const one of part) {
      for (const other of rest) {
        if (!part.has(other) && (hears(one, other, s) || hears(other, one, s))) part.add(other);
      }
    }
    parts.push(rest.filter((member) => part.has(member)));
    rest = rest.filter((member) => !part.has(member));
  }
  return parts;
}
