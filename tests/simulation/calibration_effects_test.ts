/** Coverage and width of calibrated effects, by simulation. UNDERSTUDY_LONG=1 draws more than ten times as often. */
import { assert } from "@std/assert";
import { calibrateEffects, type CalibrateEffectsOptions } from "@understudy/understudy/calibration";
import { type RandomStream, stream, tableOf } from "@understudy/understudy/core";
import { assertAtLeast, assertShare, repetitionsOf } from "./share_of_studies.ts";

const repetitions = repetitionsOf(120, 2000);
const isLong = repetitions === 2000;
const sizes = isLong ? [[20, 200], [50, 200], [100, 100], [200, 200]] : [[20, 200], [100, 100]];

type Outcome = "continuous" | "binary";

/** What the model says, from what it sees of a person, noise and the arm. */
const models: { readonly [name: string]: (seen: number, noise: number, arm: number) => number } = {
  good: (seen, noise) => 0.8 * seen + 0.3 * noise,
  weak: (seen, noise) => 0.35 * seen + 0.8 * noise,
  useless: (_, noise) => noise,
  constant: () => 1,
  wrong: (seen, noise, arm) => -0.8 * seen + 0.4 * noise + (arm === 1 ? -1 : 1),
};

const effect = 0.4;
/** P(Z > 0.3 - 0.4) - P(Z > 0.3). */
const shareEffect = 0.5398278372770290 - 0.3820885778110474;

/** A persona in both arms: what the person would say, and what the model says that it would. */
function drawPersona(random: RandomStream, outcome: Outcome, model: string): (readonly [number, number])[] {
  const [seen, hidden] = [random.normal(), random.normal()];
  return [0, 1].map((arm) => {
    const says = 0.8 * seen + 0.6 * hidden + effect * arm;
    const said = models[model]!(seen + (model === "good" ? 0.6 * hidden : 0), random.normal(), arm);
    const written = (value: number) => outcome === "continuous" ? value : value > 0.3 ? 1 : 0;
    return [written(says), written(said)] as const;
  });
}

/** Half of `n` people in each arm; and they and `m` further personas asked in both arms, or in one. */
function drawStudy(random: RandomStream, { n, m, outcome, model, inBoth }: Scenario) {
  const human = { persona_id: [] as number[], arm: [] as string[], y: [] as number[] };
  const synthetic = { persona_id: [] as number[], arm: [] as string[], y: [] as number[] };
  for (let persona = 0; persona < n + m; persona++) {
    drawPersona(random, outcome, model).forEach(([says, said], arm) => {
      const own = persona % 2 === arm;
      for (
        const [columns, value, isIn] of [[human, says, own && persona < n], [
          synthetic,
          said,
          own || inBoth,
        ]] as const
      ) {
        if (!isIn) continue;
        columns.persona_id.push(persona);
        columns.arm.push(arm === 1 ? "letter" : "control");
        columns.y.push(value);
      }
    });
  }
  return [tableOf(human), tableOf(synthetic)] as const;
}

interface Scenario {
  readonly n: number;
  readonly m: number;
  readonly outcome: Outcome;
  readonly model: string;
  readonly inBoth: boolean;
}

function simulate(scenario: Scenario): { covered: number; width: number } {
  let [covered, own, alone] = [0, 0, 0];
  const truth = scenario.outcome === "continuous" ? effect : shareEffect;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const random = stream(20261130, ...Object.values(scenario).map(String), repetition);
    const effects = calibrateEffects(...drawStudy(random, scenario), { outcome: "y" });
    const [low, high] = ["conf_low", "conf_high"].map((name) => effects.array(name) as number[]);
    if (low![0]! <= truth && truth <= high![0]!) covered++;
    own += high![0]! - low![0]!;
    alone += high![1]! - low![1]!;
  }
  return { covered: covered / repetitions, width: own / alone };
}

