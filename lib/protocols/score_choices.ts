import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Item } from "../core/item.ts";
import { column, readOptions, type RulesFor } from "../core/options.ts";
import type { Choice, Choices, Game } from "../core/protocol.ts";
import { groupRows, heldColumns, type Table, tableOf } from "../core/table.ts";
import { parseAnswer } from "../items/mod.ts";

/** Options of {@linkcode scoreChoices}. */
export interface ScoreChoicesOptions {
  /**
   * The step in which the game was played.
   * @default {undefined} every step with an item of the game
   */
  step?: string;
  /**
   * The item that asks, before a choice in the same round, what the other player, or each of the others, will choose.
   * @default {undefined} none
   */
  beliefs?: string;
}

const action = "score choices";

const rules = { step: column, beliefs: column } as const satisfies RulesFor<ScoreChoicesOptions>;

const needed = ["session", "step", "round", "part", "player", "item", "value", "kind"];

type Held = { readonly [column: string]: readonly unknown[] };

/** What is said of the choice in a row. */
interface ScoredChoice {
  readonly row: number;
  readonly best_reply: Choice | null;
  readonly regret: number;
  readonly reason: string;
  readonly belief: unknown;
  readonly reply_to_belief: Choice | null;
}

/**
 * Scores the choices of a game against the best replies to what the others chose.
 *
 * Where the others choose at the same time, the best reply is to their choices of that part and round. Who chooses
 * before others is held to the rational benchmark, and its regret takes these to reply rationally to it: below 0 where
 * trust paid. A choice that is as good as the best one is its own best reply.
 *
 * @param answers from `runExperiment` of a design with a protocol that plays the game
 * @param game the game that was played
 * @param options see {@linkcode ScoreChoicesOptions}
 * @returns the rows of choices with `best_reply`, `regret` (pay-off of the best reply less that of the choice) and, with
 * `beliefs`, `belief` and `reply_to_belief`; where a choice of the play is missing, `null` and `NaN` with a `reason`
 * @throws {RangeError} if a column is missing or no row is a choice of the game
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { publicGoods, scoreChoices } from "@understudy/understudy/protocols";
 *
 * const answers = tableOf([4, 0].map((value, at) => ({
 *   session: "s1", step: "play", round: 1, part: 1, player: at + 1, item: "contribution", value, kind: "answer",
 * })));
 * const scored = scoreChoices(answers, publicGoods({ endowment: 10, multiplier: 1.5 }));
 * assertEquals(scored.array("regret"), [1, 0]);
 * ```
 */
export function scoreChoices(answers: Table, game: Game, options: ScoreChoicesOptions = {}): Table {
  const { step, beliefs } = readOptions(action, options, rules);
  checkColumns(action, answers, beliefs === undefined ? needed : [...needed, "member"], "answers");
  const held = heldColumns(answers);
  // A session plays the same step again in another arm, wording or replicate.
  const alike = ["session", "arm", "wording", "replicate", "round"].map((name) => held[name]);
  const keyOf = (row: number, ...further: unknown[]) =>
    JSON.stringify([...alike.map((values) => values?.[row]), ...further]);
  const all = [...held.item!.keys()].filter((row) => held.kind![row] === "answer");
  const chosen = all.filter((row) =>
    game.items.includes(held.item![row] as string) && (held.player![row] ?? null) !== null &&
    (step === undefined || held.step![row] === step)
  );
  if (chosen.length === 0) {
    throw new RangeError(
      cannot(action, "answers", `hold choices of the game ${game.name}`, "0 rows of them"),
    );
  }
  const stated = all.filter((row) => held.item![row] === beliefs);
  const statedBy = groupRows(stated.map((row) => keyOf(row, held.member![row])));
  const beliefOf = (row: number): unknown => {
    if (beliefs === undefined) return null;
    const before = statedBy.get(keyOf(row, held.member![row]))?.findLast((at) => stated[at]! < row);
    return before === undefined ? null : held.value![stated[before]!];
  };
  const plays = groupRows(chosen.map((row) => keyOf(row, held.step![row], held.part![row])));
  const scored = [...plays.values()]
    .flatMap((places) => scorePlay(game, held, places.map((at) => chosen[at]!), beliefOf))
    .sort((one, other) => one.row - other.row);
  return tableOf({
    ...Object.fromEntries(
      Object.entries(held).map(([name, values]) => [name, scored.map(({ row }) => values[row])]),
    ),
    best_reply: scored.map(({ best_reply }) => best_reply),
    regret: scored.map(({ regret }) => regret),
    reason: scored.map(({ row, reason }) => held.reason?.[row] || reason),
    ...(beliefs === undefined ? {} : {
      belief: scored.map(({ belief }) => belief),
      reply_to_belief: scored.map(({ reply_to_belief }) => reply_to_belief),
    }),
  });
}

