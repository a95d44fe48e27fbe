import { chiSquareQuantile, chiSquareUpper } from "../../stats/distributions.ts";
import { linkFeatures, shownFeatures } from "../../designs/features.ts";
import { differencesBetweenGroups } from "./amce_differences.ts";
import { cellShares } from "./conjoint_cells.ts";
import { contrastEstimate, covarianceParts, stackContrast } from "./conjoint_contrast.ts";
import { fitConjoint } from "./conjoint_fit.ts";
import { setUpModel } from "./conjoint_model.ts";
import type { ConjointModelOptions } from "./conjoint_options.ts";
import { type ConjointRows, readConjointRows } from "./conjoint_rows.ts";
import type { ConjointTasks } from "./conjoint_tasks.ts";
import { selectParts, type WaldTest, waldTest } from "./conjoint_wald.ts";

/** One check, before adjustment for their number. */
export interface ConjointCheck extends Omit<WaldTest, "notes"> {
  readonly check: string;
  readonly question: string;
  readonly n: number;
  readonly reason: string;
}

type ModelChoices = Pick<ConjointModelOptions, "reference" | "interactions" | "conjoint">;

/** Whether effects are the same in the first and second half of the tasks. */
export function taskOrder(action: string, tasks: ConjointTasks, options: ModelChoices): ConjointCheck {
  const question = "do effects change over the tasks?";
  if (tasks.half === null) return unchecked("task order", question, tasks.missing.half);
  const rows = readConjointRows(action, tasks.table, tasks.options, tasks.half.name);
  return byGroups(action, { check: "task order", question, note: tasks.half.says }, rows, options);
}

/** Whether effects are the same at each place of a task. */
export function profileOrder(action: string, tasks: ConjointTasks, options: ModelChoices): ConjointCheck {
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
  const test = waldTest(estimates, selectParts(found.clustered, places));
  return tidyTest(check, question, test, rows, [note, ...found.notes]);
}

/** Whether the outcome is the same at each place of a task, whatever the profile. */
export function positionOfOutcome(
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
  const test = waldTest(estimates, covarianceParts(fit, contrasts));
  return tidyTest(check, question, test, rows, []);
}

/** Whether the outcome depends on the profile at the same place of the task before. */
export function carryOver(action: string, tasks: ConjointTasks, options: ModelChoices): ConjointCheck {
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
  const test = waldTest(estimates, covarianceParts(fit, contrasts));
  return tidyTest("carry-over", question, test, rows, []);
}

/** Whether profiles were shown as often as declared: Pearson's chi-square for each independent part of the design. */
export function randomisation(
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
  return { check, question, ...unknown, n: 0, reason: `not checked: ${why}` };
}

function tidyTest(
  check: string,
  question: string,
  { notes, ...numbers }: WaldTest,
  rows: ConjointRows,
  more: readonly string[],
): ConjointCheck {
  const reason = [...notes, ...more, ...rows.notes].filter((note) => note !== "").join("; ");
  return { check, question, ...numbers, n: rows.value.length, reason };
}
