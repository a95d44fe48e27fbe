import { cannot, checkOptions, checkText, checkWhole, isTable, type Table } from "../core/mod.ts";
import { checkDrawn } from "./check_drawn.ts";
import { armKey, armStyles, controlMarks } from "./control_marks.ts";
import { type SharesByArm, sharesByArm } from "./control_shares.ts";
import { drawRows } from "./draw_rows.ts";
import { Figure } from "./figure.ts";
import { firstFew } from "./figure_text.ts";
import { colours } from "./palette.ts";
import { layOutRows, type RowPlotTexts, type RowText } from "./row_layout.ts";

/** How controls are drawn; see {@linkcode plotControls}. */
export interface PlotControlsOptions {
  /** The negative controls: names of items (long table) or of columns (wide table). */
  controls: string | readonly string[];
  /**
   * The column of the arm.
   *
   * @default "arm"
   */
  arm?: string;
  /**
   * The arm that is drawn first, as a ring.
   *
   * @default the reference that `assignTreatments` recorded; else "control", else the first of two in sorted order
   */
  reference?: string;
  /**
   * For each control, its categories in their order, as `estimateDrift` takes them; others follow.
   *
   * @default yes before no, numbers in their order, options as they were shown; else the most frequent first
   */
  levels?: { readonly [control: string]: readonly (string | number)[] };
  /**
   * For each control, what its categories are called in the figure.
   *
   * @default "yes" and "no" where answers say that 1 and 0 stand for them, else the categories themselves
   */
  labels?: { readonly [control: string]: { readonly [category: string]: string } };
  /**
   * The sentence above the figure; ask what was checked, do not say what was found.
   *
   * @default "Who answers in each arm?"
   */
  title?: string;
  /**
   * A second sentence, in smaller print.
   *
   * @default "Negative controls: the treatment should not be able to change these answers"
   */
  subtitle?: string;
  /**
   * The width in pixels, 320 to 2000. Below 540 the values stand below the labels.
   *
   * @default 640
   */
  width?: number;
}

const action = "plot controls";
const known = ["controls", "arm", "reference", "levels", "labels", "title", "subtitle", "width"];

/**
 * Draws how negative controls were answered in each arm: each category's share, arm by arm, joined by a line.
 *
 * Shares are of the answers that were given, each counted once; missing ones are counted below. Long lines are
 * differences; whether chance alone gives them is for `estimateDrift` and `plotDrift` to say, which also respect blocks
 * and replicates. At most five arms; of more than eight categories the last stand together as others.
 *
 * @param answers one row per answer (long: `item`, `value`, `status`) or per persona and arm (wide)
 * @param options see {@linkcode PlotControlsOptions} (defaults there)
 * @returns a {@linkcode Figure}
 * @throws {RangeError} if a column, control or arm is not there, or there are more than five arms
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { plotControls } from "@understudy/understudy/plots";
 *
 * const answers = tableOf({
 *   persona_id: ["p1", "p2", "p3", "p4"],
 *   arm: ["control", "control", "threat", "threat"],
 *   paper: ["left", "right", "right", "right"],
 * });
 * const figure = plotControls(answers, { controls: "paper" });
 * assertStringIncludes(figure.summary, "paper: right 50% v. 100%, left 50% v. 0%");
 * ```
 */
export function plotControls(answers: Table, options: PlotControlsOptions): Figure {
  const shares = readShares(answers, options);
  const texts = textsAround(shares, options);
  const layout = layOutRows(texts, rowTexts(shares), { width: options.width ?? 640, headHeight: 30 });
  const told = sentences(shares);
  const largest = Math.max(0.1, ...shares.rows.flatMap((row) => row.shares.filter(Number.isFinite)));
  const domain = [0, Math.min(1, largest) * 1.04] as const;
  const step = largest > 0.5 ? 0.2 : largest > 0.2 ? 0.1 : 0.05;
  const ticks = Array.from({ length: Math.floor(domain[1] / step) + 1 }, (_, i) => i * step);
  const svg = drawRows({
    layout,
    domain,
    rowColours: shares.rows.map(() => colours.ink),
    marks: [...controlMarks(shares, layout), ...armKey(shares.arms, layout)],
    ticks: { at: ticks, format: percent },
    title: texts.title,
    description: `${told.join("; ")}. ${texts.notes.join(" ")}`,
  });
  const arms = `(${shares.arms.join(" v. ")})`;
  return new Figure({ svg, summary: `${texts.title} ${arms} ${firstFew(told, 4)}.`, table: answers });
}