for (const [n, m] of sizes as [number, number][]) {
  for (const model of Object.keys(models)) {
    Deno.test(`calibrateEffects covers in 95% with ${n} people, ${m} others and a ${model} model, and is not wider`, () => {
      for (const outcome of ["continuous", "binary"] as const) {
        for (const inBoth of isLong ? [true, false] : [outcome === "continuous"]) {
          const { covered, width } = simulate({ n, m, outcome, model, inBoth });
          const told = `${outcome}, ${inBoth ? "asked in both" : "in one"}: ${covered}, width ${width}`;
          // Shares whose predictions hardly ever miss have intervals that allow for more that do: they cover more often.
          if (outcome === "binary") assertAtLeast(covered, 0.94, repetitions);
          else assertShare(covered, 0.95, repetitions);
          assert(width < 1.02, told);
        }
      }
    });
  }
}

Deno.test("a good model asked in both arms is worth as much as several times as many people", () => {
  assert(simulate({ n: 50, m: 200, outcome: "continuous", model: "good", inBoth: true }).width < 0.5);
});

/** A person of one of two or more kinds; what it would say in an arm, what the model does, and its chance of being asked. */
type Kind = (random: RandomStream) => {
  readonly cell: number;
  readonly chance: number;
  readonly says: (arm: number) => number;
  readonly said: (arm: number) => number | null;
};

const kinds: { readonly [what: string]: { draw: Kind; options: Partial<CalibrateEffectsOptions> } } = {
  "cells instead of personas": {
    draw: (random) => {
      const cell = random.integer(8);
      const says = (arm: number) => 0.3 * cell + effect * arm + random.normal();
      return { cell, chance: 0.1, says, said: (arm) => 0.25 * cell + 0.9 * arm + 0.5 * random.normal() };
    },
    options: { strata: "cell" },
  },
  "people asked with known chances that differ": {
    draw: (random) => {
      const cell = random.integer(2);
      const says = (arm: number) => cell + 2 * effect * cell * arm + random.normal();
      const said = (arm: number) => 0.7 * cell + 0.5 * cell * arm + 0.5 * random.normal();
      return { cell, chance: 0.1 + 0.2 * cell, says, said };
    },
    options: { labelProbability: "chance" },
  },
  "a model that refuses, in one arm those who would agree": {
    draw: (random) => {
      const level = random.normal();
      const refuses = (arm: number) => random.uniform() < (arm === 1 ? 1 / (1 + Math.exp(-level)) : 0.1);
      const says = (arm: number) => level + effect * arm + 0.5 * random.normal();
      const said = (arm: number) => refuses(arm) ? null : level + 2 * arm + 0.3 * random.normal();
      return { cell: 0, chance: 0.15, says, said };
    },
    options: {},
  },
};

for (const [what, { draw, options }] of Object.entries(kinds)) {
  Deno.test(`calibrateEffects covers in 95%: ${what}`, () => {
    let covered = 0;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const random = stream(20261130, what, repetition);
      const [human, synthetic] = [0, 1].map(() => ({
        ...{ persona_id: [] as number[], arm: [] as string[], y: [] as (number | null)[] },
        ...{ cell: [] as number[], chance: [] as number[] },
      }));
      for (let persona = 0; persona < 400; persona++) {
        const { cell, chance, says, said } = draw(random);
        const asked = random.uniform() < chance ? random.integer(2) : -1;
        for (const [place, arm] of ["control", "letter"].entries()) {
          synthetic!.y.push(said(place));
          if (asked === place) human!.y.push(says(place));
          for (const columns of [synthetic!, ...asked === place ? [human!] : []]) {
            columns.persona_id.push(persona);
            columns.arm.push(arm);
            columns.cell.push(cell);
            columns.chance.push(chance);
          }
        }
      }
      const effects = calibrateEffects(tableOf(human!), tableOf(synthetic!), { outcome: "y", ...options });
      const [low, high] = ["conf_low", "conf_high"].map((name) => effects.get(name, 0) as number);
      if (low! <= effect && effect <= high!) covered++;
    }
    assertShare(covered / repetitions, 0.95, repetitions);
  });
}
