import { driftOf, effectOf, naiveOf, society } from "./fixtures.ts";
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { declareDesign } from "@understudy/understudy/designs";
import {
  choice,
  type ChoiceItem,
  likert,
  type LikertItem,
  yesNo,
  type YesNoItem,
} from "@understudy/understudy/items";
import { declareTreatments } from "@understudy/understudy/treatments";
import {
  declareReadyStudy,
  declareWorld,
  explainWorld,
  readyWorldNames,
  worldTruth,
} from "@understudy/understudy/worlds";

Deno.test("readyWorldNames has one world for each fault, and a clean one", () => {
  assertEquals(readyWorldNames.length, 16);
  assertEquals(
    new Set(readyWorldNames.map((name) => declareReadyStudy(name, { seed: 1 }).world.fingerprint)).size,
    16,
  );
});

for (const name of readyWorldNames) {
  Deno.test(`declareReadyStudy(${name}) has a fault of the stated size, and none at strength 0`, () => {
    const study = declareReadyStudy(name, { seed: 1 });
    if (name === "clean") assertAlmostEquals(study.size, 0, 1e-12);
    else assert(Math.abs(study.size) > 0.1, `size ${study.size}`);
    // The scale's ends alone make effects differ a little between groups.
    const tolerance = name === "heterogeneous effects" ? 0.03 : 1e-9;
    assertAlmostEquals(declareReadyStudy(name, { seed: 1, strength: 0 }).size, 0, tolerance);
    assertEquals(study.world.fingerprint, declareReadyStudy(name, { seed: 1 }).world.fingerprint);
  });
}

Deno.test("declareReadyStudy(clean) has neither bias nor drift in any question", () => {
  const { world, contrast, controls, stated } = declareReadyStudy("clean", { seed: 1 });
  const { stimulus, reference, personas } = contrast;
  const outcomes = [{ outcome: "support" }, { outcome: "fee" }, { outcome: "payer", category: "the town" }];
  for (const outcome of outcomes) {
    const options = { ...outcome, stimulus, reference, personas, stated };
    assertAlmostEquals(naiveOf(world, options), effectOf(world, options), 1e-12);
  }
  for (const control of controls) {
    assertEquals(driftOf(world, { outcome: control, stimulus, reference, personas, stated }), 0);
  }
});

for (const name of readyWorldNames) {
  Deno.test(`declareReadyStudy(${name}).contrast is what worldTruth takes`, () => {
    const { world, contrast, controls } = declareReadyStudy(name, { seed: 1 });
    const { outcome, category, stimulus, reference, personas, stated } = contrast;
    const plain = {
      outcome,
      stimulus,
      reference,
      personas,
      stated: stated!,
      ...(category === undefined ? {} : { category }),
    };
    assertEquals(effectOf(world, contrast), effectOf(world, plain));
    const groups = worldTruth(world, { ...contrast, by: "ideology" });
    assertEquals(groups.objects(), worldTruth(world, { ...plain, by: "ideology" }).objects());
    const asked = { outcome, personas, stated: stated!, what: "shares", stimulus: reference } as const;
    const shares = worldTruth(world, asked).array("value");
    assertAlmostEquals((shares as number[]).reduce((sum, share) => sum + share, 0), 1, 1e-12);
    for (const control of controls) {
      const drift = driftOf(world, { ...contrast, outcome: control });
      assert(drift === 0 || drift > 1e-6, `drift of ${control} is ${drift}`);
      assertEquals(drift > 0, name === "user drift" || name.includes("by arm"), control);
    }
  });
}

Deno.test("worldTruth(treatments) takes each arm's wordings as its texts", () => {
  const { world, contrast } = declareReadyStudy("sycophancy", { seed: 1 });
  const { treatments: _, ...untold } = contrast;
  assert(naiveOf(world, contrast) > naiveOf(world, untold) + 0.3);
  const plain = {
    control: "There is less lead than the law allows.",
    warning: "There is more lead than the law allows.",
  };
  const treatments = declareTreatments(plain);
  assertEquals(naiveOf(world, { ...contrast, treatments }), naiveOf(world, untold));
  const wrong = (arms: { [arm: string]: string }, message: string) =>
    assertThrows(
      () => naiveOf(world, { ...untold, treatments: declareTreatments(arms) }),
      RangeError,
      message,
    );
  wrong({ control: "Nothing.", warning: plain.warning }, "'treatments.control' must contain a phrase of");
  wrong({ other: "Nothing.", warning: `{{ housing }}? ${plain.warning}` }, "have no slots of personas");
});

