/** Terminal sequences (CSI; OSC, DCS and their like, up to where they end) and characters that nobody sees. */
const unseen = new RegExp(
  "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]" +
    "|(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x1b\\x80-\\x9f\\n]{0,2000}(?:\\x07|\\x1b\\\\|\\x9c)" +
    "|\\x1b[ -/]*[0-~]?" +
    // Controls but tab and line break; soft hyphen; marks of direction, overrides and isolates; zero width; tags.
    "|[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]" +
    "|[\\u{e0000}-\\u{e007f}]",
  "gu",
);

/**
 * Takes out of a text what could drive a terminal or hide words: escape sequences (ESC, CSI, OSC), other control
 * characters but tabs and line breaks, changes of direction (bidi) and characters without width. For texts that meet
 * a terminal or an error message; data stays as it came.
 *
 * @param text any text
 * @returns the text without them
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { visibleText } from "@understudy/understudy/core";
 *
 * assertEquals(visibleText("\x1b[31mred\x1b[0m \u202etfel\u202c\x07"), "red tfel");
 * ```
 */
export function visibleText(text: string): string {
  return text.replace(/\r\n?|[\u2028\u2029]/g, "\n").replace(unseen, "");
}
