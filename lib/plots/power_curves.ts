import { cannot, checkColumns, checkRows, columnOf, groupRows, type Table } from "../core/mod.ts";
import { normalCdf, normalQuantile } from "../stats/distributions.ts";
import { numbersOf, textsOf } from "./figure_text.ts";

/** The power of one series of scenarios along one of their values. */
export interface PowerCurve {
  readonly label: string;
  /** Its points, from left to right. */
  readonly points: readonly { readonly x: number; readonly power: number }[];
  /** The points and what lies between them. */
  readonly line: readonly { readonly x: number; readonly power: number }[];
  /** Where the power reaches the target; `NaN` where it does not. */
  readonly reached: number;
  /** `throughout` and `never` where no point lies on the other side of the target. */
  readonly extent: "within" | "throughout" | "never";
}

/** What is computed from a scenario, and tells no scenarios apart. */
const computed = [
  "n_treatment",
  "n_reference",
  "clusters",
  "calls",
  "design_effect",
  "std_error",
  "df",
  "power",
  "reason",
  "power_wanted",
  "n_exact",
  "effect_sd",
];

/** Names of scenario values as a reader says them. */
const spoken: { readonly [name: string]: string } = {
  n: "n",
  effect: "effect",
  sd: "SD",
  cluster_size: "cluster size",
  icc: "ICC",
  r_squared: "R²",
  reply_icc: "reply ICC",
};

/** The value along which the curves run: the one asked for, else `n` or `effect`, whichever varies. */
export function abscissaOf(action: string, table: Table, asked: string | undefined): string {
  checkColumns(action, table, ["power", ...(asked === undefined ? [] : [asked])], "plan");
  checkRows(action, table, "plan");
  const names = table.columnNames();
  const found = asked ??
    ["n", "effect"].find((name) => names.includes(name) && new Set(numbersOf(table, name)).size > 1);
  if (found === undefined) {
    throw new RangeError(
      `Cannot ${action} as 'plan' has neither several 'n' nor several 'effect': ` +
        "for example planPower({ effect: 0.3, n: [100, 200, 400] })",
    );
  }
  if (numbersOf(table, found).every(Number.isNaN)) {
    throw new TypeError(cannot(action, "x", "name a column of numbers", found));
  }
  return found;
}

/** Groups a plan's rows into curves and finds where each reaches the target. */
export function powerCurvesOf(table: Table, x: string, target: number): PowerCurve[] {
  const [xs, powers] = [numbersOf(table, x), numbersOf(table, "power")];
  const labels = labelsOf(table, x);
  return [...groupRows(labels)].map(([label, rows]) => {
    const points = rows.map((row) => ({ x: xs[row]!, power: powers[row]! }))
      .filter((point) => Number.isFinite(point.x + point.power))
      .sort((a, b) => a.x - b.x);
    return { label, points, line: fillIn(points, x), ...reach(points, x, target) };
  });
}

function labelsOf(table: Table, x: string): string[] {
  const names = table.columnNames();
  if (names.includes("label")) return textsOf(table, "label");
  const varying = names.filter((name) =>
    name !== x && !computed.includes(name) && new Set(columnOf(table, name).map(String)).size > 1
  );
  if (varying.length === 0) return textsOf(table, "test").map((test) => test.replaceAll("_", " ") || "power");
  const columns = varying.map((name) => textsOf(table, name));
  return Array.from({ length: table.numRows() }, (_, row) =>
    varying.map((name, i) => {
      const value = columns[i]![row]!.replaceAll("_", " ");
      return name === "test" || value === ""
        ? value
        : `${spoken[name] ?? name.replaceAll("_", " ")} ${value}`;
    }).filter((text) => text !== "").join(", "));
}

type Point = PowerCurve["points"][number];

function reach(points: readonly Point[], x: string, target: number): Pick<PowerCurve, "reached" | "extent"> {
  const first = points.findIndex(({ power }) => power >= target);
  if (first < 0) return { reached: NaN, extent: "never" };
  const right = points[first]!;
  if (first === 0) return { reached: right.x, extent: right.power === target ? "within" : "throughout" };
  const scale = scaleOf(x);
  const left = points[first - 1]!;
  const [from, to] = [left, right].map(({ power }) => normalQuantile(power)) as [number, number];
  const part = Number.isFinite(from) && Number.isFinite(to)
    ? (normalQuantile(target) - from) / (to - from)
    : (target - left.power) / (right.power - left.power);
  return { reached: scale.back(between(scale.to(left.x), scale.to(right.x), part)), extent: "within" };
}

/** Points between those computed: probits of power are close to straight in √n, and in the effect. */
function fillIn(points: readonly Point[], x: string): Point[] {
  const scale = scaleOf(x);
  return points.flatMap((right, place) => {
    const left = points[place - 1];
    if (left === undefined) return [right];
    const [from, to] = [left, right].map(({ power }) => normalQuantile(power)) as [number, number];
    if (!Number.isFinite(from) || !Number.isFinite(to)) return [right];
    const steps = 10;
    return Array.from({ length: steps }, (_, i) => {
      const part = (i + 1) / steps;
      const power = normalCdf(between(from, to, part));
      return part === 1
        ? right
        : { x: scale.back(between(scale.to(left.x), scale.to(right.x), part)), power };
    });
  });
}

function between(from: number, to: number, part: number): number {
  return from + (to - from) * part;
}

function scaleOf(x: string): { to: (value: number) => number; back: (value: number) => number } {
  return x === "n"
    ? { to: Math.sqrt, back: (root) => root * root }
    : { to: (value) => value, back: (value) => value };
}
