import { describeMarked, elicitedItem } from "../../lib/items/elicited.ts";
import { answerAsWorld } from "../../lib/worlds/answer_as_world.ts";
import { readPrompt } from "../../lib/worlds/read_prompt.ts";
import {
  answerProbabilities,
  assertFrequencies,
  behaving,
  everyBehaviour,
  probabilityOf,
  requestOf,
  society,
} from "./fixtures.ts";
import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import type { ChatMessage, Item, RespondentRequest } from "@understudy/understudy/core";
import {
  choice,
  declaredOptions,
  likert,
  parseAnswer,
  replySchema,
  yesNo,
} from "@understudy/understudy/items";
import { declareWorld, type WorldBehaviour } from "@understudy/understudy/worlds";

const threat = requestOf("There was an incursion.");
const control = requestOf("There was an exercise.");
const stated = requestOf("Your party is B. There was an incursion.");
const plain = behaving({});

const earlier: ChatMessage[] = [
  { role: "user", content: "Hello." },
  { role: "assistant", content: '{"own_party":"A"}' },
];

for (const [name, behaviour] of Object.entries(everyBehaviour)) {
  Deno.test(`answerAsWorld(${name}) replies with the enumerated probabilities, which are not the world's own`, () => {
    const world = behaving({ [name]: behaviour });
    const request = name === "focalism"
      ? requestOf("Your ideology is right. There was an incursion.")
      : name === "decay"
      ? requestOf("There was an incursion.", earlier)
      : threat;
    assertFrequencies(world, request);
    assertNotEquals(
      answerProbabilities(world, request),
      answerProbabilities(plain, request),
    );
  });
}

Deno.test("answerAsWorld() replies with the enumerated probabilities where all everyBehaviour come together", () => {
  const world = behaving(everyBehaviour);
  assertFrequencies(
    world,
    requestOf("Your party is B. There was an incursion.", earlier, {
      blame: ["nobody", "us", "them"],
      gun: ["no", "yes"],
    }),
  );
});

Deno.test("answerAsWorld(position) follows the place, whatever stands there", () => {
  const world = behaving({ position: { strength: Math.log(3), slot: "first", items: ["blame"] } });
  for (const first of ["them", "nobody"]) {
    const rest = ["them", "us", "nobody"].filter((option) => option !== first);
    const request = requestOf("There was an incursion.", [], { blame: [first, ...rest] });
    const before = probabilityOf(plain, request, "blame", first);
    // Odds times three.
    assertAlmostEquals(
      probabilityOf(world, request, "blame", first),
      3 * before / (1 + 2 * before),
      1e-12,
    );
  }
  assertAlmostEquals(probabilityOf(world, threat, "gun", 1), probabilityOf(plain, threat, "gun", 1), 1e-12);
});

Deno.test("answerAsWorld(acquiescence) moves yes by its log-odds where people do not differ", () => {
  const items = {
    gun: { kind: "yesNo", intercept: 0.2 },
    support: society.items.support!,
    blame: society.items.blame!,
    own_party: society.items.own_party!,
  } as const;
  const world = behaving({ acquiescence: 1 }, { items });
  assertAlmostEquals(probabilityOf(world, threat, "gun", 1), 1 / (1 + Math.exp(-1.2)), 1e-12);
});

Deno.test("answerAsWorld(deference) needs the opinion in the text", () => {
  const world = behaving({ deference: { strength: 2, opinions: { "I think we must act": { gun: 1 } } } });
  const opinion = requestOf("There was an incursion. I think  we must act.");
  assertEquals(readPrompt(world, opinion.messages).opinions, ["I think we must act"]);
  assertAlmostEquals(probabilityOf(world, threat, "gun", 1), probabilityOf(plain, threat, "gun", 1), 1e-12);
  assert(probabilityOf(world, opinion, "gun", 1) > probabilityOf(world, threat, "gun", 1) + 0.2);
});

