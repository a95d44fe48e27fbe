import { checkDistinct, checkOneOf } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { ArmOptions, AssignmentOptions, DrawOptions } from "../core/options.ts";
import type { IntervalOptions, ReadOptions, RulesFor } from "../core/options.ts";
import { armRules, assignmentRules, drawRules, flag, intervalRules, rule, whole } from "../core/options.ts";
import { type DriftMeasureName, driftMeasures, missingControl } from "./measures.ts";

/** What all checks of drift share: which columns say who answered in which arm, and how chance is drawn. */
export interface PermutationOptions extends ArmOptions, AssignmentOptions, DrawOptions, IntervalOptions {
  /**
   * How many random permutations make the null; where all assignments are at most 25,000, all are used instead.
   * @default {2000}
   */
  permutations?: number;
}

/** Options that `estimateDrift`, `repairDrift` and `compareRepairs` share. */
export interface DriftOptions extends PermutationOptions {
  /**
   * How many bootstrap samples of personas make the interval; 0 for none.
   * @default {2000}
   */
  bootstraps?: number;
  /**
   * Whether answers that are missing (refused, unparsed, truncated, empty, failed) are a control of their own, over all
   * items of a long table or the controls of a wide one.
   * @default {true}
   */
  missing?: boolean;
  /**
   * What is measured of each control, one row each (and each a further test in the family that is adjusted for): `total
   * variation` (½ Σ |p − q|, 0 to 1) and `Jensen-Shannon` (bits, 0 to 1) of any control; of ordered ones `Wasserstein`
   * (scale points), `energy` (scale points; the square of the distance that SciPy gives) and `Kolmogorov-Smirnov` (0 to 1).
   * @default {"total variation"}; "Kolmogorov-Smirnov" for controls with more than 20 distinct numbers
   */
  measures?: DriftMeasureName | readonly DriftMeasureName[];
  /**
   * For each ordinal control its categories in order, from low to high; numbers know theirs.
   * @default {{}}
   */
  levels?: { readonly [control: string]: readonly (string | number)[] };
  /**
   * The largest drift that would not matter, in units of the measure, of which there must be one: each row then also tests
   * the claim that its drift is below it. State it before the data are seen.
   * @default {undefined} no such claim
   */
  margin?: number;
}

export const permutationRules = {
  ...armRules,
  ...assignmentRules,
  ...drawRules,
  ...intervalRules,
  permutations: whole(2000),
} as const;

export const driftRules = {
  ...permutationRules,
  bootstraps: whole(2000, 0),
  missing: flag(true),
  measures: rule<DriftMeasureName | readonly DriftMeasureName[], undefined>(checkMeasures, undefined),
  levels: rule<NonNullable<DriftOptions["levels"]>, undefined>(checkLevels, undefined),
  margin: rule<number, undefined>(checkMargin, undefined),
} as const satisfies RulesFor<DriftOptions>;

export type DriftSettings = Omit<ReadOptions<DriftOptions, typeof driftRules>, "measures"> & {
  readonly measures: readonly DriftMeasureName[] | undefined;
};

/** Checks what options say together, and lists the measures. */
export function checkSettings(
  action: string,
  read: ReadOptions<DriftOptions, typeof driftRules>,
  controls: readonly string[],
): DriftSettings {
  const { margin, levels = {} } = read;
  const measures = read.measures === undefined ? undefined : [read.measures].flat() as DriftMeasureName[];
  const stranger = Object.keys(levels).find((name) => !controls.includes(name));
  if (stranger !== undefined) {
    throw new RangeError(cannot(action, "levels", `name controls (${controls.join(", ")})`, stranger));
  }
  const [measure = "total variation", ...others] = measures ?? [];
  if (margin !== undefined && others.length > 0) {
    const only =
      `come with one measure, in whose units it is; for example { measures: "${measure}", margin: 0.1 }`;
    throw new RangeError(cannot(action, "margin", only, margin));
  }
  // A measure that ends at 1 is always below a margin above it.
  const { most } = driftMeasures[measure];
  if (margin !== undefined && !(margin < most)) {
    const range = `lie between 0 and ${most}, in units of the measure (${measure})`;
    throw new RangeError(cannot(action, "margin", range, margin));
  }
  return { ...read, measures };
}

function checkMargin(action: string, name: string, margin: unknown): void {
  if (typeof margin === "number" && margin > 0) return;
  throw new RangeError(cannot(action, name, "be a number above 0, in units of the measure", margin));
}

function checkMeasures(action: string, name: string, measures: unknown): void {
  const names = [measures].flat();
  for (const one of names) checkOneOf<unknown>(action, name, one, Object.keys(driftMeasures));
  if (names.length === 0 || new Set(names).size < names.length) {
    throw new RangeError(cannot(action, name, "name at least one measure, and each once", measures));
  }
}

function checkLevels(action: string, name: string, levels: unknown): void {
  const lists = typeof levels === "object" && levels !== null ? Object.values(levels) : [undefined];
  for (const list of lists) {
    if (!Array.isArray(list) || new Set(list.map(String)).size < list.length) {
      const rule = "hold for each control a list of distinct categories in order";
      throw new TypeError(cannot(action, name, rule, levels));
    }
  }
}

export function checkControls(action: string, argument: string, controls: unknown): void {
  const names: readonly unknown[] = [controls].flat();
  if (names.length === 0 || !names.every((name) => typeof name === "string" && name !== "")) {
    throw new TypeError(cannot(action, argument, "name at least one item or column", controls));
  }
  checkDistinct(action, argument, "name each control once", names as string[]);
  if (names.includes(missingControl)) {
    const rule = `not name '${missingControl}', a row of its own`;
    throw new RangeError(cannot(action, argument, rule, controls));
  }
}
