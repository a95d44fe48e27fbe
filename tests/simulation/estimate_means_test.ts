/** Coverage of means of samples, by simulation. UNDERSTUDY_LONG=1 draws more than ten times as often. */
import { assert } from "@std/assert";
import { type Columns, type RandomStream, tableOf } from "@understudy/understudy/core";
import { estimateMeans, type EstimateMeansOptions } from "@understudy/understudy/estimation";
import { rakeWeights } from "@understudy/understudy/personas";
import { assertShare, repetitionsOf, shareOf } from "./share_of_studies.ts";

const repetitions = repetitionsOf(300);

/** Units come into the sample with a chance that depends on what the outcome depends on; the mean is 0. */
function weighted(random: RandomStream): Columns {
  const columns = { y: [] as number[], w: [] as number[], group: [] as string[] };
  for (let person = 0; person < 400; person++) {
    const x = random.normal();
    const chance = x > 0 ? 0.7 : 0.3;
    if (random.uniform() > chance) continue;
    columns.y.push(x + random.normal());
    columns.w.push(1 / chance);
    columns.group.push(random.uniform() < 0.4 ? "a" : "b");
  }
  return columns;
}

/** As many clusters of each of three strata, whose shares of the population are 0.5, 0.3 and 0.2; the mean is 0. */
function clustered(random: RandomStream): Columns {
  const columns = { y: [] as number[], w: [] as number[], cluster: [] as number[], stratum: [] as number[] };
  [0.5, 0.3, 0.2].forEach((share, stratum) => {
    for (let cluster = 0; cluster < 15; cluster++) {
      const level = [-0.2, 0, 0.5][stratum]! + 0.7 * random.normal();
      for (let i = 0; i < 3 + cluster % 3; i++) {
        columns.y.push(level + random.normal());
        columns.w.push(share);
        columns.cluster.push(15 * stratum + cluster);
        columns.stratum.push(stratum);
      }
    }
  });
  return columns;
}

/** Drawn with unequal chances by sex, then raked to the population's margins; the mean is 0. */
function raked(random: RandomStream): Columns {
  const columns = { y: [] as number[], w: [] as number[], sex: [] as string[], age: [] as number[] };
  while (columns.y.length < 300) {
    const sex = random.uniform() < 0.5 ? "F" : "M";
    const age = Math.floor(3 * random.uniform());
    const chance = sex === "F" ? 0.9 : 0.5;
    if (random.uniform() > chance) continue;
    columns.y.push((sex === "F" ? 1 : -1) + 1.5 * (age - 1) + random.normal());
    columns.w.push(1 / chance);
    columns.sex.push(sex);
    columns.age.push(age);
  }
  const targets = { sex: { F: 0.5, M: 0.5 }, age: { 0: 1 / 3, 1: 1 / 3, 2: 1 / 3 } };
  const table = rakeWeights(tableOf(columns), targets, { weights: "w" });
  return { ...columns, weight: table.array("weight") as number[] };
}

interface Study {
  readonly name: string;
  readonly draw: (random: RandomStream) => Columns;
  readonly options: Partial<EstimateMeansOptions>;
}
const rakedTo = { weights: "weight", calibratedTo: ["sex", "age"] };
const studies: readonly Study[] = [
  { name: "weights", draw: weighted, options: { weights: "w" } },
  { name: "weights, a group", draw: weighted, options: { weights: "w", by: "group" } },
  {
    name: "clusters in strata",
    draw: clustered,
    options: { weights: "w", clusters: "cluster", strata: "stratum" },
  },
  { name: "raked", draw: raked, options: { ...rakedTo, baseWeights: "w" } },
  { name: "raked, base weights forgotten", draw: raked, options: rakedTo },
];
for (const { name, draw, options } of studies) {
  Deno.test(`estimateMeans(table) has intervals that cover, and tests that reject, as often as they say: ${name}`, () => {
    const covered = shareOf(`means, ${name}`, (random) => {
      const [mean] = estimateMeans(tableOf(draw(random)), { outcome: "y", ...options }).objects() as {
        [column: string]: number;
      }[];
      const inside = mean!.conf_low! <= 0 && 0 <= mean!.conf_high!;
      assert((mean!.p_value! < 0.05) === !inside);
      return inside;
    }, repetitions);
    assertShare(covered, 0.95, repetitions);
  });
}

/** Samples in which few say yes, or few do not: simple, with unequal weights, in clusters of five that lean alike. */
const few: { [name: string]: (random: RandomStream, share: number) => Columns } = {
  simple: (random, share) => ({
    y: Array.from({ length: 30 }, () => random.uniform() < share ? "yes" : "no"),
  }),
  weights: (random, share) => {
    const w = Array.from({ length: 100 }, () => Math.exp(0.6 * random.normal()));
    return { w, y: w.map(() => random.uniform() < share ? "yes" : "no") };
  },
  clusters: (random, share) => {
    const draw = () => random.uniform() < share ? "yes" : "no";
    const leaders = Array.from({ length: 20 }, draw);
    const cluster = leaders.flatMap((_, at) => Array<number>(5).fill(at));
    return { cluster, y: cluster.map((at) => random.uniform() < 0.5 ? leaders[at]! : draw()) };
  },
};
for (const [name, draw] of Object.entries(few)) {
  for (const truth of [0.03, 0.97]) {
    Deno.test(`estimateMeans(category) covers a share of ${truth} in at least 93 of 100 samples: ${name}`, () => {
      const studies = repetitionsOf(150, 4000);
      const options = { simple: {}, weights: { weights: "w" }, clusters: { clusters: "cluster" } }[name];
      const covered = shareOf(`share, ${name} ${truth}`, (random) => {
        const mean = estimateMeans(tableOf(draw(random, truth)), {
          outcome: "y",
          category: "yes",
          ...options,
        });
        return mean.get("conf_low", 0) <= truth && truth <= mean.get("conf_high", 0);
      }, studies);
      assert(covered > 0.93 - 3.3 * Math.sqrt(0.93 * 0.07 / studies), `${covered}`);
    });
  }
}

Deno.test("estimateMeans(table) without calibratedTo covers too often after raking: the option is needed", () => {
  const covered = shareOf("means, raked", (random) => {
    const mean = estimateMeans(tableOf(raked(random)), { outcome: "y", weights: "weight" });
    return mean.get("conf_low", 0) <= 0 && 0 <= mean.get("conf_high", 0);
  }, repetitions);
  assert(covered > 0.99, String(covered));
});
