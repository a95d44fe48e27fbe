import { assert } from "@std/assert";
import { stream } from "@understudy/understudy/core";
import { estimateVarianceComponents } from "@understudy/understudy/estimation";
import { moments, normalQuantile } from "@understudy/understudy/stats";
import { varianceStudies } from "./variance_studies.ts";

/** `UNDERSTUDY_LONG=1` draws more often, and with that narrows the bounds. */
const long = Deno.env.get("UNDERSTUDY_LONG") === "1";
const critical = normalQuantile(0.9995);

/** The intervals are approximate: 93 to 98.5 of 100 hold the truth. Two-sided binomial bounds around that. */
function checkCoverage(what: string, covered: number, n: number): void {
  const share = covered / n;
  const low = 0.93 - critical * Math.sqrt((0.93 * 0.07) / n);
  const high = 0.985 + critical * Math.sqrt((0.985 * 0.015) / n);
  assert(share >= low && share <= high, `${what}: coverage ${share} is not from ${low} to ${high}`);
}

interface Component {
  readonly component: string;
  readonly estimate: number;
  readonly conf_low: number;
  readonly conf_high: number;
}

for (const { name, variances, draw } of varianceStudies) {
  Deno.test(`estimateVarianceComponents(table) is unbiased and its intervals cover: ${name}`, () => {
    const repetitions = long ? 1000 : 30;
    const estimates = new Map(Object.keys(variances).map((component) => [component, [] as number[]]));
    const covered = new Map<string, number>();
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const table = draw(stream(20261101, name, repetition));
      const found = estimateVarianceComponents(table, {
        outcome: "y",
        draws: long ? 200 : 60,
        seed: repetition,
      });
      for (const { component, estimate, conf_low, conf_high } of found.objects() as Component[]) {
        const truth = variances[component];
        if (truth === undefined) continue;
        estimates.get(component)!.push(estimate);
        if (conf_low <= truth && truth <= conf_high) {
          covered.set(component, (covered.get(component) ?? 0) + 1);
        }
      }
    }
    for (const [component, values] of estimates) {
      const { n, mean, variance } = moments(values);
      const bound = 3.9 * Math.sqrt(variance / n);
      assert(
        Math.abs(mean - variances[component]!) < bound,
        `${component}: ${mean} is not ${variances[component]}`,
      );
      checkCoverage(component, covered.get(component) ?? 0, n);
    }
  });
}