Deno.test("answerAsWorld(collapse) gives the one answer, wherever it stands", () => {
  const content = behaving({ collapse: { blame: { share: 1, answer: "us" } } });
  assertEquals(probabilityOf(content, threat, "blame", "us"), 1);
  const turned = requestOf("There was an incursion.", [], { blame: ["nobody", "us", "them"] });
  assertEquals(probabilityOf(content, turned, "blame", "us"), 1);
});

Deno.test("answerAsWorld(compression) shrinks the spread of answers and keeps the mean of the population", () => {
  const moments = (compression: number): [number, number] => {
    const world = behaving({ compression }, {
      drift: 0,
      items: {
        ...society.items,
        support: {
          kind: "scale",
          range: [-40, 50],
          step: 1,
          sd: 4,
          intercept: 3,
          effects: { ideology: { left: -4, right: 4 } },
        },
      },
    });
    const rows = answerProbabilities(world, threat);
    const own = rows.filter((row) => row.item === "support" && row.value !== null);
    const mean = own.reduce((sum, row) => sum + row.probability * Number(row.value), 0);
    return [
      mean,
      Math.sqrt(own.reduce((sum, row) => sum + row.probability * (Number(row.value) - mean) ** 2, 0)),
    ];
  };
  const [mean, sd] = moments(0);
  const [shrunkMean, shrunkSd] = moments(0.5);
  assertAlmostEquals(shrunkMean, mean, 1e-6);
  // Rounding to whole values adds a variance of 1/12.
  assertAlmostEquals((shrunkSd ** 2 - 1 / 12) / (sd ** 2 - 1 / 12), 0.25, 1e-3);
});

Deno.test("answerAsWorld(wording) depends on the paragraph of the stimulus, and not on the rest of the text", () => {
  const world = behaving({ wording: { sd: 1 } });
  const support = (content: string) => probabilityOf(world, requestOf(content), "support", 5);
  const first = support("A neighbour's troops made an incursion.\n\nThe questions follow.");
  assertEquals(support("A neighbour's troops made an incursion.\n\nOther instructions."), first);
  assertNotEquals(support("Last night there was an incursion.\n\nThe questions follow."), first);
  const unmoved = requestOf("Last night there was an incursion.");
  assertAlmostEquals(probabilityOf(world, unmoved, "gun", 1), probabilityOf(plain, threat, "gun", 1), 1e-12);
});

Deno.test("answerAsWorld(decay) forgets more with every reply, and answers as the default person then", () => {
  const world = behaving({ decay: { rate: 0.5, default: { party: "B" } } });
  const turns = (count: number) =>
    requestOf(
      "Your party is A. There was an exercise.",
      Array.from({ length: count }, () => ({ role: "assistant" as const, content: "Yes." })),
    );
  for (const count of [0, 1, 4]) {
    assertAlmostEquals(
      probabilityOf(world, turns(count), "own_party", "B"),
      1 - Math.exp(-0.5 * count),
      1e-12,
    );
  }
});

Deno.test("answerAsWorld(decay) answers without a persona as it does with one that is forgotten", () => {
  const decay = { rate: 0.5, default: { party: "B" } };
  const share = (content: string, rate: number, earlier: readonly ChatMessage[] = []) =>
    probabilityOf(behaving({ decay: { ...decay, rate } }), requestOf(content, earlier), "own_party", "B");
  assertEquals(share("There was an incursion.", 0.5), 1);
  const many = Array.from({ length: 100 }, () => ({ role: "assistant" as const, content: "Yes." }));
  assertAlmostEquals(share("Your party is A. There was an incursion.", 0.5, many), 1, 1e-12);
  assert(share("There was an incursion.", 0) < 0.9);
});

Deno.test("answerAsWorld(recallError) tells another level as often as declared", () => {
  const world = behaving({ recallError: 0.25 });
  assertAlmostEquals(probabilityOf(world, stated, "own_party", "A"), 0.25, 1e-12);
});

