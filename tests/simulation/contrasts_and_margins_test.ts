import { assert } from "@std/assert";
import { columnOf, stream, tableOf } from "@understudy/understudy/core";
import { estimateContrasts } from "@understudy/understudy/estimation";
import { checkMargins } from "@understudy/understudy/personas";

const long = Deno.env.get("UNDERSTUDY_LONG") === "1";

/** Asserts that a share lies within two-sided binomial bounds of its level: one false alarm in 10,000. */
function assertShare(count: number, of: number, level: number, slack = 0): void {
  const bound = 3.9 * Math.sqrt(level * (1 - level) / of) + slack;
  assert(Math.abs(count / of - level) <= bound, `${count} of ${of} is not ${level} ± ${bound.toFixed(4)}`);
}

Deno.test("estimateContrasts(archive) has intervals that cover 95% and p-values of size 5%", () => {
  const studies = long ? 20_000 : 3000;
  const study: number[] = [];
  const arm: string[] = [];
  const y: number[] = [];
  for (let s = 0; s < studies; s++) {
    const random = stream(7, "archive", s);
    for (let i = 0; i < 21; i++) {
      study.push(s);
      arm.push("abc"[i % 3]!);
      y.push(random.normal() + (i % 3 === 1 ? 0.5 : 0));
    }
  }
  const found = estimateContrasts(tableOf({ study, arm, y }), { outcome: "y", by: "study", reference: "a" });
  const term = columnOf<string>(found, "arm");
  const low = columnOf<number>(found, "conf_low");
  const high = columnOf<number>(found, "conf_high");
  const p = columnOf<number>(found, "p_value");
  const rows = term.map((_, row) => row);
  assertShare(
    rows.filter((row) => term[row] === "b" && low[row]! <= 0.5 && 0.5 <= high[row]!).length,
    studies,
    0.95,
  );
  assertShare(rows.filter((row) => term[row] === "c" && p[row]! <= 0.05).length, studies, 0.05);
});

Deno.test("checkMargins(personas) has p-values of size 5% and intervals of shares that cover 95%", () => {
  const samples = long ? 10_000 : 800;
  const targets = { party: { A: 0.5, B: 0.3, C: 0.2 } };
  let rejected = 0;
  let covered = 0;
  for (let sample = 0; sample < samples; sample++) {
    const random = stream(8, "margins", sample);
    const party = Array.from({ length: 300 }, () => "ABC"[random.index([0.5, 0.3, 0.2])]!);
    const check = checkMargins(tableOf({ persona_id: party.map((_, i) => i), party }), targets);
    const row = columnOf(check, "level").indexOf("B");
    if (columnOf<number>(check, "p_value")[row]! <= 0.05) rejected++;
    const [low, high] = [
      columnOf<number>(check, "conf_low")[row]!,
      columnOf<number>(check, "conf_high")[row]!,
    ];
    if (low <= 0.3 && 0.3 <= high) covered++;
  }
  // Both are approximations for counts: a little slack beside the binomial bounds.
  assertShare(rejected, samples, 0.05, 0.005);
  assertShare(covered, samples, 0.95, 0.005);
});
