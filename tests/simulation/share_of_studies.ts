import { assert } from "@std/assert";
import { type RandomStream, stream } from "@understudy/understudy/core";
import { normalQuantile } from "@understudy/understudy/stats";

/** How many studies: with `UNDERSTUDY_LONG=1` 10,000 or as told, which narrows the bounds by four or more; else few. */
export function repetitionsOf(short: number, long = 10000): number {
  return Deno.env.get("UNDERSTUDY_LONG") === "1" ? long : short;
}

/** How many studies where they are cheap. */
export const repetitions = repetitionsOf(600);

/** Whether a share lies within two-sided binomial bounds: a right one is outside in 1 of 1000 seeds. */
export function assertShare(share: number, expected: number, n: number): void {
  const margin = normalQuantile(0.9995) * Math.sqrt(expected * (1 - expected) / n);
  assert(Math.abs(share - expected) < margin, `${share} is not within ${margin} of ${expected}`);
}

/** Whether a share reaches what is demanded of it: one that just does falls short in 1 of 2000 seeds. */
export function assertAtLeast(share: number, least: number, n: number): void {
  const margin = normalQuantile(0.9995) * Math.sqrt(least * (1 - least) / n);
  assert(share > least - margin, `${share} is more than ${margin} below ${least}`);
}

/** The share of studies, each with a stream of its own, of which something holds. */
export function shareOf(
  name: string,
  holds: (random: RandomStream, repetition: number) => boolean,
  studies = repetitions,
): number {
  let count = 0;
  for (let repetition = 0; repetition < studies; repetition++) {
    if (holds(stream(20260802, name, repetition), repetition)) count++;
  }
  return count / studies;
}
