import { softmax, sumCoefficients } from "./linear_predictor.ts";
import type { World } from "./world.ts";

/**
 * How probable each kind of person is to one who learnt from the world, given what a text states and shows:
 * P(X | stimuli, stated) ∝ Π P(stimulus | X)^drift · P(X | stated). One number per cell, summing to 1.
 *
 * @throws {RangeError} if no kind of person fits what is stated
 */
export function imagine(
  world: World,
  stated: { readonly [attribute: string]: string },
  stimuli: readonly string[],
): number[] {
  const names = Object.keys(world.stimuli);
  const facts = Object.entries(stated);
  const weights = world.cells.map((cell) => {
    if (facts.some(([attribute, level]) => cell.levels[attribute] !== level)) return 0;
    if (stimuli.length === 0 || world.drift === 0) return cell.probability;
    // Bayes' rule with the propensity of meeting each stimulus, tempered by the drift dial.
    const exposure = softmax(names.map((name) => sumCoefficients(world.exposure[name] ?? {}, cell.levels)));
    return stimuli.reduce(
      (weight, name) => weight * exposure[names.indexOf(name)]! ** world.drift,
      cell.probability,
    );
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) {
    throw new RangeError(
      `the world '${world.name}' has nobody with ${
        facts.map(([name, level]) => `${name} ${level}`).join(", ")
      }`,
    );
  }
  return weights.map((weight) => weight / total);
}
