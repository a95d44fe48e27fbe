import { assert } from "@std/assert";
import { type RandomStream, stream } from "@understudy/understudy/core";
import { normalQuantile } from "@understudy/understudy/stats";

/** `UNDERSTUDY_LONG=1` draws more than ten times as often, which narrows the bounds by about four. */
export const repetitions = Deno.env.get("UNDERSTUDY_LONG") === "1" ? 10000 : 600;

/** Whether a share lies within two-sided binomial bounds: a right one is outside in 1 of 1000 seeds. */
export function assertShare(share: number, expected: number, n: number): void {
  const margin = normalQuantile(0.9995) * Math.sqrt(expected * (1 - expected) / n);
  assert(Math.abs(share - expected) < margin, `${share} is not within ${margin} of ${expected}`);
}

/** The share of studies, each with a stream of its own, of which something holds. */
export function shareOf(name: string, holds: (random: RandomStream, repetition: number) => boolean): number {
  let count = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    if (holds(stream(20260802, name, repetition), repetition)) count++;
  }
  return count / repetitions;
}
