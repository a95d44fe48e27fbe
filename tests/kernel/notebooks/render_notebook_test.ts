import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { NotebookOutput } from "@understudy/understudy/kernel";
import { renderNotebook } from "../../../lib/kernel/notebooks/render_notebook.ts";
import { writeTypeNotes } from "../../../lib/kernel/jupyter/type_notes.ts";
import { codeCell, notebookOf, proseCell } from "../notebook_fixture.ts";

const hostile = `<script>alert("1")</script> & 'x'`;
const escaped = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;";

function render(outputs: NotebookOutput[], source = "1"): Promise<string> {
  return renderNotebook(notebookOf([{ ...codeCell(source), outputs }]));
}

function display(data: { [mimeType: string]: unknown }): NotebookOutput {
  return { output_type: "display_data", data, metadata: {} };
}

/** What stands in the page's body, before what is told about the page. */
async function body(page: Promise<string>): Promise<string> {
  return (await page).split(/<main>|<footer>/)[1]!;
}

Deno.test("renderNotebook(notebook) escapes code, streams, errors and plain texts", async () => {
  const outputs: NotebookOutput[] = [
    { output_type: "stream", name: "stdout", text: hostile },
    { output_type: "error", ename: hostile, evalue: hostile, traceback: [hostile] },
    display({ "text/plain": hostile }),
    display({ "image/png": `"><script>`, "text/plain": hostile }),
    display({ "application/json": { a: hostile } }),
  ];
  const html = await body(render(outputs, hostile));
  assertEquals(html.includes("<script"), false);
  assertEquals(html.split(escaped).length - 1, 6);
});

Deno.test("renderNotebook(notebook) leaves out notes on types that a notebook was saved with, and nothing that looks like one", async () => {
  const line = { code: "TS2322", message: "Type 'string' is not assignable", line: 1, column: 1 };
  const { data, metadata } = writeTypeNotes([line])!;
  const note = { output_type: "display_data" as const, data, metadata };
  const html = await body(render([note, display(data), display({ "text/plain": "0.42" })]));
  assertEquals(html.split("Types, line 1").length - 1, 1);
  assertStringIncludes(html, "0.42");
});

Deno.test("renderNotebook(notebook) keeps what is harmless in HTML of prose and outputs, and nothing else", async () => {
  const mixed =
    "**bold** <u>x</u>\n\n<script>alert(1)</script>\n\n[a](javascript:alert) [b](https://b.org) ![c](https://c.org/c.png)";
  const outputs = [display({ "text/markdown": mixed })];
  const html = await body(renderNotebook(notebookOf([proseCell(mixed), { ...codeCell("1"), outputs }])));
  assertEquals(html.split("<strong>bold</strong> <u>x</u>").length - 1, 2);
  assertEquals(html.split('<a href="https://b.org" rel="noopener noreferrer">b</a> c').length - 1, 2);
  assertEquals(/<script|javascript:|c\.png/.test(html), false);
});

Deno.test("renderNotebook(notebook) needs nothing else: one script, nothing loaded, and a policy that says so", async () => {
  const page = await renderNotebook(notebookOf([proseCell("# A *title*\n\nWords."), "const x = 1;"]));
  assertEquals(/<link|<iframe|\ssrc=|@import|url\(/.test(page), false);
  const [, script, ...more] = page.split(/<script>|<\/script>/);
  assertEquals(more.length, 1);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  assertStringIncludes(page, `base-uri 'none'; form-action 'none'; script-src 'sha256-${hash}'"`);
  assertStringIncludes(page, "default-src 'none'");
  assertStringIncludes(page, "prefers-color-scheme: dark");
  assertMatch(page, /^<!doctype html>\n<html lang="en">/);
  assertStringIncludes(page, "<title>A title</title>");
  assertStringIncludes(page, '<span class="hljs-keyword">const</span>');
});

Deno.test("renderNotebook(notebook) shows the richest form: HTML, SVG, a picture, Markdown, text", async () => {
  const svg = '<svg viewBox="0 0 1 1"></svg>';
  const html = await body(render([
    display({ "text/plain": "no1", "text/html": "<i>one</i>" }),
    display({ "text/plain": "no2", "image/svg+xml": svg }),
    display({ "text/plain": "three", "image/png": "AA\nBB==\n" }),
    display({ "text/plain": "no4", "text/markdown": "*four*" }),
    display({ "text/plain": "five" }),
  ]));
  for (
    const part of [
      "<i>one</i>",
      'src="data:image/svg+xml;base64,',
      'alt="no2"',
      "<em>four</em>",
      ">five</pre>",
    ]
  ) assertStringIncludes(html, part);
  assertStringIncludes(html, '<img src="data:image/png;base64,AABB==" alt="three">');
  assertEquals(/no[134]/.test(html), false);
});

Deno.test("renderNotebook(notebook) strips colours and writes over lines as a terminal does", async () => {
  const text = "\x1b[31mred\x1b[0m \x1b]8;;https://a.org\x07link\x1b]8;;\x07\r\n10%\r50%\r100%\nend";
  const html = await body(render([{ output_type: "stream", name: "stdout", text }]));
  assertStringIncludes(html, ">red link\n100%\nend</pre>");
});

Deno.test("renderNotebook(notebook, { code }) folds or hides code, and a page without a first heading gets one", async () => {
  const notebook = notebookOf([proseCell("## Only a second heading"), "const x = 1;"]);
  const folded = await renderNotebook(notebook, { code: "folded" });
  assertStringIncludes(folded, "<title>Notebook</title>");
  assertStringIncludes(folded, "<h1>Notebook</h1>");
  assertStringIncludes(folded, '<details class="source"><summary>Code</summary>');
  const hidden = await body(renderNotebook(notebook, { code: "hidden" }));
  assertEquals(hidden.includes("hljs-keyword"), false);
});

Deno.test("renderNotebook(notebook) shows the pictures that a cell carries", async () => {
  const cell = {
    ...proseCell("![A map](attachment:a%20map.png)"),
    attachments: { "a map.png": { "image/png": "AAAA" } },
  };
  const html = await body(renderNotebook(notebookOf([cell])));
  assertStringIncludes(html, '<img src="data:image/png;base64,AAAA" alt="A map"');
});
