import fc from "fast-check";
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
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type ChatMessage, columnOf, type RespondentRequest, tableOf } from "@understudy/understudy/core";
import { declareTreatments } from "@understudy/understudy/treatments";
import {
  declareWorld,
  type World,
  type WorldBehaviour,
  type WorldDeclaration,
  worldTruth,
} from "@understudy/understudy/worlds";
import { pnorm } from "lib-r-math";

/** A numeric attribute, an ordinal one that hangs on it, a categorical one that hangs on both, and three stimuli. */
function worldOf(drift: number): World {
  return declareWorld({
    name: "three stimuli",
    seed: 3,
    drift,
    attributes: {
      age: { kind: "numeric", range: [20, 60], step: 10, mean: { intercept: 38 }, sd: 14 },
      class: {
        kind: "ordinal",
        parents: ["age"],
        levels: ["low", "mid", "high"],
        thresholds: [0.5, 1.7],
        mean: { intercept: -0.2, effects: { age: { slope: 0.03 } } },
        sd: 1.3,
      },
      party: {
        parents: ["class", "age"],
        levels: {
          A: { intercept: 0.2, effects: { class: { high: 1 } } },
          B: { effects: { age: { slope: -0.02 } } },
          C: {},
        },
      },
    },
    stimuli: { drill: "exercise", raid: "incursion", flood: "flood" },
    exposure: {
      raid: { party: { A: 0.9, B: -0.3 }, age: { slope: 0.02 } },
      flood: { class: { low: 1.2 } },
    },
    items: {
      support: {
        kind: "scale",
        range: [1, 5],
        sd: 0.9,
        intercept: 2,
        effects: { age: { slope: 0.02 }, party: { A: 0.8 } },
        stimuli: { raid: { effect: 0.5, by: { class: { high: 0.6 } } }, flood: { effect: -0.4 } },
      },
    },
  });
}

interface Kind {
  readonly age: number;
  readonly class: string;
  readonly party: string;
  readonly share: number;
}

const below = (cut: number, mean: number, sd: number): number => pnorm(cut, mean, sd) as number;

/** All kinds of people, written out anew from the declaration. */
function everybody(): Kind[] {
  const ages = [20, 30, 40, 50, 60];
  return ages.flatMap((age, i) => {
    const ofAge = (i === 4 ? 1 : below(age + 5, 38, 14)) - (i === 0 ? 0 : below(age - 5, 38, 14));
    const mean = -0.2 + 0.03 * age;
    const cuts = [0, below(0.5, mean, 1.3), below(1.7, mean, 1.3), 1];
    return ["low", "mid", "high"].flatMap((name, c) => {
      const odds = [Math.exp(0.2 + (name === "high" ? 1 : 0)), Math.exp(-0.02 * age), 1];
      const total = odds[0]! + odds[1]! + odds[2]!;
      return ["A", "B", "C"].map((party, k) => {
        return { age, class: name, party, share: ofAge * (cuts[c + 1]! - cuts[c]!) * odds[k]! / total };
      });
    });
  });
}

function exposureTo(stimulus: string, kind: Kind): number {
  const raid = Math.exp((kind.party === "A" ? 0.9 : kind.party === "B" ? -0.3 : 0) + 0.02 * kind.age);
  const flood = Math.exp(kind.class === "low" ? 1.2 : 0);
  const own = stimulus === "raid" ? raid : stimulus === "flood" ? flood : 1;
  return own / (1 + raid + flood);
}

function supportOf(kind: Kind, seen: readonly string[]): number {
  const latent = 2 + 0.02 * kind.age + (kind.party === "A" ? 0.8 : 0) -
    (seen.includes("flood") ? 0.4 : 0) +
    (seen.includes("raid") ? 0.5 + (kind.class === "high" ? 0.6 : 0) : 0);
  return [1.5, 2.5, 3.5, 4.5].reduce((sum, cut) => sum + 1 - below(cut, latent, 0.9), 1);
}

/** The mean of something over whom the respondent imagines, weighted over three personas of whom one lacks a class. */
function imagined(drift: number, seen: readonly string[], of: (kind: Kind) => number): number {
  const stated = [
    { weight: 1, fits: (kind: Kind) => kind.age === 40 && kind.class === "high" },
    { weight: 2, fits: (kind: Kind) => kind.age === 40 },
    { weight: 3, fits: (kind: Kind) => kind.age === 20 && kind.class === "low" },
  ];
  return stated.reduce((mean, { weight, fits }) => {
    const kinds = everybody().filter(fits);
    const weights = kinds.map((kind) =>
      seen.reduce((product, stimulus) => product * exposureTo(stimulus, kind) ** drift, kind.share)
    );
    const total = weights.reduce((sum, part) => sum + part, 0);
    return mean + weight / 6 * kinds.reduce((sum, kind, i) => sum + weights[i]! / total * of(kind), 0);
  }, 0);
}

