import { assertEquals } from "@std/assert";
import { testFiles } from "./support/import_tests.ts";

// `deno task test` runs the suites; `deno test FILE` runs a file by itself.
Deno.test("each test file is in one suite", () => {
  const suites = new URL("suites/", import.meta.url);
  const patterns = [...Deno.readDirSync(suites)].map(({ name }) => {
    const [, pattern] = /importTests\(\s*\/(.+)\/,?\s*\)/.exec(Deno.readTextFileSync(new URL(name, suites)))!;
    return new RegExp(pattern!);
  });
  const elsewhere = testFiles.filter((path) => patterns.filter((pattern) => pattern.test(path)).length !== 1);
  assertEquals(elsewhere, []);
});
