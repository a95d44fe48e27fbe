import { cannot } from "../../core/errors.ts";
import { agreementOf } from "./agreement.ts";
import type { Score } from "./cell_scores.ts";
import { ownAnswers } from "./pick_probes.ts";
import type { Spoken } from "./read_transcripts.ts";

/** Judges how well a line fits what it is held against, from 0 to 1; `NaN` where that cannot be said. */
export type Judge = (line: string, reference: string) => number;

/** Scores lines against the persona's text, and against each earlier line. */
export function scoreLines(action: string, spoken: readonly Spoken[], judge: Judge): Score[] {
  const lines = spoken.filter(({ role }) => role === "line");
  const judged = (line: string, reference: string): number => checkScore(action, judge(line, reference));
  return [...Map.groupBy(lines, ({ place }) => place).values()].flatMap((own) => {
    const ordered = own.toSorted((a, b) => a.turn - b.turn);
    return ordered.flatMap(({ cell, value, text }, i): Score[] => {
      if (value === null) return missingLine(cell, i > 0);
      const earlier = ordered.slice(0, i).filter((line) => line.value !== null);
      return [
        {
          cell,
          column: "prompt to line",
          score: text === "" ? NaN : judged(String(value), text),
        },
        ...earlier.map((line) => ({
          cell,
          column: "line to line",
          score: judged(String(value), String(line.value)),
        })),
      ];
    });
  });
}

function missingLine(cell: number, later: boolean): Score[] {
  const missing = { cell, score: NaN };
  return [
    { ...missing, column: "prompt to line" },
    ...(later ? [{ ...missing, column: "line to line" }] : []),
  ];
}

/** Scores answers to probes during the dialogue in the place of lines: against what is stated, and earlier answers. */
export function scoreProbesAsLines(spoken: readonly Spoken[]): Score[] {
  const probes = spoken.filter(({ role, turn }) => role === "probe" && turn > 0);
  return [...Map.groupBy(probes, ({ place }) => place).values()].flatMap((own) => {
    const ordered = own.toSorted((a, b) => a.turn - b.turn);
    return ordered.flatMap(({ cell, value, stated, range }, i): Score[] => [
      ...(stated === null ? [] : [{ cell, column: "prompt to line", score: scoreOf(value, stated, range) }]),
      ...ordered.slice(0, i).filter((earlier) => earlier.value !== null)
        .map((earlier) => ({ cell, column: "line to line", score: scoreOf(value, earlier.value, range) })),
    ]);
  });
}

/** Scores answers to diagnostic questions during the dialogue against the persona's own answers before it. */
export function scoreQuestions(spoken: readonly Spoken[], items: readonly string[]): Score[] {
  const probes = spoken.filter(({ role, item }) => role === "probe" && items.includes(item));
  const own = ownAnswers(probes);
  return probes.filter(({ turn }) => turn > 0).map(({ value, range, ...answer }) => {
    const before = own.get(answer.place)?.value ?? null;
    return { cell: answer.cell, column: "question and answer", score: scoreOf(value, before, range) };
  });
}

function scoreOf(value: unknown, reference: unknown, range: unknown): number {
  return value === null || reference === null ? NaN : agreementOf(value, reference, range);
}

function checkScore(action: string, score: unknown): number {
  if (typeof score === "number" && (Number.isNaN(score) || (score >= 0 && score <= 1))) return score;
  throw new RangeError(cannot(action, "judge", "return a number from 0 to 1", score));
}
