import { assertEquals } from "@std/assert";
import type { TypeNote } from "../../../lib/kernel/jupyter/language_server.ts";
import { isTypeNote, writeTypeNotes } from "../../../lib/kernel/jupyter/type_notes.ts";

const note = (code: string, message: string, line = 1): TypeNote => ({ code, message, line, column: 1 });

Deno.test("writeTypeNotes says each error once, on its first line, three of them at most, in short", () => {
  const shown = writeTypeNotes([
    note("TS2353", "'n' does not exist\n  in type 'Options'.", 4),
    note("TS2353", "'n' does not exist\n  in type 'Options'.", 9),
    note("TS2345", "b".repeat(1000)),
    note("TS2322", "c"),
    note("TS2322", "d"),
  ]);
  const lines = String(shown?.data["text/plain"]).split("\n");
  assertEquals(lines[0], "Types, line 4: 'n' does not exist in type 'Options'. (TS2353)");
  assertEquals(lines.length, 4);
  assertEquals(lines[1]!.length < 340, true);
  assertEquals(lines[3], "and 1 more");
});

Deno.test("writeTypeNotes is quiet about what a notebook does all the same", () => {
  const usual = [
    note("TS2304", "Cannot find name 'later'."),
    note("TS2588", "Cannot assign to 'x' because it is a constant."),
    note("TS7006", "Parameter 'row' implicitly has an 'any' type."),
    note("TS18048", "'row' is possibly 'undefined'."),
    note("TS2339", "Property 'arm' does not exist on type 'object'."),
  ];
  assertEquals(writeTypeNotes(usual), null);
  assertEquals(
    writeTypeNotes([note("TS2339", "Property 'arm' does not exist on type 'Table'.")]) === null,
    false,
  );
});

Deno.test("isTypeNote knows a note in a saved notebook, and nothing that only says it is one", () => {
  const shown = writeTypeNotes(["a", "b", "c", "d"].map((message) => note("TS2322", message)))!;
  assertEquals(isTypeNote(shown), true);
  const { data, metadata } = shown;
  assertEquals(isTypeNote({ data, metadata: {} }), false);
  assertEquals(isTypeNote({ data: { ...data, "text/html": "<p>0.42</p>" }, metadata }), false);
  assertEquals(isTypeNote({ data: { "text/plain": "estimate 0.42" }, metadata }), false);
  const other = { ...data, "application/vnd.jupyter.stderr": "estimate 0.42" };
  assertEquals(isTypeNote({ data: other, metadata }), false);
});
