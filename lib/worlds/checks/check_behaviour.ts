import { cannot } from "../../core/mod.ts";
import {
  action,
  checkBetween,
  checkLevelOf,
  checkNames,
  checkNumber,
  checkPredictor,
  checkStimulus,
  listed,
  predictorNames,
} from "./check_predictor.ts";
import type { World, WorldItem } from "../world.ts";
import type { LatentShift, WorldBehaviour } from "../world_behaviour.ts";
import type { LinearPredictor } from "../world_predictor.ts";
import { possibleAnswers } from "../answers/structural_answers.ts";

type Declared = Pick<World, "attributes" | "stimuli" | "items">;
type Check<Part extends keyof WorldBehaviour> = (
  world: Declared,
  part: NonNullable<WorldBehaviour[Part]>,
  argument: string,
) => void;

/** Checks that a behaviour names what exists and that its rates can be rates. */
export function checkBehaviour(world: Declared, behaviour: WorldBehaviour): void {
  checkNames("behaviour", behaviour, Object.keys(checks));
  for (const [name, part] of Object.entries(behaviour)) {
    if (part === undefined) continue;
    (checks[name as keyof WorldBehaviour] as (world: Declared, part: unknown, argument: string) => void)(
      world,
      part,
      `behaviour.${name}`,
    );
  }
}

const checks: { readonly [Part in keyof Required<WorldBehaviour>]: Check<Part> } = {
  refusal: checkLogOdds,
  formatFailure: checkLogOdds,
  position(world, part, argument) {
    checkNames(argument, part, ["strength", "slot", "items"]);
    checkNumber(`${argument}.strength`, part.strength);
    checkSlot(`${argument}.slot`, part.slot);
    for (const item of part.items ?? []) itemNamed(world, `${argument}.items`, item);
  },
  acquiescence: (_, part, argument) => checkNumber(argument, part),
  deference(world, part, argument) {
    checkNames(argument, part, ["strength", "opinions"]);
    checkNumber(`${argument}.strength`, part.strength);
    for (const [phrase, directions] of Object.entries(part.opinions ?? {})) {
      checkPhrases(`${argument}.opinions`, [phrase]);
      for (const [item, direction] of Object.entries(directions)) {
        checkDirection(world, `${argument}.opinions.${phrase}`, item, direction);
      }
    }
  },
  compression(_, part, argument) {
    if (!(part >= 0 && part < 1)) {
      throw new RangeError(cannot(action, argument, "lie from 0 to below 1", part));
    }
  },
  collapse(world, part, argument) {
    for (const [name, collapsed] of Object.entries(part)) {
      const item = itemNamed(world, argument, name);
      checkNames(`${argument}.${name}`, collapsed, ["share", "slot" in collapsed ? "slot" : "answer"]);
      checkBetween(`${argument}.${name}.share`, collapsed.share, 0, 1);
      if ("slot" in collapsed) checkSlot(`${argument}.${name}.slot`, collapsed.slot);
      else checkAnswer(world, `${argument}.${name}.answer`, item, collapsed.answer);
    }
  },
  focalism: (_, part, argument) => checkNumber(argument, part),
  wording(_, part, argument) {
    checkNames(argument, part, ["sd"]);
    checkBetween(`${argument}.sd`, part.sd, 0, Infinity);
  },
  recallError: (_, part, argument) => checkBetween(argument, part, 0, 1),
  decay(world, part, argument) {
    checkNames(argument, part, ["rate", "default"]);
    checkBetween(`${argument}.rate`, part.rate, 0, Infinity);
    checkNames(`${argument}.default`, part.default, Object.keys(part.default ?? {}));
    for (const level of Object.entries(part.default)) checkLevelOf(world, `${argument}.default`, level);
  },
  memorised(world, part, argument) {
    for (const [stimulus, items] of Object.entries(part)) {
      checkStimulus(world, argument, stimulus);
      for (const [name, memory] of Object.entries(items)) {
        const at = `${argument}.${stimulus}.${name}`;
        checkNames(at, memory, ["share", "effect"]);
        checkBetween(`${at}.share`, memory.share, 0, 1);
        checkShift(`${at}.effect`, itemNamed(world, `${argument}.${stimulus}`, name), memory.effect);
      }
    }
  },
  subgroupError(world, part, argument) {
    for (const [name, error] of Object.entries(part)) {
      const item = itemNamed(world, argument, name);
      const at = `${argument}.${name}`;
      if (item.kind !== "choice") {
        checkLogOdds(world, error as LinearPredictor, at);
        continue;
      }
      checkNames(at, error, ["options"]);
      const { options } = error as { options: { [option: string]: LinearPredictor } };
      checkNames(`${at}.options`, options, Object.keys(item.options));
      for (const [option, predictor] of Object.entries(options)) {
        checkLogOdds(world, predictor, `${at}.options.${option}`);
      }
    }
  },
  orderEffects(world, part, argument) {
    for (const [name, effect] of Object.entries(part)) {
      const item = itemNamed(world, argument, name);
      checkNames(`${argument}.${name}`, effect, ["after"]);
      for (const [other, shift] of Object.entries(effect.after ?? {})) {
        itemNamed(world, `${argument}.${name}.after`, other);
        checkShift(`${argument}.${name}.after.${other}`, item, shift);
      }
    }
  },
  unblinding(_, part, argument) {
    checkNames(argument, part, ["phrases", "strength"]);
    checkPhrases(`${argument}.phrases`, part.phrases);
    checkBetween(`${argument}.strength`, part.strength, 0, 1);
  },
};

