import { checkLevel, checkOneOf } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { readOptions, required, rule } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { groupRows, type Table } from "../core/table.ts";
import { inferEstimate } from "../stats/inference.ts";
import { moments } from "../stats/moments.ts";
import { sampleQuantile } from "../stats/quantiles.ts";
import { resampleUnits } from "../stats/resampling.ts";
import { congruence, cronbachAlpha, itemCovariance, omegaOf } from "../stats/scale_reliability.ts";
import { oneFactorLoadings } from "../stats/scale_reliability.ts";
import { answerTable, type AuditCheck, type AuditDrawOptions, auditDrawRules } from "./check_table.ts";
import { type AuditRow, checkParts, judgeInterval, pickOptions, tidyAudit } from "./check_table.ts";
import { type AnswerColumns, readItem } from "./item_answers.ts";
import { type Draws, inferredColumns } from "./unit_statistics.ts";

/** Items that are to measure one thing. */
export interface ScaleItems {
  /** The items, at least two; at least three where loadings are to be compared. */
  items: readonly string[];
  /**
   * Those of the items that are keyed in reverse.
   * @default {[]}
   */
  reversed?: readonly string[];
}

/** Options of {@linkcode checkScales}. */
export interface CheckScalesOptions extends AuditDrawOptions {
  /** Scales by name; a list of items is a scale without reverse-keyed ones. */
  scales: { readonly [scale: string]: ScaleItems | readonly string[] };
  /**
   * People's answers to the same items, long or wide.
   * @default {undefined} alpha and omega are described, reverse-keyed items are tested
   */
  human?: Table;
  /**
   * Tucker's congruence of loadings below which (with its interval) a scale is said to measure something else than among
   * people.
   * @default {0.85}
   */
  congruence?: number;
}

const action = "check scales";
const rules = {
  ...auditDrawRules,
  scales: required<CheckScalesOptions["scales"]>(checkScaleItems),
  human: answerTable,
  congruence: rule<number, number>(checkLevel, 0.85),
} as const;

/**
 * Checks whether scales hold together as they do among people: reliability, loadings, and reverse-keyed items.
 *
 * Answers can have the right means and come from no one: items of a scale that do not go together, that go together too
 * well, or a reverse-keyed item that is answered like the others. Alpha and omega (one factor) are compared with
 * people's, loadings by Tucker's congruence, from replies that answer all items of a scale. Standard errors are from
 * bootstrap samples of personas, on the scale of ln(1 − reliability). Reverse-keyed items need no people: among the
 * attentive they correlate negatively with the others: a positive correlation is a problem, one that is not shown to be
 * negative tells nothing.
 *
 * @param answers one row per answer (long) or per reply (wide)
 * @param options see {@linkcode CheckScalesOptions}
 * @returns up to four rows per scale: `alpha` and `omega` (`statistic`: with people ln((1 − theirs) / (1 − the
 * respondent's)), above 0 more reliable than people; without, the coefficient itself, described only), `loadings`
 * (congruence with people's, its interval judged by the threshold), `reverse-keyed` (correlation of reverse-keyed with other items);
 * `value` and `value_human` (the coefficients), `p_value`, `p_adjusted` (Holm), `conf_low`, `conf_high`, `n`, `verdict`,
 * `notes`, `reason`
 * @throws {RangeError} if an item is missing or an item reversed is none of the scale's
 * @see Cronbach 1951; McDonald 1999; Lorenzo-Seva and ten Berge 2006, Methodology 2: 57-64 (congruence)
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checkScales } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const people = Array.from({ length: 100 }, (_, i) => i % 5);
 * const answers = tableOf({ calm: people, relaxed: people.map((x, i) => x + i % 2), tense: people.map((x) => x + 1) });
 * const scales = { ease: { items: ["calm", "relaxed", "tense"], reversed: ["tense"] } };
 * const check = checkScales(answers, { scales, draws: 200 });
 * assertEquals(check.array("verdict"), ["cannot tell", "cannot tell", "found"]);
 * ```
 */
export function checkScales(answers: Table, options: CheckScalesOptions): Table {
  return tidyAudit(scaleRows(answers, options), options.alpha, { value: NaN, value_human: NaN });
}

export const scalesCheck: AuditCheck<Partial<Pick<CheckScalesOptions, "scales">>> = {
  challenge: "alienness",
  check: "scales",
  rows: (tables, options) => {
    const { scales } = options;
    return scales === undefined
      ? "items that measure one thing: give { scales: { name: { items: [...], reversed: [...] } } }"
      : scaleRows(tables.answers, { ...pickOptions({ ...tables, ...options }, rules), scales });
  },
};

