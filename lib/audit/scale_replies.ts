import { checkOneOf } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { groupRows, type Table } from "../core/table.ts";
import { stream } from "../core/stream.ts";
import { resampleUnits } from "../stats/resampling.ts";
import { readItem } from "./audit_answers.ts";
import { type AuditOptions, checkParts } from "./audit_options.ts";
import type { ScaleItems } from "./check_options.ts";
import { covarianceOf, cronbachAlpha, omegaOf, oneFactorLoadings } from "./one_factor.ts";

/** The replies that answer all items of a scale. */
export interface ScaleReplies {
  /** One row per reply, one number per item; reverse-keyed items with their sign turned. */
  readonly rows: readonly (readonly number[])[];
  /** The rows of each unit. */
  readonly units: readonly (readonly number[])[];
  /** Replies that lack an item. */
  readonly incomplete: number;
  /** Whether each item is keyed in reverse. */
  readonly reversed: readonly boolean[];
}

/** Coefficients of a scale. */
export interface ScaleCoefficients {
  readonly alpha: number;
  readonly omega: number;
  readonly loadings: readonly number[];
  /** Correlation of the means of reverse-keyed and other items, as answered. */
  readonly reverse: number;
}

/** Checks a scale's items. */
export function checkScale(action: string, name: string, scale: ScaleItems): void {
  const path = `scales.${name}`;
  checkParts(action, path, scale, {
    known: ["items", "reversed"],
    example: '{ items: ["a", "b", "c"], reversed: ["c"] }',
  });
  const { items, reversed = [] } = scale;
  if (!Array.isArray(items) || new Set(items).size < 2 || items.some((item) => typeof item !== "string")) {
    throw new RangeError(cannot(action, `${path}.items`, "name at least two items", items));
  }
  if (!Array.isArray(reversed)) {
    throw new TypeError(cannot(action, `${path}.reversed`, "be a list of items", reversed));
  }
  for (const item of reversed) checkOneOf(action, `scales.${name}.reversed`, item, items);
}

/** Reads the replies that answer all items of a scale with numbers. */
export function readReplies(
  action: string,
  table: Table,
  { items, reversed = [] }: ScaleItems,
  options: AuditOptions,
): ScaleReplies {
  const replies = new Map<string, { unit: string; row: number[] }>();
  items.forEach((item, place) => {
    const read = readItem(action, table, item, options);
    const sign = reversed.includes(item) ? -1 : 1;
    read.value.forEach((value, at) => {
      const reply = replies.get(read.reply[at]!) ?? { unit: read.unit[at]!, row: items.map(() => NaN) };
      if (typeof value === "number") reply.row[place] = sign * value;
      replies.set(read.reply[at]!, reply);
    });
  });
  const whole = [...replies.values()].filter(({ row }) => !row.some(Number.isNaN));
  return {
    rows: whole.map(({ row }) => row),
    units: [...groupRows(whole.map(({ unit }) => unit)).values()],
    incomplete: replies.size - whole.length,
    reversed: items.map((item) => reversed.includes(item)),
  };
}

/** Computes the coefficients of a scale. */
export function coefficientsOf(
  rows: readonly (readonly number[])[],
  reversed: readonly boolean[],
): ScaleCoefficients {
  const covariance = covarianceOf(rows);
  const loadings = oneFactorLoadings(covariance);
  let [forward, backward, both] = [0, 0, 0];
  covariance.forEach((row, i) =>
    row.forEach((value, j) => {
      if (reversed[i] && reversed[j]) backward += value;
      else if (!reversed[i] && !reversed[j]) forward += value;
      else if (reversed[i]) both += value;
    })
  );
  return {
    alpha: cronbachAlpha(covariance),
    omega: omegaOf(loadings),
    loadings,
    // Signs were turned: as answered the correlation has the other sign.
    reverse: -both / Math.sqrt(forward * backward),
  };
}

/** The coefficients in bootstrap samples of units. */
export function resampleCoefficients(
  { rows, units, reversed }: ScaleReplies,
  { draws, seed, name }: { draws: number; seed: number; name: string },
): ScaleCoefficients[] {
  const found: ScaleCoefficients[] = [];
  resampleUnits(units.length, (drawn) => {
    const sample: (readonly number[])[] = [];
    for (const unit of drawn) for (const row of units[unit]!) sample.push(rows[row]!);
    found.push(coefficientsOf(sample, reversed));
  }, { random: stream(seed, "scale", name), replicates: draws });
  return found;
}
