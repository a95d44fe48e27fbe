import type { EffectComparison } from "./effect_comparison.ts";

/** The name of a design, said to be weighted where it is. */
export function nameDesign(name: string, comparison: EffectComparison): string {
  return comparison.weight === null ? name : `${name}, weighted`;
}
