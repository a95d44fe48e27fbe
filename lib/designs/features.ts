import { checkDistinct, checkName, checkOneOf } from "../core/checks.ts";
import { answerColumns, assignedColumns, personaColumns, planColumns } from "../core/columns.ts";
import { profileColumns, taskColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import type { Conjoint, DeclaredFeature, DeclaredRestriction, Level } from "../core/experiment.ts";

/** A feature's levels: a list of equally likely ones, or for each level its weight. */
export type FeatureDeclaration = readonly Level[] | { readonly [level: string]: number };

/** A combination that must not occur: for two or more features, a level or a list of levels. */
export type Restriction = { readonly [feature: string]: Level | readonly Level[] };

/** The columns of the experiment's tables: no feature, question or attribute may be called so. */
const experimentColumns: readonly string[] = Object.keys({
  ...personaColumns,
  ...assignedColumns,
  ...profileColumns,
  ...planColumns,
  ...taskColumns,
  ...answerColumns,
});

export function checkNoColumn(action: string, argument: string, name: string): void {
  if (!experimentColumns.includes(name)) return;
  throw new RangeError(cannot(action, argument, "not have the name of a column of the experiment", name));
}

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
    checkNoColumn(action, argument, name);
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
    const entries = Array.isArray(restriction) ? [] : Object.entries(Object(restriction));
    if (typeof restriction !== "object" || entries.length < 2) {
      throw new RangeError(cannot(action, "restrictions", "name two or more features each", restriction));
    }
    return Object.freeze(Object.fromEntries(
      entries.map(([name, levels]) => [name, readForbidden(action, name, levels, features)]),
    ));
  });
}

function readForbidden(action: string, name: string, forbidden: unknown, features: Conjoint["features"]) {
  checkOneOf(action, "restrictions", name, Object.keys(features));
  const declared = features[name]!.levels;
  const levels = Array.isArray(forbidden) ? forbidden : [forbidden];
  return Object.freeze(levels.map((level) => {
    checkOneOf(action, `restrictions.${name}`, String(level), declared.map(String));
    return declared.find((candidate) => String(candidate) === String(level))!;
  }));
}

/** Features that restrictions tie to each other, with the probability of each of their allowed combinations. */
export interface LinkedFeatures {
  readonly names: readonly string[];
  /** For each allowed combination, the place of each feature's level. */
  readonly cells: readonly (readonly number[])[];
  /** The probability of each allowed combination; they sum to 1. */
  readonly probabilities: readonly number[];
}

export type ProfileSpecification = Pick<Conjoint, "features" | "restrictions">;

/** More combinations than this are too many to list. */
const mostCells = 1_000_000;

/**
 * The exact distribution of profiles, as independent parts: features that share a restriction, directly or through
 * others, stand in one part; every other feature is a part of its own. Within a part it is the product of the levels'
 * probabilities over the allowed combinations, scaled to 1: what drawing anew until a profile is allowed gives.
 */
export function linkFeatures(action: string, specification: ProfileSpecification): LinkedFeatures[] {
  const { features, restrictions } = specification;
  return groupFeatures(Object.keys(features), restrictions.map((restriction) => Object.keys(restriction)))
    .map((names) => distributionOf(action, names, specification));
}

/** Groups features that are tied to each other, directly or through others. */
export function groupFeatures(names: readonly string[], tied: readonly (readonly string[])[]): string[][] {
  const group = new Map(names.map((name, place) => [name, place]));
  for (const set of tied) {
    const joined = set.map((name) => group.get(name)!);
    const first = Math.min(...joined);
    for (const [name, place] of group) if (joined.includes(place)) group.set(name, first);
  }
  return [...Map.groupBy(names, (name) => group.get(name)!).values()];
}

