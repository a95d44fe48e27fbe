import { checkColumns, checkRows } from "../core/checks.ts";
import {
  answerColumns,
  assignedColumns,
  personaColumns,
  profileColumns,
  sessionColumns,
} from "../core/columns.ts";
import { cannot, didYouMean } from "../core/errors.ts";
import type { Design, PromptStyle } from "../core/experiment.ts";
import { distinct, heldColumns, type Table } from "../core/table.ts";
import { checkAttributeNames } from "../personas/declare_margins.ts";
import { rowsOfUnits } from "../prompts/plan_index.ts";
import { checkSlots } from "../treatments/compose_treatment.ts";

type AssignedColumns = { readonly [column: string]: readonly unknown[] };

/** Who is asked in one call. */
export interface Unit {
  readonly persona: string;
  readonly arm: string;
  readonly task: number | null;
  /** Its rows in the assigned table: one, in a conjoint one for each profile. */
  readonly rows: readonly number[];
}

/** Reads the columns of the assigned table, with all that the design needs among them. */
export function readAssigned(
  action: string,
  assigned: Table,
  { conjoint, stated, treatments, items, protocol }: Design,
): AssignedColumns {
  const shown = conjoint === null ? [] : [...Object.keys(profileColumns), ...Object.keys(conjoint.features)];
  checkColumns(action, assigned, ["persona_id", "arm", ...shown], "assigned");
  checkRows(action, assigned, "assigned");
  const names = assigned.columnNames();
  const unknown = stated.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const rule = `name columns of 'assigned' (${names.join(", ")})`;
    throw new RangeError(`${cannot(action, "design.stated", rule, unknown)}${didYouMean(unknown, names)}`);
  }
  const columns = heldColumns(assigned);
  if (protocol !== null) checkOfSessions(action, columns);
  const arms = treatments.arms.map(({ name }) => name);
  for (const arm of new Set(columns.arm)) {
    if (arms.includes(arm as string)) continue;
    const rule = `hold arms of the design (${arms.join(", ")})`;
    throw new RangeError(`${cannot(action, "assigned.arm", rule, arm)}${didYouMean(arm, arms)}`);
  }
  const told = new Set(columns.stated_questions?.flatMap((names) => String(names ?? "").split(", ")));
  const asked = items.find(({ name }) => told.has(name));
  if (asked !== undefined) {
    throw new RangeError(
      `Cannot ${action} as item '${asked.name}' was told to personas (column 'stated_questions'): hold it out with ` +
        `describeTwins(human, { …, asked: design.items }), or drop that column where 'persona_text' is not stated`,
    );
  }
  return columns;
}

const assignedToo = ["session", "role", "persona_text"];

/** What the answers of a protocol say in their own columns. */
function checkOfSessions(action: string, columns: AssignedColumns): void {
  const own = Object.keys({ ...sessionColumns, ...answerColumns });
  const taken = own.find((name) => Object.hasOwn(columns, name) && !assignedToo.includes(name));
  if (taken !== undefined) {
    throw new RangeError(
      `Cannot ${action} as the answers have a column '${taken}' of their own: assigned.rename({ ${taken}: "my_${taken}" })`,
    );
  }
  const listed = columns.session && columns.persona_id!.find((id) => String(id).includes(", "));
  if (listed !== undefined) {
    throw new RangeError(
      cannot(action, "assigned.persona_id", "not hold ', ', as 'heard_by' lists ids", listed),
    );
  }
}

/** Who is asked in one call, each once: 1 and "1" would be asked with the same seeds, as one persona. */
export function unitsAsked(action: string, columns: AssignedColumns, { conjoint }: Design): Iterable<Unit> {
  const [personas, arms] = [columns.persona_id as readonly string[], columns.arm as readonly string[]];
  if (conjoint === null) {
    const seen = new Map(distinct(arms).map((arm) => [arm, new Set<string>()]));
    personas.forEach((persona, row) => {
      const known = seen.get(arms[row]!)!;
      if (known.size < known.add(String(persona)).size) return;
      const where = `persona ${persona} stands twice in arm '${arms[row]}'`;
      throw new RangeError(`Cannot ${action} as ${where}: use replicates to ask it again`);
    });
    return Iterator.from(personas.keys())
      .map((row) => ({ persona: personas[row]!, arm: arms[row]!, task: null, rows: [row] }));
  }
  const units = rowsOfUnits({ ...columns, persona_id: personas.map(String) }, true);
  return [...units.values()].map((rows): Unit => {
    const row = rows[0]!;
    const [persona, arm] = [personas[row]!, arms[row]!];
    const task = columns.task![row] as number;
    const shown = rows.map((each) => columns.profile![each]);
    if (shown.length === conjoint.profiles && shown.every((profile, place) => profile === place + 1)) {
      return { persona, arm, task, rows };
    }
    const rule = `number the profiles of each task from 1 to ${conjoint.profiles}`;
    throw new RangeError(
      `${cannot(action, "assigned.profile", rule, shown)} (persona ${persona}, task ${task})`,
    );
  });
}

/**
 * Writes each persona once, so that a text that cannot be written stops the plan and not a run that is half paid: what each
 * assigned row puts into its prompts (the persona's text, what fills slots, a profile's levels), as the number of its text.
 */
export function readTexts(
  action: string,
  columns: AssignedColumns,
  { design, describe }: { readonly design: Design; readonly describe: PromptStyle["persona"] },
): Uint32Array {
  const { conjoint, factors, treatments } = design;
  const own = Object.keys({
    ...personaColumns,
    ...assignedColumns,
    ...factors,
    ...(conjoint === null ? {} : { ...profileColumns, ...conjoint.features }),
  });
  const attributes = Object.keys(columns).filter((name) => !own.includes(name));
  checkAttributeNames(action, "assigned", attributes);
  const check = checkSlots(action, treatments);
  const features = Object.keys(conjoint?.features ?? {});
  const all = Object.keys(columns);
  const ids = new Map<string, number>();
  const read = (persona: unknown, row: number): string => {
    const levels = features.map((name) => String(columns[name]![row]));
    // A persona's text is the same for all its profiles.
    if (conjoint !== null && columns.profile![row] !== 1) return JSON.stringify(levels);
    const attributesOf = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, columns[name]![row]]));
    const slots = check(columns.arm![row] as string, persona, () => attributesOf(attributes));
    const text = describe(attributesOf(all));
    if (typeof text !== "string") throw new TypeError(cannot(action, "persona", "give a text", text));
    return features.length === 0 && slots === "" ? text : JSON.stringify([text, slots, levels]);
  };
  const texts = new Uint32Array(columns.persona_id!.length);
  columns.persona_id!.forEach((persona, row) => {
    const text = read(persona, row);
    const id = ids.get(text) ?? ids.size;
    if (id === ids.size) ids.set(text, id);
    texts[row] = id;
  });
  return texts;
}
