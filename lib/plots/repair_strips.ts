import { checkColumns, distinct, type Table } from "../core/mod.ts";
import type { Repair, RepairComparison } from "../drift/mod.ts";
import { type DriftRow, driftRowsOf } from "./drift_rows.ts";
import { type EffectRow, effectRowsOf, type Truth } from "./effect_rows.ts";
import { readTexts, textsOf } from "./figure_text.ts";

/** What a repair plot draws: the record of `repairDrift`, or of `compareRepairs`. */
export type RepairRecord =
  | Pick<Repair, "iterations" | "drift" | "effects">
  | Pick<RepairComparison, "repairs" | "drift" | "effects">;

/** One point of a strip, at the place of one run. */
export interface StripPoint {
  /** The place of the run, from 0. */
  readonly run: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** The 95% point of the null; `NaN` for effects. */
  readonly nullHigh: number;
  /** What drift was tested to be below; `NaN` for none, and for effects. */
  readonly margin: number;
  /** Whether drift is shown to be below the margin. */
  readonly below: boolean;
  /** Drawn as a departure: a control that is rejected, an interval that misses the truth. */
  readonly departs: boolean;
  readonly reason: string;
}

/** What drift of a strip was tested to be below; `NaN` for none. */
export function marginOf({ points }: Strip): number {
  return points.find(({ margin }) => Number.isFinite(margin))?.margin ?? NaN;
}

/** One control, or one effect, over all runs. */
export interface Strip {
  readonly kind: "drift" | "effect";
  /** How it was measured: strips of one measure share a scale; "effect" for effects. */
  readonly measure: string;
  readonly name: string;
  /** What tells it from its neighbours: its role, its arms. */
  readonly detail: string;
  readonly points: readonly StripPoint[];
  /** The true effect; `NaN` where it is unknown. */
  readonly truth: number;
}

/** One run: an iteration, or a repair. */
export interface RunLabel {
  /** What was added, or the repair's name. */
  readonly text: string;
  readonly verdict: string;
}

/** A repair ready to be drawn. */
export interface RepairStrips {
  readonly runs: readonly RunLabel[];
  /** Whether the runs follow one another. */
  readonly ordered: boolean;
  readonly strips: readonly Strip[];
}

const roles: { readonly [role: string]: string } = {
  steer: "steers",
  judge: "judges",
  missing: "refused or unreadable",
};

/** Reads the record of a repair, checked. */
export function repairStripsOf(
  action: string,
  repair: RepairRecord,
  options: { truth: Truth | undefined },
): RepairStrips {
  const ordered = "iterations" in repair;
  const table = ordered ? repair.iterations : repair.repairs;
  checkColumns(action, table, ["label", "verdict", ...ordered ? ["added"] : []], "repair");
  const labels = distinct(textsOf(table, "label"));
  const runs = labels.map((label, run) => runLabel(table, label, run, ordered));
  const drift = driftStrips(driftRowsOf(action, repair.drift, "label"), repair.drift, labels);
  if (repair.effects.numRows() === 0) return { runs, ordered, strips: drift };
  return {
    runs,
    ordered,
    strips: [...drift, ...effectStrips(action, repair.effects, labels, options.truth)],
  };
}

function runLabel(table: Table, label: string, run: number, ordered: boolean): RunLabel {
  const rows = textsOf(table, "label").map((text, row) => ({ text, row })).filter(({ text }) =>
    text === label
  );
  const verdicts = distinct(rows.map(({ row }) => textsOf(table, "verdict")[row]!));
  // Of several arms, the worst is what a reader must know.
  const verdict = verdicts.find((text) => text === "drift remains") ?? verdicts.at(-1)!;
  const added = ordered ? textsOf(table, "added")[rows[0]!.row]! : "";
  return { text: !ordered ? label : run === 0 ? label : `+${added}`, verdict };
}

function driftStrips(rows: readonly DriftRow[], table: Table, labels: readonly string[]): Strip[] {
  const controls = textsOf(table, "control");
  const roleOf = (control: string) => textsOf(table, "role")[controls.indexOf(control)] ?? "";
  const severalArms = distinct(rows.map(({ arms }) => arms)).length > 1;
  const order = ["steer", "control", "judge", "", "missing"];
  const strips = [
    ...Map.groupBy(rows, ({ control, measure, arms }) => `${control}\n${measure}\n${arms}`).values(),
  ].map(
    (group) => {
      const { control, measure, name, arms } = group[0]!;
      const role = roleOf(control);
      const detail = [roles[role] ?? "", severalArms ? arms : ""].filter((text) => text !== "").join(", ");
      const points = group.map((row) => driftPoint(row, labels));
      return {
        place: order.indexOf(role),
        strip: { kind: "drift", measure, name, detail, points, truth: NaN } as const,
      };
    },
  );
  return strips.sort((a, b) => a.place - b.place).map(({ strip }) => strip);
}

function driftPoint(row: DriftRow, labels: readonly string[]): StripPoint {
  const { statistic: value, low, high, nullHigh, margin, drifts: departs, reason } = row;
  const below = row.verdict === "drift below margin";
  return { run: labels.indexOf(row.label), value, low, high, nullHigh, margin, below, departs, reason };
}

function effectStrips(
  action: string,
  table: Table,
  labels: readonly string[],
  truth: Truth | undefined,
): Strip[] {
  const rows = effectRowsOf(action, table, { truth, label: "label" });
  const text = readTexts(table, ["outcome", "arm", "reference"]);
  const indexed = rows.map((row, index) => ({ row, index }));
  const groups = Map.groupBy(indexed, ({ index }) => `${text.outcome[index]}\n${text.arm[index]}`);
  return [...groups.values()].map((group) => {
    const { row, index } = group[0]!;
    const [outcome, term, reference] = [text.outcome[index]!, text.arm[index]!, text.reference[index]!];
    const arms = reference === "" ? term : `${term} v. ${reference}`;
    return {
      kind: "effect",
      measure: "effect",
      name: outcome === "" ? arms : `on ${outcome}`,
      detail: outcome === "" ? "" : arms,
      truth: row.truth,
      points: group.map(({ row }) => effectPoint(row, labels)),
    };
  });
}

function effectPoint(row: EffectRow, labels: readonly string[]): StripPoint {
  const { estimate: value, low, high, reason } = row;
  return {
    run: labels.indexOf(row.label),
    value,
    low,
    high,
    nullHigh: NaN,
    margin: NaN,
    below: false,
    departs: row.covers === false,
    reason,
  };
}
