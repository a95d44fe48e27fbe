import { assertAlmostEquals } from "@std/assert";
import { pnorm } from "lib-r-math";
import { tableOf } from "@understudy/understudy/core";
import { declareWorld, type World } from "@understudy/understudy/worlds";
import { driftOf, effectOf, naiveOf } from "./fixtures.ts";

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

const personas = tableOf({
  persona_id: ["p1", "p2", "p3"],
  age: [40, 40, 20],
  class: ["high", null, "low"],
  weight: [1, 2, 3],
});
const contrast = { outcome: "support", stimulus: "raid", reference: "drill", personas };

for (const drift of [0, 0.3, 1]) {
  Deno.test(`truth, naive effect and drift equal an enumeration by hand (drift ${drift})`, () => {
    const world = worldOf(drift);
    const mean = (...seen: string[]) => imagined(drift, seen, (kind) => supportOf(kind, seen));
    const truth = imagined(0, [], (kind) => supportOf(kind, ["raid"]) - supportOf(kind, ["drill"]));
    assertAlmostEquals(effectOf(world, contrast), truth, 1e-12);
    assertAlmostEquals(naiveOf(world, contrast), mean("raid") - mean("drill"), 1e-12);
    const treatments = { raid: "an incursion, and a flood", drill: "an exercise" };
    assertAlmostEquals(
      naiveOf(world, { ...contrast, treatments }),
      mean("raid", "flood") - mean("drill"),
      1e-12,
    );
    const gap = ["A", "B", "C"].reduce((sum, party) => {
      const share = (stimulus: string) => imagined(drift, [stimulus], (kind) => kind.party === party ? 1 : 0);
      return sum + Math.abs(share("flood") - share("raid")) / 2;
    }, 0);
    const pair = { stimulus: "flood", reference: "raid", outcome: "party" };
    assertAlmostEquals(driftOf(world, { ...contrast, ...pair }), gap, 1e-12);
  });
}
