import { type Columns, groupRows, stream } from "../core/mod.ts";
import type { MarginAttribute, Margins } from "./declare_margins.ts";
import { systematicSample } from "../stats/resampling.ts";

/** Draws `n` personas from declared margins: one column per attribute, in the order declared. */
export function sampleMargins(
  margins: Margins,
  n: number,
  seed: number,
  method: "systematic" | "independent",
): Columns {
  const drawn = new Map<string, string[]>();
  const attributes = new Map(margins.attributes.map((attribute) => [attribute.name, attribute]));
  for (const name of margins.drawOrder) {
    const attribute = attributes.get(name)!;
    const parents = Array.from(
      { length: n },
      (_, persona) => JSON.stringify(attribute.given.map((parent) => drawn.get(parent)![persona])),
    );
    const draw = method === "systematic" ? drawSystematically : drawIndependently;
    drawn.set(name, draw(attribute, parents, seed));
  }
  return Object.fromEntries(margins.attributes.map(({ name }) => [name, drawn.get(name)!]));
}

/** Allocates the levels among all personas who share the parents' levels, then deals them out at random. */
function drawSystematically(attribute: MarginAttribute, parents: readonly string[], seed: number): string[] {
  const levels: string[] = new Array(parents.length);
  for (const [key, personas] of groupRows(parents)) {
    const chance = stream(seed, "margin", attribute.name, key);
    const order = chance.shuffle(attribute.levels.map((_, level) => level));
    const allocated = systematicSample(
      attribute.probabilities[key]!,
      order,
      personas.length,
      chance.uniform(),
    );
    const dealt = chance.shuffle(personas);
    allocated.forEach((level, place) => levels[dealt[place]!] = attribute.levels[level]!);
  }
  return levels;
}

function drawIndependently(attribute: MarginAttribute, parents: readonly string[], seed: number): string[] {
  return parents.map((key, persona) => {
    const chance = stream(seed, "persona", persona + 1, attribute.name);
    return attribute.levels[chance.index(attribute.probabilities[key]!)]!;
  });
}
