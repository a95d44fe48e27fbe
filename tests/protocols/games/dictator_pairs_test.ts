import { assertEquals, assertThrows } from "@std/assert";
import { type DictatorMotive, dictatorPairs } from "@understudy/understudy/protocols";

const split = (own: number, other: number) => `${own} for you, ${other} for the other`;
const best = (motive: DictatorMotive, pair: number, own?: string) =>
  dictatorPairs({ motive }).bestReply(pair - 1, 0, [Array(pair).fill(own ?? null)]);

Deno.test("dictatorPairs: each pair tells its motive apart: least gap, most for other, largest sum, most for self", () => {
  assertEquals(best("equality", 1), split(300, 300));
  assertEquals(best("altruism", 2), split(100, 500));
  assertEquals(best("common_interest", 3), split(300, 400));
  assertEquals(best("self_interest", 4), split(500, 100));
});

Deno.test("dictatorPairs: a choice that is as good as another by the motive is its own best reply", () => {
  assertEquals(best("common_interest", 1, split(500, 100)), split(500, 100));
  assertEquals(best("self_interest", 3, split(300, 400)), split(300, 400));
  assertEquals(best("equality", 4, split(500, 100)), split(300, 300));
});

Deno.test("dictatorPairs pays the sum of the four pairs, to one player or two", () => {
  const chosen = [split(300, 300), split(100, 500), split(300, 400), split(500, 100)];
  assertEquals(dictatorPairs().payoffs([chosen, [null, null, null, null]]), [1200, 1300]);
  assertEquals(dictatorPairs().payoffs([chosen]), [1200]);
  assertEquals(dictatorPairs().item(0, 1, [[], []]), null);
  assertThrows(() => dictatorPairs({ motive: "envy" as "equality" }), RangeError, "be one of");
});
