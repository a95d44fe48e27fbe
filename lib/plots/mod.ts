/**
 * Figures: tidy tables drawn as SVG for notebooks, files and reports.
 *
 * @module
 */
export { type Displayable, jupyterDisplay, type MimeBundle, type Table } from "../core/mod.ts";
export * from "./figure.ts";
export * from "./plot_audit.ts";
export * from "./plot_balance.ts";
export * from "./plot_conjoint.ts";
export * from "./plot_controls.ts";
export * from "./plot_coverage.ts";
export * from "./plot_drift.ts";
export * from "./plot_effects.ts";
export * from "./plot_power.ts";
export * from "./plot_randomization.ts";
export * from "./plot_sensitivity.ts";
export * from "./plot_stability.ts";
export * from "./plot_repair.ts";
export type { RepairRecord } from "./repair_strips.ts";
export * from "./plot_world.ts";
