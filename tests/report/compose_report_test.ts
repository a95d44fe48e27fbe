import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { plotEffects } from "@understudy/understudy/plots";
import { composeReport, writeReport } from "@understudy/understudy/report";

const hostile = `<script>alert("1")</script> & 'x'`;

function tagsOf(page: string): string[] {
  return [...new Set([...page.matchAll(/<([a-z][a-z0-9]*)/gi)].map(([, name]) => name!))];
}

function figure(): { svg: string; summary: string } {
  return plotEffects(tableOf({ term: [hostile], estimate: [1], conf_low: [0], conf_high: [2] }));
}

Deno.test("composeReport(report) is one page that loads nothing and runs nothing", () => {
  const page = composeReport({
    title: "T",
    sections: [{ heading: "A", figure: figure(), table: tableOf({ a: [1] }) }],
  });
  assertMatch(page, /^<!doctype html>\n<html lang="en">/);
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
  assertStringIncludes(page, `content="${policy}"`);
  for (const tag of ["script", "link", "iframe", "object"]) assert(!tagsOf(page).includes(tag), tag);
  assert(!/url\(|@import|\ssrc="(?!data:)/.test(page));
});

Deno.test("composeReport(report) escapes every text that it is given", () => {
  const page = composeReport({
    title: hostile,
    summary: hostile,
    sections: [{
      heading: hostile,
      text: hostile,
      figure: { svg: figure().svg, summary: hostile },
      table: tableOf({ [hostile]: [hostile] }),
      tableCaption: hostile,
    }],
  });
  assert(!page.includes("<script"));
  assertEquals(
    page.match(/&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt; &amp; &#39;x&#39;/g)!.length >= 9,
    true,
  );
});

Deno.test("composeReport(report) numbers figures and tables through the page, in the order they stand in", () => {
  const table = tableOf({ a: [1] });
  const page = composeReport({
    title: "T",
    sections: [
      { heading: "A", table, tableCaption: "First." },
      { heading: "B", figure: figure(), figureCaption: "Second." },
      { heading: "C", table, figure: figure() },
    ],
  });
  assertEquals([...page.matchAll(/>((?:Table|Figure) \d\.)/g)].map(([, text]) => text), [
    "Table 1.",
    "Figure 1.",
    "Figure 2.",
    "Table 2.",
  ]);
  assertMatch(page, /Table 1\. First\.<\/caption>/);
  assertStringIncludes(page, "</b> Second.</figcaption>");
});

Deno.test("composeReport(report) links its contents to its sections", () => {
  const page = composeReport({ title: "T", sections: ["A", "B", "C"].map((heading) => ({ heading })) });
  const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id!);
  assertEquals(targets.length, 3);
  for (const id of targets) assertStringIncludes(page, `<h2 id="${id}">`);
});

Deno.test("composeReport(text) starts a paragraph at each blank line", () => {
  const page = composeReport({ title: "T", sections: [{ heading: "A", text: "One\nline.\n\n\nTwo.\n" }] });
  assertStringIncludes(page, "<p>One\nline.</p>\n<p>Two.</p>\n");
});

Deno.test("composeReport(report) says how many rows of a long table follow", () => {
  const table = tableOf({ a: Array.from({ length: 700 }, (_, row) => row) });
  const sections = [{ heading: "A", table }];
  assertStringIncludes(composeReport({ title: "T", sections }), "… and 200 more rows");
});

Deno.test("composeReport(figure) shows a drawing as a picture, in which nothing runs or loads, and refuses what is none", () => {
  const compose = (svg: string) =>
    composeReport({ title: "T", sections: [{ heading: "A", figure: { svg, summary: '"x" & y' } }] });
  assertThrows(() => compose("<p>no drawing</p>"), TypeError, "be an <svg> element");
  const page = compose('<svg onload="alert(1)"><script>alert(1)</script></svg>');
  assert(!/<script|onload/.test(page));
  const [, source, alt] = /<img src="data:image\/svg\+xml;base64,([^"]+)" alt="([^"]*)">/.exec(page)!;
  assertStringIncludes(atob(source!), '<svg xmlns="http://www.w3.org/2000/svg" onload=');
  assertEquals(alt, "&quot;x&quot; &amp; y");
});

Deno.test("composeReport(…) names what is wrong with its arguments", () => {
  assertThrows(
    () => composeReport({ title: " ", sections: [] }),
    TypeError,
    "'title' must be a non-empty text",
  );
  assertThrows(
    () => composeReport({ title: "T" } as never),
    TypeError,
    "'sections' must be a list of sections",
  );
  assertThrows(
    () => composeReport({ title: "T", sections: [{ heading: "A", tabel: 1 } as never] }),
    TypeError,
    "option 'tabel' is unknown",
  );
  assertThrows(
    () => composeReport({ title: "T", sections: [{ heading: "A", table: [1] as never }] }),
    TypeError,
    "'sections[0].table' must be an Arquero table",
  );
});

Deno.test("writeReport(path, report) makes the folder and writes what composeReport composes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const report = { title: "T", sections: [{ heading: "A", text: "Text." }] };
    await writeReport(`${folder}/a/b/report.html`, report);
    assertEquals(await Deno.readTextFile(`${folder}/a/b/report.html`), composeReport(report));
    await writeReport(new URL(`file://${folder}/a/url.html`), report);
    assertEquals(await Deno.readTextFile(`${folder}/a/url.html`), composeReport(report));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("writeReport(path, report) writes nothing where the report is wrong", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assertRejects(
      () => writeReport(`${folder}/new/report.html`, { title: "", sections: [] }),
      TypeError,
    );
    assertEquals([...Deno.readDirSync(folder)], []);
    await assertRejects(
      () => writeReport("", { title: "T", sections: [] }),
      TypeError,
      "'path' must be a path",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
