import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  checkCorrectAnswers,
  checkDiversity,
  checkManipulation,
  checkSubgroupErrors,
  checkSycophancy,
} from "@understudy/understudy/audit";
import { tableOf } from "@understudy/understudy/core";
import { clusteredContrast, findDealt } from "../../lib/audit/unit_statistics.ts";

const ids = (n: number) => Array.from({ length: n }, (_, i) => `p${i}`);

Deno.test("clusteredContrast(by) of groups that never vary has the p-value of the exact test that deals them anew", () => {
  const by = [0, 0, 0, 1, 1, 1, 1];
  const found = clusteredContrast({ outcome: by.map((z) => 2 + 3 * z), by, unit: ids(7), alpha: 0.05 });
  assertAlmostEquals(found.statistic, 3, 1e-12);
  // 2 of the 35 ways to choose three of seven are as far apart.
  assertAlmostEquals(found.p_value, 2 / 35, 1e-12);
  assertEquals(found.notes.length, 1);
  const equal = clusteredContrast({ outcome: by.map(() => 2), by, unit: ids(7), alpha: 0.05 });
  assertEquals(equal.p_value, 1);
});

Deno.test("clusteredContrast(…) says why there is no estimate", () => {
  const two = clusteredContrast({ outcome: [1, 2], by: [0, 1], unit: ids(2), alpha: 0.05 });
  assertEquals([two.statistic, two.reason[0]], [NaN, "too few units: 2"]);
  const same = clusteredContrast({ outcome: [1, 2, 3], by: [1, 1, 1], unit: ids(3), alpha: 0.05 });
  assertEquals([same.statistic, same.reason[0]], [NaN, "what is compared does not vary"]);
});

Deno.test("findDealt(labels, persona) deals among personas, within them, or among answers", () => {
  const told = (labels: number[], persona: string[]) => findDealt(labels, persona).told;
  assertEquals(told([0, 0, 1, 1], ["a", "a", "b", "b"]), "among personas");
  assertEquals(told([0, 1, 1, 0], ["a", "a", "b", "b"]), "within personas");
  assertEquals(told([0, 1, 1, 0], ["a", "a", "b", "c"]), "among answers");
});

Deno.test("checks say why they cannot tell, and what is wrong with an argument", () => {
  const one = tableOf({ arm: ["pro", "contra"], party: ["l", "r"], tax: [1, 2] });
  const few = checkSycophancy(one, { items: "tax", opinions: { pro: 1, contra: -1 } });
  assertEquals([few.get("verdict", 0), few.get("reason", 0)], ["cannot tell", "too few units: 2"]);
  const groups = checkSubgroupErrors(one, { human: one, groups: "party", items: "tax" });
  assertEquals(groups.get("verdict", 0), "cannot tell");
  assertEquals(groups.get("reason", 0), "fewer than two groups have answers of people and of the respondent");
  assertThrows(
    () => checkSycophancy(one, { items: "tax", opinions: ["pro"] as never }),
    TypeError,
    "'opinions' must name arms",
  );
  assertThrows(() => checkSycophancy(one, { items: [], opinions: {} }), TypeError, "at least one item");
  assertThrows(
    () => checkManipulation(one, { item: "tax", expected: "pro" as never }),
    TypeError,
    "'expected' must name arms",
  );
  assertThrows(() => checkManipulation(one.select("tax"), { item: "tax" }), RangeError, "they are none");
});

Deno.test("checks take answers that hold several options as a whole, and do not measure their spread", () => {
  const values = (value: (id: number) => unknown) =>
    tableOf({ budget: Array.from({ length: 20 }, (_, id) => value(id)) });
  const sets = values((id) => id % 2 ? ["a", "b"] : ["b", "a"]);
  assertEquals(checkCorrectAnswers(sets, { items: "budget" }).get("statistic", 0), 1);
  const amounts = values((id) => ({ schools: 60 + id % 2, roads: 40 - id % 2 }));
  assertEquals(checkCorrectAnswers(amounts, { items: "budget" }).get("statistic", 0), 0.5);
  for (const answers of [sets, amounts]) {
    const check = checkDiversity(answers, { items: "budget", human: answers });
    assertEquals(check.get("reason", 0), "an answer holds several options at once");
  }
});
