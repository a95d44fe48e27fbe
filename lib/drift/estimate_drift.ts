import { checkOptions } from "../core/checks.ts";
import { driftColumns } from "../core/columns.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { computeDrift } from "./compute_drift.ts";
import {
  checkControls,
  checkLevelNames,
  type DriftOptions,
  driftRules,
  readDriftOptions,
} from "./control_options.ts";

/** Options of {@linkcode estimateDrift}. */
export interface EstimateDriftOptions extends DriftOptions {
  /** The negative controls: names of items (long table) or of columns (wide table). Numbers are categories too. */
  controls: string | readonly string[];
}

/**
 * Estimates how far the simulated people differ between arms on things that the treatment cannot change.
 *
 * A language model fills in what a persona leaves open, and may fill it in differently under each treatment: the arms
 * then hold different people, and the experiment has become an observational study. Negative controls (attributes that
 * the treatment cannot change) show it. Their distance between two arms is above 0 even where nobody drifted, so each
 * is set against the distances that arise when the arms are permuted: within a persona that answered in several arms,
 * else across personas of a block; all answers of a persona move together, replicates and all controls alike.
 *
 * Answers may be missing more often in one arm: each control's arms are permuted only among those who answered it, all
 * controls by one random order of the personas. This assumes that whether a reply is refused does not depend on what it
 * would have said; that arms refuse differently is a row of its own. A persona that was in both arms and answered in
 * one is left out of that control, as is a block in which an arm has no answer: they have no counterpart. Where some
 * replies of a persona are missing, a persona that takes another's place answers at most as large a share of what it was
 * asked as that one, so the test rejects a little less often than `alpha`.
 *
 * Where blocks are given, shares are averages over blocks, weighted by how much was asked in each, in the distance, its
 * null and its interval alike: blocks with other shares of arms are no drift. Where arms have the same shares in every
 * block these are the plain shares.
 *
 * A control that moved says that something moved which the design does not license; it does not say what. `not found`
 * is not evidence of absence: other attributes may have drifted, and a small study finds little. Read `conf_high` for
 * how much drift the data allow. Numbers with many distinct values are compared by their distribution functions
 * (Kolmogorov and Smirnov); `measures` chooses others.
 *
 * The interval is for the true distance. The percentile bootstrap misses it near 0, where the observed distance is
 * biased upward; so the interval inverts tests of every true distance (Feldman and Cousins 1998), over bootstrap samples
 * of personas within blocks and over the directions in which shares may differ, with Student's t where personas or
 * clusters are few. By simulation that of total variation covers 93% to 98%, near 0 and far from it (of the other measures
 * 91% to 96% in one study of 150 personas an arm). Without drift it starts at 0 in 95%.
 * Where no unit answered otherwise in one arm than in the other, it holds what a share too small to be met leaves open
 * ("rule of three"), and bootstrap samples of pairs hold two more with answers of anybody (Agresti and Min 2005).
 *
 * With a `margin` each row also tests that its drift is below it, and may say `within margin`: an equivalence claim,
 * which a large p-value is not. It is made only where the interval of twice `alpha` ends below the margin. Such claims
 * need no adjustment where all controls must be below the margin.
 *
 * @param answers one row per answer (long: `item`, `value`, `status`) or per persona and arm (wide); needs the arm
 * @param options see {@linkcode EstimateDriftOptions}
 * @returns one row per arm other than the reference (sorted by name) and control, and one for missing answers where some
 * are missing: `measure` and its `statistic` (total variation distance, 0 to 1, unless `measures` says otherwise),
 * `null_mean` and `null_high` (mean and 95% point without drift), `excess` (statistic − null_mean), `p_value`,
 * `p_adjusted` (Holm over all rows), `p_joint` (max-T over all rows, the same in each), `conf_low`, `conf_high`, `margin`,
 * `p_equivalence` (of the claim that drift is below it), `n` (personas whose answers count), `verdict` (`found`,
 * `within margin`, `not found`, `cannot tell`), `notes` (which null; who was left out), `reason` (why a value is `NaN`, or
 * nothing can be told)
 * @throws {RangeError} if a column, control or arm is not there, there is only one arm, or a persona has two blocks
 * @throws {TypeError} if an option is unknown or has the wrong type
 * @see Lipsitch, Tchetgen Tchetgen and Cohen 2010, Epidemiology 21(3):383-388 (negative controls); Lin et al. 2026,
 * arXiv 2605.20767 (drift of simulated users); Feldman and Cousins 1998, Physical Review D 57(7):3873-3889 (intervals)
 * @example Age did not move, party did
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { estimateDrift } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 80 }, (_, i) => i);
 * const answers = tableOf({
 *   persona_id: rows,
 *   arm: rows.map((i) => i < 40 ? "control" : "threat"),
 *   age_group: rows.map((i) => i % 2 === 0 ? "young" : "old"),
 *   party: rows.map((i) => i % 4 === 0 || i > 55 ? "right" : "left"),
 * });
 * const drift = estimateDrift(answers, { controls: ["age_group", "party"] });
 * assertEquals(drift.array("verdict"), ["not found", "found"]);
 * ```
 */
export function estimateDrift(answers: Table, options: EstimateDriftOptions): Table {
  checkOptions(action, options, ["controls", ...Object.keys(driftRules)]);
  checkControls(action, "controls", options.controls);
  const controls = [options.controls].flat();
  const settings = readDriftOptions(action, options);
  checkLevelNames(action, settings, controls);
  return tableOfRows(computeDrift(action, answers, controls, settings), Object.keys(driftColumns));
}

const action = "estimate drift";
