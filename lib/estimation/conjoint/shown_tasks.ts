import { columnOf, type Table, tableOf } from "../../core/table.ts";
import { type ConjointOptions, namedFeatures } from "./shown_profiles.ts";
import { checkColumns } from "../../core/checks.ts";
import { pickOutcome } from "../../core/study.ts";
import { cannot, showValue } from "../../core/errors.ts";

/** A table with one row per profile, and columns that say where each stood; a column that is `null` is not there. */
export interface ConjointTasks {
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
export function readTaskColumns(
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
