import { cannot, checkName } from "../../core/mod.ts";
import { checkBehaviour } from "./check_behaviour.ts";
import { checkItem } from "./check_items.ts";
import {
  action,
  checkBetween,
  checkCoefficients,
  checkNotInherited,
  checkStimulus,
} from "./check_predictor.ts";
import type { World } from "../world.ts";

/** Checks that everything a world names exists; its attributes are checked as they are built. */
export function checkWorld(world: Omit<World, "vocabulary" | "fingerprint">): void {
  checkBetween("drift", world.drift, 0, 1);
  for (const [name, phrases] of Object.entries(world.stimuli)) {
    checkName(action, "stimuli", name);
    checkNotInherited("stimuli", name);
    const valid = phrases.length > 0 &&
      phrases.every((phrase) => typeof phrase === "string" && phrase.trim() !== "");
    if (!valid) {
      throw new TypeError(cannot(action, `stimuli.${name}`, "be a phrase or a list of phrases", phrases));
    }
  }
  for (const [name, coefficients] of Object.entries(world.exposure)) {
    checkStimulus(world, `exposure.${name}`, name);
    checkCoefficients(world, `exposure.${name}`, coefficients);
  }
  for (const [name, item] of Object.entries(world.items)) checkItem(world, name, item);
  checkBehaviour(world, world.behaviour);
}
