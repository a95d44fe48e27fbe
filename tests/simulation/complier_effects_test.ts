/** Coverage and size of estimateComplierEffects, by simulation. UNDERSTUDY_LONG=1 draws twenty times as often. */
import { assert } from "@std/assert";
import { type Columns, type RandomStream, stream, tableOf } from "@understudy/understudy/core";
import { estimateComplierEffects } from "@understudy/understudy/estimation";
import { normalQuantile } from "@understudy/understudy/stats";

const repetitions = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 5000 : 250;
const truth = 0.5;
type Row = { [column: string]: number } & { quantity: string };

/** Assignments move a dose, which shares `confounding` with the outcome. */
function draw(random: RandomStream, n: number, strength: number, confounding: number): Columns {
  const z = Array.from({ length: n }, (_, i) => i % 2);
  const z2 = z.map(() => random.normal());
  const hidden = z.map(() => random.normal());
  const d = z.map((value, i) =>
    strength * (value + 0.5 * z2[i]!) + confounding * hidden[i]! + random.normal()
  );
  const y = d.map((dose, i) => truth * dose + hidden[i]! + random.normal() * (1 + z[i]!) / 1.5);
  return { z, z2, d, y, cluster: z.map((_, i) => i >> 2) };
}

function rate(
  name: string,
  study: (random: RandomStream) => Columns,
  options: { instruments?: string[]; clusters?: string },
  holds: (rows: readonly Row[]) => boolean,
): number {
  let count = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const table = tableOf(study(stream(20260803, name, repetition)));
    const found = estimateComplierEffects(table, {
      outcome: "y",
      treatment: "d",
      instruments: ["z"],
      ...options,
    });
    if (holds(found.objects() as Row[])) count++;
  }
  return count / repetitions;
}

function assertRate(found: number, expected: number): void {
  const margin = normalQuantile(0.9995) * Math.sqrt(expected * (1 - expected) / repetitions);
  assert(Math.abs(found - expected) < margin, `${found} is not within ${margin} of ${expected}`);
}

const of = (rows: readonly Row[], quantity: string) => rows.find((row) => row.quantity === quantity)!;
const covers = (quantity: string) => (rows: readonly Row[]) => {
  const row = of(rows, quantity);
  return row.conf_low! <= truth && truth <= row.conf_high!;
};
const rejects = (quantity: string) => (rows: readonly Row[]) => of(rows, quantity).p_value! < 0.05;

Deno.test("estimateComplierEffects(table) has intervals that cover in 95 of 100 studies: strong instrument", () => {
  const name = "strong";
  assertRate(rate(name, (random) => draw(random, 200, 2, 1), {}, covers("effect")), 0.95);
});

Deno.test("estimateComplierEffects(table): Anderson-Rubin covers in 95 of 100 studies, however weak the instrument", () => {
  assertRate(rate("weak", (random) => draw(random, 120, 0.1, 2), {}, covers("anderson_rubin")), 0.95);
});

Deno.test("estimateComplierEffects(table) with clusters has intervals that cover in 95 of 100 studies", () => {
  const study = (random: RandomStream) => {
    const columns = draw(random, 240, 2, 1) as { [name: string]: number[] };
    const level = Array.from({ length: 60 }, () => random.normal());
    return { ...columns, y: columns.y!.map((value, i) => value + level[columns.cluster![i]!]!) };
  };
  assertRate(rate("clusters", study, { clusters: "cluster" }, covers("effect")), 0.95);
});

Deno.test("estimateComplierEffects(table): Wu-Hausman rejects in 5 of 100 studies without confounding", () => {
  assertRate(rate("exogenous", (random) => draw(random, 200, 1, 0), {}, rejects("wu_hausman")), 0.05);
});

Deno.test("estimateComplierEffects(table): overidentification rejects in 5 of 100 studies with valid instruments", () => {
  const options = { instruments: ["z", "z2"] };
  assertRate(
    rate("valid", (random) => draw(random, 300, 2, 1), options, rejects("overidentification")),
    0.05,
  );
});

Deno.test("estimateComplierEffects(table): weak instruments of no strength are found out in 95 of 100 studies", () => {
  assertRate(rate("none", (random) => draw(random, 100, 0, 1), {}, rejects("weak_instruments")), 0.05);
});
