import type { Conjoint } from "../core/experiment.ts";
import { cannot } from "../core/errors.ts";
import { type RandomStream, stream } from "../core/stream.ts";
import type { Columns } from "../core/table.ts";
import { cumulate, placeAt } from "../stats/resampling.ts";
import { linkFeatures } from "./features.ts";

/** A task whose profiles are the same this often in a row is not drawn again. */
const mostDraws = 100_000;

/**
 * Draws the profiles that each persona sees: columns `task` and `profile` (from 1) and one per feature. Draws are keyed by
 * persona and feature (those that a restriction ties are drawn as one), so that a persona, a feature or a task more changes
 * no other draw. Only a task in which two profiles were the same is drawn again as a whole.
 */
export function drawProfiles(
  action: string,
  ids: readonly string[],
  conjoint: Conjoint,
  seed: number,
): Columns {
  const { tasks, profiles, features } = conjoint;
  const parts = linkFeatures(action, conjoint);
  const cumulated = parts.map(({ probabilities }) => cumulate(probabilities));
  const columns: { [feature: string]: unknown[] } = { task: [], profile: [] };
  for (const name of Object.keys(features)) columns[name] = [];
  const draw = (part: number, random: RandomStream) => placeAt(cumulated[part]!, random.uniform());
  for (const id of ids) {
    // One list per part, with a cell for each profile of each task.
    const cells = parts.map(({ names }, part) => {
      const random = stream(seed, "profiles", id, ...names);
      return Array.from({ length: tasks * profiles }, () => draw(part, random));
    });
    for (let task = 0; task < tasks; task++) {
      const first = task * profiles;
      const again = () => stream(seed, "profiles again", id, task);
      redrawSame(action, cells, { first, profiles, again, draw });
      for (let profile = 0; profile < profiles; profile++) {
        columns.task!.push(task + 1);
        columns.profile!.push(profile + 1);
        parts.forEach(({ names, cells: known }, part) => {
          const cell = known[cells[part]![first + profile]!]!;
          names.forEach((name, place) => columns[name]!.push(features[name]!.levels[cell[place]!]!));
        });
      }
    }
  }
  return columns;
}

interface Task {
  readonly first: number;
  readonly profiles: number;
  readonly again: () => RandomStream;
  readonly draw: (part: number, random: RandomStream) => number;
}

/** Draws the profiles of a task again, all of them, until no two are the same. */
function redrawSame(action: string, cells: number[][], { first, profiles, again, draw }: Task): void {
  if (profiles === 1) return;
  let random: RandomStream | undefined;
  for (let draws = 1; hasSame(cells, first, profiles); draws++) {
    if (draws > mostDraws) {
      const rule = "hold weights with which the profiles of a task can differ";
      throw new RangeError(cannot(action, "conjoint", rule, `the same profiles in ${mostDraws} draws`));
    }
    random ??= again();
    for (let place = first; place < first + profiles; place++) {
      for (let part = 0; part < cells.length; part++) cells[part]![place] = draw(part, random);
    }
  }
}

function hasSame(cells: readonly (readonly number[])[], first: number, profiles: number): boolean {
  for (let one = first; one < first + profiles; one++) {
    for (let other = one + 1; other < first + profiles; other++) {
      if (cells.every((part) => part[one] === part[other])) return true;
    }
  }
  return false;
}
