import { assertEquals, assertStringIncludes } from "@std/assert";
import { runNotebook, verifyNotebook } from "@understudy/understudy/kernel";
import { compareOutputs, normalizeOutput } from "../../../lib/kernel/notebooks/verify_notebook.ts";
import { notebookOf, proseCell, withNotebook } from "../notebook_fixture.ts";

Deno.test("normalizeOutput(text) removes what changes from run to run and nothing else", () => {
  const cases: [string, string][] = [
    ["took 1.2 s", "took <duration>"],
    ["in 340ms, 12 seconds or 2 minutes", "in <duration>, <duration> or <duration>"],
    ["about 2 min 5 s left", "about <duration> left"],
    ["took under 1 s", "took <duration>"],
    ["about 1 h 39 min left", "about <duration> left"],
    ["12.5/s", "<rate>"],
    ["at 2026-11-21T02:05:38.072Z and 2026-11-21", "at <date> and <date>"],
    ["http://127.0.0.1:43817/v1, localhost:80", "http://127.0.0.1:<port>/v1, localhost:<port>"],
    ["Deno 2.9.6, V8 14.0.365.5-rusty", "Deno <version>, V8 <version>"],
    ["at file:///home/a/b/cell.ts:3:1", "at file:///<folder>/cell.ts:3:1"],
  ];
  for (const [text, expected] of cases) assertEquals(normalizeOutput(text), expected);
  for (const text of ["0.42 [0.1, 0.7]", "p = .032", "400 of 400 · 100%", "n = 12 subjects", "10 scales"]) {
    assertEquals(normalizeOutput(text), text);
  }
});

Deno.test("verifyNotebook(path) finds no difference after a run, whatever is volatile, and leaves the file", async () => {
  const cells = [
    proseCell("# A"),
    `console.log(new Date().toISOString(), performance.now() + " ms"); [1, "a"]`,
  ];
  await withNotebook(cells, async (path) => {
    await runNotebook(path, { output: path });
    const written = await Deno.readTextFile(path);
    assertEquals((await verifyNotebook(path)).numRows(), 0);
    assertEquals(await Deno.readTextFile(path), written);
    assertEquals([...Deno.readDirSync(path.replace(/[^/]*$/, ""))].map(({ name }) => name), [
      "notebook.ipynb",
    ]);
  });
});

Deno.test("verifyNotebook(path) names the cell, the output and the part that differs, errors included", async () => {
  await withNotebook(["40 + 2", `throw new Error("gone")`, `console.log("kept")`], async (path) => {
    await runNotebook(path, { output: path, allowErrors: true });
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace('"42"', '"43"').replaceAll('"gone"', '"here"'));
    assertEquals((await verifyNotebook(path)).objects(), [
      { cell: 1, output: 1, kind: "text/plain", expected: "43", actual: "42" },
      { cell: 2, output: 1, kind: "error", expected: "Error: here", actual: "Error: gone" },
    ]);
  });
});

Deno.test("compareOutputs(expected, actual) reports outputs that one run lacks, and the place in a long one", () => {
  const long = (end: string) => ({
    output_type: "display_data" as const,
    data: { "text/html": `${"x".repeat(500)}${end}`, "image/png": "AA==" },
    metadata: {},
  });
  const expected = notebookOf(["a", "b"]);
  const actual = notebookOf(["a", "b"]);
  expected.cells[0]!.outputs = [{ output_type: "stream", name: "stdout", text: "only before" }];
  expected.cells[1]!.outputs = [long("one")];
  actual.cells[1]!.outputs = [long("two"), { output_type: "stream", name: "stderr", text: "only after" }];
  const rows = compareOutputs(expected, actual).objects() as { [name: string]: unknown }[];
  assertEquals(rows.map(({ cell, output, kind }) => [cell, output, kind]), [
    [1, 1, "output"],
    [2, 1, "text/html"],
    [2, 2, "output"],
  ]);
  assertEquals([rows[0]!.expected, rows[0]!.actual], ["stream: only before", "no output"]);
  assertEquals(rows[1]!.actual, `…${"x".repeat(20)}two`);
  assertStringIncludes(String(rows[2]!.actual), "only after");
});
