import { assert, assertEquals, assertThrows } from "@std/assert";
import { columnOf, groupRows, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign, declareTreatments } from "@understudy/understudy";
import { yesNo } from "@understudy/understudy/items";
import { ask, assignGroups, declareProtocol, say, tell, treatment } from "@understudy/understudy/protocols";

const ids = Array.from({ length: 24 }, (_, place) => `p${place + 1}`);
const personas = tableOf({ persona_id: ids, weight: ids.map((_, place) => 1 + place) });

const seats = (groups: Table) =>
  Object.fromEntries(
    groups.objects().map((row) => {
      const { persona_id, session, role, seat } = row as Record<string, unknown>;
      return [persona_id, `${session} ${role} ${seat}`];
    }),
  );

Deno.test("assignGroups(roles) puts everybody in one group, with each role as often as declared", () => {
  const groups = assignGroups(personas, { size: 4, roles: { member: 3, leader: 1 }, seed: 2 });
  assertEquals(groups.columnNames(), ["persona_id", "weight", "session", "role", "seat"]);
  assertEquals(columnOf<string>(groups, "persona_id").sort(), [...ids].sort());
  const bySession = groupRows(columnOf(groups, "session"));
  assertEquals([...bySession.keys()], ["g1", "g2", "g3", "g4", "g5", "g6"]);
  for (const rows of bySession.values()) {
    assertEquals(rows.map((row) => columnOf(groups, "role")[row]), ["member", "member", "member", "leader"]);
    assertEquals(rows.map((row) => columnOf(groups, "seat")[row]), [1, 2, 3, 4]);
  }
  // A persona's row stays whole.
  for (const row of groups.objects() as { persona_id: string; weight: number }[]) {
    assertEquals(`p${row.weight}`, row.persona_id);
  }
});

Deno.test("assignGroups(seed) is the same whatever the order of rows and the weights, and another for another seed", () => {
  const groups = assignGroups(personas, { size: 4, seed: 2 });
  const turned = tableOf({ persona_id: ids.toReversed() });
  assertEquals(seats(assignGroups(turned, { size: 4, seed: 2 })), seats(groups));
  assert(
    JSON.stringify(seats(assignGroups(personas, { size: 4, seed: 3 }))) !== JSON.stringify(seats(groups)),
  );
});

Deno.test("assignGroups: any two personas share a group with the probability (size - 1) / (n - 1)", () => {
  const draws = 3000;
  let together = 0;
  for (let seed = 0; seed < draws; seed++) {
    const groups = assignGroups(tableOf({ persona_id: ids.slice(0, 8) }), { size: 4, seed });
    const session = Object.fromEntries(
      groups.objects().map((row) => {
        const { persona_id, session } = row as { persona_id: string; session: string };
        return [persona_id, session];
      }),
    );
    if (session.p1 === session.p2) together++;
  }
  const exact = 3 / 7;
  assert(
    Math.abs(together / draws - exact) < 4 * Math.sqrt(exact * (1 - exact) / draws),
    `${together / draws}`,
  );
});

Deno.test("assignGroups(leftover) refuses people who fill no group, or leaves some out by chance", () => {
  const eleven = tableOf({ persona_id: ids.slice(0, 11) });
  assertThrows(
    () => assignGroups(eleven, { size: 4 }),
    RangeError,
    "'size' must divide the number of personas, 11",
  );
  const left = (seed: number) => {
    const groups = assignGroups(eleven, { size: 4, seed, leftover: "leave out" });
    assertEquals(groups.numRows(), 8);
    return ids.slice(0, 11).filter((id) => !columnOf(groups, "persona_id").includes(id)).join();
  };
  assert(new Set([1, 2, 3, 4, 5].map(left)).size > 1);
  const two = tableOf({ persona_id: ["p1", "p2"] });
  assertThrows(() => assignGroups(two, { size: 4, leftover: "leave out" }), RangeError, "'size' must divide");
});

Deno.test("assignGroups(bad input) says what is wrong", () => {
  const of = (options: object, table = personas) => () => assignGroups(table, options);
  assertThrows(of({}), RangeError, "'size' must be given or 'roles'");
  assertThrows(
    of({ size: 5, roles: { member: 4 } }),
    RangeError,
    "'size' must be given or 'roles', whose sum it must be",
  );
  assertThrows(of({ roles: { member: 0 } }), RangeError, "'roles.member' must be a whole number");
  assertThrows(of({ roles: 4 }), TypeError, "'roles' must be an object");
  assertThrows(of({ roles: [2, 2] }), TypeError, "'roles' must be an object");
  assertThrows(of({ roles: {} }), RangeError, "'size' must be given");
  assertThrows(of({ size: 2, roles: {} }), RangeError, "'size' must be given");
  assertThrows(of({ size: 0 }), RangeError, "'size' must be a whole number");
  assertThrows(of({ size: 4 }, tableOf({ id: [1] })), RangeError, "no column 'persona_id'");
  assertThrows(of({ size: 1 }, tableOf({ persona_id: [1, "1"] })), RangeError, "distinct values");
  const seated = tableOf({ persona_id: ["p1"], seat: [1] });
  assertThrows(of({ size: 1 }, seated), RangeError, "'personas' must not have this column yet");
});

Deno.test("assignTreatments(groups) assigns sessions as one where these are the design's clusters", () => {
  const protocol = declareProtocol({
    steps: [tell(treatment()), say(), ask([yesNo("agrees", "Do you agree?")])],
  });
  const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
  const design = declareDesign({ treatments, protocol, stated: [], clusters: "session" });
  const assigned = assignTreatments(assignGroups(personas, { size: 4, seed: 1 }), design, { seed: 1 });
  const arms = columnOf(assigned, "arm");
  for (const rows of groupRows(columnOf(assigned, "session")).values()) {
    assertEquals(new Set(rows.map((row) => arms[row])).size, 1);
  }
  assertEquals(arms.filter((arm) => arm === "threat").length, 12);
  assertEquals(columnOf(assigned, "cluster"), columnOf(assigned, "session"));
});
