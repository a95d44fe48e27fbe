import { cannot, showValue } from "../../core/errors.ts";
import type { ConjointRows } from "./conjoint_rows.ts";

/** What an estimate is about: one subgroup, or one less another. */
export interface GroupTarget {
  /** The subgroups with their signs. */
  readonly groups: readonly { readonly group: number; readonly sign: number }[];
  /** The columns that say so; empty where there are no subgroups. */
  readonly columns: { readonly by?: string; readonly group?: string; readonly reference_group?: string };
}

/** How subgroups are asked for. */
export interface GroupOptions {
  /** The column of subgroups. */
  by?: string;
  /** Whether differences are estimated. */
  differences?: boolean;
  /** The subgroup that the others are compared with. */
  referenceGroup?: string | number | boolean;
}

/** The names of the columns that subgroups add. */
export function groupColumns({ by, differences = false }: GroupOptions): string[] {
  return by === undefined ? [] : differences ? ["by", "group", "reference_group"] : ["by", "group"];
}

/** Lists what is to be estimated: everyone, each subgroup, or each subgroup less the reference. */
export function groupTargets(action: string, { groups }: ConjointRows, options: GroupOptions): GroupTarget[] {
  const { by, differences = false, referenceGroup } = options;
  if (typeof differences !== "boolean") {
    throw new TypeError(cannot(action, "differences", "be true or false", differences));
  }
  if (by === undefined) {
    const early = differences ? "differences" : referenceGroup === undefined ? null : "referenceGroup";
    if (early === null) return [{ groups: [{ group: 0, sign: 1 }], columns: {} }];
    throw new TypeError(cannot(action, early, "come with 'by', the column of subgroups", options[early]));
  }
  if (!differences) {
    return groups.map((name, group) => ({ groups: [{ group, sign: 1 }], columns: { by, group: name } }));
  }
  const reference = findReference(action, groups, referenceGroup);
  return [...groups.keys()].filter((group) => group !== reference).map((group) => ({
    groups: [{ group, sign: 1 }, { group: reference, sign: -1 }],
    columns: { by, group: groups[group]!, reference_group: groups[reference]! },
  }));
}

function findReference(
  action: string,
  groups: readonly string[],
  asked: GroupOptions["referenceGroup"],
): number {
  const listed = groups.map((name) => showValue(name)).join(", ");
  if (groups.length < 2) {
    throw new RangeError(cannot(action, "by", "hold at least two subgroups", listed || "none"));
  }
  const reference = asked === undefined ? 0 : groups.indexOf(String(asked));
  if (reference < 0) {
    throw new RangeError(cannot(action, "referenceGroup", `be a subgroup (${listed})`, asked));
  }
  return reference;
}

/** The number of respondents that the variance counts: of one subgroup, or of all where subgroups are compared. */
export function clustersCounted(
  { groups }: GroupTarget,
  { clusters, clustersOf }: { readonly clusters: number; readonly clustersOf: readonly number[] },
): number {
  return groups.length === 1 ? clustersOf[groups[0]!.group]! : clusters;
}
