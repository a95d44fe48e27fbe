import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { canonicalJson, stream } from "@understudy/understudy/core";
import {
  allocation,
  choice,
  declaredOptions,
  describeItem,
  drawOptionOrder,
  likert,
  multipleChoice,
  number,
  optionLetter,
  ranking,
  replySchema,
  text,
  yesNo,
} from "@understudy/understudy/items";

Deno.test("item constructors name argument, rule and value", () => {
  assertThrows(() => likert("1st", "?", { points: 7 }), RangeError, "'name' must be a name of letters");
  assertThrows(() => likert("a", " ", { points: 7 }), TypeError, "'text' must be a non-empty text");
  assertThrows(
    () => likert("a", "?", { points: 1 }),
    RangeError,
    "'points' must be a whole number from 2 to 101",
  );
  assertThrows(() => likert("a", "?", { points: 5, labels: ["x"] }), RangeError, "2 entries (the ends) or 5");
  assertThrows(
    () => likert("a", "?", { points: 5, label: [] } as never),
    TypeError,
    "option 'label' is unknown",
  );
  assertThrows(() => choice("a", "?", ["x"]), TypeError, "at least two options");
  assertThrows(() => choice("a", "?", ["x", "X."]), RangeError, "differ by more than case and punctuation");
  assertThrows(() => choice("a", "?", ["x", ""]), TypeError, "non-empty text");
  assertThrows(() => choice("a", "?", ["x", "y"], { order: "random" as never }), RangeError, "shuffled");
  assertThrows(() => multipleChoice("a", "?", ["x", "y"], { maximum: 3 }), RangeError, "from 1 to 2");
  assertThrows(() => number("a", "?", { minimum: 5, maximum: 5 }), RangeError, "below maximum");
  assertThrows(() => number("a", "?", { minimum: NaN }), RangeError, "finite");
  assertThrows(() => text("", "?"), RangeError, "'name'");
  assertThrows(() => yesNo("a", "?", { order: "shuffled" as never }), RangeError, "'order'");
});

Deno.test("ranking() and allocation() name argument, rule and value", () => {
  const options = ["x", "y", "z"];
  assertThrows(() => ranking("a", "?", ["x"]), TypeError, "at least two options");
  assertThrows(() => ranking("a", "?", options, { first: 4 }), RangeError, "from 2 to 3");
  assertThrows(() => ranking("a", "?", options, { firsts: 2 } as never), TypeError, "did you mean 'first'?");
  assertThrows(() => allocation("a", "?", options, { total: 0 }), RangeError, "above 0");
  assertThrows(() => allocation("a", "?", options, { total: 1.5 }), RangeError, "be whole where amounts are");
  assertEquals(allocation("a", "?", options, { total: 1.5, whole: false }).total, 1.5);
});

Deno.test("likert(from) begins there, and without it is what it always was", () => {
  const scale = likert("a", "?", { points: 11, from: 0, labels: ["no", "yes"] });
  assertEquals(describeItem(scale), "?\nAnswer with a whole number from 0 (no) to 10 (yes).");
  assertEquals(replySchema([scale]).schema.properties, { a: { type: "integer", minimum: 0, maximum: 10 } });
  assertEquals(Object.keys(likert("a", "?", { points: 3 })).sort(), [
    "kind",
    "labels",
    "name",
    "order",
    "points",
    "text",
  ]);
  assertThrows(() => likert("a", "?", { points: 3, from: 0.5 }), RangeError, "'from' must be a whole number");
  assertThrows(() => likert("a", "?", { point: 3 } as never), TypeError, "did you mean 'points'?");
});

Deno.test("describeItem() says how to rank and to share out", () => {
  const options = ["x", "y", "z"];
  assertEquals(
    describeItem(ranking("a", "Rank.", options), ["z", "x", "y"]),
    "Rank.\nA. z\nB. x\nC. y\nAnswer with a list of all 3 options, each once, from first to last.",
  );
  assertStringIncludes(
    describeItem(ranking("a", "Rank.", options, { first: 2 })),
    "Answer with a list of your first 2 options, in order.",
  );
  assertStringIncludes(
    describeItem(allocation("a", "Share out.", options)),
    "Answer with an object that gives each option a whole number from 0; together they are 100.",
  );
  const { schema } = replySchema([ranking("a", "?", options), allocation("b", "?", options, { total: 7 })]);
  const amount = { type: "integer", minimum: 0, maximum: 7 };
  assertEquals(schema.properties, {
    a: {
      type: "array",
      items: { type: "string", enum: options },
      minItems: 3,
      maxItems: 3,
    },
    b: {
      type: "object",
      properties: { x: amount, y: amount, z: amount },
      required: options,
      additionalProperties: false,
    },
  });
});

