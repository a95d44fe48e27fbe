import { assertEquals } from "@std/assert";
import { answerColumns, driftColumns, estimateColumns } from "@understudy/understudy/core";
import { columnMeanings } from "../../lib/core/column_meanings.ts";

Deno.test("columnMeanings(names) takes a name's meaning from the table that has most of the names", () => {
  const of = (columns: object, name: string) => columnMeanings(Object.keys(columns)).get(name);
  assertEquals(of(estimateColumns, "statistic"), "estimate / std_error");
  assertEquals(of(driftColumns, "statistic"), "the observed distance");
  assertEquals(of({ persona_id: 1, arm: 1, ...answerColumns }, "arm"), "the treatment arm");
  // In the order of the table, of what is known.
  assertEquals([...columnMeanings(["mine", "conf_high", "estimate", "arm"]).keys()], [
    "conf_high",
    "estimate",
    "arm",
  ]);
});

Deno.test("columnMeanings(names) guesses nothing of a table that is none of the toolkit's", () => {
  assertEquals(columnMeanings([]).size, 0);
  assertEquals(columnMeanings(["arm", "n"]).size, 0);
  assertEquals(columnMeanings(["arm", "n", "notes", ..."abcdefghijkl", "constructor"]).size, 0);
});
