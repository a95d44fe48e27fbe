import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { checkNotebook } from "@understudy/understudy/kernel";
import { proseCell, withNotebook } from "../notebook_fixture.ts";

type Row = {
  cell: number;
  line: number;
  column: number;
  code: string;
  message: string;
  source: string;
};

Deno.test("checkNotebook(path) names cell, line and column of wrong types and of what cannot be read, and runs nothing", async () => {
  const cells = [
    proseCell("# A"),
    `import { likert } from "@understudy/understudy/items";\nthrow new Error("never run");`,
    `let n: number = 1;\n\nlikert("a", "Do you?", { point: 7 });`,
    `const = 2;`,
    `let n = "now a text";\nn.toUpperCase();`,
    `n.toFixed();\nimport { wrong } from "./module.ts";`,
  ];
  await withNotebook(cells, async (path) => {
    await Deno.writeTextFile(
      path.replace("notebook.ipynb", "module.ts"),
      `export const wrong: number = "text";\n`,
    );
    const rows = (await checkNotebook(path)).objects() as Row[];
    assertEquals(rows.map(({ cell, line, column, code }) => [cell, line, column, code]), [
      [3, 3, 26, "TS2561"],
      [4, 1, 7, "syntax"],
      [6, 1, 3, "TS2551"],
    ]);
    assertStringIncludes(rows[0]!.message, "Object literal may only specify known properties");
    assertEquals(rows[2]!.source, "n.toFixed();");
    const left = [...Deno.readDirSync(path.replace("/notebook.ipynb", ""))].map(({ name }) => name).sort();
    assertEquals(left, ["module.ts", "notebook.ipynb"]);
  });
});

Deno.test("checkNotebook(path) finds fault with a module that the notebook imports, and says which", async () => {
  await withNotebook([`import { wrong } from "./module.ts";\nwrong;`], async (path) => {
    await Deno.writeTextFile(
      path.replace("notebook.ipynb", "module.ts"),
      `export const wrong: number = "text";\n`,
    );
    await assertRejects(() => checkNotebook(path), Error, "/module.ts:1:14");
  });
});
