import { assert, assertEquals, assertThrows } from "@std/assert";
import { loadNotebook } from "@understudy/understudy/kernel";
import { CellSyntaxError, isComplete } from "../../../lib/kernel/session/parse_cell.ts";
import { transformCell } from "../../../lib/kernel/session/transform_cell.ts";
import { runHere, waited } from "./cell_runner.ts";
import { semanticCells } from "./semantic_cells.ts";

const transform = (source: string) => transformCell(source, 7);

Deno.test("a transformed cell means what it means in Deno's kernel", async (t) => {
  for (const { title, cells, value } of semanticCells) {
    await t.step(title, async () => {
      for (const cell of cells.slice(0, -1)) await runHere(cell);
      const last = await runHere(cells.at(-1)!).then(({ value }) => {
        return Deno.inspect(value, { colors: false });
      }, (error) => error.name);
      assertEquals(last, value);
    });
  }
});

Deno.test("a cell may declare a name as another kind of thing, and one that fails leaves the old value", async () => {
  await runHere("const kind1 = 1");
  await runHere("function kind1() { return 6 }");
  await runHere("const kind1 = kind1() + 1; class Kind1 {}; import { sep as kind2 } from 'node:path'");
  await runHere("const kind2 = (() => { throw new Error('x') })()").catch(() => {});
  await runHere("let Kind1 = `${kind1}${kind2}`");
  assertEquals((await runHere("Kind1")).value, "7/");
});

Deno.test("every await of a cell goes through the runtime with its line, at every depth", async () => {
  waited.length = 0;
  const cell = `import "node:os";
const f3 = async () => {
  await null;
  for await (const x of [1]) await (0, x);
};
class A3 { async *m() { yield await 1; } static async s() { return await f3() } }
await A3.s(); for await (const y of new A3().m());
await import("node:path");
({ async m() { await 5 } }).m()`;
  await runHere(cell);
  const first = ["wait:1", "wait:3", "wait:6", "wait:7", "iterate:4", "wait:4"];
  const told = [...first, "iterate:7", "wait:6", "wait:8", "wait:9"];
  assertEquals(waited, told);
});

Deno.test("imports go through the runtime, in declarations and in calls", () => {
  const cell =
    "import a from './a.ts';\nawait import('./b.ts');\nimport(`./c.ts`);\nexport { d } from './d.ts'";
  const { names, body } = transform(cell);
  assertEquals(names, ["a"]);
  const imports = [...body.matchAll(/importModule\(([^)]*)\)/g)].map(([, specifier]) => specifier);
  assertEquals(imports, ['"./a.ts"', "'./b.ts'", "`./c.ts`"]);
});

Deno.test("what stands at odd places in a cell stays whole", () => {
  const cells = [
    "export default (function () {})",
    "export default (1, 2);",
    "export default class {}",
    "export default async function named() {}",
    "function*one(){}function*two(){}one",
    "async function\n later() {}",
    "function /* between */ commented() {}",
    "if (a) var b = 1; else var c",
    "do var d = 1; while (d) d",
    "label: for (var e of []) continue label",
    "for (var f = 0, g; f < 1; f++);",
    "for (var { h } = {}; ; ) break",
    "switch (1) { case 1: var i = 1; break; default: i }",
    "try { var j } catch { var k } finally { var l }",
    "class M extends (await n) { [await o] = 1; static { var p = 1 } }",
    "let q\n(r)\nlet s = () => {}\n(t)\nu++\n(v)",
    "a\nfunction w() {}\n(b)\nexport { w }\n(c)\nimport 'node:os'\n(d)\nclass X {}\n(e)",
    "`${await `${await 1}`}`",
    "using y = z; await using z2 = y",
    "import d, * as all from 'y'; import {} from 'y'; import { 'a b' as ab } from 'y'",
    "const \u0061b2 = 1, ünïcode = 2",
    "a ??= await b; [a, b] = await c; ({ a, b = await d } = await e)",
    "if (a) enum F { G }",
    "// only a comment",
    ";",
    "",
  ];
  for (const cell of cells) {
    const { functions, body } = transform(cell);
    for (const script of [functions, body]) new Function(script);
    assertEquals(body.split("\n").length, cell.split("\n").length + 2, cell);
  }
});

