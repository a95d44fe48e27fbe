import { driftColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import { columns, flag, readOptions, required, type RulesFor, whole } from "../core/options.ts";
import { sessionAnswers } from "../core/session_rows.ts";
import { stream } from "../core/stream.ts";
import { findReference, isLong, recordedReference } from "../core/study.ts";
import { columnOf, encodeLabels, type Table, tableOfRows } from "../core/table.ts";
import { type ControlAnswers, gatherAnswers, readControls, readRows } from "./answers.ts";
import { compareTwoArms } from "./comparisons.ts";
import { compareControls, judgeRows, type UnjudgedRow } from "./estimate_drift.ts";
import { checkControls, type PermutationOptions, permutationRules } from "./control_options.ts";
import { keepPatterns, measurePatterns } from "./pattern_energy.ts";

/** Options of {@linkcode checkJointDrift}; `permutations` is 999 if not given. */
export interface CheckJointDriftOptions extends PermutationOptions {
  /** The negative controls: names of items (long table) or of columns (wide table). */
  controls: string | readonly string[];
  /**
   * Those of the controls whose answers are numbers with a meaning of more and less; the others are categories.
   * @default {[]}
   */
  numeric?: string | readonly string[];
  /**
   * Whether a missing answer is a level of its own; else replies in which a control is missing are left out.
   * @default {true}
   */
  missing?: boolean;
}

const action = "check joint drift";

const rules = {
  ...permutationRules,
  permutations: whole(999),
  controls: required<string | readonly string[]>(checkControls),
  numeric: columns,
  missing: flag(true),
} as const satisfies RulesFor<CheckJointDriftOptions>;

const jointColumns = Object.keys(driftColumns).filter((name) =>
  !["p_joint", "margin", "p_equivalence"].includes(name)
);

/**
 * Checks whether the arms differ in the joint distribution of their negative controls.
 *
 * `estimateDrift` looks at one control at a time. A treatment can leave each of them as it was and change how they hang
 * together (the young were left-wing, now the old are): only a joint check sees that, and where many controls move a little
 * it gathers what is too small to see in each. It does not say what moved; read it beside `estimateDrift`.
 *
 * The statistic is the energy distance, which is 0 only where the joint distributions are the same. Two replies are as far
 * apart as √ of the number of controls in which they differ; a number in `numeric` counts as half its squared difference in
 * standard deviations, which is 1 on average. It is computed among distinct patterns of answers; with more than 4,000, among
 * those of personas drawn at random, which costs power and not validity. The null permutes arms, and blocks are averaged
 * over, as in `estimateDrift`; all replies of a persona or cluster move together. There is no interval: where nothing is
 * found, `notes` begin with the distance that is not excluded, at 95%.
 *
 * A missing answer is a level of its own, so that arms that refuse differently are different; a missing number stands at the
 * mean. With `missing: false` replies in which a control is missing are left out instead, as are personas that were in both
 * arms and are left with one: this assumes that whether a reply is refused does not depend on what it would have said.
 *
 * @param answers one row per answer (long: `item`, `value`, `status`) or per persona and arm (wide); needs the arm
 * @param options see {@linkcode CheckJointDriftOptions}
 * @returns one row per arm other than the reference (sorted by name): `control` (all names), `measure`, `statistic` (energy
 * distance), `null_mean` and `null_high` (mean and 95% point without drift), `excess` (statistic − null_mean), `p_value`,
 * `p_adjusted` (Holm over arms), `conf_low`, `conf_high` (`NaN`), `n` (personas whose answers count), `verdict` (`found`,
 * `not found`, `cannot tell`), `notes`, `reason`
 * @throws {RangeError} if a column, control or arm is not there, there is only one arm, a persona has two blocks, or a
 * control in `numeric` does not hold numbers
 * @see Székely and Rizzo 2013, Journal of Statistical Planning and Inference 143(8):1249-1272; Gretton et al. 2012, Journal
 * of Machine Learning Research 13:723-773 (two-sample tests)
 * @example Young and old, left and right are as many in both arms, but the young have changed sides
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { checkJointDrift, estimateDrift } from "@understudy/understudy/drift";
 *
 * const rows = Array.from({ length: 80 }, (_, i) => i);
 * const answers = tableOf({
 *   arm: rows.map((i) => i < 40 ? "control" : "threat"),
 *   age_group: rows.map((i) => i % 2 === 0 ? "young" : "old"),
 *   party: rows.map((i) => (i % 2 === 0) === (i < 40 ? i % 5 > 0 : i % 5 === 0) ? "left" : "right"),
 * });
 * const controls = ["age_group", "party"];
 * assertEquals(estimateDrift(answers, { controls }).array("verdict"), ["not found", "not found"]);
 * assertEquals(checkJointDrift(answers, { controls }).array("verdict"), ["found"]);
 * ```
 */
export function checkJointDrift(answers: Table, options: CheckJointDriftOptions): Table {
  const settings = readOptions(action, options, rules);
  const controls = [settings.controls].flat();
  const numeric = [settings.numeric ?? []].flat();
  const stranger = numeric.find((control) => !controls.includes(control));
  if (stranger !== undefined) {
    throw new RangeError(cannot(action, "numeric", "name some of the controls", stranger));
  }
  const table = sessionAnswers(answers);
  const rows = readRows(action, table, { ...settings, compared: controls });
  const gathered = gatherAnswers(action, rows, [joinReplies(table, controls, settings)]);
  const asked = settings.reference ?? recordedReference(answers);
  const { reference } = findReference(action, gathered.arms, asked);
  const others = [...gathered.arms.keys()].filter((arm) => arm !== reference);
  const compared = others.flatMap((arm): UnjudgedRow[] => {
    const names = [reference, arm].map((place) => gathered.arms[place]!);
    const kept = keepPatterns(gathered, [arm, reference], stream(settings.seed, "joint drift", ...names));
    const comparison = compareTwoArms(kept.answers, arm, reference);
    const measured = measurePatterns(action, kept.answers, comparison, { controls, numeric });
    const { rows: found } = compareControls(measured, comparison, {
      ...settings,
      bootstraps: 0,
      noInterval: "no interval, as the energy distance has no usual one near 0",
    });
    return found.map((row) => ({
      ...row,
      // The square of a length, of which what is true exceeds what is observed by at most the length of the noise.
      open: (Math.sqrt(row.statistic) + Math.sqrt(row.null_high)) ** 2,
      notes: [row.notes, ...kept.notes, ...rows.prompts].join("; "),
    }));
  });
  return tableOfRows(judgeRows(compared, settings.alpha), jointColumns);
}

/**
 * Reads each reply as one answer, the pattern of its answers to all controls. In a long table the answers of a persona in an
 * arm, replicate and wording belong together; where one was asked several times, the first answers to all controls do, then
 * the second.
 */
function joinReplies(
  table: Table,
  controls: readonly string[],
  { arm, persona = "persona_id", missing }: { arm: string; persona: string | undefined; missing: boolean },
): ControlAnswers {
  const names = table.columnNames();
  const columns = [persona, arm, "replicate", "wording"].filter((name) => names.includes(name))
    .map((name) => columnOf(table, name));
  const long = isLong(table);
  const replyOf = (row: number) => long ? JSON.stringify(columns.map((column) => String(column[row]))) : row;
  const replies = new Map<string, { row: number; pattern: (string | null)[] }>();
  readControls(action, table, controls, []).forEach(({ rows, codes, labels }, c) => {
    const asked = new Map<string | number, number>();
    rows.forEach((row, at) => {
      const reply = replyOf(row);
      const time = asked.get(reply) ?? 0;
      asked.set(reply, time + 1);
      const key = `${time} ${reply}`;
      if (!replies.has(key)) replies.set(key, { row, pattern: controls.map(() => null) });
      replies.get(key)!.pattern[c] = codes[at]! < 0 ? null : labels[codes[at]!]!;
    });
  });
  const nameOf = (pattern: (string | null)[]) =>
    !missing && pattern.includes(null) ? null : JSON.stringify(pattern);
  const patterns = Array.from(replies.values(), ({ pattern }) => nameOf(pattern));
  const rows = Array.from(replies.values(), ({ row }) => row);
  return { control: controls.join(" × "), rows, ...encodeLabels(action, "controls", patterns) };
}
