import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { renderTable, tableOf } from "@understudy/understudy/core";
import {
  loadNotebook,
  type Notebook,
  type NotebookOutput,
  publishNotebook,
  writeNotebook,
} from "@understudy/understudy/kernel";
import { renderNotebook } from "../../../lib/kernel/notebooks/render_notebook.ts";
import { plotEffects } from "@understudy/understudy/plots";
import { HtmlValidate } from "html-validate";
import { codeCell, notebookOf, proseCell } from "../notebook_fixture.ts";
import { type BrowserPage, findChromium, sayNoChromium, withBrowser } from "../../support/chromium.ts";

const people = tableOf({
  persona_id: ["p2", "p10", "p1", "p3"],
  age: [30, 4, 100, null],
  p_value: [0.0002, 0.04, 0.5, NaN],
});
const provenance = tableOf({
  what: ["Understudy", "model that answered", "answers", "answers, answered", "answers, refused"],
  value: ["0.1.0", "m_1", "240", "230", "10"],
});

function htmlOutput(html: string, text: string): NotebookOutput {
  return { output_type: "display_data", data: { "text/html": html, "text/plain": text }, metadata: {} };
}

/** An executed notebook with prose, formulas, code, tables and a figure. */
function study(): Notebook {
  const figure = plotEffects(
    tableOf({ term: ["threat"], estimate: [0.4], conf_low: [0.1], conf_high: [0.7] }),
  );
  const shown = [
    htmlOutput(renderTable(people), renderTable(people, { format: "markdown" })),
    htmlOutput(figure.svg, figure.summary),
    htmlOutput(renderTable(provenance), renderTable(provenance, { format: "markdown" })),
  ];
  const cells = [
    proseCell("# A study\n\nIt costs $5 and $10; the effect is $\\hat\\tau_1 < 1$ and"),
    proseCell(
      "$$\n\\begin{aligned}\na_1 &= b \\\\\n- c\n\\end{aligned}\n$$\n\n## Who *they* are\n\n[on](#What-it-did)",
    ),
    { ...codeCell("const x = 1;", "a"), outputs: shown, execution_count: 3 },
    proseCell("## What it did\n\n| arm | n |\n|:---|---:|\n| control | $5 |\n| threat | $n$ |"),
    proseCell("## What it did\n\n![not here](figures/map.png)"),
    codeCell("const y = 2;", "b"),
  ];
  const metadata = {
    kernelspec: { display_name: "Understudy (Deno)", name: "understudy" },
    language_info: { name: "typescript", version: "6.0.3" },
  };
  return { ...notebookOf(cells), metadata };
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

Deno.test("publishNotebook(path, { files }) writes a page that carries its files, and names with its hash what does not fit", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/study.ipynb`;
    await writeNotebook(study(), path);
    await Deno.writeTextFile(`${folder}/answers.csv`, "arm,value\n");
    await Deno.writeFile(`${folder}/study.db`, new Uint8Array(20_000_000));
    const output = `${folder}/out/study.html`;
    const files = [`${folder}/study.db`, `${folder}/answers.csv`];
    await publishNotebook(path, { output, files });
    const page = await Deno.readTextFile(output);
    const hash = await sha256(new Uint8Array(20_000_000));
    assertStringIncludes(
      page,
      `<li>study.db: left out, a page carries 20.0 MB of files (20.0 MB, SHA-256 <code>${hash}`,
    );
    for (const name of ["study.ipynb", "answers.csv"]) {
      const source = new RegExp(`download="${name}" href="data:application/octet-stream;base64,([^"]*)"`);
      const carried = Uint8Array.fromBase64(source.exec(page)![1]!);
      assertEquals(carried, await Deno.readFile(`${folder}/${name}`));
      assertStringIncludes(page, await sha256(carried));
    }
    await assertRejects(() => publishNotebook(path, { output, files: ["nowhere.db"] }), Deno.errors.NotFound);
    await assertRejects(() => publishNotebook(path, {} as never), TypeError, "output");
    await assertRejects(
      () => publishNotebook(path, { output, code: "none" as never }),
      RangeError,
      '"shown"',
    );
    await assertRejects(
      () => publishNotebook(path, { output, files: [1] as never }),
      TypeError,
      "list of paths",
    );
  });
});

Deno.test("renderNotebook(notebook) tells its kernel and versions", async () => {
  const page = await renderNotebook(study());
  for (
    const fact of [
      "<dt>Kernel</dt><dd>Understudy (Deno), typescript, 6.0.3</dd>",
      "<dt>Published with</dt><dd>Understudy ",
    ]
  ) assertStringIncludes(page, fact);
});

