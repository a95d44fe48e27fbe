import { sessionAnswers } from "../core/session_rows.ts";
import { stream } from "../core/stream.ts";
import { isLong } from "../core/study.ts";
import { columnOf, distinct, groupRows, type Table } from "../core/table.ts";
import { leastSquares } from "../stats/least_squares.ts";
import { moments } from "../stats/moments.ts";
import { adjustPValues } from "../stats/multiplicity.ts";
import { permutationPValue } from "../stats/permutation.ts";
import { readControls } from "./answers.ts";
import type { DriftSettings } from "./control_options.ts";
import { groupAnswers, readReplies } from "./open_bias.ts";

/** How many random orders of an item's answers say how much of an outcome they tell by chance. */
const orders = 199;

/**
 * Says which question of a run would help most as a further control, where those there are were too weak: the one whose
 * answers tell most of what the controls and the arms leave of the outcome, by the share of its variance between answers
 * (ε², Kelley 1935, which is 0 on average where they tell nothing), against random orders of the answers at hand.
 */
export function furtherControl(
  action: string,
  table: Table,
  { outcome, controls }: { readonly outcome: string; readonly controls: readonly string[] },
  settings: DriftSettings,
): string {
  const answers = sessionAnswers(table);
  const replies = readReplies(action, answers, outcome, settings);
  if (!isLong(answers) || replies === null) return "";
  const items = distinct(columnOf<string>(answers, "item"))
    .filter((item) => !controls.includes(item) && item !== outcome && !outcome.startsWith(`${item} = `));
  if (items.length === 0) return "no other question was asked that could be a control";
  const { reply, value } = replies;
  const arm = new Map(columnOf(answers, settings.arm).map((name, row) => [reply[row]!, String(name)]));
  const used = [...value.keys()].filter((at) => !Number.isNaN(value[at]));
  const read = readControls(action, answers, [...controls, ...items], []).map(({ codes, labels, rows }) => {
    const groups = groupAnswers(labels, codes);
    const groupOf = new Map(rows.map((row, at) => [reply[row]!, codes[at]! < 0 ? -1 : groups[codes[at]!]!]));
    return used.map((at) => groupOf.get(at) ?? -1);
  });
  const known = read.slice(0, controls.length);
  const { residuals } = leastSquares([], used.map((at) => value[at]!), {
    fixedEffects: [used.map((at) => arm.get(at)!), ...known],
    covarianceType: "classical",
  });
  const random = stream(settings.seed, "further control");
  const told = read.slice(controls.length).map((groups, at) => {
    const share = shareBetween(residuals, groups);
    const chance = Array.from({ length: orders }, () => shareBetween(residuals, random.shuffle(groups)));
    return { item: items[at]!, share, p: permutationPValue(share, chance, { exact: false }) };
  }).filter(({ share }) => Number.isFinite(share));
  const adjusted = adjustPValues(told.map(({ p }) => p));
  const telling = told.filter((_, at) => adjusted[at]! <= settings.alpha).sort((a, b) => b.share - a.share);
  if (telling.length === 0) {
    return "none of the other questions asked is shown to tell more of the outcome than the controls do";
  }
  const { item, share } = telling[0]!;
  const left = `${Math.round(100 * share)}% of what the controls leave of the outcome`;
  return `as a further control '${item}' would help most, if the treatment cannot change it: its answers tell ${left}`;
}

/** The share of the variance that lies between groups, less what chance gives: ε² = 1 − MS within / MS total. */
function shareBetween(values: ArrayLike<number>, groups: readonly number[]): number {
  const sets = [...groupRows(groups).values()].map((rows) => moments(rows.map((row) => values[row]!)));
  const within = sets.reduce((sum, { n, variance }) => sum + (n > 1 ? (n - 1) * variance : 0), 0);
  const { n, variance } = moments(values);
  return 1 - within / (n - sets.length) / variance;
}
