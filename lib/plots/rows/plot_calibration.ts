import { readOptions } from "../../core/options.ts";
import type { Table } from "../../core/table.ts";
import { checkDrawn, drawnRows, intervalName, joinTexts, joinVarying } from "../drawn_table.ts";
import { labelsOf, namesIn, textsIn } from "../drawn_table.ts";
import type { Figure } from "../figure.ts";
import { writeShort } from "../numbers.ts";
import { looks } from "../palette.ts";
import { drawRows, remarksOn } from "./draw_rows.ts";
import { effectFigureRules, effectPanel, effectRows, truthKey } from "./plot_effects.ts";
import type { PlotEffectsOptions } from "./plot_effects.ts";
import type { PlotRow } from "./row.ts";

const action = "plot calibration";

const people = "people alone";
const names = { greg: "GREG", ppi: "PPI++", dt: "D-T", dip: "DiP", dip_pp: "DiP++", dt_dip: "D-T DiP" };

/**
 * Draws calibrated estimates beside those from people alone, whose interval lies behind each as a grey band: what the model
 * adds is by how much an interval is shorter than its band. Beside each stands λ, the weight of the model's predictions, and
 * how many people alone would be as precise; where the model adds nothing, or makes it worse, that is said.
 *
 * @param estimates the table of a `calibrate…` verb; with a `label` column, several stacked
 * @param options see {@linkcode PlotEffectsOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, the table is empty, or `truth` names an unknown arm
 * @example Eighty people and a model
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { plotCalibration, tableOf } from "@understudy/understudy";
 *
 * const calibrated = { estimator: "dt_dip", estimate: 0.42, conf_low: 0.21, conf_high: 0.63, lambda: 0.8 };
 * const alone = { estimator: "humans_alone", estimate: 0.51, conf_low: 0.1, conf_high: 0.92, lambda: 0 };
 * const { summary } = plotCalibration(tableOf([
 *   { arm: "letter", ...calibrated, n_human: 80, n_effective: 305, basis: "calibrated" },
 *   { arm: "letter", ...alone, n_human: 80, n_effective: 80, basis: "human" },
 * ]));
 * assertStringIncludes(summary, "D-T DiP 0.42 [0.21, 0.63], λ 0.8, worth 305 people");
 * ```
 */
export function plotCalibration(estimates: Table, options: PlotEffectsOptions = {}): Figure {
  const { truth, label, unit, ...asked } = readOptions(action, options, effectFigureRules);
  checkDrawn(action, { estimates }, {
    columns: ["estimator", "lambda", "n_human", "n_effective"],
    from: "it is a calibrated table, as in plotCalibration(calibrateEffects(human, synthetic, { outcome }))",
  });
  const drawn = effectRows(action, estimates, { truth, label });
  const told = drawnRows(estimates, ["estimator"], ["lambda", "lambda_reference", "n_human", "n_effective"]);
  const groups = [
    labelsOf(estimates, label),
    ...["outcome", "arm", "term"].map((name) => textsIn(estimates, name)),
    textsIn(estimates, "quantile").map((share) => share && `quantile ${share}`),
  ];
  const rows = drawn.map((row, at): PlotRow => {
    const { estimator, lambda, lambda_reference: other, n_human: n, n_effective: worth } = told[at]!;
    const alone = estimator === "humans_alone";
    const weights = [lambda, other].filter(Number.isFinite).map((each) => writeShort(each, 2));
    // λ that chance made may cost a little; less than this is no news.
    const gain = worth / n > 1.05 ? `worth ${Math.round(worth)} people` : "the model adds nothing";
    const said = worth / n < 0.9 ? "worse than people alone" : Number.isNaN(worth) ? "" : gain;
    const weighed = [`λ ${[...new Set(weights)].join("/")}`, said];
    const known = new Map(Object.entries(names)).get(estimator) ?? estimator.replaceAll("_", " ");
    return {
      ...row,
      group: joinVarying(groups, at),
      label: alone ? people : known,
      detail: "",
      look: row.look === looks.plain && (alone || worth / n < 1.05) ? looks.ring : row.look,
      note: joinTexts([...alone ? [`${n} people`] : weighed, row.note]),
    };
  });
  // People alone come first in their group: what the others are compared with.
  const ordered = [...Map.groupBy(rows, ({ group }) => group).values()].flatMap((own) => {
    const [first] = own.filter(({ label }) => label === people);
    const { low = NaN, high = NaN, value = NaN } = first?.points?.[0] ?? {};
    return [first ?? [], own.filter((row) => row !== first)].flat()
      .map((row) => ({ ...row, band: { low, high, middle: value } }));
  });
  const outcome = namesIn(estimates, "outcome").join(", ") || "the outcome";
  const has = (column: string) => namesIn(estimates, column).length > 0;
  const compared = has("reference") || has("term");
  const what = compared ? "Effects on" : has("quantile") ? "Quantiles of" : "Means of";
  const units = `${has("term") ? "coefficient, in " : ""}units of ${outcome}`;
  const panel = effectPanel(estimates, ordered, unit ?? (has("reference") ? undefined : units));
  const texts = textsIn(estimates, "notes");
  const notes = texts.map((reason, row) => {
    return { what: "note", name: new Set(texts).size === 1 ? "all" : rows[row]!.label, reason };
  });
  return drawRows({
    table: estimates,
    asked,
    title: `${what} ${outcome}, people alone and with a model`,
    panels: [compared ? panel : { ...panel, zero: undefined }],
    valueHead: [`estimate [${intervalName(estimates)}]`],
    key: [
      { look: "band", text: `${intervalName(estimates)} of people alone` },
      { look: looks.plain, text: "calibrated: the model adds to it" },
      ...truthKey(rows),
    ],
    notes: [
      "λ is the weight of the model's answers: near 0, the model adds nothing.",
      has("quantile")
        ? "People's worth is in knowing the share below a quantile; an interval's ends jump."
        : "",
      ...remarksOn(notes).slice(0, 2),
    ],
    missing: "not estimated",
  });
}
