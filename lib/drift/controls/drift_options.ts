import { checkLevel, checkOneOf, checkSeed, checkWhole } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { missingControl } from "./missing_control.ts";
import { type DriftMeasureName, driftMeasures } from "./drift_measures.ts";

/** What `estimateDrift` and `repairDrift` share: which columns say who answered in which arm, and how chance is drawn. */
export interface DriftOptions {
  /**
   * The column of the arm.
   *
   * @default "arm"
   */
  arm?: string;
  /**
   * The arm that every other arm is compared with.
   *
   * @default the reference that `assignTreatments` recorded; else "control", else the first of two in sorted order
   */
  reference?: string;
  /**
   * The column of the persona: all answers of one persona move together.
   *
   * @default "persona_id"; in a wide table without that column each row is a persona
   */
  persona?: string;
  /**
   * The column of clusters that were assigned as one; all answers of a cluster move together.
   *
   * @default "cluster" if the table has that column, else none
   */
  clusters?: string;
  /**
   * The column or columns of the blocks within which arms were assigned; `[]` for none.
   *
   * @default "block" if the table has that column, else none
   */
  blocks?: string | readonly string[];
  /**
   * How many random permutations make the null; where all assignments are at most 25,000, all are used instead.
   *
   * @default 2000
   */
  permutations?: number;
  /**
   * How many bootstrap samples of personas make the interval; 0 for none.
   *
   * @default 2000
   */
  bootstraps?: number;
  /**
   * The seed of permutations and bootstrap samples.
   *
   * @default 0
   */
  seed?: number;
  /**
   * The level of the test; intervals have the confidence 1 − alpha.
   *
   * @default 0.05
   */
  alpha?: number;
  /**
   * Whether answers that are missing (refused, unparsed, truncated, failed) are a control of their own, over all
   * items of a long table or the controls of a wide one.
   *
   * @default true
   */
  missing?: boolean;
  /**
   * What is measured of each control, one row each (and each a further test in the family that is adjusted for): `total variation` (½ Σ |p − q|, 0 to 1) and `Jensen-Shannon` (bits,
   * 0 to 1) of any control; of ordered ones `Wasserstein` (scale points), `energy` (scale points; the square of the
   * distance that SciPy gives), `Kolmogorov-Smirnov` (0 to 1) and `standardised mean difference` (standard deviations).
   *
   * @default "total variation"; "Kolmogorov-Smirnov" for controls with more than 20 distinct numbers
   */
  measures?: DriftMeasureName | readonly DriftMeasureName[];
  /**
   * For each ordinal control its categories in order, from low to high; numbers know theirs.
   *
   * @default {}
   */
  levels?: { readonly [control: string]: readonly (string | number)[] };
  /**
   * The largest drift that would not matter, in units of the measure, of which there must be one: each row then also
   * tests the claim that its drift is below it. State it before the data are seen.
   *
   * @default none
   */
  margin?: number;
}

/** The names of what says who was in which arm, and how chance is drawn. */
export const armOptionNames: readonly string[] = [
  "arm",
  "reference",
  "persona",
  "clusters",
  "blocks",
  "permutations",
  "seed",
  "alpha",
];

/** The names of {@linkcode DriftOptions}, for the check of misspelt ones. */
export const driftOptionNames: readonly string[] = [
  ...armOptionNames,
  "bootstraps",
  "missing",
  "measures",
  "levels",
  "margin",
];

/** {@linkcode DriftOptions} with defaults that need no table filled in. */
export type DriftSettings =
  & Omit<DriftOptions, "measures">
  & { readonly measures?: readonly DriftMeasureName[] }
  & Required<Pick<DriftOptions, "arm" | "permutations" | "bootstraps" | "seed" | "alpha" | "missing">>;

/** Checks what can be checked without the table, and fills in the defaults. */
export function checkDriftOptions(action: string, options: DriftOptions): DriftSettings {
  const { measures, ...others } = options;
  const settings = {
    ...others,
    ...(measures === undefined ? {} : { measures: checkMeasures(action, measures) }),
    arm: options.arm ?? "arm",
    permutations: options.permutations ?? 2000,
    bootstraps: options.bootstraps ?? 2000,
    seed: options.seed ?? 0,
    alpha: options.alpha ?? 0.05,
    missing: options.missing ?? true,
  };
  checkWhole(action, "permutations", settings.permutations, 1);
  checkWhole(action, "bootstraps", settings.bootstraps);
  checkSeed(action, settings.seed);
  checkLevel(action, "alpha", settings.alpha);
  if (typeof settings.missing !== "boolean") {
    throw new TypeError(cannot(action, "missing", "be true or false", settings.missing));
  }
  checkMargin(action, settings);
  if (settings.levels !== undefined) checkLevelLists(action, settings.levels);
  return settings;
}

/** A margin is in units of one measure, and a measure that ends at 1 is always below a margin above it. */
function checkMargin(action: string, { margin, measures = ["total variation"] }: DriftSettings): void {
  if (margin === undefined) return;
  const [measure, ...others] = measures;
  if (others.length > 0) {
    const rule =
      `come with one measure, in whose units it is; for example { measures: "${measure}", margin: 0.1 }`;
    throw new RangeError(cannot(action, "margin", rule, margin));
  }
  const most = driftMeasures[measure!].most;
  if (typeof margin !== "number" || !(margin > 0 && margin < most)) {
    const range = most === Infinity ? "be a number above 0" : `lie between 0 and ${most}`;
    throw new RangeError(cannot(action, "margin", `${range}, in units of the measure (${measure})`, margin));
  }
}

function checkMeasures(
  action: string,
  measures: DriftMeasureName | readonly DriftMeasureName[],
): readonly DriftMeasureName[] {
  const names = [measures].flat();
  const known = Object.keys(driftMeasures);
  for (const name of names) checkOneOf<string>(action, "measures", name, known);
  if (names.length === 0 || new Set(names).size < names.length) {
    throw new RangeError(cannot(action, "measures", "name at least one measure, and each once", measures));
  }
  return names;
}

function checkLevelLists(action: string, levels: unknown): void {
  const lists = typeof levels === "object" && levels !== null ? Object.values(levels) : [undefined];
  for (const list of lists) {
    if (!Array.isArray(list) || new Set(list.map(String)).size < list.length) {
      throw new TypeError(
        cannot(action, "levels", "hold for each control a list of distinct categories in order", levels),
      );
    }
  }
}

/** Checks that controls are a name or a list of distinct names; returns the list. */
export function checkControls(action: string, argument: string, controls: unknown): readonly string[] {
  const names: readonly unknown[] = Array.isArray(controls) ? controls : [controls];
  if (names.length === 0 || !names.every((name) => typeof name === "string" && name !== "")) {
    throw new TypeError(cannot(action, argument, "name at least one item or column", controls));
  }
  if (new Set(names).size < names.length) {
    throw new RangeError(cannot(action, argument, "name each control once", controls));
  }
  if (names.includes(missingControl)) {
    throw new RangeError(
      cannot(action, argument, `not name '${missingControl}', a row of its own`, controls),
    );
  }
  return names as string[];
}

/** Checks that levels are declared of controls. */
export function checkLevelNames(action: string, settings: DriftSettings, controls: readonly string[]): void {
  const unknown = Object.keys(settings.levels ?? {}).find((name) => !controls.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(cannot(action, "levels", `name controls (${controls.join(", ")})`, unknown));
  }
}
