/**
 * Size and power of checkJointDrift, by simulation. Short by default; UNDERSTUDY_LONG=1 draws more and prints the rates.
 */
import { assert } from "@std/assert";
import { type RandomStream, stream, type Table, tableOf } from "@understudy/understudy/core";
import { checkJointDrift, type CheckJointDriftOptions, estimateDrift } from "@understudy/understudy/drift";

const long = Deno.env.get("UNDERSTUDY_LONG") === "1";
const replications = long ? 1000 : 80;

function report(name: string, rate: number): void {
  // deno-lint-ignore no-console -- the long version is run to read its numbers
  if (long) console.log(`${name}: ${rate.toFixed(4)}`);
}

interface Study {
  /** Personas in each arm, or within subjects in both. */
  readonly n: { readonly control: number; readonly treated: number };
  readonly within?: boolean;
  readonly replicates?: number;
  /** How many personas make a cluster, which is assigned as one and has one leaning. */
  readonly clusters?: number;
  /** The share of treated in each block; blocks answer differently. */
  readonly blocks?: readonly number[];
  /** The probability that the second answer of a reply is the first, by arm. */
  readonly agree?: { readonly control: number; readonly treated: number };
  /** The share of replies of which an answer is missing. */
  readonly missing?: { readonly control: number; readonly treated: number };
}

const names = ["first", "second", "third"];

/** Draws one study of three controls that hang together; the first and second have two levels, the third has three. */
function drawStudy(study: Study, random: RandomStream): Table {
  const columns: { [name: string]: unknown[] } = {
    persona_id: [],
    arm: [],
    first: [],
    second: [],
    third: [],
  };
  if (study.clusters) columns.cluster = [];
  if (study.blocks) columns.block = [];
  const { n, within = false, replicates = 1, agree = { control: 0.6, treated: 0.6 } } = study;
  const answer = (arm: "control" | "treated", persona: number, leaning: number) => {
    const block = persona % (study.blocks?.length ?? 1);
    for (let replicate = 0; replicate < replicates; replicate++) {
      const first = (random.uniform() < 0.5 ? leaning : random.uniform()) < 0.5 + 0.3 * block ? 0 : 1;
      const missing = study.missing !== undefined && random.uniform() < study.missing[arm];
      columns.persona_id!.push(persona);
      columns.arm!.push(arm);
      columns.cluster?.push(Math.floor(persona / study.clusters!));
      columns.block?.push(block);
      columns.first!.push(first);
      columns.second!.push(random.uniform() < agree[arm] ? first : 1 - first);
      columns.third!.push(
        missing ? null : Math.floor(3 * (random.uniform() < 0.5 ? leaning : random.uniform())),
      );
    }
  };
  let leaning = 0;
  for (let persona = 0; persona < n.control + (within ? 0 : n.treated); persona++) {
    if (persona % (study.clusters ?? 1) === 0) leaning = random.uniform();
    if (study.blocks) {
      const treated = random.uniform() < study.blocks[persona % study.blocks.length]!;
      answer(treated ? "treated" : "control", persona, leaning);
      continue;
    }
    if (within || persona < n.control) answer("control", persona, leaning);
    if (within || persona >= n.control) answer("treated", persona, leaning);
  }
  return tableOf(columns);
}

/** The share of studies in which drift is found. */
function rate(name: string, study: Study, options: Partial<CheckJointDriftOptions>): number {
  let count = 0;
  for (let replication = 0; replication < replications; replication++) {
    const table = drawStudy(study, stream(replication, "joint", name));
    const drift = checkJointDrift(table, {
      controls: names,
      permutations: 99,
      ...(study.blocks && { blocks: "block" }),
      ...(study.clusters && { clusters: "cluster" }),
      ...options,
    });
    if ((drift.get("p_value", 0) as number) <= 0.05) count++;
  }
  return count / replications;
}

/** Four standard errors around a rate: a right test fails once in some ten thousand runs. */
function within(found: number, expected: number): boolean {
  return Math.abs(found - expected) <= 4 * Math.sqrt(expected * (1 - expected) / replications);
}

const thirty = { control: 30, treated: 30 };
const still: { [name: string]: { study: Study; options?: Partial<CheckJointDriftOptions>; least?: number } } =
  {
    "between, 30 v 30": { study: { n: thirty } },
    "between, 20 v 80": { study: { n: { control: 20, treated: 80 } } },
    "within, 40": { study: { n: { control: 40, treated: 40 }, within: true } },
    "3 replicates, 20 v 20": { study: { n: { control: 20, treated: 20 }, replicates: 3 } },
    "within, 3 replicates, 20": { study: { n: { control: 20, treated: 20 }, within: true, replicates: 3 } },
    "clusters of 5, 50 v 50": { study: { n: { control: 50, treated: 50 }, clusters: 5 } },
    "blocks with other shares of arms": { study: { n: thirty, blocks: [0.3, 0.7] } },
    "missing as a level, alike": { study: { n: thirty, missing: { control: 0.3, treated: 0.3 } } },
    "missing left out, 0 v .6": {
      study: { n: thirty, missing: { control: 0, treated: 0.6 } },
      options: { missing: false },
    },
    "missing left out, 0 v .5, 3 replicates": {
      study: { n: { control: 25, treated: 25 }, replicates: 3, missing: { control: 0, treated: 0.5 } },
      options: { missing: false },
      // A place gives at most as many replies as it had, so the null is at least as wide as it should be.
      least: 0.01,
    },
    "number": { study: { n: thirty }, options: { numeric: "third" } },
  };

for (const [name, { study, options = {}, least = 0.03 }] of Object.entries(still)) {
  Deno.test(`checkJointDrift(answers) rejects 5% where nothing drifts: ${name}`, () => {
    const found = rate(name, study, options);
    report(`size, ${name}`, found);
    assert(found <= 0.05 || within(found, 0.05), `rejects ${found}`);
    assert(found >= least || within(found, least), `rejects only ${found}`);
  });
}

Deno.test("checkJointDrift(answers) finds what no control shows alone: marginals agree, the joint differs", () => {
  const study = { n: { control: 75, treated: 75 }, agree: { control: 0.2, treated: 0.8 } };
  let alone = 0;
  for (let replication = 0; replication < replications; replication++) {
    const table = drawStudy(study, stream(replication, "joint", "exclusive or"));
    const drift = estimateDrift(table, { controls: names, permutations: 99, bootstraps: 0 });
    if (drift.array("verdict").includes("found")) alone++;
  }
  const energy = rate("exclusive or", study, {});
  report("power, exclusive or, energy", energy);
  report("power, exclusive or, estimateDrift", alone / replications);
  assert(energy > 0.85, `energy ${energy}`);
  assert(alone / replications < 0.05 || within(alone / replications, 0.05), `alone ${alone / replications}`);
});
