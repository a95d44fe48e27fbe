import { assertEquals } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { estimateEffects } from "@understudy/understudy/estimation";
import { yesNo } from "@understudy/understudy/items";
import { declareTreatments } from "@understudy/understudy/treatments";

const parts = {
  treatments: declareTreatments({ control: "x", threat: "y" }),
  items: [yesNo("fear", "?")],
  stated: [],
};

function study(declared: { blocks?: string; clusters?: string }): Table {
  const rows = Array.from({ length: 120 }, (_, i) => i);
  const personas = tableOf({
    persona_id: rows.map((i) => `p${i}`),
    party: rows.map((i) => "ABC"[i % 3]!),
    town: rows.map((i) => `t${i % 20}`),
  });
  const assigned = assignTreatments(personas, declareDesign({ ...parts, ...declared }), { seed: 3 });
  const arms = columnOf(assigned, "arm");
  return assigned.assign(
    tableOf({ y: rows.map((i) => stream(1, i).normal() + (arms[i] === "threat" ? 1 : 0)) }),
  );
}

Deno.test("estimateEffects() follows the blocks and clusters that assignTreatments recorded", () => {
  const design = (table: Table, options = {}) =>
    estimateEffects(table, { outcome: "y", ...options }).get("design", 0);
  assertEquals(design(study({})), "standard");
  assertEquals(design(study({ blocks: "party" })), "blocked");
  assertEquals(design(study({ blocks: "party" }), { blocks: [] }), "standard");
  assertEquals(design(study({ clusters: "town" })), "clustered");
  assertEquals(design(study({ clusters: "town" }), { clusters: null }), "standard");
});

Deno.test("estimateEffects() takes a column 'block' of another's table for data, not for the assignment", () => {
  const table = study({ blocks: "party" });
  const foreign = table.select(...table.columnNames().filter((name) => name !== "arm_probability"));
  assertEquals(estimateEffects(foreign, { outcome: "y" }).get("design", 0), "standard");
});
