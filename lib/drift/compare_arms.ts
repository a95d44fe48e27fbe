import { stream } from "../core/stream.ts";
import { moments } from "../stats/moments.ts";
import { permutationPValue } from "../stats/permutation_p_value.ts";
import type { DriftCells } from "./drift_cells.ts";
import { countedDistance, observedCounts } from "./drift_distance.ts";
import { driftIntervals } from "./drift_interval.ts";
import { type DriftNull, permuteArms } from "./drift_null.ts";
import type { DriftSettings } from "./drift_options.ts";
import { quantile } from "./drift_quantile.ts";
import type { DriftRow } from "./drift_rows.ts";
import { answeringUnits } from "./drift_units.ts";

/** Compares one arm with the reference on every control; only the answers of these two arms move in the null. */
export function compareArms(
  cells: DriftCells,
  arm: number,
  reference: number,
  settings: DriftSettings,
): { rows: DriftRow[]; permuted: DriftNull } {
  const names = [cells.arms[reference]!, cells.arms[arm]!] as const;
  const permuted = permuteArms(cells, [reference, arm], {
    comparisons: [[1, 0]],
    permutations: settings.permutations,
    random: stream(settings.seed, "drift", "permute", ...names),
  });
  const intervals = driftIntervals(cells, [arm, reference], {
    bootstraps: settings.bootstraps,
    alpha: settings.alpha,
    random: stream(settings.seed, "drift", "bootstrap", ...names),
  });
  const counts = observedCounts(cells, [arm, reference]);
  const units = answeringUnits(cells, [arm, reference]);
  const rows = cells.controls.map((control, c): DriftRow => {
    const unusable = whyUnusable(cells, c, counts, [names[1], names[0]]);
    return {
      control,
      arm: names[1],
      reference: names[0],
      measure: "total variation",
      ...(unusable === null ? measure(cells, c, counts, permuted) : unmeasured),
      p_adjusted: NaN,
      p_joint: NaN,
      conf_low: unusable === null ? intervals[c]![0] : NaN,
      conf_high: unusable === null ? intervals[c]![1] : NaN,
      n: units[c]!.either,
      verdict: "not checked",
      reason: reasonOf(cells, c, unusable ?? describeNull(permuted), settings),
    };
  });
  return { rows, permuted };
}

type Measured = Pick<
  DriftRow,
  "statistic" | "null_mean" | "null_high" | "excess" | "p_value" | "smallest_p"
>;

/** The smallest p-value that a control can have: that of the distance than which the null knows no larger. */
function smallestP(permuted: DriftNull, control: number, statistic: number): number {
  const distances = permuted.distances[control]!;
  const largest = distances.reduce((most, distance) => distance > most ? distance : most, statistic);
  return permutationPValue(largest, distances, { exact: permuted.exact });
}

const unmeasured: Measured = {
  statistic: NaN,
  null_mean: NaN,
  null_high: NaN,
  excess: NaN,
  p_value: NaN,
  smallest_p: NaN,
};

function measure(cells: DriftCells, control: number, counts: Int32Array, permuted: DriftNull): Measured {
  const [from, to] = [cells.offsets[control]!, cells.offsets[control + 1]!];
  const statistic = countedDistance(counts, cells.categories.length, [0, 1], from, to);
  const distances = permuted.distances[control]!;
  const { mean } = moments(distances.filter((distance) => !Number.isNaN(distance)));
  return {
    statistic,
    null_mean: mean,
    null_high: quantile(distances, 0.95),
    excess: statistic - mean,
    p_value: permutationPValue(statistic, distances, { exact: permuted.exact }),
    smallest_p: smallestP(permuted, control, statistic),
  };
}

/** Why a control says nothing about two arms; `null` where it does. */
function whyUnusable(
  cells: DriftCells,
  control: number,
  counts: Int32Array,
  names: readonly [string, string],
): string | null {
  const columns = cells.categories.length;
  const given = new Set<string>();
  for (let side = 0; side < 2; side++) {
    let answers = 0;
    for (let k = cells.offsets[control]!; k < cells.offsets[control + 1]!; k++) {
      const count = counts[side * columns + k]!;
      answers += count;
      if (count > 0) given.add(cells.categories[k]!);
    }
    if (answers === 0) return `arm '${names[side]}' has no answer to this control`;
  }
  return given.size > 1
    ? null
    : `every answer is '${[...given][0]}': a control that does not vary cannot show drift`;
}

function describeNull(permuted: DriftNull): string {
  return permuted.exact
    ? `exact null: all ${permuted.count} assignments of arms ${permuted.scope}`
    : `null: ${permuted.count} random permutations of arms ${permuted.scope}`;
}

function reasonOf(cells: DriftCells, control: number, first: string, settings: DriftSettings): string {
  const { total, missing } = cells.asked[control]!;
  return [
    first,
    ...(missing > 0 ? [`${missing} of ${total} answers, over all arms, are missing`] : []),
    ...(settings.bootstraps === 0 ? ["no interval as 'bootstraps' is 0"] : []),
  ].join("; ");
}
