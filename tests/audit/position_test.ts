import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { auditFiveChallenges, checkPosition } from "@understudy/understudy/audit";
import { stream, tableOf } from "@understudy/understudy/core";

const options = ["a", "b", "c"];

function study(
  { slot = 0, strength = 0, shift = 0, n = 300, orders = "shuffled" }: {
    slot?: number;
    strength?: number;
    shift?: number;
    n?: number;
    orders?: "shuffled" | "fixed";
  },
) {
  const random = stream(2, "study", n);
  const order = Array.from({ length: n }, () => orders === "fixed" ? options : random.shuffle(options));
  const place = order.map(() => 1 + random.integer(3));
  const persona_id = order.flatMap((_, id) => [id, id]);
  return tableOf({
    persona_id,
    item: persona_id.map((_, at) => at % 2 ? "trust" : "news"),
    value: persona_id.map((id, at) => {
      if (at % 2) return 3 + random.normal() + (place[id]! > 2 ? shift : 0);
      return random.uniform() < strength ? order[id]![slot]! : options[random.index([6, 3, 1])]!;
    }),
    option_order: persona_id.map((id, at) => at % 2 ? null : JSON.stringify(order[id])),
    item_position: persona_id.map((id, at) => at % 2 ? place[id]! : 4 - place[id]!),
  });
}

Deno.test("checkPosition(answers) finds the slot that answers favour, and how much it adds", () => {
  const check = checkPosition(study({ strength: 0.4 }), { items: "news" });
  assertEquals(check.get("compared", 0), "first slot v. other slots");
  assertEquals(check.get("verdict", 0), "found");
  assertAlmostEquals(check.get("statistic", 0), 0.4, 0.1);
  assert(check.get("conf_low", 0) < 0.4 && check.get("conf_high", 0) > 0.4);
  const last = checkPosition(study({ strength: 0.4, slot: 2 }), { items: "news" });
  assertEquals([last.get("compared", 1), last.get("verdict", 1)], [
    "last slot v. other slots",
    "found",
  ]);
  assert(last.get("statistic", 0) < 0);
});

Deno.test("checkPosition(answers) finds nothing where only content counts", () => {
  const check = checkPosition(study({}));
  assertEquals(new Set(check.array("verdict")), new Set(["not found", "cannot tell"]));
  assert(String(check.get("notes", 0)).includes("no proof that there is none"));
});

/** One run whose options stand in one order for all, or in one that varies. */
function runOf(order: readonly string[] | "varies", seed: number, strength: number, first = 0) {
  const random = stream(seed, "run");
  const trait = stream(5, "traits");
  const ids = Array.from({ length: 60 }, (_, i) => i);
  const usual = ids.map(() => options[trait.index([6, 3, 1])]!);
  const orders = ids.map((i) => order !== "varies" ? order : i % 2 ? options : options.toReversed());
  return tableOf({
    persona_id: ids.map((i) => first + i),
    item: ids.map(() => "news"),
    value: ids.map((i) => random.uniform() < strength ? orders[i]![0]! : usual[i]!),
    option_order: orders.map((shown) => JSON.stringify(shown)),
  });
}

Deno.test("checkPosition(answers) compares two runs in one table within personas, where each has one order", () => {
  const backward = options.toReversed();
  const check = (strength: number) =>
    checkPosition(runOf(options, 1, strength).concat(runOf(backward, 2, strength)));
  const [found, clean] = [check(0.4), check(0)];
  assertEquals(found.array("verdict").slice(0, 2), ["found", "found"]);
  assertAlmostEquals(found.get("statistic", 0), 0.4, 0.15);
  assert(String(found.get("notes", 0)).includes("of orders within personas"));
  assertEquals(clean.get("statistic", 0), 0);
  assertEquals(clean.get("p_value", 0), 1);
});

