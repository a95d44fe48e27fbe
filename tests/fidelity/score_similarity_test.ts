import fc from "fast-check";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { columnOf, stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateEffects } from "@understudy/understudy/estimation";
import { scoreSimilarity, type ScoreSimilarityOptions } from "@understudy/understudy/fidelity";

/** An embedder that gives each text numbers of its own, always the same. */
const numbersOf = (text: string, length = 8) => {
  const random = stream(1, "embedder", text);
  return Array.from({ length }, () => random.normal());
};
const embed = (texts: string[]) => Promise.resolve(texts.map((text) => numbersOf(text)));
const anchors = [
  { 1: "I would never buy it.", 2: "I do not know.", 3: "I would buy it at once." },
  { 1: "No.", 2: "Perhaps.", 3: "Yes." },
];
const options: ScoreSimilarityOptions = { outcome: "view", anchors, embed };

const answersOf = (texts: readonly (string | null)[]): Table =>
  tableOf({
    request_key: texts.map((_, row) => `key ${row}`),
    arm: texts.map((_, row) => row % 2 === 0 ? "control" : "letter"),
    item: texts.map(() => "view"),
    value: [...texts],
    status: texts.map((text) => text === null ? "refused" : "answered"),
  });

type Shares = { readonly [point: string]: number };
const sharesOf = (table: Table) => columnOf<Shares | null>(table, "distribution");

/** The rating by its definition, one text at a time. */
function slowly(text: string, { temperature = 1, epsilon = 0 }: Partial<ScoreSimilarityOptions>): Shares {
  const cosine = (a: number[], b: number[]) => {
    const dot = (x: number[], y: number[]) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  const sets = anchors.map((set) => {
    const near = Object.values(set).map((sentence) => (1 + cosine(numbersOf(text), numbersOf(sentence))) / 2);
    const least = Math.min(...near);
    const raised = near.map((value) => value - least + (value === least ? epsilon : 0));
    return raised.map((value) => value / raised.reduce((sum, each) => sum + each));
  });
  const powers = [0, 1, 2].map((at) => ((sets[0]![at]! + sets[1]![at]!) / 2) ** (1 / temperature));
  const sum = powers.reduce((all, each) => all + each);
  return Object.fromEntries(powers.map((power, at) => [at + 1, power / sum]));
}

Deno.test("scoreSimilarity(answers, options) rates by the definition, and its rows sum to 1", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ minLength: 1 }).filter((text) => text.trim() !== ""), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.double({ min: 0.1, max: 4, noNaN: true }),
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      async (texts, temperature, epsilon) => {
        const scored = await scoreSimilarity(answersOf(texts), { ...options, temperature, epsilon });
        sharesOf(scored).forEach((shares, row) => {
          const slow = slowly(texts[row]!, { temperature, epsilon });
          let sum = 0;
          for (const [point, share] of Object.entries(shares!)) {
            assertAlmostEquals(share, slow[point]!, 1e-9);
            sum += share;
          }
          assertAlmostEquals(sum, 1, 1e-12);
          assert([1, 2, 3].includes(scored.get("value", row) as number));
          assertEquals(scored.get("raw", row), texts[row]);
        });
      },
    ),
    { numRuns: 50, seed: 1 },
  );
});

Deno.test("scoreSimilarity(answers, { temperature }) picks the nearest point where it is small", async () => {
  const texts = ["Good.", "Bad.", "I cannot say.", "At any price!"];
  const [usual, sharp] = await Promise.all(
    [1, 0.001].map((temperature) => scoreSimilarity(answersOf(texts), { ...options, temperature })),
  );
  sharesOf(usual!).forEach((shares, row) => {
    const best = Object.entries(shares!).reduce((high, each) => each[1] > high[1] ? each : high)[0];
    assertAlmostEquals(sharesOf(sharp!)[row]![best]!, 1, 1e-6);
    assertEquals(sharp!.get("value", row), Number(best));
  });
});

Deno.test("scoreSimilarity(answers) does not depend on the order of rows, and embeds each text once, 100 at a time", async () => {
  const texts = Array.from({ length: 260 }, (_, row) => `view ${row % 130}`);
  const asked: string[][] = [];
  const counting = (batch: string[]) => {
    asked.push(batch);
    return embed(batch);
  };
  const scored = await scoreSimilarity(answersOf(texts), { ...options, embed: counting });
  assertEquals(asked.map((batch) => batch.length), [100, 36]);
  assertEquals(new Set(asked.flat()).size, 136);
  const turned = await scoreSimilarity(answersOf(texts).reify([...texts.keys()].reverse()), options);
  assertEquals(sharesOf(turned).reverse(), sharesOf(scored));
  assertEquals(columnOf(turned, "value").reverse(), columnOf(scored, "value"));
});

