import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import * as understudy from "@understudy/understudy";

const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
const table = readme.slice(readme.indexOf("## What each step gives"), readme.indexOf("## Dependencies"));
const named = (text: string) =>
  [...text.matchAll(/`([a-z]+[A-Z]\w*|likert|choice|ranking|allocation|caller)`/g)].map((match) => match[1]!);

Deno.test("every verb that the README names is exported by the package, or by the subpath that is named", async () => {
  let seen = 0;
  for (const line of table.split("\n").filter((row) => row.startsWith("| "))) {
    const [, , root = "", , special = ""] = line.split("|");
    const missing = named(root).filter((name) => !(name in understudy) && name !== "show");
    assertEquals(missing, [], line);
    seen += named(root).length;
    const subpaths = [...special.matchAll(/`(\/[a-z/]+)`/g)].map((match) => match[1]!);
    if (subpaths.length === 0) continue;
    const exported = Object.assign(
      {},
      ...await Promise.all(subpaths.map((path) => import(`@understudy/understudy${path}`))),
    );
    assertEquals(named(special).filter((name) => !(name in exported)), [], line);
  }
  assert(seen > 60);
});

Deno.test("the root has at most 94 functions, each shown in the README, a page, a notebook or an example", async () => {
  const functions = Object.entries(understudy as Record<string, unknown>)
    .filter(([, value]) => typeof value === "function" && !/^class /.test(String(value)))
    .map(([name]) => name);
  assert(functions.length <= 94, `${functions.length} functions`);
  const folders = ["../../notebooks/", "../../examples/"].map((path) => new URL(path, import.meta.url));
  const files = folders.flatMap((folder) =>
    [...Deno.readDirSync(folder)].filter(({ name }) => /\.(ipynb|ts)$/.test(name)).map(({ name }) =>
      new URL(name, folder)
    )
  );
  const pages = ["models", "people", "groups", "worlds"].map((name) =>
    Deno.readTextFileSync(new URL(`../../docs/${name}.md`, import.meta.url))
  );
  const texts = [readme, ...pages, ...await Promise.all(files.map((file) => Deno.readTextFile(file)))];
  assertEquals(functions.filter((name) => !texts.some((text) => new RegExp(`\\b${name}\\b`).test(text))), []);
});

Deno.test("every dependency has its reason in the README, and no other", () => {
  const section = readme.slice(readme.indexOf("## Dependencies"), readme.indexOf("## Data"));
  const told = new Set([...section.matchAll(/`(?:npm|jsr):([^`]+)`/g)].map((match) => match[1]!));
  const used = Object.values(config.imports).map((specifier) =>
    /^(?:npm|jsr):(@?[^@]+)@/.exec(specifier)![1]!
  );
  assertEquals([...told].sort(), [...used].sort());
});
