import { assert } from "@std/assert";
import {
  checkAcquiescence,
  checkCorrectAnswers,
  checkDiversity,
  checkGeneralisation,
  checkHeldOutStudies,
  checkManipulation,
  checkPosition,
  checkScales,
  checkSubgroupErrors,
  checkSycophancy,
} from "@understudy/understudy/audit";
import { type RandomStream, stream, type Table, tableOf } from "@understudy/understudy/core";
import { normalQuantile } from "@understudy/understudy/stats";
import { repetitionsOf, shareOf as shareOfStudies } from "./share_of_studies.ts";

const repetitions = repetitionsOf(50);

/** The share of studies of which something holds. */
function shareOf(name: string, holds: (random: RandomStream) => boolean, studies = repetitions): number {
  return shareOfStudies(name, holds, studies);
}

const options = ["a", "b", "c"];
const weights = [5, 3, 2];

/**
 * Holds that a share lies within two-sided binomial bounds (a right one is outside in 1 of 1000 seeds) of what it should
 * be, with one point allowed for: discrete statistics and intervals of large-sample theory do not hit a level exactly.
 * Of 150 studies or more a right check rejects none, and a right interval covers all, in fewer than 1 of 2000 seeds:
 * these fail too, which the normal approximation alone would let pass.
 */
function assertShare(share: number, expected: number, n: number): void {
  const margin = 0.01 + normalQuantile(0.9995) * Math.sqrt(expected * (1 - expected) / n);
  assert(Math.abs(share - expected) < margin, `${share} is not within ${margin} of ${expected}`);
  assert(n < 150 || (share > 0 && share < 1), `${share} of ${n} studies`);
}

/** A Likert answer from 1 to 5 around a level. */
const answer = (random: RandomStream, level = 3, deviation = 1.2): number =>
  Math.max(1, Math.min(5, Math.round(level + deviation * random.normal())));

/** Personas that answer `replicates` times, with half of the variance between them. */
function repeated(
  random: RandomStream,
  n: number,
  replicates: number,
): { persona_id: number[]; level: number[] } {
  const level = Array.from({ length: n }, () => Math.SQRT1_2 * random.normal());
  const persona_id = level.flatMap((_, id) => Array<number>(replicates).fill(id));
  return { persona_id, level: persona_id.map((id) => level[id]! + Math.SQRT1_2 * random.normal()) };
}

const covers = (table: Table, truth: number, row = 0): boolean =>
  table.get("conf_low", row) <= truth && truth <= table.get("conf_high", row);

Deno.test("checkCorrectAnswers(answers) finds one answer in fewer than 5 of 100 studies in which fewer give it", () => {
  const found = (n: number, given: number, threshold: number) =>
    shareOf(`threshold ${n} ${given}`, (random) => {
      const item = Array.from({ length: n }, () => random.uniform() < given ? "yes" : "no");
      const check = checkCorrectAnswers(tableOf({ item }), { items: "item", threshold });
      return check.get("verdict", 0) === "found";
    });
  for (const [n, given, threshold] of [[20, 0.95, 0.99], [100, 0.95, 0.95], [400, 0.98, 0.99]] as const) {
    const share = found(n, given, threshold);
    // Nominal: half of 5%, of a discrete interval.
    assert(share < 0.05 + 3.3 * Math.sqrt(0.05 * 0.95 / repetitions), `${share} of ${n}`);
  }
});

