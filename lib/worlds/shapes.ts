import { checkName } from "../core/checks.ts";
import { cannot, didYouMean } from "../core/errors.ts";

/** What every check of a declaration says it is doing. */
export const declaring = "declare a world";

/** What the parts of a declaration may name. */
export interface WorldParts {
  /** For each attribute, its levels. */
  readonly attributes: { readonly [attribute: string]: readonly string[] };
  /** For each stimulus, and each level of a factor (`tone.angry`), its phrases. */
  readonly stimuli: { readonly [stimulus: string]: readonly string[] };
  /** For each factor, its levels. */
  readonly factors: { readonly [factor: string]: readonly string[] };
  /** How people answer. */
  readonly items: { readonly [item: string]: object };
}

/** A check of one part of a declaration: throws where it is not as it must be. */
export type Shape = (value: unknown, argument: string, world: WorldParts) => void;

type Shapes = { readonly [name: string]: Shape };

export function finite(value: unknown, argument: string): void {
  if (!Number.isFinite(value)) throw new TypeError(cannot(declaring, argument, "be a number", value));
}

export function between(low: number, high: number): Shape {
  return (value, argument) => {
    if (!(typeof value === "number" && value >= low && value <= high)) {
      throw new RangeError(cannot(declaring, argument, `lie from ${low} to ${high}`, value));
    }
  };
}

export function deviation(value: unknown, argument: string): void {
  if (!(Number.isFinite(value) && (value as number) > 0)) {
    throw new RangeError(cannot(declaring, argument, "be above 0", value));
  }
}

export function among(values: readonly unknown[], rule = `be one of ${listed(values)}`): Shape {
  return (value, argument) => {
    if (values.includes(value)) return;
    const hint = typeof value === "string" ? didYouMean(value, values.map(String)) : "";
    throw new RangeError(`${cannot(declaring, argument, rule, value)}${hint}`);
  };
}

export function phraseList(value: unknown, argument: string): void {
  const valid = Array.isArray(value) && value.length > 0 &&
    value.every((phrase) => typeof phrase === "string" && phrase.trim() !== "");
  if (!valid) throw new TypeError(cannot(declaring, argument, "be a list of phrases", value));
}

/** Checks that thresholds rise and are one fewer than what they part. */
export function checkThresholds(argument: string, thresholds: unknown, parts: number): void {
  const rising = Array.isArray(thresholds) && thresholds.length === parts - 1 &&
    thresholds.every((cut, i) => Number.isFinite(cut) && (i === 0 || cut > thresholds[i - 1]));
  if (!rising) {
    throw new RangeError(cannot(declaring, argument, `be ${parts - 1} rising numbers`, thresholds));
  }
}

/** A grid of values: two ends, and a step that divides their distance. */
export function checkGrid(argument: string, range: readonly [number, number], step = 1): void {
  if (!(Number.isFinite(range?.[0]) && Number.isFinite(range?.[1]) && range[0] < range[1])) {
    throw new RangeError(cannot(declaring, `${argument}.range`, "go from a lower to a higher value", range));
  }
  const steps = (range[1] - range[0]) / step;
  if (!(step > 0) || Math.abs(steps - Math.round(steps)) > 1e-9) {
    const rule = `divide the range ${range.join(" to ")}`;
    throw new RangeError(cannot(declaring, `${argument}.step`, rule, step));
  }
}

/** Anything: what another check looks at. */
export function anything(): void {}

export function listOf(shape: Shape): Shape {
  return (value, argument, world) => {
    if (!Array.isArray(value)) throw new TypeError(cannot(declaring, argument, "be a list", value));
    for (const part of value) shape(part, argument, world);
  };
}

/** An object with parts that it must have and parts that it may; a misspelt one would otherwise be an effect of 0. */
export function partsOf(must: Shapes, may: Shapes = {}): Shape {
  return (value, argument, world) => {
    checkKnown(value, argument, [...Object.keys(must), ...Object.keys(may)]);
    const parts = value as { readonly [name: string]: unknown };
    for (const [name, shape] of Object.entries({ ...must, ...may })) {
      if (parts[name] === undefined && Object.hasOwn(may, name)) continue;
      shape(parts[name], `${argument}.${name}`, world);
    }
  };
}

/** An object of any names, each of whose parts has a shape. */
export function mapOf(shapeOf: (name: string, argument: string, world: WorldParts) => Shape): Shape {
  return (value, argument, world) => {
    checkKnown(value, argument, Object.keys(value ?? {}));
    for (const [name, part] of Object.entries(value as object)) {
      shapeOf(name, argument, world)(part, `${argument}.${name}`, world);
    }
  };
}

/** Checks that an object has no part beside the known ones. */
export function checkKnown(value: unknown, argument: string, known: readonly string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(cannot(declaring, argument, "be an object", value));
  }
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const may = `it may have ${known.join(", ")}${didYouMean(unknown, known)}`;
  throw new TypeError(`Cannot ${declaring} as '${argument}' has no '${unknown}': ${may}`);
}

export function nameOf(part: keyof WorldParts): Shape {
  return (value, argument, world) => {
    const known = Object.keys(world[part]);
    among(known, `name ${part} (${listed(known)})`)(value, argument, world);
  };
}

/** Names that columns and properties can have. */
export function checkNewName(argument: string, name: string): void {
  checkName(declaring, argument, name);
  checkNotInherited(argument, name);
}

/** By a name that every object inherits a look-up would find what an object has not. */
export function checkNotInherited(argument: string, name: string): void {
  if (!(name in {})) return;
  const rule = "differ from what every object of the language has";
  throw new RangeError(cannot(declaring, argument, rule, name));
}

/** Values in a list; of long lists the first ones. */
export function listed(values: readonly unknown[]): string {
  return values.length > 20 ? `${values.slice(0, 20).join(", ")}, …` : values.join(", ");
}