const knownThree = tableOf({
  persona_id: ["p1", "p2", "p3"],
  age: [40, 40, 20],
  class: ["high", null, "low"],
  weight: [1, 2, 3],
});
const raid = {
  outcome: "support",
  stimulus: "raid",
  reference: "drill",
  personas: knownThree,
};

for (const drift of [0, 0.3, 1]) {
  Deno.test(`truth, naive effect and drift equal an enumeration by hand (drift ${drift})`, () => {
    const world = worldOf(drift);
    const mean = (...seen: string[]) => imagined(drift, seen, (kind) => supportOf(kind, seen));
    const truth = imagined(0, [], (kind) => supportOf(kind, ["raid"]) - supportOf(kind, ["drill"]));
    assertAlmostEquals(effectOf(world, raid), truth, 1e-12);
    assertAlmostEquals(naiveOf(world, raid), mean("raid") - mean("drill"), 1e-12);
    const treatments = declareTreatments({ raid: "an incursion, and a flood", drill: "an exercise" });
    assertAlmostEquals(
      naiveOf(world, { ...raid, treatments }),
      mean("raid", "flood") - mean("drill"),
      1e-12,
    );
    const gap = ["A", "B", "C"].reduce((sum, party) => {
      const share = (stimulus: string) => imagined(drift, [stimulus], (kind) => kind.party === party ? 1 : 0);
      return sum + Math.abs(share("flood") - share("raid")) / 2;
    }, 0);
    const pair = { stimulus: "flood", reference: "raid", outcome: "party" };
    assertAlmostEquals(driftOf(world, { ...raid, ...pair }), gap, 1e-12);
  });
}

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
const weighted = tableOf({ persona_id: ["p", "q"], party: ["A", "B"], weight: [1, 3] });
const orders = [
  ["them", "us", "nobody"],
  ["them", "nobody", "us"],
  ["us", "them", "nobody"],
  ["us", "nobody", "them"],
  ["nobody", "them", "us"],
  ["nobody", "us", "them"],
];
const conditions = {
  treatments: declareTreatments(texts),
  itemOrder: ["support", "blame", "gun", "own_party"],
  turns: 1,
};
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
    const contrast = { stimulus: "threat", reference: "control", personas: weighted, ...conditions };
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
  const contrast = { outcome: "support", stimulus: "threat", reference: "control", personas: weighted };
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
  const contrast = { outcome: "support", stimulus: "threat", reference: "control", personas: weighted };
  const every = permutations(names).map((itemOrder) => naiveOf(world, { ...contrast, itemOrder }));
  assertAlmostEquals(
    naiveOf(world, { ...contrast, itemOrder: { shuffled: names } }),
    every.reduce((sum, effect) => sum + effect, 0) / every.length,
    1e-12,
  );
});

Deno.test("naiveOf() asks for the texts where their wording has an effect", () => {
  const world = behaving({ wording: { sd: 1.5 } });
  const contrast = { outcome: "support", stimulus: "threat", reference: "control", personas: weighted };
  assertThrows(() => naiveOf(world, contrast), RangeError, "'treatments' must have the texts of 'control'");
});

Deno.test("naiveOf(orders) puts the options in the places of the question", () => {
  const world = behaving({ position: { strength: 50, slot: "first" } }, { drift: 0 });
  const share = (orders: "fixed" | "reversed" | "shuffled") =>
    columnOf<number>(
      worldTruth(world, {
        what: "naive shares",
        outcome: "blame",
        stimulus: "threat",
        personas: weighted,
        orders,
      }),
      "value",
    )
      .map((value) => Number(value.toFixed(12)));
  assertEquals(share("fixed"), [1, 0, 0]);
  assertEquals(share("reversed"), [0.5, 0, 0.5]);
  assertEquals(share("shuffled"), [1 / 3, 1 / 3, 1 / 3].map((value) => Number(value.toFixed(12))));
});

