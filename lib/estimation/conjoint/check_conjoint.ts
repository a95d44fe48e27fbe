import { type Table, tableOfRows } from "../../core/table.ts";
import { linkFeatures, shownFeatures } from "../../designs/features.ts";
import { chiSquareQuantile, chiSquareUpper } from "../../stats/distributions.ts";
import { adjustPValues } from "../../stats/multiplicity.ts";
import { contrastEstimate, covarianceParts, type FeatureTest, jointTest } from "./level_contrasts.ts";
import { noTest, stackContrast, waldColumns, waldRow } from "./level_contrasts.ts";
import { fitConjoint } from "./profile_fit.ts";
import { cellShares, setUpModel } from "./profile_model.ts";
import type { ConjointModelOptions, ConjointRows } from "./shown_profiles.ts";
import { conjointModelRules, readConjointRows } from "./shown_profiles.ts";
import { differencesBetweenGroups, testDifferences } from "./subgroup_differences.ts";
import { everybody } from "./subgroups.ts";
import { readOptions, type RulesFor } from "../../core/options.ts";
import { type ConjointTasks, type GroupColumn, readTaskColumns } from "./shown_tasks.ts";

/** Options of {@linkcode checkConjoint}. */
export interface CheckConjointOptions extends ConjointModelOptions {}

const action = "check a conjoint";

