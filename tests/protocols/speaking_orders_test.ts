import { assert, assertEquals } from "@std/assert";
import { inOrder, responding } from "@understudy/understudy/protocols";
import { membersOf, speakers } from "./session.ts";

const seven = membersOf(7);

Deno.test("inOrder() goes round by seats", () => {
  assertEquals(speakers(inOrder(), membersOf(3), 5), ["p1", "p2", "p3", "p1", "p2"]);
});

Deno.test("responding(p): the one before the last has p + (1 - p) / (n - 1) of the turns, and nobody two in a row", () => {
  const turns = 20_000;
  const said = speakers(responding(0.4), seven, turns);
  const again = said.filter((name, turn) => turn > 1 && name === said[turn - 2]).length / (turns - 2);
  // Exactly .4 + .6 / 6 = .5; four standard errors of a share.
  assert(Math.abs(again - 0.5) < 4 * Math.sqrt(0.25 / turns), `${again}`);
  assert(said.every((name, turn) => turn === 0 || name !== said[turn - 1]));
  const first = new Set(
    Array.from({ length: 60 }, (_, seed) => speakers(responding(0.4), seven, 1, { seed })[0]),
  );
  assertEquals(first.size, 7);
});

Deno.test("responding(p): the same seed gives the same speakers, another seed others; one member alone speaks", () => {
  const of = (seed: number) => speakers(responding(0.4), seven, 40, { seed });
  assertEquals(of(3), of(3));
  assert(of(3).join() !== of(4).join());
  assertEquals(speakers(responding(0.4), membersOf(1), 2), ["p1", "p1"]);
  assertEquals(new Set(speakers(responding(0), membersOf(2), 9).filter((_, turn) => turn % 2 === 0)).size, 1);
});
