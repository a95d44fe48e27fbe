import { canonicalJson } from "../../core/hash.ts";
import { cannot } from "../../core/errors.ts";
import { columnOf, type Table } from "../../core/table.ts";
import { type ControlAnswers, readControls } from "../controls/drift_answers.ts";
import type { DriftSettings } from "../controls/drift_options.ts";

/** All controls of one reply together: what one persona said in one arm and replicate. */
export type Pattern = readonly (string | null)[];

/**
 * Reads each reply as one pattern, the answers to all controls, under the control's name `name`. In a long table the
 * answers of a persona in an arm, replicate and wording belong together; where one was asked several times, the first
 * answers to all controls do, then the second.
 */
export function readJointAnswers(
  action: string,
  table: Table,
  controls: readonly string[],
  { settings, name }: { settings: DriftSettings; name: string },
): ControlAnswers {
  const answers = readControls(action, table, controls, []);
  const names = table.columnNames();
  const long = names.includes("item") && names.includes("value");
  const together = [settings.persona ?? "persona_id", settings.arm, "replicate", "wording"];
  const columns = together.filter((column) => names.includes(column)).map((column) =>
    columnOf(table, column)
  );
  const replyOf = (row: number) =>
    long ? canonicalJson(columns.map((column) => String(column[row]))) : String(row);
  const patterns = new Map<string, { row: number; pattern: (string | null)[] }>();
  answers.forEach(({ rows, categories }, c) => {
    const asked = new Map<string, number>();
    rows.forEach((row, index) => {
      const reply = replyOf(row);
      const time = asked.get(reply) ?? 0;
      asked.set(reply, time + 1);
      const key = `${time} ${reply}`;
      if (!patterns.has(key)) patterns.set(key, { row, pattern: controls.map(() => null) });
      patterns.get(key)!.pattern[c] = categories[index]!;
    });
  });
  const found = [...patterns.values()];
  return {
    control: name,
    rows: found.map(({ row }) => row),
    categories: found.map(({ pattern }) => writePattern(pattern, settings.missing)),
  };
}

/** A pattern as text; `null`, which is left out, where answers are missing and missing is no level. */
function writePattern(pattern: Pattern, missing: boolean): string | null {
  return missing || pattern.every((category) => category !== null) ? JSON.stringify(pattern) : null;
}

/** The pattern that a text stands for. */
export function readPattern(text: string): Pattern {
  return JSON.parse(text) as Pattern;
}

/** The numbers of a numeric control; `NaN` where the answer is missing. */
export function readNumbers(
  action: string,
  control: string,
  levels: readonly (string | null)[],
): Float64Array {
  return Float64Array.from(levels, (level) => {
    const value = level === null ? NaN : Number(level);
    if (level !== null && !Number.isFinite(value)) {
      throw new RangeError(
        cannot(action, "numeric", `name controls that hold numbers, as '${control}' must`, level),
      );
    }
    return value;
  });
}
