import { assertEquals, assertThrows } from "@std/assert";
import { ultimatumGame } from "@understudy/understudy/protocols";

const game = ultimatumGame({ amount: 100, unit: 5 });

Deno.test("ultimatumGame splits as offered where accepted, else pays nothing", () => {
  assertEquals(game.payoffs([[40, null], [null, "accept"]]), [60, 40]);
  assertEquals(game.payoffs([[40, null], [null, "reject"]]), [0, 0]);
});

Deno.test("ultimatumGame: the least unit is the best offer; whatever is above nothing is accepted", () => {
  assertEquals(game.bestReply(0, 0, [[], []]), 5);
  assertEquals(game.bestReply(1, 1, [[5], [null]]), "accept");
  assertEquals(game.bestReply(1, 1, [[5, null], [null, "reject"]]), "accept");
  assertEquals(game.bestReply(1, 1, [[0, null], [null, "reject"]]), "reject");
});

Deno.test("ultimatumGame refuses a unit above the amount", () => {
  assertThrows(() => ultimatumGame({ amount: 5, unit: 10 }), RangeError, "'unit' must be at most 5");
});