for (const replicates of [1, 3]) {
  const named = replicates === 1 ? "one reply each" : `${replicates} replies each`;

  Deno.test(`checkCorrectAnswers(answers) has intervals that cover the share in 95 of 100 studies: ${named}`, () => {
    const share = shareOf(`correct ${replicates}`, (random) => {
      const { persona_id, level } = repeated(random, 80, replicates);
      // P(level > -1.2815516) = 0.9
      const value = level.map((x) => x > -1.2815515655446 ? "yes" : "no");
      return covers(checkCorrectAnswers(tableOf({ persona_id, item: value }), { items: "item" }), 0.9);
    });
    assertShare(share, 0.95, repetitions);
  });

  Deno.test(`checkAcquiescence(answers) rejects in 5 of 100 studies and covers in 95: ${named}`, () => {
    let covered = 0;
    const rejected = shareOf(`acquiescence ${replicates}`, (random) => {
      const { persona_id, level } = repeated(random, 40, replicates);
      const item = level.map((x) => 3 + x + 0.5 * random.normal());
      const reversed = level.map((x) => 3 - 0.5 * x + 0.5 * random.normal());
      const pairs = [{ item: "item", reversed: "reversed", scale: [1, 5] as const }];
      const check = checkAcquiescence(tableOf({ persona_id, item, reversed }), { pairs });
      if (covers(check, 0)) covered++;
      return check.get("verdict", 0) === "found";
    });
    assertShare(rejected, 0.05, repetitions);
    assertShare(covered / repetitions, 0.95, repetitions);
  });

  Deno.test(`checkSycophancy(answers) rejects in 5 of 100 studies and covers a shift in 95: ${named}`, () => {
    let covered = 0;
    const rejected = shareOf(`sycophancy ${replicates}`, (random) => {
      const { persona_id, level } = repeated(random, 40, replicates);
      const arm = persona_id.map((id) => id % 4 === 0 ? "pro" : "contra");
      const clean = level.map((x) => 3 + x);
      const moved = clean.map((x, i) => x + (arm[i] === "pro" ? 0.4 : -0.4));
      const asked = { items: ["clean", "moved"], opinions: { pro: 1, contra: -1 } as const };
      const check = checkSycophancy(tableOf({ persona_id, arm, clean, moved }), asked);
      if (covers(check, 0.4, 1)) covered++;
      return check.get("p_value", 0) < 0.05;
    });
    assertShare(rejected, 0.05, repetitions);
    assertShare(covered / repetitions, 0.95, repetitions);
  });

  Deno.test(`checkDiversity(answers) of numbers rejects in at most 5 of 100 studies and covers in 95: ${named}`, () => {
    let covered = 0;
    const rejected = shareOf(`diversity ${replicates}`, (random) => {
      const { persona_id, level } = repeated(random, 80, replicates);
      const human = tableOf({
        item: Array.from({ length: 100 }, () => 5 + random.normal()),
        narrow: Array.from({ length: 100 }, () => 5 + 2 * random.normal()),
      });
      const answers = tableOf({ persona_id, item: level, narrow: level });
      const check = checkDiversity(answers, { human, items: ["item", "narrow"] });
      if (covers(check, -Math.log(4), 1)) covered++;
      return check.get("p_value", 0) < 0.05;
    });
    // Deals take one reply of each persona, and intervals are at least the jackknife's: both err to the wide side.
    assertShare(Math.max(rejected, 0.05), 0.05, repetitions);
    assertShare(Math.min(covered / repetitions, 0.95), 0.95, repetitions);
  });

  Deno.test(`checkDiversity(answers) of names rejects in at most 5 of 100 studies and covers in 95: ${named}`, () => {
    const cut = (x: number) => x < 0 ? "a" : x < 0.8416212 ? "b" : "c";
    let covered = 0;
    const rejected = shareOf(`entropy ${replicates}`, (random) => {
      const { persona_id, level } = repeated(random, 100, replicates);
      // The same entropy with other names in front; then one of two equally likely names.
      const human = tableOf({
        item: Array.from({ length: 120 }, () => cut(-random.normal()).replace("a", "c!")),
        narrow: Array.from({ length: 120 }, () => options[random.integer(2)]),
      });
      const answers = tableOf({ persona_id, item: level.map(cut), narrow: level.map(cut) });
      const check = checkDiversity(answers, { human, items: ["item", "narrow"] });
      const truth = -0.5 * Math.log(0.5) - 0.3 * Math.log(0.3) - 0.2 * Math.log(0.2);
      if (covers(check, truth - Math.LN2, 1)) covered++;
      return check.get("p_value", 0) < 0.05;
    });
    // Deals take one reply of each persona.
    assertShare(Math.max(rejected, 0.05), 0.05, repetitions);
    assertShare(Math.min(covered / repetitions, 0.95), 0.95, repetitions);
  });

  Deno.test(`checkPosition(answers) rejects in 5 of 100 studies without position effects: ${named}`, () => {
    let late = 0;
    const rejected = shareOf(`position ${replicates}`, (random) => {
      const check = checkPosition(positionStudy(random, { n: 40, replicates, strength: 0 }), { draws: 199 });
      if (check.get("p_value", 2) <= 0.05) late++;
      return check.get("p_value", 0) <= 0.05;
    });
    assertShare(rejected, 0.05, repetitions);
    assertShare(late / repetitions, 0.05, repetitions);
  });
}

