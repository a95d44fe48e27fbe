import type { Comparison } from "../core/units.ts";

/** The name of a design, said to be weighted where it is. */
export function nameDesign(name: string, comparison: Comparison): string {
  return comparison.weight === null ? name : `${name}, weighted`;
}
