import { checkColumns, checkRows } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { basisRules, column, columns, intervalRules, oneOf, readOptions, required } from "../core/options.ts";
import type { BasisOptions, IntervalOptions, ReadOptions, RulesFor } from "../core/options.ts";
import { type EstimateRow, estimateRow, estimateTableColumns } from "../core/rows.ts";
import { isLong, pickOutcome } from "../core/study.ts";
import { columnOf, encodeLabels, groupRows, heldColumns, tableOf, tableOfRows } from "../core/table.ts";
import { type Table, takeRows } from "../core/table.ts";
import { inferEstimate } from "../stats/inference.ts";
import { moments, sum } from "../stats/moments.ts";
import { answerTable } from "./check_table.ts";

/** Options of {@linkcode estimateAgreement}. */
export interface EstimateAgreementOptions extends IntervalOptions, BasisOptions {
  /** The question that judges answered: an item of a long table, a column of a wide one. */
  item: string;
  /**
   * The column that tells judges apart.
   * @default {"member"} where the table has it; else all answers are those of one judge
   */
  judges?: string;
  /**
   * The columns that together name what was judged.
   * @default {undefined} those of `session`, `arm`, `wording`, `replicate` and `line` that all tables have
   */
  judged?: string | readonly string[];
  /**
   * People's judgements of the same lines, one row each; with these each judge is held against each of the people.
   * @default {undefined} judges are held against each other
   */
  human?: Table;
  /**
   * How far apart two judgements are: all that differ alike, by their ranks, or by their numbers.
   * @default {undefined} "ordinal" of numbers, "nominal" of names and where there are but two values
   */
  scale?: "nominal" | "ordinal" | "interval";
}

const action = "estimate agreement";
const rules = {
  ...intervalRules,
  ...basisRules,
  item: required<string>(column.check),
  judges: column,
  judged: columns,
  human: answerTable,
  scale: oneOf(["nominal", "ordinal", "interval"], undefined),
} as const satisfies RulesFor<EstimateAgreementOptions>;
type Settings = ReadOptions<EstimateAgreementOptions, typeof rules>;

/**
 * Estimates how far two judges agree beyond chance: two models on the same lines, or a model and people.
 *
 * Krippendorff's alpha takes both judges for draws of one; Cohen's kappa lets each have habits of its own, and counts
 * squared distances where the scale is not nominal. Both are 1 where all agree and 0 where they agree as often as by
 * chance. The standard error is the jackknife's over sessions, whose lines are alike, with Student's t: from 8 sessions on
 * intervals covered 93 to 96% on ordinal and interval scales, and 90 to 95% of a rare answer.
 *
 * @param answers judgements, one row each, as of `ask(items, { each: "line" })`; long or wide
 * @param options see {@linkcode EstimateAgreementOptions}
 * @returns for each pair of judges `krippendorff_alpha` and `cohen_kappa` (column `estimator`): `outcome`, `arm` and
 * `reference` (the judges), `scale`, `estimate`, `std_error`, `statistic`, `df` (sessions less one), `p_value` (of
 * agreement by chance), `conf_low`, `conf_high`, `conf_level`, `n` (lines that both judged), `share_agreeing`, `basis`,
 * `notes`, `reason`
 * @throws {RangeError} if there are not two judges, one judged a line twice, or numbers are needed and there are none
 * @see Krippendorff 2011, Computing Krippendorff's Alpha-Reliability; Cohen 1968, Psychological Bulletin 70: 213-220
 * @example A model's judgements against people's
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { estimateAgreement } from "@understudy/understudy/audit";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const [session, line] = [["a", "a", "b", "b", "c", "c"], [1, 2, 1, 2, 1, 2]];
 * const model = tableOf({ session, line, rude: [1, 0, 0, 1, 0, 0] });
 * const human = tableOf({ session, line, rude: [1, 0, 0, 0, 0, 0] });
 * const agreement = estimateAgreement(model, { item: "rude", human });
 * assertAlmostEquals(agreement.get("estimate", 0), 1 - (1 / 6) / (2 * 3 * 9 / (12 * 11)));
 * ```
 */
