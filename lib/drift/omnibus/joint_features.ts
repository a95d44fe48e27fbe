import { moments } from "../../stats/moments.ts";
import { type Pattern, readNumbers } from "./joint_answers.ts";

/** One control over all patterns. */
export interface PatternControl {
  /** Codes of the levels, the most frequent 0; of a number 0, and 1 where it is missing. */
  readonly levels: Int32Array;
  /** How many levels there are. */
  readonly levelCount: number;
  /** Standardised numbers, 0 where missing; `null` of a control whose answers are categories. */
  readonly numbers: Float64Array | null;
}

/**
 * Reads each control of the patterns. A number is standardised over all replies; one that is missing stands at the mean
 * and is of another level.
 *
 * @param counts how many replies have each pattern
 */
export function readPatternControls(
  action: string,
  patterns: readonly Pattern[],
  counts: ArrayLike<number>,
  { controls, numeric }: { controls: readonly string[]; numeric: readonly string[] },
): PatternControl[] {
  return controls.map((control, c): PatternControl => {
    const levels = patterns.map((pattern) => pattern[c] ?? null);
    if (!numeric.includes(control)) return { ...codeLevels(levels, counts), numbers: null };
    const values = readNumbers(action, control, levels);
    const all: number[] = [];
    values.forEach((value, p) => {
      if (!Number.isNaN(value)) { for (let reply = 0; reply < counts[p]!; reply++) all.push(value); }
    });
    const { mean, variance } = moments(all);
    const scale = variance > 0 ? Math.sqrt(variance) : 1;
    return {
      levels: Int32Array.from(values, (value) => Number.isNaN(value) ? 1 : 0),
      levelCount: values.some(Number.isNaN) ? 2 : 1,
      numbers: values.map((value) => Number.isNaN(value) ? 0 : (value - mean) / scale),
    };
  });
}

function codeLevels(
  levels: readonly (string | null)[],
  counts: ArrayLike<number>,
): Pick<PatternControl, "levels" | "levelCount"> {
  const totals = new Map<string | null, number>();
  levels.forEach((level, p) => totals.set(level, (totals.get(level) ?? 0) + counts[p]!));
  const order = [...totals].sort((a, b) => b[1] - a[1] || (String(a[0]) < String(b[0]) ? -1 : 1));
  const codes = new Map(order.map(([level], code) => [level, code] as const));
  return { levels: Int32Array.from(levels, (level) => codes.get(level)!), levelCount: codes.size };
}

/** The features of each pattern that are not 0. */
export interface PatternFeatures {
  /** How many features there are. */
  readonly count: number;
  /** Where each pattern's features begin; one more at the end. */
  readonly start: Int32Array;
  /** The number of each feature. */
  readonly index: Int32Array;
  /** Its value. */
  readonly value: Float64Array;
}

type Term = readonly [name: string, value: number];

/**
 * Makes the classifier's features: an indicator of each level, a number and its square, and the products of those of
 * each two controls, without which no difference in how controls hang together can be seen. Only those that occur count.
 */
export function makeFeatures(controls: readonly PatternControl[]): PatternFeatures {
  const numbers = new Map<string, number>();
  const start = [0];
  const index: number[] = [];
  const value: number[] = [];
  for (let p = 0; p < controls[0]!.levels.length; p++) {
    for (const [name, size] of termsOf(controls, p)) {
      if (!numbers.has(name)) numbers.set(name, numbers.size);
      index.push(numbers.get(name)!);
      value.push(size);
    }
    start.push(index.length);
  }
  return {
    count: numbers.size,
    start: Int32Array.from(start),
    index: Int32Array.from(index),
    value: Float64Array.from(value),
  };
}

function* termsOf(controls: readonly PatternControl[], pattern: number): Generator<Term> {
  const own = controls.map((control, c) => ownTerms(control, c, pattern));
  for (let c = 0; c < own.length; c++) {
    yield* own[c]!;
    for (let other = 0; other < c; other++) {
      for (const [name, x] of own[c]!) for (const [second, y] of own[other]!) yield [name + second, x * y];
    }
  }
}

/** A control's own features of a pattern. */
function ownTerms({ levels, numbers }: PatternControl, control: number, pattern: number): Term[] {
  const level: Term = [`${control}:${levels[pattern]} `, 1];
  const number = numbers?.[pattern];
  if (number === undefined) return [level];
  return [level, [`${control}x `, number], [`${control}xx `, number * number]];
}
