/**
 * Figures: tidy tables drawn as SVG for notebooks, files and reports.
 *
 * @module
 */
export { type Displayable, jupyterDisplay, type MimeBundle, type Table } from "../core/mod.ts";
export type { Specifications } from "../estimation/specifications.ts";
export { type AxisFigureOptions, Figure, type FigureOptions, type StackedFigureOptions } from "./figure.ts";
export * from "./rows/plot_attrition.ts";
export * from "./rows/plot_audit.ts";
export * from "./rows/plot_balance.ts";
export * from "./rows/plot_calibration.ts";
export * from "./rows/plot_conjoint.ts";
export * from "./rows/plot_controls.ts";
export * from "./rows/plot_coverage.ts";
export * from "./rows/plot_distributions.ts";
export { plotDrift, type PlotDriftOptions } from "./rows/plot_drift.ts";
export { plotEffects, type PlotEffectsOptions, type TrueEffect } from "./rows/plot_effects.ts";
export * from "./rows/plot_fidelity.ts";
export * from "./rows/plot_randomization.ts";
export * from "./rows/plot_repair.ts";
export * from "./rows/plot_sensitivity.ts";
export * from "./curves/plot_agreement.ts";
export { plotPower, type PlotPowerOptions } from "./curves/plot_power.ts";
export { plotPrecision, type PlotPrecisionOptions } from "./curves/plot_precision.ts";
export * from "./curves/plot_specifications.ts";
export * from "./curves/plot_stability.ts";
export * from "./graph/plot_network.ts";
export * from "./graph/plot_protocol.ts";
export * from "./graph/plot_world.ts";
