/** One benchmark: what it times, what it should take, and what other software takes on the same kind of machine. */
export interface Bench {
  /** What is computed, and on how much data. */
  readonly name: string;
  /** What it should take at most, in seconds. */
  readonly targetSeconds: number;
  /** Seconds that other software takes, recorded on a machine with 2 cores. */
  readonly references: { readonly [software: string]: number };
  /** A Python program on the same kind of data that prints its seconds: run in the same hour, where its package is there. */
  readonly python?: string;
  /** Generates the data, from a seed, and returns what is timed. */
  readonly prepare: () => () => unknown;
}