function checkLogOdds(world: Declared, predictor: LinearPredictor, argument: string): void {
  checkNames(argument, predictor, predictorNames);
  checkPredictor(world, argument, predictor);
}

function itemNamed(world: Declared, argument: string, name: string): WorldItem {
  if (Object.hasOwn(world.items, name)) return world.items[name]!;
  throw new RangeError(cannot(action, argument, `name items (${listed(Object.keys(world.items))})`, name));
}

function checkSlot(argument: string, slot: unknown): void {
  if (slot !== "first" && slot !== "last") {
    throw new RangeError(cannot(action, argument, "be first or last", slot));
  }
}

function checkPhrases(argument: string, phrases: readonly string[]): void {
  const valid = Array.isArray(phrases) && phrases.length > 0 &&
    phrases.every((phrase) => typeof phrase === "string" && phrase.trim() !== "");
  if (!valid) throw new TypeError(cannot(action, argument, "be a list of phrases", phrases));
}

/** Checks that a shift moves what the item has: its latent value, or its options. */
function checkShift(argument: string, item: WorldItem, shift: LatentShift): void {
  if (item.kind === "attribute") {
    throw new RangeError(cannot(action, argument, "not shift an item that tells an attribute", shift));
  }
  if (item.kind !== "choice") return checkNumber(argument, shift);
  checkNames(argument, shift as object, Object.keys(item.options));
  for (const [option, value] of Object.entries(shift)) checkNumber(`${argument}.${option}`, value);
}

function checkDirection(world: Declared, argument: string, name: string, direction: number | string): void {
  const item = itemNamed(world, argument, name);
  if (item.kind === "choice") return checkAnswer(world, `${argument}.${name}`, item, direction);
  if (item.kind === "attribute") checkShift(`${argument}.${name}`, item, 0);
  if (direction === 1 || direction === -1) return;
  // The value of a scale that the opinion names would be taken for a size.
  const rule =
    `be 1 (toward ${item.kind === "scale" ? "the high end of the scale" : "yes"}) or -1; 'strength' says ` +
    "how far";
  throw new RangeError(cannot(action, `${argument}.${name}`, rule, direction));
}

/** Checks that an answer is one of an item's. */
function checkAnswer(world: Declared, argument: string, item: WorldItem, answer: unknown): void {
  const answers = possibleAnswers(world, item);
  if (!answers.includes(answer as string)) {
    throw new RangeError(cannot(action, argument, `be one of ${listed(answers.map(String))}`, answer));
  }
}
