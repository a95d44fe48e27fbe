import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Item } from "../core/item.ts";
import { column, readOptions } from "../core/options.ts";
import type { Choice, Game } from "../core/protocol.ts";
import { distinct, heldColumns, type Table, tableOf, takeRows } from "../core/table.ts";
import { parseAnswer } from "../items/mod.ts";
import { checkGame } from "./steps.ts";

/** Options of {@linkcode scoreChoices}. */
export interface ScoreChoicesOptions {
  /**
   * The item that asks, in the same round, what the others will choose.
   * @default {undefined} none
   */
  beliefs?: string;
  /**
   * The step that plays the game.
   * @default {undefined} the only one with these items
   */
  step?: string;
}

const action = "score choices";
const needed = ["session", "step", "round", "part", "player", "item", "value", "kind"];

/**
 * Scores the choices of a game against the best replies to what the others of that part and round chose.
 *
 * A choice that is as good as the best one is its own best reply. Who chooses before others is held to the rational
 * benchmark; what it forgoes is not known, as nobody replied to another choice.
 *
 * @param answers from `runExperiment` of a design whose protocol plays the game
 * @param game the game that was played
 * @param options see {@linkcode ScoreChoicesOptions}
 * @returns the rows of choices with `best_reply`, `regret` (pay-off of the best reply less that of the choice) and `reason`
 * (why these are `null` and `NaN`: a choice of the play is missing); with `beliefs` also `belief` and `reply_to_belief`
 * @throws {RangeError} if a column is missing, no row is a choice of the game, or several steps play it and none is named
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
  checkGame(action, game);
  const { beliefs, step } = readOptions(action, options, { beliefs: column, step: column });
  checkColumns(action, answers, beliefs === undefined ? needed : [...needed, "member"], "answers");
  const held = heldColumns(answers);
  const rowsOf = (items: readonly unknown[]) =>
    [...held.item!.keys()].filter((row) => held.kind![row] === "answer" && items.includes(held.item![row]));
  const chosen = rowsOf(game.items).filter((row) =>
    Number.isInteger(held.player![row]) && (step === undefined || held.step![row] === step)
  );
  const steps = distinct(chosen.map((row) => held.step![row]));
  const several = `be one of those with such choices (${steps.join(", ")})`;
  if (steps.length > 1) throw new RangeError(cannot(action, "step", several, step));
  const none = `hold choices of the game ${game.name}`;
  if (chosen.length === 0) throw new RangeError(cannot(action, "answers", none, "0 rows of them"));
  // A session is there again in each arm, wording and replicate.
  const trial = ["session", "arm", "wording", "replicate", "round"];
  const keyOf = (row: number, ...columns: string[]) =>
    JSON.stringify([...trial, ...columns].map((name) => held[name]?.[row]));
  const believed = new Map(rowsOf([beliefs]).map((row) => [keyOf(row, "member"), held.value![row]]));
  const beliefOf = (row: number): unknown => believed.get(keyOf(row, "member")) ?? null;
  const plays = Map.groupBy(chosen, (row) => keyOf(row, "step", "part"));
  const scored = [...plays.values()].flatMap((rows) => scorePlay(game, held, rows, beliefOf))
    .sort((one, other) => one.row - other.row);
  const rows = scored.map(({ row }) => row);
  const scores = (name: keyof typeof scored[number]) => scored.map((one) => one[name]);
  return tableOf({
    ...heldColumns(takeRows(answers, rows)),
    best_reply: scores("best_reply"),
    regret: scores("regret"),
    reason: scored.map(({ row, reason }) => held.reason?.[row] || reason),
    ...beliefs !== undefined && { belief: rows.map(beliefOf), reply_to_belief: scores("reply_to_belief") },
  });
}

/** Scores one play: the rows of those who played together. */
function scorePlay(
  game: Game,
  { player, item, value }: ReturnType<typeof heldColumns>,
  rows: readonly number[],
  beliefOf: (row: number) => unknown,
) {
  const players = rows.reduce((most, row) => Math.max(most, player![row] as number), game.players[0]);
  const choices = Array.from({ length: players }, (): (Choice | null)[] => []);
  const made: { row: number; stage: number; place: number; supposed: readonly (Choice | null)[][] }[] = [];
  for (let stage = 0; stage < game.stages; stage++) {
    const before = choices.map((own) => [...own]);
    const asked = before.map((_, place) => game.item(stage, place, before));
    for (const [place, question] of asked.entries()) {
      const row = rows.find((row) => player![row] === place + 1 && item![row] === question?.name);
      const choice = row === undefined ? null : readChoice(question, value![row]);
      if (choice === null && question !== null) {
        const reason = `the choice ${question.name} of player ${place + 1} is missing`;
        return rows.map((row) => ({ row, best_reply: null, regret: NaN, reason, reply_to_belief: null }));
      }
      choices[place]!.push(choice);
      if (row === undefined) continue;
      const others = before.map((own, at) => [...own, readChoice(asked[at]!, beliefOf(row))]);
      made.push({ row, stage, place, supposed: others.with(place, before[place]!) });
    }
  }
  const payoffs = game.payoffs(choices);
  return made.map(({ row, stage, place, supposed }) => {
    const best_reply = game.bestReply(stage, place, choices);
    const own = choices[place]!;
    const followed = choices.toSpliced(place, 1).some((other) =>
      other.slice(stage + 1).some((one) => one !== null)
    );
    const known = best_reply !== null && (best_reply === own[stage] || !followed);
    const best = known ? game.payoffs(choices.with(place, own.with(stage, best_reply)))[place]! : NaN;
    const reply_to_belief = beliefOf(row) === null ? null : game.bestReply(stage, place, supposed);
    const reason = known ? "" : "nobody replied to the best reply";
    return { row, best_reply, regret: best - payoffs[place]!, reason, reply_to_belief };
  });
}

/** A value of a table as the choice that is asked for; `null` where it is none. */
const readChoice = (question: Item | null, value: unknown): Choice | null =>
  question && parseAnswer(question, value ?? undefined).value as Choice | null;
