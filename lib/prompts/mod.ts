/**
 * Prompts: persona, treatment and questions become messages and a JSON schema.
 *
 * @module
 */
export { composePrompt, type ComposePromptOptions } from "./compose_prompt.ts";
