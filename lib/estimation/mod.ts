/**
 * Effects of treatments with their uncertainty, from answers or from any table.
 *
 * @module
 */
export * from "./estimate_effects.ts";
export * from "./estimate_effects_options.ts";
export type { Basis, Table } from "../core/mod.ts";
