import { assert, assertEquals, assertThrows } from "@std/assert";
import { desire, inOrder, propensity, responding } from "@understudy/understudy/protocols";
import { membersOf, speakers } from "./session.ts";

const seven = membersOf(7);

/** Whether a share among `n` is within four standard errors of what it is exactly. */
function near(share: number, exact: number, n: number): boolean {
  return Math.abs(share - exact) < 4 * Math.sqrt(exact * (1 - exact) / n);
}

Deno.test("inOrder() goes round by seats", () => {
  assertEquals(speakers(inOrder(), membersOf(3), 5), ["p1", "p2", "p3", "p1", "p2"]);
});

Deno.test("responding(p): the one before the last has p + (1 - p) / (n - 1) of the turns, and nobody two in a row", () => {
  for (const [n, p] of [[7, 0.4], [4, 0], [3, 0.9]] as const) {
    const turns = 20_000;
    const said = speakers(responding(p), membersOf(n), turns);
    const again = said.filter((name, turn) => turn > 1 && name === said[turn - 2]).length / (turns - 2);
    assert(near(again, p + (1 - p) / (n - 1), turns - 2), `n ${n}, p ${p}: ${again}`);
    assert(said.every((name, turn) => turn === 0 || name !== said[turn - 1]));
    // Nobody is favoured in the long run; turns of one member are not independent: twice the allowance.
    for (const { member } of membersOf(n)) {
      const share = said.filter((name) => name === member).length / turns;
      assert(near(share, 1 / n, turns / 4), `n ${n}, p ${p}, ${member}: ${share}`);
    }
  }
});

Deno.test("responding(p) draws who speaks first and second, whatever p", () => {
  const starts = Array.from({ length: 300 }, (_, seed) => speakers(responding(1), seven, 3, { seed }));
  assertEquals(new Set(starts.map(([first]) => first)).size, 7);
  assertEquals(new Set(starts.map(([first, second]) => `${first} ${second}`)).size, 42);
  assert(starts.every(([first, , third]) => first === third));
});

Deno.test("orders of speakers: the same seed gives the same speakers, another seed others", () => {
  for (const order of [responding(0.4), propensity()]) {
    const of = (seed: number) => speakers(order, seven, 40, { seed });
    assertEquals(of(3), of(3));
    assert(of(3).join() !== of(4).join());
  }
});

Deno.test("orders of speakers let one who is alone speak again", () => {
  for (const order of [inOrder(), responding(0.4), propensity(), desire({ threshold: 3 })]) {
    assertEquals(speakers(order, membersOf(1), 2, { desires: { p1: 5 } }), ["p1", "p1"]);
  }
});

Deno.test("propensity(): one who spoke has weight 0 in the next turn, then .1 of its base more with each turn", () => {
  const turns = 20_000;
  const two = speakers(propensity(), membersOf(2), 9);
  assert(two.every((name, turn) => turn === 0 || name !== two[turn - 1]));
  // Of three, after a turn of another the last but one has .1 against 1 of who never spoke: 1 / 11.
  const thirds = Array.from(
    { length: turns },
    (_, seed) => speakers(propensity(), membersOf(3), 3, { seed }),
  );
  const again = thirds.filter(([first, , third]) => first === third).length / turns;
  assert(near(again, 0.1 / 1.1, turns), `${again}`);
  // Recovered at once, the base alone decides among the others: 3 against 1 and 1.
  const base = ({ seat }: { seat: number }) => seat === 1 ? 3 : 1;
  const firsts = Array.from(
    { length: turns },
    (_, seed) => speakers(propensity({ base }), membersOf(3), 1, { seed }),
  );
  assert(near(firsts.filter(([first]) => first === "p1").length / turns, 0.6, turns));
});

Deno.test("propensity(base) of 0 never speaks while others may, and below 0 is an error", () => {
  const base = ({ seat }: { seat: number }) => seat === 1 ? 0 : 1;
  assert(!speakers(propensity({ base, recovery: 1 }), membersOf(3), 200).includes("p1"));
  assertThrows(
    () => speakers(propensity({ base: () => -1 }), seven, 1),
    RangeError,
    "'base' must give numbers",
  );
  assertThrows(() => propensity({ recovery: 2 }), RangeError, "'recovery' must be a number from 0 to 1");
  assertThrows(() => responding(NaN), RangeError, "'p' must be a number from 0 to 1");
});

Deno.test("desire(threshold): the highest speaks, nobody below the threshold, never the last speaker", () => {
  const order = desire({ threshold: 3 });
  assertEquals(speakers(order, membersOf(3), 4, { desires: { p1: 9, p2: 4, p3: 1 } }), [
    "p1",
    "p2",
    "p1",
    "p2",
  ]);
  assertEquals(speakers(order, membersOf(3), 2, { desires: { p1: 2, p2: 2.9, p3: 0 } }), [null, null]);
  assertEquals(
    order.asked?.({
      turn: 2,
      members: membersOf(3),
      spoken: ["p2"],
      desires: new Map(),
      draw: () => 0,
    }).map(({ member }) => member),
    ["p1", "p3"],
  );
});

Deno.test("desire(): after more than 2 lines of the step the threshold is 1 less, and ties are drawn", () => {
  // p3 says nothing before the fourth line, as 5 reaches a threshold of 6 only then.
  const order = desire({ threshold: 6 });
  const turn = (spoken: string[], desires: [string, number][]) =>
    order.next({
      turn: 1 + spoken.length,
      members: membersOf(3),
      spoken,
      desires: new Map(desires),
      draw: () => 0,
    });
  assertEquals(turn(["p1", "p2"], [["p1", 4], ["p3", 5]]), null);
  assertEquals(turn(["p1", "p2", "p1"], [["p2", 4], ["p3", 5]])?.member, "p3");
  assertEquals(turn(["p1", "p2", "p1"], [["p2", 4], ["p3", 4.9]]), null);
  const firsts = Array.from(
    { length: 400 },
    (_, seed) => speakers(order, membersOf(3), 1, { seed, desires: { p1: 7, p2: 6.5, p3: 7 } })[0],
  );
  assertEquals(new Set(firsts), new Set(["p1", "p3"]));
  assert(near(firsts.filter((name) => name === "p1").length / 400, 0.5, 400));
});

Deno.test("desire(): who did not say how much is no 0, but drawn beside who wants to most", () => {
  const order = desire({ threshold: 3 });
  const first = (desires: { [member: string]: number | null }) =>
    new Set(Array.from({ length: 60 }, (_, seed) => speakers(order, membersOf(3), 1, { seed, desires })[0]));
  assertEquals(first({ p1: null, p2: 5, p3: 4 }), new Set(["p1", "p2"]));
  assertEquals(first({ p1: null, p2: 1, p3: 2 }), new Set(["p1"]));
  const none = { p1: null, p2: null, p3: null };
  const firsts = Array.from(
    { length: 60 },
    (_, seed) => speakers(desire({ threshold: 3 }), membersOf(3), 1, { seed, desires: none })[0],
  );
  assertEquals(new Set(firsts), new Set(["p1", "p2", "p3"]));
  assertThrows(() => desire({ threshold: 11 }), RangeError, "'threshold' must be a number from 0 to 10");
  assertThrows(() => desire({} as { threshold: number }), RangeError, "'threshold'");
});
