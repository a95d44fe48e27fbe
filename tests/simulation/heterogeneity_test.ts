/** Size and coverage of estimateHeterogeneity, by simulation. UNDERSTUDY_LONG=1 draws ten times as often. */
import { assert } from "@std/assert";
import { type Columns, type RandomStream, stream, tableOf } from "@understudy/understudy/core";
import { estimateHeterogeneity } from "@understudy/understudy/estimation";
import { normalQuantile } from "@understudy/understudy/stats";

const repetitions = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 5000 : 500;
type Row = { [column: string]: number } & { quantity: string };

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
  let count = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const table = tableOf(draw(stream(20260806, name, repetition), study.effect, study.slope));
    const found = estimateHeterogeneity(table, { outcome: "y", arm: "z", reference: 0, by });
    if (holds(found.objects() as Row[])) count++;
  }
  const share = count / repetitions;
  const margin = normalQuantile(0.9995) * Math.sqrt(expected * (1 - expected) / repetitions);
  assert(Math.abs(share - expected) < margin, `${share} is not within ${margin} of ${expected}`);
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
