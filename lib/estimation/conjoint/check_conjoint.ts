import { checkColumns, checkText } from "../../core/checks.ts";
import { cannot, showValue } from "../../core/errors.ts";
import { pickOutcome } from "../../core/study.ts";
import { columnOf, type Table, tableOf, tableOfRows } from "../../core/table.ts";
import { linkFeatures, shownFeatures } from "../../designs/features.ts";
import { chiSquareQuantile, chiSquareUpper } from "../../stats/distributions.ts";
import { adjustPValues } from "../../stats/multiplicity.ts";
import {
  contrastEstimate,
  covarianceParts,
  type FeatureTest,
  jointTest,
  selectParts,
  stackContrast,
  waldColumns,
  waldRow,
} from "./level_contrasts.ts";
import { fitConjoint } from "./profile_fit.ts";
import { cellShares, setUpModel } from "./profile_model.ts";
import {
  type ConjointModelOptions,
  conjointModelRules,
  type ConjointOptions,
  type ConjointRows,
  namedFeatures,
  readConjointRows,
} from "./shown_profiles.ts";
import { differencesBetweenGroups } from "./subgroup_differences.ts";
import { readOptions, rule, type RulesFor } from "../../core/options.ts";

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

const rules = {
  ...conjointModelRules,
  task: rule<string, string>(checkText, "task"),
  profile: rule<string, string>(checkText, "profile"),
} as const satisfies RulesFor<CheckConjointOptions>;

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
  const { task, profile, alpha } = readOptions(action, options, rules);
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

/** One check, before adjustment for their number. */
interface ConjointCheck {
  readonly check: string;
  readonly question: string;
  readonly n: number;
  readonly test: FeatureTest;
  readonly notes: readonly string[];
}

function tidyChecks(checks: readonly ConjointCheck[], alpha: number): Table {
  const adjusted = adjustPValues(checks.map(({ test }) => test.p_value), "holm");
  return tableOfRows(
    checks.map(({ test, notes, ...given }, row) =>
      waldRow(given, test, { adjusted: adjusted[row]!, alpha, notes })
    ),
    waldColumns(["check", "question"]),
  );
}

type ModelChoices = Pick<ConjointModelOptions, "reference" | "interactions" | "conjoint">;

/** Whether effects are the same in the first and second half of the tasks. */
function taskOrder(action: string, tasks: ConjointTasks, options: ModelChoices): ConjointCheck {
  const question = "do effects change over the tasks?";
  if (tasks.half === null) return unchecked("task order", question, tasks.missing.half);
  const rows = readConjointRows(action, tasks.table, tasks.options, tasks.half.name);
  return byGroups(action, { check: "task order", question, note: tasks.half.says }, rows, options);
}

/** Whether effects are the same at each place of a task. */
function profileOrder(action: string, tasks: ConjointTasks, options: ModelChoices): ConjointCheck {
  const question = "do effects depend on where a profile stands?";
  if (tasks.profile === null) return unchecked("profile order", question, tasks.missing.profile);
  const rows = readConjointRows(action, tasks.table, tasks.options, tasks.profile);
  return byGroups(action, { check: "profile order", question, note: "" }, rows, options);
}

function byGroups(
  action: string,
  { check, question, note }: { check: string; question: string; note: string },
  rows: ConjointRows,
  options: ModelChoices,
): ConjointCheck {
  if (rows.groups.length < 2) return unchecked(check, question, "nothing to compare with");
  const found = differencesBetweenGroups(action, rows, options);
  const places = [...found.features.keys()].filter((place) => found.features[place] !== "");
  const estimates = places.map((place) => found.estimates[place]!);
  const test = jointTest(estimates, selectParts(found.clustered, places));
  return tidyTest(check, question, test, rows, [note, ...found.notes]);
}

/** Whether the outcome is the same at each place of a task, whatever the profile. */
function positionOfOutcome(
  action: string,
  { table, options, profile, missing }: ConjointTasks,
): ConjointCheck {
  const question = "does the outcome depend on where a profile stands?";
  if (profile === null) return unchecked("profile position", question, missing.profile);
  const rows = readConjointRows(action, table, options, profile);
  return rows.groups.length < 2
    ? unchecked("profile position", question, "nothing to compare with")
    : byConstant("profile position", question, { ...rows, features: [] });
}

function byConstant(check: string, question: string, rows: ConjointRows): ConjointCheck {
  const model = setUpModel("", [], {});
  const fit = fitConjoint(rows, model);
  const one = Float64Array.of(1);
  const contrasts = [...rows.groups.keys()].slice(1)
    .map((group) => stackContrast(fit, one, [{ group, sign: 1 }, { group: 0, sign: -1 }]));
  const estimates = contrasts.map((stacked) => contrastEstimate(fit, stacked));
  const test = jointTest(estimates, covarianceParts(fit, contrasts));
  return tidyTest(check, question, test, rows, []);
}

