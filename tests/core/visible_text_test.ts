import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { RespondentError, visibleText } from "@understudy/understudy/core";
import { showValue } from "../../lib/core/errors.ts";
import { renderTable, tableOf } from "../../lib/core/mod.ts";

Deno.test("visibleText(text) takes out what drives a terminal or hides words", () => {
  const cases: [string, string][] = [
    ["\x1b[2J\x1b[1;31mred\x1b[0m", "red"],
    ["\x9b31mred", "red"],
    ["\x1b]0;new title\x07text", "text"],
    ["\x1b]8;;http://a.example\x1b\\link\x1b]8;;\x1b\\", "link"],
    ["\x9d0;title\x9ctext", "text"],
    ["\x1bPdata\x1b\\text", "text"],
    // What never ends hides nothing behind it.
    ["\x1b]0;text that goes on", "0;text that goes on"],
    ["\x1b[12", "12"],
    ["\x1bcreset \x1b(B.", "reset ."],
    ["bell\x07 back\x08 null\0 delete\x7f", "bell back null delete"],
    ["\u202eevil\u202c \u2066isolate\u2069 \u200fmark", "evil isolate mark"],
    ["zero\u200b\u2060\ufeff wi\u00addth \u{e0041}tag", "zero width tag"],
    ["a\r\nb\rc\td\u2028e\n", "a\nb\nc\td\ne\n"],
    ["naïve 日本語 עברית 👍🏽 e\u0301", "naïve 日本語 עברית 👍🏽 e\u0301"],
  ];
  for (const [given, seen] of cases) assertEquals(visibleText(given), seen);
});

Deno.test("visibleText(anything) holds no control character and changes nothing when applied again", () => {
  const unit = fc.constantFrom(..."\x1b[]\x9b\x9d\x9c\x07\\;m0 aé\n\u202e\u200b\u2069");
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit }), fc.string({ unit: "binary" })), (text) => {
      const seen = visibleText(text);
      // deno-lint-ignore no-control-regex
      assert(!/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f]/.test(seen));
      assertEquals(visibleText(seen), seen);
    }),
    { seed: 1, numRuns: 400 },
  );
});

Deno.test("visibleText(a long text) takes time that grows with the text alone", () => {
  for (
    const piece of [
      "\x1b",
      "\x1b[",
      "\x1b]",
      "\x9d",
      "\x90",
      "\x1b]0;",
      "\x1b[0",
      "\x1b ",
      "\x1bP\n",
      "\u202e",
      "\r",
      "a",
    ]
  ) {
    assert(visibleText(piece.repeat(Math.ceil(600_000 / piece.length))).length >= 0);
  }
  assertEquals(visibleText(`\x1b[${"0".repeat(300_000)}`).length, 300_000);
});

Deno.test("messages and values in them hold only what can be seen", () => {
  const error = new RespondentError("said \x1b[31m\u202ered\x07", { kind: "server", transient: true });
  assertEquals(error.message, "said red");
  assertEquals(showValue("\u202etv\u200b\x9b1m\n"), '"tv\\n"');
  assertEquals(showValue({ a: ["\u202etv"] }), '{"a":["tv"]}');
});

Deno.test("a cell of 50 MB is shown by its beginning", () => {
  const cell = "\u202e<b>x ".repeat(8_000_000);
  for (const format of ["html", "markdown", "text"] as const) {
    assert(
      renderTable(tableOf({ raw: [cell], list: [[cell]], named: [{ cell }] }), { format }).length < 50_000,
    );
  }
  for (const value of [cell, [cell], { cell }]) assert(showValue(value).length < 200);
});
