/**
 * Drift where nearly everybody agrees, one arm is small, few change or some give most replies: what intervals cover, how
 * often a margin is claimed falsely, and how often the test rejects. UNDERSTUDY_LONG=1 draws more and prints the rates.
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type RandomStream, type Table, tableOf } from "@understudy/understudy/core";
import { checkJointDrift, estimateDrift, type EstimateDriftOptions } from "@understudy/understudy/drift";
import { totalVariation, wasserstein } from "@understudy/understudy/stats";
import { countedTable, type Row, rowsOf } from "../drift/drift_tables.ts";
import { repetitionsOf, shareOf } from "./share_of_studies.ts";

const long = Deno.env.get("UNDERSTUDY_LONG") === "1";
const studies = repetitionsOf(40, 2000);
/** Four Monte-Carlo errors of a share of .05 (or .95). */
const error = 4 * Math.sqrt(0.05 * 0.95 / studies);

function report(name: string, rates: { [rate: string]: number }): void {
  // deno-lint-ignore no-console -- the long version is run to read its numbers
  if (long) console.log(name, JSON.stringify(rates, (_, rate) => rate?.toFixed?.(4) ?? rate));
}

function drift(table: Table, options: EstimateDriftOptions): Row {
  return rowsOf(estimateDrift(table, { permutations: 99, bootstraps: 200, ...options }))[0]!;
}

/** The probability of each count of a binomial distribution, where it is not negligible. */
function counts(n: number, share: number): (readonly [count: number, probability: number])[] {
  const all: [number, number][] = [];
  let log = 0;
  for (let count = 0; count <= n; count++) {
    const chance = share === 0 ? (count === 0 ? 0 : -Infinity) : count * Math.log(share);
    const probability = Math.exp(log + chance + (n - count) * Math.log(1 - share));
    if (probability > (long ? 1e-5 : 4e-3)) all.push([count, probability]);
    log += Math.log((n - count) / (count + 1));
  }
  return all;
}

/** How often an interval covers and a margin is claimed: summed over all tables, so that no study is drawn. */
function everyTable([n, p]: readonly [number, number], [m, q]: readonly [number, number], margin?: number) {
  let [all, covers, claims] = [0, 0, 0];
  for (const [one, first] of counts(n, p)) {
    for (const [other, second] of counts(m, q)) {
      // Where nobody gives the answer, nothing can be told.
      if (one + other === 0) continue;
      const table = countedTable({ a: [n - one, one], b: [m - other, other] });
      const options = { controls: "control_item", seed: 1000 * one + other, ...(margin && { margin }) };
      const row = drift(table, options) as { [column: string]: number };
      const truth = Math.abs(p - q);
      all += first * second;
      if (row.conf_low! <= truth + 1e-9 && truth - 1e-9 <= row.conf_high!) covers += first * second;
      if (row.p_equivalence! <= 0.05) claims += first * second;
    }
  }
  return { covers: covers / all, claims: claims / all };
}

// Before: .64 (30 v 300), .41 (15 v 150).
for (const [n, m, share] of [[30, 300, 0.02], [15, 150, 0.05], [40, 400, 0.02], [40, 400, 0.005]] as const) {
  Deno.test(`estimateDrift(answers) covers 0 in 93% where ${n} v ${m} give an answer that ${share} give`, () => {
    const found = everyTable([n, share], [m, share]);
    report(`no drift, ${n} v ${m}, share ${share}`, found);
    assert(found.covers >= 0.93, `covers ${found.covers}`);
  });
}

// Before: .12 to .22 of studies claimed it.
const atMargin = [
  [[25, 0], [25, 0.1]],
  [[25, 0.02], [25, 0.12]],
  [[50, 0], [50, 0.05]],
  [[50, 0.02], [50, 0.07]],
  [[100, 0], [100, 0.05]],
  [[100, 0.02], [100, 0.07]],
  [[15, 0.02], [150, 0.22]],
  [[15, 0.22], [150, 0.02]],
] as const;
for (const [[n, p], [m, q]] of atMargin) {
  Deno.test(`estimateDrift(answers, { margin }) claims it in 6% at most where it is the truth: ${n} v ${m}, ${p} v ${q}`, () => {
    const found = everyTable([n, p], [m, q], Math.abs(p - q));
    report(`at the margin, ${n} v ${m}, ${p} v ${q}`, found);
    assert(found.claims <= 0.06, `claims ${found.claims}`);
    assert(found.covers >= 0.93, `covers ${found.covers}`);
  });
}

Deno.test("estimateDrift(answers, { margin }) does not claim a margin of .1 from 0 and 1 of 25", () => {
  const row = drift(countedTable({ a: [25], b: [24, 1] }), { controls: "control_item", margin: 0.1 });
  // Miettinen and Nurminen's p is .16, the exact one .27.
  assert((row.p_equivalence as number) > 0.1);
  assertEquals(row.verdict, "cannot tell");
});

