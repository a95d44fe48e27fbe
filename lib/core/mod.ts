/**
 * Types, table contracts, errors, checks, keyed random streams and hashes: what every other part stands on.
 *
 * @module
 */
export * from "./canonical_hash.ts";
export * from "./canonical_json.ts";
export * from "./checks.ts";
export * from "./columns.ts";
export * from "./display.ts";
export * from "./errors.ts";
export * from "./escape_html.ts";
export * from "./experiment.ts";
export * from "./format_value.ts";
export * from "./find_reference.ts";
export * from "./outcome.ts";
export * from "./phrases.ts";
export * from "./render_table.ts";
export * from "./request_key.ts";
export * from "./respondent.ts";
export * from "./stream.ts";
export * from "./table.ts";
export * from "./version.ts";
