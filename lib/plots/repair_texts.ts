import type { Table } from "../core/mod.ts";
import { basisNote, missingNote, textsOf, writeInterval, writeNumber } from "./figure_text.ts";
import { marginOf, type RepairStrips, type Strip } from "./repair_strips.ts";
import type { RowPlotTexts, RowText } from "./row_layout.ts";

/** How many decimals each measure is written with; effects are a measure, too. */
export type StripDecimals = ReadonlyMap<string, number>;

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
      "Blue circles do not prove that nothing changed." +
      (strips.some((strip) => !Number.isNaN(marginOf(strip)))
        ? " Dashed lines of drift: the margin; below margin means that drift is shown to be smaller."
        : ""),
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
    value: ordered
      ? firstAndLast(strip, decimals.get(strip.measure)!)
      : allValues(strip, decimals.get(strip.measure)!),
    note: noteOf(strip, { ordered, decimals: decimals.get(strip.measure)! }),
    heading: strips[index - 1]?.kind === strip.kind ? "" : strip.kind === "drift" ? "Drift" : "Effect",
    indented: false,
  }));
}

/** What the dashed line of a strip is, and whether drift is shown to be below it: at last, or side by side in all runs. */
function noteOf(strip: Strip, { ordered, decimals }: { ordered: boolean; decimals: number }): string {
  const [truth, margin] = [strip.truth, marginOf(strip)];
  if (!Number.isNaN(truth)) return `dashed: true effect ${writeNumber(truth, decimals)}`;
  if (Number.isNaN(margin)) return "";
  const below = strip.points.slice(ordered ? -1 : 0).every((point) => point.below);
  return `${below ? "below margin" : "margin"} ${Number(margin.toPrecision(3))}`;
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
        `effect ${name} ${writeInterval(value, low, high, decimals.get("effect")!)}`
      )
    );
    const moved = strips.filter(({ kind, points }) =>
      kind === "drift" && points.some((point) => point.run === run && point.departs)
    ).map(({ name }) => name);
    return [`${text}: ${verdict}${moved.length > 0 ? ` (${moved.join(", ")})` : ""}`, ...parts].join(", ");
  });
}
