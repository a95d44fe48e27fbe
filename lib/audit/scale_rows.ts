import { checkColumns, checkLevel } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Table } from "../core/table.ts";
import { normalCdf, normalQuantile } from "../stats/distributions.ts";
import { moments } from "../stats/moments.ts";
import { sampleQuantile } from "../stats/quantiles.ts";
import { readAlpha, readDraws } from "./audit_options.ts";
import { type AuditRow, notChecked } from "./audit_rows.ts";
import type { CheckScalesOptions, ScaleItems } from "./check_options.ts";
import { congruence } from "./one_factor.ts";
import {
  checkScale,
  coefficientsOf,
  readReplies,
  resampleCoefficients,
  type ScaleCoefficients,
  type ScaleReplies,
} from "./scale_replies.ts";

/** The rows of `checkScales` before adjustment. */
export function scaleRows(action: string, answers: Table, options: CheckScalesOptions): AuditRow[] {
  const settings = { alpha: readAlpha(action, options), ...readDraws(action, options) };
  const { scales, human, congruence: threshold = 0.85 } = options;
  checkLevel(action, "congruence", threshold);
  if (
    typeof scales !== "object" || scales === null || Array.isArray(scales) || Object.keys(scales).length === 0
  ) {
    throw new TypeError(
      cannot(action, "scales", 'name scales, such as { trust: { items: ["a", "b"] } }', scales),
    );
  }
  checkColumns(action, answers, [], "answers");
  if (human !== undefined) checkColumns(action, human, [], "human");
  return Object.entries(scales).flatMap(([name, given]) => {
    const scale: ScaleItems = Array.isArray(given) ? { items: given } : given as ScaleItems;
    checkScale(action, name, scale);
    const own = sideOf(readReplies(action, answers, scale, options), {
      ...settings,
      name: `${name} respondent`,
    });
    const people = human === undefined
      ? null
      : sideOf(readReplies(action, human, scale, {}), { ...settings, name: `${name} human` });
    return rowsOf(name, scale, own, people, { alpha: settings.alpha, threshold });
  });
}

/** One side's coefficients with their bootstrap draws; no draws where replies are too few. */
interface Side {
  readonly replies: ScaleReplies;
  readonly found: ScaleCoefficients | null;
  readonly draws: readonly ScaleCoefficients[];
}

function sideOf(replies: ScaleReplies, settings: { draws: number; seed: number; name: string }): Side {
  if (replies.units.length <= replies.reversed.length) return { replies, found: null, draws: [] };
  const found = coefficientsOf(replies.rows, replies.reversed);
  return { replies, found, draws: resampleCoefficients(replies, settings) };
}

interface Judge {
  readonly alpha: number;
  readonly threshold: number;
}

function rowsOf(name: string, scale: ScaleItems, own: Side, people: Side | null, judge: Judge): AuditRow[] {
  const base = { item: name, n: own.replies.units.length, value: NaN, value_human: NaN };
  if (own.found === null) {
    const reason = `too few replies answer all items: ${own.replies.rows.length}`;
    return [notChecked({ ...base, check: "scale", reason })];
  }
  const rows = (["alpha", "omega"] as const)
    .filter((kind) => kind === "alpha" || scale.items.length > 2)
    .map((kind) => reliabilityRow(kind, name, own, people, judge));
  if (people?.found && scale.items.length > 2) rows.push(loadingsRow(name, own, people, judge));
  const turned = own.replies.reversed.filter(Boolean).length;
  if (turned > 0 && turned < scale.items.length) rows.push(reverseRow(name, own, judge.alpha));
  return rows;
}

const logOf = (reliability: number): number => -Math.log(1 - reliability);

function deviationOf(side: Side, of: (found: ScaleCoefficients) => number): number {
  return Math.sqrt(moments(side.draws.map(of).filter(Number.isFinite)).variance);
}