Deno.test("scoreSimilarity(answers) leaves other items and rows without a text as they are; effects take what is expected", async () => {
  const texts = ["Good.", "Bad.", null, "Never.", "Always.", "At any price!"];
  const table = tableOf({
    ...Object.fromEntries(
      ["request_key", "arm", "status"].map((name) => [name, columnOf(answersOf(texts), name)]),
    ),
    item: ["view", "view", "view", "view", "view", "other"],
    value: texts,
  });
  const scored = await scoreSimilarity(table, options);
  assertEquals([scored.get("value", 2), scored.get("value", 5)], [null, "At any price!"]);
  assertEquals(sharesOf(scored).map((shares) => shares === null), [false, false, true, false, false, true]);
  const mean = (row: number) =>
    Object.entries(sharesOf(scored)[row]!).reduce((sum, [point, share]) => sum + Number(point) * share, 0);
  const effects = estimateEffects(scored, { outcome: "view" });
  assertAlmostEquals(effects.get("estimate", 0), (mean(1) + mean(3)) / 2 - (mean(0) + mean(4)) / 2, 1e-12);
});

Deno.test("scoreSimilarity(answers) shares a text that is as near to all points evenly", async () => {
  const same = (texts: string[]) => Promise.resolve(texts.map(() => [1, 2]));
  const scored = await scoreSimilarity(answersOf(["Good."]), { ...options, embed: same });
  for (const share of Object.values(sharesOf(scored)[0]!)) assertAlmostEquals(share, 1 / 3, 1e-12);
});

const hostile: { readonly [what: string]: [(texts: string[]) => unknown, string] } = {
  "too few": [(texts) => texts.slice(1).map(() => [1]), "return for each of 7 texts"],
  "not one length": [
    (texts) => texts.map((_, at) => at === 3 ? [1, 2] : [1]),
    "one list of 1 finite numbers",
  ],
  "not numbers": [(texts) => texts.map(() => [1, NaN]), "finite numbers"],
  "texts": [(texts) => texts.map(() => ["a", "b"]), "finite numbers"],
  "numbers as texts": [(texts) => texts.map(() => ["1", "2"]), "finite numbers"],
  "holes": [(texts) => texts.map(() => [1, null]), "finite numbers"],
  "infinite": [(texts) => texts.map(() => [1, Infinity]), "finite numbers"],
  "all 0": [(texts) => texts.map(() => [0, 0]), "not all 0"],
  "empty": [(texts) => texts.map(() => []), "finite numbers"],
  "no lists": [(texts) => texts.map(() => 1), "finite numbers"],
  "nothing": [() => undefined, "finite numbers"],
  "null": [() => null, "finite numbers"],
};

for (const [what, [embedder, message]] of Object.entries(hostile)) {
  Deno.test(`scoreSimilarity(answers) refuses embeddings in words: ${what}`, async () => {
    const given = { ...options, embed: (texts: string[]) => Promise.resolve(embedder(texts) as number[][]) };
    const error = await assertRejects(
      () => scoreSimilarity(answersOf(["Good."]), given),
      RangeError,
      message,
    );
    assert(error.message.startsWith("Cannot score similarity as 'embed' must return"), error.message);
  });
}

Deno.test("scoreSimilarity(answers, options) refuses wrong anchors, options and tables in words", async () => {
  const refuse = (change: object, message: string) =>
    assertRejects(
      () => scoreSimilarity(answersOf(["Good."]), { ...options, ...change } as never),
      Error,
      message,
    );
  const sentences = "'anchors' must be sets of one sentence for each of the same points";
  for (
    const wrong of [[], {}, "No", [{ 1: "No." }], [{ 1: "No.", 2: "" }], [anchors[0], {
      1: "No.",
      3: "Yes.",
    }], [null]]
  ) {
    await refuse({ anchors: wrong }, sentences);
  }
  await refuse({ temperature: 0 }, "'temperature' must be a number of at least 0.001");
  await refuse({ epsilon: -1 }, "'epsilon' must be a number of at least 0");
  await refuse({ embed: "model" }, "'embed' must be a function");
  await refuse({ outcome: "veiw" }, "did you mean 'view'?");
  await assertRejects(
    () => scoreSimilarity(tableOf({ view: ["Good."] }), options),
    RangeError,
    "no column 'item', 'value'",
  );
});
