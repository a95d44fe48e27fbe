/**
 * Size, family-wise error, power and coverage of estimateDrift, by simulation. Short by default; UNDERSTUDY_LONG=1
 * draws more and prints the rates.
 */
import { assert } from "@std/assert";
import { type RandomStream, stream, type Table, tableOf } from "@understudy/understudy/core";
import { estimateDrift } from "@understudy/understudy/drift";
import { rowsOf } from "../drift/drift_tables.ts";

const long = Deno.env.get("UNDERSTUDY_LONG") === "1";
const replications = long ? 4000 : 300;

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
}

/**
 * Draws one study. A persona holds to a leaning of its own in half of its replies, so that replies of a persona, its
 * arms and its controls hang together.
 */
function drawStudy(study: Study, random: RandomStream): Table {
  const names = controlNames(study);
  const columns: { [name: string]: unknown[] } = { persona_id: [], arm: [] };
  for (const name of names) columns[name] = [];
  const alone = study.replicates === undefined && !study.within && names.length === 1;
  const answer = (arm: "control" | "treated", persona: number, leaning: number) => {
    for (let replicate = 0; replicate < (study.replicates ?? 1); replicate++) {
      columns.persona_id!.push(persona);
      columns.arm!.push(arm);
      for (const name of names) {
        const point = alone || random.uniform() < 0.5 ? random.uniform() : leaning;
        columns[name]!.push(categoryAt(study.shares[arm], point));
      }
    }
  };
  for (let persona = 0; persona < study.n.control + (study.within ? 0 : study.n.treated); persona++) {
    const leaning = random.uniform();
    if (study.within || persona < study.n.control) answer("control", persona, leaning);
    if (study.within || persona >= study.n.control) answer("treated", persona, leaning);
  }
  return tableOf(columns);
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
    if (rejects(rowsOf(estimateDrift(table, { controls, permutations: 99, bootstraps: 0 })))) count++;
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

Deno.test("estimateDrift(answers) keeps the family-wise error of four controls that hang together", () => {
  const study = { shares: even(5), n: { control: 40, treated: 60 }, controls: 4 };
  let holm = 0;
  const joint = rate("family", study, (rows) => {
    if (rows.some((row) => row.verdict === "drift")) holm++;
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
  const power = rate("power", study, (rows) => rows[0]!.verdict === "drift");
  // 4,000 studies in NumPy 2.4 (multivariate hypergeometric null, 999 draws): power .668
  assert(within(power, 0.668), `power ${power}`);
  report("power", power);
});

/** Ways in which five shares may differ by a true distance. */
const shapes: { [name: string]: (distance: number) => Study["shares"] } = {
  "two categories": (d) => ({ control: even(5).control, treated: [0.2 + d, 0.2, 0.2, 0.2, 0.2 - d] }),
  "four categories": (d) => ({
    control: even(5).control,
    treated: [0.2 + d / 2, 0.2 + d / 2, 0.2, 0.2 - d / 2, 0.2 - d / 2],
  }),
  "uneven": (d) => ({
    control: [0.05, 0.1, 0.4, 0.3, 0.15],
    treated: [0.05 + d / 2, 0.1 + d / 2, 0.4 - d, 0.3, 0.15],
  }),
};

/** The share of studies whose interval holds the true distance. */
function coverage(name: string, study: Study, distance: number, studies: number): number {
  let covered = 0;
  for (let replication = 0; replication < studies; replication++) {
    const table = drawStudy(study, stream(replication, "coverage", name));
    const options = { controls: "control_0", permutations: 1, bootstraps: long ? 500 : 200 };
    const row = rowsOf(estimateDrift(table, options))[0]!;
    // a treated share of 0.4 - 0.2 is not 0.2 to the last digit
    if ((row.conf_low as number) <= distance + 1e-9 && (row.conf_high as number) >= distance - 1e-9) {
      covered++;
    }
  }
  return covered / studies;
}

const sizes = long ? [[100, 100], [400, 400], [30, 170]] as const : [[100, 100]] as const;
const studies = long ? 1000 : 100;

for (const [control, treated] of sizes) {
  for (const distance of [0, 0.05, 0.1, 0.2]) {
    const name = `distance ${distance}, ${control} v ${treated}`;
    Deno.test(`estimateDrift(answers) covers the true distance in at least 93%: ${name}`, () => {
      for (const [shape, shares] of Object.entries(shapes)) {
        const study = { shares: shares(distance), n: { control, treated } };
        const found = coverage(`${name}, ${shape}`, study, distance, studies);
        report(`coverage, ${name}, ${shape}`, found);
        assert(found >= 0.95 || within(found, 0.95, studies), `${shape}: covers ${found}`);
      }
    });
  }
}

Deno.test("estimateDrift(answers) covers with replicates and within subjects", () => {
  const shares = shapes["four categories"]!(0.2);
  const clustered: { [name: string]: Study } = {
    "3 replicates": { shares, n: { control: 60, treated: 60 }, replicates: 3 },
    "within subjects": { shares, n: { control: 100, treated: 100 }, within: true },
  };
  for (const [name, study] of Object.entries(clustered)) {
    const found = coverage(name, study, 0.2, studies);
    report(`coverage, ${name}`, found);
    assert(found >= 0.95 || within(found, 0.95, studies), `${name}: covers ${found}`);
  }
});
