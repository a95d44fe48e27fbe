/** Coverage of estimateQuantileEffects, by simulation. UNDERSTUDY_LONG=1 draws ten times as often. */
import { assert } from "@std/assert";
import { type RandomStream, stream, tableOf } from "@understudy/understudy/core";
import { estimateQuantileEffects } from "@understudy/understudy/estimation";
import { normalQuantile } from "@understudy/understudy/stats";

const repetitions = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 4000 : 250;
/** The bootstrap's standard error of a quantile is somewhat too large: intervals cover in 95 to 97 of 100 studies. */
const expected = [0.95, 0.97] as const;

for (const quantile of [0.25, 0.5]) {
  Deno.test(`estimateQuantileEffects(table) has intervals that cover in 95 to 97 of 100 studies: ${quantile}`, () => {
    let covered = 0;
    const truth = 0.5 + 0.5 * normalQuantile(quantile);
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const random: RandomStream = stream(20260805, quantile, repetition);
      const z = Array.from({ length: 200 }, (_, i) => i % 2);
      const y = z.map((arm) => arm === 1 ? 0.5 + 1.5 * random.normal() : random.normal());
      const effects = estimateQuantileEffects(tableOf({ z, y }), {
        outcome: "y",
        arm: "z",
        reference: 0,
        quantiles: [quantile],
        replicates: 150,
        seed: repetition,
      });
      if (effects.get("conf_low", 0) <= truth && truth <= effects.get("conf_high", 0)) covered++;
    }
    const share = covered / repetitions;
    const margin = normalQuantile(0.9995) * Math.sqrt(0.95 * 0.05 / repetitions);
    assert(share > expected[0] - margin && share < expected[1] + margin, `${share} is not from 0.95 to 0.97`);
  });
}