function readShares(answers: Table, options: PlotControlsOptions): SharesByArm {
  checkOptions(action, options, known);
  const { arm = "arm", reference, levels = {}, labels = {}, width = 640 } = options;
  checkWhole(action, "width", width, 320, 2000);
  const controls = [options.controls ?? []].flat();
  if (controls.length === 0) {
    throw new TypeError(cannot(action, "controls", "name at least one item or column", options.controls));
  }
  for (const control of controls) checkText(action, "controls", control);
  for (const [argument, named] of Object.entries({ levels, labels })) {
    const unknown = Object.keys(named).find((control) => !controls.includes(control));
    if (unknown !== undefined) throw new RangeError(cannot(action, argument, "name controls", unknown));
  }
  const long = isTable(answers) && ["item", "value"].every((name) => answers.columnNames().includes(name));
  checkDrawn(action, answers, {
    argument: "answers",
    columns: [arm, ...long ? [] : controls],
    from: "it is a table of answers, such as runExperiment returns, or a wide one",
  });
  const shares = sharesByArm(action, answers, { controls, arm, reference, levels, labels });
  if (shares.arms.length > armStyles.length) {
    throw new RangeError(
      cannot(action, "answers", `hold at most ${armStyles.length} arms to be told apart`, shares.arms),
    );
  }
  return shares;
}

function percent(share: number): string {
  return Number.isNaN(share) ? "–" : `${Math.round(share * 100)}%`;
}

function textsAround({ arms, counts }: SharesByArm, options: PlotControlsOptions): RowPlotTexts {
  const missing = counts.filter((count) => count.missing > 0).map((count) =>
    `${count.missing} to ${count.control}`
  );
  const sizes = counts.map(({ control, answers }) => [control, answers.join(" v. ")] as const);
  const same = new Set(sizes.map(([, size]) => size)).size === 1;
  const given = same
    ? `${sizes[0]![1]} to each`
    : sizes.map(([control, size]) => `${size} to ${control}`).join("; ");
  const pair = arms.join(" → ");
  return {
    title: options.title ?? "Who answers in each arm?",
    subtitle: options.subtitle ??
      "Negative controls: the treatment should not be able to change these answers",
    axis: "share of the arm's answers",
    valueHead: [arms.length > 2 ? "in this order" : pair.length > 24 ? "reference → treated" : pair],
    notes: [
      `Answers (${arms.join(" v. ")}): ${given}.`,
      ...(missing.length > 0 ? [`Missing answers, not in the shares: ${missing.join("; ")}.`] : []),
      "Lines join the arms: the longer, the more the people differ. Some difference arises by chance alone: estimateDrift " +
      "says how much.",
    ],
  };
}

function rowTexts({ rows }: SharesByArm): RowText[] {
  return rows.map(({ control, category, shares }, index) => ({
    label: category,
    detail: "",
    value: shares.map(percent).join(shares.length === 2 ? " → " : ", "),
    note: "",
    heading: rows[index - 1]?.control === control ? "" : control,
    indented: true,
  }));
}

function sentences({ rows }: SharesByArm): string[] {
  return [...Map.groupBy(rows, ({ control }) => control)].map(([control, categories]) => {
    const parts = categories.map(({ category, shares }) => `${category} ${shares.map(percent).join(" v. ")}`);
    return `${control}: ${parts.join(", ")}`;
  });
}
