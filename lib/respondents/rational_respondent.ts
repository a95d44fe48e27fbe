import { cannot, RespondentError } from "../core/errors.ts";
import { column, type ReadOptions, readOptions, whole } from "../core/options.ts";
import type { Choice, Choices, Game } from "../core/protocol.ts";
import { promptKey, type Respondent, type RespondentRequest } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { parseJson } from "../items/json.ts";
import { parseAnswer } from "../items/mod.ts";
import { checkGame } from "../protocols/steps.ts";
import { property } from "./failures.ts";
import { exampleOf } from "./reply_example.ts";

/** Options of {@linkcode rationalRespondent}. */
export interface RationalRespondentOptions {
  /**
   * How far it reasons in games that tell it, the ring (there the order of rationality) and 11–20: level 0 does not, and
   * each level replies best to the one below.
   * @default {undefined} as far as can be
   */
  level?: number;
  /**
   * The item that asks what the others will choose: it replies best to what it last answered there.
   * @default {undefined} none
   */
  beliefs?: string;
}

const action = "make a rational respondent";
const rules = { level: whole(undefined, 0, 100), beliefs: column } as const;
type Settings = ReadOptions<RationalRespondentOptions, typeof rules>;

/**
 * Makes a respondent that plays a game rationally, without a model: the test of a protocol, and the line to hold others'
 * choices against. It reads the text that it is sent and nothing else. Where no single choice is rational it draws from
 * the equilibrium; other questions get any answer that fits them.
 *
 * @param games the game that will be played, or several
 * @param options see {@linkcode RationalRespondentOptions}
 * @returns a respondent; the same request gets the same reply, and a text without a question of the game an error
 * @throws {RangeError} if a level is given for a game that tells none apart
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { describeItem, replySchema } from "@understudy/understudy/items";
 * import { elevenTwenty } from "@understudy/understudy/protocols";
 * import { rationalRespondent } from "@understudy/understudy/respondents";
 *
 * const item = elevenTwenty().item(0, 0, [[], []])!;
 * const messages = [{ role: "user" as const, content: describeItem(item) }];
 * const respondent = rationalRespondent(elevenTwenty(), { level: 2 });
 * const reply = await respondent.respond({ messages, schema: replySchema([item]), replicate: 1 });
 * assertEquals(reply.text, '{"request":18}');
 * ```
 */
export function rationalRespondent(
  games: Game | readonly Game[],
  options: RationalRespondentOptions = {},
): Respondent {
  const known = [games].flat() as readonly Game[];
  for (const game of known) checkGame(action, game);
  const read = readOptions(action, options, rules);
  const { level, beliefs } = read;
  const untold = level === undefined ? undefined : known.find(({ levelZero }) => levelZero === undefined);
  const rule = `be left out in the game ${untold?.name}`;
  if (untold !== undefined) throw new RangeError(cannot(action, "level", rule, level));
  const model = known.map(({ name }) => name).join(", ");
  const parameters = {
    rules: known.map(({ rules }) => rules),
    level: level ?? null,
    beliefs: beliefs ?? null,
  };
  const reply = { refusal: null, promptTokens: null, completionTokens: null, finishReason: "stop" as const };
  return {
    name: `rational player of ${model}`,
    identity: () => ({ endpoint: "rational", model, parameters }),
    respond: (request, { signal } = {}) =>
      Promise.try(() => {
        signal?.throwIfAborted();
        const said = "I choose what gets me the most.";
        return { ...reply, model, text: request.schema === undefined ? said : answer(known, request, read) };
      }),
  };
}

const drawsOf = ({ messages, replicate, seed = 0 }: RespondentRequest) =>
  stream(seed, "rational respondent", replicate, promptKey(messages));

/** The choices that a request asks for, in place of those in an example of a reply. */
function answer(games: readonly Game[], request: RespondentRequest, { level, beliefs }: Settings): string {
  const answers = JSON.parse(exampleOf(request.schema!.schema, drawsOf(request).seed()));
  for (const name of Object.keys(answers).filter((name) => games.some(({ items }) => items.includes(name)))) {
    const { game, stage, player, choices } = findPlace(games, name, request);
    const belief = beliefs === undefined ? undefined : lastAnswer(request, beliefs) as Choice | undefined;
    const best = level === undefined
      ? game.bestReply(stage, player, belief === undefined ? choices : choices.map((own) => [...own, belief]))
      : reason(game, choices.length, level)[player]!;
    const even = game.equilibrium ?? [];
    answers[name] = best ?? even[drawsOf(request).index(even.map(([, probability]) => probability))]![0];
  }
  return JSON.stringify(answers);
}

/** What players of a level choose: the best reply where all others are of the level below. */
function reason(game: Game, players: number, level: number): readonly Choice[] {
  if (level === 0) return Array(players).fill(game.levelZero);
  const below = reason(game, players, level - 1).map((choice) => [choice]);
  return below.map((_, player) => game.bestReply(0, player, below.with(player, []))!);
}

/** Where in which game a text asks for a choice: by the earlier choices with which the game asks in the same words. */
function findPlace(games: readonly Game[], name: string, { messages }: RespondentRequest) {
  // The question stands at the end.
  for (const part of messages.at(-1)!.content.split("\n\n").slice(-5).toReversed()) {
    for (const game of games) {
      for (const { stage, player, choices } of placesIn(game, part)) {
        const item = game.item(stage, player, choices);
        if (item?.name === name && part.includes(`${item.text}\n`)) return { game, stage, player, choices };
      }
    }
  }
  const message = `Cannot answer: the text holds no question '${name}' of ${games.map((game) => game.name)}`;
  throw new RespondentError(message, { kind: "bad_request", transient: false });
}

/** Every place in a game, where earlier choices are options or numbers in a text. */
function* placesIn(game: Game, part: string) {
  const numbers = [...new Set(part.match(/\d+(?:\.\d+)?/g))].map(Number);
  for (let players = game.players[0]; players <= game.players[1]; players++) {
    let open: Choices[] = [Array(players).fill([])];
    for (let stage = 0; stage < game.stages; stage++) {
      if (stage > 0) open = open.flatMap((choices) => continued(game, stage - 1, choices, numbers));
      for (const choices of open) {
        for (let player = 0; player < players; player++) yield { stage, player, choices };
      }
    }
  }
}

/** The choices after a stage: each option, or number in the text, of each player. */
function continued(game: Game, stage: number, choices: Choices, numbers: readonly number[]): Choices[] {
  return choices.reduce<Choices[]>((made, own, player) => {
    const item = game.item(stage, player, choices);
    const fitting = (one: number) => item !== null && parseAnswer(item, one).value !== null;
    const possible = item === null ? [null] : item.options ?? numbers.filter(fitting);
    return made.flatMap((before) => possible.map((choice) => [...before, [...own, choice]]));
  }, [[]]);
}

function lastAnswer({ messages }: RespondentRequest, item: string): unknown {
  return messages.filter(({ role }) => role === "assistant")
    .map(({ content }) => property(parseJson(content), item)).findLast((answer) => answer !== undefined);
}