Deno.test("checkSycophancy(answers) finds flattery in at most 6 of 100 studies where three items are at the floor", () => {
  const studies = repetitionsOf(60, 2000);
  const arm = [10, 150, 30].flatMap((n, at) => Array<string>(n).fill(["pro", "contra", "none"][at]!));
  const found = shareOf("floor", (random) => {
    const item = () => arm.map(() => 1 + random.index([90, 6, 4]));
    const check = checkSycophancy(tableOf({ arm, one: item(), two: item(), three: item() }), {
      items: ["one", "two", "three"],
      opinions: { pro: 1, contra: -1, none: 0 },
      draws: 500,
    });
    return check.array("verdict").includes("found");
  }, studies);
  assert(found < 0.06 + 3.3 * Math.sqrt(0.06 * 0.94 / studies), `${found}`);
});

/** Answers of one distribution, given by few beside many, by most alike, or with a long tail; in names and numbers. */
const spreads: {
  [name: string]: [own: number, people: number, draw: (random: RandomStream) => number | string];
} = {
  "nine of ten give one name": [10, 150, (random) => options[random.index([9, 1])]!],
  "five names": [30, 30, (random) => ["a", "b", "c", "d", "e"][random.index([5, 2, 1, 1, 1])]!],
  "a floor": [30, 300, (random) => [1, 2, 4][random.index([90, 7, 3])]!],
  "a floor, people few": [300, 30, (random) => [1, 2, 4][random.index([97, 2, 1])]!],
  "a long tail": [30, 30, (random) => -Math.log(1 - random.uniform())],
};
for (const [name, [own, people, draw]] of Object.entries(spreads)) {
  Deno.test(`checkDiversity(answers) calls equal spreads unequal in at most 6 of 100 studies: ${name}`, () => {
    const studies = repetitionsOf(60, 2000);
    const rejected = shareOf(`spread ${name}`, (random) => {
      const sample = (n: number) => tableOf({ item: Array.from({ length: n }, () => draw(random)) });
      const check = checkDiversity(sample(own), { human: sample(people), items: "item", draws: 400 });
      return check.get("verdict", 0) === "found";
    }, studies);
    assert(rejected < 0.06 + 3.3 * Math.sqrt(0.06 * 0.94 / studies), `${rejected} of ${studies}`);
  });
}

/** Options in random order; with some probability the first one shown is taken, else one by its content. */
function positionStudy(
  random: RandomStream,
  { n, replicates, strength }: { n: number; replicates: number; strength: number },
): Table {
  const order = Array.from({ length: n }, () => random.shuffle(options));
  const place = order.map(() => 1 + random.integer(4));
  const favourite = order.map(() => options[random.index(weights)]!);
  const persona_id = order.flatMap((_, id) => Array<number>(replicates).fill(id));
  const value = persona_id.map((id) => {
    if (random.uniform() < strength) return order[id]![0];
    return random.uniform() < 0.5 ? favourite[id] : options[random.index(weights)];
  });
  return tableOf({
    persona_id,
    item: persona_id.map(() => "news"),
    value,
    option_order: persona_id.map((id) => JSON.stringify(order[id])),
    item_position: persona_id.map((id) => place[id]),
  });
}

