import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type ChatMessage, columnOf, type RespondentRequest, tableOf } from "@understudy/understudy/core";
import { likert, replySchema } from "@understudy/understudy/items";
import {
  declareWorld,
  explainWorld,
  influenceTruth,
  type WorldDeclaration,
  worldTruth,
} from "@understudy/understudy/worlds";
import { answerAsWorld } from "../../lib/worlds/answer_as_world.ts";
import { answerDistribution, contextOf } from "../../lib/worlds/answer_distribution.ts";
import { itemsAsked, readPrompt } from "../../lib/worlds/read_prompt.ts";

/** A world whose people say how much they support something, and what party they are of. */
const declaration: WorldDeclaration = {
  name: "council",
  seed: 3,
  attributes: { party: { shares: { A: 0.4, B: 0.6 } }, age: { shares: { "30": 0.5, "70": 0.5 } } },
  stimuli: { control: "exercise", threat: "incursion" },
  items: {
    support: {
      kind: "scale",
      range: [0, 100],
      step: 0.5,
      sd: 8,
      effects: { party: { A: 30, B: 70 } },
      stimuli: { threat: { effect: 10 } },
    },
    trust: { kind: "scale", range: [0, 100], sd: 5, intercept: 50 },
    own_party: { kind: "attribute", attribute: "party" },
  },
  says: { support: "I give it {{value}}.", own_party: "I vote {{ value }}." },
  influence: { support: 0.25, trust: 0.5 },
};

/** The same where nothing is left to chance but the person. */
const exact: WorldDeclaration = {
  ...declaration,
  items: { ...declaration.items, support: { ...declaration.items.support, sd: 1e-9 } as never },
};
const world = declareWorld(declaration);
const quiet = declareWorld(exact);

const system = (content: string): ChatMessage => ({ role: "system", content });
const user = (...parts: string[]): ChatMessage => ({ role: "user", content: parts.join("\n\n") });
const own = (content: string): ChatMessage => ({ role: "assistant", content });
const turn = (messages: readonly ChatMessage[], seed = 1): RespondentRequest => ({
  messages,
  seed,
  replicate: 1,
});
const says = (...messages: ChatMessage[]): string => answerAsWorld(world, turn(messages)).text;
const statedBy = (...messages: ChatMessage[]) => readPrompt(world, messages).stated;
const heardBy = (...messages: ChatMessage[]) => readPrompt(world, messages).heard;
const me = system("Your party is A.");

Deno.test("readPrompt() takes no other member's line for a fact about oneself, named or bare", () => {
  const heard = "My party is B. I am sure that my age is 70. My age is 70.";
  assertEquals(statedBy(me, user(`Member 2: ${heard}`)), { party: "A" });
  assertEquals(statedBy(me, user(heard)), { party: "A" });
  assertEquals(statedBy(me, user(`Team lead: ${heard}`, "Leader: Your age is 30.")), { party: "A" });
  assertEquals(statedBy(me, user("Member 2: Hello.", "Your age is 30.")), { party: "A", age: "30" });
  assertEquals(statedBy(me, user("- age: 30"), own("Yes.")), { party: "A", age: "30" });
});

Deno.test("readPrompt() still finds two values where the system's text and what is told contradict each other", () => {
  assertThrows(() => statedBy(me, user("Your party is B.")), RangeError, "states two values of 'party'");
});

Deno.test("readPrompt() takes the first person for a fact where it opens a conversation without a system message", () => {
  assertEquals(statedBy(user("My party is B.")), { party: "B" });
  assertEquals(statedBy(user("My party is B."), own("Yes."), user("My age is 70.")), { party: "B" });
});

Deno.test("readPrompt() reads a fact that begins with its attribute and a colon", () => {
  const listed = declareWorld({ ...declaration, phrases: { age: "Age: {value}" } });
  assertEquals(readPrompt(listed, [me, user("Age: 70")]).stated, { party: "A", age: "70" });
});

Deno.test("readPrompt() takes what one's own lines say as stated: in phrases, sentences and JSON", () => {
  const after = (line: string) => statedBy(system("You sit on a council."), user("Speak."), own(line));
  assertEquals(after("I give it 40. I vote B."), { party: "B" });
  assertEquals(after("My party is A."), { party: "A" });
  assertEquals(after('{"own_party": "A"}'), { party: "A" });
  assertEquals(after("I vote Bavarian."), {});
});

