import { stream } from "../core/stream.ts";
import { inferEstimate } from "../stats/inference.ts";
import { leastSquares } from "../stats/least_squares.ts";
import { moments } from "../stats/moments.ts";
import { adjustPValues } from "../stats/multiplicity.ts";
import { permutationPValue, permuteLabels, permuteSums } from "../stats/permutation.ts";
import { type Cells, cellsOfArm, type ConversationSettings } from "./transcripts.ts";
import { type CellColumn, type ConversationRow, noteMissing, valuesOfArm } from "./turn_scores.ts";

interface CellComparison {
  readonly cells: readonly number[];
  /** 1 for cells of the arm, 0 for those of the reference. */
  readonly marked: readonly number[];
  /** Cells change arms within a group: a unit that was in both (numbered below 0), else its block. */
  readonly groups: readonly number[];
  readonly n: number;
  readonly design: string;
  /** Who was left out, and why there is no comparison; empty where there is nothing to say. */
  readonly note: string;
  readonly few: string;
}

/** Pairs up what an arm and the reference hold; only cells with a value take part. */
export function compareCells(cells: Cells, arm: number, has: (cell: number) => boolean): CellComparison {
  const places = cells.arm.flatMap((of, cell) => of === arm || of === cells.reference ? [cell] : []);
  const both = countUnits(cells, places);
  const complete = countUnits(cells, places.filter(has));
  const whole = (cell: number) => both.get(cells.unit[cell]!) === complete.get(cells.unit[cell]!);
  const used = places.filter((cell) => has(cell) && whole(cell));
  const paired = used.map((cell) => both.get(cells.unit[cell]!) === 2);
  const blocks = new Set(used.map((cell) => cells.block[cell])).size > 1 ? " within blocks" : "";
  const across = `across ${cells.unitName}${blocks}`;
  const within = `within ${cells.unitName}`;
  const mixed = `${within} that were in both arms, else ${across}`;
  const marked = used.map((cell) => cells.arm[cell] === arm ? 1 : 0);
  const first = marked.filter((mark) => mark === 1).length;
  const incomplete = places.filter((cell) => has(cell) && !whole(cell)).length;
  return {
    cells: used,
    marked,
    groups: used.map((cell, i) => paired[i] ? -1 - cells.unit[cell]! : cells.block[cell]!),
    n: countUnits(cells, used).size,
    design: !paired.includes(true) ? across : paired.includes(false) ? mixed : within,
    note: incomplete === 0
      ? ""
      : `${cells.unitName} left out as they were in both arms and answered in one: ${incomplete}`,
    few: Math.min(first, used.length - first) < 2
      ? `an arm has answers of fewer than two ${cells.unitName}`
      : "",
  };
}

function countUnits(cells: Cells, places: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const cell of places) counts.set(cells.unit[cell]!, (counts.get(cells.unit[cell]!) ?? 0) + 1);
  return counts;
}

/** The arms other than the reference; none where there is a single arm. */
export function comparedArms({ arms, reference }: Cells): number[] {
  return reference < 0 ? [] : [...arms.keys()].filter((arm) => arm !== reference);
}

const confounder =
  "what differs by arm is a confounder: part of the arms' difference in answers may be drift";

/**
 * The difference of each arm from the reference in each column: least squares with CR2 covariance by unit and
 * Satterthwaite degrees of freedom (Pustejovsky and Tipton 2018), and a p-value from permuting arms within units that
 * were in both, else across units of a block. With `further` comparisons they are one family.
 */