/** Draws how many of n give each answer. */
function multinomial(n: number, shares: readonly number[], random: RandomStream): number[] {
  const found = shares.map(() => 0);
  for (let unit = 0; unit < n; unit++) {
    let [rest, k] = [random.uniform(), 0];
    while (k < shares.length - 1 && (rest -= shares[k]!) >= 0) k++;
    found[k]!++;
  }
  return found;
}

const collapsed = [0.01, 0.01, 0.94, 0.02, 0.02];
const several: {
  [name: string]: readonly [n: number, p: readonly number[], m: number, q: readonly number[]];
} = {
  "five answers, 94% the same, no drift": [30, collapsed, 300, collapsed],
  "five answers, the small arm agrees": [30, [0.005, 0.005, 0.98, 0.005, 0.005], 300, [
    0.05,
    0.05,
    0.8,
    0.05,
    0.05,
  ]],
  "three answers, 100 v 100": [100, [1, 0, 0], 100, [0.95, 0.025, 0.025]],
  "three answers, 15 v 150": [15, [0.78, 0.11, 0.11], 150, [0.98, 0.01, 0.01]],
};
for (const [name, [n, p, m, q]] of Object.entries(several)) {
  for (const measure of ["total variation", "Wasserstein"] as const) {
    Deno.test(`estimateDrift(answers, { margin }) covers drift of several answers and seldom claims too little: ${measure}, ${name}`, () => {
      const truth = measure === "Wasserstein" ? wasserstein(p, q) : totalVariation(p, q);
      let claims = 0;
      const covers = shareOf(name, (random, seed) => {
        const table = countedTable({ a: multinomial(n, p, random), b: multinomial(m, q, random) });
        const options = {
          controls: "control_item",
          measures: measure,
          seed,
          ...(truth > 0 && { margin: truth }),
        };
        const row = drift(table, options) as { [column: string]: number };
        if (row.p_equivalence! <= 0.05) claims += 1 / studies;
        return Number.isNaN(row.conf_low) || row.conf_low! <= truth + 1e-9 && truth - 1e-9 <= row.conf_high!;
      }, studies);
      report(`${name}, ${measure}`, { covers, claims });
      assert(covers >= 0.93 - error, `covers ${covers}`);
      assert(claims <= 0.06 + error, `claims ${claims}`);
    });
  }
}

/** Personas with replies: how many each was asked for and gave, and how far these follow a leaning of its own. */
function replies(
  { personas, asked, gave, follows }: {
    readonly personas: number;
    readonly asked: (persona: number, random: RandomStream) => number;
    readonly gave: (persona: number, asked: number, arm: string, random: RandomStream) => number;
    readonly follows: number;
  },
  random: RandomStream,
): Table {
  const rows = random.shuffle([...Array(personas).keys()]).flatMap((persona, place) => {
    const arm = place % 2 === 0 ? "control" : "treated";
    const leaning = random.integer(4);
    const times = asked(persona, random);
    const answered = gave(persona, times, arm, random);
    return Array.from({ length: times }, (_, reply) => ({
      persona,
      arm,
      x: reply >= answered ? null : random.uniform() < follows ? leaning : random.integer(4),
    }));
  });
  return tableOf({
    persona_id: rows.map(({ persona }) => persona),
    arm: rows.map(({ arm }) => arm),
    x: rows.map(({ x }) => x),
  });
}

function answeredOf(asked: number, share: number, random: RandomStream): number {
  return Array.from({ length: asked }, () => random.uniform()).filter((point) => point < share).length;
}

const answering: { [name: string]: Parameters<typeof replies>[0] } = {
  // Before: .08 to .09.
  "1 of 60 personas gave 30 replies, the others 1 of 30": {
    personas: 60,
    asked: () => 30,
    gave: (persona) => persona === 0 ? 30 : 1,
    follows: 1,
  },
  "1 to 6 replies were asked for, 0 v .8 refused": {
    personas: 80,
    asked: (_, random) => 1 + random.integer(6),
    gave: (_, asked, arm, random) => arm === "control" ? asked : answeredOf(asked, 0.2, random),
    follows: 0.5,
  },
  "1 to 6 replies were asked for, 0 v .8 refused, replies independent": {
    personas: 80,
    asked: (_, random) => 1 + random.integer(6),
    gave: (_, asked, arm, random) => arm === "control" ? asked : answeredOf(asked, 0.2, random),
    follows: 0,
  },
};
for (const [name, study] of Object.entries(answering)) {
  Deno.test(`estimateDrift(answers) rejects 5% where nobody drifts: ${name}`, () => {
    const rejects = shareOf(name, (random, seed) => {
      const options = { controls: "x", bootstraps: 0, missing: false, seed };
      return (drift(replies(study, random), options).p_value as number) <= 0.05;
    }, studies);
    report(name, { rejects });
    assert(rejects <= 0.05 + error, `rejects ${rejects}`);
  });
}