function checkScaleItems(action: string, name: string, scales: unknown): void {
  if (
    typeof scales !== "object" || scales === null || Array.isArray(scales) || Object.keys(scales).length === 0
  ) {
    throw new TypeError(
      cannot(action, name, 'name scales, such as { trust: { items: ["a", "b"] } }', scales),
    );
  }
  for (const [scale, given] of Object.entries(scales)) {
    const path = `${name}.${scale}`;
    const parts = itemsOfScale(given as ScaleItems);
    checkParts(action, path, parts, {
      known: ["items", "reversed"],
      example: '{ items: ["a", "b", "c"], reversed: ["c"] }',
    });
    const { items, reversed = [] } = parts;
    if (!Array.isArray(items) || new Set(items).size < 2 || items.some((item) => typeof item !== "string")) {
      throw new RangeError(cannot(action, `${path}.items`, "name at least two items", items));
    }
    if (!Array.isArray(reversed)) {
      throw new TypeError(cannot(action, `${path}.reversed`, "be a list of items", reversed));
    }
    for (const item of reversed) checkOneOf(action, `${path}.reversed`, item, items);
  }
}

function itemsOfScale(given: ScaleItems | readonly string[]): ScaleItems {
  return Array.isArray(given) ? { items: given } : given as ScaleItems;
}

type Side = ReturnType<typeof readSide>;
type ScaleCoefficients = ReturnType<typeof coefficientsOf>;

function scaleRows(answers: Table, options: CheckScalesOptions): AuditRow[] {
  const { scales, human, ...settings } = readOptions(action, options, rules);
  return Object.entries(scales).flatMap(([name, given]) => {
    const scale = itemsOfScale(given);
    const own = readSide(answers, scale, settings, `${name} respondent`, settings);
    const people = human === undefined ? null : readSide(human, scale, {}, `${name} human`, settings);
    return rowsOf(name, scale, own, people, settings);
  });
}

/** One side's coefficients with their bootstrap draws; none where replies are too few. */
function readSide(
  table: Table,
  { items, reversed = [] }: ScaleItems,
  columns: AnswerColumns,
  name: string,
  { draws: replicates, seed }: Draws,
) {
  const replies = new Map<string, { unit: string; row: number[] }>();
  items.forEach((item, place) => {
    const sign = reversed.includes(item) ? -1 : 1;
    for (const { reply, unit, value } of readItem(action, table, item, columns).list) {
      if (!replies.has(reply)) replies.set(reply, { unit, row: items.map(() => NaN) });
      if (typeof value === "number") replies.get(reply)!.row[place] = sign * value;
    }
  });
  const whole = [...replies.values()].filter(({ row }) => !row.some(Number.isNaN));
  // Each unit's replies, one number per item; reverse-keyed items with their sign turned.
  const units = [...groupRows(whole.map(({ unit }) => unit)).values()].map((rows) =>
    rows.map((row) => whole[row]!.row)
  );
  const incomplete = replies.size - whole.length;
  const notes = [incomplete === 0 ? "" : `replies left out as they lack an item: ${incomplete}`];
  if (units.length <= items.length) return { units, found: null, draws: [], notes };
  const turned = items.map((item) => reversed.includes(item));
  const found = coefficientsOf(units.flat(), turned);
  const draws: ScaleCoefficients[] = [];
  resampleUnits(units.length, (drawn) => {
    draws.push(coefficientsOf(Array.from(drawn).flatMap((unit) => units[unit]!), turned));
  }, { random: stream(seed, "scale", name), replicates });
  return { units, found, draws, notes };
}

function rowsOf(
  name: string,
  { items, reversed = [] }: ScaleItems,
  own: Side,
  people: Side | null,
  { alpha, congruence: threshold }: { readonly alpha: number; readonly congruence: number },
): AuditRow[] {
  const base = { item: name, n: own.units.length, notes: own.notes };
  if (own.found === null) {
    return [{ ...base, check: "scale", reason: ["too few replies answer all items"] }];
  }
  const kinds = items.length > 2 ? ["alpha", "omega"] as const : ["alpha"] as const;
  const rows = kinds.map((kind): AuditRow => ({
    ...base,
    check: kind,
    ...(people?.found ? compareReliability(kind, own, people, alpha) : describeReliability(kind, own, alpha)),
  }));
  if (people?.found && items.length > 2) {
    rows.push({ ...base, check: "loadings", ...compareLoadings(own, people, alpha, threshold) });
  }
  if (reversed.length > 0 && reversed.length < items.length) {
    rows.push({ ...base, check: "reverse-keyed", ...testReversed(own, alpha) });
  }
  return rows;
}

