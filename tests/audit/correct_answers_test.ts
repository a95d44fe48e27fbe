import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { checkCorrectAnswers } from "@understudy/understudy/audit";
import { diagnosisColumns, stream, type Table, tableOf } from "@understudy/understudy/core";

const options = ["a", "b", "c", "d"];

/** Answers of 200 personas: mostly one option, or mostly one slot. */
function run(
  of: { option?: string; slot?: number; shuffled?: boolean; reversed?: boolean; share?: number },
): Table {
  const { share = 1, shuffled = false, reversed = false } = of;
  const random = stream(1, "run", JSON.stringify(of));
  const order = Array.from(
    { length: 200 },
    () => shuffled ? random.shuffle(options) : reversed ? [...options].reverse() : options,
  );
  return tableOf({
    persona_id: order.map((_, id) => id),
    item: order.map(() => "q"),
    value: order.map((shown) =>
      random.uniform() < share ? of.option ?? shown[of.slot!]! : options[random.integer(4)]!
    ),
    option_order: order.map((shown) => JSON.stringify(shown)),
  });
}

const row = (table: Table) => table.object(0) as { [column: string]: unknown };

Deno.test("checkCorrectAnswers(answers) flags a share whose interval lies at the threshold or above, and no smaller one", () => {
  const all = (n: number) =>
    row(checkCorrectAnswers(tableOf({ q: Array(n).fill("b") }), { items: "q" })).verdict;
  assertEquals([all(72), all(73)], ["cannot tell", "found"]);
  const strict = row(checkCorrectAnswers(run({ option: "b" }), { threshold: 0.99 }));
  assertEquals([strict.verdict, strict.reason], ["cannot tell", "the interval holds the threshold 0.99"]);
  assertEquals(row(checkCorrectAnswers(run({ option: "b" }))).verdict, "found");
  assertEquals(row(checkCorrectAnswers(run({ option: "b", share: 0.8 }))).verdict, "not found");
  const check = checkCorrectAnswers(run({ option: "b", share: 0.8 }), { threshold: 0.7 });
  assertEquals(row(check).verdict, "found");
});

Deno.test("checkCorrectAnswers(answers) tells content from position by orders shuffled within one run", () => {
  const content = row(checkCorrectAnswers(run({ option: "c", shuffled: true })));
  assertEquals([content.wins, content.compared], ["content", '"c"']);
  const position = row(checkCorrectAnswers(run({ slot: 0, shuffled: true })));
  assertEquals([position.verdict, position.wins, position.compared], ["found", "position", "slot 1"]);
});

Deno.test("checkCorrectAnswers(reversed) tells content from position by a second run, and not without", () => {
  const alone = row(checkCorrectAnswers(run({ option: "a" })));
  assertEquals(alone.wins, "unclear");
  assert(String(alone.notes).includes("{ reversed }"));
  const content = { reversed: run({ option: "a", reversed: true }) };
  const position = { reversed: run({ slot: 0, reversed: true }) };
  const [same, moved] = [content, position].map((more) =>
    row(checkCorrectAnswers(run({ option: "a" }), more))
  );
  assertEquals([same!.wins, same!.share_reversed], ["content", 1]);
  assertEquals([moved!.wins, moved!.share_reversed], ["position", 0]);
});

Deno.test("checkCorrectAnswers(changed) puts an answer that others do not give down to who was asked", () => {
  const reversed = run({ option: "a", reversed: true });
  const same = checkCorrectAnswers(run({ option: "a" }), { reversed, changed: run({ option: "a" }) });
  assertEquals(row(same).wins, "content");
  const others = checkCorrectAnswers(run({ option: "a" }), {
    reversed,
    changed: run({ option: "d", share: 0.6 }),
  });
  assertEquals(row(others).wins, "persona");
  assert(Number(row(others).share_changed) < 0.4);
});

Deno.test("checkCorrectAnswers(answers) gives the entropy over that of equally likely options, and Wilson's interval", () => {
  const table = tableOf({ q: ["a", "a", "a", "b", "b", "b", "b", "b", "b", "b"] });
  const found = row(checkCorrectAnswers(table, { items: "q" }));
  assertAlmostEquals(
    Number(found.entropy),
    -(0.7 * Math.log(0.7) + 0.3 * Math.log(0.3)) / Math.log(2),
    1e-12,
  );
  // Wilson 1927: 7 of 10 at 95%
  assertAlmostEquals(Number(found.conf_low), 0.396776, 1e-5);
  assertAlmostEquals(Number(found.conf_high), 0.892209, 1e-5);
  assertEquals(Object.keys(diagnosisColumns).filter((name) => !(name in found)), []);
});

Deno.test("checkCorrectAnswers(answers) counts replicates of a persona as one where they all agree", () => {
  const ids = Array.from({ length: 100 }, (_, i) => i % 10);
  const repeated = row(
    checkCorrectAnswers(tableOf({ persona_id: ids, q: ids.map(() => "a") }), { items: "q" }),
  );
  const single = row(checkCorrectAnswers(tableOf({ q: ids.slice(0, 10).map(() => "a") }), { items: "q" }));
  assertEquals([repeated.n, repeated.conf_low], [10, single.conf_low]);
});

Deno.test("checkCorrectAnswers(answers) reads yes and no as the options that stand for 1 and 0, and leaves out refusals", () => {
  const ids = Array.from({ length: 90 }, (_, i) => i);
  const check = row(checkCorrectAnswers(tableOf({
    persona_id: ids,
    item: ids.map(() => "afraid"),
    value: ids.map((i) => i < 10 ? null : 1),
    status: ids.map((i) => i < 10 ? "refused" : "answered"),
    option_order: ids.map((i) => JSON.stringify(i % 2 ? ["yes", "no"] : ["no", "yes"])),
  })));
  assertEquals([check.option, check.wins, check.n], ["yes", "content", 80]);
  assert(String(check.notes).includes("left out: 10 refused"));
});

Deno.test("checkCorrectAnswers(…) names what is wrong with its arguments", () => {
  const table = run({ option: "a" });
  assertThrows(() => checkCorrectAnswers(table, { items: "x" }), RangeError, "no answers to item 'x'");
  assertThrows(
    () => checkCorrectAnswers(table, { threshold: 1 }),
    RangeError,
    "'threshold' must lie between 0 and 1",
  );
  assertThrows(
    () => checkCorrectAnswers(table, { tresh: 1 } as never),
    TypeError,
    "option 'tresh' is unknown",
  );
  assertThrows(() => checkCorrectAnswers(tableOf({ q: [1] })), RangeError, "'items' must be named");
});

Deno.test("checkCorrectAnswers(answers) names the same option of two that as many chose, whatever the order of rows", () => {
  for (const vote of [["left", "right"], ["right", "left"]]) {
    const check = checkCorrectAnswers(tableOf({ persona_id: [1, 2], vote }), { items: "vote" });
    assertEquals([check.get("option", 0), check.get("compared", 0)], ["left", '"left"']);
  }
});
