import { cannot, columnOf, type Design, distinct, groupRows, type Table } from "../core/mod.ts";
import { assignCompletely, assignSimply } from "./draw_arms.ts";

/** The block of each row: the values of the blocking columns, joined. */
export function blockLabels(personas: Table, names: readonly string[]): string[] {
  const columns = names.map((name) => columnOf(personas, name));
  return Array.from(
    { length: personas.numRows() },
    // A slash within a value is doubled, so that two blocks never read the same.
    (_, row) =>
      columns.length === 1
        ? String(columns[0]![row])
        : columns.map((column) => String(column[row]).replaceAll("/", "//")).join(" / "),
  );
}

/** The arm of each row: units (personas, or clusters) are drawn within their block, or each by itself. */
export function drawUnits(
  action: string,
  personas: Table,
  design: Design,
  blocks: readonly string[],
  probabilitiesOf: (block: string) => readonly number[],
  seed: number,
): number[] {
  const units = columnOf(personas, design.clusters ?? "persona_id").map(String);
  if (design.clusters !== null) checkNested(action, units, blocks, design.clusters);
  const armOfUnit = new Map<string, number>();
  for (const [block, rows] of groupRows(blocks)) {
    const members = distinct(rows.map((row) => units[row]!));
    const probabilities = probabilitiesOf(block);
    const drawn = design.assignment === "simple"
      ? assignSimply(members, probabilities, seed)
      : assignCompletely(members, probabilities, seed, block);
    members.forEach((unit, place) => armOfUnit.set(unit, drawn[place]!));
  }
  return units.map((unit) => armOfUnit.get(unit)!);
}

function checkNested(
  action: string,
  clusters: readonly string[],
  blocks: readonly string[],
  name: string,
): void {
  for (const [cluster, rows] of groupRows(clusters)) {
    const found = distinct(rows.map((row) => blocks[row]!));
    if (found.length > 1) {
      const rule = `lie in one block each; cluster '${cluster}' lies in ${found.length}`;
      throw new RangeError(cannot(action, name, rule, found));
    }
  }
}
