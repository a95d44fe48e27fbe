import { checkName, checkProbabilities } from "../core/checks.ts";
import { answerColumns, personaColumns, planColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";

/** The probability of each level of an attribute; they sum to 1. */
export type LevelProbabilities = { readonly [level: string]: number };

/** Probabilities for each level of the first parent, within them for each level of the second, and so on. */
export type ProbabilitiesByParent = {
  readonly [parentLevel: string]: LevelProbabilities | ProbabilitiesByParent;
};

/** An attribute whose distribution depends on other attributes. */
export interface ConditionalMargin {
  /** The attribute, or attributes, on which it depends. */
  readonly given: string | readonly string[];
  /** Its distribution for each level of `given`; nested in the order of `given` where there are several. */
  readonly values: ProbabilitiesByParent;
}

/** One declared attribute; part of {@linkcode Margins}. */
export interface MarginAttribute {
  /** The attribute's name. */
  readonly name: string;
  /** The attributes on which it depends. */
  readonly given: readonly string[];
  /** Its levels. */
  readonly levels: readonly string[];
  /** Probabilities in the order of `levels`, under the JSON list of the parents' levels (`[]` without parents). */
  readonly probabilities: { readonly [parentLevels: string]: readonly number[] };
}

/** A population declared by its margins; made by {@linkcode declareMargins}. */
export interface Margins {
  /** The attributes, in the order declared. */
  readonly attributes: readonly MarginAttribute[];
  /** The attributes' names in an order in which each comes after those it depends on. */
  readonly drawOrder: readonly string[];
}

/** How each attribute is distributed: by itself, or given others. */
export type MarginSpecification = { readonly [attribute: string]: LevelProbabilities | ConditionalMargin };

const action = "declare margins";

/**
 * Declares a population by the distribution of each attribute, by itself or given other attributes.
 *
 * Use it where only published margins are known. Attributes without `given` are independent of each other: a joint
 * distribution that matters must be stated by `given`, or taken from data. Levels are texts.
 *
 * @param specification for each attribute, the probability of each level, or `{ given, values }`
 * @returns a frozen population for `samplePersonas`
 * @throws {RangeError} if probabilities do not sum to 1, a parent is unknown, a parent's level has no probabilities,
 * tables of one attribute name different levels, or attributes depend on each other in a circle
 * @example Party depends on age
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { declareMargins } from "@understudy/understudy/personas";
 *
 * const margins = declareMargins({
 *   age: { young: 0.4, old: 0.6 },
 *   party: { given: "age", values: { young: { left: 0.7, right: 0.3 }, old: { left: 0.4, right: 0.6 } } },
 * });
 * assertEquals(margins.attributes.map((attribute) => attribute.name), ["age", "party"]);
 * ```
 */
export function declareMargins(specification: MarginSpecification): Margins {
  if (!isRecord(specification) || Object.keys(specification).length === 0) {
    throw new TypeError(cannot(action, "specification", "name at least one attribute", specification));
  }
  const names = Object.keys(specification);
  for (const name of names) checkName(action, "attribute", name);
  checkAttributeNames(action, "specification", names);
  const parents = new Map(names.map((name) => [name, parentsOf(name, specification)]));
  const drawOrder = parentsFirst(names, parents);
  const declared = new Map<string, MarginAttribute>();
  for (const name of drawOrder) {
    declared.set(name, readAttribute(name, specification[name]!, parents.get(name)!, declared));
  }
  return Object.freeze({
    attributes: Object.freeze(names.map((name) => declared.get(name)!)),
    drawOrder: Object.freeze(drawOrder),
  });
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isConditional(margin: LevelProbabilities | ConditionalMargin): margin is ConditionalMargin {
  return typeof margin.given === "string" || Array.isArray(margin.given);
}

function parentsOf(name: string, specification: MarginSpecification): readonly string[] {
  const margin = specification[name]!;
  if (!isRecord(margin)) throw new TypeError(cannot(action, name, "be an object of probabilities", margin));
  if (!isConditional(margin)) return [];
  const parents = typeof margin.given === "string" ? [margin.given] : [...margin.given];
  const known = Object.keys(specification).filter((other) => other !== name);
  const unknown = parents.find((parent) => !known.includes(parent));
  if (unknown === undefined) return parents;
  const others = `the other attributes are ${known.join(", ")}`;
  const said = known.length > 0 ? others : "there is no other attribute";
  throw new RangeError(`Cannot ${action} as '${name}.given' names '${unknown}': ${said}`);
}

function parentsFirst(names: readonly string[], parents: ReadonlyMap<string, readonly string[]>): string[] {
  const order: string[] = [];
  while (order.length < names.length) {
    const next = names.find((name) =>
      !order.includes(name) && parents.get(name)!.every((parent) => order.includes(parent))
    );
    if (next === undefined) {
      const rest = names.filter((name) => !order.includes(name));
      throw new RangeError(cannot(action, "given", "not lead back to the same attribute", rest));
    }
    order.push(next);
  }
  return order;
}

function readAttribute(
  name: string,
  margin: LevelProbabilities | ConditionalMargin,
  given: readonly string[],
  declared: ReadonlyMap<string, MarginAttribute>,
): MarginAttribute {
  const probabilities: { [parentLevels: string]: readonly number[] } = {};
  let levels: readonly string[] | undefined;
  const visit = (node: unknown, path: readonly string[]): void => {
    const place = [name, ...path].join(".");
    if (!isRecord(node)) throw new TypeError(cannot(action, place, "be an object of probabilities", node));
    if (path.length < given.length) {
      const parent = declared.get(given[path.length]!)!;
      checkSameLevels(place, parent.levels, node, `have one entry for each level of '${parent.name}'`);
      for (const level of parent.levels) visit(node[level], [...path, level]);
      return;
    }
    levels ??= Object.keys(node);
    const rule = "name the same levels everywhere, with 0 where a level is impossible";
    checkSameLevels(place, levels, node, rule);
    const values = levels.map((level) => node[level]);
    checkProbabilities(action, place, values);
    probabilities[JSON.stringify(path)] = Object.freeze(values);
  };
  visit(isConditional(margin) ? margin.values : margin, []);
  return Object.freeze({
    name,
    given: Object.freeze([...given]),
    levels: Object.freeze([...levels!]),
    probabilities: Object.freeze(probabilities),
  });
}

function checkSameLevels(place: string, levels: readonly string[], node: object, rule: string): void {
  const present = Object.keys(node);
  if (present.length === levels.length && levels.every((level) => present.includes(level))) return;
  throw new RangeError(cannot(action, place, `${rule} (${levels.join(", ")})`, present));
}

/** Columns that later tables add to the personas' own, so that no attribute may be called so. */
const reserved: readonly string[] = [
  ...["arm", "arm_probability"],
  ...Object.keys({ ...personaColumns, ...planColumns, ...answerColumns }),
];

export function checkAttributeNames(action: string, argument: string, names: readonly string[]): void {
  const taken = names.find((name) => reserved.includes(name));
  if (taken === undefined) return;
  const advice = taken === "weight" ? ", or name it as a column of weights with { weights: 'weight' }" : "";
  throw new RangeError(
    `Cannot ${action} as '${argument}' must not have an attribute '${taken}', which is a column of the ` +
      `experiment's own tables: rename it${advice}`,
  );
}
