import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { checkSycophancy } from "@understudy/understudy/audit";
import { stream, tableOf } from "@understudy/understudy/core";

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

Deno.test("checkSycophancy(answers) has no interval where an arm almost agrees, but finds what deals do not give", () => {
  const arm = [...Array(12).fill("pro"), ...Array(60).fill("contra")];
  const of = (item: (at: number) => number) => {
    const check = checkSycophancy(tableOf({ arm, tax: arm.map((_, at) => item(at)) }), {
      items: "tax",
      opinions: { pro: 1, contra: -1 },
    });
    return ["verdict", "conf_low", "reason"].map((column) => check.get(column, 0));
  };
  const reason = "no interval: of 12 on one side 0 differ from the most common answer, of at least 5";
  assertEquals(of((at) => at < 12 ? 5 : 1 + at % 4), ["found", NaN, reason]);
  assertEquals(of((at) => at < 12 ? 1 : at % 6 === 0 ? 2 : 1), ["not found", NaN, reason]);
  assertEquals(of(() => 1).slice(0, 2), ["cannot tell", NaN]);
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
