/** What a chat template adds to each message. */
export const tokensOfMessage = 5;

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
