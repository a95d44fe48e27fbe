import { columns, readOptions, type RulesFor } from "../core/options.ts";
import type { ConversationOptions, DefaultAnswer, Spoken, Transcripts } from "./transcripts.ts";
import { agreementOf, conversationRules, ownAnswers, pickItems, readTranscripts } from "./transcripts.ts";
import type { Table } from "../core/table.ts";
import { conversationTable, duringDialogue, levelRows, type Score, scoreTurns } from "./turn_scores.ts";
import { differenceRows, slopeColumn, trendRows } from "./score_comparisons.ts";
import { moments } from "../stats/moments.ts";

/** Options of {@linkcode estimateDirection}. */
export interface EstimateDirectionOptions extends ConversationOptions {
  /**
   * The probes whose answers are compared with the answers without a persona.
   * @default {undefined} all probes
   */
  probes?: string | readonly string[];
}

const action = "estimate direction";
const rules = { ...conversationRules, probes: columns } as const satisfies RulesFor<EstimateDirectionOptions>;

/**
 * Estimates whether personas slide toward the model's own view: the distance of their answers to the answers without
 * any persona, turn by turn.
 *
 * The distance is from 0 to 1: on a scale |a − mean of the answers without a persona| / range, else the share of these
 * answers that are another. Each persona counts the same. The slope over turns is tested by each persona's distances
 * changing places among its own turns: below 0 the personas move toward the default. Distances and slopes are compared
 * between arms as in `estimateStability`: a slide that differs by arm is a confounder. Read slopes, not levels: answers
 * that vary by themselves have a distance even from their own source. Where the answers without a persona are spread over
 * all options there is no view to slide to.
 *
 * @param answers from `runExperiment`, of a protocol with probes: needs `persona_id`, `arm`, `turn`, `kind` with rows `default`, `item`,
 * `value`
 * @param options see {@linkcode EstimateDirectionOptions}
 * @returns rows by `outcome`: `distance to the default` per arm and turn, `change per turn` per arm; with a `reference`,
 * the difference of an arm from it; the columns are those of `estimateStability`. `verdict` of a change (`notes` say
 * whether it is toward the default or away from it) and of a difference: `found`, `not found`, `cannot tell`
 * @throws {RangeError} if a column or probe is not there, there are no answers without a persona, or a single turn
 * @see Taubenfeld et al. 2024, Systematic Biases in LLM Simulations of Debates, arXiv 2402.04049
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateDirection } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 90 }, (_, i) => ({ persona: i % 30, turn: Math.floor(i / 30) }));
 * const answers = tableOf({
 *   persona_id: [...rows.map(({ persona }) => persona), null],
 *   arm: [...rows.map(() => "threat"), null],
 *   turn: [...rows.map(({ turn }) => turn), 0],
 *   kind: [...rows.map(() => "probe"), "default"],
 *   item: [...rows.map(() => "trust"), "trust"],
 *   value: [...rows.map(({ turn }) => 1 + turn), 5],
 *   range: [...rows.map(() => 4), 4],
 * });
 * const direction = estimateDirection(answers).objects() as { estimate: number; verdict: string }[];
 * assertEquals(direction.map(({ estimate }) => estimate), [1, 0.75, 0.5, -0.25]);
 * assertEquals(direction[3]?.verdict, "found");
 * ```
 */
export function estimateDirection(answers: Table, options: EstimateDirectionOptions = {}): Table {
  const settings = readOptions(action, options, rules, answers);
  const read = readTranscripts(action, answers, settings);
  const { cells } = read;
  const distances = scoreDistances(read, pickItems(action, "probes", read, settings.probes));
  const columns = scoreTurns(action, cells, distances, "distance to the default");
  const rows = [
    ...levelRows(cells, columns, settings),
    ...trendRows(cells, columns, settings, ["toward the default", "away from the default"]),
    ...differenceRows(cells, [...duringDialogue(columns), slopeColumn(cells, columns)], settings),
  ];
  return conversationTable(rows, read, settings);
}

/** The distance of each probe answer to the answers without a persona; the column of a score is its turn. */
function scoreDistances({ spoken, defaults }: Transcripts, items: readonly string[]): Score[] {
  const byItem = Map.groupBy(defaults.filter(({ value }) => value !== null), ({ item }) => item);
  const known = items.filter((item) => byItem.has(item));
  if (known.length === 0) {
    const are =
      "they are rows of the kind default, which probe(items, { persona: false, times: 10 }) asks for";
    const lacks = `'answers' has no answers without a persona to ${items.join(", ")}`;
    throw new RangeError(`Cannot ${action} as ${lacks}: ${are}`);
  }
  const probes = spoken.filter(({ kind, item }) => kind === "probe" && known.includes(item));
  const own = ownAnswers(probes);
  return probes.flatMap((answer): Score[] => {
    // One answer counts at each turn, turn 0 too, so that turns are alike where nothing changes.
    if (answer.turn === 0 && answer.replicate !== own.get(answer.place)!.replicate) return [];
    const score = answer.value === null ? NaN : distanceTo(byItem.get(answer.item)!, answer);
    return [{ cell: answer.cell, column: String(answer.turn), score }];
  });
}

/** The distance of one answer to the default: to its mean on a scale, else the share of another answer. */
function distanceTo(defaults: readonly DefaultAnswer[], { value, range }: Spoken): number {
  const numbers = defaults.map((answer) => answer.value);
  if (typeof range === "number" && [value, ...numbers].every((number) => typeof number === "number")) {
    return 1 - agreementOf(value, moments(numbers as number[]).mean, range);
  }
  return moments(defaults.map((answer) => 1 - agreementOf(value, answer.value, range))).mean;
}
