import { assertEquals, assertStringIncludes } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { show } from "@understudy/understudy/kernel";
import { displayValues, printValues } from "../../../lib/kernel/showing/show.ts";
import { notebookKernel } from "../../../lib/kernel/showing/notebook_kernel.ts";
import type { MimeBundle } from "../../../lib/core/mod.ts";
import { runNotebook } from "@understudy/understudy/kernel";
import { withNotebook } from "../notebook_fixture.ts";

const display = Symbol.for("Jupyter.display");
const figure = (name: string) => ({
  [display]: () => Promise.resolve({ "text/html": `<svg>${name}</svg>`, "text/plain": name }),
});
const hostile = `<script>alert("1")</script> & 'x'`;

async function displayed(...values: unknown[]): Promise<{ bundles: MimeBundle[]; waits: number[] }> {
  const bundles: MimeBundle[] = [];
  const waits: number[] = [];
  const kernel = {
    display: (bundle: MimeBundle) => {
      bundles.push(bundle);
      return Promise.resolve();
    },
  };
  await displayValues(values, kernel, (milliseconds) => {
    waits.push(milliseconds, bundles.length);
    return Promise.resolve();
  });
  return { bundles, waits };
}

async function printed(...values: unknown[]): Promise<string> {
  let text = "";
  await printValues(values, (part) => text += part);
  return text;
}

Deno.test("show(...values) displays tables, figures, texts and other values, each in its own form", async () => {
  const table = tableOf({ arm: [hostile], n: [3] });
  const { bundles } = await displayed(table, figure("a figure"), "**Text**", { answer: 42 });
  assertStringIncludes(String(bundles[0]!["text/html"]), "&lt;script&gt;alert(&quot;1&quot;)");
  assertStringIncludes(String(bundles[0]!["text/plain"]), "| arm |");
  assertEquals(bundles.slice(1), [
    { "text/html": "<svg>a figure</svg>", "text/plain": "a figure" },
    { "text/markdown": "**Text**", "text/plain": "**Text**" },
    { "text/plain": "{ answer: 42 }" },
  ]);
});

Deno.test("show(...values) waits for the kernel's queue once, after the last display", async () => {
  assertEquals((await displayed("a", "b")).waits, [30, 2]);
});

Deno.test("show(text) makes no tag of a text, and leaves other uses of < as they are", async () => {
  const { bundles } = await displayed(`${hostile} <!-- x --> p < .05, a <- b`);
  assertEquals(
    bundles[0]!["text/markdown"],
    `&lt;script>alert("1")&lt;/script> & 'x' &lt;!-- x --> p < .05, a <- b`,
  );
});

Deno.test("show(array) shows an array of figures one by one, and any other array as text", async () => {
  const { bundles } = await displayed([figure("a"), tableOf({ n: [1] })], [1, 2], []);
  assertEquals(bundles.map((bundle) => "text/html" in bundle), [true, true, false, false]);
  assertEquals(bundles.slice(2).map((bundle) => bundle["text/plain"]), ["[ 1, 2 ]", "[]"]);
});

Deno.test("show(...values) prints the same as text outside a notebook", async () => {
  const text = await printed("**Text**", figure("a figure"), tableOf({ arm: ["control"], n: [3] }), [1, 2]);
  assertEquals(text, "**Text**\na figure\narm      n\n───────  ─\ncontrol  3\n1 row × 2 columns\n[ 1, 2 ]\n");
  assertEquals(await printed({ [display]: () => ({ "image/png": "x" }) }), "(image/png)\n");
  assertEquals(notebookKernel(), undefined);
  assertEquals(await show(), undefined);
});

Deno.test("show(...values) appears below its own cell in a real kernel, in order", async () => {
  const cells = [
    `import { show } from "@understudy/understudy/kernel"; import { tableOf } from "@understudy/understudy/core";`,
    `console.log("before"); await show("one", tableOf({ n: [2] })); await show([{ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "three" }) }]);`,
  ];
  await withNotebook(cells, async (path) => {
    const { cells } = await runNotebook(path);
    const kinds = cells[1]!.outputs!.map((output) =>
      output.output_type === "display_data" ? Object.keys(output.data).join() : output.output_type
    );
    assertEquals(
      kinds,
      ["stream", "text/plain,text/markdown", "text/plain,text/html", "text/plain"].map((kind) =>
        kind === "stream" ? kind : kind.split(",").sort().join()
      ),
    );
  });
});
