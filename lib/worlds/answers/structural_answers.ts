import { cutNormal, gridCuts, gridValues } from "../people/grid.ts";
import { evaluatePredictor, logistic, softmax } from "../people/linear_predictor.ts";
import type { Cell, World, WorldItem } from "../world.ts";
import type { LinearPredictor } from "../world_predictor.ts";

/** The item of a name; an attribute that is asked for tells itself. */
export function itemOf(world: Pick<World, "items" | "attributes">, name: string): WorldItem {
  if (Object.hasOwn(world.items, name)) return world.items[name]!;
  return { kind: "attribute", attribute: attributeAsked(world, name) ?? name };
}

/**
 * The attribute that a name asks for: its own, or `asked_` before it, which is what `suggestControls` calls a question
 * for an attribute, as no question of a design may have an attribute's name.
 */
export function attributeAsked(world: Pick<World, "attributes">, name: string): string | undefined {
  return [name, name.replace(/^asked_/, "")].find((attribute) => Object.hasOwn(world.attributes, attribute));
}

/** Every answer to an item: numbers of a scale, options, levels; 1 and 0 for yes and no. */
export function possibleAnswers(
  world: Pick<World, "attributes">,
  item: WorldItem,
): readonly (number | string)[] {
  switch (item.kind) {
    case "scale":
      return gridValues(item.range, item.step);
    case "choice":
      return Object.keys(item.options);
    case "yesNo":
      return [1, 0];
    case "attribute":
      return world.attributes[item.attribute]!;
  }
}

/** The linear predictors of an item: one for each option of a choice, one for others, none for attributes. */
export function predictorsOf(item: WorldItem): readonly LinearPredictor[] {
  if (item.kind === "choice") return Object.values(item.options);
  return item.kind === "attribute" ? [] : [item];
}

/**
 * The probability of each answer from an item's latent values; `spread` shrinks the latent noise, which for options
 * stretches the log-odds.
 */
export function answersFromScores(
  item: Exclude<WorldItem, { kind: "attribute" }>,
  scores: readonly number[],
  spread = 1,
): number[] {
  switch (item.kind) {
    case "scale": {
      const cuts = item.thresholds ?? gridCuts(gridValues(item.range, item.step), item.step);
      return cutNormal(cuts, scores[0]!, item.sd * spread);
    }
    case "yesNo": {
      const yes = logistic(scores[0]! / spread);
      return [yes, 1 - yes];
    }
    case "choice":
      return softmax(scores.map((score) => score / spread));
  }
}

/** How one kind of person, having met stimuli, answers an item in the world: no behaviour of the respondent counts. */
export function structuralAnswers(
  world: World,
  item: WorldItem,
  levels: Cell["levels"],
  stimuli: readonly string[],
): number[] {
  if (item.kind === "attribute") {
    return possibleAnswers(world, item).map((level) => (level === levels[item.attribute] ? 1 : 0));
  }
  return answersFromScores(
    item,
    predictorsOf(item).map((predictor) => evaluatePredictor(predictor, levels, stimuli)),
  );
}
