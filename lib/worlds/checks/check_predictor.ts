import { cannot } from "../../core/mod.ts";
import type { World } from "../world.ts";
import type { Coefficients, LinearPredictor } from "../world_predictor.ts";

/** What every check of a world's parts says it is doing. */
export const action = "declare a world";

/** The names that parts of a world may refer to. */
export type Parts = Pick<World, "attributes" | "stimuli">;

/** What a linear predictor may say. */
export const predictorNames: readonly string[] = ["intercept", "effects", "stimuli"];

/** A look-up by such a name would find what every object inherits, and a truth of NaN. */
export function checkNotInherited(argument: string, name: string): void {
  if (name in {}) {
    throw new RangeError(cannot(action, argument, "differ from what every object of the language has", name));
  }
}

/** A misspelt name would otherwise be an effect of 0. */
export function checkNames(argument: string, part: object, known: readonly string[]): void {
  if (typeof part !== "object" || part === null || Array.isArray(part)) {
    throw new TypeError(cannot(action, argument, "be an object", part));
  }
  const unknown = Object.keys(part).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot ${action} as '${argument}' has no '${unknown}': it may have ${known.join(", ")}`,
    );
  }
}

/** Checks that a value is a finite number. */
export function checkNumber(argument: string, value: unknown): asserts value is number {
  if (!Number.isFinite(value)) throw new TypeError(cannot(action, argument, "be a number", value));
}

/** Checks that a value is a number within limits. */
export function checkBetween(argument: string, value: unknown, low: number, high: number): void {
  if (!(typeof value === "number" && value >= low && value <= high)) {
    throw new RangeError(cannot(action, argument, `lie from ${low} to ${high}`, value));
  }
}

/** Checks that a standard deviation is above 0. */
export function checkSd(argument: string, sd: unknown): void {
  if (!(Number.isFinite(sd) && (sd as number) > 0)) {
    throw new RangeError(cannot(action, argument, "be above 0", sd));
  }
}

/** Checks that a grid has two ends and a step that divides their distance. */
export function checkGrid(argument: string, range: readonly [number, number], step = 1): void {
  if (!(Number.isFinite(range?.[0]) && Number.isFinite(range?.[1]) && range[0] < range[1])) {
    throw new RangeError(cannot(action, `${argument}.range`, "go from a lower to a higher value", range));
  }
  const steps = (range[1] - range[0]) / step;
  if (!(step > 0) || Math.abs(steps - Math.round(steps)) > 1e-9) {
    throw new RangeError(cannot(action, `${argument}.step`, `divide the range ${range.join(" to ")}`, step));
  }
}

/** Checks that thresholds rise and are one fewer than what they part. */
export function checkThresholds(argument: string, thresholds: readonly number[], parts: number): void {
  const rising = Array.isArray(thresholds) && thresholds.length === parts - 1 &&
    thresholds.every((cut, i) => Number.isFinite(cut) && (i === 0 || cut > thresholds[i - 1]!));
  if (!rising) {
    throw new RangeError(
      cannot(action, `${argument}.thresholds`, `be ${parts - 1} rising numbers`, thresholds),
    );
  }
}

/** Checks a linear predictor's numbers and the names in it. */
export function checkPredictor(world: Parts, argument: string, predictor: LinearPredictor): void {
  if (predictor.intercept !== undefined) checkNumber(`${argument}.intercept`, predictor.intercept);
  checkCoefficients(world, `${argument}.effects`, predictor.effects ?? {});
  for (const [stimulus, effect] of Object.entries(predictor.stimuli ?? {})) {
    checkStimulus(world, `${argument}.stimuli`, stimulus);
    checkNames(`${argument}.stimuli.${stimulus}`, effect, ["effect", "by"]);
    checkNumber(`${argument}.stimuli.${stimulus}.effect`, effect.effect);
    checkCoefficients(world, `${argument}.stimuli.${stimulus}.by`, effect.by ?? {});
  }
}

/** Checks that coefficients name attributes and levels that exist. */
export function checkCoefficients(world: Parts, argument: string, coefficients: Coefficients): void {
  for (const [attribute, byLevel] of Object.entries(coefficients)) {
    checkAttribute(world, argument, attribute);
    const levels = world.attributes[attribute]!;
    const numeric = levels.every((level) => level !== "" && Number.isFinite(Number(level)));
    checkByLevel(`${argument}.${attribute}`, byLevel, numeric ? "slope" : levels[0]!);
    for (const [level, value] of Object.entries(byLevel)) {
      if (!levels.includes(level) && !(numeric && level === "slope")) {
        const rule = `name levels (${listed(levels)})${numeric ? " or a slope" : ""}`;
        throw new RangeError(cannot(action, `${argument}.${attribute}`, rule, level));
      }
      checkNumber(`${argument}.${attribute}.${level}`, value);
    }
  }
}

/** A bare number does not say of which level it is; the error shows how it is said. */
function checkByLevel(argument: string, byLevel: Coefficients[string], example: string): void {
  if (typeof byLevel === "number") {
    const shown = `be an object, such as { ${
      example.match(/^[a-z_]\w*$/i) ? example : `"${example}"`
    }: ${byLevel} }`;
    throw new TypeError(cannot(action, argument, shown, byLevel));
  }
  checkNames(argument, byLevel, Object.keys(byLevel ?? {}));
}

/** Names in a list; of long lists the first ones. */
export function listed(names: readonly string[]): string {
  return names.length > 20 ? `${names.slice(0, 20).join(", ")}, …` : names.join(", ");
}

/** Checks that an attribute exists. */
export function checkAttribute(world: Pick<World, "attributes">, argument: string, attribute: string): void {
  if (!Object.hasOwn(world.attributes, attribute)) {
    throw new RangeError(
      cannot(action, argument, `name attributes (${listed(Object.keys(world.attributes))})`, attribute),
    );
  }
}

/** Checks that an attribute has a level. */
export function checkLevelOf(
  world: Pick<World, "attributes">,
  argument: string,
  [attribute, level]: readonly [string, string],
): void {
  checkAttribute(world, argument, attribute);
  const levels = world.attributes[attribute]!;
  if (!levels.includes(level)) {
    throw new RangeError(
      cannot(action, `${argument}.${attribute}`, `name a level (${listed(levels)})`, level),
    );
  }
}

/** Checks that a stimulus exists. */
export function checkStimulus(world: Pick<World, "stimuli">, argument: string, stimulus: string): void {
  if (!Object.hasOwn(world.stimuli, stimulus)) {
    throw new RangeError(
      cannot(action, argument, `name stimuli (${listed(Object.keys(world.stimuli))})`, stimulus),
    );
  }
}