Deno.test("every kind has one file, and an unknown one is named", () => {
  assertThrows(
    () => declaredOptions({ kind: "no such kind", name: "a", text: "?" }),
    RangeError,
    "allocation, choice",
  );
});

Deno.test("items are plain data: JSON and back they ask and read the same", () => {
  const options = ["x", "y"];
  const items = [
    likert("a", "?", { points: 3, from: 0 }),
    choice("b", "?", options),
    multipleChoice("c", "?", options),
    number("d", "?"),
    text("e", "?"),
    yesNo("f", "?"),
    ranking("g", "?", options),
    allocation("h", "?", options),
  ];
  const revived = JSON.parse(JSON.stringify(items)) as typeof items;
  assertEquals(canonicalJson(revived), canonicalJson(items));
  assertEquals(revived.map((item) => describeItem(item)), items.map((item) => describeItem(item)));
  assertEquals(replySchema(revived), replySchema(items));
  assert(items.every((item) => Object.isFrozen(item)));
});

Deno.test("items are frozen", () => {
  const item = choice("a", "?", ["x", "y"]);
  assertThrows(() => ((item as { name: string }).name = "b"), TypeError);
  assertThrows(() => (item.options as string[]).push("z"), TypeError);
});

Deno.test("describeItem() shows options in the order shown and both ends of a scale", () => {
  assertEquals(describeItem(choice("a", "Which?", ["x", "y"]), ["y", "x"]).split("\n").slice(1, 3), [
    "A. y",
    "B. x",
  ]);
  const scale = likert("a", "How?", { points: 7, labels: ["no", "yes"] });
  assertStringIncludes(describeItem(scale), "from 1 (no) to 7 (yes)");
  assertStringIncludes(describeItem(scale, ["7", "6", "5", "4", "3", "2", "1"]), "from 7 (yes) to 1 (no)");
  assertStringIncludes(
    describeItem(number("a", "How many?", { minimum: 0, whole: true })),
    "whole number of at least 0",
  );
});

Deno.test("replySchema() lists options in the order shown", () => {
  const { schema } = replySchema([choice("a", "?", ["x", "y"])], { a: ["y", "x"] });
  assertEquals(schema.properties, { a: { type: "string", enum: ["y", "x"] } });
});

Deno.test("drawOptionOrder() reverses half of the time and shuffles uniformly", () => {
  const reversed = likert("a", "?", { points: 3, order: "reversed" });
  const shuffled = choice("b", "?", ["x", "y", "z"]);
  const counts = new Map<string, number>();
  let down = 0;
  const draws = 6000;
  for (let i = 0; i < draws; i++) {
    if (drawOptionOrder(reversed, stream(3, "r", i))[0] === "3") down++;
    const order = drawOptionOrder(shuffled, stream(3, "s", i)).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  // 3.9 standard errors of a binomial share: one false alarm in 10,000.
  assertEquals(Math.abs(down / draws - 0.5) < 3.9 * Math.sqrt(0.25 / draws), true);
  assertEquals(counts.size, 6);
  for (const count of counts.values()) {
    assertEquals(Math.abs(count / draws - 1 / 6) < 3.9 * Math.sqrt(5 / 36 / draws), true);
  }
});

Deno.test("optionLetter() goes on after Z", () => {
  assertEquals([0, 25, 26, 27, 701, 702].map(optionLetter), ["A", "Z", "AA", "AB", "ZZ", "AAA"]);
});

Deno.test("likert(labels) refuses labels that read as another point or as each other", () => {
  const make = (labels: string[]) => () => likert("a", "?", { points: 5, labels });
  const other = "not read as a number other than their point";
  assertThrows(make(["5", "4", "3", "2", "1"]), RangeError, other);
  assertThrows(make(["0", "1", "2", "3", "4"]), RangeError, 'current value is "0"; for a scale from 0');
  assertThrows(make(["five", "one"]), RangeError, other);
  assertThrows(make(["0", "100"]), RangeError, other);
  assertThrows(make(["Agree", "agree."]), RangeError, "differ by more than case and punctuation");
  assertEquals(make(["1", "2", "3", "4", "five"])().labels[4], "five");
  assertEquals(make(["0%", "100%"])().labels[4], "100%");
});
