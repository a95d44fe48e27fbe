/**
 * Size, family-wise error, power and coverage of estimateDrift, by simulation. Short by default; UNDERSTUDY_LONG=1
 * draws more and prints the rates.
 */
import { assert, assertEquals } from "@std/assert";
import { type RandomStream, stream, type Table, tableOf } from "@understudy/understudy/core";
import {
  type DriftMeasureName,
  estimateDrift,
  type EstimateDriftOptions,
} from "@understudy/understudy/drift";
import {
  energyDistance,
  jensenShannon,
  kolmogorovSmirnov,
  totalVariation,
  wasserstein,
} from "@understudy/understudy/stats";
import { rowsOf } from "../drift/drift_tables.ts";

const long = Deno.env.get("UNDERSTUDY_LONG") === "1";
const replications = long ? 4000 : 80;
const studies = long ? 1000 : 30;

/** Prints a measured rate in the long version. */
function report(name: string, rate: number): void {
  // deno-lint-ignore no-console -- the long version is run to read its numbers
  if (long) console.log(`${name}: ${rate.toFixed(4)}`);
}

interface Study {
  /** The categories' probabilities in each arm. */
  readonly shares: { readonly control: readonly number[]; readonly treated: readonly number[] };
  /** Personas in each arm. */
  readonly n: { readonly control: number; readonly treated: number };
  /** Whether each persona answers in both arms. */
  readonly within?: boolean;
  /** Replies of a persona in an arm. */
  readonly replicates?: number;
  /** How many controls. */
  readonly controls?: number;
  /** The share of replies that are refused in each arm, whatever they would have said. */
  readonly refusals?: { readonly control: number; readonly treated: number };
  /** In each block, the share of personas that are treated; blocks have the shares of `blockShares` in both arms. */
  readonly blocks?: readonly number[];
  /** The categories' probabilities in each block. */
  readonly blockShares?: readonly (readonly number[])[];
  /** How many personas make a cluster, which is assigned as one and has one leaning. */
  readonly clusters?: number;
}

/**
 * Draws one study. A persona holds to a leaning of its own in half of its replies, so that replies of a persona, its
 * arms and its controls hang together.
 */
function drawStudy(study: Study, random: RandomStream): Table {
  const names = controlNames(study);
  const columns: { [name: string]: unknown[] } = { persona_id: [], arm: [] };
  if (study.blocks !== undefined) columns.block = [];
  if (study.clusters !== undefined) columns.cluster = [];
  for (const name of names) columns[name] = [];
  const alone = study.replicates === undefined && !study.within && names.length === 1 && !study.clusters;
  const answer = (arm: "control" | "treated", persona: number, leaning: number) => {
    const block = persona % (study.blocks?.length ?? 1);
    for (let replicate = 0; replicate < (study.replicates ?? 1); replicate++) {
      columns.persona_id!.push(persona);
      columns.arm!.push(arm);
      columns.block?.push(block);
      columns.cluster?.push(Math.floor(persona / (study.clusters ?? 1)));
      for (const name of names) {
        const point = alone || random.uniform() < 0.5 ? random.uniform() : leaning;
        const refused = study.refusals !== undefined && random.uniform() < study.refusals[arm];
        columns[name]!.push(
          refused ? null : categoryAt(study.blockShares?.[block] ?? study.shares[arm], point),
        );
      }
    }
  };
  let leaning = 0;
  for (let persona = 0; persona < study.n.control + (study.within ? 0 : study.n.treated); persona++) {
    if (persona % (study.clusters ?? 1) === 0) leaning = random.uniform();
    if (study.blocks !== undefined) {
      answer(
        random.uniform() < study.blocks[persona % study.blocks.length]! ? "treated" : "control",
        persona,
        leaning,
      );
      continue;
    }
    if (study.within || persona < study.n.control) answer("control", persona, leaning);
    if (study.within || persona >= study.n.control) answer("treated", persona, leaning);
  }
  return tableOf(columns);
}

/** How arms were assigned. */
function assignmentOf({ blocks, clusters }: Study): Pick<EstimateDriftOptions, "blocks" | "clusters"> {
  return { ...(blocks && { blocks: "block" }), ...(clusters && { clusters: "cluster" }) };
}

function controlNames(study: Study): string[] {
  return Array.from({ length: study.controls ?? 1 }, (_, index) => `control_${index}`);
}

function categoryAt(shares: readonly number[], point: number): number {
  let rest = point;
  for (let k = 0; k < shares.length - 1; k++) if ((rest -= shares[k]!) < 0) return k + 1;
  return shares.length;
}

