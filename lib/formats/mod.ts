/**
 * Formats: what other tools wrote, and people's answers from files of your own, as tables of answers.
 *
 * @module
 */
export { opinionQaCodebook, qualtricsCodebook, twin2kCodebook } from "./codebooks.ts";
export { loadEdsl } from "./edsl.ts";
export { type CodebookEntry, loadHuman, type LoadHumanOptions } from "./human.ts";
export type { ImportOptions } from "./imported_answers.ts";
export { loadInspect, type LoadInspectOptions } from "./inspect.ts";
