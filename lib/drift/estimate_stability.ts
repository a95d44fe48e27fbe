import { cannot } from "../core/errors.ts";
import { columns, oneOf, type ReadOptions, readOptions, rule, type RulesFor } from "../core/options.ts";
import type { Table } from "../core/table.ts";
import type { Cells, ConversationOptions, Spoken, Transcripts } from "./transcripts.ts";
import { agreementOf, conversationRules, ownAnswers, pickItems, readTranscripts } from "./transcripts.ts";
import { type DriftOptions, driftRules } from "./control_options.ts";
import { type DecayFloor, decayRows, layOutCurves } from "./decay.ts";
import type { Score } from "./turn_scores.ts";
import { conversationTable, duringDialogue, levelRows, scoreCells, scoreTurns } from "./turn_scores.ts";
import { differenceRows, trendRows } from "./score_comparisons.ts";

/** Options of {@linkcode estimateStability}; `bootstraps` make the intervals of rates and half-lives. */
export interface EstimateStabilityOptions extends ConversationOptions, Pick<DriftOptions, "bootstraps"> {
  /**
   * The probes whose answers are scored: things that the treatment cannot change.
   * @default {undefined} probes that ask for something stated, which have a right answer; all probes where none does, or
   * where answers are held against the own (`against`)
   */
  probes?: string | readonly string[];
  /**
   * What answers are held against: what the persona's text states (`stated`), or its own answer before the dialogue (`own`).
   * @default {undefined} what is stated where a probe asks for something stated, else the own answer
   */
  against?: "stated" | "own";
  /**
   * The level that answers decay to: that of the answers without a persona (`measured`), `fitted` to the curve, or a number
   * from 0 to 1.
   * @default {undefined} "measured" where there are answers without a persona, else "fitted"
   */
  floor?: "measured" | "fitted" | number;
}

const action = "estimate stability";
const rules = {
  ...conversationRules,
  probes: columns,
  against: oneOf(["stated", "own"], undefined),
  floor: rule<"measured" | "fitted" | number, undefined>(checkFloor, undefined),
  bootstraps: driftRules.bootstraps,
} as const satisfies RulesFor<EstimateStabilityOptions>;
type Settings = ReadOptions<EstimateStabilityOptions, typeof rules>;

function checkFloor(action: string, name: string, floor: unknown): void {
  if (floor === "measured" || floor === "fitted") return;
  if (typeof floor === "number" && floor >= 0 && floor <= 1) return;
  throw new RangeError(cannot(action, name, "be measured, fitted or a number from 0 to 1", floor));
}

/**
 * Estimates how long personas stay who they are: the agreement of their answers with themselves, turn by turn.
 *
 * Each probe answer is scored from 0 to 1 by a deterministic judge: 1 − |a − b| / range on a scale, else whether the two
 * answers are the same. Each persona counts the same. The curve floor + (start − floor)·exp(−rate·turn) is fitted to each
 * arm's means; its half-life, ln 2 / rate, is the number of turns in which the distance to the no-persona level halves. The
 * start is fitted, since answers that vary by themselves do not agree fully even before the dialogue: a second answer before
 * the dialogue shows that at turn 0. Turn 0 has no treatment, so probe things that the treatment cannot change; a jump that
 * all arms share may be the treatments' doing, not the dialogue's. Where stated attributes and negative controls are
 * averaged, a curve mixes what is forgotten with what was never said.
 *
 * Whether there is decay at all is tested by the slope over turns, each persona's scores changing places among its own
 * turns. Arms are compared at each turn after the first and in the rate, by permuting arms within personas that were in
 * both, else across personas of a block; p-values are adjusted (Holm) over all comparisons of arms. Decay that differs by
 * arm is a confounder. `not found` is not evidence of stability: read the interval of the half-life.
 *
 * @param answers from `runExperiment`, of a protocol with probes: needs `persona_id`, `arm`, `turn`, `kind`, `item`,
 * `value`; uses `status`, `stated`, `range` (length of the scale) and `replicate` where present
 * @param options see {@linkcode EstimateStabilityOptions}
 * @returns rows by `outcome`: `stability` (one per arm and turn; with a `reference`, differences), `no-persona level`,
 * `change per turn`, `decay rate` (per turn; with a `reference`, differences) and `half-life` (turns; `Infinity` where no
 * decay is seen), with the columns `outcome`, `arm`, `reference`, `estimator`, `item`, `turn`, `design`, `estimate`,
 * `std_error`, `statistic`, `df`, `p_value`, `conf_low`, `conf_high`, `conf_level`, `n` (personas), `p_adjusted`, `verdict`
 * (of the change per turn, the rate and the half-life whether there is decay, of a difference whether arms differ: `found`,
 * `not found`, `cannot tell`; empty where nothing is tested), `basis`, `notes` (what answers were held against, and what is
 * missing), `reason` (why a value is `NaN`, as where all dialogues failed)
 * @throws {RangeError} if a column, probe or arm is not there, or probes were asked at a single turn
 * @see Li et al. 2024, Measuring and Controlling Instruction (In)Stability in Language Model Dialogs, arXiv 2402.10962
 * @example Half of the personas forget their party by the second turn
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { estimateStability } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 120 }, (_, i) => ({ persona: i % 40, turn: Math.floor(i / 40) }));
 * const remembers = ({ persona, turn }: { persona: number; turn: number }) => persona < 40 / 2 ** turn;
 * const answers = tableOf({
 *   persona_id: rows.map(({ persona }) => persona),
 *   arm: rows.map(() => "threat"),
 *   turn: rows.map(({ turn }) => turn),
 *   kind: rows.map(() => "probe"),
 *   item: rows.map(() => "party"),
 *   value: rows.map((row) => remembers(row) ? "left" : "none"),
 *   stated: rows.map(() => "left"),
 * });
 * const stability = estimateStability(answers, { floor: 0, bootstraps: 100 });
 * const halfLife = columnOf(stability, "outcome").indexOf("half-life");
 * assertAlmostEquals(stability.get("estimate", halfLife) as number, 1, 1e-3);
 * assertEquals(stability.get("verdict", halfLife), "found");
 * ```
 */
