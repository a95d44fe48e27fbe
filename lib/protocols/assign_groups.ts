import { checkColumns, checkIds, checkText, checkWhole } from "../core/checks.ts";
import { memberColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import type { DrawOptions, RulesFor } from "../core/options.ts";
import { drawRules, oneOf, readOptions, rule, whole } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { columnOf, heldColumns, type Table, tableOf, takeRows } from "../core/table.ts";

/** Options of {@linkcode assignGroups}. */
export interface AssignGroupsOptions extends DrawOptions {
  /**
   * How many personas to a group.
   * @default the sum of `roles`
   */
  readonly size?: number;
  /**
   * How many of a group have each role, by its name; they take the seats in this order.
   * @default { subject: size }
   */
  readonly roles?: { readonly [role: string]: number };
  /**
   * What becomes of personas who do not fill a group: an error, or they are left out of the table, by chance.
   * @default "error"
   */
  readonly leftover?: "error" | "leave out";
}

const action = "assign groups";

const rules = {
  ...drawRules,
  size: whole(undefined),
  roles: rule<NonNullable<AssignGroupsOptions["roles"]>, undefined>((_, name, roles) => {
    if (typeof roles !== "object" || roles === null || Array.isArray(roles)) {
      throw new TypeError(cannot(action, name, "be an object such as { member: 3, leader: 1 }", roles));
    }
    for (const [role, count] of Object.entries(roles)) {
      checkText(action, name, role);
      checkWhole(action, `${name}.${role}`, count, 1);
    }
  }, undefined),
  leftover: oneOf(["error", "leave out"], "error"),
} as const satisfies RulesFor<AssignGroupsOptions>;

/**
 * Puts personas in groups at random: each group is a session, in which members may hear each other.
 *
 * The order of the rows does not matter, and weights play no part. Give the table to `assignTreatments` with a design whose
 * `clusters` is "session": groups are then assigned as one.
 *
 * @param personas one row per persona, with `persona_id`
 * @param options see {@linkcode AssignGroupsOptions} (defaults there)
 * @returns the personas by group and seat, with `session` ("g1", …), `role` and `seat` (from 1)
 * @throws {RangeError} if neither `size` nor `roles` is given, they disagree, the size does not divide the number of
 * personas, or the personas have one of these columns
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { assignGroups, tableOf } from "@understudy/understudy";
 *
 * const personas = tableOf({ persona_id: ["p1", "p2", "p3", "p4", "p5", "p6"] });
 * const groups = assignGroups(personas, { roles: { member: 2, leader: 1 }, seed: 1 });
 * assertEquals(groups.array("session"), ["g1", "g1", "g1", "g2", "g2", "g2"]);
 * assertEquals(groups.array("role"), ["member", "member", "leader", "member", "member", "leader"]);
 * ```
 */
export function assignGroups(personas: Table, options: AssignGroupsOptions): Table {
  const { seed, size: given, roles, leftover } = readOptions(action, options, rules);
  checkColumns(action, personas, ["persona_id"], "personas");
  checkIds(action, personas, "persona_id");
  const taken = personas.columnNames().find((name) => Object.hasOwn(memberColumns, name));
  const drop = "not have this column yet: rename or drop it";
  if (taken !== undefined) throw new RangeError(cannot(action, "personas", drop, taken));
  const counts = Object.entries(roles ?? { subject: given ?? 0 });
  const named = counts.flatMap(([role, count]) => Array<string>(count).fill(role));
  const size = given ?? named.length;
  if (size === 0 || size !== named.length) {
    throw new RangeError(cannot(action, "size", "be given or 'roles', whose sum it must be", given));
  }
  const ids = columnOf(personas, "persona_id").map(String);
  if (ids.length < size || (ids.length % size !== 0 && leftover === "error")) {
    const rule = `divide the number of personas, ${ids.length}, or 'leftover' be "leave out"`;
    throw new RangeError(cannot(action, "size", rule, size));
  }
  const keys = ids.map((id) => stream(seed, "group", id).uniform());
  const order = [...ids.keys()].sort((a, b) => keys[a]! - keys[b]! || (ids[a]! < ids[b]! ? -1 : 1))
    .slice(0, ids.length - ids.length % size);
  return tableOf({
    ...heldColumns(takeRows(personas, order)),
    session: order.map((_, place) => `g${1 + Math.floor(place / size)}`),
    role: order.map((_, place) => named[place % size]),
    seat: order.map((_, place) => 1 + place % size),
  });
}
