import { groupRows } from "../core/table.ts";
import { studentTQuantile } from "../stats/distributions.ts";

/** Who chose what, and which option stood in the slot that is looked at. */
export interface SlotInput {
  /** The option chosen in each answer. */
  readonly chosen: Int32Array;
  /** The option in the slot, for each answer. */
  readonly inSlot: Int32Array;
  /** The number of options. */
  readonly options: number;
}

/** Scratch space of one slot's counts. */
export class SlotCounter {
  readonly #shown: Float64Array;
  readonly #hits: Float64Array;
  readonly #totals: Float64Array;
  readonly #chosen: Int32Array;

  /** Counts how often each option was chosen: the same under every deal of the orders. */
  constructor(chosen: Int32Array, options: number) {
    this.#chosen = chosen;
    this.#shown = new Float64Array(options);
    this.#hits = new Float64Array(options);
    this.#totals = new Float64Array(options);
    for (const option of chosen) this.#totals[option]!++;
  }

  /**
   * What standing in the slot adds to an option's chance of being chosen: P(chosen | in the slot) − P(chosen |
   * elsewhere), averaged over the options that stood in the slot and elsewhere too.
   */
  effect(inSlot: (answer: number) => number): number {
    const n = this.#chosen.length;
    this.#shown.fill(0);
    this.#hits.fill(0);
    for (let at = 0; at < n; at++) {
      const option = inSlot(at);
      this.#shown[option]!++;
      if (option === this.#chosen[at]) this.#hits[option]!++;
    }
    let sum = 0;
    let count = 0;
    for (let option = 0; option < this.#shown.length; option++) {
      const shown = this.#shown[option]!;
      if (shown === 0 || shown === n) continue;
      const hits = this.#hits[option]!;
      sum += hits / shown - (this.#totals[option]! - hits) / (n - shown);
      count++;
    }
    return count === 0 ? NaN : sum / count;
  }
}

/** The half-width of the interval of a slot's effect: linearised, by units (Student's t). */
export function slotHalfWidth(input: SlotInput, unit: readonly string[], alpha: number): number {
  const { chosen, inSlot, options } = input;
  const n = chosen.length;
  const influence = new Float64Array(n);
  let used = 0;
  for (let option = 0; option < options; option++) {
    const rates = ratesOf(input, option);
    if (rates === null) continue;
    used++;
    for (let at = 0; at < n; at++) {
      const hit = chosen[at] === option ? 1 : 0;
      influence[at]! += inSlot[at] === option
        ? (hit - rates.here) / rates.shown
        : -(hit - rates.elsewhere) / (n - rates.shown);
    }
  }
  const groups = [...groupRows(unit).values()];
  const squares = groups.reduce((sum, rows) => {
    let total = 0;
    for (const row of rows) total += influence[row]! / used;
    return sum + total * total;
  }, 0);
  const units = groups.length;
  return studentTQuantile(1 - alpha / 2, units - 1) * Math.sqrt(squares * units / (units - 1));
}

function ratesOf(
  { chosen, inSlot }: SlotInput,
  option: number,
): { shown: number; here: number; elsewhere: number } | null {
  let [shown, hits, total] = [0, 0, 0];
  for (let at = 0; at < chosen.length; at++) {
    const hit = chosen[at] === option ? 1 : 0;
    total += hit;
    if (inSlot[at] !== option) continue;
    shown++;
    hits += hit;
  }
  if (shown === 0 || shown === chosen.length) return null;
  return { shown, here: hits / shown, elsewhere: (total - hits) / (chosen.length - shown) };
}