Deno.test("checkPosition(answers) has a p-value of the right size within personas", () => {
  let rejected = 0;
  for (let seed = 0; seed < 200; seed++) {
    // Answers vary by themselves, whatever the order.
    const values = (name: string) => {
      const random = stream(seed, "size", name);
      return Array.from({ length: 40 }, (_, i) => options[random.index(i % 2 ? [6, 3, 1] : [1, 3, 6])]!);
    };
    const run = (name: string, shown: readonly string[]) =>
      tableOf({
        persona_id: Array.from({ length: 40 }, (_, i) => i),
        item: Array.from({ length: 40 }, () => "news"),
        value: values(name),
        option_order: Array.from({ length: 40 }, () => JSON.stringify(shown)),
      });
    const answers = run("one", options).concat(run("two", options.toReversed()));
    if (checkPosition(answers, { draws: 99, seed }).get("p_value", 0) <= 0.05) rejected++;
  }
  // 5% of 200, give or take three standard errors.
  assert(rejected <= 10 + 3 * Math.sqrt(200 * 0.05 * 0.95), `${rejected} of 200`);
  assert(rejected > 0);
});

Deno.test("checkPosition(answers) takes runs of different personas as one, and the audit puts its two runs together", () => {
  const others = checkPosition(runOf(options, 1, 0.5).concat(runOf(options.toReversed(), 2, 0.5, 100)));
  assertEquals(others.get("verdict", 0), "found");
  assert(String(others.get("notes", 0)).includes("of orders among personas"));
  const tables = { answers: runOf(options, 1, 0.5), reversed: runOf(options.toReversed(), 2, 0.5) };
  const audit = auditFiveChallenges(tables, { items: "news" }).objects() as {
    check: string;
    verdict: string;
  }[];
  assertEquals(audit.find(({ check }) => check === "option order")?.verdict, "found");
});

Deno.test("checkPosition(answers) finds an item that is answered otherwise when asked late", () => {
  const check = checkPosition(study({ shift: 1 }), { items: "trust" });
  const at = check.array("check").indexOf("item order");
  assertEquals(check.get("verdict", at), "found");
  assert(check.get("statistic", at) > 0.5);
  assertEquals(checkPosition(study({}), { items: "trust" }).get("verdict", at), "not found");
});

Deno.test("checkPosition(answers) is 1 where the slot decides every answer, and says why there is no interval", () => {
  const check = checkPosition(study({ strength: 1 }), { items: "news" });
  assertAlmostEquals(check.get("statistic", 0), 1, 1e-12);
  assert(Number.isNaN(check.get("conf_low", 0)));
  assert(String(check.get("reason", 0)).includes("the slot decides every answer"));
});

Deno.test("checkPosition(answers) enumerates all deals where they are few", () => {
  // Four personas, orders ab ab ba ba, all take the first: of 6 deals this and its mirror are as far from 0.
  const orders = [["a", "b"], ["a", "b"], ["b", "a"], ["b", "a"]];
  const check = checkPosition(tableOf({
    persona_id: [1, 2, 3, 4],
    item: ["q", "q", "q", "q"],
    value: orders.map((order) => order[0]),
    option_order: orders.map((order) => JSON.stringify(order)),
  }));
  assertAlmostEquals(check.get("p_value", 0), 2 / 6, 1e-12);
  assert(String(check.get("notes", 0)).includes("exact null: all 6 deals"));
});

Deno.test("checkPosition(answers) says what a table without orders lacks", () => {
  const reasons = checkPosition(study({ orders: "fixed" }), { items: "news" }).array("reason");
  assert(String(reasons[0]).includes("order: 'shuffled'"));
  const bare = checkPosition(tableOf({ q: ["a", "b"] }), { items: "q" });
  assertEquals(bare.array("verdict"), ["cannot tell", "cannot tell"]);
});

Deno.test("checkPosition(seed) gives the same table again", () => {
  const [one, again] = [1, 1].map((seed) => checkPosition(study({}), { seed, draws: 99 }).objects());
  assertEquals(one, again);
  assertThrows(() => checkPosition(study({}), { seed: 0.5 }), TypeError, "'seed' must be a whole number");
  assertThrows(() => checkPosition(study({}), { draws: 5 }), RangeError, "'draws' must be a whole number");
});
