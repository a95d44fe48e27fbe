import { dot, type Matrix } from "../../stats/matrix.ts";
import type { CovariancePart, FeatureTest } from "./level_contrasts.ts";
import { averageContrast, contrastEstimate, covarianceParts, jointTest } from "./level_contrasts.ts";
import { selectParts, stackContrast } from "./level_contrasts.ts";
import { fitConjoint, solve } from "./profile_fit.ts";
import { cellShares, setUpModel } from "./profile_model.ts";
import type { ConjointModelOptions, ConjointRows } from "./shown_profiles.ts";

/** How all effects differ between subgroups, with their joint covariance. */
export interface AmceDifferences {
  /** Empty for the constant. */
  readonly features: readonly string[];
  /** Each subgroup less the first. */
  readonly estimates: readonly number[];
  /** Their covariance through respondents, by the subgroups in which these have rows. */
  readonly clustered: readonly CovariancePart[];
  /** Their covariance if rows were independent and of equal variance. */
  readonly classical: Matrix;
  readonly residualDf: number;
  readonly notes: readonly string[];
}

/** Respondents in more kinds of combinations of subgroups than this share the last part. */
const mostParts = 12;

/** Estimates the differences of all effects, and of the constant, between the first subgroup and each other. */
export function differencesBetweenGroups(
  action: string,
  rows: ConjointRows,
  options: Pick<ConjointModelOptions, "reference" | "interactions" | "conjoint">,
): AmceDifferences {
  const model = setUpModel(action, rows.features, options);
  const fit = fitConjoint(rows, model, mostParts);
  const features: string[] = [];
  const contrasts: Float64Array[] = [];
  let missing = 0;
  for (const group of [...rows.groups.keys()].slice(1)) {
    const groups = [{ group, sign: 1 }, { group: 0, sign: -1 }];
    const columns = groups.map(({ group }) => fit.columns[group]!);
    model.names.forEach((name, feature) => {
      const set = model.linked.find((members) => members.includes(feature)) ?? [feature];
      const shares = cellShares(action, rows, set, options.conjoint);
      for (let level = 0; level < model.levels[feature]!.length; level++) {
        if (level === model.base[feature]) continue;
        const { factors } = averageContrast(model, columns, [{ feature, level }], shares, "design");
        if (factors === null) missing++;
        else {
          features.push(name);
          contrasts.push(stackContrast(fit, factors, groups));
        }
      }
    });
    const constant = new Float64Array(model.size);
    constant[0] = 1;
    features.push("");
    contrasts.push(stackContrast(fit, constant, groups));
  }
  const residualDf = rows.value.length - fit.columns.reduce((rank, { kept }) => rank + kept.length, 0);
  const influences = contrasts.map((stacked) => solve(fit.columns, fit.size, stacked));
  return {
    features,
    estimates: contrasts.map((stacked) => contrastEstimate(fit, stacked)),
    clustered: covarianceParts(fit, contrasts),
    // σ² w' (X'WX)⁻¹ v
    classical: contrasts.map((left) =>
      influences.map((right) => (fit.squares / residualDf) * dot(left, right))
    ),
    residualDf,
    notes: missing === 0 ? [] : [`${missing} levels left out: they do not occur in both subgroups`],
  };
}

/** Tests that the differences of some features are 0; those of the constant stand under the empty name. */
export function testDifferences(
  { features, estimates, clustered, classical, residualDf }: AmceDifferences,
  includes: (feature: string) => boolean,
  covariance: "clustered" | "classical" = "clustered",
): FeatureTest {
  const places = [...features.keys()].filter((place) => includes(features[place]!));
  const [parts, form] = covariance === "clustered"
    ? [clustered, "hotelling" as const]
    : [[{ covariance: classical, df: residualDf }], "exact" as const];
  return jointTest(places.map((place) => estimates[place]!), selectParts(parts, places), form);
}
