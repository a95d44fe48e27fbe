import { stream } from "../../core/stream.ts";
import { bootstrapContrasts } from "./drift_bootstrap.ts";
import { type DriftCells, type DriftTest, mostCategories, testsOf } from "./drift_cells.ts";
import { type DriftInterval, invertDistances } from "./drift_interval.ts";
import type { PairLayouts } from "./drift_layout.ts";
import { type DriftNull, permuteArms } from "./drift_null.ts";
import type { TestNull } from "./drift_null_counts.ts";
import type { DriftSettings } from "./drift_options.ts";
import { describeComparison, whyUnusable } from "./drift_reasons.ts";
import type { DriftRow } from "./drift_rows.ts";
import { makeMeter, observedCounts } from "./drift_shares.ts";
import { bootstrapStrata, fewUnitsFactor } from "./drift_strata.ts";
import { compareWithNull, notCompared, type NullComparison } from "./null_comparison.ts";

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
    random: (...more) => stream(settings.seed, "drift", "permute", ...names, ...more),
  });
  const unusable = cells.controls.map((_, c) => whyUnusable(cells, layouts, c));
  const intervals = estimateIntervals(cells, layouts, settings, unusable);
  const rows = testsOf(cells).map((test, t): DriftRow => {
    const { control, measure } = test;
    const usable = unusable[control] === null;
    const { low, high, pEquivalence } = intervals[t]!;
    const measured = usable ? measureTest(cells, layouts, test, permuted.own[t]!) : notCompared;
    const described = describeComparison(cells, layouts, control, permuted.own[t]!, {
      unusable: unusable[control]!,
      permuted,
      settings,
    });
    return {
      control: cells.controls[control]!,
      arm: names[1],
      reference: names[0],
      measure: measure.name,
      ...measured,
      p_adjusted: NaN,
      p_joint: NaN,
      conf_low: low,
      conf_high: high,
      margin: settings.margin ?? NaN,
      p_equivalence: pEquivalence,
      n: layouts.controls[control]!.units.either,
      verdict: "not checked",
      reason: usable && Number.isNaN(measured.statistic) ? `${withoutSpread}; ${described}` : described,
    };
  });
  return { rows, permuted };
}

/** The interval of every test: units are bootstrapped within blocks, separately for those in one arm, the other, or both. */
function estimateIntervals(
  cells: DriftCells,
  layouts: PairLayouts,
  settings: DriftSettings,
  unusable: readonly (string | null)[],
): DriftInterval[] {
  const [arm, reference] = layouts.arms.map((place) => cells.arms[place]!);
  const strata = bootstrapStrata(layouts.pairs);
  return cells.controls.flatMap((control, c) => {
    const { units } = layouts.controls[c]!;
    const categories = cells.offsets[c + 1]! - cells.offsets[c]!;
    if (unusable[c] !== null || settings.bootstraps === 0 || categories > mostCategories) {
      return cells.measures[c]!.map(() => ({ low: NaN, high: NaN, pEquivalence: NaN }));
    }
    const bootstrapped = bootstrapContrasts(cells, layouts, c, {
      strata,
      bootstraps: settings.bootstraps,
      random: stream(settings.seed, "drift", "bootstrap", reference!, arm!, control),
    });
    const options = {
      alpha: settings.alpha,
      margin: settings.margin ?? NaN,
      stretch: fewUnitsFactor(cells, layouts, c, strata, settings.alpha),
      units: Math.min(units.first, units.second),
    };
    return cells.measures[c]!.map((measure, m) => invertDistances(measure, bootstrapped[m]!, options));
  });
}

/** The only measure that may have no value is a difference in standard deviations. */
const withoutSpread = "answers vary in neither arm: there is no standard deviation to divide by";

function measureTest(
  cells: DriftCells,
  layouts: PairLayouts,
  { control, place }: DriftTest,
  permuted: TestNull,
): NullComparison {
  const meter = makeMeter(cells, control, layouts.controls[control]!.weights);
  const statistic = meter(observedCounts(cells, layouts, control))[place]!;
  return compareWithNull(statistic, permuted);
}
