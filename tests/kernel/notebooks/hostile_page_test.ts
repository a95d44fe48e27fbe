import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { NotebookOutput } from "@understudy/understudy/kernel";
import { renderNotebook } from "../../../lib/kernel/notebooks/render_notebook.ts";
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { codeCell, notebookOf, proseCell } from "../notebook_fixture.ts";
import { type BrowserPage, findChromium, sayNoChromium, withBrowser } from "../../support/chromium.ts";
import { attacks } from "./attacks.ts";

type Element = DefaultTreeAdapterTypes.Element;

/** A page in whose every place an attack stands: prose, HTML, drawings, Markdown, texts, names. */
function hostilePage(found: readonly string[] = Object.values(attacks)): Promise<string> {
  const display = (data: { [type: string]: unknown }): NotebookOutput => ({
    output_type: "display_data",
    data,
    metadata: {},
  });
  const cells = found.flatMap((attack, at) => [
    proseCell(
      `## Part ${at} ${attack}\n\n${attack}\n\n[x](${attack}) ![${attack}](data:image/png;base64,A "${attack}")`,
    ),
    proseCell(`$\\href{javascript:window.pwned=1}{x} \\text{${attack}}$`),
    {
      ...codeCell(attack),
      outputs: [
        display({ "text/html": attack, "text/plain": attack }),
        display({ "text/html": `<div style="color:inherit"><table><tr><td title="${attack}">${attack}` }),
        display({ "image/svg+xml": attack }),
        display({ "text/markdown": `> ${attack}\n\n<b>${attack}` }),
        display({ "text/plain": attack, "image/png": attack }),
        { output_type: "stream", name: attack, text: attack },
        { output_type: "error", ename: attack, evalue: attack, traceback: [attack] },
      ] as NotebookOutput[],
    },
  ]);
  // A table that sorts shows that the page's own script runs.
  cells.push(proseCell("| n |\n| --- |\n| 1 |\n| 2 |"));
  const all = found.join("");
  const metadata = { kernelspec: { display_name: all }, language_info: { name: all, version: all } };
  return renderNotebook({ ...notebookOf(cells), metadata }, {
    files: [{ name: all, bytes: new Uint8Array(3) }],
  });
}

function* elementsOf(node: DefaultTreeAdapterTypes.ParentNode): Generator<Element> {
  for (const child of node.childNodes) {
    if (!("tagName" in child)) continue;
    yield child;
    yield* elementsOf(child);
  }
}

