/** A kind of text that changes from run to run, and what stands for it in a comparison. */
export interface VolatileText {
  /** The text; global, so that every occurrence is replaced. */
  readonly pattern: RegExp;
  /** What stands for it. */
  readonly replacement: string;
}

/** Dates, durations, rates, local ports, versions of the runtime, and addresses of cells in stacks. */
export const volatileTexts: readonly VolatileText[] = [
  {
    pattern: /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?/g,
    replacement: "<date>",
  },
  { pattern: /(127\.0\.0\.1|localhost|\[::1\]):\d+/g, replacement: "$1:<port>" },
  { pattern: /\b(Deno|V8|TypeScript)([ /@]v?)\d+(?:\.\d+)+[-+\w]*/gi, replacement: "$1$2<version>" },
  { pattern: /\b\d+(?:\.\d+)?\/s\b/g, replacement: "<rate>" },
  { pattern: /(?<![\w.])\d+(?:\.\d+)? ?(?:ns|µs|ms|s|seconds?|minutes?)\b/g, replacement: "<duration>" },
  // "2 min 5 s", "1 h 3 min" and "under 1 s" are one duration like "48 s".
  { pattern: /(?:under |(?<![\w.])\d+ (?:min|h) )+<duration>/g, replacement: "<duration>" },
  { pattern: /(?<![\w.])\d+ h \d+ min\b/g, replacement: "<duration>" },
  { pattern: /\bfile:\/\/\/\S*\/(?=[^/\s]+)/g, replacement: "file:///<folder>/" },
];

/**
 * Replaces what changes from run to run by what stands for it, so that two runs of a notebook can be compared.
 *
 * @param text an output's text
 * @returns the text without dates, durations, rates, local ports, versions of the runtime and absolute folders
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { normalizeOutput } from "@understudy/understudy/kernel";
 *
 * assertEquals(normalizeOutput("400 answers in 1.2 s"), "400 answers in <duration>");
 * assertEquals(normalizeOutput("http://127.0.0.1:43817/v1"), "http://127.0.0.1:<port>/v1");
 * ```
 */
export function normalizeOutput(text: string): string {
  return volatileTexts.reduce(
    (current, { pattern, replacement }) => current.replace(pattern, replacement),
    text,
  );
}
