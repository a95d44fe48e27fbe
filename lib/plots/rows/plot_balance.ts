import { cannot } from "../../core/errors.ts";
import { readOptions, rule } from "../../core/options.ts";
import { distinct, type Table } from "../../core/table.ts";
import { verdictKey } from "../card.ts";
import { checkDrawn, drawnRows, labelsOf } from "../drawn_table.ts";
import { type Figure, type StackedFigureOptions, stackedRules } from "../figure.ts";
import { writeNumber, writeShort } from "../numbers.ts";
import { lookOfVerdict, looks } from "../palette.ts";
import type { PlotRow } from "./row.ts";
import { drawRows } from "./draw_rows.ts";

/** How balance is drawn; see {@linkcode plotBalance}. */
export interface PlotBalanceOptions extends StackedFigureOptions {
  /**
   * The difference beyond which a point is drawn in another colour and shape, marked by dashed lines; 0.1 is usual.
   * @default {undefined} no lines; colour and shape follow the verdict
   */
  threshold?: number;
}

const action = "plot balance";
const rules = { ...stackedRules, threshold: rule<number, undefined>(checkThreshold, undefined) } as const;

/**
 * Draws balance as a love plot: the standardized difference of every covariate, beside what chance allows.
 *
 * For the table of `checkBalance`. The grey band of a row holds 95% of the differences that random assignment alone gives.
 * Stack tables with a `label` column to compare before and after weighting: the last is filled, those before are rings.
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
 * const same = { arm: "threat", reference: "control", null_high: 0.2 };
 * const balance = tableOf([
 *   { covariate: "age", level: "", ...same, statistic: 0.24, verdict: "found" },
 *   { covariate: "party", level: "left", ...same, statistic: -0.05, verdict: "not found" },
 * ]);
 * const figure = plotBalance(balance, { threshold: 0.1 });
 * assertStringIncludes(figure.summary, "age 0.24, found; party: left −0.05, not found");
 * ```
 */
export function plotBalance(balance: Table, options: PlotBalanceOptions = {}): Figure {
  const { threshold, unit, label, ...asked } = readOptions(action, options, rules);
  const differences = readDifferences(balance, label);
  const arms = distinct(differences.map((row) => row.arms));
  const stacked = distinct(differences.map(({ sample }) => sample).filter((name) => name !== ""));
  const groups = [...Map.groupBy(differences, (row) => `${row.name}\n${row.arms}`).values()];
  const before = { look: looks.ring, text: stacked.slice(0, -1).join(", ") };
  const samplesKey = [before, { look: null, text: `filled: ${stacked.at(-1)}` }];
  return drawRows({
    table: balance,
    asked,
    title: "Are the arms alike in what was known before the treatment?",
    panels: [{
      axis: unit ?? `standardized difference${arms.length === 1 ? `, ${arms[0]}` : ""}`,
      rows: groups.map((group) => {
        return { ...rowOf(group, threshold), detail: arms.length > 1 ? group[0]!.arms : "" };
      }),
      zero: { value: 0 },
    }],
    valueHead: [stacked.length > 1 ? stacked.join(" → ") : "difference", "verdict"],
    key: [
      { look: "band", text: "what random assignment alone gives (95%)" },
      { look: "dashed", text: `±${writeShort(threshold ?? NaN)}` },
      ...(threshold === undefined ? verdictKey : [{ look: looks.departs, text: "beyond it" }]),
      ...(stacked.length > 1 ? samplesKey : []),
    ],
    missing: "cannot tell",
  });
}

/** Reads a table of balance, checked: each sample's difference of each covariate (or level) between two arms. */
function readDifferences(table: Table, label: string | undefined) {
  checkDrawn(action, { balance: table }, {
    columns: ["covariate", "level", "arm", "reference", "statistic"],
    from: "it is a table of checkBalance, as in plotBalance(checkBalance(assigned, { covariates }))",
    label,
  });
  // Before or after weighting, for example; empty where there is one sample only.
  const samples = labelsOf(table, label);
  const texts = ["covariate", "level", "arm", "reference", "verdict", "reason"] as const;
  return drawnRows(table, texts, ["statistic", "null_high"]).map((row, place) => ({
    ...row,
    name: row.level === "" ? row.covariate : `${row.covariate}: ${row.level}`,
    arms: `${row.arm} less ${row.reference}`,
    sample: samples[place]!,
  }));
}

/** The samples of one covariate on one row: the last filled, those before it as rings. */
function rowOf(samples: ReturnType<typeof readDifferences>, threshold: number | undefined): PlotRow {
  const last = samples.at(-1)!;
  const { name, statistic: value, null_high: high, verdict, reason } = last;
  const told = verdict === "" ? looks.plain : lookOfVerdict(verdict);
  const beyond = Math.abs(value) > threshold! ? looks.departs : looks.plain;
  const look = Number.isNaN(value) ? looks.ring : threshold === undefined ? told : beyond;
  const all = samples.map(({ statistic }) => writeNumber(statistic, 2));
  return {
    label: name,
    points: samples.map((sample) => ({ value: sample.statistic, look: sample === last ? look : looks.ring })),
    value: samples.length > 1 ? all.join(" → ") : undefined,
    note: Number.isNaN(value) ? "" : verdict,
    look,
    reason,
    band: { low: -high, high },
    dashes: threshold === undefined ? [] : [-threshold, threshold],
  };
}

function checkThreshold(action: string, name: string, value: unknown): void {
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return;
  throw new RangeError(cannot(action, name, "be a positive number", value));
}
