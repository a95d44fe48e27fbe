import { assert } from "@std/assert";
import { calibrateEffects, planMixedSubjects } from "@understudy/understudy/calibration";
import { stream, tableOf } from "@understudy/understudy/core";

/** `UNDERSTUDY_LONG=1` draws ten times as often. */
const studies = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 4000 : 400;

const cases = [
  { name: "many people", correlation: 0.75, costPrediction: 0.02, effect: 0.4, lost: 0.02 },
  {
    name: "some dozens, a model that goes against them",
    correlation: -0.8,
    costPrediction: 0.01,
    effect: 0.7,
    lost: 0.03,
  },
];

for (const { name, lost, ...planned } of cases) {
  Deno.test(`planMixedSubjects(effect) plans studies that calibrateEffects finds as often, as precisely: ${name}`, () => {
    const plan = planMixedSubjects(planned);
    const [n, N, power, error] = ["n_human", "n_synthetic", "power", "std_error"]
      .map((column) => plan.get(column, 0) as number) as [number, number, number, number];
    const random = stream(7, "planned studies", name);
    const persona_id = Array.from({ length: n + N }, (_, i) => i);
    // People are split between the arms, and so are those whom only the model answers for.
    const arm = persona_id.map((i) => (i < n ? i : i - n) % 2 === 0 ? "treated" : "control");
    let [found, squares] = [0, 0];
    for (let study = 0; study < studies; study++) {
      const said = persona_id.map(() => random.normal());
      const y = said.slice(0, n).map((value, i) =>
        planned.correlation * value + Math.sqrt(1 - planned.correlation ** 2) * random.normal() +
        (arm[i] === "treated" ? planned.effect : 0)
      );
      const human = tableOf({ persona_id: persona_id.slice(0, n), arm: arm.slice(0, n), y });
      const effects = calibrateEffects(human, tableOf({ persona_id, arm, y: said }), { outcome: "y" });
      if ((effects.get("p_value", 0) as number) <= 0.05) found++;
      squares += ((effects.get("estimate", 0) as number) - planned.effect) ** 2;
    }
    const slack = 3.5 * Math.sqrt(power * (1 - power) / studies);
    // The plan takes λ for known, which the study has to estimate.
    assert(found / studies > power - slack - lost, `${found / studies} of ${power}`);
    assert(found / studies < power + slack, `${found / studies} of ${power}`);
    const ratio = Math.sqrt(squares / studies) / error;
    assert(
      ratio > 1 - 3.5 / Math.sqrt(2 * studies) && ratio < 1.03 + 3.5 / Math.sqrt(2 * studies),
      `${ratio}`,
    );
  });
}
