import { stream } from "../../core/stream.ts";
import type { DriftCells } from "../controls/drift_cells.ts";
import { layOut } from "../controls/drift_layout.ts";
import { pickPlaces } from "../controls/drift_places.ts";
import { whyUnusable } from "../controls/drift_reasons.ts";
import { compareWithNull, notCompared } from "../controls/null_comparison.ts";
import { compareByClassifier } from "./compare_by_classifier.ts";
import { compareByEnergy } from "./compare_by_energy.ts";
import { describeJoint } from "./joint_reasons.ts";
import type { JointRequest } from "./joint_request.ts";
import type { JointRow } from "./joint_rows.ts";

/** Compares the joint distribution of the controls in one arm with that in the reference. */
export function compareJoint(
  cells: DriftCells,
  [arm, reference]: readonly [number, number],
  request: JointRequest,
): JointRow {
  const names = [cells.arms[reference]!, cells.arms[arm]!] as const;
  const { settings, method } = request;
  const layout = layOut(cells, [arm, reference]);
  const described = {
    control: request.controls.join(" × "),
    arm: names[1],
    reference: names[0],
    measure: method === "energy" ? "energy distance" : "classifier AUC",
    n: layout.controls[0]!.units.either,
    p_adjusted: NaN,
    verdict: "not checked",
  } as const;
  const unusable = whyUnusable(cells, layout, 0);
  if (unusable !== null) {
    return { ...described, ...notCompared, conf_low: NaN, conf_high: NaN, reason: unusable };
  }
  const places = pickPlaces(cells, [reference, arm]);
  const random = (purpose: string) => stream(settings.seed, "joint drift", method, purpose, ...names);
  const compare = method === "energy" ? compareByEnergy : compareByClassifier;
  const { found, interval, notes } = compare({ cells, places, layout, random }, request);
  const assignments = found.exact
    ? `exact null: all ${found.count} assignments`
    : `null: ${found.count} random permutations`;
  return {
    ...described,
    ...compareWithNull(found.observed, { distances: found.permuted, exact: found.exact }),
    conf_low: interval[0],
    conf_high: interval[1],
    reason: [
      ...(Number.isNaN(found.observed) ? ["no value: the two arms have too few answers"] : []),
      `${assignments} of arms ${places.scope}`,
      ...describeJoint(cells, layout),
      ...notes,
    ].join("; "),
  };
}
