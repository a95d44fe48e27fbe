import { answerDistribution, spellAnswer } from "../answers/answer_distribution.ts";
import { itemsBefore, optionOrders } from "./asking_orders.ts";
import { textsOf, type WorldConditions } from "./conditions.ts";
import { groupByStated, type WorldPersonas } from "./contrast.ts";
import type { AnswerContext } from "../answers/latent_scores.ts";
import { failures, imagineFor, rememberings } from "../people/people_asked.ts";
import { type PromptReading, readText } from "../prompt/read_prompt.ts";
import { itemOf, possibleAnswers } from "../answers/structural_answers.ts";
import { wordingShift } from "../prompt/wording_shift.ts";
import type { Cell, World } from "../world.ts";

type Scene = Pick<PromptReading, "stimuli" | "opinions" | "unblinded"> & {
  readonly turns: number;
  /** Shifts by wording and their shares. */
  readonly wordings: readonly { readonly shift: number; readonly share: number }[];
};

/** The probability of each answer to an item in one arm, among the answers that can be read. */
export function armAnswers(
  action: string,
  world: World,
  [name, stimulus]: readonly [string, string],
  options: WorldPersonas & WorldConditions,
): number[] {
  const groups = groupByStated(action, world, options);
  const sums: number[] = [];
  let total = 0;
  for (const scene of scenesOf(world, [name, stimulus], options)) {
    const answersOf = rememberAnswers(world, name, [scene, options]);
    for (const group of groups) {
      const reading = { ...scene, stated: group.stated };
      for (const { stated, share } of rememberings(world, reading)) {
        const { cells, shares } = imagineFor(world, stated, reading);
        for (let i = 0; i < cells.length; i++) {
          const { readable, answers } = answersOf(cells[i]!, stated);
          const weight = group.weight * share * shares[i]! * readable;
          for (let k = 0; k < answers.length; k++) sums[k] = (sums[k] ?? 0) + weight * answers[k]!;
          total += weight;
        }
      }
    }
  }
  return sums.map((sum) => sum / total);
}

/** What the arm's texts say; each is as frequent as the others. */
function scenesOf(
  world: World,
  [name, stimulus]: readonly [string, string],
  options: WorldConditions,
): Scene[] {
  const { turns = 0, unblinded = false, opinions = [] } = options;
  const given = textsOf(stimulus, options);
  if (given === undefined) {
    return [{ stimuli: [stimulus], opinions, unblinded, turns, wordings: everyWording(world, name) }];
  }
  return given.map((text) => {
    const read = readText(world, text);
    return {
      stimuli: read.stimuli,
      opinions: [...new Set([...opinions, ...read.opinions])],
      unblinded: unblinded || read.unblinded,
      turns,
      wordings: [{ shift: wordingShift(world, name, read.wording), share: 1 }],
    };
  });
}

/**
 * A normal effect of wording on a grid, on which the trapezoidal rule is exact to rounding: the grid is as fine as the
 * answers are sharp, since what an item's noise smooths less needs a smaller step.
 */
function everyWording(world: World, name: string): Scene["wordings"] {
  const { sd = 0 } = world.behaviour.wording ?? {};
  if (sd === 0) return [{ shift: 0, share: 1 }];
  const item = itemOf(world, name);
  const noise = (item.kind === "scale" ? item.sd : 1) * (1 - (world.behaviour.compression ?? 0));
  const half = Math.ceil(34 * Math.max(1, sd / (2 * noise)));
  const step = 8.5 / half;
  return Array.from({ length: 2 * half + 1 }, (_, i) => (i - half) * step).map((z) => ({
    shift: sd * z,
    share: step * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI),
  }));
}

/** For each kind of person, its answers and how often they can be read; worked out once for each. */
function rememberAnswers(
  world: World,
  name: string,
  [scene, options]: readonly [Scene, WorldConditions],
): (
  cell: number,
  stated: { readonly [attribute: string]: string },
) => { readable: number; answers: number[] } {
  const known = new Map<string, { readable: number; answers: number[] }>();
  return (cell, stated) => {
    // Only focalism asks what is stated, and it asks for names.
    const names = Object.keys(stated);
    const key = JSON.stringify([cell, names]);
    const found = known.get(key);
    if (found) return found;
    const { levels } = world.cells[cell]!;
    const { refused, unparsed } = failures(world, levels, scene.stimuli);
    const answers = averageAnswers(world, [name, levels], [scene, names], options);
    const computed = { readable: (1 - refused) * (1 - unparsed), answers };
    known.set(key, computed);
    return computed;
  };
}

/** One kind of person's answers, averaged over the orders of items and options and over wordings. */
function averageAnswers(
  world: World,
  [name, levels]: readonly [string, Cell["levels"]],
  [scene, stated]: readonly [Scene, readonly string[]],
  { orders, itemOrder }: WorldConditions,
): number[] {
  const item = itemOf(world, name);
  const options = possibleAnswers(world, item).map((value) => spellAnswer(item, value));
  const shownOrders = optionOrders(world, name, [options, orders]);
  const sums = options.map(() => 0);
  for (const { before, share: ofOrder } of itemsBefore(world, name, itemOrder)) {
    for (const shown of shownOrders) {
      for (const { shift, share: ofWording } of scene.wordings) {
        const context: AnswerContext = { ...scene, stated, before, shown, wording: shift };
        const share = ofOrder * ofWording / shownOrders.length;
        answerDistribution(world, name, levels, context).probabilities.forEach((probability, k) => {
          sums[k]! += share * probability;
        });
      }
    }
  }
  return sums;
}
