import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type ChatMessage,
  type Choice,
  type Game,
  type Item,
  RespondentError,
  tableOf,
} from "@understudy/understudy/core";
import { choice, describeItem, parseReply, replySchema, text } from "@understudy/understudy/items";
import {
  dictatorPairs,
  elevenTwenty,
  prisonersDilemma,
  publicGoods,
  ringGame,
  rockPaperScissors,
  scoreChoices,
  trustGame,
  ultimatumGame,
} from "@understudy/understudy/protocols";
import { rationalRespondent, type RationalRespondentOptions } from "@understudy/understudy/respondents";

/** A request as a session makes it: the persona, then what was told and the question after an instruction. */
function requestOf(before: readonly string[], item: Item, { history = [], seed = 1, replicate = 1 }: {
  history?: readonly ChatMessage[];
  seed?: number;
  replicate?: number;
} = {}) {
  const instruction = "Answer as this person would. Reply with a JSON object and nothing else.";
  const content = [...before, instruction, `1. [${item.name}] ${describeItem(item)}`].join("\n\n");
  const system = { role: "system" as const, content: "Your age is 31.\n\nYou play for 10 points." };
  return {
    messages: [system, ...history, { role: "user" as const, content }],
    schema: replySchema([item]),
    seed,
    replicate,
  };
}

/** Plays a game as a session does, each player asked by its own request. */
async function playOnce(
  game: Game,
  players: number,
  options: RationalRespondentOptions & { seed?: number; first?: Choice } = {},
): Promise<(Choice | null)[][]> {
  const { seed = 1, first, ...asked } = options;
  const respondent = rationalRespondent(game, asked);
  const choices: (Choice | null)[][] = Array.from({ length: players }, () => []);
  for (let stage = 0; stage < game.stages; stage++) {
    const before = choices.map((own) => [...own]);
    for (let player = 0; player < players; player++) {
      const item = game.item(stage, player, before);
      if (item === null) choices[player]!.push(null);
      else if (stage === 0 && first !== undefined) choices[player]!.push(first);
      else {
        const reply = await respondent.respond(requestOf([game.rules], item, { seed: seed * 10 + player }));
        const [read] = parseReply([item], reply);
        assertEquals(read!.status, "answered");
        choices[player]!.push(read!.value as Choice);
      }
    }
  }
  return choices;
}

/** The choices of a play as the answers table has them. */
function answersOf(game: Game, choices: readonly (readonly (Choice | null)[])[]) {
  return tableOf(choices.flatMap((stages, player) =>
    stages.flatMap((value, stage) => {
      if (value === null) return [];
      const before = choices.map((own) => own.slice(0, stage));
      const { name } = game.item(stage, player, before)!;
      return [{
        ...{ session: "s", step: "play", round: 0, part: 1, kind: "answer" },
        ...{ player: player + 1, item: name, value },
      }];
    })
  ));
}

const shareRational = (game: Game, choices: readonly (readonly (Choice | null)[])[]) => {
  const scored = scoreChoices(answersOf(game, choices), game);
  const right = scored.array("value").filter((value, row) => value === scored.get("best_reply", row));
  return right.length / scored.numRows();
};

Deno.test("rationalRespondent chooses the best reply in every game that has one", async () => {
  const games: readonly (readonly [Game, number])[] = [
    [dictatorPairs(), 1],
    [dictatorPairs({ motive: "equality" }), 2],
    [dictatorPairs({ motive: "altruism" }), 1],
    [dictatorPairs({ motive: "common_interest" }), 2],
    [ringGame({ dominant: "a" }), 4],
    [ringGame({ dominant: "b" }), 4],
    [publicGoods({ endowment: 10, multiplier: 2 }), 4],
    [publicGoods({ endowment: 10, multiplier: 3 }), 2],
    [prisonersDilemma({ T: 300, R: 200, P: 100, S: 0 }), 2],
    [trustGame({ endowment: 10 }), 2],
    [ultimatumGame({ amount: 100, unit: 5 }), 2],
  ];
  for (const [game, players] of games) {
    assertEquals(shareRational(game, await playOnce(game, players)), 1, game.name);
  }
});

Deno.test("rationalRespondent reads what the first player chose out of the question", async () => {
  for (let sent = 1; sent <= 10; sent++) {
    const choices = await playOnce(trustGame({ endowment: 10 }), 2, { first: sent });
    assertEquals(choices, [[sent, null], [null, 0]]);
  }
  const ultimatum = ultimatumGame({ amount: 100, unit: 5 });
  // 37 is in no step of 5, and 100 is both an offer and the amount.
  for (const offer of [5, 37, 100]) {
    assertEquals((await playOnce(ultimatum, 2, { first: offer }))[1], [null, "accept"]);
  }
});

