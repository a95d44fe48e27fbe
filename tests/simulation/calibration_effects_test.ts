/** Coverage and width of calibrated effects, by simulation. UNDERSTUDY_LONG=1 draws more than ten times as often. */
import { assert } from "@std/assert";
import { calibrateEffects } from "@understudy/understudy/calibration";
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
