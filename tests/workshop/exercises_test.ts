import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { renderTable } from "@understudy/understudy/core";
import { loadNotebook, type Notebook, verifyNotebook } from "@understudy/understudy/kernel";
import type { ExerciseResult } from "@understudy/understudy/workshop";
import { tasks } from "../../notebooks/workshop/check_exercise.ts";
import { copyWorkshop } from "../../notebooks/workshop/copy_workshop.ts";
import { exercises } from "../../notebooks/workshop/exercises.ts";
import { exerciseOf, gradedSolution } from "../../notebooks/workshop/generate.ts";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../notebooks/workshop/", import.meta.url));

function codeOf(notebook: Notebook): string[] {
  return notebook.cells.filter((cell) => cell.cell_type === "code").map((cell) => cell.source);
}

/** What the checks of a notebook say, its cells run as one program in this process and nothing shown. */
async function checksOf(notebook: Notebook): Promise<ExerciseResult[]> {
  const program = codeOf(notebook).join("\n")
    .replace(/import \{([^}]*)\} from "@understudy\/understudy\/kernel";/, "const show = () => {};")
    .replaceAll(/(?<!\.)\bcheckExercise\(/g, "checked(");
  const file = await Deno.makeTempFile({ dir: import.meta.dirname!, suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      file,
      `export const results = [];\n${program}\n` +
        `function checked(...answer) { const result = checkExercise(...answer); results.push(result); return result; }\n`,
    );
    return (await import(`file://${file}`)).results;
  } finally {
    await Deno.remove(file);
  }
}

for (const name of exercises) {
  const solutionFile = `${folder}solutions/${name}`;

  Deno.test(`the solution ${name} gives its committed outputs again, and passes every check`, async () => {
    const differences = await verifyNotebook(solutionFile);
    assertEquals(differences.numRows(), 0, renderTable(differences, { format: "text" }));
    const checks = (await loadNotebook(solutionFile)).cells.filter((cell) =>
      cell.cell_type === "code" && cell.source.includes("checkExercise(")
    );
    assert(checks.length >= 3);
    for (const { outputs } of checks) assertStringIncludes(JSON.stringify(outputs), ": passed");
  });

  Deno.test(`the exercise ${name} is what 'deno task workshop' writes`, async () => {
    const solution = await loadNotebook(solutionFile);
    assertEquals(gradedSolution(solution), solution);
    assertEquals(await loadNotebook(`${folder}${name}`), exerciseOf(solution));
  });

  Deno.test(`the untouched exercise ${name} runs to its end, fails each of its checks, and holds no solution`, async () => {
    const exercise = await loadNotebook(`${folder}${name}`);
    const results = await checksOf(exercise);
    const ids = Object.keys(tasks).filter((id) => id.startsWith(`${Number(name.slice(0, 2))}.`));
    assertEquals(results.map(({ id, passed }) => ({ id, passed })), ids.map((id) => ({ id, passed: false })));
    for (const { message } of results) assertStringIncludes(message, "has no value yet");
    const code = codeOf(exercise).join("\n");
    assert(!/BEGIN SOLUTION|END SOLUTION|HIDDEN TESTS/.test(code));
  });

  Deno.test(`the exercise ${name} has a hint to unfold for its tasks, and nbgrader's metadata`, async () => {
    const { cells } = await loadNotebook(`${folder}${name}`);
    const prose = cells.filter((cell) => cell.cell_type === "markdown").map((cell) => cell.source).join("\n");
    assert([...prose.matchAll(/<details><summary>Hint/g)].length >= 3);
    assertEquals(prose.split("<details>").length, prose.split("</details>").length);
    const graded = cells.flatMap(({ metadata }) => metadata.nbgrader as { [name: string]: unknown }[] ?? []);
    const points = graded.filter(({ grade }) => grade).map((cell) => {
      assertEquals({ ...cell, grade_id: "", points: 0 }, {
        schema_version: 3,
        grade_id: "",
        grade: true,
        locked: true,
        solution: false,
        task: false,
        points: 0,
      });
      return cell.points as number;
    });
    assert(points.length >= 3 && points.every((point) => point > 0));
    assert(graded.some(({ solution, locked }) => solution === true && locked === false));
    assertEquals(new Set(graded.map(({ grade_id }) => grade_id)).size, graded.length);
  });
}

Deno.test("each task is checked by one notebook", () => {
  const numbers = new Set(Object.keys(tasks).map((id) => id.split(".")[0]!));
  assertEquals([...numbers], exercises.map((name) => String(Number(name.slice(0, 2)))));
});

Deno.test("copyWorkshop(folder) writes the exercises and a deno.json, and replaces nothing", async () => {
  const place = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${place}/${exercises[0]}`, "mine");
    const said = await copyWorkshop(place);
    assertEquals(said.slice(0, 2), ["written  deno.json", `kept     ${exercises[0]}`]);
    assertEquals(await Deno.readTextFile(`${place}/${exercises[0]}`), "mine");
    const { imports, links, tasks } = JSON.parse(await Deno.readTextFile(`${place}/deno.json`));
    assert("@understudy/understudy" in imports && links.length === 1);
    assertStringIncludes(tasks.run.command, "deno run -A");
  } finally {
    await Deno.remove(place, { recursive: true });
  }
});
