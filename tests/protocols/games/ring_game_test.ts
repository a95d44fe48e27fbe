import { assertEquals } from "@std/assert";
import { ringGame } from "@understudy/understudy/protocols";

Deno.test("ringGame pays players 1 to 3 for the action of the next and player 4 for the dominant one", () => {
  const game = ringGame({ dominant: "a" });
  assertEquals(game.payoffs([["a"], ["a"], ["b"], ["a"]]), [10, 0, 0, 10]);
  assertEquals(game.payoffs([["b"], ["b"], ["b"], ["b"]]), [10, 10, 10, 0]);
});

Deno.test("ringGame: the best reply is the next player's action, for player 4 the dominant one, and without any it too", () => {
  const game = ringGame({ dominant: "b" });
  const chosen = [["a"], ["b"], ["a"], ["a"]];
  assertEquals([0, 1, 2, 3].map((player) => game.bestReply(0, player, chosen)), ["b", "a", "a", "b"]);
  assertEquals([0, 1, 2, 3].map((player) => game.bestReply(0, player, [[], [], [], []])), [
    "b",
    "b",
    "b",
    "b",
  ]);
});