Deno.test("answerAsWorld(unblinding) leaves no drift where chance is known to have chosen", () => {
  const world = behaving({ unblinding: { phrases: ["at random"], strength: 1 } });
  const told = requestOf("You were shown this at random: there was an incursion.");
  assertAlmostEquals(probabilityOf(world, told, "own_party", "A"), 0.4, 1e-12);
  assert(probabilityOf(world, threat, "own_party", "A") < 0.36);
});

Deno.test("answerAsWorld(orderEffects) counts the questions that stand before", () => {
  const world = behaving({
    orderEffects: { support: { after: { gun: 3 } }, gun: { after: { support: 3 } } },
  });
  assertAlmostEquals(
    probabilityOf(world, threat, "support", 5),
    probabilityOf(plain, threat, "support", 5),
    1e-12,
  );
  assert(probabilityOf(world, threat, "gun", 1) > probabilityOf(plain, threat, "gun", 1) + 0.3);
});

Deno.test("readPrompt() takes what earlier replies say about attributes as stated, and the text before them", () => {
  const read = (...messages: ChatMessage[]) => readPrompt(plain, messages);
  const said = (content: string): ChatMessage => ({ role: "assistant", content });
  const asks = (content: string): ChatMessage => ({ role: "user", content });
  assertEquals(read(asks("Who are you?"), said('{"own_party": "B"}'), asks("And?")).stated, { party: "B" });
  assertEquals(read(said('```json\n{"ideology": "left"}\n```')).stated, { ideology: "left" });
  assertEquals(read(said("My ideology is right. I own a gun.")).stated, { ideology: "right" });
  assertEquals(read(said('{"own_party":"C","support":3}')).stated, {});
  assertEquals(read(asks("Your party is A."), said('{"own_party":"B"}')).stated, { party: "A" });
  const { turns, stimuli } = read(asks("An invasion."), said("Oh."), asks("And?"));
  assertEquals({ turns, stimuli }, { turns: 1, stimuli: ["threat"] });
});

Deno.test("answerAsWorld() tells an attribute that is asked for by its own name", () => {
  const schema = { name: "recall", schema: { type: "object", properties: { ideology: { type: "string" } } } };
  const messages = [{
    role: "user" as const,
    content: "Your ideology is right. Which ideology do you have?",
  }];
  assertEquals(answerAsWorld(plain, { messages, schema, replicate: 1 }).text, '{"ideology":"right"}');
});

Deno.test("answerAsWorld() names the attributes that exposure depends on, the strongest first", () => {
  const schema = {
    name: "elicited_attributes",
    schema: { type: "object", properties: { attributes: { type: "array" } } },
  };
  const ask = (world: typeof plain, name = schema.name) =>
    JSON.parse(answerAsWorld(world, { ...threat, schema: { ...schema, name } }).text);
  const { attributes } = ask(plain);
  assertEquals(attributes.map(({ name }: { name: string }) => name), ["ideology", "party"]);
  assertEquals(attributes[0].levels, ["left", "right", "middle"]);
  assertEquals(ask(behaving({}, { drift: 0 })).attributes, []);
  const { controls } = ask(plain, "elicited_controls");
  assertEquals(controls.map(({ name }: { name: string }) => name), ["gun", "own_party"]);
  assertEquals(controls[0].options, ["yes", "no"]);
});

