import { type RandomStream, stream, type Table, tableOfRows } from "@understudy/understudy/core";
import { choice, likert } from "@understudy/understudy/items";
import { declareTreatments } from "@understudy/understudy/treatments";
import {
  declareWorld,
  type LinearPredictor,
  type World,
  type WorldItem,
} from "@understudy/understudy/worlds";

/** A world drawn at random, and what a user would know of it. */
export interface RandomWorld {
  readonly world: World;
  /** The joint distribution of the attributes that can be stated: human margins. */
  readonly population: Table;
  /** The attributes that a base persona states. */
  readonly base: readonly string[];
  /** The attributes that could be stated, and how much exposure depends on each. */
  readonly exposure: { readonly [attribute: string]: number };
  readonly steer: readonly string[];
  readonly judge: readonly string[];
}

const candidates = ["ideology", "news_use", "region", "service", "faith"];

/** The arms, and the outcome and controls as questions. */
export const treatments = declareTreatments({
  control: "The army has held its yearly exercise.",
  threat: "Troops have come over the hills.",
});
const traits = [...candidates, "temper"];
const answers = ["often", "seldom"];
export const items = [
  likert("support", "Do you support sending the navy?", { points: 7 }),
  ...traits.map((trait) => choice(`${trait}_past`, `What did you do last year? (${trait})`, answers)),
  ...traits.map((trait) => choice(`${trait}_youth`, `What did you do in your youth? (${trait})`, answers)),
];

/**
 * Draws a world in which exposure depends on one to three of five attributes that can be stated, each of two levels and
 * dependent on age and on the attribute before it. The outcome depends on all attributes, up or down: so
 * drift inflates or attenuates. Every attribute has a control that steers and one that judges. With `hidden`, exposure
 * depends on a trait, temper, that no table holds.
 */
export function drawWorld(seed: number, hidden: boolean): RandomWorld {
  const random = stream(seed, "random world", hidden ? "hidden" : "open");
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const sign = () => (random.integer(2) === 0 ? -1 : 1);
  const population = drawPopulation(random);
  const drifting = random.shuffle(candidates).slice(0, 1 + random.integer(3));
  const exposure = Object.fromEntries(
    candidates.map((name) => [name, drifting.includes(name) ? sign() * between(1, 2) : 0]),
  );
  const temper = hidden ? sign() * between(1.5, 2) : 0;
  const effects = Object.fromEntries(traits.map((name) => [name, slope(sign() * between(0.4, 1.2))]));
  const support: WorldItem = {
    kind: "scale",
    range: [1, 7],
    sd: 1.2,
    intercept: 4 - Object.values(effects).reduce((sum, { b }) => sum + b / 2, 0),
    effects: { ...effects, age: slope(between(-0.5, 0.5)) },
    stimuli: {
      threat: { effect: sign() * between(0.2, 0.8), by: { [candidates[0]!]: slope(between(-0.3, 0.3)) } },
    },
  };
  const controls = traits.flatMap((name) =>
    ["past", "youth"].map((when): [string, WorldItem] => [`${name}_${when}`, {
      kind: "choice",
      options: { often: follow(name, between(2.5, 3.5)), seldom: {} },
    }])
  );
  const world = declareWorld({
    name: `world ${seed}`,
    seed,
    population,
    counts: "n",
    attributes: { temper: { levels: { a: {}, b: {} } } },
    stimuli: { control: "yearly exercise", threat: "over the hills" },
    exposure: {
      threat: Object.fromEntries([...Object.entries(exposure), ["temper", temper] as const].map((
        [name, value],
      ) => [name, slope(value)])),
    },
    items: { support, ...Object.fromEntries(controls) },
  }, { treatments, items });
  const named = hidden ? traits : candidates;
  return {
    world,
    population,
    base: ["age"],
    exposure,
    steer: named.map((name) => `${name}_past`),
    judge: named.map((name) => `${name}_youth`),
  };
}

/** Coefficients of an attribute: its level b is higher than a by this much; a third level lies half-way. */
function slope(value: number): { b: number; c?: number } {
  return { b: value };
}

/** An answer that follows an attribute with some log-odds. */
function follow(attribute: string, strength: number): LinearPredictor {
  return { intercept: -strength / 2, effects: { [attribute]: { b: strength } } };
}

/** Counts of all combinations of age and five attributes of two levels, each dependent on those before it. */
function drawPopulation(random: RandomStream): Table {
  const names = ["age", ...candidates];
  let cells: { levels: string[]; share: number }[] = [{ levels: [], share: 1 }];
  for (let i = 0; i < names.length; i++) {
    const [intercept, age, before] = [0.6, 0.8, 0.8].map((sd) => sd * random.normal()) as [
      number,
      number,
      number,
    ];
    cells = cells.flatMap(({ levels, share }) => {
      const odds = intercept + (levels[0] === "b" ? age : 0) + (levels.at(-1) === "b" ? before : 0);
      const b = 1 / (1 + Math.exp(-odds));
      return [["a", 1 - b], ["b", b]].map(([level, part]) => ({
        levels: [...levels, level as string],
        share: share * (part as number),
      }));
    });
  }
  const rows = cells.map(({ levels, share }) => ({
    ...Object.fromEntries(names.map((name, i) => [name, levels[i]])),
    n: Math.max(1, Math.round(share * 1e6)),
  }));
  return tableOfRows(rows, [...names, "n"]);
}

/** The attributes that a model names as differing, in one reply: five guesses, the better the more exposure depends. */
export function nameAttributes(exposure: RandomWorld["exposure"], random: RandomStream): string {
  const guesses = Object.entries(exposure).map(([name, value]) => ({
    name,
    score: Math.abs(value) + random.normal(),
  }));
  guesses.sort((a, b) => b.score - a.score);
  return JSON.stringify({
    attributes: guesses.slice(0, 4).map(({ name }) => ({ name, levels: ["a", "b"], why: "a guess" })),
  });
}
