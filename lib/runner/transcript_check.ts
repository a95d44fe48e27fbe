import {
  assignedColumns,
  cannot,
  checkColumns,
  checkName,
  checkOptions,
  checkRows,
  checkSeed,
  checkWhole,
  columnOf,
  personaColumns,
  type Respondent,
  type Table,
} from "../core/mod.ts";
import { checkAttributeNames } from "../personas/attribute_names.ts";
import { callerOptionNames, checkCalls } from "./caller.ts";
import type { RecordTranscriptsOptions } from "./transcript_options.ts";
import { transcriptColumns } from "./transcript_rows.ts";

/** What the verb does, for its error messages. */
export const action = "record transcripts";

const optionNames = [
  "treatments",
  "script",
  "probes",
  "turns",
  "persona",
  "stated",
  "defaults",
  "retest",
  "instruction",
  "seed",
  ...callerOptionNames,
];

/** Checks everything before the first call is paid for. */
export function checkTranscripts(
  assigned: Table,
  respondent: Respondent,
  options: RecordTranscriptsOptions,
): void {
  checkOptions(action, options, optionNames);
  checkColumns(action, assigned, ["persona_id", "arm"], "assigned");
  checkRows(action, assigned, "assigned");
  checkCalls(action, respondent, options);
  checkSeed(action, options.seed ?? 0);
  checkWhole(action, "defaults", options.defaults ?? 10, 0, 10_000);
  if (typeof (options.retest ?? true) !== "boolean") {
    throw new TypeError(cannot(action, "retest", "be true or false", options.retest));
  }
  checkNames(assigned);
  checkProbes(options);
  checkArms(assigned, options);
}

/** The persona's own columns. */
export function attributeNames(assigned: Table): string[] {
  const own = Object.keys({ ...personaColumns, ...assignedColumns });
  return assigned.columnNames().filter((name) => !own.includes(name));
}

function checkNames(assigned: Table): void {
  const names = attributeNames(assigned);
  checkAttributeNames(action, "assigned", names);
  const taken = names.find((name) => (transcriptColumns as readonly string[]).includes(name));
  if (taken === undefined) return;
  throw new RangeError(
    `Cannot ${action} as 'assigned' must not have an attribute '${taken}', which is a column of the transcripts: rename it`,
  );
}

function checkProbes({ probes, treatments }: RecordTranscriptsOptions): void {
  if (!Array.isArray(probes) || probes.length === 0) {
    throw new TypeError(
      `${
        cannot(action, "probes", "be a list of questions", probes)
      }; for example [yesNo("afraid", "Are you afraid?")]`,
    );
  }
  const seen = new Set<string>();
  for (const item of probes) {
    checkName(action, "probes", item?.name);
    if (item.name === "line" || seen.has(item.name)) {
      throw new RangeError(cannot(action, "probes", "have distinct names other than 'line'", item.name));
    }
    seen.add(item.name);
  }
  if (!Array.isArray(treatments?.arms)) {
    throw new TypeError(
      `${cannot(action, "treatments", "come from declareTreatments", treatments)}; or pass design.treatments`,
    );
  }
}

function checkArms(assigned: Table, { treatments }: RecordTranscriptsOptions): void {
  const arms = treatments.arms.map(({ name }) => name);
  const seen = new Set<string>();
  const personas = columnOf(assigned, "persona_id");
  columnOf(assigned, "arm").forEach((arm, row) => {
    if (!arms.includes(arm as string)) {
      throw new RangeError(
        cannot(action, "assigned.arm", `hold arms of the treatments (${arms.join(", ")})`, arm),
      );
    }
    if (personas[row] === null || personas[row] === undefined) {
      throw new RangeError(
        cannot(action, "assigned.persona_id", `have a value in row ${row + 1}`, personas[row]),
      );
    }
    // 1 and "1" would be asked with the same seeds, as one persona.
    const unit = JSON.stringify([String(personas[row]), arm]);
    if (seen.has(unit)) {
      throw new RangeError(`Cannot ${action} as persona ${personas[row]} stands twice in arm '${arm}'`);
    }
    seen.add(unit);
  });
}

/** Checks what one persona hears in one arm, and at which turns it is probed. */
export function checkScript(
  lines: readonly string[],
  turns: readonly number[] | undefined,
): readonly number[] {
  if (
    !Array.isArray(lines) || lines.length === 0 ||
    lines.some((line) => typeof line !== "string" || line.trim() === "")
  ) {
    throw new TypeError(cannot(action, "script", "be a list of lines that are texts", lines));
  }
  const all = turns ?? lines.map((_, i) => i + 1);
  if (!Array.isArray(all)) throw new TypeError(cannot(action, "turns", "be a list of turns", all));
  for (const turn of all) checkWhole(action, "turns", turn, 1, lines.length);
  return all;
}
