/**
 * Items: kinds of questions, how they read, the JSON schema of their answers, and how a reply is parsed.
 *
 * @module
 */
export * from "./kinds.ts";
export { type ChoiceOptions, optionLetter } from "./option_list.ts";
export type { ParsedAnswer, ReplyAnswer, ShownOptions } from "./questionnaire.ts";
export { declaredOptions, describeItem, drawOptionOrder, parseAnswer, parseReply } from "./questionnaire.ts";
export { replySchema } from "./questionnaire.ts";
