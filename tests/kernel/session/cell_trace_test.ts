import { assertEquals } from "@std/assert";
import { cellTrace } from "../../../lib/kernel/session/cell_trace.ts";
import { runHere } from "./cell_runner.ts";

/** The trace of what a cell throws. */
async function traceOf(source: string, number: number): Promise<string[]> {
  const error = await runHere(source, number).then(() => "nothing", (error) => error);
  return cellTrace(Deno.inspect(error, { colors: false }), { number, lines: source.split("\n").length });
}

Deno.test("a trace names cells and their lines, also of earlier cells, and nothing of what ran them", async () => {
  await runHere(
    "function thrower1() {\n  throw new RangeError('deep')\n}\nconst arrow1 = () => thrower1()",
    3,
  );
  assertEquals(await traceOf("class Maker1 {\n  constructor() { [1].map(arrow1) }\n}\n\nnew Maker1()", 4), [
    "RangeError: deep",
    "    at thrower1 (Cell 3:2)",
    "    at arrow1 (Cell 3:4)",
    "    at Array.map (<anonymous>)",
    "    at new Maker1 (Cell 4:2)",
    "    at Cell 4:5",
  ]);
  assertEquals(await traceOf("const later2 = async () => {\n  await null\n  null.x\n}\nawait later2()", 5), [
    "TypeError: Cannot read properties of null (reading 'x')",
    "    at later2 (Cell 5:3)",
    "    at async Cell 5:5",
  ]);
});

Deno.test("a line of a trace is the line of the cell, with types, generics, enumerations and parameter properties before it", async () => {
  const lines = [
    "interface Line3 { a: number;",
    "  b: string }",
    "function pick3<T extends Line3,",
    "  K extends keyof T>(row: T, key: K): T[K] {",
    "  if (key === 'b') throw new Error('line 5') // a comment",
    "  return row[key]",
    "}",
    "enum Level3 { Low, High = 'high' }",
    "namespace Space3 { // a comment",
    "  export const five: number = 5",
    "}",
    "class Point3 extends Object {",
    "  private readonly seen = new Set<string>()",
    "  constructor(",
    "    private readonly x: number,",
    "    public y = 2) {",
    "    super()",
    "    if (this.x < this.y) throw new Error('line 18')",
    "  }",
    "}",
  ];
  await runHere(lines.join("\n"), 6);
  const last = async (cell: string) => (await traceOf(cell, 7)).filter((line) => line.includes("Cell 6"));
  assertEquals(await last("pick3({ a: 1, b: '' }, 'b')"), ["    at pick3 (Cell 6:5)"]);
  assertEquals(await last("new Point3(-1)"), ["    at new Point3 (Cell 6:18)"]);
  assertEquals((await runHere("[Space3.five, Level3[0], new Point3(3).x]")).value, [5, "Low", 3]);
  assertEquals(await traceOf("enum Last3 {\n  A\n}\n// a comment\nthrow new Error(`${Last3.A}`)", 8), [
    "Error: 0",
    "    at Cell 8:5",
  ]);
});

Deno.test("a trace keeps causes, several errors and properties", async () => {
  const cell = "const e4 = new AggregateError([new Error('a'), new Error('b')], 'many', { cause: 'why' })\n" +
    "e4.code = 5\nthrow e4";
  assertEquals(await traceOf(cell, 9), [
    "AggregateError: many",
    "    at Cell 9:1 {",
    "  code: 5,",
    '  [cause]: "why",',
    "  [errors]: [",
    "    Error: a",
    "        at Cell 9:1,",
    "    Error: b",
    "        at Cell 9:1",
    "  ]",
    "}",
  ]);
  assertEquals(await traceOf("throw { a: 1 }", 10), ["{ a: 1 }"]);
});

Deno.test("an error without a place in a cell keeps its frames, but not the session's own", () => {
  const inside = new URL("../../../lib/kernel/session/inside.ts", import.meta.url).href;
  const frames = ["at other (file:///a.ts:1:2)", `at start (${inside}:3:4) {`];
  const inspected = `Error: x\n    ${frames.join("\n    ")}\n  code: 1\n}`;
  assertEquals(cellTrace(inspected, { number: 1, lines: 1 }), [
    "Error: x",
    "    at other (file:///a.ts:1:2) {",
    "  code: 1",
    "}",
  ]);
});