function reliabilityRow(
  kind: "alpha" | "omega",
  name: string,
  own: Side,
  people: Side | null,
  { alpha }: Judge,
): AuditRow {
  const z = normalQuantile(1 - alpha / 2);
  const of = (found: ScaleCoefficients) => logOf(found[kind]);
  const [value, spread] = [own.found![kind], deviationOf(own, of)];
  const base = { check: kind, item: name, n: own.replies.units.length, value };
  if (!people?.found) return notChecked({ ...base, ...describeReliability(kind, value, z * spread) });
  const difference = of(own.found!) - of(people.found);
  const error = Math.hypot(spread, deviationOf(people, of));
  const usable = Number.isFinite(difference) && error > 0;
  return {
    ...base,
    compared: "respondent v. people",
    measure: `ln of the ratio of what is not ${kind}`,
    statistic: difference,
    null_mean: 0,
    null_high: usable ? z * error : NaN,
    p_value: usable ? 2 * normalCdf(-Math.abs(difference) / error) : NaN,
    conf_low: usable ? difference - z * error : NaN,
    conf_high: usable ? difference + z * error : NaN,
    value_human: people.found[kind],
    problem: "significant",
    reason: `${kind} ${value.toFixed(2)}, among people ${people.found[kind].toFixed(2)}${
      incompleteNote(own)
    }`,
  };
}

/** What is said of a reliability that is compared with nothing; its interval is that of ln(1 − reliability). */
function describeReliability(kind: "alpha" | "omega", value: number, half: number) {
  const back = (end: number) => 1 - Math.exp(-end);
  return {
    measure: kind === "alpha" ? "Cronbach's alpha" : "McDonald's omega",
    statistic: value,
    conf_low: back(logOf(value) - half),
    conf_high: back(logOf(value) + half),
    value_human: NaN,
    reason: "described only: how well the scale holds together among people is not known; give { human }",
  };
}

function loadingsRow(name: string, own: Side, people: Side, { alpha, threshold }: Judge): AuditRow {
  const value = congruence(own.found!.loadings, people.found!.loadings);
  const draws = own.draws.map((draw, at) => congruence(draw.loadings, people.draws[at]!.loadings))
    .filter(Number.isFinite).sort((a, b) => a - b);
  const usable = Number.isFinite(value) && draws.length > 0;
  return {
    check: "loadings",
    item: name,
    compared: "respondent v. people",
    measure: "Tucker's congruence of loadings",
    statistic: value,
    null_mean: 1,
    null_high: threshold,
    p_value: NaN,
    conf_low: usable ? sampleQuantile(draws, alpha / 2) : NaN,
    conf_high: usable ? sampleQuantile(draws, 1 - alpha / 2) : NaN,
    n: own.replies.units.length,
    value,
    value_human: 1,
    problem: usable ? value < threshold : null,
    reason: usable ? `judged by the threshold ${threshold}` : "an item does not vary",
  };
}

function reverseRow(name: string, own: Side, alpha: number): AuditRow {
  const value = own.found!.reverse;
  const error = deviationOf(own, ({ reverse }) => Math.atanh(reverse));
  const z = normalQuantile(1 - alpha / 2);
  const usable = Number.isFinite(Math.atanh(value)) && error > 0;
  return {
    check: "reverse-keyed",
    item: name,
    compared: "reverse-keyed v. other items",
    measure: "correlation, as answered",
    statistic: value,
    null_mean: -1,
    null_high: usable ? Math.tanh(-z * error) : 0,
    p_value: usable ? 2 * normalCdf(-Math.abs(Math.atanh(value)) / error) : NaN,
    conf_low: usable ? Math.tanh(Math.atanh(value) - z * error) : NaN,
    conf_high: usable ? Math.tanh(Math.atanh(value) + z * error) : NaN,
    n: own.replies.units.length,
    value,
    value_human: NaN,
    problem: Number.isNaN(value) ? null : value >= 0 ? true : usable ? "not significant" : false,
    reason: `a negative correlation is hoped for${incompleteNote(own)}`,
  };
}

function incompleteNote({ replies }: Side): string {
  return replies.incomplete === 0 ? "" : `; replies left out as they lack an item: ${replies.incomplete}`;
}
