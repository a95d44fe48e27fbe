import { stream } from "../../core/stream.ts";
import { permuteLabels, permuteSums } from "../../stats/permutation.ts";
import type { RandomizationContrast } from "./randomization_contrast.ts";
import type { PreparedStatistic } from "./randomization_statistics.ts";

/** How assignments are gone through. */
export interface DrawSettings {
  readonly permutations: number;
  readonly exactLimit: number;
  readonly seed: number;
  /** What the contrast is called: each has draws of its own. */
  readonly name: string;
  /** Whether rerandomisation accepts the labels; `null` where it accepts all. */
  readonly accepts: ((labels: ArrayLike<number>) => boolean) | null;
  readonly maximumDraws: number;
}

/** Statistics under the assignments that were gone through. */
export interface NullDraws {
  /** For each statistic, its values. */
  readonly values: readonly Float64Array[];
  /** Whether these are all assignments, the observed one among them. */
  readonly exact: boolean;
  /** What the reader must know. */
  readonly notes: readonly string[];
}

/** Goes through assignments: all where they are few, random ones where not, and computes statistics at each. */
export function drawNull(
  contrast: RandomizationContrast,
  statistics: readonly PreparedStatistic[],
  settings: DrawSettings,
): NullDraws {
  const labels = Int32Array.from(contrast.members, ({ label }) => label);
  const groups = Int32Array.from(contrast.members, ({ group }) => group);
  if (isFew(labels, groups, settings.exactLimit) || settings.accepts !== null) {
    return drawLabels(labels, groups, statistics, settings);
  }
  const linear = statistics.map((statistic) => statistic.linear);
  if (linear.some((terms) => terms === null)) return drawLabels(labels, groups, statistics, settings);
  // The same stream gives the same permutations, so that statistics belong together draw by draw.
  const values = linear.map((terms) =>
    permuteSums(terms!(labels), labels, {
      groups,
      random: stream(settings.seed, "randomization", settings.name),
      permutations: settings.permutations,
    })
  );
  return { values, exact: false, notes: [] };
}

/** Whether the number of assignments, Π n! / (m! (n − m)!), is within the limit. */
function isFew(labels: Int32Array, groups: Int32Array, limit: number): boolean {
  const seen = new Map<number, [number, number]>();
  let assignments = 1;
  for (let i = 0; i < labels.length; i++) {
    const counts = seen.get(groups[i]!) ?? [0, 0];
    counts[labels[i] === 1 ? 1 : 0]++;
    seen.set(groups[i]!, counts);
    assignments = Math.round((assignments * (counts[0] + counts[1])) / counts[labels[i] === 1 ? 1 : 0]);
    if (assignments > limit) return false;
  }
  return true;
}

function drawLabels(
  labels: Int32Array,
  groups: Int32Array,
  statistics: readonly PreparedStatistic[],
  settings: DrawSettings,
): NullDraws {
  const { permutations, exactLimit, accepts } = settings;
  const values = statistics.map((): number[] => []);
  const random = stream(settings.seed, "randomization", settings.name);
  let visited = 0;
  let accepted = 0;
  const visit = (permuted: Int32Array) => {
    visited++;
    if (accepted >= permutations && !few) return;
    if (accepts !== null && !accepts(permuted)) return;
    accepted++;
    statistics.forEach((statistic, place) => values[place]!.push(statistic.of(permuted)));
  };
  const few = isFew(labels, groups, exactLimit);
  do permuteLabels(labels, visit, { random, groups, permutations, exactLimit: few ? exactLimit : 0 }); while (
    !few && accepted < permutations && visited < settings.maximumDraws
  );
  const short = !few && accepted < permutations;
  return {
    values: values.map((list) => Float64Array.from(list)),
    exact: few,
    notes: short ? [`only ${accepted} of ${visited} random assignments were accepted`] : [],
  };
}