export function estimateAgreement(answers: Table, options: EstimateAgreementOptions): Table {
  const settings = readOptions(action, options, rules, answers);
  const { human } = settings;
  checkColumns(action, answers, [settings.judges ?? []].flat(), "answers");
  const shared = ["session", "arm", "wording", "replicate", "line"].filter((name) =>
    [answers, human ?? answers].every((table) => table.columnNames().includes(name))
  );
  const judged = [settings.judged ?? shared].flat();
  const rule = "name the columns that tell lines apart, as 'line'";
  if (judged.length === 0) throw new RangeError(cannot(action, "judged", rule, "none"));
  const own = readJudges("answers", answers, settings, judged);
  const others = human === undefined ? own : readJudges("human", human, settings, judged);
  const pairs = own.flatMap((judge, at) =>
    (human === undefined ? own.slice(at + 1) : others).map((other) => [judge, other] as const)
  );
  if (pairs.length === 0 || pairs.length > mostPairs) {
    const rule = `tell apart two judges or more, of at most ${mostPairs} pairs`;
    const told = cannot(action, "judges", rule, own.map(({ name }) => name));
    throw new RangeError(`${told}; for example { judges: "role" }, or people's { human }`);
  }
  // Lines of a session are alike.
  const place = judged.indexOf("session");
  const sessionOf = (line: string) => place < 0 ? line : JSON.parse(line)[place];
  return tableOfRows(
    pairs.flatMap(([first, second]) => pairRows([first, second], sessionOf, settings)),
    estimateTableColumns(["scale"], ["share_agreeing"]),
  );
}

const mostPairs = 45;

type Judge = { readonly name: string; readonly lines: ReadonlyMap<string, string | number> };

function readJudges(argument: string, table: Table, settings: Settings, judged: readonly string[]): Judge[] {
  const { item, judges = "member" } = settings;
  checkRows(action, table, argument);
  const picked = pickJudgements(argument, table, item);
  checkColumns(action, picked, judged, argument);
  const held = heldColumns(picked);
  const nobody = argument === "human" ? "human" : "model";
  const found = groupRows(held[item]!.map((_, row) => String(held[judges]?.[row] ?? nobody)));
  return [...found].sort(([a], [b]) => a < b ? -1 : 1).map(([name, rows]) => {
    const lines = new Map<string, string | number>();
    for (const row of rows) {
      const value = held[item]![row];
      if ((value ?? "") === "" || (held.status?.[row] ?? "answered") !== "answered") continue;
      const line = JSON.stringify(judged.map((column) => String(held[column]![row])));
      if (lines.has(line)) {
        const rule = `tell apart what ${name} judged, who judged one thing twice`;
        throw new RangeError(`${cannot(action, "judged", rule, judged)} (in '${argument}')`);
      }
      lines.set(line, ["boolean", "number"].includes(typeof value) ? Number(value) : String(value));
    }
    return { name, lines };
  });
}

/** The rows of the item, whatever their steps: judges may be asked one after the other. */
function pickJudgements(argument: string, table: Table, item: string): Table {
  const items = isLong(table) ? columnOf(table, "item") : [];
  const rows = [...items.keys()].filter((row) => items[row] === item);
  // Says which items or columns there are.
  if (rows.length === 0) return pickOutcome(action, table, item, { argument });
  const taken = heldColumns(takeRows(table, rows));
  return tableOf({ ...taken, [item]: taken.value! });
}

type Scale = NonNullable<Settings["scale"]>;
type Pair = readonly [Float64Array, Float64Array];

