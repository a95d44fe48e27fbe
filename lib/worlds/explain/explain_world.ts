import type { World, WorldItem } from "../world.ts";
import { isMoved } from "../answers/latent_scores.ts";
import { predictorsOf } from "../answers/structural_answers.ts";
import { explainBehaviour } from "./explain_behaviour.ts";
import { explainCoefficients, explainPredictor, percent } from "./explain_predictor.ts";

/**
 * Explains a world in words: who its people are, who meets which stimulus, what each item answers to, and what its
 * respondent does beside.
 *
 * @param world from `declareWorld`
 * @returns Markdown; in a notebook, `show` it or write it to a file
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { declareReadyWorld, explainWorld } from "@understudy/understudy/worlds";
 *
 * const text = explainWorld(declareReadyWorld("focalism", { seed: 1 }));
 * assertStringIncludes(text, "What the text states of a person counts 2 times as much.");
 * ```
 */
export function explainWorld(world: World): string {
  const behaviour = explainBehaviour(world);
  return [
    `# The world “${world.name}”`,
    "## People",
    bullets(Object.keys(world.attributes).map((attribute) => explainAttribute(world, attribute))),
    "## Who meets which stimulus",
    explainExposure(world),
    bullets(Object.keys(world.stimuli).map((stimulus) => explainStimulus(world, stimulus))),
    "## What each question answers to",
    bullets(Object.entries(world.items).map(([name, item]) => explainItem(name, item))),
    "## What the respondent does beside",
    behaviour.length === 0 ? "Nothing: it answers as the people whom it imagines." : bullets(behaviour),
  ].join("\n\n") + "\n";
}

function bullets(lines: readonly string[]): string {
  return lines.length === 0 ? "None." : lines.map((line) => `- ${line}`).join("\n");
}

function explainAttribute(world: World, attribute: string): string {
  const levels = world.attributes[attribute]!;
  const shares = new Map(levels.map((level) => [level, 0]));
  for (const { levels: own, probability } of world.cells) {
    shares.set(own[attribute]!, shares.get(own[attribute]!)! + probability);
  }
  const parents = world.parents[attribute]!;
  const depends = parents.length === 0 ? "" : `; depends on ${parents.join(", ")}`;
  return `${attribute}: ${explainShares([...shares])}${depends}`;
}

/** The shares of levels; of many numbers their mean and standard deviation. */
function explainShares(shares: readonly (readonly [string, number])[]): string {
  const numbers = shares.map(([level]) => Number(level));
  if (shares.length <= 8 || numbers.some(Number.isNaN)) {
    return shares.map(([level, share]) => `${level} ${percent(share)}`).join(", ");
  }
  const mean = shares.reduce((sum, [, share], i) => sum + share * numbers[i]!, 0);
  const variance = shares.reduce((sum, [, share], i) => sum + share * (numbers[i]! - mean) ** 2, 0);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return `from ${low} to ${high}, mean ${Number(mean.toPrecision(3))}, standard deviation ${
    Number(Math.sqrt(variance).toPrecision(3))
  }`;
}

function explainExposure(world: World): string {
  const depends = Object.values(world.exposure).some((coefficients) => Object.keys(coefficients).length > 0);
  if (!depends) {
    return "Everybody meets every stimulus equally often: nobody else is imagined when one is read.";
  }
  if (world.drift === 0) {
    return "Exposure differs, but the respondent does not learn from it: its drift is 0.";
  }
  return `The respondent imagines those who meet a stimulus, by Bayes' rule with drift ${world.drift}.`;
}

function explainStimulus(world: World, stimulus: string): string {
  const phrases = world.stimuli[stimulus]!.map((phrase) => `“${phrase}”`).join(" or ");
  const exposure = explainCoefficients(world.exposure[stimulus] ?? {});
  const meets = exposure === "" ? "the same for everybody" : `log-odds of meeting it: ${exposure}`;
  return `**${stimulus}**, known by ${phrases}: ${meets}`;
}

function explainItem(name: string, item: WorldItem): string {
  const control = predictorsOf(item).some(isMoved) ? "" : " No stimulus moves it: a negative control.";
  switch (item.kind) {
    case "scale":
      return `${name}, from ${item.range[0]} to ${item.range[1]}: ${explainPredictor(item)}; ` +
        `noise with standard deviation ${item.sd}.${control}`;
    case "yesNo":
      return `${name}, yes or no: log-odds of yes ${explainPredictor(item)}.${control}`;
    case "choice": {
      const options = Object.entries(item.options).map(([option, predictor]) =>
        `“${option}” ${explainPredictor(predictor)}`
      );
      return `${name}, one of several, log-odds: ${options.join(" / ")}.${control}`;
    }
    case "attribute":
      return `${name}: tells the attribute ${item.attribute}.${control}`;
  }
}