Deno.test("declareReadyStudy() has arms and questions as their constructors make them", () => {
  const { treatments, items } = declareReadyStudy("wording sensitivity", { seed: 1 });
  const texts = Object.fromEntries(treatments.arms.map((arm) => [arm.name, arm.wordings]));
  assertEquals(treatments, declareTreatments(texts));
  const made = (items as readonly (LikertItem | ChoiceItem | YesNoItem)[]).map((item) => {
    switch (item.kind) {
      case "likert":
        return likert(item.name, item.text, { points: item.points, labels: item.labels, order: item.order });
      case "choice":
        return choice(item.name, item.text, item.options, { order: item.order });
      default:
        return yesNo(item.name, item.text, { order: item.order });
    }
  });
  assertEquals(made, [...items]);
  assertEquals(declareDesign({ treatments, items, stated: [] }).reference, "control");
  const { opinionTreatments, opinions, probes, stated, script } = declareReadyStudy("clean", { seed: 1 });
  const said = Object.fromEntries(opinionTreatments.arms.map((arm) => [arm.name, arm.wordings]));
  assertEquals(opinionTreatments, declareTreatments(said));
  assertEquals(Object.keys(opinions), Object.keys(said));
  const asked = probes.map((item) =>
    choice(item.name, item.text, (item as { options: readonly string[] }).options)
  );
  assertEquals(asked, [...probes]);
  assertEquals(probes.map(({ name }) => name), [...stated]);
  assert(script.every((line) => /\[(support|payer|fee)\]$/.test(line)));
});

Deno.test("declareReadyStudy() names the worlds that there are", () => {
  assertThrows(() => declareReadyStudy("drift" as "clean", { seed: 1 }).world, RangeError, "user drift");
  assertThrows(
    () => declareReadyStudy("clean", { seed: 1, strength: 2 }).world,
    RangeError,
    "lie from 0 to 1.5",
  );
  assertThrows(
    () => declareReadyStudy("clean", { seed: "1" as never }),
    TypeError,
    "'seed' must be a whole number",
  );
});

Deno.test("declareReadyStudy(user drift) is repaired by stating ideology", () => {
  const { world, contrast } = declareReadyStudy("user drift", { seed: 1 });
  const { outcome, stimulus, reference, personas } = contrast;
  const options = { outcome, stimulus, reference, personas };
  assertAlmostEquals(naiveOf(world, options), effectOf(world, options), 1e-12);
  const one = tableOf({ persona_id: ["p"] });
  assert(
    naiveOf(world, { ...options, personas: one }) >
      effectOf(world, { ...options, personas: one }) + 0.5,
  );
});

Deno.test("explainWorld() says who the people are, what they meet, and what each question answers to", () => {
  const text = explainWorld(declareWorld({
    ...society,
    attributes: {
      age: { kind: "numeric", range: [20, 80], step: 5, parents: ["party"], mean: { intercept: 50 }, sd: 15 },
    },
  }));
  for (
    const part of [
      "- party: A 40%, B 60%",
      "- age: from 20 to 80, mean 50; depends on party",
      "- **threat**, known by “incursion” or “invasion”: log-odds of meeting it: ideology (right +1, left −0.5), party",
      "- support, from 1 to 5: +2.6; ideology (left −1, right +1); **threat** +0.6, and by ideology (right +0.4)",
      "- gun, yes or no: log-odds of yes −0.5; ideology (right +1). No stimulus moves it: a negative control.",
      "- own_party: tells the attribute party. No stimulus moves it",
      "Nothing: it answers as the people whom it imagines.",
    ]
  ) assertStringIncludes(text, part);
});

Deno.test("explainWorld() names every fault with its size", () => {
  const said = {
    "user drift": "by Bayes' rule with drift 1",
    "position bias": "favours the option shown first by +1.2 log-odds, in every question",
    "acquiescence": "+0.8 log-odds of yes",
    "sycophancy": "gives way to opinions by +0.6",
    "correct answer": "support 50% 6",
    "compression": "50% of their spread is lost",
    "refusal by arm": "refuses requests, with log-odds −3; **warning** +0, and by ideology (right +3)",
    "format failures by arm": "replies in prose",
    "order effects": "support −1 after payer",
    "persona decay": "33% after one reply; then answers age_group young",
    "wording sensitivity": "standard deviation 0.5",
    "subgroup error": "wrong about groups: support +0; **warning** +0, and by education (school +0.8)",
    "memorised effect": "of **warning** on support +2 in 50% of replies",
  };
  for (const [name, part] of Object.entries(said)) {
    assertStringIncludes(explainWorld(declareReadyStudy(name as "clean", { seed: 1 }).world), part);
  }
  for (const name of readyWorldNames) {
    assertEquals(explainWorld(declareReadyStudy(name, { seed: 1 }).world).includes("undefined"), false, name);
  }
});
