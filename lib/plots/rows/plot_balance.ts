import { cannot } from "../../core/errors.ts";
import { flag, readOptions, rule } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import type { KeyItem } from "../card.ts";
import { checkDrawn, labelsOf, readRows } from "../drawn_table.ts";
import { type Figure, type FigureOptions, figureRules, type StackOptions, stackRules } from "../figure.ts";
import { writeNumber, writeShort } from "../numbers.ts";
import { type Look, looks } from "../palette.ts";
import { lookOfVerdict, verdictKey } from "./plot_drift.ts";
import type { PlotRow } from "./row.ts";
import { drawRows } from "./row_plot.ts";

/** How balance is drawn; see {@linkcode plotBalance}. */
export interface PlotBalanceOptions extends FigureOptions, StackOptions {
  /**
   * The difference beyond which a point is drawn in another colour and shape, marked by dashed lines; 0.1 is usual.
   *
   * @default {undefined} no lines; colour and shape follow the verdict
   */
  threshold?: number;
  /**
   * Whether the sign of the differences is left out.
   *
   * @default {false}
   */
  absolute?: boolean;
}

const action = "plot balance";
const rules = {
  ...figureRules,
  ...stackRules,
  threshold: rule<number, undefined>(checkThreshold, undefined),
  absolute: flag(false),
} as const;

/**
 * Draws balance as a love plot: the standardized difference of every covariate, beside what chance allows.
 *
 * For the table of `checkBalance`. The grey band of a row holds 95% of the differences that random assignment alone
 * gives; where there is no band, none was computed. Stack tables with a `label` column to compare before and after
 * weighting: the last sample is filled, those before it are rings.
 *
 * @param balance one row per covariate (or level) and arm: `covariate`, `level`, `arm`, `reference`, `statistic`, and
 *   where present `null_high`, `verdict`, `label`, `iteration`, `reason`
 * @param options see {@linkcode PlotBalanceOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, the table is empty, or `threshold` is not positive
 * @see Love 2004, Graphical Display of Covariate Balance
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotBalance } from "@understudy/understudy/plots";
 * import { tableOf } from "@understudy/understudy/core";
 *
 * const balance = tableOf({
 *   covariate: ["age", "party"],
 *   level: ["", "left"],
 *   arm: ["threat", "threat"],
 *   reference: ["control", "control"],
 *   statistic: [0.24, -0.05],
 *   null_high: [0.2, 0.2],
 *   verdict: ["found", "not found"],
 * });
 * const figure = plotBalance(balance, { threshold: 0.1 });
 * assertStringIncludes(figure.summary, "age 0.24, found; party: left −0.05, not found");
 * ```
 */
export function plotBalance(balance: Table, options: PlotBalanceOptions = {}): Figure {
  const { threshold, absolute, label, ...asked } = readOptions(action, options, rules);
  const differences = readDifferences(balance, { threshold, absolute, label });
  const groups = [...Map.groupBy(differences, ({ key }) => key).values()];
  const arms = distinct(differences.map(({ arms }) => arms));
  const samples = distinct(differences.map(({ sample }) => sample)).filter((name) => name !== "");
  const rows = groups.map((group) => rowOf(group, arms.length > 1));
  const name = absolute ? "absolute standardized difference" : "standardized difference";
  return drawRows({
    table: balance,
    asked,
    title: "Are the arms alike in what was known before the treatment?",
    panels: [{
      axis: arms.length === 1 ? `${name}, ${arms[0]}` : name,
      rows,
      zero: { value: 0 },
      ...(absolute ? { from: 0 } : {}),
    }],
    valueHead: [samples.length > 1 ? samples.join(" → ") : "difference", "verdict"],
    key: keyOf(rows, samples, threshold),
    missing: "not computed",
  });
}

/** One sample's difference of one covariate (or level) between two arms. */
interface Difference {
  readonly key: string;
  readonly name: string;
  readonly arms: string;
  /** Before or after weighting, for example; empty where there is one sample only. */
  readonly sample: string;
  readonly value: number;
  readonly verdict: string;
  readonly look: Look;
  readonly reason: string;
  readonly band: NonNullable<PlotRow["band"]>;
  readonly dashes: readonly number[];
}

function readDifferences(
  table: Table,
  { label, threshold, absolute }: {
    label: string | undefined;
    threshold: number | undefined;
    absolute: boolean;
  },
): Difference[] {
  checkDrawn(action, table, {
    argument: "balance",
    columns: ["covariate", "level", "arm", "reference", "statistic"],
    from: "it is a table of checkBalance, as in plotBalance(checkBalance(assigned, { covariates }))",
    label,
  });
  const samples = labelsOf(table, label);
  const texts = ["covariate", "level", "arm", "reference", "verdict", "reason"] as const;
  return readRows(table, texts, ["statistic", "null_high"]).map((own, row): Difference => {
    const { covariate, level, verdict, reason, statistic, null_high: high } = own;
    const beyond = Math.abs(statistic) > (threshold ?? Infinity);
    return {
      key: JSON.stringify([covariate, level, own.arm, own.reference]),
      name: level === "" ? covariate : `${covariate}: ${level}`,
      arms: `${own.arm} less ${own.reference}`,
      sample: samples[row]!,
      value: absolute ? Math.abs(statistic) : statistic,
      verdict,
      look: threshold === undefined ? lookOfVerdict(verdict) : beyond ? looks.departs : looks.plain,
      reason,
      band: { low: absolute ? 0 : -high, high },
      dashes: threshold === undefined ? [] : absolute ? [threshold] : [-threshold, threshold],
    };
  });
}

/** The samples of one covariate on one row: the last filled, those before it as rings. */
function rowOf(samples: readonly Difference[], severalArms: boolean): PlotRow {
  const last = samples.at(-1)!;
  const { name, arms, verdict, look, reason, band, dashes } = last;
  const known = !Number.isNaN(last.value);
  const filled = look === looks.ring && known ? looks.plain : look;
  return {
    label: name,
    detail: severalArms ? arms : "",
    points: samples.map((sample) => ({ value: sample.value, look: sample === last ? filled : looks.ring })),
    ...(samples.length > 1 ? { value: samples.map(({ value }) => writeNumber(value, 2)).join(" → ") } : {}),
    note: known ? verdict : "",
    look: filled,
    reason,
    band,
    dashes,
  };
}

function keyOf(
  rows: readonly PlotRow[],
  samples: readonly string[],
  threshold: number | undefined,
): KeyItem[] {
  const banded = rows.some(({ band }) => Number.isFinite(band!.high));
  return [
    ...(banded ? [{ look: "band", text: "what random assignment alone gives (95%)" } as const] : []),
    ...(threshold === undefined ? verdictKey(rows.map(({ look }) => look)) : [
      { look: "dashed", text: `±${writeShort(threshold)}` } as const,
      ...(rows.some(({ look }) => look === looks.departs)
        ? [{ look: looks.departs, text: "beyond it" }]
        : []),
    ]),
    ...(samples.length > 1 ? [{ look: looks.ring, text: samples.slice(0, -1).join(", ") }] : []),
    ...(samples.length > 1 ? [{ look: null, text: `filled: ${samples.at(-1)}` }] : []),
  ];
}

function checkThreshold(action: string, name: string, value: unknown): void {
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return;
  throw new RangeError(cannot(action, name, "be a positive number", value));
}
