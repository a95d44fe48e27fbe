/** A reply's text without what the model thought aloud, and that thought. */
export interface SpokenText {
  /** What was said: no thought in it. */
  readonly text: string;
  /** What was thought; `undefined` where nothing was. */
  readonly thought: string | undefined;
}

const tags = /<(\/?)(?:think|thinking|thought|reasoning)>|\[(\/?)THINK\]/gi;

/**
 * Parts a reply that thinks aloud (`<think>…</think>`, and the other tags that models use) into thought and text.
 *
 * A thought that is not closed runs to the end; where a thought is closed that was not opened (some templates open it
 * in the prompt), all that stands before is thought. Each character is looked at once, whatever the text. A reply that
 * is one JSON value is an answer, also where a text in it names such a tag.
 */
export function splitThought(reply: string): SpokenText {
  const thoughts: string[] = [];
  let spoken: string[] = [];
  let start = 0;
  let open = false;
  for (const match of reply.matchAll(tags)) {
    const closes = match[1] === "/" || match[2] === "/";
    if (open && !closes) continue;
    const part = reply.slice(start, match.index);
    if (open) thoughts.push(part);
    else if (!closes) spoken.push(part);
    else {
      thoughts.push(...spoken, part);
      spoken = [];
    }
    open = !closes;
    start = match.index + match[0].length;
  }
  if (start === 0 || isJson(reply)) return { text: reply, thought: undefined };
  (open ? thoughts : spoken).push(reply.slice(start));
  const thought = thoughts.map((part) => part.trim()).filter((part) => part !== "").join("\n");
  return { text: spoken.join("").trim(), thought: thought === "" ? undefined : thought };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