Deno.test("renderNotebook(notebook) typesets formulas between dollars and leaves prices alone", async () => {
  const page = await renderNotebook(study());
  assertStringIncludes(page, "It costs $5 and $10; the effect is <span");
  assertStringIncludes(page, '<annotation encoding="application/x-tex">\\hat\\tau_1 &lt; 1</annotation>');
  assertStringIncludes(page, '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">');
  assertEquals(page.split('<span class="katex">').length - 1, 3);
  const plain = [
    "US$5 or US$6",
    "$5 a day, $6 in all",
    "$HOME and $PATH",
    "`$x$`",
    "\\$x$ y",
    "$ x$ and $x $",
  ];
  for (const text of plain) {
    assert(!(await renderNotebook(notebookOf([proseCell(text)]))).includes('class="katex"'), text);
  }
  const set = [
    "$x$",
    "**$\\beta^*$ and $\\gamma^*$**",
    "$$x$$",
    "$\\{a\\}$",
    "\\begin{align}\na &= b\n\\end{align}",
    "- $x$",
  ];
  for (const text of set) {
    const rendered = await renderNotebook(notebookOf([proseCell(text)]));
    assert(rendered.includes('class="katex"'), text);
    assert(!/<\/?em>/.test(rendered), text);
  }
});

Deno.test("renderNotebook(notebook) shows a formula that is none, and prose too deep to render, as they stand", async () => {
  const deep = ">".repeat(20_000);
  const page = await renderNotebook(
    notebookOf([proseCell("$\\frac{$"), proseCell(deep), proseCell(`$${"{".repeat(499)}$`)]),
  );
  assertStringIncludes(page, "<code>\\frac{</code>");
  assertStringIncludes(page, "&gt;".repeat(100));
});

Deno.test("renderNotebook(notebook) links its contents to headings, each with an id of its own", async () => {
  const page = await renderNotebook(study());
  const contents = /<nav aria-label="Contents">.*<\/nav>/.exec(page)![0];
  assertEquals([...contents.matchAll(/href="#([^"]+)">([^<]+)/g)].map(([, id, title]) => `${id} ${title}`), [
    "Who-they-are Who they are",
    "What-it-did What it did",
    "What-it-did-4 What it did",
  ]);
  for (const [, id] of contents.matchAll(/href="#([^"]+)"/g)) {
    assertEquals(page.split(`<h2 id="${id}">`).length, 2);
  }
});

Deno.test("renderNotebook(notebook) aligns the columns of a table in Markdown as it says", async () => {
  const page = await renderNotebook(study());
  assertStringIncludes(page, '<th style="text-align:left">arm</th>\n<th style="text-align:right">n</th>');
  assertStringIncludes(page, '<td style="text-align:right">$5</td>');
});

Deno.test("renderNotebook(notebook) cuts endless texts and says so", async () => {
  const text = "x".repeat(300_000);
  const outputs: NotebookOutput[] = [{ output_type: "stream", name: "stdout", text }];
  const page = await renderNotebook(notebookOf([{ ...codeCell("1"), outputs }]));
  assertStringIncludes(page, "x\n… (300000 characters in all)</pre>");
  assert(page.length < 650_000);
});

Deno.test("renderNotebook(notebook) shows the text of an output whose HTML is nested or long without end", async () => {
  for (const html of ["<div>".repeat(200_000), "<svg><svg>".repeat(100_000), "x".repeat(6_000_000)]) {
    const page = await renderNotebook(
      notebookOf([{ ...codeCell("1"), outputs: [htmlOutput(html, "in words")] }]),
    );
    assertStringIncludes(page, '<pre tabindex="0">in words</pre>');
  }
});

Deno.test("published pages are valid HTML: one with everything, and those of this project's notebooks", async () => {
  const validator = new HtmlValidate({
    extends: ["html-validate:standard"],
    // Tables carry their look with them, because notebooks that are not trusted lose stylesheets.
    rules: { "no-inline-style": "off", "void-style": "off", "no-trailing-whitespace": "off" },
  });
  const folder = new URL("../../../notebooks/", import.meta.url);
  const files = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".ipynb"));
  assert(files.length > 0);
  const notebooks = await Promise.all(files.map(({ name }) => loadNotebook(new URL(name, folder).pathname)));
  for (const notebook of [study(), ...notebooks]) {
    const page = await renderNotebook(notebook);
    const { results } = await validator.validateString(page);
    const told = results.flatMap(({ messages }) =>
      messages.map(({ ruleId, message, line }) => `${line} ${ruleId} ${message}`)
    );
    assertEquals(told, []);
  }
});