function pairRows(
  [first, second]: readonly [Judge, Judge],
  sessionOf: (line: string) => string,
  settings: Settings,
): EstimateRow[] {
  const both = [...first.lines.keys()].filter((line) => second.lines.has(line));
  const said = [first, second].flatMap(({ lines }) => both.map((line) => lines.get(line)!));
  const values = new Set(said);
  const numeric = said.every((value) => typeof value === "number");
  const scale = settings.scale ?? (numeric && values.size > 2 ? "ordinal" : "nominal");
  if (scale !== "nominal" && !numeric) {
    throw new RangeError(cannot(action, "scale", "be nominal where judgements are names", scale));
  }
  const numbers = scale === "nominal" ? encodeLabels(action, settings.item, said).codes : said as number[];
  const all = Float64Array.from(numbers);
  const pair: Pair = [all.slice(0, both.length), all.slice(both.length)];
  const sessions = [...groupRows(both.map(sessionOf)).values()];
  const isRough = sessions.length < 20 && scale === "nominal";
  const alone = first.lines.size + second.lines.size - 2 * both.length;
  return (["krippendorff_alpha", "cohen_kappa"] as const).map((estimator) => {
    const measure = (of: Pair) => (estimator === "cohen_kappa" ? kappaOf : alphaOf)(of, scale);
    const found = { estimate: measure(pair), ...jackknife(pair, sessions, measure) };
    const inference = inferEstimate(found, settings.alpha);
    return estimateRow({
      outcome: settings.item,
      arm: first.name,
      reference: second.name,
      estimator,
      scale,
      ...inference,
      conf_high: Math.min(1, inference.conf_high),
      n: both.length,
      share_agreeing: 1 - apart(...pair, true),
      basis: settings.basis,
      notes: [
        `${sessions.length} sessions`,
        alone > 0 ? `judged by one of the two and left out: ${alone}` : "",
        isRough ? "few sessions: intervals of a rare answer cover 90 to 95%" : "",
      ],
      reason: [
        both.length === 0 ? "no line was judged by both" : "",
        values.size === 1 ? "all judgements are the same, as they would be by chance" : "",
        ...inference.reason,
      ],
    });
  });
}

/** √((G − 1)/G Σ_g (estimate without session g − their mean)²). */
function jackknife([a, b]: Pair, sessions: readonly (readonly number[])[], measure: (pair: Pair) => number) {
  const G = sessions.length;
  const without = sessions.map((own) => {
    const left = new Set(own);
    return measure([a.filter((_, line) => !left.has(line)), b.filter((_, line) => !left.has(line))]);
  });
  return { stdError: G < 2 ? NaN : (G - 1) * Math.sqrt(moments(without).variance / G), df: G - 1 };
}

/** 1 − observed / expected disagreement of all judgements. Ordinal distances are those of mean ranks. */
function alphaOf([a, b]: Pair, scale: Scale): number {
  const all = Float64Array.from([...a, ...b]);
  const n = all.length;
  const equal = [...groupRows(all)].sort(([a], [b]) => a - b);
  if (scale === "nominal") {
    const same = sum(equal.map(([, { length }]) => length * (length - 1)));
    return 1 - apart(a, b, true) / (1 - same / (n * (n - 1)));
  }
  let before = 0;
  if (scale === "ordinal") {
    for (const [, rows] of equal) {
      for (const row of rows) all[row] = before + (rows.length + 1) / 2;
      before += rows.length;
    }
  }
  return 1 - apart(all.subarray(0, a.length), all.subarray(a.length)) / (2 * moments(all).variance);
}

/** 1 − observed / expected disagreement of two judges with habits of their own; distances are squared. */
function kappaOf([a, b]: Pair, scale: Scale): number {
  const N = a.length;
  if (scale === "nominal") {
    const [first, second] = [groupRows(a), groupRows(b)];
    const both = [...first].map(([value, own]) => own.length * (second.get(value)?.length ?? 0));
    return 1 - apart(a, b, true) / (1 - sum(both) / N ** 2);
  }
  const [first, second] = [moments(a), moments(b)];
  const spread = (first.variance + second.variance) * (N - 1) / N + (first.mean - second.mean) ** 2;
  return 1 - apart(a, b) / spread;
}

/** The mean squared distance; of names the share that differ. */
function apart(a: Float64Array, b: Float64Array, areNames = false): number {
  return sum(a.map((one, at) => areNames ? Number(one !== b[at]) : (one - b[at]!) ** 2)) / a.length;
}