/** Whether the outcome depends on the profile at the same place of the task before. */
function carryOver(action: string, tasks: ConjointTasks, options: ModelChoices): ConjointCheck {
  const question = "does the outcome depend on the task before?";
  if (tasks.previous === null) return unchecked("carry-over", question, tasks.missing.previous);
  const own = readConjointRows(action, tasks.table, tasks.options).features;
  const levels = own.map(({ name, levels }) => [name, levels]);
  const before = own.map(({ name, levels }) => [tasks.previous!.get(name)!, levels]);
  const { conjoint, ...others } = tasks.options;
  const rows = readConjointRows(action, tasks.table, {
    ...others,
    features: Object.fromEntries([...levels, ...before]),
  });
  if (rows.value.length === 0) return unchecked("carry-over", question, "no task with one before it");
  const tied = (conjoint?.restrictions ?? []).map((restriction) => Object.keys(restriction));
  const first = `without '${before[0]![0]}'`;
  const notes = rows.notes.map((note) => note.replace(first, "no task before them"));
  return lagged(question, { ...rows, notes }, [...tied, ...options.interactions ?? []]);
}

/** The second half of the features are those of the task before: all their effects are 0. */
function lagged(
  question: string,
  rows: ConjointRows,
  interactions: readonly (readonly string[])[],
): ConjointCheck {
  const model = setUpModel("", rows.features, { interactions });
  const own = rows.features.length / 2;
  const fit = fitConjoint(rows, model);
  const contrasts: Float64Array[] = [];
  model.terms.slice(own, 2 * own).forEach(({ offset, features }) => {
    for (let step = 0; step < model.levels[features[0]!]!.length - 1; step++) {
      const factors = new Float64Array(model.size);
      factors[offset + step] = 1;
      if (fit.columns[0]!.kept.includes(offset + step)) {
        contrasts.push(stackContrast(fit, factors, [{ group: 0, sign: 1 }]));
      }
    }
  });
  const estimates = contrasts.map((stacked) => contrastEstimate(fit, stacked));
  const test = jointTest(estimates, covarianceParts(fit, contrasts));
  return tidyTest("carry-over", question, test, rows, []);
}

/** Whether profiles were shown as often as declared: Pearson's chi-square for each independent part of the design. */
function randomisation(
  action: string,
  rows: ConjointRows,
  conjoint: NonNullable<ConjointModelOptions["conjoint"]>,
): ConjointCheck[] {
  const known = rows.features.map(({ name }) => name);
  return linkFeatures(action, conjoint).flatMap(({ names }) => {
    const set = names.map((name) => known.indexOf(name));
    if (set.includes(-1)) return [];
    return [chiSquareTest(action, rows, set, conjoint)];
  });
}