Deno.test("worldTruth(shares) gives the same shares twice where nothing is wrong", () => {
  const world = behaving({}, { drift: 0 });
  const asked = { outcome: "support", stimulus: "threat", personas: weighted };
  const [truth, naive] = (["shares", "naive shares"] as const).map((what) =>
    columnOf<number>(worldTruth(world, { ...asked, what }), "value")
  );
  truth!.forEach((share, i) => assertAlmostEquals(share, naive![i]!, 1e-12));
  assertAlmostEquals(truth!.reduce((sum, share) => sum + share, 0), 1, 1e-12);
});

Deno.test("worldTruth() names conditions that cannot be", () => {
  const world = declareWorld(society);
  const contrast = { outcome: "support", stimulus: "threat", reference: "control", personas: weighted };
  const naiveWith = (change: object) =>
    worldTruth(world, { what: "naive effect", ...contrast, ...change } as typeof contrast);
  const wrong = (change: object, message: string) => assertThrows(() => naiveWith(change), Error, message);
  const nothing = declareTreatments({ control: "An exercise.", threat: "Nothing." });
  wrong({ treatments: nothing }, "'treatments.threat' must contain a phrase of 'threat'");
  wrong({ treatments: { threat: "Nothing." } }, "'treatments' must be the result of declareTreatments");
  wrong({ orders: "random" }, "'orders' must be one of");
  wrong({ itemOrder: ["gun"] }, "'itemOrder' must contain 'support'");
  wrong({ itemOrder: { shuffled: ["support", "gum"] } }, "'itemOrder' must be one of");
  wrong({ turns: -1 }, "'turns' must be a whole number");
  wrong({ what: "effects" }, "'what' must be one of");
  wrong({ turn: 1 }, "option 'turn' is unknown");
  assertThrows(
    () => driftOf(world, { outcome: "gum", stimulus: "threat", reference: "control", personas: weighted }),
    RangeError,
    "'outcome' must be one of",
  );
});

const size = fc.double({ min: -2, max: 2, noNaN: true });
const workers = tableOf({
  persona_id: ["p", "q", "r"],
  trade: ["a", "b", "a"],
  income: [1, 3, 2],
});

/** A society with any exposure by income, any effects and a trade that only the outcome depends on. */
const societies = fc.record({ exposure: size, onTrade: size, onIncome: size, effect: size, by: size }).map(
  ({ exposure, onTrade, onIncome, effect, by }): WorldDeclaration => ({
    name: "any",
    seed: 1,
    attributes: {
      trade: { shares: { a: 0.3, b: 0.7 } },
      income: {
        kind: "numeric",
        parents: ["trade"],
        range: [0, 4],
        mean: { intercept: 2, effects: { trade: { b: onTrade } } },
        sd: 1,
      },
    },
    stimuli: { off: "exercise", on: "incursion" },
    exposure: { on: { income: { slope: exposure } } },
    items: {
      outcome: {
        kind: "yesNo",
        effects: { trade: { b: onTrade }, income: { slope: onIncome } },
        stimuli: { on: { effect, by: { trade: { a: by } } } },
      },
      control: {
        kind: "scale",
        range: [1, 3],
        sd: 1,
        intercept: 2,
        effects: { income: { slope: onIncome } },
      },
    },
  }),
);

const switched = {
  outcome: "outcome",
  stimulus: "on",
  reference: "off",
  personas: workers,
};
const held = { outcome: "control", stimulus: "on", reference: "off", personas: workers };

Deno.test("naiveOf() is effectOf() in any society without drift, and no control drifts there", () => {
  fc.assert(
    fc.property(societies, (society) => {
      const world = declareWorld({ ...society, drift: 0 });
      for (const stated of [[], ["trade"], ["trade", "income"]]) {
        assertAlmostEquals(
          naiveOf(world, { ...switched, stated }),
          effectOf(world, { ...switched, stated }),
          1e-10,
        );
        assertAlmostEquals(driftOf(world, { ...held, stated }), 0, 1e-10);
      }
    }),
    { numRuns: 50, seed: 1 },
  );
});

Deno.test("naiveOf() is effectOf() in any society where what exposure depends on is stated", () => {
  fc.assert(
    fc.property(societies, (society) => {
      const world = declareWorld(society);
      for (const stated of [["income"], ["trade", "income"]]) {
        assertAlmostEquals(
          naiveOf(world, { ...switched, stated }),
          effectOf(world, { ...switched, stated }),
          1e-10,
        );
      }
    }),
    { numRuns: 50, seed: 2 },
  );
});

