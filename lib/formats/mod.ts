/**
 * Formats: what other tools wrote, as answers.
 *
 * @module
 */
export { loadEdsl } from "./edsl.ts";
export type { ImportOptions } from "./imported_answers.ts";
export { loadInspect, type LoadInspectOptions } from "./inspect.ts";
