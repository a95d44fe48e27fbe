import { assert } from "@std/assert";
import { type RandomStream, type Table, tableOf } from "@understudy/understudy/core";
import { declareAssignment, rerandomize } from "@understudy/understudy/designs";
import {
  checkSharpNull,
  estimateConstantEffect,
  estimateEffects,
  estimateRerandomizedEffect,
} from "@understudy/understudy/estimation";
import { assertShare, repetitions, shareOf } from "./share_of_studies.ts";

const truth = 0.7;
const draws = { permutations: 99, exactLimit: 0 } as const;
const rule = { covariates: "age", probability: 0.1 } as const;

/** A small study, skewed, whose outcome goes with the balanced covariate. */
function study(random: RandomStream, effect: number): Table {
  const age = Array.from({ length: 18 }, () => random.normal());
  const assignment = declareAssignment({ n: 18 });
  const arm = rerandomize(assignment, { table: tableOf({ age }), ...rule }).assign(random.bits());
  const y = age.map((x, i) => 2 * x + Math.exp(random.normal()) + (arm[i] === "treated" ? effect : 0));
  return tableOf({ arm, age, y });
}

Deno.test("checkSharpNull(rerandomize) rejects a true null in 5 of 100 studies", () => {
  const share = shareOf("rerandomised", (random, seed) => {
    const found = checkSharpNull(study(random, 0), { outcome: "y", rerandomize: rule, seed, ...draws });
    return (found.get("p_value", 0) as number) <= 0.05;
  });
  assertShare(share, 0.05, repetitions);
});

Deno.test("estimateConstantEffect(rerandomize) covers in 95 of 100 studies", () => {
  const share = shareOf("rerandomised, effect", (random, seed) => {
    const table = study(random, truth);
    const effect = estimateConstantEffect(table, { outcome: "y", rerandomize: rule, seed, ...draws });
    return effect.get("conf_low", 0) <= truth && truth <= effect.get("conf_high", 0);
  });
  assertShare(share, 0.95, repetitions);
});

Deno.test("estimateRerandomizedEffect(table) covers in 95 of 100 studies, where the usual interval is too wide", () => {
  const rule = { covariates: ["age", "income"], probability: 0.05 } as const;
  let usual = 0;
  const share = shareOf("rerandomised, average", (random) => {
    const n = 100;
    const age = Array.from({ length: n }, () => random.normal());
    const income = Array.from({ length: n }, () => random.normal());
    const drawn = rerandomize(declareAssignment({ n }), { table: tableOf({ age, income }), ...rule });
    const arm = drawn.assign(random.bits());
    const y = age.map((x, i) => x + income[i]! + random.normal() + (arm[i] === "treated" ? truth : 0));
    const table = tableOf({ arm, age, income, y });
    const covers = (effect: Table) =>
      effect.get("conf_low", 0) <= truth && truth <= effect.get("conf_high", 0);
    if (covers(estimateEffects(table, { outcome: "y" }))) usual++;
    return covers(estimateRerandomizedEffect(table, { outcome: "y", rerandomize: rule }));
  });
  assertShare(share, 0.95, repetitions);
  assert(usual / repetitions > 0.985);
});