Deno.test("naiveOf(unblinded) is effectOf() in any society where knowing of chance removes all drift", () => {
  fc.assert(
    fc.property(societies, (society) => {
      const unblinding = { phrases: ["by lot"], strength: 1 };
      const world = declareWorld({ ...society, behaviour: { unblinding } });
      assertAlmostEquals(
        naiveOf(world, { ...switched, stated: [], unblinded: true }),
        effectOf(world, { ...switched, stated: [] }),
        1e-10,
      );
    }),
    { numRuns: 50, seed: 3 },
  );
});

Deno.test("effectOf(stated) does not depend on what is stated where the personas are the population", () => {
  fc.assert(
    fc.property(societies, (society) => {
      const world = declareWorld(society);
      const everybody = tableOf({
        trade: world.cells.map(({ levels }) => levels.trade!),
        income: world.cells.map(({ levels }) => levels.income!),
        weight: world.cells.map(({ probability }) => probability),
      });
      const effects = [[], ["trade"], ["trade", "income"]].map((stated) =>
        effectOf(world, { ...switched, personas: everybody, stated })
      );
      for (const effect of effects) assertAlmostEquals(effect, effects[0]!, 1e-10);
    }),
    { numRuns: 50, seed: 4 },
  );
});

Deno.test("worldTruth(what) gives means and shares by arm, whose differences are effects and drift", () => {
  const world = declareWorld(society);
  const asked = { outcome: "support", personas: weighted };
  const valuesOf = (options: object) =>
    columnOf<number>(worldTruth(world, { ...asked, ...options }), "value");
  for (const naive of ["", "naive "] as const) {
    const [control, threat] = valuesOf({ what: `${naive}mean` });
    const [effect] = valuesOf({ what: `${naive}effect` });
    assertAlmostEquals(threat! - control!, effect!, 1e-12);
    const shares = worldTruth(world, { ...asked, what: `${naive}shares`, stimulus: "threat" });
    const values = columnOf<number>(shares, "category").map((answer, k) =>
      answer * columnOf<number>(shares, "value")[k]!
    );
    assertAlmostEquals(values.reduce((sum, value) => sum + value, 0), threat!, 1e-12);
    // By what is stated, replies and people alike.
    const byParty = worldTruth(world, { ...asked, what: `${naive}effect`, by: "party" });
    const [shareA, shareB] = columnOf<number>(byParty, "share");
    const [a, b] = columnOf<number>(byParty, "value");
    assertAlmostEquals(shareA!, 0.25, 1e-12);
    assertAlmostEquals(shareA! + shareB!, 1, 1e-12);
    assertAlmostEquals(0.25 * a! + 0.75 * b!, effect!, 1e-12);
  }
  const drifts = valuesOf({ what: "drift", outcome: ["gun", "own_party", "ideology"] });
  assert(drifts[0]! > 0.01 && drifts[1] === 0 && drifts[2]! > drifts[0]!);
  const one = worldTruth(world, { outcome: "blame", category: "us", by: "persona_id", personas: weighted });
  assertEquals(one.array("outcome"), ["blame = us", "blame = us"]);
  assertEquals(one.array("subgroup"), ["p", "q"]);
});

Deno.test("worldTruth() names what is wrong, and gives NaN for a level that nobody has", () => {
  const world = declareWorld(society);
  const wrong = (options: object, message: string) =>
    assertThrows(() => worldTruth(world, { outcome: "support", ...options }), Error, message);
  wrong({ outcome: 3 }, "'outcome' must be an item's name or a list of them");
  wrong({ outcome: "suport" }, "did you mean 'support'?");
  wrong({ stimulus: "treat" }, "did you mean 'threat'?");
  wrong({ category: 9 }, "'category' must be one of 1, 2, 3, 4, 5");
  wrong({ by: "partey" }, "did you mean 'party'?");
  wrong({ by: "persona_id" }, "'personas' must be given");
  wrong({ what: "naive effect", by: "ideology" }, "'by' must be stated of every persona");
  wrong({ stated: ["gun"], personas: tableOf({ gun: [1] }) }, "'stated' must be one of");
  const three = declareWorld({
    ...society,
    stimuli: { a: "exercise", b: "drill", c: "raid" },
    exposure: {},
    items: {},
  });
  assertThrows(() => worldTruth(three, { outcome: "party" }), RangeError, "'reference' must be named");
  const left = tableOf({ persona_id: ["p"], ideology: ["left"] });
  const effects = worldTruth(world, { outcome: "support", personas: left, by: "ideology" });
  assertEquals(effects.array("share"), [1, 0, 0]);
  assertEquals((effects.array("value") as number[]).map(Number.isNaN), [false, true, true]);
});
