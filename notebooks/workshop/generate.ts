/**
 * Writes the workshop's exercises from their solutions.
 *
 *     deno task workshop
 *
 * A solution is a notebook in solutions/. What the student is to find stands between `// BEGIN SOLUTION` and
 * `// END SOLUTION`, after the name that it is given:
 *
 *     const personas =
 *       // BEGIN SOLUTION
 *       samplePersonas(population, { n: 200, seed: 1, counts: "residents" });
 *     // END SOLUTION
 *
 * A cell with such a region, and one that calls `checkExercise("1.2", …)`, gets what nbgrader needs to know of it. The
 * exercise is the same notebook beside that folder, with the regions and outputs emptied. nbgrader makes the same of a
 * solution where its configuration says `c.ClearSolutions.code_stub = {"typescript": "undefined; // your code here"}`.
 *
 * @module
 */
import { loadNotebook, type Notebook, type NotebookCell, writeNotebook } from "@understudy/understudy/kernel";
import { tasks } from "./check_exercise.ts";
import { exercises } from "./exercises.ts";
import { fileURLToPath } from "node:url";

/** The solution with nbgrader's metadata, and with tests by which nbgrader grades. */
export function gradedSolution(solution: Notebook): Notebook {
  return { ...solution, cells: solution.cells.map(gradedCell) };
}

/** The exercise of a solution. */
export function exerciseOf(solution: Notebook): Notebook {
  const cells = gradedSolution(solution).cells.map((cell): NotebookCell =>
    cell.cell_type !== "code" ? cell : {
      ...cell,
      source: withoutAnswers(cell.source),
      execution_count: null,
      outputs: [],
    }
  );
  return { ...solution, cells };
}

function gradedCell(cell: NotebookCell): NotebookCell {
  if (cell.cell_type !== "code") return cell;
  const { nbgrader: _, ...metadata } = cell.metadata;
  if (cell.source.includes("// BEGIN SOLUTION")) {
    return { ...cell, metadata: { ...metadata, nbgrader: gradeOf(`answer-${cell.id}`, { solution: true }) } };
  }
  const id = /\bcheckExercise\("([^"]+)"/.exec(cell.source)?.[1];
  if (id === undefined) return { ...cell, metadata };
  const points = tasks[id]?.points;
  if (points === undefined) {
    throw new Error(`Cannot write the exercise as cell '${cell.id}' checks no known task`);
  }
  const nbgrader = { ...gradeOf(`check-${id.replace(".", "-")}`, { grade: true, locked: true }), points };
  return { ...cell, metadata: { ...metadata, nbgrader }, source: withGrading(cell.source) };
}

/** What nbgrader says of a cell, in the third version of its schema. */
function gradeOf(grade_id: string, is: { grade?: boolean; locked?: boolean; solution?: boolean }) {
  return { schema_version: 3, grade_id, grade: false, locked: false, solution: false, task: false, ...is };
}

const hiddenTests = /\n*\/\/ BEGIN HIDDEN TESTS\n[\s\S]*?\/\/ END HIDDEN TESTS\n?/g;

// A wrong answer is no error, so that an exercise can be run to its end; nbgrader gives points where there is none.
function withGrading(source: string): string {
  const shown = source.replace(hiddenTests, "").trimEnd();
  const checks = [...shown.matchAll(/checkExercise\([^)]*\)/g)].map(([call]) => `${call}.passed`);
  return `${shown}
// BEGIN HIDDEN TESTS
if (!${checks.join(" || !")}) throw new Error("not passed");
// END HIDDEN TESTS`;
}

const stub = "// your code here";

function withoutAnswers(source: string): string {
  return source.replace(hiddenTests, "")
    .replace(/=\s*\/\/ BEGIN SOLUTION\n[\s\S]*?\/\/ END SOLUTION/g, `= undefined; ${stub}`)
    .replace(/\/\/ BEGIN SOLUTION\n[\s\S]*?\/\/ END SOLUTION/g, stub);
}

if (import.meta.main) {
  for (const name of exercises) {
    const [from, to] = [`solutions/${name}`, name].map((path) =>
      fileURLToPath(new URL(path, import.meta.url))
    );
    const solution = gradedSolution(await loadNotebook(from!));
    await writeNotebook(solution, from!);
    await writeNotebook(exerciseOf(solution), to!);
    Deno.stdout.writeSync(new TextEncoder().encode(`written  ${name}\n`));
  }
}
