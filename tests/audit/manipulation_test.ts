import { assertAlmostEquals, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { checkManipulation } from "@understudy/understudy/audit";
import { stream, tableOf } from "@understudy/understudy/core";

function heard(noticed: number) {
  const random = stream(7, "heard");
  const arm = Array.from({ length: 200 }, (_, i) => i % 2 ? "threat" : "control");
  const guess = () => ["attack", "drill", "nothing"][random.integer(3)]!;
  return tableOf({
    arm,
    what: arm.map((of) => random.uniform() < noticed ? (of === "threat" ? "attack" : "drill") : guess()),
  });
}

Deno.test("checkManipulation(expected) says where the treatment was noticed, and where that is not shown", () => {
  const expected = { threat: "attack", control: ["drill", "nothing"] };
  const noticed = checkManipulation(heard(0.8), { item: "what", expected });
  assertEquals(noticed.array("compared"), [
    "all arms",
    "arm control v. other arms",
    "arm threat v. other arms",
  ]);
  assertEquals(new Set(noticed.array("verdict")), new Set(["not found"]));
  assertAlmostEquals(noticed.get("statistic", 2), 0.87, 0.07);
  const missed = checkManipulation(heard(0), { item: "what", expected });
  assertEquals(new Set(missed.array("verdict")), new Set(["cannot tell"]));
  assertMatch(
    String(missed.get("reason", 0)),
    /hoped for is not shown, which is no proof that there is none/,
  );
});

Deno.test("checkManipulation(answers) cannot tell from one answer for all whether a treatment was noticed", () => {
  const table = tableOf({ arm: ["a", "a", "b", "b"], what: ["x", "x", "x", "x"] });
  assertEquals(checkManipulation(table, { item: "what" }).get("verdict", 0), "cannot tell");
  const single = tableOf({ arm: ["a", "a"], what: ["x", "y"] });
  assertThrows(() => checkManipulation(single, { item: "what" }), RangeError, "at least two arms");
  assertThrows(
    () => checkManipulation(table, { item: "what", expected: { c: "x" } }),
    RangeError,
    "'expected' must be one of",
  );
});
