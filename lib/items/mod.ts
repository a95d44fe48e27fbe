/**
 * Items: kinds of questions, how they read, the JSON schema of their answers, and how a reply is parsed.
 *
 * @module
 */
export * from "./choice.ts";
export * from "./describe_item.ts";
export * from "./item_schema.ts";
export * from "./likert.ts";
export * from "./multiple_choice.ts";
export * from "./number.ts";
export { parseAnswer, type ParsedAnswer } from "./parse_answer.ts";
export * from "./parse_reply.ts";
export * from "./shown_options.ts";
export * from "./text.ts";
export * from "./yes_no.ts";
