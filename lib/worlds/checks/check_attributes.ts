import { cannot, checkName } from "../../core/mod.ts";
import { attributeLevels, type People, sharesGiven } from "../people/build_cells.ts";
import {
  action,
  checkAttribute,
  checkGrid,
  checkNames,
  checkNotInherited,
  checkPredictor,
  checkSd,
  checkThresholds,
} from "./check_predictor.ts";
import type {
  AttributePredictor,
  NumericAttribute,
  OrdinalAttribute,
  SharesAttribute,
  WorldAttributeDeclaration,
} from "../world_attributes.ts";
import type { Coefficients } from "../world_predictor.ts";

/** Checks a further attribute against the people declared before it. */
export function checkAttributeDeclaration(
  people: People,
  name: string,
  declared: WorldAttributeDeclaration,
): void {
  const argument = `attributes.${name}`;
  checkName(action, "attributes", name);
  checkNotInherited("attributes", name);
  if (Object.hasOwn(people.attributes, name)) {
    throw new RangeError(cannot(action, "attributes", "differ from those of the population", name));
  }
  checkNames(argument, declared, namesOf(declared));
  const { parents = [] } = declared;
  if (!Array.isArray(parents)) {
    throw new TypeError(cannot(action, `${argument}.parents`, "be a list", parents));
  }
  // Only what stands before it can be a parent: so the graph has no circle.
  for (const parent of parents) checkAttribute(people, `${argument}.parents`, parent);
  if ("shares" in declared) checkShares(people, argument, declared);
  else if (declared.kind === "numeric") checkNumeric(people, argument, declared);
  else if (declared.kind === "ordinal") checkOrdinal(people, argument, declared);
  else {
    checkNames(`${argument}.levels`, declared.levels, Object.keys(declared.levels ?? {}));
    for (const [level, predictor] of Object.entries(declared.levels)) {
      checkDependence(people, declared, [argument, `levels.${level}`], predictor);
    }
  }
  checkLevels(argument, attributeLevels(declared));
}

function namesOf(declared: WorldAttributeDeclaration): string[] {
  const kind = declared?.kind ?? "categorical";
  if (kind === "numeric") return ["kind", "parents", "range", "step", "mean", "sd"];
  if (kind === "ordinal") return ["kind", "parents", "levels", "thresholds", "mean", "sd"];
  if (kind === "categorical") return ["kind", "parents", "shares" in declared ? "shares" : "levels"];
  throw new RangeError(cannot(action, "attributes.kind", "be categorical, ordinal or numeric", kind));
}

function checkLevels(argument: string, levels: readonly string[]): void {
  if (levels.length < 2 || new Set(levels).size < levels.length || levels.some((level) => !level.trim())) {
    throw new RangeError(cannot(action, `${argument}.levels`, "be at least two different texts", levels));
  }
  if (levels.includes("slope")) {
    throw new RangeError(cannot(action, `${argument}.levels`, "not be called slope", levels));
  }
}

function checkNumeric(people: People, argument: string, declared: NumericAttribute): void {
  checkGrid(argument, declared.range, declared.step);
  checkSd(`${argument}.sd`, declared.sd);
  checkDependence(people, declared, [argument, "mean"], declared.mean);
}

function checkOrdinal(people: People, argument: string, declared: OrdinalAttribute): void {
  if (!Array.isArray(declared.levels)) {
    throw new TypeError(cannot(action, `${argument}.levels`, "be a list from low to high", declared.levels));
  }
  checkThresholds(argument, declared.thresholds, declared.levels.length);
  checkSd(`${argument}.sd`, declared.sd ?? 1);
  checkDependence(people, declared, [argument, "mean"], declared.mean ?? {});
}

/** Checks a predictor of an attribute: it may depend on the attribute's parents and on no stimulus. */
function checkDependence(
  people: People,
  { parents = [] }: { readonly parents?: readonly string[] },
  [attribute, part]: readonly [string, string],
  predictor: AttributePredictor,
): void {
  const argument = `${attribute}.${part}`;
  checkNames(argument, predictor, ["intercept", "effects"]);
  checkPredictor({ attributes: people.attributes, stimuli: {} }, argument, predictor);
  const effects: Coefficients = predictor.effects ?? {};
  const foreign = Object.keys(effects).find((name) => !parents.includes(name));
  if (foreign !== undefined) {
    throw new RangeError(
      cannot(action, `${attribute}.parents`, `name '${foreign}', which it depends on`, parents),
    );
  }
}

/** Checks that there is one distribution for every combination of the parents' levels. */
function checkShares(people: People, argument: string, { shares, parents = [] }: SharesAttribute): void {
  const levels = Object.keys(sharesGiven(shares, parents));
  for (const cell of people.cells) {
    const part = sharesGiven(shares, parents, cell.levels);
    const numbers = Object.values(part);
    const given = parents.map((parent) => `${parent} ${cell.levels[parent]}`).join(", ");
    const where = given === "" ? "" : ` for ${given}`;
    if (Object.keys(part).join("\n") !== levels.join("\n")) {
      throw new RangeError(
        cannot(action, `${argument}.shares`, `give ${listedLevels(levels)} in this order${where}`, part),
      );
    }
    const sum = numbers.reduce<number>((total, share) => total + (share as number), 0);
    if (numbers.some((share) => !((share as number) >= 0)) || !(Math.abs(sum - 1) < 1e-9)) {
      throw new RangeError(cannot(action, `${argument}.shares`, `be shares that sum to 1${where}`, part));
    }
  }
}

function listedLevels(levels: readonly string[]): string {
  return levels.length === 0 ? "shares of levels" : levels.join(", ");
}