/** Scores one play: the rows of those who played together. */
function scorePlay(
  game: Game,
  { player, item, value }: Held,
  rows: readonly number[],
  beliefOf: (row: number) => unknown,
): ScoredChoice[] {
  const players = rows.reduce((most, row) => Math.max(most, player![row] as number), game.players[0]);
  const choices: (Choice | null)[][] = Array.from({ length: players }, () => []);
  const made: { readonly row: number; readonly stage: number; readonly place: number }[] = [];
  for (let stage = 0; stage < game.stages; stage++) {
    const asked = choices.map((_, place) => game.item(stage, place, choices));
    for (const [place, question] of asked.entries()) {
      const row = rows.find((row) => player![row] === place + 1 && item![row] === question?.name);
      const choice = row === undefined || question === null ? null : readChoice(question, value![row]);
      if (row !== undefined) made.push({ row, stage, place });
      if (choice === null && question !== null) {
        const reason = `the choice ${question.name} of player ${place + 1} is missing`;
        const nothing = { best_reply: null, regret: NaN, reason, reply_to_belief: null };
        return rows.map((row) => ({ row, ...nothing, belief: beliefOf(row) }));
      }
      choices[place]!.push(choice);
    }
  }
  const payoffs = game.payoffs(choices);
  return made.map(({ row, stage, place }) => {
    const best_reply = game.bestReply(stage, place, choices);
    const regret = best_reply === null
      ? NaN
      : game.payoffs(withReply(game, choices, stage, place, best_reply))[place]! - payoffs[place]!;
    const belief = beliefOf(row);
    const reply_to_belief = belief === null ? null : replyTo(game, choices, stage, place, belief);
    return { row, best_reply, regret, reason: "", belief, reply_to_belief };
  });
}

/** A value of a table as a choice; `null` where it is none. */
function readChoice(question: Item, value: unknown): Choice | null {
  return parseAnswer(question, value ?? undefined).value as Choice | null;
}

/** The choices with the best reply in place of a player's own; those who choose later reply to it. */
function withReply(game: Game, choices: Choices, stage: number, player: number, reply: Choice): Choices {
  if (choices[player]![stage] === reply) return choices;
  const changed = choices.map((stages, place) =>
    place === player ? stages.with(stage, reply) : stages.slice(0, stage + 1)
  );
  for (let later = stage + 1; later < game.stages; later++) {
    const replies = changed.map((stages, place) => {
      if (place === player) return stages[later]!;
      return game.item(later, place, changed) === null ? null : game.bestReply(later, place, changed);
    });
    changed.forEach((stages, place) => stages[later] = replies[place]!);
  }
  return changed;
}

/** The best reply where all others choose what is believed. */
function replyTo(
  game: Game,
  choices: Choices,
  stage: number,
  player: number,
  belief: unknown,
): Choice | null {
  const before = choices.map((stages) => stages.slice(0, stage));
  const supposed = before.map((stages, place) => {
    const question = place === player ? null : game.item(stage, place, before);
    return [...stages, question === null ? choices[place]![stage]! : readChoice(question, belief)];
  });
  return game.bestReply(stage, player, supposed);
}
