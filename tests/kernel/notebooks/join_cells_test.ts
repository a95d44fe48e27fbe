import { assertEquals } from "@std/assert";
import { loadNotebook } from "@understudy/understudy/kernel";
import { joinCells } from "../../../lib/kernel/notebooks/join_cells.ts";
import { parseCell } from "../../../lib/kernel/session/parse_cell.ts";

/** The errors of types that Deno finds in joined cells, as `cell:line code`. */
async function typeErrors(sources: readonly string[]): Promise<string[]> {
  const { text, origins } = joinCells(sources);
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/deno.json`, "{}");
    await Deno.writeTextFile(`${folder}/cells.ts`, text);
    const command = new Deno.Command(Deno.execPath(), {
      args: ["check", "-q", "cells.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    });
    const said = new TextDecoder().decode((await command.output()).stderr);
    return [...said.matchAll(/(TS\d+)[\s\S]*?cells\.ts:(\d+):/g)].map(([, code, line]) => {
      const origin = origins[Number(line) - 1];
      return `${origin?.cell}:${origin?.line} ${code}`;
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("joined cells have the types that each cell saw when it ran, and errors keep their cell and line", async () => {
  const errors = await typeErrors([
    "import { join } from 'node:path';\nconst x = 1;\nexport const y = x.toFixed();",
    "import { join, sep } from 'node:path';\nfunction f(a: number) { return a + x }",
    // Declared again with another type: what stands before keeps the old one.
    "const x = 'text';\ny.length + sep.length;\nx.toUpperCase();",
    "x.toFixed();\njoin(x, x);",
    "var x = 3;\nf(x.toFixed());",
    "interface Shape { x: number }\nexport default class Box implements Shape { x = x }",
    "class Box {}\ntype Shape = string\nconst shape: Shape = 'a';\nimport { basename } from 'node:path'; basename(5);",
    "enum Kind { A }\nexport { x as other };\nKind.B",
  ]);
  assertEquals(errors.toSorted(), ["3:0 TS2551", "4:1 TS2345", "6:3 TS2345", "7:2 TS2339"]);
});

Deno.test("joined cells leave out what cannot be read, except at the end", () => {
  const { text, origins } = joinCells(["const a = 1", "const = 2", "a."]);
  assertEquals(text.split("\n"), ["export {};", "const a = 1", ";", "a.", ""]);
  assertEquals(origins.at(-2), { cell: 2, line: 0 });
});

Deno.test("a name that is imported again is imported once", () => {
  const { text, origins } = joinCells([
    "import d, { a, b } from 'm';",
    "1; import { b, c as e,\n a } from 'm'\nimport d from 'm'",
  ]);
  assertEquals(text.split("\n").map((line) => line.trimEnd()), [
    "export {};",
    "import d, { a, b } from 'm';",
    "   import {    c as e,",
    "   } from 'm'",
    "",
    ";",
    "1;",
    "",
    "",
    ";",
    "",
  ]);
  assertEquals(origins.slice(2, 4), [{ cell: 1, line: 0 }, { cell: 1, line: 1 }]);
});

Deno.test("the cells of every notebook join to one module, each line where it was", async () => {
  const folder = new URL("../../../notebooks/", import.meta.url);
  for (const { name } of [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".ipynb"))) {
    const { cells } = await loadNotebook(new URL(name, folder).pathname);
    const sources = cells.filter(({ cell_type }) => cell_type === "code").map(({ source }) => source);
    const { text, origins } = joinCells(sources);
    parseCell(text);
    const kept = text.split("\n").filter((line, at) => origins[at] !== undefined && line.trim() !== "");
    const written = sources.flatMap((source) => source.split("\n")).filter((line) => line.trim() !== "");
    // Imports stand first, and a name imported twice once.
    const isOther = (line: string) => !kept.includes(line) && !/^(import|export) |^ |^\}/.test(line);
    assertEquals(written.filter(isOther), [], name);
  }
});
