import { assert, assertEquals, assertThrows } from "@std/assert";
import { renderTable, tableOf } from "@understudy/understudy/core";
import { describeOutputs, loadNotebook } from "@understudy/understudy/kernel";

const show = (html: string, plain: string) => ({
  output_type: "display_data" as const,
  data: { "text/html": html, "text/plain": plain },
  metadata: {},
});
const cell = (cell_type: "markdown" | "code", source: string, outputs: object[] = []) =>
  (
    {
      id: source,
      cell_type,
      source,
      metadata: {},
      ...cell_type === "code" ? { execution_count: 3, outputs } : {},
    }
  ) as never;

Deno.test("describeOutputs(notebook) numbers figures, tables and errors, with their cell, the heading above and what they say", () => {
  const table = tableOf({ arm: ["threat"], estimate: [0.42] });
  const both = (caption: string) =>
    show(renderTable(table, { caption }), renderTable(table, { format: "markdown", caption }));
  const cells = [
    cell("markdown", "# Study\n\n## Effect\nSome words.\n"),
    cell("code", "a", [
      both("Effects by arm"),
      show('<img alt="x" src="data:image/svg+xml;base64,x">', "Effects: threat 0.42.\nmore"),
    ]),
    cell("markdown", "No heading here.\n```sh\n# a comment\n```"),
    cell("code", "b", [
      both(""),
      { output_type: "stream", name: "stdout", text: "1" },
      show("<p>a</p>", "a"),
    ]),
    cell("code", "c", [{ output_type: "error", ename: "RangeError", evalue: "no\u202e", traceback: [] }, {
      ...show("", "a"),
      data: { "image/png": "x" },
    }]),
  ];
  const map = describeOutputs({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
  assertEquals(map.objects().map((row) => Object.values(row)), [
    ["Table 1", 2, 3, "Effect", "Effects by arm"],
    ["Figure 1", 2, 3, "Effect", "Effects: threat 0.42."],
    ["Table 2", 4, 3, "Effect", "arm estimate"],
    ["Error 1", 5, 3, "Effect", "RangeError: no"],
    ["Figure 2", 5, 3, "Effect", ""],
  ]);
  assertThrows(() => describeOutputs({} as never), TypeError, "be a notebook");
});

Deno.test("the map of a committed notebook names every figure and table that it shows, each with what it says", async () => {
  const folder = new URL("../../../notebooks/", import.meta.url);
  const [name] = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((name) =>
    name.endsWith(".ipynb")
  ).sort();
  const rows = describeOutputs(await loadNotebook(new URL(name!, folder).pathname)).objects() as {
    output: string;
    caption: string;
    heading: string;
  }[];
  assert(
    rows.some(({ output }) => output === "Figure 1") && rows.some(({ output }) => output === "Table 1"),
    name,
  );
  assertEquals(rows.filter(({ caption, heading }) => caption === "" || heading === ""), []);
});
