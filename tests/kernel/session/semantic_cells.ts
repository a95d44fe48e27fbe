/** Cells that run one after another in one session, and what Deno's own kernel shows as the value of the last. */
export interface SemanticCells {
  readonly title: string;
  readonly cells: readonly string[];
  /** As `Deno.inspect` writes it, or the name of the error. */
  readonly value: string;
}

const row = (title: string, value: string, ...cells: string[]): SemanticCells => ({ title, cells, value });

/**
 * What a cell means, as in Deno's kernel. All of them may run in one session: every group has names of its own.
 */
export const semanticCells: readonly SemanticCells[] = [
  row("the last expression is the value", "3", "1;\n1 + 2"),
  row("a declaration has no value", "undefined", "const only1 = 5"),
  row("declarations after an expression leave its value", "5", "5; const after2 = 1; class After2 {}"),
  row("functions after an expression leave its value", "1", "later3()\nfunction later3() { return 1 }"),
  row("a comment at the end leaves the value", "4", "4 // four"),
  row("a text alone is a value", '"hello"', "'hello'"),
  row("a text before a declaration is a value", '"hello"', "'hello'\nconst text7 = 1"),
  row("braces are an object where they can be", "{ a: 1 }", "{ a: 1 }"),
  row("braces are a block where they must be", "2", "{ const inner9 = 2; inner9 }"),
  row("an awaited value", "{ a: 1 }", "await Promise.resolve({ a: 1 })"),
  row("an awaited sequence", "2", "await (1, Promise.resolve(2))"),
  row("a promise is shown, not awaited", "Promise { 5 }", "Promise.resolve(5)"),
  row("the value of a branch", "7", "if (1 < 2) { 7 } else { 8 }"),
  row("the value of a loop", "4", "for (let i = 0; i < 3; i++) i * 2"),
  row("the value of a try is not its finally's", "8", "try { 8 } finally { 9 }"),
  row("the value of a case", '"one"', "switch (1) { case 1: 'one' }"),
  row("const is declared again", "2", "const again17 = 1", "const again17 = 2", "again17"),
  row("let without a value begins anew", "undefined", "let anew18 = 4", "let anew18", "anew18"),
  row("var without a value keeps it", "3", "var kept19 = 3", "var kept19", "kept19"),
  row(
    "an older function calls the new one",
    "2",
    "function called21() { return 1 }; function calls21() { return called21() }",
    "function called21() { return 2 }",
    "calls21()",
  ),
  row(
    "functions call each other before their lines",
    "[ true, false ]",
    "const pair22 = [even22(4), even22(3)]\nfunction even22(n) { return n === 0 || odd22(n - 1) }\nfunction odd22(n) { return n !== 0 && even22(n - 1) }",
    "pair22",
  ),
  row(
    "var in a block belongs to the session",
    "[ 1, 3 ]",
    "if (true) { var block23 = 1 }\nfor (var loop23 = 0; loop23 < 3; loop23++);",
    "[block23, loop23]",
  ),
  row(
    "var alone behind a condition",
    "[ undefined, 2 ]",
    "if (false) var alone24 = 1; else var other24 = 2",
    "[alone24, other24]",
  ),
  row(
    "var of a loop over values",
    '[ "y", "b" ]',
    "for (var of25 of ['x', 'y']);\nfor (var in25 in { a: 1, b: 1 });",
    "[of25, in25]",
  ),
  row(
    "a loop's let is its own",
    "[ 0, 1, 2 ]",
    "const closures26 = []\nfor (let i = 0; i < 3; i++) closures26.push(() => i)\nclosures26.map((f) => f())",
  ),
  row(
    "patterns with defaults and rests",
    "[ 1, 2, { d: 4 }, 5, [ 7 ] ]",
    "const { a27, b27: { c27 = 2 } = {}, ...rest27 } = { a27: 1, d: 4 }, [e27 = 5, , ...more27] = [undefined, 6, 7]",
    "[a27, c27, rest27, e27, more27]",
  ),
  row(
    "defaults that are awaited",
    "[ 3, 4 ]",
    "const { a28 = await Promise.resolve(3), [await Promise.resolve('key')]: b28 } = { key: 4 }",
    "[a28, b28]",
  ),
  row(
    "patterns in a loop",
    "[ 2, 4 ]",
    "for (var { x29, y29 = 4 } of [{ x29: 1 }, { x29: 2 }]);",
    "[x29, y29]",
  ),
  row(
    "labels",
    "[ 0, 10 ]",
    "const seen30 = []\nouter30: for (const i of [0, 1, 2]) { for (const j of [0, 1]) { if (j === 1) continue outer30; if (i === 2) break outer30; seen30.push(i * 10 + j) } }\nseen30",
  ),
  row(
    "patterns of text and divisions",
    "[ true, 2, 3 ]",
    "const g31 = 2, text31 = 'a/b';\n[/a\\/b/g.test(text31), 4 / g31 / 1, /[/)]+/.exec('a//)b')[0].length]",
  ),
  row(
    "templates",
    '"a 3 b ${x} 2 `"',
    "const x32 = 3;\n`a ${x32} b \\${x} ${await Promise.resolve(`${x32 - 1}`)} \\``",
  ),
  row("templates of several lines", '"one\\n  two\\n"', "`one\n  two\n`"),
  row(
    "classes with private, static and inherited parts",
    "[ 3, 4, 1 ]",
    "class Base34 { #x = 3; get x() { return this.#x } }\nclass Child34 extends Base34 { static made = 0; static { this.made = 1 } y = this.x + 1 }",
    "[new Child34().x, new Child34().y, Child34.made]",
  ),
  row(
    "a class declared again",
    "2",
    "class Again35 { v() { return 1 } }",
    "class Again35 { v() { return 2 } }",
    "new Again35().v()",
  ),
  row(
    "the name of a function and of a class",
    '[ "name36", "Name36", "arrow36" ]',
    "function name36() {}\nclass Name36 {}\nconst arrow36 = () => {}\n[name36.name, Name36.name, arrow36.name]",
  ),
  row(
    "generators",
    "[ 1, 2, 3 ]",
    "function* count37(n) { for (let i = 1; i <= n; i++) yield i }",
    "[...count37(3)]",
  ),
  row(
    "asynchronous generators and for await",
    "[ 0, 2, 4 ]",
    "async function* double38(n) { for (let i = 0; i < n; i++) yield await Promise.resolve(i * 2) }\nconst got38 = []\nfor await (const value of double38(3)) got38.push(value)\ngot38",
  ),
  row(
    "for await over promises",
    "3",
    "let sum39 = 0\nfor await (const value of [Promise.resolve(1), 2]) sum39 += value\nsum39",
  ),
  row(
    "await at every depth",
    "[ 2, 4 ]",
    "const f40 = async (x) => { const inner = { async m() { return await x * (await Promise.resolve(2)) } }; return await inner.m() }\nawait Promise.all([1, 2].map(async (x) => await f40(x)))",
  ),
  row("enumerations", '[ 0, "A", "y" ]', "enum Enum41 { A, B = 'y' }", "[Enum41.A, Enum41[0], Enum41.B]"),
  row("namespaces", "4", "namespace Space42 { export const four = 4 }", "Space42.four"),
  row(
    "parameter properties",
    "5",
    "class Point43 { constructor(private x: number, readonly y = 2) {} sum() { return this.x + this.y } }",
    "new Point43(3).sum()",
  ),
  row(
    "types are no values",
    "1",
    "interface Shape44 { x: number }\ntype Name44 = string\ndeclare const nothing44: number\nconst shape44: Shape44 = { x: 1 } satisfies Shape44\n;(shape44 as Shape44).x!",
  ),
  row(
    "type parameters",
    "[ 1 ]",
    "function list45<T extends number>(x: T): T[] { return [x] }\nlist45<number>(1)",
  ),
  row(
    "overloads",
    '"n"',
    "function over46(x: string): string\nfunction over46(x: number): string\nfunction over46(x: unknown) { return typeof x === 'number' ? 'n' : 's' }\nover46(1)",
  ),
  row(
    "exports",
    "[ 1, 2, 3 ]",
    "export const one47 = 1\nexport function two47() { return 2 }\nexport class Three47 { v = 3 }\nexport { one47 as other47 }",
    "[one47, two47(), new Three47().v]",
  ),
  row(
    "imports of every form",
    '[ "/", true, "a/b", true ]',
    "import path48, { sep as sep48 } from 'node:path'\nimport * as all48 from 'node:path'\nimport 'node:os'\nimport { type ParsedPath, join as join48 } from 'node:path'",
    "[sep48, path48.join === join48, join48('a', 'b'), all48.sep === sep48]",
  ),
  row(
    "an import with attributes",
    "1",
    "import data49 from 'data:application/json,{\"a\":1}' with { type: 'json' }\ndata49.a",
  ),
  row("an import while running", '"/"', "(await import('node:path')).sep"),
  row("an import is a variable", "2", "import { sep as sep51 } from 'node:path'", "const sep51 = 2", "sep51"),
  row(
    "lines without semicolons",
    "[ 1, 2, 3 ]",
    "let a52\nlet b52 = 1\nvar c52\n;[a52, c52] = [2, 3]\nconst d52 = b52++\n;(function () {})()\nconst list52 = [d52, a52, c52]",
    "list52",
  ),
  row("this is the global object", "true", "this === globalThis"),
  row("cells are strict", "ReferenceError", "undeclared54 = 1"),
  row("what a cell throws", "RangeError", "const before55 = 1\nthrow new RangeError('x')"),
  row("what a cell declared before it failed", "1", "before55"),
];
