import { assignedColumns, cannot, checkName, personaColumns } from "../core/mod.ts";
import { checkDistinct } from "./design_parts.ts";

/** A value of a feature: a text or a number, as it will stand in the table. */
export type Level = string | number;

/** A feature's levels: a list of equally likely ones, or for each level its weight. */
export type FeatureDeclaration = readonly Level[] | { readonly [level: string]: number };

/** A combination that must not occur: for two or more features, a level or a list of levels. */
export type Restriction = { readonly [feature: string]: Level | readonly Level[] };

/** A feature as it was declared: its levels and the probability of each before any restriction. */
export interface DeclaredFeature {
  /** The levels; the first is the one that others are compared with. */
  readonly levels: readonly Level[];
  /** The probability of each level before restrictions. */
  readonly probabilities: readonly number[];
}

/** A restriction as it is kept: for each of its features, the levels that must not meet. */
export type DeclaredRestriction = { readonly [feature: string]: readonly Level[] };

const taken = ["task", "profile", ...Object.keys(personaColumns), ...Object.keys(assignedColumns)];

/** Reads features and their levels. */
export function readFeatures(
  action: string,
  argument: string,
  features: unknown,
): { [feature: string]: DeclaredFeature } {
  if (typeof features !== "object" || features === null || Array.isArray(features)) {
    const rule = 'be an object such as { education: ["none", "college"] }';
    throw new TypeError(cannot(action, argument, rule, features));
  }
  const names = Object.keys(features);
  if (names.length === 0) {
    throw new RangeError(cannot(action, argument, "name at least one feature", features));
  }
  return Object.fromEntries(names.map((name) => {
    checkName(action, argument, name);
    if (taken.includes(name)) {
      throw new RangeError(cannot(action, argument, "not have the name of a column of the experiment", name));
    }
    return [name, readLevels(action, `${argument}.${name}`, (features as Record<string, unknown>)[name])];
  }));
}

function readLevels(action: string, argument: string, declared: unknown): DeclaredFeature {
  if (typeof declared !== "object" || declared === null) {
    throw new TypeError(cannot(action, argument, "be a list of levels, or an object of weights", declared));
  }
  const levels: unknown[] = Array.isArray(declared) ? declared : Object.keys(declared);
  const weights: unknown[] = Array.isArray(declared) ? levels.map(() => 1) : Object.values(declared);
  for (const level of levels) {
    if (!(typeof level === "string" && level.trim() !== "") && !Number.isFinite(level)) {
      throw new TypeError(cannot(action, argument, "hold non-empty texts or numbers", level));
    }
  }
  if (levels.length < 2) throw new RangeError(cannot(action, argument, "have at least two levels", levels));
  checkDistinct(action, argument, "name each level once", levels.map(String));
  for (const weight of weights) {
    if (typeof weight !== "number" || !Number.isFinite(weight) || weight <= 0) {
      throw new RangeError(cannot(action, argument, "hold weights above 0", weight));
    }
  }
  const total = (weights as number[]).reduce((sum, weight) => sum + weight, 0);
  return Object.freeze({
    levels: Object.freeze([...levels] as Level[]),
    probabilities: Object.freeze((weights as number[]).map((weight) => weight / total)),
  });
}

/** Reads restrictions against the features that they name. */
export function readRestrictions(
  action: string,
  restrictions: unknown,
  features: { readonly [feature: string]: DeclaredFeature },
): DeclaredRestriction[] {
  if (!Array.isArray(restrictions)) {
    const rule = 'be a list such as [{ education: "none", job: "doctor" }]';
    throw new TypeError(cannot(action, "restrictions", rule, restrictions));
  }
  return restrictions.map((restriction: unknown) => {
    const entries = typeof restriction === "object" && restriction !== null && !Array.isArray(restriction)
      ? Object.entries(restriction)
      : [];
    if (entries.length < 2) {
      throw new RangeError(cannot(action, "restrictions", "name two or more features each", restriction));
    }
    return Object.freeze(Object.fromEntries(
      entries.map(([name, levels]) => [name, readForbidden(action, name, levels, features)]),
    ));
  });
}

function readForbidden(
  action: string,
  name: string,
  forbidden: unknown,
  features: { readonly [feature: string]: DeclaredFeature },
): readonly Level[] {
  if (!Object.hasOwn(features, name)) {
    const rule = `name features (${Object.keys(features).join(", ")})`;
    throw new RangeError(cannot(action, "restrictions", rule, name));
  }
  const declared = features[name]!.levels;
  const levels = Array.isArray(forbidden) ? forbidden : [forbidden];
  return Object.freeze(levels.map((level) => {
    const known = declared.find((candidate) => String(candidate) === String(level));
    if (known !== undefined) return known;
    throw new RangeError(
      cannot(action, `restrictions.${name}`, `name levels (${declared.join(", ")})`, level),
    );
  }));
}
