import { assertEquals, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { connectedParts, edges, everyone, groups, nobody } from "@understudy/understudy/protocols";
import type { Hearing, Member } from "@understudy/understudy/protocols";
import { chair, membersOf, viewOf } from "./session.ts";

const twelve = membersOf(12);
const partsOf = (hears: Hearing, round: number, members: readonly Member[] = twelve) =>
  connectedParts(members, hears, viewOf(members, round)).map((part) => part.map(({ member }) => member));

Deno.test('groups(4, "random") puts everybody in one group of 4, and others together in each round', () => {
  const random = groups(4, "random");
  const rounds = [1, 2, 3, 4, 5, 6].map((round) => partsOf(random, round));
  for (const parts of rounds) {
    assertEquals(parts.map((part) => part.length), [4, 4, 4]);
    assertEquals(parts.flat().sort(), twelve.map(({ member }) => member).sort());
  }
  assertEquals(new Set(rounds.map((parts) => JSON.stringify(parts))).size, 6);
  assertEquals(partsOf(random, 2), rounds[1]);
});

Deno.test('groups(4, "keep") has the same groups in all rounds, by seats', () => {
  const keep = groups(4, "keep");
  assertEquals(partsOf(keep, 1)[0], ["p1", "p2", "p3", "p4"]);
  assertEquals(partsOf(keep, 1), partsOf(keep, 5));
});

Deno.test("groups(size) must divide the personas; a role that nobody is assigned to hears all and is heard by all", () => {
  assertThrows(
    () => partsOf(groups(5, "keep"), 1),
    RangeError,
    "'size' must divide the 12 personas of a session",
  );
  assertThrows(() => groups(1.5, "keep"), RangeError, "'size' must be a whole number");
  assertThrows(() => groups(4, "swap" as "keep"), RangeError, "'matching' must be one of");
  const all = [...twelve, chair];
  const keep = groups(6, "keep");
  const s = viewOf(all);
  assertEquals(all.filter((member) => keep(chair, member, s) && keep(member, chair, s)).length, 13);
  assertEquals(keep(twelve[0]!, twelve[6]!, s), false);
});

Deno.test("edges(table) join both ways, or one way where directed; a weight of 0 joins nobody", () => {
  const table = tableOf({ from: ["p1", "p2", "p4"], to: ["p2", "p3", "p5"], weight: [1, 0.2, 0] });
  const five = membersOf(5);
  const [p1, p2] = [five[0]!, five[1]!];
  const s = viewOf(five);
  assertEquals(partsOf(edges(table), 0, five), [["p1", "p2", "p3"], ["p4"], ["p5"]]);
  assertEquals([edges(table)(p2, p1, s), edges(table)(p1, p2, s)], [true, true]);
  const directed = edges(table, { directed: true });
  assertEquals([directed(p2, p1, s), directed(p1, p2, s)], [false, true]);
  assertEquals([edges(table)(chair, p1, s), edges(table)(p1, chair, s)], [true, true]);
  const named = edges(tableOf({ from: ["chair"], to: ["p1"] }));
  assertEquals([named(chair, p1, s), named(chair, p2, s)], [true, false]);
});

Deno.test("edges(bad table) says what is wrong", () => {
  const of = (columns: { [column: string]: unknown[] }) => () => edges(tableOf(columns));
  assertThrows(of({ from: ["p1"] }), RangeError, "no column 'to'");
  assertThrows(
    of({ from: ["p1"], to: ["p2"], weight: [-1] }),
    RangeError,
    "'weight' must hold finite numbers",
  );
});

Deno.test("connectedParts(members) is one part where everyone hears everyone, and as many as members where nobody does", () => {
  assertEquals(partsOf(everyone, 0).length, 1);
  assertEquals(partsOf(nobody, 0).length, 12);
  const chain: Hearing = (from, to) => from.seat === to.seat + 1;
  assertEquals(partsOf(chain, 0, twelve.toReversed()).length, 1);
});
