import { assertEquals, assertThrows } from "@std/assert";
import {
  compareArms,
  covariateColumns,
  gatherUnits,
  modelClusters,
  noteRowsLeftOut,
  readStudy,
  referenceOf,
  tableOf,
  usedRows,
  wideAnswers,
} from "@understudy/understudy/core";

const long = tableOf({
  persona_id: ["p1", "p1", "p2", "p2", "p3", "p3", "p4", "p4"],
  arm: ["b", "b", "a", "a", "b", "b", "a", "a"],
  arm_probability: new Array(8).fill(0.5),
  block: ["x", "x", "x", "x", "y", "y", "y", "y"],
  item: ["support", "news", "support", "news", "support", "news", "support", "news"],
  value: [6, "tv", 3, "web", null, "tv", 4, null],
  status: ["answered", "answered", "answered", "answered", "refused", "answered", "answered", "unparsed"],
});

Deno.test("readStudy reads the same study from a long and a wide table", () => {
  const wide = wideAnswers(long);
  for (const table of [long, wide]) {
    const study = readStudy("read", table, { outcome: "support" });
    assertEquals([...study.value], [6, 3, NaN, 4]);
    assertEquals([study.arm.labels, [...study.arm.codes]], [["a", "b"], [1, 0, 1, 0]]);
    assertEquals([study.block?.labels, study.persona?.labels], [["x", "y"], ["p1", "p2", "p3", "p4"]]);
    assertEquals([...usedRows(study)], [0, 1, 3]);
    assertEquals(study.repeated, false);
  }
  assertEquals(noteRowsLeftOut(readStudy("read", long, { outcome: "support" })), ["left out: 1 refused"]);
  const shares = readStudy("read", long, { outcome: "news", category: "tv" });
  assertEquals([...shares.value], [1, 0, 1, NaN]);
});

Deno.test("readStudy takes the blocks that assignTreatments recorded, and no others", () => {
  assertEquals(readStudy("read", long, { outcome: "support", blocks: [] }).block, null);
  const unassigned = wideAnswers(long).select("persona_id", "arm", "block", "support");
  assertEquals(readStudy("read", unassigned, { outcome: "support" }).block, null);
  assertEquals(readStudy("read", unassigned, { outcome: "support", blocks: "block" }).block?.labels, [
    "x",
    "y",
  ]);
});

Deno.test("readStudy says which column, item or value is wrong", () => {
  const read = (request: object) => () => readStudy("read", long, { outcome: "support", ...request });
  assertThrows(
    read({ outcome: "suport" }),
    RangeError,
    "its items are support, news; did you mean 'support'?",
  );
  assertThrows(read({ arm: "amr" }), RangeError, "did you mean 'arm'?");
  assertThrows(read({ outcome: "news" }), TypeError, "for the share of one answer name it");
  assertThrows(
    read({ outcome: "news", category: "radio" }),
    RangeError,
    "'category' must be an answer to 'news'",
  );
});

Deno.test("a persona's rows are averaged in an arm, compared across arms, and are the clusters of a model", () => {
  const table = tableOf({
    persona_id: ["p1", "p1", "p1", "p2", "p2"],
    arm: ["a", "a", "b", "a", "b"],
    y: [1, 3, 5, 2, 2],
  });
  const study = readStudy("read", table, { outcome: "y" });
  const { reference } = referenceOf(study, "a");
  const compared = compareArms("read", gatherUnits("read", study), reference, 1);
  assertEquals([...compared.outcome], [2, 5, 2, 2]);
  assertEquals(compared.persona === null, false);
  assertEquals(modelClusters(study, undefined)?.name, "persona_id");
  assertEquals(modelClusters(study, null), null);
});

Deno.test("covariateColumns makes an indicator of each name but the first", () => {
  const table = tableOf({ age: [31, null], party: ["right", "left"], vote: [true, false] });
  assertEquals(
    covariateColumns("read", table, ["age", "party", "vote"]).map(({ name, values }) => [name, [...values]]),
    [["age", [31, NaN]], ["party = right", [1, 0]], ["vote", [1, 0]]],
  );
});
