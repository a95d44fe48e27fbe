/**
 * Prompts: persona, treatment and questions become messages and a JSON schema.
 *
 * @module
 */
export { composePrompt, type ComposePromptOptions } from "./compose_prompt.ts";
export { comparePrompts, type ComparePromptsOptions } from "./compare_prompts.ts";
export { composePrompts } from "./compose_prompts.ts";
