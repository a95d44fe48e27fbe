import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { loadNotebook, type NotebookCell } from "@understudy/understudy/kernel";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

async function run(folder: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(success, text);
  return text;
}

function shown(cells: readonly NotebookCell[]): string {
  return cells.flatMap(({ outputs = [] }) => outputs).map((output) =>
    output.output_type === "display_data" ? String(output.data["text/plain"]) : JSON.stringify(output)
  ).join("\n");
}

Deno.test("init.ts makes a folder whose notebook runs as it is, and replaces nothing", async () => {
  const parent = await Deno.makeTempDir();
  const folder = `${parent}/my study`;
  assertStringIncludes(
    await run(parent, "run", "-A", `${root}init.ts`, "my study"),
    "written  first_study.ipynb",
  );
  const [own, toolkit] = await Promise.all(
    [folder, root].map((place) => Deno.readTextFile(`${place}/deno.json`)),
  );
  for (const name of ["@std/assert", "@uwdata/flechette", "arquero"]) {
    assertEquals(JSON.parse(own!).imports[name], JSON.parse(toolkit!).imports[name]);
  }
  await run(folder, "task", "run");
  const executed = await Deno.readTextFile(`${folder}/first_study.ipynb`);
  const outputs = shown((await loadNotebook(`${folder}/first_study.ipynb`)).cells);
  assertStringIncludes(outputs, "Estimated effects on support: threat");
  assertStringIncludes(outputs, "Did the treatment change who the simulated people are? news_source");
  assertStringIncludes(
    await run(parent, "run", "-A", `${root}init.ts`, "my study"),
    "kept     first_study.ipynb",
  );
  assertEquals(await Deno.readTextFile(`${folder}/first_study.ipynb`), executed);
  await Deno.remove(parent, { recursive: true });
});
