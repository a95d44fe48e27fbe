import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type ChatMessage, columnOf, type RespondentRequest, tableOf } from "@understudy/understudy/core";
import { declareWorld, type World, type WorldBehaviour, worldTruth } from "@understudy/understudy/worlds";
import {
  answerProbabilities,
  behaving,
  driftOf,
  effectOf,
  everyBehaviour,
  naiveOf,
  requestOf,
  society,
} from "./fixtures.ts";

/** One of every behaviour, some of them richer. */
const behaviours: WorldBehaviour = {
  ...everyBehaviour,
  refusal: { intercept: -1, stimuli: { threat: { effect: 0.8, by: { ideology: { right: 1 } } } } },
  deference: { strength: 1.5, opinions: { "We must act.": { support: 1, gun: -1, blame: "us" } } },
  subgroupError: {
    support: { effects: { party: { B: 1 } }, stimuli: { threat: { effect: 0.3 } } },
    blame: { options: { us: { effects: { ideology: { right: 2 } } } } },
  },
  orderEffects: {
    gun: { after: { support: 1.5, blame: -0.5 } },
    blame: { after: { support: { nobody: 2 } } },
  },
  unblinding: { phrases: ["by chance"], strength: 0.8 },
};

const texts = {
  control: ["There was an exercise.", "An exercise took place."],
  threat: ["There was an incursion. We must act.", "By luck or by chance, an invasion took place."],
};
const personas = tableOf({ persona_id: ["p", "q"], party: ["A", "B"], weight: [1, 3] });
const orders = [
  ["them", "us", "nobody"],
  ["them", "nobody", "us"],
  ["us", "them", "nobody"],
  ["us", "nobody", "them"],
  ["nobody", "them", "us"],
  ["nobody", "us", "them"],
];
const conditions = { treatments: texts, itemOrder: ["support", "blame", "gun", "own_party"], turns: 1 };
const earlier: ChatMessage[] = [{ role: "assistant", content: "Good day." }];

/** Every request that an experiment in one arm may make, with its weight. */
function requestsOf(arm: "control" | "threat"): { request: RespondentRequest; weight: number }[] {
  return [{ party: "A", weight: 1 }, { party: "B", weight: 3 }].flatMap(({ party, weight }) =>
    texts[arm].flatMap((text) =>
      orders.map((blame) => ({
        weight,
        request: requestOf(text, [{ role: "system", content: `Your party is ${party}.` }, ...earlier], {
          blame,
        }),
      }))
    )
  );
}

/** The shares of an item's answers among the replies that can be read, from single requests. */
function pooled(world: World, arm: "control" | "threat", item: string): Map<unknown, number> {
  const sums = new Map<unknown, number>();
  let total = 0;
  for (const { request, weight } of requestsOf(arm)) {
    const rows = answerProbabilities(world, request);
    for (const row of rows.filter((row) => row.item === item && row.status === "answered")) {
      sums.set(row.value, (sums.get(row.value) ?? 0) + weight * row.probability);
      total += weight * row.probability;
    }
  }
  return new Map([...sums].map(([value, sum]) => [value, sum / total]));
}

const all = {
  ...Object.fromEntries(Object.entries(behaviours).map(([name, part]) => [name, { [name]: part }])),
};

for (const [name, behaviour] of [...Object.entries(all), ["all behaviours together", behaviours] as const]) {
  Deno.test(`a naive effect and a drift are what the requests of an experiment add up to: ${name}`, () => {
    const world = behaving(behaviour);
    const [threat, control] = ["threat", "control"].map((arm) => pooled(world, arm as "threat", "support"));
    const mean = (shares: Map<unknown, number>) =>
      [...shares].reduce((sum, [v, p]) => sum + (v as number) * p, 0);
    const contrast = { stimulus: "threat", reference: "control", personas, ...conditions };
    assertAlmostEquals(
      naiveOf(world, { ...contrast, outcome: "support" }),
      mean(threat!) - mean(control!),
      1e-12,
    );
    const [p, q] = ["threat", "control"].map((arm) => pooled(world, arm as "threat", "blame"));
    for (const category of ["them", "us", "nobody"]) {
      assertAlmostEquals(
        naiveOf(world, { ...contrast, outcome: "blame", category }),
        p!.get(category)! - q!.get(category)!,
        1e-12,
      );
    }
    const [gunThreat, gunControl] = ["threat", "control"].map((arm) => pooled(world, arm as "threat", "gun"));
    assertAlmostEquals(
      driftOf(world, { ...contrast, outcome: "gun" }),
      Math.abs(gunThreat!.get(1)! - gunControl!.get(1)!),
      1e-12,
    );
  });
}

