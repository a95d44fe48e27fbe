import type { RespondentRequest } from "../core/respondent.ts";
import type { World } from "./declaration.ts";
import { levelStimuli } from "./factors.ts";
import { type itemOf, possibleAnswers, predictorsOf, spellAnswer } from "./item_kinds.ts";
import { isMoved, sumCoefficients } from "./predictor.ts";

/**
 * The reply to a request for what the model itself takes to matter: attributes that differ between those who meet
 * different stimuli (schema `elicited_attributes`), or questions whose answers no stimulus moves (schema
 * `elicited_controls`). `undefined` for every other request.
 */
export function elicitedReply(world: World, request: RespondentRequest): string | undefined {
  if (request.schema?.name === "elicited_attributes") {
    return JSON.stringify({ attributes: exposureAttributes(world) });
  }
  if (request.schema?.name === "elicited_controls") return JSON.stringify({ controls: unmovedItems(world) });
  return undefined;
}

/** The attributes that exposure depends on, the strongest first. */
function exposureAttributes(world: World): { name: string; levels: readonly string[]; why: string }[] {
  return Object.entries(world.attributes)
    .map(([name, levels]) => ({ name, levels, strength: exposureSpread(world, name) }))
    .filter(({ strength }) => strength > 0)
    .sort((a, b) => b.strength - a.strength)
    .map(({ name, levels }) => ({
      name,
      levels,
      why: `People who differ in ${name.replaceAll("_", " ")} come across different texts.`,
    }));
}

/** The largest standard deviation, over people, of what an attribute adds to the log-odds between two stimuli. */
function exposureSpread(world: World, attribute: string): number {
  if (world.drift === 0) return 0;
  const added = [...Object.keys(world.stimuli), ...levelStimuli(world.factors)].map((stimulus) => {
    const byLevel = world.exposure[stimulus]?.[attribute];
    return world.cells.map(({ levels }) =>
      byLevel === undefined ? 0 : sumCoefficients({ [attribute]: byLevel }, levels)
    );
  });
  const spreads = added.flatMap((one, i) =>
    added.slice(i + 1).map((other) => {
      let [mean, square] = [0, 0];
      world.cells.forEach(({ probability }, cell) => {
        const difference = one[cell]! - other[cell]!;
        mean += probability * difference;
        square += probability * difference ** 2;
      });
      const variance = square - mean ** 2;
      // Below this it is rounding: the coefficients are the same for everybody.
      return variance > 1e-12 ? Math.sqrt(variance) : 0;
    })
  );
  return Math.max(0, ...spreads);
}

/** The items that no stimulus moves, as questions. */
function unmovedItems(
  world: World,
): { name: string; question: string; options: readonly string[]; why: string }[] {
  return Object.entries(world.items)
    .filter(([, item]) => !predictorsOf(item).some((predictor) => isMoved(world, predictor)))
    .map(([name, item]) => ({
      name,
      question: `What do you answer about your ${name.replaceAll("_", " ")}?`,
      options: possibleAnswers(world, item).map((value) => spellAnswer(item, value)),
      why: "It was settled before; nothing in these texts can change it.",
    }));
}