export function differenceRows(
  cells: Cells,
  columns: readonly CellColumn[],
  settings: ConversationSettings,
  further: readonly ConversationRow[] = [],
): ConversationRow[] {
  const differenceOf = (column: CellColumn, arm: number): ConversationRow => {
    const { label, values } = column;
    const comparison = compareCells(cells, arm, (cell) => !Number.isNaN(values[cell]));
    const { n, design, note, few } = comparison;
    const row = {
      ...label,
      arm: cells.arms[arm]!,
      reference: cells.arms[cells.reference]!,
      estimator: "difference in means, CR2; p by permutation of arms",
      design,
      n,
      notes: [note, noteMissing(column, [arm, cells.reference])],
    };
    if (few !== "") return { ...row, verdict: "cannot tell", reason: [few] };
    const used = Float64Array.from(comparison.cells, (cell) => values[cell]!);
    const { outcome, item = "", turn = NaN } = label;
    const p_value = permuteDifference(used, comparison, settings, [outcome, item, String(turn), row.arm]);
    return { ...row, ...fitDifference(cells, used, comparison, settings.alpha), p_value };
  };
  const rows = columns.flatMap((column) => comparedArms(cells).map((arm) => differenceOf(column, arm)));
  return judgeFamily([...rows, ...further], settings, () => confounder);
}

function fitDifference(cells: Cells, used: Float64Array, comparison: CellComparison, alpha: number) {
  const blocks = comparison.cells.map((cell) => cells.block[cell]!);
  const fit = leastSquares([used.map(() => 1), comparison.marked], used, {
    clusters: comparison.cells.map((cell) => cells.unit[cell]!),
    ...(new Set(blocks).size > 1 ? { fixedEffects: [blocks] } : {}),
  });
  const found = { estimate: fit.coefficients[1]!, stdError: fit.standardErrors[1]!, df: fit.df[1]! };
  return inferScore(found, alpha);
}

/** The interval of a mean or difference of scores, whose largest size is 1. */
function inferScore(found: { estimate: number; stdError: number; df: number }, alpha: number) {
  const { reason, std_error, ...inferred } = inferEstimate(found, alpha, 1);
  return { ...inferred, std_error, reason: std_error === 0 ? ["no interval as scores do not vary"] : reason };
}

function permuteDifference(
  used: Float64Array,
  { marked, groups }: CellComparison,
  { permutations, seed }: ConversationSettings,
  names: readonly string[],
): number {
  // Values sum to 0 in each group, so that a difference in means is in proportion to the sum of the marked.
  const means = new Map(
    [...Map.groupBy(used.keys(), (i) => groups[i]!)]
      .map(([group, members]) => [group, members.reduce((sum, i) => sum + used[i]!, 0) / members.length]),
  );
  const centred = used.map((value, i) => value - means.get(groups[i]!)!);
  const sum = centred.reduce((total, value, i) => total + value * marked[i]!, 0);
  const random = stream(seed, "conversation", ...names);
  const sums = permuteSums(centred, marked, { random, groups, permutations });
  const noise = 1e-12 * centred.reduce((total, value) => total + Math.abs(value), 0);
  const size = (value: number): number => Math.abs(value) <= noise ? 0 : Math.abs(value);
  return permutationPValue(size(sum), sums.map(size));
}

/**
 * Each cell's part in the least-squares slope of its arm's means over turns, as a column: the slope of its own scores
 * where none is missing. The mean of an arm's cells is the slope of its means. Slopes of what each happens to have
 * answered would not do: a curve is steeper at its start, and an arm that refuses more would seem to decay otherwise;
 * so only turns count at which each of the `arms` has answers.
 */
export function slopeColumn(
  cells: Cells,
  columns: readonly CellColumn[],
  arms: readonly number[] = [...cells.arms.keys()],
): CellColumn {
  const has = ({ values }: CellColumn, cell: number): boolean => !Number.isNaN(values[cell]);
  const members = arms.map((arm) =>
    cellsOfArm(cells, arm).filter((cell) => columns.some((column) => has(column, cell)))
  );
  const used = columns.filter((column) => members.every((own) => own.some((cell) => has(column, cell))));
  const weights = slopeWeights(used.map(({ label }) => label.turn!));
  const values = new Float64Array(cells.unit.length).fill(NaN);
  for (const own of members) {
    for (const cell of own) values[cell] = used.length < 2 ? NaN : 0;
    used.forEach((column, i) => {
      const answered = own.filter((cell) => has(column, cell));
      const { mean } = moments(answered.map((cell) => column.values[cell]!));
      for (const cell of own) values[cell]! += weights[i]! * mean;
      for (const cell of answered) {
        values[cell]! += weights[i]! * (column.values[cell]! - mean) * own.length / answered.length;
      }
    });
  }
  const total = (arm: number, count: "total" | "missing") =>
    columns.reduce((sum, column) => sum + column.asked[arm]![count], 0);
  const asked = cells.arms.map((_, arm) => ({ total: total(arm, "total"), missing: total(arm, "missing") }));
  return { label: { outcome: "change per turn" }, values, asked };
}

