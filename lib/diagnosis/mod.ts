/**
 * Designs put to the test before any model is paid for: repeated on a world whose truth is known, with the Monte-Carlo
 * error of everything that is said.
 *
 * @module
 */
export { diagnoseSimulations, type DiagnoseSimulationsOptions } from "./diagnosands.ts";
export { diagnoseDesign, type DiagnoseDesignOptions } from "./diagnose_design.ts";
export type { Table } from "../core/table.ts";