Deno.test("readPrompt() finds stimuli in heard lines", () => {
  assertEquals(readPrompt(world, [me, user("Leader: There was an incursion.")]).stimuli, ["threat"]);
});

Deno.test("a world that says something speaks where a request has no schema and asks nothing", () => {
  const lines = Array.from(
    { length: 40 },
    (_, seed) => answerAsWorld(world, turn([me, user("Speak.")], seed)).text,
  );
  const orders = new Set(lines.map((line) => line.startsWith("I vote A.")));
  assertEquals(orders.size, 2);
  for (const line of lines) assert(/^(I vote A\. )?I give it \d+(\.5)?\.( I vote A\.)?$/.test(line), line);
  assertEquals(lines[7], answerAsWorld(world, turn([me, user("Speak.")], 7)).text);
  assertEquals(says(me, user("And? [trust]")).startsWith('{"trust":'), true);
});

Deno.test("a world speaks as it answers: the mean of what it says is that of what it would answer", () => {
  const messages = [me, user("Leader: There was an incursion.")];
  const said = Array.from({ length: 2000 }, (_, seed) => {
    return Number(/it ([\d.]+)\./.exec(answerAsWorld(world, turn(messages, seed)).text)![1]);
  });
  const mean = said.reduce((sum, value) => sum + value, 0) / said.length;
  // Party A, and the threat: 30 + 10, with a standard error of 8 / √2000.
  assertAlmostEquals(mean, 40, 4 * 8 / Math.sqrt(2000));
});

Deno.test("a world that says nothing finds nothing asked, and log-probabilities are of a question always", () => {
  const { says: _, ...mute } = declaration;
  assertThrows(
    () => answerAsWorld(declareWorld(mute), turn([me, user("Speak.")])),
    RangeError,
    "asks no item",
  );
  const request = { ...turn([me, user("Speak.")]), logProbabilities: 5 };
  assertThrows(() => answerAsWorld(world, request), RangeError, "asks no item");
});

Deno.test("a world that talks says how much it wants to speak, by a normal of mean 5 or as it declares", () => {
  const schema = replySchema([likert("desire", "How much do you want to speak?", { points: 11 })]);
  const ask = (of: typeof world, seed: number) =>
    JSON.parse(answerAsWorld(of, { ...turn([me, user("And?")], seed), schema }).text).desire as number;
  const wants = Array.from({ length: 900 }, (_, seed) => ask(world, seed));
  assertEquals([Math.min(...wants), Math.max(...wants)], [0, 10]);
  assertAlmostEquals(wants.reduce((sum, want) => sum + want, 0) / 900, 5, 0.4);
  const items = {
    ...declaration.items,
    desire: { kind: "scale", range: [0, 10], sd: 0.01, intercept: 8 },
  } as const;
  assertEquals(ask(declareWorld({ ...declaration, items }), 1), 8);
  const { says: _, ...mute } = declaration;
  assertThrows(() => ask(declareWorld(mute), 1), RangeError, "has no item 'desire'");
});

Deno.test("a turn is silent, refused or without an answer as often as declared, and not otherwise", () => {
  const chatty = declareWorld({
    ...declaration,
    silence: { intercept: 0 },
    behaviour: { refusal: { intercept: Math.log(1 / 3) }, formatFailure: { intercept: Math.log(1 / 3) } },
  });
  const count = { refused: 0, silent: 0, prose: 0 };
  const draws = 2000;
  for (let seed = 0; seed < draws; seed++) {
    const { text, refusal } = answerAsWorld(chatty, turn([me, user("Speak.")], seed));
    if (refusal !== null) count.refused++;
    else if (text === "") count.silent++;
    else if (!text.includes("I give it")) count.prose++;
  }
  const near = (seen: number, share: number) =>
    assertAlmostEquals(seen / draws, share, 4 * Math.sqrt(share * (1 - share) / draws));
  near(count.refused, 0.25);
  near(count.prose, 0.75 * 0.25);
  near(count.silent, 0.75 * 0.75 * 0.5);
  assertEquals(
    Array.from({ length: 50 }, (_, seed) => answerAsWorld(world, turn([me], seed)).text).includes(""),
    false,
  );
});

Deno.test("readPrompt() hears, between two own lines, the mean of what each other told last", () => {
  const asked = "1. [support] How much?";
  assertEquals(heardBy(me, user("I give it 60. I vote B.", asked)), { support: [60], trust: [] });
  const gap = user("Member 2: I give it 10.", "Member 3: I give it 40.", "Member 2: No, I give it 60.");
  assertEquals(heardBy(me, gap, own("I give it 20."), user("Member 3: I give it 12.5.")).support, [50, 12.5]);
  assertEquals(heardBy(system("I give it 3."), user("Speak."), own("I give it 4.")).support, []);
  assertEquals(heardBy(me, user("Member 2: I give it 500.", "Member 3: I give it 10.25.")).support, []);
});

