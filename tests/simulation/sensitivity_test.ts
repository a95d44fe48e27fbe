/** Coverage of sensitivity analyses where drift is known, by simulation. UNDERSTUDY_LONG=1 draws more often. */
import { assert } from "@std/assert";
import { type RandomStream, type Table, tableOf } from "@understudy/understudy/core";
import {
  estimateBalancedEffects,
  type EstimateBalancedEffectsOptions,
  estimateRobustness,
} from "@understudy/understudy/estimation";
import { repetitions, repetitionsOf, shareOf } from "./share_of_studies.ts";

/** Studies of weighted effects, which take longest. */
const balancedStudies = repetitionsOf(100);

interface Drift {
  /** Units, and how many of them in the arm. */
  readonly sizes: readonly [number, number];
  /** By how much the effect grows with hawk. */
  readonly by: number;
}

interface Person {
  readonly arm: string;
  readonly support: number;
  readonly ideology: string;
  readonly hawk: number;
}

/** People whose ideology and hawk drift with the arm and move support; the effect at hawk = 0 is 1. */
function drawPeople(random: RandomStream, { sizes, by }: Drift): Person[] {
  return Array.from({ length: sizes[0] }, (_, persona) => {
    const treated = persona < sizes[1] ? 1 : 0;
    const right = random.uniform() < (treated ? 0.6 : 0.35) ? 1 : 0;
    const hawk = 0.5 * treated + random.normal();
    const support = treated * (1 + by * hawk) + 1.5 * right + 0.8 * hawk + random.normal();
    return { arm: treated ? "threat" : "control", support, ideology: right ? "right" : "left", hawk };
  });
}

/** One row per person. */
function wideAnswers(people: readonly Person[]): Table {
  const names = ["arm", "support", "ideology", "hawk"] as const;
  return tableOf(Object.fromEntries(names.map((name) => [name, people.map((person) => person[name])])));
}

/** One row per answer. */
function longAnswers(people: readonly Person[]): Table {
  const items = ["support", "ideology", "hawk"] as const;
  const rows = items.flatMap((item) =>
    people.map((person, id) => ({ id, arm: person.arm, item, value: person[item] }))
  );
  return tableOf({
    persona_id: rows.map(({ id }) => id),
    arm: rows.map(({ arm }) => arm),
    item: rows.map(({ item }) => item),
    value: rows.map(({ value }) => value),
    status: rows.map(() => "answered"),
  });
}

const covariates = ["ideology", "hawk"];

function holds(table: Table, row: number, truth: number): boolean {
  return (table.get("conf_low", row) as number) <= truth && truth <= (table.get("conf_high", row) as number);
}

/** Holds that a coverage of 95 in 100 studies is met to within 1, beyond what chance does to the share. */
function assertCoverage(share: number): void {
  const chance = 3.3 * Math.sqrt(0.95 * 0.05 / balancedStudies);
  assert(share > 0.94 - chance && share < Math.min(1, 0.96 + chance), `covers in ${share} of studies`);
}

/** The share of studies in which each estimator's interval covers the truth. */
function coverages(
  name: string,
  drift: Drift,
  truth: number,
  options: Partial<EstimateBalancedEffectsOptions> = {},
  answersOf: (people: readonly Person[]) => Table = wideAnswers,
): number[] {
  const counts = [0, 0, 0];
  shareOf(name, (random) => {
    const table = estimateBalancedEffects(answersOf(drawPeople(random, drift)), {
      outcome: "support",
      covariates,
      ...options,
    });
    counts.forEach((_, row) => counts[row]! += holds(table, row, truth) ? 1 : 0);
    return true;
  }, balancedStudies);
  return counts.map((count) => count / balancedStudies);
}

Deno.test("estimateBalancedEffects(covariates) covers in 95 of 100 studies what the naive interval misses", () => {
  const [naive, balanced, adjusted] = coverages("drift", { sizes: [200, 100], by: 0 }, 1, {}, longAnswers);
  assert(naive! < 0.2, `the naive interval covers ${naive}`);
  assertCoverage(balanced!);
  assertCoverage(adjusted!);
});

