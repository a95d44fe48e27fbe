/** Coverage of the intervals of effects compared, by simulation. UNDERSTUDY_LONG=1 draws more than ten times as often. */
import { type RandomStream, tableOf } from "@understudy/understudy/core";
import { compareEffects } from "@understudy/understudy/fidelity";
import { assertAtLeast, assertShare, repetitionsOf, shareOf } from "./share_of_studies.ts";

const slope = 0.6;
const heterogeneity = 0.05;

/** Three arms a study against one control; predictions overshoot, and have a given correlation with the true effects. */
function world(random: RandomStream, studies: number, correlation: number) {
  const names = { study: [] as string[], arm: [] as string[], reference: [] as string[] };
  const human = { estimate: [] as number[], std_error: [] as number[], cov_shared: [] as number[] };
  const estimate: number[] = [];
  for (let study = 0; study < studies; study++) {
    const variance = 0.06 / (60 + random.integer(300));
    const control = Math.sqrt(variance) * random.normal();
    for (let arm = 0; arm < 3; arm++) {
      names.study.push(`s${study}`);
      names.arm.push(`a${arm}`);
      names.reference.push("control");
      const predicted = random.normal();
      const other = Math.sqrt(1 - correlation ** 2) * random.normal();
      const truth = heterogeneity * (correlation * predicted + other);
      human.estimate.push(0.02 + truth + Math.sqrt(variance) * random.normal() - control);
      human.std_error.push(Math.sqrt(2 * variance));
      human.cov_shared.push(variance);
      estimate.push(0.03 + heterogeneity * correlation / slope * predicted);
    }
  }
  return [tableOf({ ...names, ...human }), tableOf({ ...names, estimate })] as const;
}

/** How often the intervals of the first rows hold what is true. */
function coverage(
  name: string,
  { studies, correlation, count, options = {} }: {
    readonly studies: number;
    readonly correlation: number;
    readonly count: number;
    readonly options?: Parameters<typeof compareEffects>[2];
  },
): number[] {
  const truths = [correlation, slope];
  const held = truths.map(() => 0);
  shareOf(name, (random) => {
    const table = compareEffects(...world(random, studies, correlation), options);
    truths.forEach((truth, row) => {
      if (table.get("conf_low", row) <= truth && truth <= table.get("conf_high", row)) held[row]!++;
    });
    return true;
  }, count);
  return held.map((times) => times / count);
}

for (const [studies, correlation] of [[8, 0.6], [20, 0.9], [70, 0.6]] as const) {
  Deno.test(`of ${studies} studies the intervals of r_adj and of the slope hold the truth (correlation ${correlation})`, () => {
    const count = repetitionsOf(studies > 50 ? 60 : 250, 4000);
    const [r, line] = coverage(`profile ${studies}`, { studies, correlation, count });
    assertShare(r!, 0.95, count);
    assertAtLeast(line!, 0.94, count);
  });
}

Deno.test("of 20 studies the bootstrap's intervals hold the truth nearly as often as they say", () => {
  const count = repetitionsOf(50, 1000);
  const options = { interval: "bootstrap", resamples: 300 } as const;
  const found = coverage("bootstrap", { studies: 20, correlation: 0.6, count, options });
  for (const share of found) assertAtLeast(share, 0.93, count);
});
