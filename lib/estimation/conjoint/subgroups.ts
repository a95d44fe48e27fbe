import { estimateColumns } from "../../core/columns.ts";
import { checkOneOf } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { armRules, column, flag, type RulesFor } from "../../core/options.ts";
import { type EstimateRow, estimateRow } from "../../core/rows.ts";
import { inferEstimate } from "../../stats/inference.ts";
import { contrastEstimate, contrastVariance, type LevelContrast, stackContrast } from "./level_contrasts.ts";
import type { ConjointFit } from "./profile_fit.ts";
import type { ConjointRows, ConjointSettings } from "./shown_profiles.ts";

/** What an estimate is about: one subgroup, or one less another. */
export interface GroupTarget {
  readonly groups: readonly { readonly group: number; readonly sign: number }[];
  /** The columns that say so; empty where there are no subgroups. */
  readonly columns: { readonly by?: string; readonly group?: string; readonly reference_group?: string };
}

/** The target without subgroups. */
export const everybody: GroupTarget = { groups: [{ group: 0, sign: 1 }], columns: {} };

/** How subgroups are asked for. */
export interface SubgroupOptions {
  /**
   * A column of subgroups, such as a trait of the respondents: each gets estimates of its own.
   * @default {undefined} everyone together
   */
  by?: string;
  /**
   * Estimates how each subgroup's estimates differ from those of the reference subgroup, instead of each subgroup's.
   * @default {false}
   */
  differences?: boolean;
  /**
   * The subgroup that the others are compared with.
   * @default {undefined} the first in sorted order
   */
  referenceGroup?: string | number | boolean;
}

export const subgroupRules = {
  by: column,
  differences: flag(false),
  referenceGroup: armRules.reference,
} as const satisfies RulesFor<SubgroupOptions>;

/** The columns that say which level of which feature a row is about, and in which subgroup. */
export function levelColumns(
  { outcome }: ConjointRows,
  { columns }: GroupTarget,
  { feature, level }: { readonly feature: string; readonly level: string },
): GroupTarget["columns"] & { readonly [name in "outcome" | "feature" | "level" | "term"]: string } {
  return { outcome, ...columns, feature, level, term: `${feature}: ${level}` };
}

/** The names of the columns that subgroups add. */
export function groupColumns({ by, differences = false }: SubgroupOptions): string[] {
  return by === undefined ? [] : differences ? ["by", "group", "reference_group"] : ["by", "group"];
}

/** Lists what is to be estimated: everybody, each subgroup, or each subgroup less the reference. */
export function groupTargets(
  action: string,
  { groups }: ConjointRows,
  options: SubgroupOptions,
): GroupTarget[] {
  const { by, differences = false, referenceGroup } = options;
  if (by === undefined) {
    const early = differences ? "differences" : referenceGroup === undefined ? null : "referenceGroup";
    if (early === null) return [everybody];
    throw new TypeError(cannot(action, early, "come with 'by', the column of subgroups", options[early]));
  }
  if (!differences) {
    return groups.map((name, group) => ({ groups: [{ group, sign: 1 }], columns: { by, group: name } }));
  }
  checkSubgroups(action, groups);
  const name = String(referenceGroup ?? groups[0]);
  checkOneOf(action, "referenceGroup", name, groups);
  const reference = groups.indexOf(name);
  return [...groups.keys()].filter((group) => group !== reference).map((group) => ({
    groups: [{ group, sign: 1 }, { group: reference, sign: -1 }],
    columns: { by, group: groups[group]!, reference_group: groups[reference]! },
  }));
}

/** Checks that there are subgroups to compare. */
export function checkSubgroups(action: string, groups: readonly string[]): void {
  if (groups.length >= 2) return;
  throw new RangeError(cannot(action, "by", "hold at least two subgroups", groups.join(", ") || "none"));
}

/** What a contrast is estimated from, and how. */
export interface ContrastParts {
  readonly rows: ConjointRows;
  readonly fit: ConjointFit;
  readonly target: GroupTarget;
  readonly settings: ConjointSettings;
}

/** Fewer respondents than this make normal intervals noticeably too short. */
const fewClusters = 50;

/** The row of one contrast of a model's coefficients, beside the columns that say what is estimated. */
export function contrastRow(
  given: object,
  { factors, notes }: LevelContrast,
  { rows, fit, target: { groups }, settings: { alpha, distribution, basis } }: ContrastParts,
  nullValue = 0,
): EstimateRow {
  const stacked = factors === null ? null : stackContrast(fit, factors, groups);
  const estimate = stacked === null ? NaN : contrastEstimate(fit, stacked);
  // The respondents that the variance counts: of one subgroup, or of all where subgroups are compared.
  const C = groups.length === 1 ? fit.clustersOf[groups[0]!.group]! : fit.clusters;
  // Binder 1983: linearised variance, with C / (C - 1) as in the R package survey.
  const variance = stacked === null || C < 2 ? NaN : contrastVariance(fit, stacked) * (C / (C - 1));
  const stdError = Math.sqrt(Math.max(0, variance));
  const df = distribution === "normal" ? Infinity : C - 1;
  const inferred = inferEstimate({ estimate: estimate - nullValue, stdError, df }, alpha, fit.largest);
  const few = distribution === "normal" && 2 <= C && C < fewClusters && !Number.isNaN(inferred.p_value)
    ? `${C} respondents are few for a normal interval: see distribution "t"`
    : "";
  return estimateRow({
    ...given,
    ...inferred,
    estimate,
    conf_low: inferred.conf_low + nullValue,
    conf_high: inferred.conf_high + nullValue,
    basis,
    notes: [few, ...(factors === null ? [] : notes), ...rows.notes],
    reason: factors === null
      ? notes
      : C < 2 && !Number.isNaN(estimate)
      ? ["one respondent shows no variance"]
      : inferred.reason,
  });
}

/** The columns of a table of conjoint estimates: the contract's, with what is estimated in place of the arm. */
export function conjointColumns(estimated: readonly string[], after: readonly string[] = []): string[] {
  const contract = Object.keys(estimateColumns).filter((name) =>
    !["outcome", "arm", "reference"].includes(name)
  );
  return ["outcome", ...estimated, ...contract.flatMap((name) => name === "n" ? [...after, name] : [name])];
}
