import { cannot } from "./errors.ts";

/** A column of names as numbers: `codes[row]` is a place in `labels`, or -1 where the row has none. */
export interface Labelled {
  /** Each row's place in the labels. */
  readonly codes: Int32Array;
  /** The names. */
  readonly labels: readonly string[];
}

/** Turns a column of names (texts, numbers, true or false) into codes; names are the same where they read the same. */
export function encodeLabels(action: string, column: string, values: ArrayLike<unknown>): Labelled {
  const codes = new Int32Array(values.length);
  const byValue = new Map<unknown, number>();
  const byLabel = new Map<string, number>();
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    const known = typeof value === "string" ? byLabel.get(value) : byValue.get(value);
    const code = known ?? codeOf(action, column, value, byLabel);
    if (known === undefined && typeof value !== "string") byValue.set(value, code);
    codes[row] = code;
  }
  return { codes, labels: [...byLabel.keys()] };
}

function codeOf(action: string, column: string, value: unknown, byLabel: Map<string, number>): number {
  if (value === null || value === undefined || value === "" || Number.isNaN(value)) return -1;
  if (typeof value === "object" || typeof value === "function" || typeof value === "symbol") {
    throw new TypeError(cannot(action, column, "hold texts, numbers, true or false", value));
  }
  const label = String(value);
  const code = byLabel.get(label) ?? byLabel.size;
  byLabel.set(label, code);
  return code;
}

/** Joins columns of names to the column of their combinations. */
export function combineLabels(columns: readonly Labelled[]): Labelled {
  return columns.reduce((left, right) => {
    const codes = new Int32Array(left.codes.length);
    const seen = new Map<number, number>();
    const labels: string[] = [];
    for (let row = 0; row < codes.length; row++) {
      const [first, second] = [left.codes[row]!, right.codes[row]!];
      const pair = first * right.labels.length + second;
      if (first < 0 || second < 0) codes[row] = -1;
      else {
        if (!seen.has(pair)) {
          seen.set(pair, labels.length);
          labels.push(`${left.labels[first]}, ${right.labels[second]}`);
        }
        codes[row] = seen.get(pair)!;
      }
    }
    return { codes, labels };
  });
}

/** Orders names: numbers by size where all are numbers, texts by their characters otherwise. */
export function sortLabels({ codes, labels }: Labelled): Labelled {
  const numeric = labels.every((label) => Number.isFinite(Number(label)));
  const order = [...labels.keys()].sort((a, b) => {
    if (numeric && Number(labels[a]) !== Number(labels[b])) return Number(labels[a]) - Number(labels[b]);
    return labels[a]! < labels[b]! ? -1 : 1;
  });
  const place = new Int32Array(labels.length);
  order.forEach((code, rank) => place[code] = rank);
  return {
    codes: codes.map((code) => code < 0 ? -1 : place[code]!),
    labels: order.map((code) => labels[code]!),
  };
}