Deno.test("in a browser tables of a published page sort, its code folds and its files are saved; without a script it reads", async () => {
  const chromium = await findChromium();
  if (chromium === undefined) return sayNoChromium();
  await withFolder(async (folder) => {
    const output = `${folder}/study.html`;
    await writeNotebook(study(), `${folder}/study.ipynb`);
    await publishNotebook(`${folder}/study.ipynb`, { output });
    await withBrowser(chromium, async (page) => {
      await page.open(`file://${output}`);
      await checkTables(page);
      await checkFolding(page);
      await checkSaving(page, folder);
      assertEquals(page.events().filter(({ method }) => method === "Runtime.exceptionThrown"), []);
      const pictures = "[...document.images].every((image) => image.naturalWidth > 100)";
      assertEquals(await page.evaluate(pictures), true);
      await page.send("Emulation.setDeviceMetricsOverride", {
        width: 360,
        height: 700,
        deviceScaleFactor: 1,
        mobile: true,
      });
      assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 360);
      await page.send("Emulation.setScriptExecutionDisabled", { value: true });
      await page.open(`file://${output}`);
      const { root } = await page.send("DOM.getDocument", { depth: 0 }) as { root: { nodeId: number } };
      const { nodeIds } = await page.send("DOM.querySelectorAll", {
        nodeId: root.nodeId,
        selector: "button, details[open]",
      });
      assertEquals((nodeIds as number[]).length, 2);
    });
  });
});

async function press(page: BrowserPage, key: string): Promise<void> {
  const told = key === "Enter"
    ? { key, code: key, text: "\r", windowsVirtualKeyCode: 13 }
    : { key, code: key };
  await page.send("Input.dispatchKeyEvent", { type: "keyDown", ...told });
  await page.send("Input.dispatchKeyEvent", { type: "keyUp", ...told });
}

async function checkTables(page: BrowserPage): Promise<void> {
  const column = (at: number) =>
    page.evaluate(
      `[...document.querySelector(".output table").tBodies[0].rows].map((row) => row.cells[${at}].textContent)`,
    );
  const buttons = `[...document.querySelectorAll(".output table")][0].querySelectorAll("th button")`;
  await page.evaluate(`${buttons}[0].click()`);
  assertEquals(await column(0), ["p1", "p2", "p3", "p10"]);
  await page.evaluate(`${buttons}[0].click()`);
  assertEquals(await column(0), ["p10", "p3", "p2", "p1"]);
  // By the keyboard; numbers by size, and what has none last either way.
  await page.evaluate(`${buttons}[1].focus()`);
  await press(page, "Enter");
  assertEquals(await column(1), ["4", "30", "100", "–"]);
  await press(page, "Enter");
  assertEquals(await column(1), ["100", "30", "4", "–"]);
  await page.evaluate(`${buttons}[2].click()`);
  assertEquals(await column(0), ["p2", "p10", "p1", "p3"]);
  const states =
    `[...document.querySelectorAll(".output th")].slice(0, 3).map((head) => head.getAttribute("aria-sort"))`;
  assertEquals(await page.evaluate(states), [null, null, "ascending"]);
}

async function checkFolding(page: BrowserPage): Promise<void> {
  const open = `[...document.querySelectorAll("details.source")].map((source) => source.open)`;
  const click = `document.querySelector("details.source summary").click()`;
  assertEquals(await page.evaluate(open), [true, true]);
  await page.evaluate(click);
  assertEquals(await page.evaluate(open), [false, true]);
  await page.evaluate(click);
  assertEquals(await page.evaluate(open), [true, true]);
}

async function checkSaving(page: BrowserPage, folder: string): Promise<void> {
  const downloadPath = `${folder}/saved`;
  await page.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath, eventsEnabled: true });
  await page.evaluate(`document.querySelector("footer a[download]").click()`);
  for (let left = 100; left > 0; left--) {
    if (page.events().some(({ params }) => params.state === "completed")) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertEquals(
    await Deno.readTextFile(`${downloadPath}/study.ipynb`),
    await Deno.readTextFile(`${folder}/study.ipynb`),
  );
}

Deno.test("publishNotebook(path) ends with a map of figures and tables, and with the Markdown files that it is given", async () => {
  const folder = await Deno.makeTempDir();
  const data = {
    "text/html": '<img alt="a" src="data:image/png;base64,AA==">',
    "text/plain": "Effects: threat 0.42",
  };
  const cell = {
    ...codeCell("plotEffects(effects)"),
    outputs: [{ output_type: "display_data" as const, data, metadata: {} }],
  };
  await writeNotebook(notebookOf([proseCell("# Study\n\n## Effect"), cell]), `${folder}/study.ipynb`);
  await Deno.writeTextFile(
    `${folder}/checklist.md`,
    "# Reporting checklist\n\n**OPEN** funding <script>alert(1)</script>\n",
  );
  const output = `${folder}/study.html`;
  await publishNotebook(`${folder}/study.ipynb`, { output, files: [`${folder}/checklist.md`] });
  const page = await Deno.readTextFile(output);
  await Deno.remove(folder, { recursive: true });
  assertMatch(
    page,
    /<h2[^>]*>Reporting checklist[^]*<strong>OPEN<\/strong> funding[^]*<h2[^>]*>Figures and tables[^]*Figure 1/,
  );
  assert(!page.includes("<script>alert"));
});
