import { assertAlmostEquals } from "@std/assert";
import { pnorm } from "lib-r-math";
import { tableOf } from "@understudy/understudy/core";
import { declareWorld } from "@understudy/understudy/worlds";
import { naiveOf } from "./fixtures.ts";

/** The mean of a scale from 1 to 5 whose latent value is normal. */
function meanOf(mean: number, sd: number): number {
  return [1.5, 2.5, 3.5, 4.5].reduce((sum, cut) => sum + 1 - (pnorm(cut, mean, sd) as number), 1);
}

Deno.test("naiveOf(wording) is exact whatever the effect of wording is over the item's noise", () => {
  for (const [wording, sd] of [[0.3, 1], [1, 1], [2, 0.5], [3, 0.3], [5, 0.2], [20, 0.2]] as const) {
    const world = declareWorld({
      name: "w",
      seed: 1,
      attributes: { party: { shares: { A: 0.5, B: 0.5 } } },
      stimuli: { control: "exercise", threat: "incursion" },
      items: {
        fear: { kind: "scale", range: [1, 5], sd, intercept: 2.7, stimuli: { threat: { effect: 0.6 } } },
      },
      behaviour: { wording: { sd: wording } },
    });
    const contrast = { outcome: "fear", stimulus: "threat", reference: "control" };
    // Noise and wording are normal, so that their sum is.
    const spread = Math.hypot(wording, sd);
    const expected = meanOf(3.3, spread) - meanOf(2.7, spread);
    assertAlmostEquals(
      naiveOf(world, { ...contrast, personas: tableOf({ persona_id: ["p1"] }) }),
      expected,
      1e-9,
    );
  }
});
