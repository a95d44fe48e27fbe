import type { LinearPredictor, World, WorldItem } from "../worlds/mod.ts";

/** The linear predictors of an item: one for each option of a choice. */
export function predictorsOf(item: WorldItem): readonly LinearPredictor[] {
  if (item.kind === "choice") return Object.values(item.options);
  return item.kind === "attribute" ? [] : [item];
}

/** For each stimulus the level that it makes more, or less, likely: `warning: left +0.8`. */
export function exposureDetails(world: World, attribute: string): string[] {
  return Object.entries(world.exposure).flatMap(([stimulus, coefficients]) => {
    const [level, value] = largest(Object.entries(coefficients[attribute] ?? {}));
    if (level === undefined) return [];
    return [`${stimulus}: ${level === "slope" ? `${signed(value)} a unit` : `${level} ${signed(value)}`}`];
  });
}

/** For each stimulus its effect, of a choice on the option that it moves most: `warning +0.6, by ideology`. */
export function effectDetails(world: World, item: WorldItem): string[] {
  const options = item.kind === "choice" ? Object.keys(item.options) : [""];
  return Object.keys(world.stimuli).flatMap((stimulus) => {
    const effects = predictorsOf(item).flatMap(({ stimuli }, i): [string, number][] =>
      stimuli?.[stimulus] === undefined ? [] : [[options[i]!, stimuli[stimulus].effect]]
    );
    const by = new Set(
      predictorsOf(item).flatMap(({ stimuli }) => Object.keys(stimuli?.[stimulus]?.by ?? {})),
    );
    const [option, value] = largest(effects);
    if (option === undefined) return [];
    const moderators = by.size === 0 ? "" : `, by ${[...by].join(", ")}`;
    return [`${stimulus}${option === "" ? "" : `: ${option}`} ${signed(value)}${moderators}`];
  });
}

/** The entry of largest size; of two as large the positive one. */
function largest(
  entries: readonly (readonly [string, number])[],
): readonly [string, number] | readonly [undefined, 0] {
  const sorted = [...entries].sort(([, a], [, b]) => Math.abs(b) - Math.abs(a) || b - a);
  return sorted[0] ?? [undefined, 0];
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Number(Math.abs(value).toPrecision(3))}`;
}
