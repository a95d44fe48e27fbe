import { readdirSync } from "node:fs";

/** Every test file by its path in tests/, without its ending. */
export const testFiles: readonly string[] = readdirSync(new URL("../", import.meta.url), {
  recursive: true,
  encoding: "utf8",
}).filter((path) => path.endsWith("_test.ts")).map((path) => path.replace(/_test\.ts$/, "")).sort();

/**
 * Imports the test files whose path matches a pattern. A suite's files share a process, because loading the toolkit takes
 * longer than the tests of most files.
 */
export async function importTests(pattern: RegExp): Promise<void> {
  for (const path of testFiles) {
    if (pattern.test(path)) await import(`../${path}_test.ts`);
  }
}