Deno.test("readPrompt() hears public answers: alone after their question, or behind its name", () => {
  const [support, trust] = ["1. [support] How much?", "1. [trust] How far?"];
  const answered = (question: string) => [me, user(question), own("{}")];
  assertEquals(heardBy(...answered(support), user("Member 2: 60", "Member 3: 20", trust)), {
    support: [40],
    trust: [],
  });
  assertEquals(heardBy(...answered(trust), user("60", support)), { support: [], trust: [60] });
  assertEquals(heardBy(me, user("Member 2: 60", support)), { support: [60], trust: [] });
  assertEquals(heardBy(me, user("Member 2: support: 60; trust: 7")), { support: [60], trust: [7] });
});

/** The one answer of a world without noise. */
const answerOf = (messages: readonly ChatMessage[]): number =>
  JSON.parse(answerAsWorld(quiet, turn([...messages, user("[support]")])).text).support;

Deno.test("the latent value moves by the influence toward what was heard, once for each time", () => {
  assertEquals(answerOf([me]), 30);
  // 30 + ¼ (70 − 30), then 40 + ¼ (20 − 40).
  assertEquals(answerOf([me, user("I give it 70.")]), 40);
  assertEquals(answerOf([me, user("I give it 70."), own("I give it 40."), user("I give it 20.")]), 35);
  // What a memory has dropped moves nobody.
  assertEquals(answerOf([me, own("I give it 40."), user("I give it 20.")]), 27.5);
});

Deno.test("who hears nobody answers round after round as a lone persona does", () => {
  const shares = (messages: readonly ChatMessage[]) => {
    const request = turn([...messages, user("[support]")]);
    const reading = readPrompt(world, request.messages);
    const asked = itemsAsked(world, request, reading);
    return answerDistribution(
      world,
      "support",
      { party: "A", age: "70" },
      contextOf(world, reading, [], [asked, 0]),
    );
  };
  const alone = shares([me]);
  assertEquals(
    shares([me, user("Speak."), own("I give it 90."), user("Speak."), own("I give it 95.")]),
    alone,
  );
  assert(shares([me, user("I give it 90.")]).some((share, k) => share !== alone[k]));
});

Deno.test("members who hear each other reach the closed form: a chain, over three rounds at once", () => {
  const parties = ["A", "B", "B"];
  const hears = (from: string, to: string) => Math.abs(Number(from) - Number(to)) === 1;
  const told = parties.map((party) => [system(`Your party is ${party}.`)]);
  const personas = tableOf({ persona_id: ["1", "2", "3"], party: parties });
  const truth = influenceTruth(quiet, personas, { outcome: "support", stimulus: "control", times: 3, hears });
  for (let time = 0; time <= 3; time++) {
    const answers = told.map((messages) => answerOf(messages));
    const expected = columnOf<number>(truth, "value").slice(3 * time, 3 * time + 3);
    // Each answer is rounded to the nearest half.
    answers.forEach((answer, i) => assertAlmostEquals(answer, expected[i]!, 0.5));
    told.forEach((messages, i) => {
      const lines = answers.flatMap((answer, j) =>
        hears(String(j + 1), String(i + 1)) ? [`Member ${j + 1}: I give it ${answer}.`] : []
      );
      messages.push(own(`I give it ${answers[i]}.`), user(...lines));
    });
  }
});