export function estimateStability(answers: Table, options: EstimateStabilityOptions = {}): Table {
  const settings = readOptions(action, options, rules, answers);
  const read = readTranscripts(action, answers, settings);
  const { items, left } = chooseProbes(read, settings);
  const scored = scoreStability(read, items, settings.against);
  const columns = scoreTurns(action, read.cells, scored.scores, "stability");
  const floor = chooseFloor(settings.floor, measureFloor(read, scored.standards), read.cells);
  const notes = [
    ...scored.notes,
    left.length === 0
      ? ""
      : `left out as the persona's text states nothing of them: ${left.join(", ")} (name them in 'probes')`,
  ];
  const levels = levelRows(read.cells, columns, settings);
  const says = ["scores fall over turns", "scores rise over turns"] as const;
  const trends = trendRows(read.cells, columns, settings, says);
  const decay = decayRows(layOutCurves(read.cells, columns, floor), { levels, trends }, settings);
  const rows = [
    ...levels.map((row) => ({ ...row, notes: [...notes, ...row.notes] })),
    ...decay.floors,
    ...trends,
    ...decay.rates,
    ...differenceRows(read.cells, duringDialogue(columns), settings, decay.differences),
  ];
  return conversationTable(rows, read, settings);
}

/** The probes asked for, else those that ask for something stated: what a persona should say is then known. */
function chooseProbes(read: Transcripts, { probes, against }: Settings) {
  const items = pickItems(action, "probes", read, probes);
  const known = new Set(read.spoken.filter(({ stated }) => stated !== null).map(({ item }) => item));
  const stated = items.filter((item) => known.has(item));
  if (probes !== undefined || against === "own" || stated.length === 0) return { items, left: [] };
  return { items: stated, left: items.filter((item) => !known.has(item)) };
}

/** One answer that later answers are held against. */
type Standard = Pick<Spoken, "cell" | "item" | "value" | "range">;

/** Scores each probe answer against its standard; the column of a score is its turn. */
function scoreStability({ spoken }: Transcripts, items: readonly string[], against: Settings["against"]) {
  const probes = spoken.filter(({ kind, item }) => kind === "probe" && items.includes(item));
  const own = ownAnswers(probes);
  const kinds = { stated: new Set<string>(), own: new Set<string>() };
  const standards = new Map<number, Standard>();
  const scores = probes.flatMap((answer): Score[] => {
    const kind = against ?? (answer.stated === null ? "own" : "stated");
    const before = own.get(answer.place);
    const value = kind === "stated" ? answer.stated : before?.value ?? null;
    if (kind === "stated" && value === null) return [];
    kinds[kind].add(answer.item);
    standards.set(answer.place, { cell: answer.cell, item: answer.item, value, range: answer.range });
    // One answer counts at each turn, turn 0 too, so that turns are alike where nothing changes: the first, or where it
    // is itself the standard, the second.
    const first = before?.replicate ?? 1;
    const counts = answer.turn !== 0 ||
      answer.replicate === (kind === "stated" ? before?.replicate : first + 1);
    if (!counts) return [];
    const score = agreementOf(answer.value, value, answer.range);
    return [{ cell: answer.cell, column: String(answer.turn), score }];
  });
  if (scores.length === 0) {
    const rule = "be something that the answers hold for these probes";
    throw new RangeError(cannot(action, "against", rule, against));
  }
  const named = (what: string, items: ReadonlySet<string>) =>
    items.size === 0 ? "" : `held against ${what}: ${[...items].join(", ")}`;
  return {
    scores,
    standards: [...standards.values()].filter(({ value }) => value !== null),
    notes: [
      named("what the persona's text states", kinds.stated),
      named("the persona's own answer before the dialogue", kinds.own),
    ],
  };
}

/** How well each answer without a persona agrees with the standards: the level that forgetting leads to. */
function measureFloor({ cells, defaults }: Transcripts, standards: readonly Standard[]): Float64Array[] {
  const byItem = Map.groupBy(standards, ({ item }) => item);
  const replies = Map.groupBy(defaults.filter(({ value }) => value !== null), ({ replicate }) => replicate);
  return [...replies.values()].map((answers) => {
    const scores = answers.flatMap(({ item, value }) =>
      (byItem.get(item) ?? []).map((own): Score => (
        { cell: own.cell, column: "", score: agreementOf(value, own.value, own.range) }
      ))
    );
    return scoreCells(cells, scores, [""])[0]!.values;
  }).filter((values) => values.some((value) => !Number.isNaN(value)));
}

function chooseFloor(asked: Settings["floor"], byReply: Float64Array[], { unit }: Cells): DecayFloor {
  if (typeof asked === "number") {
    return { kind: "given", byReply: [new Float64Array(unit.length).fill(asked)] };
  }
  const kind = asked ?? (byReply.length > 0 ? "measured" : "fitted");
  if (kind === "fitted") return { kind, byReply: [] };
  if (byReply.length > 0) return { kind, byReply };
  const lacks = "there are no answers without a persona (kind default) to these probes";
  throw new RangeError(`Cannot ${action} as 'floor' is measured and ${lacks}`);
}
