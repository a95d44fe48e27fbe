import { assertEquals, assertRejects } from "@std/assert";
import { pathToFileURL } from "node:url";
import { openWorkspace } from "../../../lib/kernel/session/workspace.ts";

/** Makes files in a folder of its own; gives its path and its address. */
async function withFiles(
  files: { readonly [path: string]: string },
  use: (folder: string, address: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    await use(folder, pathToFileURL(folder).href);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Where Deno finds what is imported in a folder. */
async function resolved(folder: string, specifiers: readonly string[]): Promise<string[]> {
  await Deno.writeTextFile(
    `${folder}/resolve.ts`,
    `console.log(JSON.stringify(Deno.args.map((name) => import.meta.resolve(name))))`,
  );
  const args = ["run", "--allow-read", "resolve.ts", ...specifiers];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The configuration that was made. */
async function configuration(folder: string) {
  return JSON.parse(await Deno.readTextFile(`${folder}/deno.json`));
}

const toolkit = new URL("../../../", import.meta.url).href;

Deno.test("in an empty folder cells find the toolkit, its packages and files beside the notebook", async () => {
  await withFiles({ "study/helper.ts": "export const help = 6;" }, async (folder, address) => {
    const workspace = await openWorkspace(`${folder}/study`);
    const cell = `const { help } = await import("${address}/study/helper.ts");
const { escapeHtml } = await import("@understudy/understudy/core");
const { table } = await import("arquero");
Deno.stdout.writeSync(new TextEncoder().encode(escapeHtml("<") + help + typeof table));`;
    await Deno.writeTextFile(`${workspace.folder}/cell.ts`, cell);
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "cell.ts"],
      cwd: workspace.folder,
    });
    assertEquals(new TextDecoder().decode((await command.output()).stdout), "&lt;6function");
    await workspace.close();
    await assertRejects(() => Deno.stat(workspace.folder), Deno.errors.NotFound);
  });
});

Deno.test("a configuration that maps the toolkit says everything, and nothing is made", async () => {
  const imports = { "@understudy/understudy": "./copy/mod.ts", "arquero": "npm:arquero@7" };
  await withFiles(
    { "deno.json": JSON.stringify({ imports }), "study/a.txt": "" },
    async (folder) => {
      const workspace = await openWorkspace(`${folder}/study`);
      assertEquals(workspace.folder, `${folder}/study`);
      await workspace.close();
      await Deno.stat(`${folder}/study/a.txt`);
    },
  );
});

Deno.test("the toolkit's own folder needs nothing", async () => {
  const folder = new URL("../../../notebooks", import.meta.url).pathname;
  assertEquals((await openWorkspace(folder)).folder, folder);
});

Deno.test("the user's imports stand above the toolkit's, which keeps its own packages", async () => {
  await withFiles({
    "deno.jsonc": `{
      // A root with a comment, "quotes" and commas at the end.
      "workspace": ["./member"], "imports": { "shared": "./shared.ts", "mine": "./root.ts", },
    }`,
    "member/deno.json": JSON.stringify({
      importMap: "maps/imports.json",
      compilerOptions: { jsx: "react-jsx" },
    }),
    "member/maps/imports.json": JSON.stringify({
      imports: { "mine": "../mine.ts", "files/": "./files/", "arquero": "npm:arquero@7" },
    }),
    "member/package.json": JSON.stringify({
      dependencies: { "ms": "^2", "@a/b": "npm:c@1", "local": "file:../local" },
      devDependencies: { "std": "jsr:@std/assert@1" },
    }),
  }, async (folder, address) => {
    const workspace = await openWorkspace(`${folder}/member`);
    const specifiers = ["shared", "mine", "files/x.ts", "arquero", "ms", "@a/b", "std"];
    assertEquals(await resolved(workspace.folder, specifiers), [
      `${address}/shared.ts`,
      `${address}/member/mine.ts`,
      `${address}/member/maps/files/x.ts`,
      "npm:arquero@7",
      "npm:ms@^2",
      "npm:c@1",
      "jsr:@std/assert@1",
    ]);
    const made = await configuration(workspace.folder);
    assertEquals(Object.hasOwn(made.imports, "local"), false);
    assertEquals(made.scopes[toolkit].arquero, "npm:arquero@8.0.3");
    assertEquals([made.compilerOptions, made.lock], [{ jsx: "react-jsx" }, false]);
    await workspace.close();
  });
});

Deno.test("a toolkit at an address is mapped to that address", async () => {
  const served = {
    name: "@understudy/understudy",
    exports: { ".": "./mod.ts" },
    imports: { arquero: "npm:a" },
  };
  const server = Deno.serve({ port: 0, onListen() {} }, () => Response.json(served));
  const root = `http://localhost:${server.addr.port}/understudy/0.1.0/`;
  await withFiles({ "deno.json": "not JSON" }, async (folder) => {
    const workspace = await openWorkspace(folder, root);
    const { imports } = await configuration(workspace.folder);
    assertEquals([imports["@understudy/understudy"], imports.arquero], [`${root}mod.ts`, "npm:a"]);
    await workspace.close();
  });
  await server.shutdown();
});
