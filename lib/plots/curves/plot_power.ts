import { checkLevel } from "../../core/checks.ts";
import { readOptions, rule } from "../../core/options.ts";
import { columnOf, distinct, groupRows, type Table } from "../../core/table.ts";
import { normalCdf, normalQuantile } from "../../stats/distributions.ts";
import { checkDrawn, numbersIn, textsIn } from "../drawn_table.ts";
import { type AxisFigureOptions, axisRules, type Figure } from "../figure.ts";
import { decimalsOf, domainOf, writeNumber, writePercent } from "../numbers.ts";
import { looks, series } from "../palette.ts";
import { type Curve, type CurvePoint, drawCurves } from "./draw_curves.ts";

/** How power is drawn; see {@linkcode plotPower}. */
export interface PlotPowerOptions extends AxisFigureOptions {
  /**
   * The power that is wanted: a line across, and a mark where a curve reaches it.
   * @default {0.8}
   */
  target?: number;
}

const action = "plot power";
const rules = { ...axisRules, target: rule<number, number>(checkLevel, 0.8) } as const;

/**
 * Draws power curves: one for each series of scenarios, the wanted power as a line, and a mark at the smallest number of
 * personas (or the smallest effect) that reaches it.
 *
 * For the table of `planPower`. The curves run along `n` where it varies, else along `effect`, where the mark is the
 * minimum detectable effect. Scenarios that differ in anything else are different series.
 *
 * @param plan one row per scenario: `power`, `n` or `effect`, and where present `label` and what tells series apart
 * @param options see {@linkcode PlotPowerOptions}
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column is missing, the table is empty, or nothing varies
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { planPower } from "@understudy/understudy/designs";
 * import { plotPower } from "@understudy/understudy/plots";
 *
 * const plan = planPower({ effect: 0.5, n: [50, 100, 120, 140, 200], replicates: [1, 3], reply_icc: 0.5 });
 * assertStringIncludes(plotPower(plan).summary, "replicates 1 reaches 80% at n 128");
 * ```
 */
export function plotPower(plan: Table, options: PlotPowerOptions = {}): Figure {
  const { target, unit, ...asked } = readOptions(action, options, rules);
  const x = abscissaOf(plan);
  const [xs, powers] = [numbersIn(plan, x), numbersIn(plan, "power")];
  const domain = domainOf(xs.filter((_, row) => Number.isFinite(powers[row]!)));
  // People are counted in whole numbers; an effect has decimals.
  const decimals = decimalsOf(domain);
  const write = (value: number) => x === "n" ? String(Math.ceil(value)) : writeNumber(value, decimals);
  const wanted = writePercent(target);
  const groups = [...groupRows(seriesNames(plan, x))];
  const curves = groups.map(([label, rows], place): Curve => {
    const points = rows.map((row) => ({ x: xs[row]!, y: powers[row]! }))
      .filter((point) => Number.isFinite(point.x + point.y)).sort((a, b) => a.x - b.x);
    const path = fillIn(points, x);
    const { reached, extent } = reachTarget(path, target);
    const at = `${x} ${write(reached)}`;
    const [says, told] = {
      within: [`${wanted} from ${at}`, `reaches ${wanted} at ${at}`],
      throughout: [`${wanted} throughout`, `is above ${wanted} from ${at}`],
      never: [`never ${wanted} here`, `never reaches ${wanted}`],
    }[extent] as [string, string];
    return {
      name: label,
      says: [says],
      look: groups.length === 1 ? looks.plain : series[place % series.length]!,
      points,
      path,
      ...(extent === "within" ? { mark: { x: reached, y: target, foot: 0 } } : {}),
      told: `${label} ${told}`,
    };
  });
  return drawCurves({
    table: plan,
    asked,
    title: `Power by ${titles[x]}`,
    subtitle: "Probability that the study finds the effect",
    curves,
    axis: unit ?? units[x],
    domain,
    target,
    key: [
      { look: "dashed", text: `${wanted}, which is wanted` },
      ...(curves.some(({ mark }) => mark) ? [{ look: looks.ring, text: "where a curve reaches it" }] : []),
    ],
    notes: ["Dots are computed; the line between them is close."],
  });
}

const titles = { n: "number of personas", effect: "size of the effect" } as const;
const units = { n: "personas in all arms", effect: "true effect, in units of the outcome" } as const;

/** What is computed from a scenario, and tells no scenarios apart. */
const computed = [
  ...["n_treatment", "n_reference", "clusters", "calls", "design_effect", "std_error", "df", "power"],
  ...["notes", "reason", "power_wanted", "n_exact", "effect_sd"],
];

/** The value along which the curves run: `n` or `effect`, whichever varies. */
function abscissaOf(table: Table): "n" | "effect" {
  checkDrawn(action, { plan: table }, {
    columns: ["power"],
    from: "it is a table of planPower, as in plotPower(planPower({ effect: 0.3, n: [100, 200, 400] }))",
  });
  const found = (["n", "effect"] as const).find((name) => distinct(numbersIn(table, name)).length > 1);
  if (found !== undefined) return found;
  const example = "for example planPower({ effect: 0.3, n: [100, 200, 400] })";
  throw new RangeError(`Cannot ${action} as 'plan' has neither several 'n' nor several 'effect': ${example}`);
}

/** What each row's series is called: its label, else what tells series apart, else the test. */
function seriesNames(table: Table, x: string): string[] {
  const names = table.columnNames();
  if (names.includes("label")) return textsIn(table, "label");
  const varying = names.filter((name) =>
    name !== x && !computed.includes(name) && distinct(columnOf(table, name).map(String)).length > 1
  );
  if (varying.length === 0) return textsIn(table, "test").map((test) => test.replaceAll("_", " ") || "power");
  const columns = varying.map((name) =>
    textsIn(table, name).map((value) => {
      const said = value.replaceAll("_", " ");
      return name === "test" || said === "" ? said : `${name.replaceAll("_", " ")} ${said}`;
    })
  );
  return columns[0]!.map((_, row) =>
    columns.map((column) => column[row]!).filter((said) => said !== "").join(", ")
  );
}

/** Where a curve reaches the target: on its way, or from its beginning on, or never. */
export function reachTarget(path: readonly CurvePoint[], target: number): {
  reached: number;
  extent: "within" | "throughout" | "never";
} {
  const first = path.findIndex(({ y }) => y >= target);
  if (first < 0) return { reached: NaN, extent: "never" };
  const [left, right] = [path[first - 1], path[first]!];
  if (left === undefined) return { reached: right.x, extent: right.y === target ? "within" : "throughout" };
  const reached = left.x + (right.x - left.x) * (target - left.y) / (right.y - left.y);
  return { reached, extent: "within" };
}

/** The points and what lies between them: probits of power are close to straight in √n, and in the effect. */
function fillIn(points: readonly CurvePoint[], x: string): CurvePoint[] {
  const steps = 10;
  const power = x === "n" ? 0.5 : 1;
  return points.flatMap((right, place) => {
    const left = points[place - 1] ?? right;
    const [from, to] = [normalQuantile(left.y), normalQuantile(right.y)];
    if (left === right || !Number.isFinite(from - to)) return [right];
    const [low, high] = [left.x ** power, right.x ** power];
    const inner = Array.from({ length: steps - 1 }, (_, step): CurvePoint => {
      const part = (step + 1) / steps;
      return { x: (low + (high - low) * part) ** (1 / power), y: normalCdf(from + (to - from) * part) };
    });
    return [...inner, right];
  });
}
