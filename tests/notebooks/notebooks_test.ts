import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { renderTable } from "@understudy/understudy/core";
import { loadNotebook, type Notebook, verifyNotebook } from "@understudy/understudy/kernel";
import { items, treatments } from "../../examples/border_incursion.ts";

const folder = new URL("../../notebooks/", import.meta.url).pathname;
// The notebooks of the repository; those that a reader keeps beside them are the reader's own.
const names = [
  "01_first_experiment.ipynb",
  "02_illusion_of_intervention.ipynb",
  "03_calibration.ipynb",
  "04_planning.ipynb",
  "05_human_effects.ipynb",
  "06_groups.ipynb",
];
/** Notebooks that read data beside the repository, and these. */
const outside: { readonly [name: string]: URL } = {
  "05_human_effects.ipynb": new URL("../../../shared/data/hewitt2026/human_effects.csv", import.meta.url),
};

function code(notebook: Notebook): string[] {
  return notebook.cells.filter((cell) => cell.cell_type === "code").map((cell) =>
    [cell.source].flat().join("")
  );
}

for (const name of names) {
  Deno.test(`${name} gives the committed outputs when it is executed again`, async (t) => {
    const data = outside[name];
    if (data !== undefined && !await Deno.stat(data).then(() => true, () => false)) {
      await t.step("skipped: the data that it reads are not beside the repository", () => {});
      return;
    }
    const differences = await verifyNotebook(`${folder}${name}`);
    assertEquals(differences.numRows(), 0, renderTable(differences, { format: "text" }));
  });

  Deno.test(`${name} is committed executed, without errors, and its prose outweighs its code cells`, async () => {
    const notebook = await loadNotebook(`${folder}${name}`);
    const cells = notebook.cells.filter((cell) => cell.cell_type === "code");
    assert(cells.every((cell) => cell.execution_count !== null && cell.execution_count !== undefined));
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    assertEquals(outputs.filter((output) => output.output_type === "error"), []);
    assert(
      outputs.some((output) =>
        "data" in output && JSON.stringify(output.data).includes("data:image/svg+xml")
      ),
    );
    assert(notebook.cells.length - cells.length >= cells.length);
  });
}

Deno.test("01_first_experiment.ipynb shows the vignette and the questions of the demo, word for word", async () => {
  const source = code(await loadNotebook(`${folder}01_first_experiment.ipynb`)).join("\n").replace(
    /" \+\s*"/g,
    "",
  );
  for (const arm of treatments.arms) assertStringIncludes(source, arm.wordings[0]!);
  for (const item of items) {
    assertStringIncludes(source, item.text);
    if ("options" in item) { for (const option of item.options) assertStringIncludes(source, `"${option}"`); }
  }
});
