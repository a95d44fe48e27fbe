import { cannot } from "../../core/errors.ts";
import { agreementOf } from "./agreement.ts";
import type { Score } from "./cell_scores.ts";
import type { Floor } from "./decay_curves.ts";
import { ownAnswers } from "./pick_probes.ts";
import type { Spoken, Transcripts } from "./read_transcripts.ts";

/** What a persona's answers are held against: what its text states, or its own answer before the dialogue. */
export type Against = "stated" | "own";

/** One answer that later answers are held against. */
interface Standard {
  readonly cell: number;
  readonly item: string;
  readonly value: unknown;
  readonly range: unknown;
}

/** Scores of probe answers by turn, and what they were held against. */
export interface StabilityScores {
  readonly scores: readonly Score[];
  readonly standards: readonly Standard[];
  /** Items held against the persona's own answers. */
  readonly own: readonly string[];
  /** Items held against what the persona's text states. */
  readonly stated: readonly string[];
}

/** Scores each probe answer against its standard; the column of a score is its turn. */
export function scoreStability(
  action: string,
  { spoken }: Transcripts,
  items: readonly string[],
  against: Against | undefined,
): StabilityScores {
  const probes = spoken.filter(({ role, item }) => role === "probe" && items.includes(item));
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
    if (!counts(answer, kind, before)) return [];
    const missing = answer.value === null || value === null;
    const score = missing ? NaN : agreementOf(answer.value, value, answer.range);
    return [{ cell: answer.cell, column: String(answer.turn), score }];
  });
  if (scores.length === 0) {
    throw new RangeError(
      cannot(action, "against", "be something that the transcripts hold for these probes", against),
    );
  }
  return {
    scores,
    standards: [...standards.values()].filter(({ value }) => value !== null),
    own: [...kinds.own],
    stated: [...kinds.stated],
  };
}

/** One answer counts at each turn: turn 0 too has a single one, so that turns are alike where nothing changes. */
function counts(answer: Spoken, kind: Against, before: Spoken | undefined): boolean {
  if (answer.turn !== 0) return true;
  // The standard itself is no test of it; the second answer before the dialogue is.
  return kind === "stated"
    ? answer.replicate === before?.replicate
    : answer.replicate === (before?.replicate ?? 1) + 1;
}

/** How well each answer without a persona agrees with the standards: the level that forgetting leads to. */
export function measuredFloor(
  { cells, defaults }: Transcripts,
  standards: readonly Standard[],
): Floor | null {
  const byItem = Map.groupBy(standards, ({ item }) => item);
  const replies = Map.groupBy(defaults.filter(({ value }) => value !== null), ({ replicate }) => replicate);
  const byReply = [...replies.values()].map((answers) => {
    const sums = new Float64Array(cells.unit.length);
    const counts = new Float64Array(cells.unit.length);
    for (const { item, value } of answers) {
      for (const standard of byItem.get(item) ?? []) {
        sums[standard.cell]! += agreementOf(value, standard.value, standard.range);
        counts[standard.cell]!++;
      }
    }
    return sums.map((sum, cell) => sum / counts[cell]!);
  }).filter((values) => values.some((value) => !Number.isNaN(value)));
  return byReply.length === 0 ? null : { kind: "measured", byReply };
}