Deno.test("checkPosition(answers) has intervals that cover the added chance in 95 of 100 studies", () => {
  const share = shareOf("position interval", (random) => {
    // P(first is chosen) gains 0.3, and 0.3 is lost by each other place in proportion to content: the sum is 0.3.
    const check = checkPosition(positionStudy(random, { n: 150, replicates: 2, strength: 0.3 }), {
      draws: 20,
    });
    return covers(check, 0.3);
  });
  assertShare(share, 0.95, repetitions);
});

Deno.test("checkPosition(answers) finds an item order effect on numbers in 5 of 100 studies without, and covers one", () => {
  let covered = 0;
  const rejected = shareOf("item order", (random) => {
    const ids = Array.from({ length: 80 }, (_, id) => id);
    const item_position = ids.map(() => 1 + random.integer(2));
    const study = (shift: number) =>
      tableOf({
        persona_id: ids,
        item: ids.map(() => "trust"),
        value: ids.map((id) => random.normal() + (item_position[id] === 2 ? shift : 0)),
        item_position,
      });
    const moved = checkPosition(study(1), { draws: 20 });
    // Of a mixture of two halves one apart the standard deviation is √1.25.
    if (covers(moved, 1 / Math.sqrt(1.25), 1)) covered++;
    return checkPosition(study(0), { draws: 199 }).get("p_value", 1) <= 0.05;
  });
  assertShare(rejected, 0.05, repetitions);
  // The standard deviation is taken as known: of large differences the interval is a little wide.
  assertShare(Math.min(covered / repetitions, 0.95), 0.95, repetitions);
});

Deno.test("checkManipulation(answers) finds a difference in 5 of 100 studies where no arm noticed anything", () => {
  let right = 0;
  const noticed = shareOf("manipulation", (random) => {
    const { persona_id, level } = repeated(random, 40, 2);
    const arms = random.shuffle(Array.from({ length: 40 }, (_, id) => id % 3 === 0 ? "threat" : "control"));
    const value = level.map((x) => x < -0.4 ? "drill" : x < 0.5 ? "attack" : "nothing");
    const answers = tableOf({ persona_id, arm: persona_id.map((id) => arms[id]), item: value });
    const check = checkManipulation(answers, { item: "item", expected: { threat: "attack" }, draws: 199 });
    if (check.get("p_value", 1) <= 0.05) right++;
    return check.get("p_value", 0) <= 0.05;
  });
  assertShare(noticed, 0.05, repetitions);
  assertShare(right / repetitions, 0.05, repetitions);
});

Deno.test("checkSubgroupErrors(answers) rejects in 5 of 100 studies with equal errors, and covers unequal ones", () => {
  const studies = repetitionsOf(30);
  let covered = 0;
  let single = 0;
  const rejected = shareOf("subgroups", (random) => {
    const side = (n: number, error: (group: number) => number) => {
      const group = Array.from({ length: n }, (_, i) => i % 5 === 0 ? 0 : 1 + i % 2);
      const item = group.map((of) => of + (1 + of / 2) * random.normal() + 0.5);
      return tableOf({
        group: group.map((of) => `g${of}`),
        item,
        moved: item.map((value, i) => value + error(group[i]!)),
      });
    };
    const human = side(60, () => 0);
    const check = checkSubgroupErrors(side(75, (group) => group === 0 ? 1 : 0), {
      human,
      groups: "group",
      items: ["item", "moved"],
    });
    if (covers(check, 1, 5)) covered++;
    if (check.get("p_value", 1) < 0.05) single++;
    return check.get("p_value", 0) < 0.05;
  }, studies);
  assertShare(rejected, 0.05, studies);
  assertShare(single / studies, 0.05, studies);
  assertShare(covered / studies, 0.95, studies);
});

