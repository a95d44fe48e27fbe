import { showValue } from "../core/errors.ts";

/**
 * Turns answers to numbers, `NaN` where there is none: numbers as they are, true and false as 1 and 0, and with a
 * category 1 where it is the answer (or, of several, among the answers) and 0 where it is not.
 */
export function readOutcome(
  action: string,
  outcome: string,
  values: ArrayLike<unknown>,
  category: string | number | boolean | undefined,
): Float64Array {
  const numbers = new Float64Array(values.length);
  const wanted = category === undefined ? undefined : String(category);
  const others = new Set<string>();
  let met = false;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null || value === undefined || Number.isNaN(value)) numbers[row] = NaN;
    else if (wanted === undefined) numbers[row] = readNumber(action, outcome, value, row);
    else {
      const chosen = (Array.isArray(value) ? value : [value]).map(String);
      numbers[row] = chosen.includes(wanted) ? 1 : 0;
      if (numbers[row] === 1) met = true;
      else if (others.size < 20) chosen.forEach((answer) => others.add(answer));
    }
  }
  if (wanted !== undefined && !met && others.size > 0) {
    throw new RangeError(
      `Cannot ${action} as 'category' must be an answer to '${outcome}': current value is ${
        showValue(category)
      }, ` +
        `the answers are ${[...others].sort().map(showValue).join(", ")}`,
    );
  }
  return numbers;
}

function readNumber(action: string, outcome: string, value: unknown, row: number): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  const shown = `current value is ${showValue(value)} (row ${row + 1})`;
  if (typeof value === "number") {
    throw new RangeError(`Cannot ${action} as outcome '${outcome}' must hold finite numbers: ${shown}`);
  }
  throw new TypeError(
    `Cannot ${action} as outcome '${outcome}' must hold numbers: ${shown}; for the share of one answer name it, ` +
      `for example { outcome: ${showValue(outcome)}, category: ${showValue(value)} }`,
  );
}
