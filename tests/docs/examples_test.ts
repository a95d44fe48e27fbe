// What `deno test --doc` does, in one process: there every example loads the toolkit anew, here they share it.
import { assert, assertEquals } from "@std/assert";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const files = ["lib", "docs", "examples", "notebooks", "."].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: folder !== ".", encoding: "utf8" }).map((name) =>
    folder === "." ? name : `${folder}/${name}`
  )
).filter((path) => /\.(ts|md)$/.test(path));

interface Example {
  /** File and line. */
  readonly place: string;
  readonly code: string;
}

/** The fences of TypeScript of a page, or of the comments of a file; not those marked `ignore`. */
function examples(path: string): Example[] {
  const text = Deno.readTextFileSync(`${root}${path}`);
  const fence = path.endsWith(".md")
    ? /^()```ts\n([\s\S]*?)^```$/gm
    : /^( *\* )```ts\n([\s\S]*?)^ *\* ```$/gm;
  return [...text.matchAll(fence)].map(({ index, 1: margin, 2: code }) => ({
    place: `${path}:${text.slice(0, index).split("\n").length}`,
    code: code!.split("\n").map((line) => line.slice(margin!.length)).join("\n"),
  }));
}

const found = files.flatMap(examples);

for (const { place, code } of found) {
  Deno.test(`the example at ${place} runs`, async () => {
    assert(/\bassert\w*\(/.test(code), "it asserts nothing");
    const module = URL.createObjectURL(new Blob([code], { type: "application/typescript" }));
    await import(module);
    URL.revokeObjectURL(module);
  });
}

Deno.test("every fence of TypeScript is run, but for those that are marked", () => {
  const fences = files.flatMap((path) =>
    Deno.readTextFileSync(`${root}${path}`).match(
      /^ *(\* ?)?```(ts|typescript|tsx|js|javascript)\b(?! ignore).*$/gm,
    ) ?? []
  );
  assert(found.length > 150);
  assertEquals(fences.length, found.length);
});
