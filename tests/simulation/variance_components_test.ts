import { assert } from "@std/assert";
import { stream, tableOf } from "@understudy/understudy/core";
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

Deno.test("estimateVarianceComponents(table) notes skewed draws, whose variance its intervals cover too rarely, and no normal ones", () => {
  const studies = long ? 300 : 20;
  const told = (draw: (uniform: () => number, normal: () => number) => number) => {
    let [noted, covered] = [0, 0];
    for (let study = 0; study < studies; study++) {
      const random = stream(20261130, "skewed", study);
      const persona_id = Array.from({ length: 180 }, (_, row) => Math.floor(row / 3));
      const level = Array.from({ length: 60 }, () => 0.7 * random.normal());
      const y = persona_id.map((id) => level[id]! + draw(() => random.uniform(), () => random.normal()));
      const table = tableOf({ persona_id, arm: persona_id.map((id) => id % 2), y });
      const found = estimateVarianceComponents(table, { outcome: "y", draws: 50, seed: study });
      const row = found.objects().find((one) => (one as Component).component === "draw") as Component;
      if (row.notes.includes("skewed")) noted++;
      if (row.conf_low <= 1 && 1 <= row.conf_high) covered++;
    }
    return { noted: noted / studies, covered: covered / studies };
  };
  const normal = told((_, normal) => normal());
  assert(normal.noted <= 0.15 && normal.covered > 0.75, `${normal.noted} ${normal.covered}`);
  const [mean, deviation] = [Math.exp(0.5), Math.sqrt((Math.E - 1) * Math.E)];
  const skewed = told((_, normal) => (Math.exp(normal()) - mean) / deviation);
  assert(skewed.noted >= 0.85 && skewed.covered < 0.8, `${skewed.noted} ${skewed.covered}`);
});

interface Component {
  readonly notes: string;
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
