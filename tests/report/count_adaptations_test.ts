import { assertEquals, assertThrows } from "@std/assert";
import { columnOf, tableOf } from "../../lib/core/mod.ts";
import { composeReport, countAdaptations } from "../../lib/report/mod.ts";

const long = "x".repeat(100);
const log = tableOf([
  { human_text: "Press next.", llm_text: "Answer.", is_adapted: true },
  { human_text: "Your  age?\n", llm_text: "Your age?", is_adapted: false },
  { human_text: "Thank you.", llm_text: long, is_adapted: null },
  { human_text: "Vote.", llm_text: "Vote.", is_adapted: true },
  { human_text: null, llm_text: "You are a person.", is_adapted: true },
]);

Deno.test("countAdaptations tells changes that nobody marked, and marks without a change", () => {
  const counts = countAdaptations(log);
  assertEquals(columnOf(counts, "texts"), [1, 1, 1, 1, 1]);
  assertEquals(columnOf(counts, "shown"), ["", "", `${long.slice(0, 60)}…`, "Vote.", ""]);
  const empty = tableOf({ human_text: [], llm_text: [], is_adapted: [] });
  assertEquals(columnOf(countAdaptations(empty), "texts"), [0, 0, 0, 0, 0]);
});

Deno.test("the counts are a section of a report", () => {
  const sections = [{ heading: "Texts", table: countAdaptations(log) }];
  assertEquals(composeReport({ title: "T", sections }).includes("marked, but the same"), true);
  assertThrows(() => countAdaptations(tableOf({ llm_text: ["a"] })), RangeError, "no column 'human_text'");
});
