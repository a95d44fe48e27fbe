/**
 * Items: kinds of questions, how they read, the JSON schema of their answers, and how a reply is parsed.
 *
 * @module
 */
export * from "./kinds.ts";
export { type ChoiceOptions, optionLetter } from "./option_list.ts";
export {
  declaredOptions,
  describeItem,
  drawOptionOrder,
  parseAnswer,
  type ParsedAnswer,
  parseReply,
  type ReplyAnswer,
  replySchema,
  type ShownOptions,
} from "./questionnaire.ts";