Deno.test("estimateBalancedEffects(target) covers the effect on the target's people where effects differ", () => {
  // Hawk is 0.25 on average over both arms, 0.5 in the arm, and 0 in the reference.
  for (const [target, truth] of [["pooled", 1.125], ["arm", 1.25], ["reference", 1]] as const) {
    const drift = { sizes: [200, 100], by: 0.5 } as const;
    const [, balanced, adjusted] = coverages(`drift, target ${target}`, drift, truth, { target });
    assertCoverage(balanced!);
    assertCoverage(adjusted!);
  }
});

Deno.test("estimateBalancedEffects(target) covers the effect on a table of personas", () => {
  const target = tableOf({ ideology: ["left", "left", "right"], hawk: [-0.2, 0.4, 1] });
  const drift = { sizes: [200, 100], by: 0.5 } as const;
  const [, balanced, adjusted] = coverages("drift, personas", drift, 1 + 0.5 * 0.4, { target });
  assertCoverage(balanced!);
  assertCoverage(adjusted!);
});

/** Personas in both arms: their level is their own, and hawk is imagined anew in each. */
function drawWithin(random: RandomStream): Table {
  const columns = {
    persona_id: [] as number[],
    arm: [] as string[],
    hawk: [] as number[],
    y: [] as number[],
  };
  for (let persona = 0; persona < 80; persona++) {
    const level = random.normal();
    for (const treated of [0, 1]) {
      const hawk = 0.5 * treated + random.normal();
      columns.persona_id.push(persona);
      columns.arm.push(treated ? "threat" : "control");
      columns.hawk.push(hawk);
      columns.y.push(treated + 0.8 * hawk + level + 0.5 * random.normal());
    }
  }
  return tableOf(columns);
}

Deno.test("estimateBalancedEffects(persona_id) covers in 95 of 100 studies where personas are in both arms", () => {
  const counts = [0, 0, 0];
  shareOf("within", (random) => {
    const table = estimateBalancedEffects(drawWithin(random), { outcome: "y", covariates: "hawk" });
    counts.forEach((_, row) => counts[row]! += holds(table, row, 1) ? 1 : 0);
    return true;
  }, balancedStudies);
  const [naive, balanced, adjusted] = counts.map((count) => count / balancedStudies);
  assert(naive! < 0.6, `the naive interval covers ${naive}`);
  assertCoverage(balanced!);
  assertCoverage(adjusted!);
});

Deno.test("estimateRobustness(strength) takes off at least the bias where the confounder is as strong as the benchmark", () => {
  // Seen and hidden attribute drift alike and move the outcome alike: a confounder once as strong as the benchmark.
  let [plain, adjusted] = [0, 0];
  shareOf("robustness", (random) => {
    const columns = { arm: [] as number[], seen: [] as number[], y: [] as number[] };
    for (let i = 0; i < 240; i++) {
      const arm = i % 2;
      const [seen, hidden] = [0.5 * arm + random.normal(), 0.5 * arm + random.normal()];
      columns.arm.push(arm);
      columns.seen.push(seen);
      columns.y.push(1.5 * arm + seen + hidden + random.normal());
    }
    const options = { outcome: "y", reference: 0, covariates: "seen", strengths: [1] };
    const table = estimateRobustness(tableOf(columns), options);
    plain += (table.get("estimate", 0) as number) / repetitions;
    adjusted += (table.get("estimate", 1) as number) / repetitions;
    return true;
  });
  // In the population: 2 without, and 2 - 0.5667 with the worst case of such a confounder, whose actual bias is 0.5.
  assert(Math.abs(plain - 2) < 0.03, `${plain}`);
  assert(Math.abs(adjusted - 1.4333) < 0.03, `${adjusted}`);
});