const harmless = {
  names: new Set(
    ("a b blockquote body br code dd del details div dl dt em footer h1 h2 h3 head html hr i img li main nav ol p pre section " +
      "span strong summary table tbody td tr th thead title ul meta style script u " +
      "math semantics mrow mi mo mn mtext mstyle mspace annotation").split(" "),
  ),
  attributes: new Set(
    ("alt aria-label charset class content dir download encoding href http-equiv id lang mathcolor mathvariant name open rel src " +
      "style tabindex title xmlns lspace rspace stretchy display width height start").split(" "),
  ),
  style: /^(?:[a-z-]+:[\w\s.,%#()-]+;?)*$/,
};

Deno.test("a published page holds no element and no attribute that could run, load or navigate, as HTML's own rules read it", async () => {
  const document = parse(await hostilePage());
  const [html] = document.childNodes.filter((node) => "tagName" in node) as Element[];
  const [head, body] = html!.childNodes.filter((node) => "tagName" in node) as Element[];
  // Whatever an attack closed, it closed nothing of the page.
  const outer = (node: Element) =>
    [...node.childNodes].flatMap((child) => "tagName" in child ? [child.tagName] : []);
  assertEquals(outer(body!), ["main", "script"]);
  assertEquals(outer(head!), ["meta", "meta", "meta", "meta", "meta", "title", "style"]);
  assertEquals(outer(elementsOf(body!).next().value as Element).at(-1), "footer");
  for (const { tagName, attrs } of elementsOf(body!)) {
    assert(harmless.names.has(tagName), tagName);
    assert(!["meta", "style"].includes(tagName), tagName);
    for (const { name, value } of attrs) {
      assert(harmless.attributes.has(name), `${tagName} ${name}`);
      if (name === "src") assert(/^data:image\/(?:png|gif|svg\+xml)[;,]/.test(value), value);
      if (name === "style") {
        assert(harmless.style.test(value) && !/url|position|transform|-\d/.test(value), value);
      }
      if (name !== "href") continue;
      const isFile = attrs.some((attribute) => attribute.name === "download");
      const { protocol } = new URL(value, "https://own.example/page.html");
      assert(
        isFile ? value.startsWith("data:application/octet-stream;") : protocol.startsWith("http"),
        value,
      );
    }
  }
});

Deno.test("renderNotebook(notebook) keeps of styles what stays in its place, and of drawings a picture that says what it shows", async () => {
  const outputs = [
    `<p style="color: rgb(1, 2, 3); position:fixed; margin:-1em; width:50%; background:url(x); top:0">a</p>`,
    `<svg viewBox="0 0 9 9"><title>Effect</title><desc>0.4 &lt; 1</desc><svg></svg></svg><p role="alert" tabindex="5">b</p>`,
  ].map((html): NotebookOutput => ({
    output_type: "display_data",
    data: { "text/html": html, "text/plain": "said" },
    metadata: {},
  }));
  const page = await renderNotebook(notebookOf([{ ...codeCell("1"), outputs }]));
  assertStringIncludes(page, '<p style="color: rgb(1, 2, 3); width:50%">a</p>');
  assertStringIncludes(page, 'alt="Effect 0.4 &lt; 1" /><p>b</p>');
  const source = /svg\+xml;base64,([^"]+)"/.exec(page)![1]!;
  assertStringIncludes(atob(source), '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>');
});

/** Opens a page, does with every part what a reader could do, and tells what came of it. */
async function provoke(page: BrowserPage, html: string): Promise<string[]> {
  const file = await Deno.makeTempFile({ suffix: ".html" });
  await Deno.writeTextFile(file, html);
  page.events();
  await page.open(`file://${file}`);
  await page.evaluate(`(async () => {
    for (const element of document.querySelectorAll("body *")) {
      if (element.matches("details")) element.open = true;
      element.focus?.();
      for (const kind of ["mouseover", "pointerover", "keydown", "toggle", "error", "load"]) {
        element.dispatchEvent(new Event(kind, { bubbles: true }));
      }
      // Where a link says that it leads, a reader may go.
      const leads = ["http:", "https:", "file:", "mailto:"].includes(element.closest("a[href]")?.protocol);
      if (!leads && !element.closest("[download]")) element.click?.();
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  })()`).catch(() => {});
  const changed = await page.evaluate("typeof window.pwned").catch(() => "gone");
  await Deno.remove(file);
  const own = (url: unknown) => String(url).split("#")[0] === `file://${file}`;
  return page.events().flatMap(({ method, params }) => {
    const { request, frame } = params as { [name: string]: { url?: string } };
    if (method === "Page.javascriptDialogOpening") return ["dialog"];
    if (
      method === "Network.requestWillBeSent" && !own(request!.url) && !request!.url!.startsWith("data:image/")
    ) {
      return [`request ${request!.url}`];
    }
    if (["Page.windowOpen", "Page.frameAttached", "Network.webSocketCreated"].includes(method)) {
      return [method];
    }
    if (method === "Page.frameNavigated" && !own(frame!.url)) return ["navigation"];
    if (method === "Page.frameRequestedNavigation" && !own(params.url)) return ["navigation"];
    return [];
  }).concat(changed === "undefined" ? [] : ["changed global"]);
}

Deno.test("no attack in a published page runs, navigates, requests or opens anything in a browser, with its policy and without", async () => {
  const chromium = await findChromium();
  if (chromium === undefined) return sayNoChromium();
  const page = await hostilePage();
  await withBrowser(chromium, async (browser) => {
    assertEquals(await provoke(browser, page), []);
    const script =
      "document.querySelectorAll('th button').length > 0 && document.querySelector('footer a[download]') !== null";
    assertEquals(await browser.evaluate(script), true);
    // The policy is a second wall: without it the first one must hold.
    await browser.send("Page.setBypassCSP", { enabled: true });
    assertEquals(await provoke(browser, page), []);
    // And the test can fail: the same attacks as they came do all of it.
    const raw = (names: readonly string[]) =>
      `<!doctype html><body>${names.map((name) => attacks[name]).join("")}`;
    const done = await provoke(browser, raw(["a picture's error", "a frame", "a picture from elsewhere"]));
    for (const what of ["dialog", "changed global", "Page.frameAttached"]) assert(done.includes(what), what);
    assert(done.some((what) => what.startsWith("request http://attack.invalid/i.png")));
    assert((await provoke(browser, raw(["a refresh"]))).includes("navigation"));
  });
});