Deno.test("declareWorld(behaviour) names what is unknown, out of range or of the wrong shape", () => {
  const wrong = (behaviour: object, error: typeof RangeError | typeof TypeError, message: string) =>
    assertThrows(() => declareWorld({ ...society, behaviour: behaviour as WorldBehaviour }), error, message);
  wrong({ refusals: {} }, TypeError, "'behaviour' has no 'refusals'");
  wrong({ refusal: { intercep: 1 } }, TypeError, "'behaviour.refusal' has no 'intercep'");
  wrong({ refusal: { stimuli: { threads: { effect: 1 } } } }, RangeError, "name stimuli (control, threat)");
  wrong({ formatFailure: { effects: { age: { old: 1 } } } }, RangeError, "name attributes");
  wrong({ position: { strength: 1, slot: "middle" } }, RangeError, "be first or last: current value is");
  wrong({ position: { strength: 1, slot: "first", items: ["gum"] } }, RangeError, "name items");
  wrong({ position: { strength: NaN, slot: "first" } }, TypeError, "be a number");
  wrong({ acquiescence: "much" }, TypeError, "'behaviour.acquiescence' must be a number");
  wrong(
    { deference: { strength: 1, opinions: { yes: { blame: "me" } } } },
    RangeError,
    "be one of them, us, nobody",
  );
  const opinion = (directions: object) => ({ deference: { strength: 1, opinions: { yes: directions } } });
  wrong(opinion({ gun: "up" }), RangeError, "be 1 (toward yes) or -1");
  wrong(
    opinion({ support: 5 }),
    RangeError,
    "be 1 (toward the high end of the scale) or -1; 'strength' says how far",
  );
  wrong(opinion({ own_party: 1 }), RangeError, "tells an attribute");
  wrong({ compression: 1 }, RangeError, "lie from 0 to below 1: current value is 1");
  wrong(
    { collapse: { gun: { share: 2, answer: 1 } } },
    RangeError,
    "'behaviour.collapse.gun.share' must lie from 0 to 1",
  );
  wrong({ collapse: { support: { share: 0.5, answer: 6 } } }, RangeError, "be one of 1, 2, 3, 4, 5");
  wrong({ collapse: { gum: { share: 0.5, answer: 6 } } }, RangeError, "name items");
  wrong({ focalism: Infinity }, TypeError, "be a number");
  wrong({ wording: { sd: -1 } }, RangeError, "'behaviour.wording.sd' must lie from 0");
  wrong({ recallError: -0.1 }, RangeError, "lie from 0 to 1");
  wrong({ decay: { rate: -1, default: {} } }, RangeError, "'behaviour.decay.rate'");
  wrong({ decay: { rate: 1, default: { party: "C" } } }, RangeError, "name a level (A, B)");
  wrong({ memorised: { treat: {} } }, RangeError, "name stimuli");
  wrong({ memorised: { threat: { gun: { share: 3, effect: 1 } } } }, RangeError, "lie from 0 to 1");
  wrong({ memorised: { threat: { blame: { share: 1, effect: { me: 1 } } } } }, TypeError, "has no 'me'");
  wrong({ memorised: { threat: { own_party: { share: 1, effect: 1 } } } }, RangeError, "tells an attribute");
  wrong({ subgroupError: { gun: { effects: { party: { C: 1 } } } } }, RangeError, "name levels (A, B)");
  wrong({ subgroupError: { blame: { effects: {} } } }, TypeError, "has no 'effects'");
  wrong({ orderEffects: { gun: { after: { gum: 1 } } } }, RangeError, "name items");
  wrong({ unblinding: { phrases: [], strength: 1 } }, TypeError, "be a list of phrases");
  wrong({ unblinding: { phrases: ["random"], strength: 2 } }, RangeError, "lie from 0 to 1");
  assertThrows(
    () => declareWorld({ ...society, refusal: { intercept: 1 } } as never),
    TypeError,
    "option 'refusal' is unknown",
  );
});

Deno.test("answerAsWorld() refuses nobody and breaks no form where nothing is declared", () => {
  for (let seed = 0; seed < 50; seed++) {
    const reply = answerAsWorld(plain, { ...control, seed });
    assertEquals([reply.refusal, Object.keys(JSON.parse(reply.text)).length], [null, 4]);
  }
});

const support = likert("support", "How much?", { points: 5, labels: ["not at all", "very much"] });
const party = choice("own_party", "Your party?", ["A", "B"], { order: "fixed" });
const gun = yesNo("gun", "Do you own one?");

/** A question with letters before its answers, which tells of the likeliest tokens. */
function lettered(text: string, item: Item, count = 20): RespondentRequest {
  const content = `${text}\n\n${describeMarked(item)}`;
  return { messages: [{ role: "user", content }], replicate: 1, logProbabilities: count };
}

