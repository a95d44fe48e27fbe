import { checkColumns, checkRows } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { stream } from "../core/stream.ts";
import { columnOf, type Table } from "../core/table.ts";
import { readAlpha, readDraws } from "./audit_options.ts";
import { type AuditRow, notChecked } from "./audit_rows.ts";
import type { CheckHeldOutStudiesOptions } from "./check_options.ts";
import { clusteredContrast } from "./clustered_contrast.ts";
import { differenceByLabel, rowNumbers } from "./item_order_rows.ts";
import { permuteStatistics } from "./permuted_statistic.ts";

const base = { check: "held-out studies", item: "effects", compared: "unpublished v. published" };

/** The row of `checkHeldOutStudies` before adjustment. */
export function heldOutRows(action: string, studies: Table, options: CheckHeldOutStudiesOptions): AuditRow[] {
  const { synthetic = "synthetic", human = "human", published = "published" } = options;
  const settings = { alpha: readAlpha(action, options), ...readDraws(action, options) };
  checkColumns(action, studies, [synthetic, human, published], "studies");
  checkRows(action, studies, "studies");
  const flags = columnOf(studies, published).map((flag) => readFlag(action, published, flag));
  const effects = [synthetic, human].map((name) => columnOf(studies, name));
  const errors = flags.map((_, row) =>
    Math.abs(Number(effects[0]![row] ?? NaN) - Number(effects[1]![row] ?? NaN))
  );
  const usable = [...errors.keys()].filter((row) => Number.isFinite(errors[row]));
  const error = usable.map((row) => errors[row]!);
  const unpublished = usable.map((row) => flags[row] ? 0 : 1);
  const count = unpublished.reduce((sum: number, flag) => sum + flag, 0);
  if (count < 2 || usable.length - count < 2) {
    const reason = "needs at least two studies of each kind with both effects";
    return [notChecked({ ...base, n: usable.length, reason })];
  }
  return [compareErrors(error, unpublished, settings, flags.length - usable.length)];
}

function readFlag(action: string, column: string, flag: unknown): boolean {
  if (typeof flag === "boolean") return flag;
  throw new TypeError(cannot(action, column, "hold true or false", flag));
}

function compareErrors(
  error: readonly number[],
  unpublished: readonly number[],
  settings: { alpha: number; draws: number; seed: number },
  left: number,
): AuditRow {
  const unit = Int32Array.from(error.keys());
  const [found] = permuteStatistics((labels) => [differenceByLabel(error, labels, unit)], {
    ...settings,
    labels: Int32Array.from(unpublished),
    random: stream(settings.seed, base.check),
    twoSided: true,
  });
  const { low, high, note } = clusteredContrast({
    columns: [error.map(() => 1), unpublished],
    outcome: error,
    unit: error.map((_, row) => String(row)),
    combination: [0, 1],
    alpha: settings.alpha,
  });
  return {
    ...base,
    measure: "difference of mean absolute errors",
    ...rowNumbers(found!),
    conf_low: low,
    conf_high: high,
    n: error.length,
    problem: found!.observed > 0 ? "significant" : false,
    reason: [
      `${found!.told} of what was published`,
      note,
      left > 0 ? `studies without both effects: ${left}` : "",
    ]
      .filter((part) => part !== "").join("; "),
  };
}
