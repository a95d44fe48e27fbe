import { cannot, type Table, visibleText } from "../../core/mod.ts";
import { tableOfRows } from "../../core/table.ts";
import type { Notebook, NotebookOutput } from "./ipynb.ts";

/**
 * Maps the figures and tables of an executed notebook to its cells: where a reader of the paper finds what made them.
 *
 * @param notebook from `loadNotebook` or `runNotebook`
 * @returns one row per figure, table and error: `output` (`Figure 1`, `Table 1`, …, numbered as they come), `cell` (among
 * all cells, from 1), `execution` (its count), the `heading` above it, and what the output says of itself: `caption`
 * @throws {TypeError} if it is no notebook
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { describeOutputs } from "@understudy/understudy/kernel";
 *
 * const data = { "text/html": "<svg></svg>", "text/plain": "Effects: threat 0.42" };
 * const outputs = [{ output_type: "display_data" as const, data, metadata: {} }];
 * const cells = [
 *   { id: "a", cell_type: "markdown" as const, source: "## Effect", metadata: {} },
 *   { id: "b", cell_type: "code" as const, source: "plotEffects(effects)", metadata: {}, outputs },
 * ];
 * const map = describeOutputs({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
 * assertEquals(Object.values(map.object(0)), ["Figure 1", 2, null, "Effect", "Effects: threat 0.42"]);
 * ```
 */
export function describeOutputs(notebook: Notebook): Table {
  if (!Array.isArray(notebook?.cells)) {
    throw new TypeError(cannot("describe outputs", "notebook", "be a notebook", notebook));
  }
  const numbers = { Figure: 0, Table: 0, Error: 0 };
  let heading = "";
  const rows = notebook.cells.flatMap(
    ({ cell_type, source, execution_count = null, outputs = [] }, place) => {
      const headings = cell_type === "markdown" &&
        source.replace(/^```[^]*?^```/gm, "").match(/^#{1,6} .*$/gm);
      if (headings) heading = headings.at(-1)!.replace(/^#+ /, "");
      return outputs.map(readOutput).filter((output) => output !== undefined).map(({ kind, caption }) => ({
        output: `${kind} ${++numbers[kind]}`,
        cell: place + 1,
        execution: execution_count,
        heading: visibleText(heading),
        caption: visibleText(caption),
      }));
    },
  );
  return tableOfRows(rows, ["output", "cell", "execution", "heading", "caption"]);
}

function readOutput(
  output: NotebookOutput,
): { kind: "Figure" | "Table" | "Error"; caption: string } | undefined {
  if (output.output_type === "error") return { kind: "Error", caption: `${output.ename}: ${output.evalue}` };
  if (output.output_type === "stream") return undefined;
  const { "text/html": html = "", "text/plain": plain = "" } = output.data;
  // What a figure shows, a table's caption, or its columns.
  const caption = String(plain).trim().split("\n")[0]!.replace(/[|*\s]+/g, " ").trim().slice(0, 1000);
  const isImage = Object.keys(output.data).some((type) => type.startsWith("image/"));
  if (isImage || /<svg[\s>]| src="data:image\//.test(String(html))) return { kind: "Figure", caption };
  return /<table[\s>]/.test(String(html)) ? { kind: "Table", caption } : undefined;
}
