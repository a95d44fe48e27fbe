import { assertEquals, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import {
  dictatorPairs,
  publicGoods,
  rockPaperScissors,
  scoreChoices,
  trustGame,
} from "@understudy/understudy/protocols";

const row = (player: number, item: string, value: unknown, further: object = {}) => ({
  ...{ session: "s1", arm: "control", step: "play", round: 1, part: 1, kind: "answer", reason: "" },
  ...{ player, member: `p${player}`, item, value, ...further },
});

Deno.test("scoreChoices(answers, game) holds each choice against the others' of its part and round", () => {
  const goods = publicGoods({ endowment: 10, multiplier: 2 });
  const scored = scoreChoices(
    tableOf([
      ...[0, 10, 10, 10].map((given, at) => row(at + 1, "contribution", given)),
      ...[25, 15, 15, 15].map((got, at) => row(at + 1, "payoff", got, { kind: "payoff" })),
      ...[1, 3].map((given, at) => row(at + 1, "contribution", given, { part: 2 })),
      ...["2", "0", 5].map((given, at) => row(at + 1, "contribution", given, { round: 2 })),
      row(1, "age", 30, { player: null, part: null }),
    ]),
    goods,
  );
  assertEquals(scored.array("value"), [0, 10, 10, 10, 1, 3, "2", "0", 5]);
  assertEquals(scored.array("best_reply"), [0, 0, 0, 0, 1, 3, 0, 0, 0]);
  // One point costs 1 − 2/n: a half of four, nothing of two, a third of three.
  const regret = scored.array("regret") as number[];
  assertEquals(regret.map((one) => Number(one.toFixed(9))), [0, 5, 5, 5, 0, 0, .666666667, 0, 1.666666667]);
});

Deno.test("scoreChoices gives NaN with a reason where a choice of the play is missing", () => {
  const failed = { reason: "the reply has no answer to this question" };
  const scored = scoreChoices(
    tableOf([row(1, "hand", "rock"), row(2, "hand", null, failed), row(1, "hand", "rock", { round: 2 })]),
    rockPaperScissors(),
  );
  assertEquals(scored.array("regret"), [NaN, NaN, NaN]);
  assertEquals(scored.array("best_reply"), [null, null, null]);
  const missing = "the choice hand of player 2 is missing";
  assertEquals(scored.array("reason"), [missing, failed.reason, missing]);
});

Deno.test("scoreChoices(answers, game, { beliefs }) adds the best reply to what was expected, where it was", () => {
  const belief = { player: null, part: null, step: "ask" };
  const answers = tableOf([
    row(1, "belief", "scissors", belief),
    row(1, "hand", "rock"),
    row(2, "hand", "paper"),
    row(1, "hand", "rock", { round: 2 }),
    row(2, "hand", "rock", { round: 2 }),
    row(1, "belief", "a well", { ...belief, round: 3 }),
    row(1, "hand", "rock", { round: 3 }),
    row(2, "hand", "rock", { round: 3 }),
  ]);
  const scored = scoreChoices(answers, rockPaperScissors(), { beliefs: "belief" });
  assertEquals(scored.array("belief"), ["scissors", null, null, null, "a well", null]);
  assertEquals(scored.array("reply_to_belief"), ["rock", null, null, null, null, null]);
  assertEquals(scored.array("best_reply"), ["scissors", "paper", "paper", "paper", "paper", "paper"]);
  assertEquals(scored.array("regret"), [2, 0, 1, 1, 1, 1]);
});

Deno.test("scoreChoices keeps arms of a session apart, and scores the choices of one step, named where there are several", () => {
  const both = ["control", "threat"].flatMap((arm) =>
    ["play", "play 2"].flatMap((step) => [
      row(1, "hand", arm === "threat" ? "paper" : "rock", { arm, step }),
      row(2, "hand", "rock", { arm, step }),
    ])
  );
  const scored = scoreChoices(tableOf(both), rockPaperScissors(), { step: "play 2" });
  assertEquals(scored.array("regret"), [1, 1, 0, 2]);
  assertEquals([...new Set(scored.array("step"))], ["play 2"]);
  assertThrows(() => scoreChoices(tableOf(both), rockPaperScissors()), RangeError, "(play, play 2)");
});

Deno.test("scoreChoices knows what it cost to choose last, or where nobody chose after, and no more", () => {
  const round = (sent: number, returned: number | null, at: number) => [
    row(1, "sent", sent, { round: at }),
    ...(returned === null ? [] : [row(2, "returned", returned, { round: at })]),
  ];
  const scored = scoreChoices(
    tableOf([...round(5, 7, 1), ...round(0, null, 2)]),
    trustGame({ endowment: 10 }),
  );
  assertEquals(scored.array("best_reply"), [0, 0, 0]);
  assertEquals(scored.array("regret"), [NaN, 7, 0]);
  assertEquals(scored.array("reason"), ["nobody replied to the best reply", "", ""]);
  const split = (own: number, other: number) => `${own} for you, ${other} for the other`;
  const chosen = [split(300, 300), split(300, 300), split(300, 300), split(500, 100)];
  const pairs = tableOf(chosen.map((value, at) => row(1, `pair_${at + 1}`, value)));
  assertEquals(scoreChoices(pairs, dictatorPairs()).array("regret"), [200, 0, 0, 0]);
});

Deno.test("scoreChoices names what is missing", () => {
  const answers = tableOf([row(1, "hand", "rock")]);
  assertThrows(
    () => scoreChoices(answers, publicGoods({ endowment: 1, multiplier: 2 })),
    RangeError,
    "hold choices of the game public goods",
  );
  assertThrows(() => scoreChoices(answers, {} as never), TypeError, "'game' must be a game");
  assertThrows(() => scoreChoices(tableOf({ value: [1] }), rockPaperScissors()), RangeError, "'session'");
});
