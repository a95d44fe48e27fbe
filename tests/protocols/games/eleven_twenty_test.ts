import { assertAlmostEquals, assertEquals } from "@std/assert";
import { elevenTwenty } from "@understudy/understudy/protocols";

const game = elevenTwenty();
const requests = Array.from({ length: 10 }, (_, i) => 11 + i);

Deno.test("elevenTwenty pays the request, and 20 more for one below the other's", () => {
  assertEquals(game.payoffs([[19], [20]]), [39, 20]);
  assertEquals(game.payoffs([[18], [20]]), [18, 20]);
  assertEquals(game.payoffs([[20], [20]]), [20, 20]);
});

Deno.test("elevenTwenty: the best reply is one below, and 20 to 11", () => {
  const best = requests.map((other) => game.bestReply(0, 1, [[other], []]));
  assertEquals(best, [20, ...requests.slice(0, -1)]);
  assertEquals(game.bestReply(0, 1, [[], []]), null);
});

Deno.test("elevenTwenty: in equilibrium every request from 15 to 20 is worth 20, and none more", () => {
  const worth = (own: number) =>
    game.equilibrium!.reduce(
      (total, [other, share]) => total + share * game.payoffs([[own], [other]])[0]!,
      0,
    );
  assertAlmostEquals(game.equilibrium!.reduce((total, [, share]) => total + share, 0), 1);
  for (const own of requests.slice(4)) assertAlmostEquals(worth(own), 20);
  for (const own of requests.slice(0, 4)) assertEquals(worth(own) < 20, true);
});
