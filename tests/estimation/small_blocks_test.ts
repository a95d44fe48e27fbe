import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
import { estimateEffects } from "@understudy/understudy/estimation";
import { yesNo } from "@understudy/understudy/items";
import { declareTreatments } from "@understudy/understudy/treatments";

const design = declareDesign({
  treatments: declareTreatments({ control: "x", threat: "y" }),
  items: [yesNo("fear", "?")],
  stated: [],
  blocks: ["region"],
});

/** A study in blocks of the given sizes with an effect of 1; `missing` answers are lost at random. */
function study(sizes: readonly number[], seed: number, missing = 0): Table {
  const region = sizes.flatMap((size, block) => Array.from({ length: size }, () => `r${block}`));
  const personas = tableOf({ persona_id: region.map((_, i) => `p${i}`), region });
  const assigned = assignTreatments(personas, design, { seed });
  const arms = columnOf(assigned, "arm");
  return assigned.assign(tableOf({
    y: region.map((block, i) => {
      const random = stream(seed, "y", i);
      const value = random.normal() + Number(block.slice(1)) + (arms[i] === "threat" ? 1 : 0);
      return random.uniform() < missing ? null : value;
    }),
  }));
}

type Row = { estimate: number; std_error: number; conf_low: number; conf_high: number; notes: string };
const effect = (table: Table, options = {}) =>
  estimateEffects(table, { outcome: "y", ...options }).object(0) as Row;

Deno.test("estimateEffects() leaves out a recorded block that lost an arm to missing answers, and says so", () => {
  const table = study([3, 40, 40], 5);
  const y = columnOf<number>(table, "y");
  const arms = columnOf(table, "arm");
  const thinned = table.assign(
    tableOf({ y: y.map((value, i) => i < 3 && arms[i] === "threat" ? null : value) }),
  );
  const found = effect(thinned);
  assert(found.std_error > 0);
  assertStringIncludes(found.notes, "left out: 1 of 3 blocks with too few answers in an arm (r0)");
  assertEquals(found.estimate, effect(thinned.slice(3)).estimate);
});

Deno.test("estimateEffects() pools recorded blocks with one unit in an arm", () => {
  const found = effect(study([3, 3, 3, 3, 3, 3, 3, 3, 40], 6));
  assertStringIncludes(found.notes, "8 small blocks and 1 larger blocks");
  assert(found.std_error > 0);
});

Deno.test("estimateEffects() with small recorded blocks and missing answers covers its effect", () => {
  const studies = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 4000 : 400;
  let covered = 0;
  let sum = 0;
  for (let seed = 0; seed < studies; seed++) {
    const found = effect(study([3, 3, 4, 3, 5, 3, 12, 20, 3, 4], seed, 0.08));
    if (found.conf_low <= 1 && 1 <= found.conf_high) covered++;
    sum += found.estimate;
  }
  // Binomial bounds at 1 in 10,000 around .95; conservative intervals may cover more.
  assert(covered / studies > 0.95 - 3.9 * Math.sqrt(0.95 * 0.05 / studies), `coverage ${covered / studies}`);
  assert(covered / studies < 0.99, `coverage ${covered / studies}`);
  assertAlmostEquals(sum / studies, 1, 3.9 * 0.3 / Math.sqrt(studies));
});

Deno.test("estimateEffects() says that weights which vary are not used", () => {
  const table = study([40], 1).assign(tableOf({ weight: Array.from({ length: 40 }, (_, i) => 1 + i % 2) }));
  assertStringIncludes(effect(table, { blocks: [] }).notes, "column 'weight' varies and is not used");
  assertEquals(effect(table, { blocks: [], weights: "weight" }).notes.includes("not used"), false);
});