Deno.test("effectOf() ignores all that the respondent does", () => {
  const contrast = { outcome: "support", stimulus: "threat", reference: "control", personas };
  assertEquals(effectOf(behaving(behaviours), contrast), effectOf(behaving({}), contrast));
});

Deno.test("naiveOf(itemOrder) averages over all orders of the questions", () => {
  const world = behaving({ orderEffects: { support: { after: { blame: 1, gun: -2, own_party: 0.7 } } } });
  const names = ["support", "blame", "gun", "own_party"];
  const permutations = (items: readonly string[]): string[][] =>
    items.length === 0
      ? [[]]
      : items.flatMap((item) =>
        permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest])
      );
  const contrast = { outcome: "support", stimulus: "threat", reference: "control", personas };
  const every = permutations(names).map((itemOrder) => naiveOf(world, { ...contrast, itemOrder }));
  assertAlmostEquals(
    naiveOf(world, { ...contrast, itemOrder: { shuffled: names } }),
    every.reduce((sum, effect) => sum + effect, 0) / every.length,
    1e-12,
  );
});

Deno.test("naiveOf() without texts averages over all wordings", () => {
  const world = behaving({ wording: { sd: 1.5 } });
  const contrast = { outcome: "support", stimulus: "threat", reference: "control", personas };
  const wordings = (word: string) =>
    Array.from({ length: 3000 }, (_, i) => `Report ${i} told of an ${word}.`);
  const drawn = naiveOf(world, {
    ...contrast,
    treatments: { control: wordings("exercise"), threat: wordings("incursion") },
  });
  // The standard deviation of one arm's mean over 3,000 wordings is below 1.5/√3000.
  assert(Math.abs(drawn - naiveOf(world, contrast)) < 4 * Math.SQRT2 * 1.5 / Math.sqrt(3000));
});

Deno.test("naiveOf(orders) puts the options in the places of the question", () => {
  const world = behaving({ collapse: { blame: { share: 1, slot: "first" } } }, { drift: 0 });
  const share = (orders: "fixed" | "reversed" | "shuffled") =>
    columnOf<number>(
      worldTruth(world, { what: "naive shares", outcome: "blame", stimulus: "threat", personas, orders }),
      "value",
    )
      .map((value) => Number(value.toFixed(12)));
  assertEquals(share("fixed"), [1, 0, 0]);
  assertEquals(share("reversed"), [0.5, 0, 0.5]);
  assertEquals(share("shuffled"), [1 / 3, 1 / 3, 1 / 3].map((value) => Number(value.toFixed(12))));
});

Deno.test("worldTruth(shares) gives the same shares twice where nothing is wrong", () => {
  const world = behaving({}, { drift: 0 });
  const asked = { outcome: "support", stimulus: "threat", personas };
  const [truth, naive] = (["shares", "naive shares"] as const).map((what) =>
    columnOf<number>(worldTruth(world, { ...asked, what }), "value")
  );
  truth!.forEach((share, i) => assertAlmostEquals(share, naive![i]!, 1e-12));
  assertAlmostEquals(truth!.reduce((sum, share) => sum + share, 0), 1, 1e-12);
});

Deno.test("worldTruth() names conditions that cannot be", () => {
  const world = declareWorld(society);
  const contrast = { outcome: "support", stimulus: "threat", reference: "control", personas };
  const naiveWith = (change: object) =>
    worldTruth(world, { what: "naive effect", ...contrast, ...change } as typeof contrast);
  const wrong = (change: object, message: string) => assertThrows(() => naiveWith(change), Error, message);
  wrong({ treatments: { threat: "Nothing." } }, "'treatments.threat' must contain a phrase of 'threat'");
  wrong({ treatments: { peace: "Nothing." } }, "'treatments' must be one of");
  wrong({ orders: "random" }, "'orders' must be one of");
  wrong({ itemOrder: ["gun"] }, "'itemOrder' must contain 'support'");
  wrong({ itemOrder: { shuffled: ["support", "gum"] } }, "'itemOrder' must be one of");
  wrong({ turns: -1 }, "'turns' must be a whole number");
  wrong({ what: "effects" }, "'what' must be one of");
  wrong({ turn: 1 }, "option 'turn' is unknown");
  assertThrows(
    () => driftOf(world, { outcome: "gum", stimulus: "threat", reference: "control", personas }),
    RangeError,
    "'outcome' must be one of",
  );
});