Deno.test("checkScales(answers) rejects in 5 of 100 studies with people's reliability, and covers another", () => {
  const studies = repetitions > 1000 ? 2000 : 20;
  let [alpha, omega, covered, reverse] = [0, 0, 0, 0];
  const scale = (random: RandomStream, n: number, noise: number) => {
    const trait = Array.from({ length: n }, () => random.normal());
    const item = (sign: number) => trait.map((x) => sign * x + noise * random.normal());
    return tableOf({ one: item(1), two: item(1), three: item(1), four: item(-1) });
  };
  const scales = { s: { items: ["one", "two", "three", "four"], reversed: ["four"] } };
  for (let study = 0; study < studies; study++) {
    const random = stream(20260802, "scales", study);
    const human = scale(random, 150, 1);
    const same = checkScales(scale(random, 120, 1), { scales, human, draws: 100, seed: study });
    const other = checkScales(scale(random, 120, 0.5), { scales, human, draws: 100, seed: study });
    if (same.get("p_value", 0) < 0.05) alpha++;
    if (same.get("p_value", 1) < 0.05) omega++;
    // 1 - alpha is noise² / (noise² + 4): 1/5 against (1/4) / (17/4) = 1/17.
    if (covers(other, Math.log(17 / 5), 0)) covered++;
    // The correlation of one item with the mean of three: 3 / √(2 · (9 + 3)).
    if (covers(same, -3 / Math.sqrt(2 * 12), 3)) reverse++;
  }
  assertShare(alpha / studies, 0.05, studies);
  assertShare(omega / studies, 0.05, studies);
  assertShare(covered / studies, 0.95, studies);
  assertShare(reverse / studies, 0.95, studies);
});

Deno.test("checkGeneralisation(answers) rejects in 5 of 100 studies at the null, and covers in 95", () => {
  let [covered, between] = [0, 0];
  const rejected = shareOf("generalisation", (random) => {
    const arm = Array.from({ length: 90 }, (_, i) => ["control", "known", "paraphrase"][i % 3]!);
    const y = arm.map((name) => (name === "control" ? 0 : 1) + random.normal());
    // The true effect lies halfway; the published ones are themselves estimates.
    const original = { estimate: 2 + 0.1 * random.normal(), stdError: 0.1 };
    const replication = { estimate: 0.1 * random.normal(), stdError: 0.1 };
    const check = checkGeneralisation(tableOf({ arm, y }), {
      outcome: "y",
      known: "known",
      reference: "control",
      unpublished: "paraphrase",
      original,
      replication,
    });
    if (covers(check, 0, 0)) covered++;
    if (covers(check, 0.5, 1)) between++;
    return check.get("p_value", 0) < 0.05;
  });
  assertShare(rejected, 0.05, repetitions);
  assertShare(covered / repetitions, 0.95, repetitions);
  assertShare(between / repetitions, 0.95, repetitions);
});

Deno.test("checkHeldOutStudies(studies) rejects in 5 of 100 sets of studies that are alike, and covers in 95", () => {
  let covered = 0;
  const rejected = shareOf("held out", (random) => {
    const published = random.shuffle(Array.from({ length: 30 }, (_, i) => i < 12));
    const human = published.map(() => random.normal());
    const synthetic = human.map((effect) => effect + 0.3 * random.normal());
    const check = checkHeldOutStudies(tableOf({ published, human, synthetic }), { draws: 199 });
    if (covers(check, 0)) covered++;
    return check.get("p_value", 0) <= 0.05;
  });
  assertShare(rejected, 0.05, repetitions);
  assertShare(covered / repetitions, 0.95, repetitions);
});

Deno.test("a respondent without fault is called a problem in at most 5 of 100 studies over several checks", () => {
  const found = shareOf("family", (random) => {
    const study = () => Array.from({ length: 60 }, () => answer(random));
    const answers = tableOf({ one: study(), two: study(), three: study() });
    const human = tableOf({ one: study(), two: study(), three: study() });
    const check = checkDiversity(answers, { human, items: ["one", "two", "three"] });
    return check.array("verdict").includes("found");
  });
  assertShare(Math.max(found, 0.05), 0.05, repetitions);
});
