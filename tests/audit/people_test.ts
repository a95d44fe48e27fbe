import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { checkDiversity, checkSubgroupErrors } from "@understudy/understudy/audit";
import { stream, tableOf } from "@understudy/understudy/core";
import { shareBetween } from "../../lib/audit/diversity.ts";

function people(
  name: string,
  { spread = 1, error = 0, n = 250 }: { spread?: number; error?: number; n?: number },
) {
  const random = stream(5, name);
  const party = Array.from({ length: n }, (_, i) => ["left", "right", "other"][i % 3]!);
  return tableOf({
    party,
    trust: party.map((of) => 4 + spread * random.normal() + (of === "right" ? error : 0)),
    news: party.map(() => ["tv", "web", "paper"][random.index(spread < 1 ? [18, 1, 1] : [3, 3, 2])]!),
  });
}

Deno.test("checkDiversity(human) finds compressed answers, numbers and names, and not equal ones", () => {
  const human = people("human", {});
  const items = ["trust", "news"];
  const narrow = checkDiversity(people("model", { spread: 0.5 }), { human, items });
  assertEquals(narrow.array("verdict"), ["found", "found"]);
  assertAlmostEquals(narrow.get("sd_ratio", 0), 0.5, 0.07);
  assertAlmostEquals(narrow.get("statistic", 0), 2 * Math.log(narrow.get("sd_ratio", 0)), 1e-12);
  assert(narrow.get("statistic", 1) < -0.4);
  const clean = checkDiversity(people("other", {}), { human, items });
  assertEquals(clean.array("verdict"), ["not found", "not found"]);
});

Deno.test("checkDiversity(answers) without people describes and does not judge", () => {
  const ids = [1, 2, 3, 4, 5];
  const check = checkDiversity(tableOf({
    persona_id: ids,
    item: ids.map(() => "q"),
    value: ids,
    option_order: ids.map(() => JSON.stringify(["1", "2", "3", "4", "5"])),
  }));
  assertEquals(check.get("verdict", 0), "cannot tell");
  // Sample variance 2.5 against 2, that of five equally likely points.
  assertAlmostEquals(check.get("statistic", 0), Math.log(2.5 / 2), 1e-12);
  assert(String(check.get("reason", 0)).includes("{ human }"));
});

Deno.test("checkDiversity(human) keeps a respondent that never varies as a problem without an interval", () => {
  const human = people("human", {});
  const check = checkDiversity(tableOf({ trust: Array(100).fill(4) }), { human, items: "trust" });
  assertEquals([check.get("verdict", 0), check.get("sd_ratio", 0)], ["found", 0]);
  assert(Number.isNaN(check.get("conf_low", 0)));
});

Deno.test("checkDiversity(answers) compares each arm with people in the same arm", () => {
  const random = stream(5, "arms");
  const study = (spread: number) => {
    const arm = Array.from({ length: 400 }, (_, i) => i % 2 ? "a" : "b");
    return tableOf({ arm, q: arm.map((of) => random.normal() * (of === "a" ? 1 : spread)) });
  };
  const check = checkDiversity(study(3), { human: study(3), items: "q" });
  assertEquals(check.array("verdict"), ["not found", "not found"]);
  assertEquals(check.array("compared"), ["arm a v. people", "arm b v. people"]);
});

Deno.test("shareBetween(values, persona) is ICC(1) of the one-way analysis of variance", () => {
  // Between mean square 6.25 · 2, within 1: (12.5 - 1) / (12.5 + 1) by hand for two personas of two answers.
  assertAlmostEquals(
    shareBetween([1, 1 + Math.SQRT2, 4.5, 4.5 + Math.SQRT2], ["a", "a", "b", "b"]),
    11.25 / 13.25,
    1e-12,
  );
  assert(Number.isNaN(shareBetween([1, 2], ["a", "b"])));
});

Deno.test("checkSubgroupErrors(human) finds the group that is got wrong, by how much, and no other", () => {
  const human = people("human", { n: 360 });
  const check = checkSubgroupErrors(people("model", { error: 0.9, n: 360 }), {
    human,
    groups: "party",
    items: "trust",
  });
  assertEquals(check.array("compared"), [
    "all groups",
    "left v. other groups",
    "other v. other groups",
    "right v. other groups",
  ]);
  assertEquals([check.get("verdict", 0), check.get("verdict", 3)], ["found", "found"]);
  assertAlmostEquals(check.get("statistic", 3), 0.9, 0.3);
  assertAlmostEquals(check.get("error", 3), 0.9, 0.3);
  const clean = checkSubgroupErrors(people("other", { n: 360 }), { human, groups: "party", items: "trust" });
  assertEquals(new Set(clean.array("verdict")), new Set(["not found"]));
});

Deno.test("checkSubgroupErrors(human) leaves out names and groups that one side lacks, and says so", () => {
  const human = people("human", {});
  const names = checkSubgroupErrors(people("model", {}), { human, groups: "party", items: "news" });
  assertEquals(names.get("verdict", 0), "cannot tell");
  const more = tableOf({ party: [..."llllrrrrxx"], trust: [1, 2, 3, 4, 2, 3, 4, 5, 3, 3] });
  const less = tableOf({ party: [..."llllrrrr"], trust: [1, 3, 2, 4, 3, 3, 4, 4] });
  const check = checkSubgroupErrors(more, { human: less, groups: "party", items: "trust" });
  assertEquals(check.array("compared"), ["l v. other groups", "r v. other groups"]);
  assert(String(check.get("notes", 0)).includes("left out as their group is not on both sides: 2"));
  assertThrows(
    () => checkSubgroupErrors(people("m", {}), { human, groups: "age", items: "trust" }),
    RangeError,
    "no column 'age'",
  );
});

Deno.test("checkDiversity(human) has no interval made of rounding where few answers differ", () => {
  const table = (x: number[]) => tableOf({ persona_id: x.map((_, i) => i), x });
  const human = table([1, 2, 3, 4, 5, 3, 2, 4, 3, 5]);
  for (const draws of [99, 199]) {
    const check = checkDiversity(table([3, 3, 3, 3, 3, 1]), { human, items: "x", draws });
    assertEquals([check.get("conf_low", 0), check.get("conf_high", 0)], [NaN, NaN]);
    assert(String(check.get("reason", 0)).startsWith("no interval: too few answers differ"));
  }
});