function distributionOf(
  action: string,
  names: readonly string[],
  { features, restrictions }: ProfileSpecification,
): LinkedFeatures {
  const size = names.reduce((product, name) => product * features[name]!.levels.length, 1);
  if (size > mostCells) {
    const said = `${names.join(", ")} have ${size}`;
    const rule = `tie features with at most ${mostCells} combinations together; ${said}`;
    throw new RangeError(cannot(action, "restrictions", rule, restrictions));
  }
  const own = restrictions.filter((one) => Object.keys(one).every((name) => names.includes(name)));
  const forbidden = own.map((restriction) =>
    names.map((name) => restriction[name]?.map((level) => features[name]!.levels.indexOf(level)))
  );
  const cells: number[][] = [];
  const weights: number[] = [];
  for (let index = 0; index < size; index++) {
    const cell = cellAt(index, names.map((name) => features[name]!.levels.length));
    if (forbidden.some((levels) => levels.every((list, place) => list?.includes(cell[place]!) ?? true))) {
      continue;
    }
    cells.push(cell);
    weights.push(names.reduce((w, name, place) => w * features[name]!.probabilities[cell[place]!]!, 1));
  }
  names.forEach((name, place) => {
    const met = new Set(cells.map((cell) => cell[place]));
    const never = features[name]!.levels.find((_, level) => !met.has(level));
    if (never === undefined) return;
    const said = `'${name}' is never '${never}'`;
    throw new RangeError(cannot(action, "restrictions", "leave every level possible", said));
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { names, cells, probabilities: weights.map((weight) => weight / total) };
}

/** The combination at a place of the full list, the first feature's level changing slowest. */
export function cellAt(index: number, sizes: readonly number[]): number[] {
  const cell = new Array<number>(sizes.length);
  for (let place = sizes.length - 1, rest = index; place >= 0; place--) {
    cell[place] = rest % sizes[place]!;
    rest = Math.floor(rest / sizes[place]!);
  }
  return cell;
}

/** The joint distribution of some features, in the order asked for, the last feature's level changing fastest. */
export function joinParts(
  action: string,
  parts: readonly LinkedFeatures[],
  asked: readonly string[],
): LinkedFeatures {
  const kept = parts.map((part) => marginal(part, asked)).filter(({ names }) => names.length > 0);
  const count = kept.reduce((product, { cells }) => product * cells.length, 1);
  if (count > mostCells) {
    throw new RangeError(cannot(action, "features", `have at most ${mostCells} combinations`, count));
  }
  const joined = kept.reduce((left, right) => ({
    names: [...left.names, ...right.names],
    cells: left.cells.flatMap((cell) => right.cells.map((other) => [...cell, ...other])),
    probabilities: left.probabilities.flatMap((p) => right.probabilities.map((q) => p * q)),
  }));
  const places = asked.map((name) => joined.names.indexOf(name));
  const cells = joined.cells.map((cell) => places.map((place) => cell[place]!));
  const order = [...cells.keys()].sort((a, b) => compareCells(cells[a]!, cells[b]!));
  return {
    names: asked,
    cells: order.map((row) => cells[row]!),
    probabilities: order.map((row) => joined.probabilities[row]!),
  };
}

function compareCells(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((level, at) => level !== b[at]);
  return place < 0 ? 0 : a[place]! - b[place]!;
}

/** The joint distribution of those features of a part that are asked for. */
function marginal(part: LinkedFeatures, asked: readonly string[]): LinkedFeatures {
  const places = [...part.names.keys()].filter((place) => asked.includes(part.names[place]!));
  const found = new Map<string, { cell: number[]; probability: number }>();
  part.cells.forEach((cell, row) => {
    const kept = places.map((place) => cell[place]!);
    const entry = found.get(kept.join());
    if (entry === undefined) found.set(kept.join(), { cell: kept, probability: part.probabilities[row]! });
    else entry.probability += part.probabilities[row]!;
  });
  const [names, entries] = [places.map((place) => part.names[place]!), [...found.values()]];
  const probabilities = entries.map(({ probability }) => probability);
  return { names, cells: entries.map(({ cell }) => cell), probabilities };
}

/**
 * The distribution of what is shown: that of {@linkcode linkFeatures} given that no two profiles of a task are the same.
 *
 * With p the probability of a profile and K profiles, the first of a task is x with probability
 * p(x) e(K - 1 without x) / (K e(K)), where e(j) is the j-th elementary symmetric polynomial of all p. Written in power
 * sums of p, which are products over the parts, it sums over all profiles with the same cell of one part.
 */
export function shownFeatures(
  action: string,
  conjoint: ProfileSpecification & Pick<Conjoint, "profiles">,
): LinkedFeatures[] {
  const parts = linkFeatures(action, conjoint);
  const { profiles } = conjoint;
  // Σ p^j for j = 0, 1, …; that for 0 is not used.
  const powers = parts.map(({ probabilities }) =>
    Array.from({ length: profiles + 1 }, (_, j) => probabilities.reduce((sum, p) => sum + p ** j, 0))
  );
  const all = Array.from({ length: profiles + 1 }, (_, j) => powers.reduce((p, own) => p * own[j]!, 1));
  const symmetric = elementary(all);
  return parts.map((part, place) => ({
    ...part,
    probabilities: part.probabilities.map((p) => {
      let sum = 0;
      for (let j = 0; j < profiles; j++) {
        const others = all[j + 1]! / powers[place]![j + 1]!;
        sum += (j % 2 === 0 ? 1 : -1) * p ** (j + 1) * others * symmetric[profiles - 1 - j]!;
      }
      return sum / (profiles * symmetric[profiles]!);
    }),
  }));
}

/** Elementary symmetric polynomials from power sums: Newton's identities, k e(k) = Σ (-1)^(j-1) e(k-j) p(j). */
function elementary(powers: readonly number[]): number[] {
  const symmetric = [1];
  for (let k = 1; k < powers.length; k++) {
    let sum = 0;
    for (let j = 1; j <= k; j++) sum += (j % 2 === 1 ? 1 : -1) * symmetric[k - j]! * powers[j]!;
    symmetric.push(sum / k);
  }
  return symmetric;
}

export function checkIsConjoint(action: string, argument: string, value: unknown): void {
  const { features, restrictions } = Object(value) as Partial<ProfileSpecification>;
  if (typeof features !== "object" || features === null || !Array.isArray(restrictions)) {
    throw new TypeError(cannot(action, argument, "be the result of declareConjoint({ … })", value));
  }
}
