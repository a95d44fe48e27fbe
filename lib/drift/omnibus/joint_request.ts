import type { RandomStream } from "../../core/stream.ts";
import type { DriftCells } from "../controls/drift_cells.ts";
import type { PairLayouts } from "../controls/drift_layout.ts";
import type { DriftSettings } from "../controls/drift_options.ts";
import type { DriftPlaces } from "../controls/drift_places.ts";
import type { JointNull } from "./joint_permutations.ts";

/** What is compared, and how. */
export interface JointRequest {
  readonly action: string;
  readonly controls: readonly string[];
  readonly numeric: readonly string[];
  readonly method: "energy" | "classifier";
  readonly folds: number;
  readonly settings: DriftSettings;
}

/** Two arms that are compared. */
export interface JointComparison {
  readonly cells: DriftCells;
  readonly places: DriftPlaces;
  readonly layout: PairLayouts;
  readonly random: (purpose: string) => RandomStream;
}

/** What a method found. */
export interface JointFound {
  readonly found: JointNull;
  readonly interval: readonly [number, number];
  readonly notes: readonly string[];
}
