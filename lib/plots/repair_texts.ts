import type { Table } from "../core/mod.ts";
import { basisNote, missingNote, textsOf, writeInterval, writeNumber } from "./figure_text.ts";
import type { RepairStrips, Strip } from "./repair_strips.ts";
import type { RowPlotTexts, RowText } from "./row_layout.ts";

/** How many decimals each kind of strip is written with. */
export interface StripDecimals {
  readonly drift: number;
  readonly effect: number;
}

/** The texts around a repair plot; `listed` where the runs do not fit under the axis and stand in a note. */
export function repairTexts(
  repair: RepairStrips,
  options: { title?: string; subtitle?: string },
  { effects, listed }: { effects: Table; listed: boolean },
): RowPlotTexts {
  const { runs, ordered, strips } = repair;
  const list = runs.map(({ text, verdict }, run) => `${run}: ${text}, ${verdict}.`);
  const bases = effects.columnNames().includes("basis") ? [basisNote(textsOf(effects, "basis"))] : [];
  return {
    title: options.title ??
      (ordered
        ? "Do the simulated people stay the same once more of them is stated?"
        : "In which rendering do the simulated people stay the same?"),
    subtitle: options.subtitle ??
      (ordered
        ? "Drift of negative controls, and the effect, as attributes are added to the persona"
        : "Drift of negative controls, and the effect, in each rendering of the experiment"),
    axis: ordered ? "attributes added to the persona, step by step" : "rendering",
    valueHead: ordered ? ["first → last"] : ["left to right"],
    notes: [
      ...(listed ? list : []),
      ...missingNotes(repair),
      "Orange squares: controls that differ between arms after adjustment for their number" +
      (strips.some(({ truth }) => !Number.isNaN(truth))
        ? ", and intervals that miss the true effect. "
        : ". ") +
      (ordered
        ? "Controls that steer decide when it stops, those that judge do not; the effect never does. "
        : "") +
      "Blue circles do not prove that nothing changed.",
      ...bases,
    ],
  };
}

function missingNotes({ strips, runs }: RepairStrips): string[] {
  return strips.flatMap(({ name, points }) =>
    points.filter(({ value }) => Number.isNaN(value)).map(({ run, reason }) =>
      missingNote("Not computed", `${name} (${runs[run]!.text})`, reason)
    )
  );
}

/** The texts of every strip, with a heading where drift and effect begin. */
export function stripTexts({ strips, ordered }: RepairStrips, decimals: StripDecimals): RowText[] {
  return strips.map((strip, index) => ({
    label: strip.name,
    detail: strip.detail,
    value: ordered ? firstAndLast(strip, decimals[strip.kind]) : allValues(strip, decimals[strip.kind]),
    note: Number.isNaN(strip.truth) ? "" : `dashed: true effect ${writeNumber(strip.truth, decimals.effect)}`,
    heading: strips[index - 1]?.kind === strip.kind ? "" : strip.kind === "drift" ? "Drift" : "Effect",
    indented: false,
  }));
}

function firstAndLast({ points }: Strip, decimals: number): string {
  const values = points.map(({ value }) => writeNumber(value, decimals));
  return values.length < 2 ? values.join() : `${values[0]} → ${values.at(-1)}`;
}

function allValues({ points }: Strip, decimals: number): string {
  return points.map(({ value }) => writeNumber(value, decimals)).join(", ");
}

/** Each run in words. */
export function runSentences({ runs, strips }: RepairStrips, decimals: StripDecimals): string[] {
  return runs.map(({ text, verdict }, run) => {
    const parts = strips.filter(({ kind }) => kind === "effect").flatMap(({ name, points }) =>
      points.filter((point) => point.run === run).map(({ value, low, high }) =>
        `effect ${name} ${writeInterval(value, low, high, decimals.effect)}`
      )
    );
    const moved = strips.filter(({ kind, points }) =>
      kind === "drift" && points.some((point) => point.run === run && point.departs)
    ).map(({ name }) => name);
    return [`${text}: ${verdict}${moved.length > 0 ? ` (${moved.join(", ")})` : ""}`, ...parts].join(", ");
  });
}