/** The share of studies in which `rejects` holds. */
function rate(
  name: string,
  study: Study,
  rejects: (rows: { [column: string]: unknown }[]) => boolean,
): number {
  let count = 0;
  for (let replication = 0; replication < replications; replication++) {
    const table = drawStudy(study, stream(replication, "size", name));
    const controls = controlNames(study);
    // Counts are drawn from the seed: with one seed for all studies, all would have the luck of the same 99 draws.
    const options = {
      controls,
      permutations: 99,
      bootstraps: 0,
      missing: false,
      seed: replication,
      ...assignmentOf(study),
    };
    if (rejects(rowsOf(estimateDrift(table, options)))) count++;
  }
  return count / replications;
}

/** Four standard errors around a rate: a right test fails once in some ten thousand runs. */
function within(found: number, expected: number, draws = replications): boolean {
  return Math.abs(found - expected) <= 4 * Math.sqrt(expected * (1 - expected) / draws);
}

const even = (k: number) => {
  const shares = Array<number>(k).fill(1 / k);
  return { control: shares, treated: shares };
};

const designs: { name: string; study: Study }[] = [2, 5, 7].flatMap((k) => [
  { name: `${k} categories, 50 v 50`, study: { shares: even(k), n: { control: 50, treated: 50 } } },
  { name: `${k} categories, 30 v 170`, study: { shares: even(k), n: { control: 30, treated: 170 } } },
  {
    name: `${k} categories, within 50`,
    study: { shares: even(k), n: { control: 50, treated: 50 }, within: true },
  },
  {
    name: `${k} categories, 4 replicates, 25 v 25`,
    study: { shares: even(k), n: { control: 25, treated: 25 }, replicates: 4 },
  },
]);

for (const { name, study } of designs) {
  Deno.test(`estimateDrift(answers) rejects 5% where nothing drifts: ${name}`, () => {
    const found = rate(name, study, (rows) => (rows[0]!.p_value as number) <= 0.05);
    // Distances take few values, so the exact test stays below its level where ties are many (two categories).
    const least = study.shares.control.length === 2 ? 0.005 : 0.03;
    assert(found <= 0.05 || within(found, 0.05), `rejects ${found}`);
    assert(found >= least || within(found, least), `rejects only ${found}`);
    report(`size, ${name}`, found);
  });
}

const four = even(4);
const [fifty, hundred] = [{ control: 50, treated: 50 }, { control: 100, treated: 100 }];
const unlike = [[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25], [0.7, 0.1, 0.1, 0.1]];

/** Studies without drift in which the treated refuse more. `least`: rejections where ties or thinning cost some. */
const refusing: { [name: string]: { study: Study; least: number } } = {
  "between": { study: { shares: four, n: hundred }, least: 0.03 },
  "within": { study: { shares: four, n: hundred, within: true }, least: 0.01 },
  "4 replicates": { study: { shares: four, n: fifty, replicates: 4 }, least: 0.015 },
  "within, 4 replicates": { study: { shares: four, n: fifty, within: true, replicates: 4 }, least: 0.004 },
  "blocked, arms alike": { study: { shares: four, n: hundred, blocks: [0.5, 0.5, 0.5] }, least: 0.03 },
  "blocked, arms unlike": {
    study: { shares: four, n: hundred, blocks: [0.3, 0.5, 0.7], blockShares: unlike },
    least: 0.03,
  },
  "clusters of 5": { study: { shares: four, n: hundred, clusters: 5 }, least: 0.01 },
};

for (const [name, { study, least }] of Object.entries(refusing)) {
  for (const treated of [0.5, 0.8]) {
    Deno.test(`estimateDrift(answers) rejects 5% at most where refusals are 0 v ${treated}: ${name}`, () => {
      const refusals = { control: 0, treated };
      const found = rate(
        `${name}, ${treated}`,
        { ...study, refusals },
        (rows) => (rows[0]!.p_value as number) <= 0.05,
      );
      assert(found <= 0.05 || within(found, 0.05), `rejects ${found}`);
      assert(found >= least || within(found, least), `rejects only ${found}`);
      report(`size, refusals 0 v ${treated}, ${name}`, found);
    });
  }
}

Deno.test("estimateDrift(answers) keeps the family-wise error where each control is refused by others", () => {
  const study = { shares: even(5), n: hundred, controls: 4, refusals: { control: 0, treated: 0.7 } };
  let holm = 0;
  const joint = rate("family of refusals", study, (rows) => {
    if (rows.some((row) => row.verdict === "found")) holm++;
    return (rows[0]!.p_joint as number) <= 0.05;
  });
  assert(holm / replications <= 0.05 || within(holm / replications, 0.05), `Holm ${holm / replications}`);
  assert(within(joint, 0.05), `max-T ${joint}`);
  report("family-wise error with refusals, Holm", holm / replications);
  report("family-wise error with refusals, max-T", joint);
});