/** Two controls of which nobody drifts; of the treated 60% refuse, of the others 5%. */
function refused(random: RandomStream): Table {
  const personas = [...Array(120).keys()];
  const arm = personas.map((i) => i % 2 === 0 ? "control" : "treated");
  const answer = (i: number) => {
    const value = random.integer(3);
    return random.uniform() < (i % 2 === 0 ? 0.05 : 0.6) ? null : value;
  };
  return tableOf({ persona_id: personas, arm, x: personas.map(answer), y: personas.map(answer) });
}

Deno.test("estimateDrift(answers) has a joint p-value of the controls, whatever was refused", () => {
  const rejects = shareOf("joint p with refusals", (random, seed) => {
    const options = { controls: ["x", "y"], permutations: 99, bootstraps: 0, seed };
    const rows = rowsOf(estimateDrift(refused(random), options));
    assertEquals(rows.map((row) => Number.isNaN(row.p_joint)), [false, false, true]);
    assertEquals(rows[2]!.verdict, "found");
    return (rows[0]!.p_joint as number) <= 0.05;
  }, studies);
  // Before: all of them.
  report("joint p, refusals 5% v 60%", { rejects });
  assertAlmostEquals(rejects, 0.05, error);
});

/** Pairs of whom 5% give a chance answer the second time, in all categories of a scale of which few are used. */
function pairs(random: RandomStream): Table {
  const shares = [0.5, 0.3, 0.2];
  const first = Array.from({ length: 30 }, () => multinomial(1, shares, random).indexOf(1));
  const second = first.map((answer) => random.uniform() < 0.05 ? random.integer(7) : answer);
  return tableOf({
    persona_id: [...first.keys(), ...second.keys()],
    arm: [...first.map(() => "control"), ...second.map(() => "treated")],
    x: [...first, ...second],
  });
}

Deno.test("estimateDrift({ measures: 'Wasserstein' }) covers what 5% of 30 pairs change, and says that these are few", () => {
  const shares = [0.5, 0.3, 0.2, 0, 0, 0, 0];
  const truth = wasserstein(shares, shares.map((share) => 0.95 * share + 0.05 / 7));
  let rough = 0;
  const covers = shareOf("pairs that seldom change", (random, seed) => {
    const row = drift(pairs(random), { controls: "x", measures: "Wasserstein", seed });
    if ((row.notes as string).includes("is rough")) rough += 1 / studies;
    return (row.conf_low as number) <= truth && truth <= (row.conf_high as number);
  }, studies);
  report("Wasserstein, 30 pairs of whom 5% change", { covers, rough });
  // Fewer than five of 30 change in .98 of studies.
  assert(rough >= 0.9, `said in ${rough}`);
  assert(covers >= 0.93 - error, `covers ${covers}`);
});

Deno.test("checkJointDrift(answers) does not exclude the true distance where it finds nothing", () => {
  // Two controls that hang together among 30 treated, and do not among 300 others.
  const joint = [0.8, 0.05, 0.05, 0.1];
  const others = [0.7225, 0.1275, 0.1275, 0.0225];
  const distance = (k: number, l: number) =>
    Math.sqrt((k & 1) !== (l & 1) ? 1 + Number(k >> 1 !== l >> 1) : Number(k >> 1 !== l >> 1));
  const truth = joint.reduce(
    (sum, _, k) =>
      sum -
      joint.reduce(
        (own, _, l) => own + (joint[k]! - others[k]!) * (joint[l]! - others[l]!) * distance(k, l),
        0,
      ),
    0,
  );
  let [open, silent] = [0, 0];
  shareOf("joint drift", (random, seed) => {
    const all = [[30, joint], [300, others]] as const;
    const rows = all.flatMap(([n, shares], arm) =>
      multinomial(n, shares, random).flatMap((count, k) => Array.from({ length: count }, () => ({ arm, k })))
    );
    const table = tableOf({
      arm: rows.map(({ arm }) => arm),
      x: rows.map(({ k }) => k & 1),
      y: rows.map(({ k }) => k >> 1),
    });
    const row = rowsOf(checkJointDrift(table, { controls: ["x", "y"], permutations: 99, seed }))[0]!;
    if (row.verdict !== "not found") return false;
    silent++;
    const stated = /a distance of up to (\S+) is not excluded/.exec(row.notes as string)!;
    if (Number(stated[1]) >= truth) open++;
    return true;
  }, studies);
  report("what a joint check leaves open", { silent: silent / studies, holds: open / silent });
  assert(open / silent >= 0.95 - error, `${open} of ${silent}`);
});
