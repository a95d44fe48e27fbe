/**
 * Formats: what other tools wrote and what people answered, from files; and twins of these people.
 *
 * @module
 */
export { opinionQaCodebook, qualtricsCodebook, twin2kCodebook } from "./codebooks.ts";
export { describeTwins, type DescribeTwinsOptions } from "./describe_twins.ts";
export { loadEdsl } from "./edsl.ts";
export { type CodebookEntry, loadHuman, type LoadHumanOptions } from "./human.ts";
export type { ImportOptions } from "./imported_answers.ts";
export { loadInspect, type LoadInspectOptions } from "./inspect.ts";
export { loadWorkbook, type LoadWorkbookOptions, writeWorkbook } from "./workbooks/load_workbook.ts";
export type { Sheet, SheetCell } from "./workbooks/sheet_rows.ts";
export type { FacilitatorFunction } from "./workbooks/module_sheets.ts";
export type { Workbook } from "./workbooks/workbook.ts";
export { writeRunTables, type WriteRunTablesOptions } from "./workbooks/write_run_tables.ts";
export { loadQualtrics, type QualtricsSurvey } from "./qualtrics.ts";
export { writeQualtrics } from "./write_qualtrics.ts";
