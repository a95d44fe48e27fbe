import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { checkHeldOutStudies } from "@understudy/understudy/audit";
import { tableOf } from "@understudy/understudy/core";

Deno.test("checkHeldOutStudies(studies) finds errors that are larger where nothing could be read, and only those", () => {
  const published = Array.from({ length: 12 }, (_, i) => i < 6);
  const human = published.map((_, i) => i / 10);
  const worse = human.map((effect, i) =>
    effect + (published[i] ? 0.01 : 0.3) * (i % 2 ? 1 : -1) * (1 + i / 50)
  );
  const check = checkHeldOutStudies(tableOf({ published, human, synthetic: worse }));
  assertEquals(check.get("verdict", 0), "found");
  // All errors of one kind exceed all of the other: 2 of 924 deals.
  assertAlmostEquals(check.get("p_value", 0), 2 / 924, 1e-12);
  const better = published.map((is) => !is);
  const other = checkHeldOutStudies(tableOf({ published: better, human, synthetic: worse }));
  assertEquals(other.get("verdict", 0), "not found");
  const few = checkHeldOutStudies(tableOf({ published: [true, false], human: [1, 1], synthetic: [1, 2] }));
  assertEquals(few.get("verdict", 0), "cannot tell");
  assertThrows(
    () => checkHeldOutStudies(tableOf({ published: [1], human: [1], synthetic: [1] })),
    TypeError,
    "'published' must hold true or false",
  );
});
