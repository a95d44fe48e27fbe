import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { makePages, readVerbs } from "../../docs/make_pages.ts";

const docs = new URL("../../docs/", import.meta.url);

Deno.test("the pages of functions, methods and figures say what the code says: deno task docs", async () => {
  for (const [file, text] of Object.entries(await makePages())) {
    const written = await Deno.readTextFile(new URL(file, docs));
    assertEquals(withoutLayout(written), withoutLayout(text), file);
  }
});

/** The formatter aligns tables and breaks lines. */
function withoutLayout(text: string): string {
  return text.replace(/-{3,}/g, "---").replace(/\s+/g, " ");
}

Deno.test("every public function says in a sentence what it does, and every estimator where it comes from", async () => {
  const verbs = await readVerbs();
  const all = [...verbs].flatMap(([path, of]) => of.map((verb) => ({ ...verb, path })));
  assert(all.length > 250);
  assertEquals(all.filter(({ does }) => does.length < 15).map(({ name }) => name), []);
  const estimators = all.filter(({ name, path }) =>
    /^(estimate|calibrate)[A-Z]/.test(name) && path !== "./core" && path !== "./stats"
  );
  assert(estimators.length > 25);
  assertEquals(estimators.filter(({ sources }) => sources.length === 0).map(({ name }) => name), []);
});

Deno.test("every link of the README and of the pages leads somewhere", async () => {
  const pages = [
    "../README.md",
    "../CONTRIBUTING.md",
    ...[...Deno.readDirSync(docs)].map(({ name }) => name),
  ];
  let seen = 0;
  for (const page of pages.filter((name) => name.endsWith(".md"))) {
    const text = await Deno.readTextFile(new URL(page, docs));
    const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)|src="([^"]+)"/g)].map(([, to, src]) =>
      to ?? src!
    );
    const here = links.filter((link) => !/^(https?|mailto):/.test(link));
    assertEquals(here.filter((link) => !existsSync(new URL(link, new URL(page, docs)))), [], page);
    seen += here.length;
  }
  assert(seen > 200);
});
