import { cannot } from "./errors.ts";

/**
 * How the profiles of a task stand in a prompt: a Markdown table, one column per profile and one row per feature, in
 * the order shown. Written here and read back here, so that whoever answers from the text alone reads what was shown:
 *
 * | | Profile 1 | Profile 2 |
 * | --- | --- | --- |
 * | years of schooling | 12 | 16 |
 * | job | doctor | janitor |
 *
 * A feature's name is shown with spaces for underscores.
 */
export interface ShownProfile {
  /** What the profile is called. */
  readonly label: string;
  /** Its level of each feature, as text, in the order shown. */
  readonly levels: { readonly [feature: string]: string };
}

/** Writes the table of a task's profiles. */
export function writeProfiles(profiles: readonly ShownProfile[]): string {
  const features = Object.keys(profiles[0]!.levels);
  return [
    tableLine(["", ...profiles.map(({ label }) => label)]),
    tableLine(["---", ...profiles.map(() => "---")]),
    ...features.map((feature) =>
      tableLine([feature.replaceAll("_", " "), ...profiles.map(({ levels }) => levels[feature]!)])
    ),
  ].join("\n");
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`.replace("|  |", "| |");
}

/** Reads the profiles of the last such table in a text; empty where there is none. */
export function readProfiles(text: string): ShownProfile[] {
  const lines = text.split("\n").map((line) => line.trim());
  const rule = lines.findLastIndex((line) => /^\|( --- \|){2,}$/.test(line));
  if (rule < 1 || !lines[rule - 1]!.startsWith("| |")) return [];
  const labels = cellsOf(lines[rule - 1]!).slice(1);
  const end = lines.findIndex((line, at) => at > rule && !line.startsWith("|"));
  const rows = lines.slice(rule + 1, end < 0 ? undefined : end).map(cellsOf);
  return labels.map((label, place) => ({
    label,
    levels: Object.fromEntries(
      rows.map(([feature, ...levels]) => [feature!.replaceAll(" ", "_"), levels[place] ?? ""]),
    ),
  }));
}

function cellsOf(line: string): string[] {
  return line.slice(1, -1).split("|").map((cell) => cell.trim());
}

/** Checks that a text can stand in a cell of the table. */
export function checkCell(action: string, argument: string, text: string): void {
  if (/[|\r\n]/.test(text) || text !== text.trim()) {
    const rule = "hold no vertical bars, line breaks, or blanks at its ends";
    throw new RangeError(cannot(action, argument, rule, text));
  }
}