for (const [name, behaviour] of Object.entries({ ...everyBehaviour, none: {} })) {
  Deno.test(`answerAsWorld(${name}) tells each letter's probability: that of its answer under a schema`, () => {
    const world = behaving(name === "none" ? {} : { [name]: behaviour });
    for (const item of [support, party, gun]) {
      const [letters] = answerAsWorld(world, lettered("There was an incursion.", item)).tokens!;
      const messages = lettered("There was an incursion.", item).messages;
      const rows = answerProbabilities(world, { messages, schema: replySchema([item]), replicate: 1 });
      const given = Object.fromEntries(letters!.likeliest.map(([token, own]) => [token, Math.exp(own)]));
      declaredOptions(item).forEach((option, place) => {
        const value = parseAnswer(item, option).value;
        const row = rows.find((row) => row.status === "answered" && row.value === value);
        assertAlmostEquals(given["ABCDE"[place]!] ?? 0, row?.probability ?? 0, 1e-12);
      });
      for (const [token, status] of [["I", "refused"], ["There", "unparsed"]] as const) {
        const row = rows.find((row) => row.status === status);
        assertAlmostEquals(given[token] ?? 0, row?.probability ?? 0, 1e-12);
      }
    }
  });
}

Deno.test("answerAsWorld() draws the letter that it gives by the probabilities that it tells", () => {
  const world = behaving({ refusal: { intercept: -1 } });
  const request = lettered("There was an incursion.", support);
  const draws = 2000;
  const counts = new Map<string, number>();
  for (let seed = 0; seed < draws; seed++) {
    const { text, tokens, refusal } = answerAsWorld(world, { ...request, seed });
    const { token } = tokens![0]!;
    assertEquals([refusal, text.split(/\W/)[0]], [null, token]);
    counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  const { likeliest } = answerAsWorld(world, request).tokens![0]!;
  assertEquals(likeliest.length, 6);
  for (const [token, own] of likeliest) {
    const p = Math.exp(own);
    assert(Math.abs(counts.get(token)! / draws - p) < 4 * Math.sqrt(p * (1 - p) / draws), token);
  }
});

Deno.test("answerAsWorld() tells of as many tokens as it is asked, of one question alone, with all its answers", () => {
  const world = behaving({});
  assertEquals(answerAsWorld(world, lettered("", support, 2)).tokens![0]!.likeliest.length, 2);
  for (const count of [0, 21, 1.5]) {
    assertThrows(() => answerAsWorld(world, lettered("", support, count)), RangeError, "from 1 to 20");
  }
  const both = lettered(describeMarked(gun), support);
  assertThrows(() => answerAsWorld(world, both), RangeError, "one question, and the request asks 2");
  const short = lettered("", likert("support", "How much?", { points: 4 }));
  assertThrows(() => answerAsWorld(world, short), RangeError, "does not offer: 5");
  const under = { ...lettered("", gun), schema: replySchema([gun]) };
  assertEquals(answerAsWorld(world, under).tokens, undefined);
});

Deno.test("answerAsWorld() gives the percentage of each answer where a schema asks for it", () => {
  const world = behaving({ refusal: { intercept: -2, effects: { ideology: { right: 2 } } } });
  const request = { ...lettered("There was an incursion.", support), schema: replySchema([support]) };
  const answered = answerProbabilities(world, request).filter(({ status }) => status === "answered");
  const total = answered.reduce((sum, { probability }) => sum + probability, 0);
  const put = elicitedItem(support, "percentages");
  const replies = Array.from(
    { length: 9 },
    (_, seed) => answerAsWorld(world, { ...request, schema: replySchema([put]), seed }),
  );
  const { text } = replies.find(({ refusal }) => refusal === null)!;
  const given = JSON.parse(text).support as { [answer: string]: number };
  for (const { value, probability } of answered) {
    assertAlmostEquals(given[String(value)]!, 100 * probability / total, 0.006);
  }
});