const rules = conjointModelRules satisfies RulesFor<CheckConjointOptions>;

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
 * @param table one row per profile: the features, the outcome, respondents, `task` (numbered in the order seen) and
 * `profile` (the place within a task)
 * @param options the outcome and the features; see {@linkcode CheckConjointOptions} (defaults there)
 * @returns one row per check: `check`, `question`, `statistic` (F; chi-square for randomisation), `df`, `df_residual`,
 * `null_mean`, `null_high` (95% point), `p_value`, `p_adjusted` (Holm), `verdict` (`found` where the assumption
 * is violated, `not found`, `cannot tell`), `n` (rows used), `notes`, `reason`
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
 * const checks = checkConjoint(profiles.assign(tableOf({ chosen })), { outcome: "chosen", conjoint });
 * assertEquals([checks.get("check", 2), checks.get("verdict", 2)], ["profile position", "found"]);
 * ```
 */
export function checkConjoint(table: Table, options: CheckConjointOptions): Table {
  const { alpha } = readOptions(action, options, rules);
  const tasks = readTaskColumns(action, table, options);
  const rows = readConjointRows(action, tasks.table, options);
  const byGroups = (groups: GroupColumn, level = false) => compareGroups(tasks, options, groups, level);
  const checks = [
    { check: "task order", ...byGroups(tasks.half) },
    { check: "profile order", ...byGroups(tasks.profile) },
    { check: "profile position", ...byGroups(tasks.profile, true) },
    { check: "carry-over", ...carryOver(tasks, options) },
    ...(options.conjoint === undefined ? [] : randomisation(rows, options.conjoint)),
  ];
  const adjusted = adjustPValues(checks.map(({ test }) => test.p_value), "holm");
  return tableOfRows(
    checks.map(({ test, notes, check, n }, row) => {
      const question = questions[check] ?? "were profiles shown as often as declared?";
      return waldRow({ check, question, n }, test, { adjusted: adjusted[row]!, alpha, notes });
    }),
    waldColumns(["check", "question"]),
  );
}

/** What each check asks, that of randomisation aside. */
const questions: { readonly [check: string]: string } = {
  "task order": "do effects change over the tasks?",
  "profile order": "do effects depend on where a profile stands?",
  "profile position": "does the outcome depend on where a profile stands?",
  "carry-over": "does the outcome depend on the task before?",
};

/** What a check found, before adjustment for their number. */
type Found = ReturnType<typeof tested>;

function tested(test: FeatureTest, rows: ConjointRows, more: readonly string[] = []) {
  return { n: rows.value.length, test, notes: [...more, ...rows.notes] };
}

function unchecked(why: string): Found {
  return { n: 0, test: noTest(why), notes: [] };
}

/** Whether effects, or the outcome's level whatever the profile, are the same in all groups of rows. */
function compareGroups(
  tasks: ConjointTasks,
  options: ConjointModelOptions,
  { by, missing, note = "" }: GroupColumn,
  level: boolean,
): Found {
  if (by === null) return unchecked(missing);
  const rows = readConjointRows(action, tasks.table, options, by);
  if (rows.groups.length < 2) return unchecked("nothing to compare with");
  const [compared, model] = level ? [{ ...rows, features: [] }, {}] : [rows, options];
  const found = differencesBetweenGroups(action, compared, model);
  const test = testDifferences(found, (feature) => (feature === "") === level);
  return tested(test, rows, [note, ...found.notes]);
}

/** Whether the outcome depends on the profile at the same place of the task before. */
function carryOver(tasks: ConjointTasks, options: ConjointModelOptions): Found {
  const { previous } = tasks;
  if (typeof previous === "string") return unchecked(previous);
  const own = readConjointRows(action, tasks.table, options).features;
  const levels = own.map(({ name, levels }) => [name, levels]);
  const before = own.map(({ name, levels }) => [previous.get(name)!, levels]);
  const { conjoint, ...others } = options;
  const features = Object.fromEntries([...levels, ...before]);
  const rows = readConjointRows(action, tasks.table, { ...others, features });
  if (rows.value.length === 0) return unchecked("no task with one before it");
  const tied = (conjoint?.restrictions ?? []).map((restriction) => Object.keys(restriction));
  const first = `without '${before[0]![0]}'`;
  const notes = rows.notes.map((note) => note.replace(first, "no task before them"));
  return lagged({ ...rows, notes }, [...tied, ...options.interactions ?? []]);
}

/** The second half of the features are those of the task before: all their effects are 0. */
function lagged(rows: ConjointRows, interactions: readonly (readonly string[])[]): Found {
  const model = setUpModel("", rows.features, { interactions });
  const own = rows.features.length / 2;
  const fit = fitConjoint(rows, model);
  const contrasts: Float64Array[] = [];
  for (const { offset, features } of model.terms.slice(own, 2 * own)) {
    for (let step = 0; step < model.levels[features[0]!]!.length - 1; step++) {
      if (!fit.columns[0]!.kept.includes(offset + step)) continue;
      const factors = new Float64Array(model.size).fill(1, offset + step, offset + step + 1);
      contrasts.push(stackContrast(fit, factors, everybody.groups));
    }
  }
  const estimates = contrasts.map((stacked) => contrastEstimate(fit, stacked));
  return tested(jointTest(estimates, covarianceParts(fit, contrasts)), rows);
}

/** Whether profiles were shown as often as declared: Pearson's chi-square for each independent part of the design. */
function randomisation(
  rows: ConjointRows,
  conjoint: NonNullable<ConjointModelOptions["conjoint"]>,
): (Found & { readonly check: string })[] {
  const known = rows.features.map(({ name }) => name);
  return linkFeatures(action, conjoint).flatMap(({ names }) => {
    const set = names.map((name) => known.indexOf(name));
    if (set.includes(-1)) return [];
    return [{ check: `randomisation: ${names.join(" and ")}`, ...chiSquareTest(rows, set, conjoint) }];
  });
}

function chiSquareTest(
  rows: ConjointRows,
  set: readonly number[],
  conjoint: NonNullable<ConjointModelOptions["conjoint"]>,
): Found {
  const n = rows.value.length;
  // No two profiles of a task are the same, so that levels are shown a little otherwise than they were declared.
  const declared = cellShares(action, rows, set, conjoint, shownFeatures);
  const observed = cellShares(action, { ...rows, weight: null }, set, undefined);
  const seen = new Map(observed.cells.map((cell, row) => [cell.join(), observed.shares[row]! * n]));
  let [statistic, within] = [0, 0];
  declared.cells.forEach((cell, row) => {
    const [expected, count] = [declared.shares[row]! * n, seen.get(cell.join()) ?? 0];
    within += count;
    statistic += (count - expected) ** 2 / expected;
  });
  const impossible = Math.round(n - within);
  // A profile that cannot occur refutes the declaration by itself.
  if (impossible > 0) statistic = Infinity;
  const df = declared.cells.length - 1;
  const least = Math.min(...declared.shares) * n;
  const notes = [
    impossible > 0 ? `${impossible} profiles break a restriction` : "",
    least < 5 ? `the smallest expected count is ${least.toFixed(1)}: the p-value is rough` : "",
  ];
  const p_value = chiSquareUpper(statistic, df);
  const known = { df, df_residual: Infinity, null_mean: df, null_high: chiSquareQuantile(0.95, df) };
  return n === 0
    ? tested({ ...noTest("no rows with values"), ...known }, rows)
    : tested({ ...known, statistic, p_value, notes }, rows);
}
