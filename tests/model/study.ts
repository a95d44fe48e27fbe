/**
 * The demo's study as it is put to a real model.
 *
 * @module
 */
import {
  assignTreatments,
  declareDesign,
  type Plan,
  planExperiment,
  samplePersonas,
} from "@understudy/understudy";
import type { DeclareDesignOptions } from "@understudy/understudy/designs";
import {
  items,
  phrases,
  readPopulation,
  statedAttributes,
  treatments,
} from "../../examples/border_incursion.ts";

/** The plan of the demo's study with so many personas. */
export async function planStudy(
  n: number,
  changes: Partial<DeclareDesignOptions> = {},
): Promise<Plan> {
  const design = declareDesign({ treatments, items, stated: statedAttributes, ...changes });
  const personas = samplePersonas(await readPopulation(), { n, counts: "n", seed: 1 });
  return planExperiment(assignTreatments(personas, design, { seed: 2 }), design, {
    seed: 3,
    persona: { phrases },
  });
}