const errors: [cell: string, line: number, column: number, message: RegExp][] = [
  ["const x = ;", 1, 11, /Unexpected token/],
  ["foo(\n  1 +,\n)", 2, 6, /Unexpected token/],
  ["let a = 1\nlet a = 2", 2, 5, /'a' has already been declared/],
  ["type T = { a: string }\nconst x: T = 1 2", 2, 15, /semicolon/i],
  ["1\nreturn 2", 2, 1, /return/],
  ["function f() { await 1 }", 1, 16, /await/],
  ["x\n  = /(/", 2, 5, /Invalid regular expression/],
  ["'abc", 1, 1, /Unterminated string/],
  ["import.meta.url", 1, 1, /import\.meta/],
  ["1\n@dec class A { x = 1 }", 2, 1, /decorators/],
  ["const undefined = 1", 1, 7, /already been declared/],
  ["let __understudy", 1, 5, /already been declared/],
  ["import { x } frm 'a'", 1, 14, /Unexpected token/],
  ["}", 1, 1, /Unexpected token/],
  ["enum A { B = }", 1, 14, /Unexpected token/],
];

Deno.test("what cannot be read says where and why, as text", () => {
  for (const [cell, line, column, message] of errors) {
    const error = assertThrows(() => transform(cell), CellSyntaxError) as CellSyntaxError;
    assertEquals(
      [error.line, error.column, error.name],
      [line, column, "SyntaxError"],
      `${cell}: ${error.message}`,
    );
    assert(message.test(error.message), `${cell}: ${error.message}`);
    assert(!/\(\d+:\d+\)|\n|file:/.test(error.message), error.message);
  }
});

Deno.test("a console knows whether more lines can make a cell whole", () => {
  const incomplete = [
    "f(",
    "if (x) {",
    "`a",
    "/* a",
    "const x =",
    "x.",
    "function f(",
    "[1,\n2,",
    "class A {",
    "a ?",
  ];
  const invalid = ["f(]", "}", "'a", "const x = ;\n", "a b", "for (const x of 1) }"];
  const complete = ["", "f()", "// a", "if (x) {}", "{ a: 1 }", "type T = 1", "`a\nb`", "x\n  .y"];
  assertEquals(incomplete.filter((source) => isComplete(source) !== "incomplete"), []);
  assertEquals(invalid.filter((source) => isComplete(source) !== "invalid"), []);
  assertEquals(complete.filter((source) => isComplete(source) !== "complete"), []);
});

Deno.test("every code cell of the notebooks transforms and every line keeps its place", async () => {
  const folder = new URL("../../../notebooks/", import.meta.url);
  let cells = 0;
  for (const { name } of [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".ipynb"))) {
    const notebook = await loadNotebook(new URL(name, folder).pathname);
    for (const { source, cell_type } of notebook.cells) {
      if (cell_type !== "code") continue;
      cells++;
      checkLines(source, `${name}: ${source}`);
    }
  }
  assert(cells > 50);
});

Deno.test("a fourth of the files of lib/ transform as cells and every line keeps its place", () => {
  const files = (folder: URL): URL[] =>
    [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
      isDirectory ? files(new URL(`${name}/`, folder)) : name.endsWith(".ts") ? [new URL(name, folder)] : []
    );
  const fourth = files(new URL("../../../lib/", import.meta.url)).filter((_, at) => at % 4 === 0);
  for (const file of fourth) {
    // A module's own address is the one thing that a cell does not have.
    checkLines(Deno.readTextFileSync(file).replaceAll("import.meta", "importMeta"), file.pathname);
  }
});

/** Words of the scripts themselves. */
const added = new Set([
  "async",
  "use",
  "strict",
  "let",
  "return",
  "value",
  "await",
  "wait",
  "cell",
  "ts",
  "sourceURL",
  "this",
  "void",
]);

/** A word that stands once in a cell, and still once in a script, stands on the same line. */
function checkLines(source: string, title: string): void {
  const { functions, body } = transform(source);
  const lines = (text: string) => {
    const found = new Map<string, number[]>();
    for (const [at, line] of text.split("\n").entries()) {
      for (const [word] of line.matchAll(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu)) {
        found.set(word, [...(found.get(word) ?? []), at]);
      }
    }
    return [...found].filter(([word, at]) => at.length === 1 && !added.has(word));
  };
  // The names of an import stand on its first line.
  const imports = source.match(/^import\b[\s\S]*?;$/gm)?.join() ?? "";
  const written = new Map(lines(source).filter(([word]) => !imports.includes(word)));
  for (const script of [functions, body]) {
    const moved = lines(script).filter(([word, [at]]) => written.has(word) && written.get(word)![0] !== at);
    assertEquals(moved, [], title);
    new Function(script);
  }
  assertEquals(body.split("\n").length, source.split("\n").length + 2, title);
}
