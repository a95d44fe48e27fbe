import { readProfiles } from "../core/profile_table.ts";
import type { World } from "./declaration.ts";
import { factorStimulus } from "./predictor.ts";

/** A profile of a conjoint that a text shows: its levels are stimuli of whoever judges it. */
export interface SeenProfile {
  /** What it is called. */
  readonly label: string;
  /** Its level of each feature, as it stands among stimuli. */
  readonly stimuli: readonly string[];
}

/** The profiles that a text shows side by side in a table of the world's factors; a table of anything else is none. */
export function profilesIn(world: World, text: string): SeenProfile[] {
  const shown = readProfiles(text);
  const features = Object.keys(shown[0]?.levels ?? {});
  if (!features.some((feature) => Object.hasOwn(world.factors, feature))) return [];
  return shown.map(({ label, levels }) => ({
    label,
    stimuli: features.map((feature) => factorStimulus(feature, levelShown(world, feature, levels[feature]!))),
  }));
}

function levelShown({ name, factors }: World, feature: string, text: string): string {
  if (!Object.hasOwn(factors, feature)) {
    throw new RangeError(
      `the world '${name}' has no factor '${feature}': its factors are ${Object.keys(factors).join(", ")}`,
    );
  }
  const levels = Object.entries(factors[feature]!);
  const found = levels.find(([level, phrases]) => level === text || phrases.includes(text));
  if (found !== undefined) return found[0];
  const known = levels.map(([level]) => level).join(", ");
  throw new RangeError(
    `the factor '${feature}' of the world '${name}' has no level '${text}': it has ${known}`,
  );
}
