/**
 * Synthetic answers calibrated with a few people's: intervals that hold whatever the model is worth, and how many people to
 * ask.
 *
 * @module
 */
export type { Basis, Table } from "../core/mod.ts";
export { calibrateEffects, type CalibrateEffectsOptions } from "./calibrate_effects.ts";
export { calibrateMean, type CalibrateMeanOptions } from "./calibrate_mean.ts";
export { calibrateQuantiles, type CalibrateQuantilesOptions } from "./calibrate_quantiles.ts";
export { calibrateRegression, type CalibrateRegressionOptions } from "./calibrate_regression.ts";
export type { MixedEstimatorName } from "./mixed_subjects.ts";
export type { RegressionModel } from "./model_moments.ts";
export type { PairingOptions } from "./paired_answers.ts";
export { planHumanSample, type PlanHumanSampleOptions } from "./plan_human_sample.ts";
export { planMixedSubjects, type PlanMixedSubjectsOptions } from "./plan_mixed_subjects.ts";
export type { Lambda, LambdaOptions } from "./rectified_mean.ts";
