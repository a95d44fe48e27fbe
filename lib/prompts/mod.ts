/**
 * Prompts: persona, treatment and questions become messages and a JSON schema.
 *
 * @module
 */
export * from "./compose_prompt.ts";
