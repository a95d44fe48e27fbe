import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { checkAcquiescence } from "@understudy/understudy/audit";
import { stream, tableOf } from "@understudy/understudy/core";

function statements(shift: number) {
  const random = stream(3, "statements");
  const level = Array.from({ length: 240 }, () => random.normal());
  return tableOf({
    persona_id: level.map((_, id) => id),
    arm: level.map((_, id) => id % 2 ? "control" : "threat"),
    trust: level.map((x) => 4 + x + 0.5 * random.normal() + shift),
    distrust: level.map((x) => 4 - x + 0.5 * random.normal() + shift),
  });
}
const pairs = [{ item: "trust", reversed: "distrust", scale: [1, 7] as const }];

Deno.test("checkAcquiescence(answers) estimates the pull up the scale, in all and in each arm", () => {
  const check = checkAcquiescence(statements(0.6), { pairs });
  assertEquals(check.array("compared").length, 3);
  for (const row of [0, 1, 2]) {
    assertAlmostEquals(check.get("statistic", row), 0.6, 0.12);
    assertEquals(check.get("verdict", row), "found");
  }
  assert(check.get("share_both", 0) > 0.2);
  const clean = checkAcquiescence(statements(0), { pairs });
  assertEquals(new Set(clean.array("verdict")), new Set(["not found"]));
});

Deno.test("checkAcquiescence(answers) reads the scale of yes and no from the options shown", () => {
  const rows = Array.from({ length: 40 }, (_, i) => i);
  const check = checkAcquiescence(
    tableOf({
      trial_id: rows.map((i) => `t${i >> 1}`),
      persona_id: rows.map((i) => i >> 1),
      item: rows.map((i) => i % 2 ? "bad" : "good"),
      value: rows.map(() => 1),
      option_order: rows.map(() => JSON.stringify(["yes", "no"])),
    }),
    { pairs: [{ item: "good", reversed: "bad" }] },
  );
  assertEquals([check.get("statistic", 0), check.get("share_both", 0)], [0.5, 1]);
  // All 20 signs agree: the sign test's two-sided p.
  assertAlmostEquals(check.get("p_value", 0), 2 / 2 ** 20, 1e-15);
  assertEquals(check.get("verdict", 0), "found");
});

Deno.test("checkAcquiescence(…) names what is wrong with its arguments", () => {
  assertThrows(
    () => checkAcquiescence(statements(0), { pairs: [{ item: "trust", reversed: "distrust" }] }),
    RangeError,
    "the scale of 'trust' is not known",
  );
  assertThrows(() => checkAcquiescence(statements(0), { pairs: [] }), TypeError, "'pairs' must list pairs");
  assertThrows(
    () => checkAcquiescence(statements(0), { pairs: [{ ...pairs[0]!, scale: [7, 1] }] }),
    RangeError,
    "'pairs[0].scale' must hold",
  );
});

Deno.test("checkAcquiescence(answers) takes the clusters that were assigned for its units, and has a column of arms", () => {
  const table = statements(0.6);
  const ids = table.array("persona_id") as number[];
  const assigned = table.assign(
    tableOf({ arm_probability: ids.map(() => 0.5), cluster: ids.map((id) => id % 12) }),
  );
  const check = checkAcquiescence(assigned, { pairs });
  assertEquals(check.array("n"), [12, 6, 6]);
  assertEquals(check.array("arm"), ["", "control", "threat"]);
  assertEquals(checkAcquiescence(assigned, { pairs, clusters: null }).get("n", 0), 240);
  const renamed = table.rename({ arm: "group" });
  assertEquals(checkAcquiescence(renamed, { pairs }).array("arm"), [""]);
  assertEquals(checkAcquiescence(renamed, { pairs, arm: "group" }).numRows(), 3);
});
