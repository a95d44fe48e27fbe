import { columnOf, distinct } from "../core/mod.ts";
import { evaluatePredictor, softmax } from "./linear_predictor.ts";
import type { Cell, WorldDeclaration } from "./world.ts";

/** The joint distribution of all attributes: the population's cells, split by each further attribute. */
export function buildCells(declaration: WorldDeclaration): Cell[] {
  const names = declaration.population.columnNames().filter((name) => name !== declaration.counts);
  const columns = names.map((name) => columnOf(declaration.population, name).map(String));
  const counts = columnOf<number>(declaration.population, declaration.counts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  let cells: Cell[] = counts.map((count, row) => ({
    levels: Object.fromEntries(names.map((name, i) => [name, columns[i]![row]!])),
    probability: count / total,
  })).filter((cell) => cell.probability > 0);
  for (const [attribute, { levels }] of Object.entries(declaration.attributes ?? {})) {
    const labels = Object.keys(levels);
    cells = cells.flatMap((cell) => {
      const shares = softmax(Object.values(levels).map((level) => evaluatePredictor(level, cell.levels, [])));
      return labels.map((level, i) => ({
        levels: { ...cell.levels, [attribute]: level },
        probability: cell.probability * shares[i]!,
      }));
    });
  }
  return cells;
}

/** For each attribute, its levels in order of appearance. */
export function attributeLevels(cells: readonly Cell[]): { [attribute: string]: string[] } {
  return Object.fromEntries(
    Object.keys(cells[0]!.levels).map((
      attribute,
    ) => [attribute, distinct(cells.map((cell) => cell.levels[attribute]!))]),
  );
}
