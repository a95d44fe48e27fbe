import { cannot, showValue } from "../core/errors.ts";

/** Turns ordered answers to places from 0, `NaN` where there is none: numbers by size, names by the levels given. */
export function readLevels(
  action: string,
  outcome: string,
  values: readonly unknown[],
  levels: readonly (string | number)[] | undefined,
): { places: Float64Array; labels: string[] } {
  const present = values.filter((value) => value !== null && value !== undefined && !Number.isNaN(value));
  const order = levels ??
    [...new Set(present)].map((value) => readNumber(action, outcome, value)).sort((a, b) => a - b);
  const labels = order.map(String);
  const known = new Map(labels.map((label, place) => [label, place]));
  const places = Float64Array.from(values, (value, row) => {
    if (value === null || value === undefined || Number.isNaN(value)) return NaN;
    const place = known.get(String(value));
    if (place !== undefined) return place;
    throw new RangeError(
      `${cannot(action, "levels", `hold every answer to '${outcome}'`, value)} (row ${row + 1})`,
    );
  });
  return { places, labels };
}

function readNumber(action: string, outcome: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new TypeError(
    `Cannot ${action} as outcome '${outcome}' must hold finite numbers: current value is ${
      showValue(value)
    }; ` +
      `for names give their order, for example { levels: ["never", "sometimes", "often"] }`,
  );
}
