/** Size and coverage of estimateHeterogeneity, by simulation. UNDERSTUDY_LONG=1 draws many more. */
import { type Columns, type RandomStream, tableOf } from "@understudy/understudy/core";
import { estimateHeterogeneity } from "@understudy/understudy/estimation";
import { assertAtLeast, assertShare, repetitionsOf, shareOf } from "./share_of_studies.ts";

const repetitions = repetitionsOf(400, 5000);
type Row = { [column: string]: number } & { quantity: string; subgroup: string };

/** Three subgroups, and a number that adds `slope` to the effect per unit; noise is larger in the arm. */
function draw(random: RandomStream, effect: number, slope: number): Columns {
  const place = Array.from({ length: 180 }, (_, i) => ["a", "b", "c"][i % 3]!);
  const z = place.map((_, i) => i % 2);
  const x = place.map(() => random.normal());
  const y = z.map((arm, i) => x[i]! + (effect + slope * x[i]!) * arm + random.normal() * (1 + arm));
  return { place, z, x, y };
}

function assertRate(
  name: string,
  by: string,
  study: { effect: number; slope: number },
  expected: number,
  holds: (rows: readonly Row[]) => boolean,
): void {
  const share = shareOf(`heterogeneity, ${name}`, (random) => {
    const table = tableOf(draw(random, study.effect, study.slope));
    const found = estimateHeterogeneity(table, { outcome: "y", arm: "z", reference: 0, by });
    return holds(found.objects() as Row[]);
  }, repetitions);
  assertShare(share, expected, repetitions);
}

Deno.test("estimateHeterogeneity(table): the test of equal effects rejects in 5 of 100 studies where they are", () => {
  assertRate(
    "equal",
    "place",
    { effect: 0.5, slope: 0 },
    0.05,
    (rows) => rows.find(({ quantity }) => quantity === "equal_effects")!.p_value! < 0.05,
  );
});

Deno.test("estimateHeterogeneity(table): Holm finds an effect in some subgroup in at most 5 of 100 studies without any", () => {
  // Three independent tests at 0.05 / 3: 1 - (1 - 0.05 / 3)³ = 0.0492.
  assertRate(
    "holm",
    "place",
    { effect: 0, slope: 0 },
    1 - (1 - 0.05 / 3) ** 3,
    (rows) => rows.some(({ quantity, p_adjusted }) => quantity === "subgroup_effect" && p_adjusted! < 0.05),
  );
});

Deno.test("estimateHeterogeneity(table): intervals of slopes cover in 95 of 100 studies", () => {
  assertRate("slope", "x", { effect: 0.5, slope: 0.4 }, 0.95, (rows) => {
    const row = rows.find(({ quantity }) => quantity === "effect_difference")!;
    return row.conf_low! <= 0.4 && 0.4 <= row.conf_high!;
  });
});

/** Subgroups of 36, 15 and 9, of which the smaller ones vary more; the treatment does nothing. */
function unlikeSubgroups(random: RandomStream): Columns {
  const place = [..."a".repeat(36), ..."b".repeat(15), ..."c".repeat(9)];
  const spread: { [place: string]: number } = { a: 1, b: 1.5, c: 2 };
  return {
    place,
    z: random.shuffle(place.map((_, i) => i % 2)),
    y: place.map((own) => spread[own]! * random.normal()),
  };
}

// Nominal .05 and .95. Measured with 5,000 studies (Monte-Carlo error .003): .051 and .952; with residual degrees of freedom
// .097 and .906.
Deno.test("estimateHeterogeneity(table) holds its level where subgroups are unlike: 60, 25 and 15% of 60", () => {
  const studies = repetitionsOf(400, 5000);
  let [tested, kept] = [0, 0];
  const covered = shareOf("heterogeneity, unlike", (random) => {
    const table = tableOf(unlikeSubgroups(random));
    const rows = estimateHeterogeneity(table, { outcome: "y", arm: "z", reference: 0, by: "place" })
      .objects() as Row[];
    const joint = rows.find(({ quantity }) => quantity === "equal_effects")!;
    if (!Number.isNaN(joint.p_value)) tested++;
    if (joint.p_value! >= 0.05) kept++;
    const small = rows.find(({ quantity, subgroup }) =>
      quantity === "effect_difference" && subgroup === "c"
    )!;
    // An arm with one unit of the subgroup has no interval: that claims nothing.
    return Number.isNaN(small.conf_low) || (small.conf_low! <= 0 && 0 <= small.conf_high!);
  }, studies);
  assertAtLeast(covered, 0.93, studies);
  assertAtLeast(kept / tested, 0.935, tested);
});
