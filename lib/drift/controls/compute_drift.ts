import { checkNoTranscripts } from "../../core/checks.ts";
import { findReference, recordedReference } from "../../core/study.ts";
import { stream } from "../../core/stream.ts";
import { distinct, type Table } from "../../core/table.ts";
import { adjustPValues } from "../../stats/multiplicity.ts";
import { compareArms } from "./compare_arms.ts";
import { readControls, readRows } from "./drift_answers.ts";
import { countCells, type DriftCells } from "./drift_cells.ts";
import { jointPValue } from "./drift_joint.ts";
import { layOut, type PairLayouts } from "./drift_layout.ts";
import { type DriftNull, permuteArms } from "./drift_null.ts";
import type { DriftSettings } from "./drift_options.ts";
import type { DriftRow } from "./drift_rows.ts";

/**
 * Checks the answers, measures every control in every arm against the reference, and adjusts for their number.
 * `asked` are the columns of a wide table whose missing answers count.
 */
export function computeDrift(
  action: string,
  answers: Table,
  controls: readonly string[],
  settings: DriftSettings,
  asked: readonly string[] = controls,
): DriftRow[] {
  checkNoTranscripts(action, answers, "answers");
  const rows = readRows(action, answers, settings);
  const controlAnswers = readControls(action, answers, controls, settings.missing ? asked : []);
  const cells = countCells(action, rows, controlAnswers, settings);
  const sorted = [...cells.arms].sort();
  const named = settings.reference ?? recordedReference(answers);
  const reference = cells.arms.indexOf(sorted[findReference(action, sorted, named).reference]!);
  const others = cells.arms.map((_, arm) => arm).filter((arm) => arm !== reference);
  const nulls: DriftNull[] = [];
  const layouts: PairLayouts[] = [];
  const drift = others.flatMap((arm) => {
    const layout = layOut(cells, [arm, reference]);
    layouts.push(layout);
    const compared = compareArms(cells, layout, settings);
    nulls.push(compared.permuted);
    return compared.rows;
  });
  const joint = others.length === 1 ? nulls[0]! : permuteAll(cells, layouts, reference, settings);
  const measured = drift.filter((row) => !Number.isNaN(row.statistic));
  // A single test is joint with none: its own null may be exact where that of all controls is not.
  const pJoint = measured.length === 1
    ? measured[0]!.p_value
    : jointPValue(drift.map((row) => row.statistic), joint);
  const adjusted = adjustPValues(drift.map((row) => row.p_value), "holm");
  // What adjustment would leave of the smallest p-values that there can be.
  const smallest = adjustPValues(drift.map((row) => row.smallest_p), "holm");
  drift.forEach((row, index) => {
    row.p_adjusted = adjusted[index]!;
    row.p_joint = pJoint;
    judge(row, smallest[index]!, settings.alpha);
  });
  // Arms in the order of the table; by then nothing depends on it.
  return distinct(rows.arm).flatMap((arm) => drift.filter((row) => row.arm === arm));
}

/** What a row says: drift below the margin is a claim of its own, also where it is not 0. */
function judge(row: DriftRow, smallest: number, alpha: number): void {
  if (row.p_equivalence <= alpha) {
    row.verdict = "drift below margin";
    if (row.p_adjusted <= alpha) row.reason = `small, but not 0; ${row.reason}`;
  } else if (row.p_adjusted <= alpha) row.verdict = "drift";
  else if (smallest > alpha) {
    const adjusted = row.smallest_p > alpha ? "" : `, ${smallest.toPrecision(2)} when adjusted`;
    row.reason = `drift could not have been found: the smallest possible p-value is ${
      row.smallest_p.toPrecision(2)
    }${adjusted}; ${row.reason}`;
  } else if (!Number.isNaN(row.p_adjusted)) row.verdict = "no drift found";
}

/** The null of all comparisons at once: the arms of all units are permuted together. */
function permuteAll(
  cells: DriftCells,
  layouts: readonly PairLayouts[],
  reference: number,
  settings: DriftSettings,
): DriftNull {
  return permuteArms(cells, [reference, ...layouts.map(({ arms }) => arms[0])], layouts, {
    permutations: settings.permutations,
    random: (...more) => stream(settings.seed, "drift", "permute all", ...more),
  });
}
