/**
 * Understudy: synthetic experiments, in which language models stand in for human subjects, from the population to a
 * report. Who → what → who gets what → ask → effect → drift → repair → record: each step is one verb, takes the
 * table of the step before, and returns a table.
 *
 * @module
 */
export * from "./lib/core/mod.ts";
export * from "./lib/designs/mod.ts";
export * from "./lib/drift/mod.ts";
export * from "./lib/estimation/mod.ts";
export * from "./lib/items/mod.ts";
export * from "./lib/personas/mod.ts";
export * from "./lib/plots/mod.ts";
export * from "./lib/prompts/mod.ts";
export * from "./lib/report/mod.ts";
export * from "./lib/respondents/mod.ts";
export * from "./lib/runner/mod.ts";
export * from "./lib/store/mod.ts";
export * from "./lib/treatments/mod.ts";
export * from "./lib/worlds/mod.ts";
