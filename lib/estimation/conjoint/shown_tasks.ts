import { encodeLabels, heldColumns, type Table, tableOf } from "../../core/table.ts";
import { type ConjointOptions, namedFeatures } from "./shown_profiles.ts";
import { checkColumns } from "../../core/checks.ts";
import { pickOutcome } from "../../core/study.ts";
import { cannot, showValue } from "../../core/errors.ts";

/** A column of groups that can be compared, or `null` and why there is none. */
export interface GroupColumn {
  readonly by: string | null;
  readonly missing: string;
  readonly note?: string;
}

/** One row per profile, with the half of the tasks and the previous profile's levels beside the columns given. */
export interface ConjointTasks {
  readonly table: Table;
  readonly half: GroupColumn;
  readonly profile: GroupColumn;
  /** For each feature the column of the level at the same place of the task before; or why there are none. */
  readonly previous: ReadonlyMap<string, string> | string;
}

/** Reads tasks and profiles, and adds what the checks compare by. */
export function readTaskColumns(action: string, table: Table, options: ConjointOptions): ConjointTasks {
  checkColumns(action, table, []);
  const picked = pickOutcome(action, table, options.outcome, { step: options.step, round: options.round });
  const names = picked.columnNames();
  const features = [...namedFeatures(action, options).keys()];
  checkColumns(action, picked, features);
  const clusters = options.clusters === undefined && names.includes("persona_id")
    ? "persona_id"
    : options.clusters ?? null;
  const needed = ["task", "profile"].flatMap((name) => names.includes(name) ? [] : [`no column '${name}'`]);
  if (clusters === null) needed.push("no column of respondents");
  const columns = heldColumns(picked);
  const free = (name: string): string => names.includes(name) ? free(`${name}_`) : name;
  const halves = names.includes("task") ? halvesOf(columns.task!, action) : null;
  const previous = new Map(features.map((name) => [name, free(`previous_${name}`)]));
  const half = free("half_of_tasks");
  const added: { [name: string]: unknown[] } = {};
  if (halves !== null) added[half] = halves.values;
  if (needed.length === 0) {
    const before = previousRows(action, columns, clusters!);
    for (const [name, own] of previous) {
      added[own] = before.map((row) => row < 0 ? null : columns[name]![row] ?? null);
    }
  }
  return {
    table: tableOf({ ...columns, ...added }),
    half: halves === null
      ? { by: null, missing: names.includes("task") ? "one task only" : "no column 'task'" }
      : { by: half, missing: "", note: halves.says },
    profile: { by: names.includes("profile") ? "profile" : null, missing: "no column 'profile'" },
    previous: needed.length === 0 ? previous : needed.join(", "),
  };
}

function halvesOf(tasks: readonly unknown[], action: string): { values: unknown[]; says: string } | null {
  const present = [...new Set(tasks)].filter((task) => !Number.isNaN(task ?? NaN));
  const numbers = present.map((task) => {
    if (typeof task === "number" && Number.isFinite(task)) return task;
    throw new TypeError(cannot(action, "task", "hold numbers, in the order in which tasks were seen", task));
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
  clusters: string,
): number[] {
  const tasks = columns.task! as (number | null)[];
  const order = [...new Set(tasks)].filter((number) => Number.isFinite(number)).sort((a, b) => a! - b!);
  const places = new Map(order.map((number, place) => [number, place]));
  const [who, where] = [clusters, "profile"].map((name) => encodeLabels(action, name, columns[name]!).codes);
  const key = (row: number, back: number) =>
    `${who![row]} ${where![row]} ${(places.get(tasks[row]!) ?? NaN) - back}`;
  const counts = (row: number) => places.has(tasks[row]!) && who![row]! >= 0 && where![row]! >= 0;
  const seen = new Map<string, number>();
  tasks.forEach((number, row) => {
    if (!counts(row)) return;
    if (seen.has(key(row, 0))) {
      const [name, place, task] = [columns[clusters]![row], columns.profile![row], number].map(showValue);
      const twice = `${name} has profile ${place} of task ${task} twice`;
      throw new RangeError(
        `Cannot ${action} as a respondent must have each profile of a task once: ${twice}`,
      );
    }
    seen.set(key(row, 0), row);
  });
  return tasks.map((_, row) => counts(row) ? seen.get(key(row, 1)) ?? -1 : -1);
}