/** The weights that make a sum of values at these turns their least-squares slope. */
function slopeWeights(turns: readonly number[]): number[] {
  const { mean } = moments(turns);
  const spread = turns.reduce((sum, turn) => sum + (turn - mean) ** 2, 0);
  return turns.map((turn) => (turn - mean) / spread);
}

/**
 * Tests in each arm whether scores change over turns, and says whether they fall or rise. Without change the answers of
 * a persona may stand at any turn, so each unit's scores change places among its own turns.
 */
export function trendRows(
  cells: Cells,
  columns: readonly CellColumn[],
  settings: ConversationSettings,
  [falls, rises]: readonly [falls: string, rises: string],
): ConversationRow[] {
  const rows = cells.arms.map((name, arm): ConversationRow => {
    const slopes = slopeColumn(cells, columns, [arm]);
    const { n, mean, variance } = moments(valuesOfArm(cells, slopes.values, arm));
    const answered = cellsOfArm(cells, arm).map((cell) =>
      columns.map(({ label, values }) => ({ turn: label.turn!, score: values[cell]! }))
        .filter(({ score }) => !Number.isNaN(score))
    );
    const own = answered.filter((scores) => scores.length > 1);
    const [few, short] = [own.length < 2, answered.length - own.length];
    const found = { estimate: mean, stdError: Math.sqrt(variance / n), df: n - 1 };
    const inferred = inferScore(found, settings.alpha);
    return {
      ...slopes.label,
      arm: name,
      estimator: `slope of means over ${cells.unitName}; p by permutation of each one's turns`,
      design: `within ${cells.unitName}`,
      ...inferred,
      p_value: few ? NaN : permuteTurns(own, name, settings),
      n,
      notes: short > 0 && !few
        ? [`${cells.unitName} left out of the test with answers at fewer than two turns: ${short}`]
        : [],
      reason: few
        ? [...inferred.reason, `fewer than two ${cells.unitName} answered at two turns`]
        : inferred.reason,
    };
  });
  return judgeFamily(rows, settings, ({ estimate = NaN }) => estimate < 0 ? falls : rises);
}

/** Adjusts a family of tests (Holm) and gives each its verdict; `says` is told of what was found. */
function judgeFamily(
  rows: readonly ConversationRow[],
  { alpha }: ConversationSettings,
  says: (row: ConversationRow) => string,
): ConversationRow[] {
  const adjusted = adjustPValues(rows.map(({ p_value = NaN }) => p_value), "holm");
  return rows.map((row, i): ConversationRow => {
    const p_adjusted = adjusted[i]!;
    if (Number.isNaN(p_adjusted)) return { ...row, verdict: "cannot tell" };
    if (p_adjusted > alpha) return { ...row, p_adjusted, verdict: "not found" };
    return { ...row, p_adjusted, verdict: "found", notes: [says(row), ...row.notes] };
  });
}

function permuteTurns(
  units: readonly (readonly { readonly turn: number; readonly score: number }[])[],
  arm: string,
  { permutations, seed }: ConversationSettings,
): number {
  const scores = units.flatMap((own) => own.map(({ score }) => score));
  const weights = units.flatMap((own) => slopeWeights(own.map(({ turn }) => turn)));
  const groups = units.flatMap((own, i) => own.map(() => i));
  const sizeOf = (places: ArrayLike<number>): number => {
    const total = Math.abs(scores.reduce((sum, score, i) => sum + score * weights[places[i]!]!, 0));
    return total < 1e-12 * scores.length ? 0 : total;
  };
  const sizes: number[] = [];
  const places = [...scores.keys()];
  const options = { random: stream(seed, "conversation", "turns", arm), groups, permutations };
  const { exact } = permuteLabels(places, (labels) => sizes.push(sizeOf(labels)), options);
  return permutationPValue(sizeOf(places), sizes, { exact });
}
