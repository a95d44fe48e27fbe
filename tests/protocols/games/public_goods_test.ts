import { assertEquals, assertThrows } from "@std/assert";
import { publicGoods } from "@understudy/understudy/protocols";

const game = publicGoods({ endowment: 10, multiplier: 2 });
const all = (...given: number[]) => given.map((own) => [own]);

Deno.test("publicGoods of 10 and 2 pays four who give nothing 10, all 20, a free rider 25 and the others 15", () => {
  assertEquals(game.payoffs(all(0, 0, 0, 0)), [10, 10, 10, 10]);
  assertEquals(game.payoffs(all(10, 10, 10, 10)), [20, 20, 20, 20]);
  assertEquals(game.payoffs(all(0, 10, 10, 10)), [25, 15, 15, 15]);
});

Deno.test("publicGoods: nothing is the best reply where the multiplier is below the number of players", () => {
  assertEquals(game.bestReply(0, 1, all(10, 4, 0, 7)), 0);
  assertEquals(game.bestReply(0, 0, [[], [], [], []]), 0);
  const kind = publicGoods({ endowment: 10, multiplier: 3 });
  assertEquals([kind.bestReply(0, 0, all(3, 0)), kind.bestReply(0, 0, [[], []])], [10, 10]);
});

Deno.test("publicGoods: where the multiplier is the number of players, whatever one gives is its best reply", () => {
  assertEquals(game.bestReply(0, 0, all(3, 6)), 3);
});

Deno.test("publicGoods tells what all gave, and refuses amounts that are none", () => {
  assertEquals(
    game.told(0, all(0, 10, 10, 10), [25, 15, 15, 15]),
    "In this game you chose 0, player 2 chose 10, player 3 chose 10, player 4 chose 10. Your pay-off is 25.",
  );
  assertThrows(
    () => publicGoods({ endowment: 0, multiplier: 2 }),
    RangeError,
    "Cannot make a public goods game as 'endowment' must be a whole number of at least 1: current value is 0",
  );
});