function chiSquareTest(
  action: string,
  rows: ConjointRows,
  set: readonly number[],
  conjoint: NonNullable<ConjointModelOptions["conjoint"]>,
): ConjointCheck {
  const n = rows.value.length;
  // No two profiles of a task are the same, so that levels are shown a little otherwise than they were declared.
  const declared = cellShares(action, rows, set, conjoint, shownFeatures);
  const observed = cellShares(action, { ...rows, weight: null }, set, undefined);
  const seen = new Map(observed.cells.map((cell, row) => [cell.join(), observed.shares[row]! * n]));
  let [statistic, within] = [0, 0];
  declared.cells.forEach((cell, row) => {
    const expected = declared.shares[row]! * n;
    const count = seen.get(cell.join()) ?? 0;
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
  const test = {
    statistic: n === 0 ? NaN : statistic,
    df,
    df_residual: Infinity,
    null_mean: df,
    null_high: chiSquareQuantile(0.95, df),
    p_value: n === 0 ? NaN : chiSquareUpper(statistic, df),
    notes: n === 0 ? ["no rows with values"] : notes,
  };
  const names = set.map((feature) => rows.features[feature]!.name).join(" and ");
  return tidyTest(`randomisation: ${names}`, "were profiles shown as often as declared?", test, rows, []);
}

function unchecked(check: string, question: string, why: string): ConjointCheck {
  const unknown = { statistic: NaN, df: NaN, df_residual: NaN, null_mean: NaN, null_high: NaN, p_value: NaN };
  return { check, question, n: 0, test: { ...unknown, notes: [why] }, notes: [] };
}

function tidyTest(
  check: string,
  question: string,
  test: FeatureTest,
  rows: ConjointRows,
  more: readonly string[],
): ConjointCheck {
  return { check, question, n: rows.value.length, test, notes: [...more, ...rows.notes] };
}

/** A table with one row per profile, and columns that say where each stood; a column that is `null` is not there. */
interface ConjointTasks {
  /** The table, with the half of the tasks and the previous profile's levels beside the columns given. */
  readonly table: Table;
  /** Options that read the table. */
  readonly options: ConjointOptions;
  /** The column of halves, and what they are; `null` where there are no two tasks. */
  readonly half: { readonly name: string; readonly says: string } | null;
  /** The column of profiles. */
  readonly profile: string | null;
  /** For each feature the column of the level at the same place of the task before. */
  readonly previous: ReadonlyMap<string, string> | null;
  /** Why a column is not there. */
  readonly missing: { readonly half: string; readonly profile: string; readonly previous: string };
}

/** Reads tasks and profiles, and adds what the checks compare by. */
function readTaskColumns(
  action: string,
  table: Table,
  options: ConjointOptions & { task: string; profile: string },
): ConjointTasks {
  checkColumns(action, table, []);
  const { task, profile } = options;
  const shared: ConjointOptions & { task?: string; profile?: string } = { ...options };
  delete shared.task;
  delete shared.profile;
  const picked = pickOutcome(action, table, options.outcome);
  const names = picked.columnNames();
  const features = [...namedFeatures(action, options).keys()];
  checkColumns(action, picked, features);
  const clusters = options.clusters === undefined && names.includes("persona_id")
    ? "persona_id"
    : options.clusters ?? null;
  const absent = [task, profile].filter((name) => !names.includes(name)).map((name) => `no column '${name}'`);
  const needed = [...absent, ...(clusters === null ? ["no column of respondents"] : [])];
  const columns = Object.fromEntries(names.map((name) => [name, columnOf(picked, name)]));
  const free = (name: string): string => names.includes(name) ? free(`${name}_`) : name;
  const halves = names.includes(task) ? halvesOf(columns[task]!, action, task) : null;
  const previous = new Map(features.map((name) => [name, free(`previous_${name}`)]));
  const half = free("half_of_tasks");
  const added: { [name: string]: unknown[] } = {};
  if (halves !== null) added[half] = halves.values;
  if (needed.length === 0) {
    const before = previousRows(action, columns, { task, profile, clusters: clusters! });
    for (const [name, own] of previous) {
      added[own] = before.map((row) => row < 0 ? null : columns[name]![row] ?? null);
    }
  }
  return {
    table: tableOf({ ...columns, ...added }),
    options: shared,
    half: halves === null ? null : { name: half, says: halves.says },
    profile: names.includes(profile) ? profile : null,
    previous: needed.length === 0 ? previous : null,
    missing: {
      half: names.includes(task) ? "one task only" : `no column '${task}'`,
      profile: `no column '${profile}'`,
      previous: needed.join(", "),
    },
  };
}

function halvesOf(
  tasks: readonly unknown[],
  action: string,
  name: string,
): { values: unknown[]; says: string } | null {
  const numbers = [...new Set(tasks)].filter((task) =>
    task !== null && task !== undefined && !Number.isNaN(task)
  )
    .map((task) => {
      if (typeof task === "number" && Number.isFinite(task)) return task;
      throw new TypeError(cannot(action, name, "hold numbers, in the order in which tasks were seen", task));
    }).sort((a, b) => a - b);
  if (numbers.length < 2) return null;
  const cut = numbers[Math.ceil(numbers.length / 2) - 1]!;
  const values = tasks.map((task) =>
    typeof task !== "number" || Number.isNaN(task) ? null : task <= cut ? 1 : 2
  );
  return { values, says: `tasks up to ${cut} against later ones` };
}

/** For each row the row of the same respondent and place in the task before; -1 where there is none. */
function previousRows(
  action: string,
  columns: { readonly [name: string]: readonly unknown[] },
  { task, profile, clusters }: { task: string; profile: string; clusters: string },
): number[] {
  const order = [...new Set(columns[task]! as number[])].sort((a, b) => a - b);
  const before = new Map(order.map((number, place) => [number, order[place - 1]]));
  const seen = new Map<unknown, Map<unknown, Map<unknown, number>>>();
  const within = <K, V>(map: Map<K, V>, key: K, fresh: () => V): V => {
    const found = map.get(key) ?? fresh();
    map.set(key, found);
    return found;
  };
  const counts = (row: number): boolean =>
    typeof columns[task]![row] === "number" && !Number.isNaN(columns[task]![row]) &&
    [profile, clusters].every((name) => columns[name]![row] !== null && columns[name]![row] !== undefined);
  columns[task]!.forEach((number, row) => {
    if (!counts(row)) return;
    const persona = within(seen, columns[clusters]![row], () => new Map());
    const place = within(persona, columns[profile]![row], () => new Map());
    if (place.has(number)) {
      throw new RangeError(
        `Cannot ${action} as a respondent must have each profile of a task once: ${
          showValue(columns[clusters]![row])
        } has profile ${showValue(columns[profile]![row])} of task ${showValue(number)} twice`,
      );
    }
    place.set(number, row);
  });
  return columns[task]!.map((number, row) => {
    if (!counts(row)) return -1;
    const place = seen.get(columns[clusters]![row])!.get(columns[profile]![row])!;
    return place.get(before.get(number as number)) ?? -1;
  });
}
