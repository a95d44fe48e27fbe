import { cannot, checkOneOf, checkOptions, checkSeed } from "../../core/mod.ts";
import { declareWorld } from "../declare_world.ts";
import type { World } from "../world.ts";
import { type ReadyFault, readyFaults, type ReadyWorldName } from "./ready_faults.ts";
import { town, townItems, townProbes, townTreatments } from "./town.ts";

/** The names of all ready worlds: one for each fault of a simulated respondent, and one without any. */
export const readyWorldNames: readonly ReadyWorldName[] = Object.freeze(
  Object.keys(readyFaults) as ReadyWorldName[],
);

/** Options of {@linkcode declareReadyWorld} and of {@linkcode declareReadyStudy}. */
export interface ReadyWorldOptions {
  /** Seed of every draw of its respondent. */
  readonly seed: number;
  /**
   * How strong the fault is, from 0 (none) to 1.5.
   * @default {1}
   */
  readonly strength?: number;
}

const action = "declare a ready world";

/**
 * Declares a ready world: one small town with one fault of known size, or with none.
 *
 * In all of them a report on lead in the drinking water raises support for new pipes; what differs is how the
 * respondent fails to show it. Use `declareReadyStudy` for the world together with an experiment on it.
 *
 * @param name one of `readyWorldNames`
 * @param options see {@linkcode ReadyWorldOptions} (defaults there)
 * @returns the world
 * @throws {RangeError} if there is no ready world of that name, or the strength is out of range
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { declareReadyWorld } from "@understudy/understudy/worlds";
 *
 * assertEquals(declareReadyWorld("user drift", { seed: 1 }).name, "town-user-drift");
 * ```
 */
export function declareReadyWorld(name: ReadyWorldName, options: ReadyWorldOptions): World {
  checkOneOf(action, "name", name, readyWorldNames);
  checkOptions(action, options, ["seed", "strength"]);
  const { seed, strength = 1 } = options;
  checkSeed(action, seed);
  if (!(strength >= 0 && strength <= 1.5)) {
    throw new RangeError(cannot(action, "strength", "lie from 0 to 1.5", strength));
  }
  const fault: ReadyFault = readyFaults[name];
  return declareWorld(
    { ...town, ...fault.change(strength), name: `town-${name.replaceAll(" ", "-")}`, seed },
    {
      treatments: townTreatments(fault.texts ?? {}),
      items: [...townItems, ...townProbes, ...(fault.asked ?? [])],
    },
  );
}