Deno.test("estimateDrift(answers) finds drift of .3 as often among 50 v 50 that answered of 50 v 200", () => {
  const shares = { control: [0.2, 0.2, 0.2, 0.2, 0.2], treated: [0.4, 0.3, 0.1, 0.1, 0.1] };
  const study = { shares, n: { control: 50, treated: 200 }, refusals: { control: 0, treated: 0.75 } };
  const power = rate("power with refusals", study, (rows) => rows[0]!.verdict === "found");
  // .668 for exactly 50 v 50, as in the test below; here the number that answers varies around 50
  assert(power > 0.54 && power < 0.78, `power ${power}`);
  report("power with refusals", power);
});

Deno.test("estimateDrift(answers) has an interval and a verdict about one distance where blocks differ in arms", () => {
  const still = { shares: four, n: hundred, blocks: [0.2, 0.5, 0.8], blockShares: unlike };
  let lowest = 0;
  let agree = 0;
  for (let replication = 0; replication < studies; replication++) {
    const table = drawStudy(still, stream(replication, "blocks"));
    const options = {
      controls: "control_0",
      blocks: "block",
      permutations: 99,
      bootstraps: long ? 500 : 200,
      seed: replication,
    };
    const row = rowsOf(estimateDrift(table, options))[0]!;
    if (row.conf_low === 0) lowest++;
    if ((row.conf_low as number) > 0 === (row.verdict === "found")) agree++;
  }
  report("lower end 0, blocks that differ in arms", lowest / studies);
  report("interval and verdict agree, blocks that differ in arms", agree / studies);
  assert(
    lowest / studies >= 0.95 || within(lowest / studies, 0.95, studies),
    `lower end 0: ${lowest / studies}`,
  );
  assert(agree / studies >= 0.9, `agree ${agree / studies}`);
});

Deno.test("estimateDrift(answers) has a lower end of 0 without drift where clusters are few", () => {
  // Ten clusters of 10 in each arm; half of the replies follow the cluster's leaning.
  const study = { shares: even(5), n: hundred, clusters: 10 };
  let lowest = 0;
  for (let replication = 0; replication < studies; replication++) {
    const table = drawStudy(study, stream(replication, "few clusters"));
    const options = {
      controls: "control_0",
      clusters: "cluster",
      permutations: 1,
      bootstraps: long ? 500 : 200,
      seed: replication,
    };
    if (rowsOf(estimateDrift(table, options))[0]!.conf_low === 0) lowest++;
  }
  report("lower end 0, 10 v 10 clusters", lowest / studies);
  assert(
    lowest / studies >= 0.95 || within(lowest / studies, 0.95, studies),
    `lower end 0: ${lowest / studies}`,
  );
});

Deno.test("estimateDrift(answers) keeps the family-wise error of four controls that hang together", () => {
  const study = { shares: even(5), n: { control: 40, treated: 60 }, controls: 4 };
  let holm = 0;
  const joint = rate("family", study, (rows) => {
    if (rows.some((row) => row.verdict === "found")) holm++;
    return (rows[0]!.p_joint as number) <= 0.05;
  });
  assert(holm / replications <= 0.05 || within(holm / replications, 0.05), `Holm ${holm / replications}`);
  assert(within(joint, 0.05), `max-T ${joint}`);
  report("family-wise error, Holm", holm / replications);
  report("family-wise error, max-T", joint);
});

Deno.test("estimateDrift(answers) finds drift of .3 among 50 v 50 as often as NumPy does", () => {
  const shares = { control: [0.2, 0.2, 0.2, 0.2, 0.2], treated: [0.4, 0.3, 0.1, 0.1, 0.1] };
  const study = { shares, n: { control: 50, treated: 50 } };
  const power = rate("power", study, (rows) => rows[0]!.verdict === "found");
  // 4,000 studies in NumPy 2.4 (multivariate hypergeometric null, 999 draws): power .668
  assert(within(power, 0.668), `power ${power}`);
  report("power", power);
});

/** Ways in which shares may differ by a true distance. */
const shapes: { [name: string]: (distance: number) => Study["shares"] } = {
  "two of five": (d) => ({ control: even(5).control, treated: [0.2 + d, 0.2, 0.2, 0.2, 0.2 - d] }),
  "four of five": (d) => ({
    control: even(5).control,
    treated: [0.2 + d / 2, 0.2 + d / 2, 0.2, 0.2 - d / 2, 0.2 - d / 2],
  }),
  "uneven": (d) => ({
    control: [0.05, 0.1, 0.4, 0.3, 0.15],
    treated: [0.05 + d / 2, 0.1 + d / 2, 0.4 - d, 0.3, 0.15],
  }),
  "two": (d) => ({ control: [0.5, 0.5], treated: [0.5 + d, 0.5 - d] }),
  "seven": (d) => ({
    control: even(7).control,
    treated: [1, 1, 1, 0, -1, -1, -1].map((sign) => 1 / 7 + sign * d / 3),
  }),
};

