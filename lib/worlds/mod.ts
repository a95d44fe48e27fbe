/**
 * Worlds: declared causal models of people with known truth, and the answers they give to a prompt.
 *
 * @module
 */
export type { PersonaOptions } from "./answer_shares.ts";
export type { AttributeBase, AttributePredictor, AttributeShares } from "./attributes.ts";
export type { CategoricalAttribute, Cell, NumericAttribute, OrdinalAttribute, People } from "./attributes.ts";
export type { PeopleDeclaration, SharesAttribute, WorldAttributeDeclaration } from "./attributes.ts";
export type { LatentShift, WorldBehaviour } from "./behaviour.ts";
export type { World, WorldDeclaration, WorldPhrase, WorldPhrases } from "./declaration.ts";
export * from "./declare_world.ts";
export { explainWorld } from "./explain_world.ts";
export * from "./influence_truth.ts";
export type { WorldAttribute, WorldChoice, WorldItem, WorldProfileChoice, WorldScale } from "./item_kinds.ts";
export type { WorldYesNo } from "./item_kinds.ts";
export { worldPeople } from "./people.ts";
export type { Coefficients, Interaction, Levels, LinearPredictor, StimulusEffect } from "./predictor.ts";
export type { ReadyWorldName, WorldContrast } from "./ready_faults.ts";
export * from "./ready_study.ts";
export type { WorldConditions } from "./scenes.ts";
export type { WorldParts } from "./shapes.ts";
export * from "./truth.ts";