Deno.test("influenceTruth() is W to the power of the times, session by session and stimulus by stimulus", () => {
  const personas = tableOf({
    persona_id: ["1", "2", "3", "4"],
    session: ["s", "t", "s", "t"],
    party: ["A", "A", "B", "A"],
  });
  const truth = influenceTruth(world, personas, { outcome: "support", times: 4 });
  assertEquals(truth.columnNames(), ["outcome", "arm", "session", "persona_id", "time", "value"]);
  assertEquals(truth.numRows(), 2 * 5 * 4);
  const value = (arm: string, time: number, id: string) =>
    (truth.objects() as { arm: string; time: number; persona_id: string; value: number }[])
      .find((row) => row.arm === arm && row.time === time && row.persona_id === id)!.value;
  for (const [arm, shift] of [["control", 0], ["threat", 10]] as const) {
    for (let time = 0; time <= 4; time++) {
      assertAlmostEquals(value(arm, time, "3") - value(arm, time, "1"), 40 * (1 - 2 * 0.25) ** time, 0.02);
      assertAlmostEquals(value(arm, time, "1") + value(arm, time, "3"), 100 + 2 * shift, 0.02);
      assertAlmostEquals(value(arm, time, "2"), 30 + shift, 0.02);
    }
  }
  const alone = influenceTruth(world, personas, {
    outcome: "support",
    times: 2,
    hears: () => false,
    stimulus: "threat",
  });
  const means = worldTruth(world, {
    what: "mean",
    outcome: "support",
    personas,
    by: "persona_id",
    stimulus: "threat",
  });
  assertEquals(columnOf(alone, "value").slice(8), columnOf(means, "value"));
});

Deno.test("influenceTruth() names an item without influence, an unknown stimulus and a missing column", () => {
  const personas = tableOf({ persona_id: ["1"], party: ["A"] });
  const wrong = (options: object, message: string, table = personas) =>
    assertThrows(() => influenceTruth(world, table, options as never), Error, message);
  wrong({ outcome: "own_party" }, '\'outcome\' must be one of "support", "trust"');
  wrong({ outcome: "support", stimulus: "threads" }, '\'stimulus\' must be one of "control", "threat"');
  wrong({ outcome: "support" }, "persona_id", tableOf({ party: ["A"] }));
  wrong({ outcome: "support", times: -1 }, "'times' must");
});

Deno.test("worldTruth() gives the means of a world without stimuli, in one row", () => {
  const plain = declareWorld({
    ...declaration,
    stimuli: {},
    items: { trust: declaration.items.trust! },
    says: {},
    influence: {},
  });
  const [row, ...others] = worldTruth(plain, { what: "mean", outcome: "trust" }).objects() as {
    arm: null;
    value: number;
  }[];
  assertEquals([row!.arm, others], [null, []]);
  assertAlmostEquals(row!.value, 50, 1e-9);
});

Deno.test("declareWorld(says, influence) names what cannot be said or moved", () => {
  const wrong = (change: object, message: string) =>
    assertThrows(() => declareWorld({ ...declaration, ...change } as WorldDeclaration), Error, message);
  wrong({ says: { suport: "It {{value}}." } }, "name items");
  wrong({ says: { support: "I like it." } }, "'says.support' must be a sentence with {{value}} once");
  wrong({ says: { support: "{{value}} or {{value}}" } }, "be a sentence with {{value}} once");
  wrong({ says: { support: "After the incursion {{value}}." } }, "'says.support' must contain no stimulus");
  wrong({ says: { support: "I say {{value}}.", trust: "I say {{value}}." } }, "differ from 'says.trust'");
  wrong({ influence: { own_party: 0.5 } }, "'influence.own_party' must be of a scale without thresholds");
  wrong({ influence: { support: 1.5 } }, "'influence.support' must lie from 0 to 1");
  wrong({ silence: { intercep: 1 } }, "'silence' has no 'intercep'");
});

Deno.test("a world without talk keeps the fingerprint under which its answers were stored; talk is part of it", () => {
  const mute: WorldDeclaration = {
    name: "w",
    seed: 1,
    attributes: { party: { shares: { A: 0.4, B: 0.6 } } },
    stimuli: { control: "exercise", threat: "incursion" },
    items: { fear: { kind: "yesNo", stimuli: { threat: { effect: 1 } } } },
    phrases: { party: "I vote {value}." },
  };
  // Of the version before worlds talked.
  const before = "2cd8dec0a6d000f4fd09c2e0f41fa6c083c61706f14e1697b0792268c79ee586";
  assertEquals(declareWorld(mute).fingerprint, before);
  assert(declareWorld({ ...mute, says: { fear: "Afraid? {{value}}." } }).fingerprint !== before);
  assert(declareWorld({ ...mute, silence: { intercept: 1 } }).fingerprint !== before);
});

Deno.test("explainWorld() says what people tell each other, where they do", () => {
  const text = explainWorld(declareWorld({ ...declaration, silence: { intercept: -1 } }));
  for (
    const part of [
      "- support is told by “I give it {{value}}.”",
      "- support moves 25% toward what is heard",
      "- A turn is left unused with log-odds −1",
    ]
  ) assertStringIncludes(text, part);
  assertEquals(explainWorld(quiet).includes("left unused"), false);
});
