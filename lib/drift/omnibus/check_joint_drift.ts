import { checkNoTranscripts, checkOneOf, checkOptions, checkWhole } from "../../core/checks.ts";
import { cannot } from "../../core/errors.ts";
import { findReference, recordedReference } from "../../core/study.ts";
import { distinct, type Table, tableOfRows } from "../../core/table.ts";
import { adjustPValues } from "../../stats/multiplicity.ts";
import { readRows } from "../controls/drift_answers.ts";
import { countCells } from "../controls/drift_cells.ts";
import {
  checkControls,
  checkDriftOptions,
  driftOptionNames,
  type DriftOptions,
} from "../controls/drift_options.ts";
import { compareJoint } from "./compare_joint.ts";
import { readJointAnswers } from "./joint_answers.ts";
import type { JointRequest } from "./joint_request.ts";
import { jointColumns, type JointRow } from "./joint_rows.ts";

/** Options of {@linkcode checkJointDrift}; `permutations` is 999 if not given, `bootstraps` makes the interval of the classifier. */
export interface CheckJointDriftOptions extends Omit<DriftOptions, "measures" | "levels" | "margin"> {
  /** The negative controls: names of items (long table) or of columns (wide table). */
  controls: string | readonly string[];
  /**
   * How the joint distributions are compared. `energy`: the energy distance of Székely and Rizzo, which needs no choice
   * of features and sees every difference, if small ones less the more controls there are. `classifier`: how well a
   * classifier tells the arms apart, which sees differences of single controls and of pairs, and says how large they are.
   *
   * @default "energy"
   */
  method?: "energy" | "classifier";
  /**
   * Those of the controls whose answers are numbers with a meaning of more and less; the others are categories.
   *
   * @default none
   */
  numeric?: string | readonly string[];
  /**
   * Into how many parts the personas are divided: the classifier is judged on each after training on the others.
   *
   * @default 5
   */
  folds?: number;
}

/**
 * Checks whether the arms differ in the joint distribution of their negative controls.
 *
 * `estimateDrift` looks at one control at a time. A treatment can leave each of them as it was and change how they hang
 * together (the young were left-wing, now the old are): only a joint check sees that, and where many controls move a
 * little it gathers what is too small to see in each. It does not say what moved; read it beside `estimateDrift`.
 *
 * The energy distance is 0 only where the joint distributions are the same. Two replies are as far apart as √ of the
 * number of controls in which they differ; a number in `numeric` counts as half its squared difference in standard
 * deviations, which is 1 on average. It is computed among distinct patterns of answers; with more than 4,000, among
 * those of personas drawn at random, which costs power and not validity, and `reason` says so. The classifier weighs
 * all levels, and all pairs of levels of two controls, that differ by more than two standard errors between the arms
 * (an independence rule: trained anew for each permutation); its statistic is the area under the ROC curve in personas
 * it was not trained on: .5 where arms cannot be told apart, 1 where they always can. It has more power where a few
 * things moved much, the energy distance where many moved a little.
 *
 * The null permutes arms as `estimateDrift` does: within a persona that answered in several arms, else across personas
 * of a block; all replies of a persona or cluster move together. With blocks, shares are averages over blocks.
 *
 * A missing answer is a level of its own, so that arms that refuse differently are different; a missing number stands
 * at the mean. With `missing: false` replies in which a control is missing are left out instead, as are personas that
 * were in both arms and are left with one: this assumes that whether a reply is refused does not depend on what it
 * would have said.
 *
 * @param answers one row per answer (long: `item`, `value`, `status`) or per persona and arm (wide); needs the arm
 * @param options see {@linkcode CheckJointDriftOptions}
 * @returns one row per arm other than the reference: `control` (all names), `measure`, `statistic` (energy distance, or
 * area under the curve), `null_mean` and `null_high` (mean and 95% point without drift), `excess` (statistic −
 * null_mean), `p_value`, `p_adjusted` (Holm over arms), `conf_low`, `conf_high` (classifier: percentile interval of the
 * area for the classifier as trained; energy: `NaN`), `n` (personas whose answers count), `verdict` (`drift`, `no drift
 * found`, `not checked`), `reason`
 * @throws {RangeError} if a column, control or arm is not there, there is only one arm, a persona has two blocks, or a
 * control in `numeric` does not hold numbers
 * @throws {TypeError} if an option is unknown or has the wrong type
 * @see Székely and Rizzo 2013, Journal of Statistical Planning and Inference 143(8):1249-1272 (energy); Lopez-Paz and
 * Oquab 2017, Revisiting Classifier Two-Sample Tests, ICLR, arXiv 1610.06545; Gretton et al. 2012, Journal of Machine
 * Learning Research 13:723-773 (kernel two-sample tests)
 * @example Young and old, left and right are as many in both arms, but the young have changed sides
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { checkJointDrift, estimateDrift } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 80 }, (_, i) => i);
 * const answers = tableOf({
 *   arm: rows.map((i) => i < 40 ? "control" : "threat"),
 *   age_group: rows.map((i) => i % 2 === 0 ? "young" : "old"),
 *   party: rows.map((i) => (i % 2 === 0) === (i < 40 ? i % 5 > 0 : i % 5 === 0) ? "left" : "right"),
 * });
 * const controls = ["age_group", "party"];
 * assertEquals(estimateDrift(answers, { controls }).array("verdict"), ["no drift found", "no drift found"]);
 * assertEquals(checkJointDrift(answers, { controls }).array("verdict"), ["drift"]);
 * ```
 */
