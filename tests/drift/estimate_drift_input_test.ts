import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { diagnosisColumns, type Table, tableOf } from "@understudy/understudy/core";
import { estimateDrift } from "@understudy/understudy/drift";
import { totalVariation } from "@understudy/understudy/stats";
import { countedTable, driftRow, driftRows, longTable, study } from "./drift_tables.ts";

Deno.test("estimateDrift(answers) makes missing answers a control of their own", () => {
  const index = Array.from({ length: 120 }, (_, i) => i);
  const table = tableOf({
    persona_id: index,
    arm: index.map((i) => i < 60 ? "control" : "threat"),
    paper: index.map((i) => i >= 60 && i % 3 === 0 ? null : i % 2),
  });
  for (const [answers, status] of [[table, "wide"], [longTable(table, ["paper"]), "long"]] as const) {
    const rows = driftRows(answers, { controls: "paper" });
    assertEquals(rows.map((row) => row.control), ["paper", "missing answers"], status);
    assertAlmostEquals(rows[1]!.statistic as number, 20 / 60, 1e-12);
    assertEquals(rows[1]!.verdict, "found");
    assertEquals([rows[0]!.n, rows[1]!.n], [100, 120]);
    assertStringIncludes(rows[0]!.notes as string, "20 of 120 answers, over all arms, are missing");
    assertEquals(driftRows(answers, { controls: "paper", missing: false }).length, 1);
  }
  assertEquals(driftRows(study(), { controls: "paper" }).length, 2);
});

Deno.test("estimateDrift(answers) tells kinds of missing answers apart, over all items", () => {
  const table = tableOf({
    persona_id: [1, 2, 3, 4, 1, 2, 3, 4],
    arm: ["a", "a", "b", "b", "a", "a", "b", "b"],
    item: ["paper", "paper", "paper", "paper", "support", "support", "support", "support"],
    value: [1, 2, 1, 2, 5, null, null, null],
    status: ["answered", "answered", "answered", "answered", "answered", "refused", "unparsed", "unparsed"],
  });
  const rows = driftRows(table, { controls: "paper" });
  assertEquals(rows[1]!.control, "missing answers");
  // a: 3 answered, 1 refused; b: 2 answered, 2 unparsed
  assertAlmostEquals(rows[1]!.statistic as number, totalVariation([3, 1, 0], [2, 0, 2]), 1e-12);
});

Deno.test("estimateDrift(answers) says why a control that does not vary, or has no answer, is not checked", () => {
  const table = countedTable({ control: [10, 10], treated: [10, 10] })
    .derive({ constant: "() => 'yes'", empty: "d => d.arm === 'control' ? 1 : null" });
  const rows = driftRows(table, { controls: ["constant", "empty", "control_item"], missing: false });
  assertEquals(rows.map((row) => row.verdict), ["cannot tell", "cannot tell", "not found"]);
  assertEquals([rows[0]!.statistic, rows[0]!.p_value, rows[0]!.conf_high, rows[1]!.p_adjusted], [
    NaN,
    NaN,
    NaN,
    NaN,
  ]);
  assertStringIncludes(rows[0]!.reason as string, "every answer is 'yes'");
  assertStringIncludes(rows[1]!.reason as string, "arm 'treated' has no answer to this control");
  assertEquals(rows[2]!.p_adjusted, rows[2]!.p_value);
});

Deno.test("estimateDrift(answers, { bootstraps: 0 }) leaves the interval out and says so", () => {
  const row = driftRow(countedTable({ control: [5, 5], treated: [5, 5] }), { bootstraps: 0 });
  assertEquals([row.conf_low, row.conf_high], [NaN, NaN]);
  assertStringIncludes(row.reason as string, "no interval as 'bootstraps' is 0");
});

Deno.test("estimateDrift(answers) takes the recorded reference, else 'control', else the first of two by name", () => {
  const table = countedTable({ b: [3, 4], a: [4, 3] });
  assertEquals(driftRow(table).reference, "a");
  assertEquals(driftRow(table.derive({ reference_arm: () => "b" })).reference, "b");
  assertEquals(driftRow(countedTable({ b: [3, 4], control: [4, 3] })).reference, "control");
  assertEquals(driftRow(table, { reference: "a" }).arm, "b");
});

