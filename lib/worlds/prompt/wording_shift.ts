import { stream } from "../../core/mod.ts";
import type { World } from "../world.ts";

/** What the paragraphs of the stimuli add to an item's latent value: a normal draw keyed by their text. */
export function wordingShift(
  world: World,
  item: string,
  wording: { readonly [stimulus: string]: string },
): number {
  const { sd = 0 } = world.behaviour.wording ?? {};
  if (sd === 0) return 0;
  return Object.entries(wording).reduce(
    (sum, [stimulus, text]) => sum + sd * stream(world.seed, "wording", item, stimulus, text).normal(),
    0,
  );
}
