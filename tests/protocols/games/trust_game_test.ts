import { assertEquals } from "@std/assert";
import { trustGame } from "@understudy/understudy/protocols";

const game = trustGame({ endowment: 10 });

Deno.test("trustGame of 10 pays 12 and 8 where 5 is sent and 7 of 15 come back", () => {
  assertEquals(game.payoffs([[5, null], [null, 7]]), [12, 8]);
  assertEquals(game.payoffs([[0, null], [null, null]]), [10, 0]);
});

Deno.test("trustGame: nothing is the best to send and to return", () => {
  assertEquals(game.bestReply(0, 0, [[5, null], [null, 7]]), 0);
  assertEquals(game.bestReply(1, 1, [[5, null], [null, 7]]), 0);
  assertEquals(game.bestReply(1, 0, [[5, null], [null, 7]]), null);
});

Deno.test("trustGame asks each player in its stage, up to three times what was sent, and nothing where nothing was", () => {
  assertEquals(game.item(0, 1, [[], []]), null);
  assertEquals(game.item(1, 0, [[5], [null]]), null);
  assertEquals(game.item(1, 1, [[5], [null]])!.text.includes("sent 5, which became 15"), true);
  assertEquals(game.item(1, 1, [[0], [null]]), null);
  assertEquals(
    game.told(1, [[0, null], [null, null]], [10, 0]),
    "In this game the other player chose 0, you chose nothing. Your pay-off is 0.",
  );
});
