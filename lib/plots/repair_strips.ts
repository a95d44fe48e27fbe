import { checkColumns, columnOf, distinct, type Table } from "../core/mod.ts";
import type { Repair, RepairComparison } from "../drift/mod.ts";
import { type DriftRow, driftRowsOf } from "./drift_rows.ts";
import { effectRowsOf, type Truth } from "./effect_rows.ts";
import { textsOf } from "./figure_text.ts";

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
  /** Drawn as a departure: a control that is rejected, an interval that misses the truth. */
  readonly departs: boolean;
  readonly reason: string;
}

/** One control, or one effect, over all runs. */
export interface Strip {
  readonly kind: "drift" | "effect";
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
  const controls = columnOf(table, "control").map(String);
  const roleOf = (control: string) => textsOf(table, "role")[controls.indexOf(control)] ?? "";
  const severalArms = distinct(rows.map(({ arms }) => arms)).length > 1;
  const groups = [...Map.groupBy(rows, ({ control, arms }) => `${control}\n${arms}`).values()];
  const order = ["steer", "control", "judge", "", "missing"];
  const strips = groups.map((group) => {
    const { control, arms } = group[0]!;
    const role = roleOf(control);
    const detail = [roles[role] ?? "", severalArms ? arms : ""].filter((text) => text !== "").join(", ");
    const points = group.map((row): StripPoint => ({
      run: labels.indexOf(row.label),
      value: row.statistic,
      low: row.low,
      high: row.high,
      nullHigh: row.nullHigh,
      departs: row.drifts,
      reason: row.reason,
    }));
    return {
      place: order.indexOf(role),
      strip: { kind: "drift", name: control, detail, points, truth: NaN } as const,
    };
  });
  return strips.sort((a, b) => a.place - b.place).map(({ strip }) => strip);
}

function effectStrips(
  action: string,
  table: Table,
  labels: readonly string[],
  truth: Truth | undefined,
): Strip[] {
  const rows = effectRowsOf(action, table, { truth, label: "label" });
  const terms = textsOf(table, "term");
  const [outcomes, references] = [textsOf(table, "outcome"), textsOf(table, "reference")];
  const indexed = rows.map((row, index) => ({ row, index, key: `${outcomes[index]}\n${terms[index]}` }));
  return [...Map.groupBy(indexed, ({ key }) => key).values()].map((group) => {
    const { row, index } = group[0]!;
    const arms = references[index] === "" ? terms[index]! : `${terms[index]} v. ${references[index]}`;
    return {
      kind: "effect",
      name: outcomes[index] === "" ? arms : `on ${outcomes[index]}`,
      detail: outcomes[index] === "" ? "" : arms,
      truth: row.truth,
      points: group.map(({ row }): StripPoint => ({
        run: labels.indexOf(row.label),
        value: row.estimate,
        low: row.low,
        high: row.high,
        nullHigh: NaN,
        departs: row.covers === false,
        reason: row.reason,
      })),
    };
  });
}
