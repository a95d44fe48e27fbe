import { cannot } from "../../core/errors.ts";
import { type Table, tableOfRows } from "../../core/table.ts";
import { adjustPValues } from "../../stats/multiplicity.ts";
import {
  carryOver,
  type ConjointCheck,
  positionOfOutcome,
  profileOrder,
  randomisation,
  taskOrder,
} from "./conjoint_checks.ts";
import { checkConjointOptions, type ConjointModelOptions } from "./conjoint_options.ts";
import { readConjointRows } from "./conjoint_rows.ts";
import { readTaskColumns } from "./conjoint_tasks.ts";

/** Options of {@linkcode checkConjoint}. */
export interface CheckConjointOptions extends ConjointModelOptions {
  /**
   * The column of tasks, numbered in the order in which they were seen.
   *
   * @default {"task"}
   */
  task?: string;
  /**
   * The column of profiles within a task: the place at which each was shown.
   *
   * @default {"profile"}
   */
  profile?: string;
}

const action = "check a conjoint";

/**
 * Checks the assumptions under which AMCEs mean what they say: order, carry-over, and whether places were equal.
 *
 * `task order`: effects are the same in the first and second half of the tasks. `profile order`: effects are the same
 * wherever a profile stands. `profile position`: the outcome does not depend on the place, such as choosing the first.
 * `carry-over`: a task's outcomes do not depend on the profile at the same place of the task before. With `conjoint`
 * also `randomisation`: profiles were shown as often as declared (a chi-square test for each part of the design whose
 * features are independent of the rest). The tests of effects are Wald tests robust to dependence within respondents
 * (Hotelling's F). A model that favours a side or remembers its last answer shows here.
 *
 * @param table one row per profile: the features, the outcome, respondents, tasks and profiles
 * @param options the outcome and the features; see {@linkcode CheckConjointOptions} (defaults there)
 * @returns one row per check: `check`, `question`, `statistic` (F; chi-square for randomisation), `df`, `df_residual`,
 * `null_mean`, `null_high` (95% point), `p_value`, `p_adjusted` (Holm), `verdict` (`passed`, `violated`, or
 * `undetermined` where it cannot be checked), `n` (rows used), `reason`
 * @throws {RangeError} if a column or level is unknown, or a respondent has the same profile of a task twice
 * @throws {TypeError} if an option is unknown, the outcome is not numeric, or tasks are not numbers
 * @see Hainmueller, Hopkins and Yamamoto 2014, Political Analysis 22: 1-30, assumptions 1 to 3
 * @example A respondent model that always takes the first profile
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { columnOf, tableOf } from "@understudy/understudy/core";
 * import { assignTreatments, declareConjoint, declareDesign } from "@understudy/understudy/designs";
 * import { checkConjoint } from "@understudy/understudy/estimation";
 * import { choice } from "@understudy/understudy/items";
 *
 * const conjoint = declareConjoint({ features: { price: ["low", "high"], colour: ["red", "blue"] } });
 * const personas = tableOf({ persona_id: Array.from({ length: 60 }, (_, row) => `p${row}`) });
 * const items = [choice("bought", "Which would you buy?", conjoint.labels)];
 * const profiles = assignTreatments(personas, declareDesign({ conjoint, items, stated: [] }), { seed: 1 });
 * const chosen = columnOf<number>(profiles, "profile").map((profile, row) => {
 *   const mood = (row >> 1) % 5 === 0;
 *   return (profile === 1) !== mood ? 1 : 0;
 * });
 * const answered = tableOf({
 *   ...Object.fromEntries(profiles.columnNames().map((name) => [name, columnOf(profiles, name)])),
 *   chosen,
 * });
 * const checks = checkConjoint(answered, { outcome: "chosen", conjoint });
 * assertEquals(columnOf(checks, "check").slice(0, 4), [
 *   "task order",
 *   "profile order",
 *   "profile position",
 *   "carry-over",
 * ]);
 * ```
 */
export function checkConjoint(table: Table, options: CheckConjointOptions): Table {
  const others = ["task", "profile", "reference", "interactions"];
  const { alpha } = checkConjointOptions(action, options, others);
  const { task = "task", profile = "profile" } = options;
  for (const [argument, name] of Object.entries({ task, profile })) {
    if (typeof name !== "string") throw new TypeError(cannot(action, argument, "name a column", name));
  }
  const tasks = readTaskColumns(action, table, { ...options, task, profile });
  const rows = readConjointRows(action, tasks.table, tasks.options);
  const checks = [
    taskOrder(action, tasks, options),
    profileOrder(action, tasks, options),
    positionOfOutcome(action, tasks),
    carryOver(action, tasks, options),
    ...(options.conjoint === undefined ? [] : randomisation(action, rows, options.conjoint)),
  ];
  return tidyChecks(checks, alpha);
}

function tidyChecks(checks: readonly ConjointCheck[], alpha: number): Table {
  const adjusted = adjustPValues(checks.map(({ p_value }) => p_value), "holm");
  return tableOfRows(
    checks.map((check, row) => ({
      ...check,
      p_adjusted: adjusted[row]!,
      verdict: Number.isNaN(check.p_value) ? "undetermined" : adjusted[row]! < alpha ? "violated" : "passed",
    })),
    [
      ...["check", "question", "statistic", "df", "df_residual", "null_mean", "null_high", "p_value"],
      ...["p_adjusted", "verdict", "n", "reason"],
    ],
  );
}