Deno.test("rationalRespondent reads the question that it is asked, not one that was asked before", async () => {
  const game = ultimatumGame({ amount: 10, unit: 1 });
  const [low, high] = [0, 9].map((offer) => game.item(1, 1, [[offer], [null]])!);
  const choosy: Game = {
    ...game,
    bestReply: (_stage, _player, choices) => Number(choices[0]![0]) > 4 ? "accept" : "reject",
  };
  const respondent = rationalRespondent(choosy);
  const asked = async (before: Item, item: Item) =>
    (await respondent.respond(requestOf([describeItem(before)], item))).text;
  assertEquals(await asked(low!, high!), '{"response":"accept"}');
  assertEquals(await asked(high!, low!), '{"response":"reject"}');
});

Deno.test("rationalRespondent of order k changes its action in the ring at place i only where k is at least 5 − i", async () => {
  for (let level = 0; level <= 5; level++) {
    const [under_a, under_b] = await Promise.all(
      (["a", "b"] as const).map((dominant) => playOnce(ringGame({ dominant }), 4, { level })),
    );
    const changed = under_a!.map(([choice], player) => choice !== under_b![player]![0]);
    assertEquals(changed, [1, 2, 3, 4].map((place) => level >= 5 - place));
  }
});

Deno.test("rationalRespondent of level k asks for 20 − k", async () => {
  const asked = await Promise.all([0, 1, 2, 3].map((level) => playOnce(elevenTwenty(), 2, { level })));
  assertEquals(asked, [20, 19, 18, 17].map((request) => [[request], [request]]));
  assertThrows(
    () => rationalRespondent(trustGame({ endowment: 10 }), { level: 1 }),
    RangeError,
    "'level' must be left out in the game trust: current value is 1",
  );
  assertThrows(() => rationalRespondent("trust" as never), TypeError, "'game' must be a game");
});

Deno.test("rationalRespondent draws from the equilibrium where no single choice is rational", async () => {
  for (const [game, players] of [[elevenTwenty(), 2], [rockPaperScissors(), 2]] as const) {
    const counts = new Map<Choice, number>();
    for (let seed = 0; seed < 500; seed++) {
      for (const [choice] of await playOnce(game, players, { seed })) {
        counts.set(choice!, (counts.get(choice!) ?? 0) + 1);
      }
    }
    assertEquals(
      [...counts.keys()].every((choice) => game.equilibrium!.some(([one]) => one === choice)),
      true,
    );
    // Four standard errors of a share of 1000.
    for (const [choice, share] of game.equilibrium!) {
      const error = Math.abs((counts.get(choice) ?? 0) / 1000 - share);
      assertEquals(error < 4 * Math.sqrt(share * (1 - share) / 1000), true, `${choice}: ${error}`);
    }
  }
});

Deno.test("rationalRespondent({ beliefs }) replies best to what it said that the other will choose", async () => {
  const game = rockPaperScissors();
  const belief = choice("belief", "What do you expect the other to show?", ["rock", "paper", "scissors"]);
  const respondent = rationalRespondent(game, { beliefs: "belief" });
  for (let seed = 0; seed < 20; seed++) {
    const first = requestOf([game.rules], belief, { seed });
    const { text: said } = await respondent.respond(first);
    const history = [...first.messages.slice(1), { role: "assistant" as const, content: said }];
    const { text: shown } = await respondent.respond(
      requestOf([], game.item(0, 0, [[], []])!, { history, seed }),
    );
    const payoffs = game.payoffs([[JSON.parse(shown).hand], [JSON.parse(said).belief]]);
    assertEquals(payoffs, [1, -1]);
  }
});

Deno.test("rationalRespondent gives the same reply to the same request, and an answer that fits to any other question", async () => {
  const game = elevenTwenty();
  const respondent = rationalRespondent(game);
  const request = requestOf([game.rules], game.item(0, 0, [[], []])!);
  assertEquals(await respondent.respond(request), await respondent.respond(request));
  const other = requestOf([], text("why", "Why?"));
  assertEquals(typeof JSON.parse((await respondent.respond(other)).text).why, "string");
  const { messages } = request;
  assertEquals((await respondent.respond({ messages, replicate: 1 })).text.length > 0, true);
});

Deno.test("rationalRespondent says where a text holds no question of its game", async () => {
  const game = elevenTwenty();
  const stranger = { ...game.item(0, 0, [[], []])!, text: "How much do you want?" };
  await assertRejects(
    () => rationalRespondent(game).respond(requestOf([], stranger)),
    RespondentError,
    "Cannot answer: the text holds no question 'request' of 11-20",
  );
});
