/**
 * What subjects go through: the steps of a session, roles, who hears whom, orders of speakers, games.
 *
 * @module
 */
export type { Game, Protocol, SessionView } from "../core/protocol.ts";
export * from "./games/mod.ts";
export { scoreChoices, type ScoreChoicesOptions } from "./score_choices.ts";
