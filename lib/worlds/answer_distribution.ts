import { normalCdf } from "../stats/distributions.ts";
import { evaluatePredictor, logistic, softmax } from "./linear_predictor.ts";
import type { Cell, World, WorldItem, WorldScale } from "./world.ts";

/** Every answer to an item and its probability. */
export interface AnswerDistribution {
  /** The answers: numbers of a scale, options, levels; 1 and 0 for yes and no. */
  readonly values: readonly (number | string)[];
  /** Their probabilities. */
  readonly probabilities: readonly number[];
}

/** How one kind of person, having seen stimuli, answers an item. */
export function answerDistribution(
  world: World,
  item: string,
  levels: Cell["levels"],
  stimuli: readonly string[],
): AnswerDistribution {
  const declared = world.items[item] as WorldItem;
  switch (declared.kind) {
    case "scale":
      return scaleDistribution(declared, evaluatePredictor(declared, levels, stimuli));
    case "choice": {
      const scores = Object.values(declared.options).map((option) =>
        evaluatePredictor(option, levels, stimuli)
      );
      return { values: Object.keys(declared.options), probabilities: softmax(scores) };
    }
    case "yesNo": {
      const yes = logistic(evaluatePredictor(declared, levels, stimuli));
      return { values: [1, 0], probabilities: [yes, 1 - yes] };
    }
    case "attribute": {
      const values = world.attributes[declared.attribute]!;
      return { values, probabilities: values.map((level) => (level === levels[declared.attribute] ? 1 : 0)) };
    }
  }
}

/** Each value's share of a normal curve cut half-way between values: P(Y = v) = Φ((v + h − η)/σ) − Φ((v − h − η)/σ). */
function scaleDistribution(item: WorldScale, mean: number): AnswerDistribution {
  const [low, high] = item.range;
  const step = item.step ?? 1;
  const count = Math.round((high - low) / step) + 1;
  const values = Array.from({ length: count }, (_, i) => low + i * step);
  const below = values.map((
    value,
    i,
  ) => (i === count - 1 ? 1 : normalCdf((value + step / 2 - mean) / item.sd)));
  return { values, probabilities: below.map((share, i) => (i === 0 ? share : share - below[i - 1]!)) };
}
