import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { checkAcquiescence, checkSycophancy } from "@understudy/understudy/audit";
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

function opinions(shift: number) {
  const random = stream(4, "opinions");
  const arm = Array.from({ length: 300 }, (_, id) => ["pro", "contra", "none"][id % 3]!);
  const pull = arm.map((name) => name === "pro" ? shift : name === "contra" ? -shift : 0);
  return tableOf({
    arm,
    tax: pull.map((x) => 4 + x + random.normal()),
    no_tax: pull.map((x) => 4 - x + random.normal()),
    vote: pull.map((x) => random.uniform() < 0.5 + x / 4 ? "for" : "against"),
  });
}
const stated = { pro: 1, contra: -1, none: 0 } as const;

Deno.test("checkSycophancy(answers) finds the shift toward the opinion, in reverse-framed items too", () => {
  const items = ["tax", "no_tax"];
  const check = checkSycophancy(opinions(0.8), { items, reversed: "no_tax", opinions: stated });
  assertEquals(check.array("compared").slice(0, 3), [
    "for v. against",
    "for v. no opinion",
    "against v. no opinion",
  ]);
  for (let row = 0; row < 6; row++) {
    assertAlmostEquals(check.get("statistic", row), 0.8, 0.4);
    assertEquals(check.get("verdict", row), "found");
  }
  const clean = checkSycophancy(opinions(0), { items, reversed: "no_tax", opinions: stated });
  assertEquals(new Set(clean.array("verdict")), new Set(["not found"]));
});

Deno.test("checkSycophancy(agree) counts a named option as agreement", () => {
  const check = checkSycophancy(opinions(1), {
    items: "vote",
    agree: "for",
    opinions: { pro: 1, contra: -1 },
  });
  assertAlmostEquals(check.get("statistic", 0), 0.25, 0.1);
  assertEquals(check.numRows(), 1);
  const without = checkSycophancy(opinions(1), { items: "vote", opinions: { pro: 1, contra: -1 } });
  assertEquals(without.get("verdict", 0), "cannot tell");
});

Deno.test("checkSycophancy(…) names what is wrong with its arguments", () => {
  const of = (options: unknown) => () => checkSycophancy(opinions(0), options as never);
  assertThrows(of({ items: "tax", opinions: { pro: 1, you: -1 } }), RangeError, "arm 'you' has no answer");
  assertThrows(of({ items: "tax", opinions: { pro: 1, contra: 1 } }), RangeError, "differ between arms");
  assertThrows(
    of({ items: "tax", opinions: { pro: 2, contra: -1 } }),
    RangeError,
    "'opinions' must be one of",
  );
  assertThrows(
    of({ items: "tax", opinions: stated, reversed: "x" }),
    RangeError,
    "'reversed' must be one of",
  );
});
