/**
 * Designs and estimators put to the test before any model is paid for: repeated on a world whose truth is known, with
 * the Monte-Carlo error of everything that is said.
 *
 * @module
 */
export * from "./diagnose_design.ts";
export * from "./diagnose_estimator.ts";
export * from "./diagnose_simulations.ts";
export type { Truth } from "./simulated_estimates.ts";
export type { Table } from "../core/table.ts";