Deno.test("estimateDrift(answers) names what is wrong", () => {
  const table = study();
  const drift = (options: object, answers: Table = table) => () =>
    estimateDrift(answers, { controls: "party", ...options });
  const empty = tableOf({ persona_id: [], arm: [], party: [] });
  const long = longTable(table, ["party"]);
  assertThrows(
    drift({ controls: "age" }),
    RangeError,
    "'answers' has no column 'age': its columns are persona_id",
  );
  assertThrows(drift({ controls: "age" }, long), RangeError, "no answers to item 'age': its items are party");
  assertThrows(drift({ controls: [] }), TypeError, "'controls' must name at least one item or column");
  assertThrows(drift({ controls: ["party", "party"] }), RangeError, "'controls' must name each control once");
  assertThrows(drift({ arm: "treatment" }), RangeError, "'table' has no column 'treatment'");
  assertThrows(drift({ persona: "id" }), RangeError, "'table' has no column 'id'");
  assertThrows(drift({ blocks: ["region", "state"] }), RangeError, "'table' has no column 'state'");
  assertThrows(
    drift({ reference: "placebo" }),
    RangeError,
    `current value is "placebo", the arms are "control", "promise", "threat"`,
  );
  assertThrows(drift({}, table.filter("d => d.arm === 'control'")), RangeError, "hold at least two arms");
  assertThrows(drift({}, empty), RangeError, "'table' must have at least one row");
  assertThrows(drift({ permutation: 10 }), TypeError, "option 'permutation' is unknown");
  assertThrows(drift({ permutations: 0 }), RangeError, "'permutations' must be a whole number of at least 1");
  const twice = ["energy", "energy"];
  assertThrows(
    drift({ measures: twice }),
    RangeError,
    "'measures' must name at least one measure, and each once",
  );
  assertThrows(drift({ levels: { party: "left" } }), TypeError, "a list of distinct categories in order");
  assertThrows(drift({ alpha: 5 }), RangeError, "'alpha' must lie between 0 and 1: current value is 5");
  assertThrows(drift({ seed: 0.5 }), TypeError, "'seed' must be a whole number");
  assertThrows(drift({ missing: "no" }), RangeError, "'missing' must be one of true, false");
  assertThrows(() => estimateDrift([] as never, { controls: "x" }), TypeError, "must be an Arquero table");
  assertThrows(
    drift({}, tableOf({ persona_id: [1, 2], arm: ["a", null], party: [1, 2] })),
    RangeError,
    "'arm' must name an arm in every row: current value is \"row 2\"",
  );
  assertThrows(
    drift(
      { blocks: "block" },
      tableOf({ persona_id: [1, 1, 2], arm: ["a", "a", "b"], block: [1, 2, 1], party: [1, 2, 1] }),
    ),
    RangeError,
    "each of the personas must stand in one block: 1 stands in",
  );
});

Deno.test("estimateDrift(answers) does not call it 'not found' where drift could not have been found", () => {
  const apart = driftRow(countedTable({ control: [3, 0], treated: [0, 3] }));
  assertEquals([apart.statistic, apart.p_value, apart.verdict], [1, 0.1, "cannot tell"]);
  assertStringIncludes(apart.reason as string, "the smallest possible p-value is 0.10");
  const few = driftRow(countedTable({ control: [30, 20], treated: [20, 30] }), { permutations: 10 });
  assertEquals(few.verdict, "cannot tell");
  const enough = driftRow(countedTable({ control: [30, 20], treated: [25, 25] }));
  assertEquals(enough.verdict, "not found");
});

Deno.test("estimateDrift(answers) keeps the contract of diagnoses", () => {
  const row = driftRow(countedTable({ control: [5, 5], treated: [5, 5] }));
  assertEquals(Object.keys(diagnosisColumns).filter((name) => !(name in row)), []);
});
