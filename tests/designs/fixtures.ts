import {
  assignedColumns,
  columnOf,
  type Conjoint,
  type Item,
  type Table,
  tableOf,
  type Treatments,
} from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { joinParts, linkFeatures } from "../../lib/designs/features.ts";

/** Treatments with arms of these names. */
export function treatmentsOf(...arms: string[]): Treatments {
  return { arms: arms.map((name) => ({ name, wordings: [`This is ${name}.`], slots: {} })) };
}

/** One question. */
export const items: readonly Item[] = [{ kind: "text", name: "answer", text: "What do you say?" }];

/** Personas p1, p2, … with further columns. */
export function personasOf(n: number, columns: { [name: string]: unknown[] } = {}): Table {
  return tableOf({ persona_id: Array.from({ length: n }, (_, row) => `p${row + 1}`), ...columns });
}

/** The profiles that personas are shown, without the columns of arms. */
export function profilesOf(personas: Table, conjoint: Conjoint, seed: number): Table {
  const design = declareDesign({ conjoint, items, stated: [] });
  const assigned = assignTreatments(personas, design, { seed });
  const names = assigned.columnNames().filter((name) => !Object.hasOwn(assignedColumns, name));
  return tableOf(Object.fromEntries(names.map((name) => [name, columnOf(assigned, name)])));
}

/** The declared probability of each profile, or combination of some features, before the same profiles are left out. */
export function probabilitiesOf(
  conjoint: Conjoint,
  features = Object.keys(conjoint.features),
): { [column: string]: unknown; probability: number }[] {
  const { cells, probabilities } = joinParts("test", linkFeatures("test", conjoint), features);
  return cells.map((cell, row) => ({
    ...Object.fromEntries(
      features.map((name, place) => [name, conjoint.features[name]!.levels[cell[place]!]]),
    ),
    probability: probabilities[row]!,
  }));
}
