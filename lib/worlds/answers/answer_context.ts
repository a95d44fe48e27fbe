import type { AskedItem } from "../prompt/items_asked.ts";
import type { AnswerContext } from "./latent_scores.ts";
import type { PromptReading } from "../prompt/read_prompt.ts";
import { wordingShift } from "../prompt/wording_shift.ts";
import type { World } from "../world.ts";

/** What of a request decides how the item at a place is answered. */
export function contextOf(
  world: World,
  reading: PromptReading,
  stated: readonly string[],
  [asked, place]: readonly [readonly AskedItem[], number],
): AnswerContext {
  const { name, shown } = asked[place]!;
  return {
    stated,
    stimuli: reading.stimuli,
    opinions: reading.opinions,
    wording: wordingShift(world, name, reading.wording),
    before: asked.slice(0, place).map((item) => item.name),
    shown: shown.map(String),
  };
}
