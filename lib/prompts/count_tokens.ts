import type { ChatMessage } from "../core/respondent.ts";

/** What a chat template adds to each message. */
const tokensOfMessage = 5;

/** The tokens of a prompt, and about what a chat template adds. */
export function messagesTokens(messages: readonly ChatMessage[], count: (text: string) => number): number {
  return messages.reduce((sum, { content }) => sum + tokensOfMessage + count(content), 0);
}

/** Counts tokens; what stands in many prompts is counted once. */
export async function tokenCounter(): Promise<(text: string) => number> {
  // Loading its vocabulary takes a third of a second, which only who counts pays.
  const { countTokens } = await import("gpt-tokenizer");
  const known = new Map<string, number>();
  return (text) => {
    let tokens = known.get(text);
    // A text that looks like a special token is text.
    if (tokens === undefined) known.set(text, tokens = countTokens(text, { disallowedSpecial: new Set() }));
    return tokens;
  };
}