interface Coverage {
  /** The share of studies whose interval holds the true value. */
  readonly holds: number;
  /** The share that claims drift below the margin. */
  readonly claims: number;
}

function coverage(
  name: string,
  study: Study,
  truth: number,
  options: Partial<EstimateDriftOptions> = {},
): Coverage {
  let [holds, claims] = [0, 0];
  for (let replication = 0; replication < studies; replication++) {
    const table = drawStudy(study, stream(replication, "coverage", name));
    const bootstraps = long ? 500 : 300;
    const row = rowsOf(
      estimateDrift(table, {
        controls: "control_0",
        permutations: 1,
        bootstraps,
        seed: replication,
        ...options,
      }),
    )[0]!;
    // a treated share of 0.4 - 0.2 is not 0.2 to the last digit
    if ((row.conf_low as number) <= truth + 1e-9 && (row.conf_high as number) >= truth - 1e-9) holds++;
    if ((row.p_equivalence as number) <= 0.05) claims++;
  }
  report(`coverage, ${name}`, holds / studies);
  return { holds: holds / studies, claims: claims / studies };
}

/**
 * Whether intervals cover as they say: 95%, give or take 2 for the direction of the difference, which the data do not
 * tell, and chance.
 */
function covers(found: number): boolean {
  return (found >= 0.93 || within(found, 0.93, studies)) && (found <= 0.97 || within(found, 0.97, studies));
}

const sizes = long ? [[100, 100], [400, 400], [1000, 1000], [30, 170]] as const : [[100, 100]] as const;
for (const [control, treated] of sizes) {
  for (const distance of [0, 0.05, 0.1, 0.2]) {
    const name = `distance ${distance}, ${control} v ${treated}`;
    Deno.test(`estimateDrift(answers) covers the true distance in 93% to 97%: ${name}`, () => {
      const found = Object.entries(shapes).map(([shape, shares]) => {
        const study = { shares: shares(distance), n: { control, treated } };
        return { shape, holds: coverage(`${name}, ${shape}`, study, distance).holds };
      });
      assertEquals(found.filter(({ holds }) => !covers(holds)), []);
    });
  }
}

Deno.test("estimateDrift(answers) covers with replicates and within subjects", () => {
  const shares = shapes["four of five"]!(0.2);
  const clustered: { [name: string]: Study } = {
    "3 replicates": { shares, n: { control: 60, treated: 60 }, replicates: 3 },
    "within subjects": { shares, n: { control: 100, treated: 100 }, within: true },
  };
  for (const [name, study] of Object.entries(clustered)) {
    const { holds } = coverage(name, study, 0.2);
    assert(holds >= 0.93 || within(holds, 0.93, studies), `${name}: covers ${holds}`);
  }
});

Deno.test("estimateDrift(answers, { measures }) covers the true value of every measure", () => {
  const shares = { control: [0.1, 0.2, 0.4, 0.2, 0.1], treated: [0.05, 0.15, 0.35, 0.25, 0.2] };
  const study = { shares, n: { control: 150, treated: 150 } };
  const truths: { [measure in DriftMeasureName]: number } = {
    "total variation": totalVariation(shares.control, shares.treated),
    "Jensen-Shannon": jensenShannon(shares.control, shares.treated),
    "Wasserstein": wasserstein(shares.control, shares.treated),
    "energy": energyDistance(shares.control, shares.treated),
    "Kolmogorov-Smirnov": kolmogorovSmirnov(shares.control, shares.treated),
  };
  const found = Object.entries(truths).map(([measure, truth]) => ({
    measure,
    holds: coverage(measure, study, truth, { measures: measure as DriftMeasureName }).holds,
  }));
  const missed = found.filter(({ holds }) => !(holds >= 0.93 || within(holds, 0.93, studies)));
  assertEquals(missed, []);
});

Deno.test("estimateDrift(answers, { margin }) claims small drift in 5% at most where drift is at the margin", () => {
  for (const [shape, shares] of Object.entries(shapes)) {
    const study = { shares: shares(0.15), n: { control: 150, treated: 150 } };
    const { claims } = coverage(`margin, ${shape}`, study, 0.15, { margin: 0.15 });
    report(`claims at the margin, ${shape}`, claims);
    assert(claims <= 0.05 || within(claims, 0.05, studies), `${shape}: ${claims}`);
  }
});

Deno.test("estimateDrift(answers, { margin }) shows that there is little drift where there is none and n is large", () => {
  const study = { shares: even(5), n: { control: 600, treated: 600 } };
  const { claims } = coverage("margin, no drift", study, 0, { margin: 0.15 });
  report("claims without drift, 600 v 600", claims);
  assert(claims > 0.9, `claims ${claims}`);
});
