/**
 * What subjects go through: the steps of a session, roles, who hears whom, orders of speakers, games.
 *
 * @module
 */
export type * from "../core/protocol.ts";
export * from "./assign_groups.ts";
export * from "./declare_protocol.ts";
export * from "./games/mod.ts";
export * from "./hearing.ts";
export { lines, model, script, seat } from "./roles.ts";
export { scoreChoices, type ScoreChoicesOptions } from "./score_choices.ts";
export * from "./speaking_orders.ts";
export { ask, play, probe, rounds, say, type StepOptions, tell, treatment } from "./steps.ts";