/** A coefficient on a scale on which it is about normal, with its bootstrap standard error. */
function onScale(side: Side, of: (found: ScaleCoefficients) => number) {
  const variance = moments(side.draws.map(of).filter(Number.isFinite)).variance;
  return { estimate: of(side.found!), stdError: Math.sqrt(variance) };
}

type Reliability = "alpha" | "omega";
const logOf = (kind: Reliability) => (found: ScaleCoefficients) => -Math.log(1 - found[kind]);

function compareReliability(kind: Reliability, own: Side, people: Side, alpha: number): Partial<AuditRow> {
  const [one, other] = [own, people].map((side) => onScale(side, logOf(kind)));
  const estimate = one!.estimate - other!.estimate;
  const stdError = Math.hypot(one!.stdError, other!.stdError);
  const [value, value_human] = [own.found![kind], people.found![kind]];
  const told = `${kind} ${value.toFixed(2)}, among people ${value_human.toFixed(2)}`;
  return {
    compared: "respondent v. people",
    measure: `ln of the ratio of what is not ${kind}`,
    ...inferredColumns({ estimate, stdError, df: Infinity }, alpha),
    ...{ value, value_human },
    problem: "significant",
    notes: [told, ...own.notes],
  };
}

/** What is said of a reliability that is compared with nothing; its interval is that of ln(1 − reliability). */
function describeReliability(kind: Reliability, own: Side, alpha: number): Partial<AuditRow> {
  const { conf_low, conf_high } = inferEstimate({ ...onScale(own, logOf(kind)), df: Infinity }, alpha);
  const value = own.found![kind];
  return {
    measure: kind === "alpha" ? "Cronbach's alpha" : "McDonald's omega",
    statistic: value,
    conf_low: 1 - Math.exp(-conf_low),
    conf_high: 1 - Math.exp(-conf_high),
    value,
    reason: ["described only: how well the scale holds together among people is not known; give { human }"],
  };
}

function compareLoadings(own: Side, people: Side, alpha: number, threshold: number): Partial<AuditRow> {
  const value = congruence(own.found!.loadings, people.found!.loadings);
  const draws = own.draws.map((draw, at) => congruence(draw.loadings, people.draws[at]!.loadings))
    .filter(Number.isFinite).sort((a, b) => a - b);
  const judged = { compared: "respondent v. people", measure: "Tucker's congruence of loadings", value };
  const limits = { statistic: value, null_mean: 1, null_high: threshold, value_human: 1 };
  if (!Number.isFinite(value) || draws.length === 0) {
    return { ...judged, ...limits, reason: ["an item does not vary"] };
  }
  const [conf_low, conf_high] = [sampleQuantile(draws, alpha / 2), sampleQuantile(draws, 1 - alpha / 2)];
  return {
    ...judged,
    ...limits,
    ...{ conf_low, conf_high },
    ...judgeInterval([conf_low, conf_high], threshold, "below"),
    notes: [`judged by the threshold ${threshold}`, ...own.notes],
  };
}

function testReversed(own: Side, alpha: number): Partial<AuditRow> {
  const value = own.found!.reverse;
  const found = onScale(own, ({ reverse }) => Math.atanh(reverse));
  const { p_value, conf_low, conf_high, reason } = inferEstimate({ ...found, df: Infinity }, alpha);
  return {
    compared: "reverse-keyed v. other items",
    measure: "correlation, as answered",
    statistic: value,
    null_mean: -1,
    null_high: Number.isNaN(p_value) ? 0 : Math.tanh((conf_low - conf_high) / 2),
    p_value,
    conf_low: Math.tanh(conf_low),
    conf_high: Math.tanh(conf_high),
    value,
    ...(Number.isNaN(value)
      ? {}
      : Number.isNaN(p_value)
      ? { problem: value >= 0 }
      : { problem: conf_low >= 0 || "not significant" }),
    notes: ["a negative correlation is hoped for", ...own.notes],
    reason,
  };
}

function coefficientsOf(rows: readonly (readonly number[])[], reversed: readonly boolean[]) {
  const covariance = itemCovariance(rows);
  const loadings = oneFactorLoadings(covariance);
  let [forward, backward, both] = [0, 0, 0];
  covariance.forEach((row, i) =>
    row.forEach((value, j) => {
      if (reversed[i] && reversed[j]) backward += value;
      else if (!reversed[i] && !reversed[j]) forward += value;
      else if (reversed[i]) both += value;
    })
  );
  return {
    alpha: cronbachAlpha(covariance),
    omega: omegaOf(loadings),
    loadings,
    // The correlation of reverse-keyed with other items as answered: signs were turned.
    reverse: -both / Math.sqrt(forward * backward),
  };
}
