import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { tableOf } from "@understudy/understudy/core";
import { declareDesign } from "@understudy/understudy/designs";
import { choice, likert, yesNo } from "@understudy/understudy/items";
import { declareTreatments } from "@understudy/understudy/treatments";
import {
  declareReadyStudy,
  declareReadyWorld,
  naiveEffect,
  readyWorldNames,
  trueDrift,
  trueEffect,
} from "@understudy/understudy/worlds";

Deno.test("readyWorldNames has one world for each fault, and a clean one", () => {
  assertEquals(readyWorldNames.length, 16);
  assertEquals(
    new Set(readyWorldNames.map((name) => declareReadyWorld(name, { seed: 1 }).fingerprint)).size,
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
    assertEquals(study.world.fingerprint, declareReadyWorld(name, { seed: 1 }).fingerprint);
  });
}

Deno.test("declareReadyStudy(clean) has neither bias nor drift in any question", () => {
  const { world, contrast, controls, stated } = declareReadyStudy("clean", { seed: 1 });
  const { stimulus, reference, personas } = contrast;
  const outcomes = [{ outcome: "support" }, { outcome: "fee" }, { outcome: "payer", category: "the town" }];
  for (const outcome of outcomes) {
    const options = { ...outcome, stimulus, reference, personas, stated };
    assertAlmostEquals(naiveEffect(world, options), trueEffect(world, options), 1e-12);
  }
  for (const control of controls) {
    assertAlmostEquals(trueDrift(world, { control, stimulus, reference, personas, stated }), 0, 1e-12);
  }
});

Deno.test("declareReadyStudy() has arms and questions as their constructors make them", () => {
  const { treatments, items } = declareReadyStudy("wording sensitivity", { seed: 1 });
  const texts = Object.fromEntries(treatments.arms.map((arm) => [arm.name, arm.wordings]));
  assertEquals(treatments, declareTreatments(texts));
  const made = items.map((item) => {
    switch (item.kind) {
      case "likert":
        return likert(item.name, item.text, { points: item.points, labels: item.labels, order: item.order });
      case "choice":
        return choice(item.name, item.text, item.options, { order: item.order });
      default:
        return yesNo(item.name, item.text, { order: (item as { order: "fixed" }).order });
    }
  });
  assertEquals(made, [...items]);
  assertEquals(declareDesign({ treatments, items }).reference, "control");
});

Deno.test("declareReadyWorld() names the worlds that there are", () => {
  assertThrows(() => declareReadyWorld("drift" as "clean", { seed: 1 }), RangeError, "user drift");
  assertThrows(() => declareReadyWorld("clean", { seed: 1, strength: 2 }), RangeError, "lie from 0 to 1.5");
  assertThrows(
    () => declareReadyWorld("clean", {} as { seed: 1 }),
    TypeError,
    "'seed' must be a whole number",
  );
});

Deno.test("declareReadyStudy(user drift) is repaired by stating ideology", () => {
  const { world, contrast } = declareReadyStudy("user drift", { seed: 1 });
  const { outcome, stimulus, reference, personas } = contrast;
  const options = { outcome, stimulus, reference, personas };
  assertAlmostEquals(naiveEffect(world, options), trueEffect(world, options), 1e-12);
  const one = tableOf({ persona_id: ["p"] });
  assert(
    naiveEffect(world, { ...options, personas: one }) >
      trueEffect(world, { ...options, personas: one }) + 0.5,
  );
});
