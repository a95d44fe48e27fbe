import { assert } from "@std/assert";
import { loadNotebook } from "@understudy/understudy/kernel";
import { exercises } from "../notebooks/workshop/exercises.ts";

const root = new URL("../", import.meta.url);
const notebooks = [
  "01_first_experiment.ipynb",
  "02_illusion_of_intervention.ipynb",
  ...exercises.flatMap((name) => [`workshop/${name}`, `workshop/solutions/${name}`]),
];

/** The code of a notebook as one program, which may stand anywhere. */
async function program(name: string): Promise<string> {
  const { cells } = await loadNotebook(new URL(`notebooks/${name}`, root).pathname);
  return cells.filter((cell) => cell.cell_type === "code").map((cell) => [cell.source].flat().join(""))
    .join("\n").replaceAll('"../', `"${root}`);
}

// In one call, as the toolkit is the greater part of what is checked; so the other tests run with `--no-check`.
Deno.test("the toolkit, its tests, the documented examples and each notebook as one program type-check", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const scripts = notebooks.map((_, at) => `${folder}/notebook_${at + 1}.ts`);
    for (const [at, script] of scripts.entries()) {
      await Deno.writeTextFile(script, await program(notebooks[at]!));
    }
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "check",
        "--quiet",
        "--doc",
        "mod.ts",
        "cli.ts",
        "cli",
        "init.ts",
        "README.md",
        "lib",
        "tests",
        "examples",
        "notebooks",
        ...scripts,
      ],
      cwd: root,
      env: { NO_COLOR: "1" },
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