export function checkJointDrift(answers: Table, options: CheckJointDriftOptions): Table {
  const action = "check joint drift";
  const request = checkRequest(action, options);
  const { settings, controls } = request;
  checkNoTranscripts(action, answers, "answers");
  const rows = readRows(action, answers, settings);
  const name = controls.join(" × ");
  const cells = countCells(action, rows, [readJointAnswers(action, answers, controls, { settings, name })]);
  const sorted = [...cells.arms].sort();
  const named = settings.reference ?? recordedReference(answers);
  const reference = cells.arms.indexOf(sorted[findReference(action, sorted, named).reference]!);
  const others = distinct(rows.arm).map((arm) => cells.arms.indexOf(arm)).filter((arm) => arm !== reference);
  const found = others.map((arm) => compareJoint(cells, [arm, reference], request));
  return tableOfRows(judge(found, settings.alpha), jointColumns);
}

function checkRequest(action: string, options: CheckJointDriftOptions): JointRequest {
  const shared = driftOptionNames.filter((name) => !["measures", "levels", "margin"].includes(name));
  checkOptions(action, options, ["controls", "method", "numeric", "folds", ...shared]);
  const { method = "energy", numeric = [], folds = 5 } = options;
  const controls = checkControls(action, "controls", options.controls);
  checkOneOf(action, "method", method, ["energy", "classifier"]);
  checkWhole(action, "folds", folds, 2);
  const numbers = [numeric].flat() as readonly string[];
  const stranger = numbers.find((control) => !controls.includes(control));
  if (stranger !== undefined) {
    throw new RangeError(cannot(action, "numeric", "name some of the controls", stranger));
  }
  const settings = checkDriftOptions(action, { ...options, permutations: options.permutations ?? 999 });
  return { action, controls, numeric: numbers, method, folds, settings };
}

/** Adjusts for the number of arms, and says what was found. */
function judge(rows: readonly JointRow[], alpha: number): JointRow[] {
  const [adjusted, smallest] = [
    adjustPValues(rows.map((row) => row.p_value), "holm"),
    adjustPValues(rows.map((row) => row.smallest_p), "holm"),
  ];
  return rows.map((row, index): JointRow => {
    const p_adjusted = adjusted[index]!;
    if (Number.isNaN(p_adjusted)) return row;
    if (p_adjusted <= alpha) return { ...row, p_adjusted, verdict: "drift" };
    if (smallest[index]! <= alpha) return { ...row, p_adjusted, verdict: "no drift found" };
    const reason = `drift could not have been found: the smallest possible p-value is ${
      row.smallest_p.toPrecision(2)
    }${row.smallest_p > alpha ? "" : `, ${smallest[index]!.toPrecision(2)} when adjusted`}; ${row.reason}`;
    return { ...row, p_adjusted, reason };
  });
}
