import { stream } from "../../core/stream.ts";
import { moments } from "../../stats/moments.ts";
import { permutationPValue } from "../../stats/permutation_p_value.ts";
import type { DriftCells } from "./drift_cells.ts";
import { distanceOf, observedCounts, quantileOf, shareDifferences } from "./drift_distance.ts";
import { driftIntervals } from "./drift_interval.ts";
import type { PairLayouts } from "./drift_layout.ts";
import { type ControlNull, type DriftNull, permuteArms } from "./drift_null.ts";
import type { DriftSettings } from "./drift_options.ts";
import { describeComparison, whyUnusable } from "./drift_reasons.ts";
import type { DriftRow } from "./drift_rows.ts";

/** Compares one arm with the reference on every control; only the answers of these two arms move in the null. */
export function compareArms(
  cells: DriftCells,
  layouts: PairLayouts,
  settings: DriftSettings,
): { rows: DriftRow[]; permuted: DriftNull } {
  const [arm, reference] = layouts.arms;
  const names = [cells.arms[reference]!, cells.arms[arm]!] as const;
  const permuted = permuteArms(cells, [reference, arm], [layouts], {
    permutations: settings.permutations,
    random: stream(settings.seed, "drift", "permute", ...names),
  });
  const intervals = driftIntervals(cells, layouts, {
    bootstraps: settings.bootstraps,
    alpha: settings.alpha,
    random: stream(settings.seed, "drift", "bootstrap", ...names),
  });
  const rows = cells.controls.map((control, c): DriftRow => {
    const unusable = whyUnusable(cells, layouts, c);
    return {
      control,
      arm: names[1],
      reference: names[0],
      measure: "total variation",
      ...(unusable === null ? measure(cells, layouts, c, permuted.own[c]!) : unmeasured),
      p_adjusted: NaN,
      p_joint: NaN,
      conf_low: unusable === null ? intervals[c]![0] : NaN,
      conf_high: unusable === null ? intervals[c]![1] : NaN,
      n: layouts.controls[c]!.units.either,
      verdict: "not checked",
      reason: describeComparison(cells, layouts, c, permuted, { unusable, settings }),
    };
  });
  return { rows, permuted };
}

type Measured = Pick<
  DriftRow,
  "statistic" | "null_mean" | "null_high" | "excess" | "p_value" | "smallest_p"
>;

/** The smallest p-value that a control can have: that of the distance than which the null knows no larger. */
function smallestP({ distances, exact }: ControlNull, statistic: number): number {
  const largest = distances.reduce((most, distance) => distance > most ? distance : most, statistic);
  return permutationPValue(largest, distances, { exact });
}

const unmeasured: Measured = {
  statistic: NaN,
  null_mean: NaN,
  null_high: NaN,
  excess: NaN,
  p_value: NaN,
  smallest_p: NaN,
};

function measure(cells: DriftCells, layouts: PairLayouts, control: number, permuted: ControlNull): Measured {
  const differences = new Float64Array(cells.offsets[control + 1]! - cells.offsets[control]!);
  const { weights } = layouts.controls[control]!;
  shareDifferences(observedCounts(cells, layouts, control), weights, differences);
  const statistic = distanceOf(differences);
  const { distances, exact } = permuted;
  const { mean } = moments(distances.filter((distance) => !Number.isNaN(distance)));
  return {
    statistic,
    null_mean: mean,
    null_high: quantileOf(distances, 0.95),
    excess: statistic - mean,
    p_value: permutationPValue(statistic, distances, { exact }),
    smallest_p: smallestP(permuted, statistic),
  };
}
