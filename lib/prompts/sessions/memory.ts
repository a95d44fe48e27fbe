import type { ChatMessage } from "../../core/respondent.ts";

/** What a member remembers: a message's part. */
interface Part {
  readonly role: "user" | "assistant";
  readonly text: string;
  /** A line was said by somebody: lines fade, nothing else does. */
  readonly kind: "told" | "asked" | "line";
  /** Whether the treatment stands in it. */
  readonly isTreated?: boolean;
}

/**
 * What one was told, asked, answered, said and heard. Own lines and replies are the assistant's messages; all between them
 * is one message of the user's.
 */
export class Memory {
  readonly #parts: Part[] = [];
  readonly #last: number;
  #lines = 0;
  /** Whether the treatment faded before anything was asked. */
  hasFaded = false;
  #isAsked = true;

  /** @param last how many of the last lines are remembered; `null` for all */
  constructor(last: number | null) {
    this.#last = last ?? Infinity;
  }

  /** Keeps what was told. */
  tell(text: string): void {
    if (text !== "") this.#parts.push({ role: "user", text, kind: "told" });
  }

  /** Keeps what was asked. */
  ask(text: string): void {
    this.#parts.push({ role: "user", text, kind: "asked" });
  }

  /** Keeps what was replied. */
  reply(text: string): void {
    this.#parts.push({ role: "assistant", text, kind: "asked" });
  }

  /** Keeps a line that was said or heard; the first beyond the last ones fades for good. */
  keepLine(role: Part["role"], text: string, isTreated = false): void {
    this.#parts.push({ role, text, kind: "line", isTreated });
    if (isTreated) this.#isAsked = false;
    if (++this.#lines <= this.#last) return;
    const [faded] = this.#parts.splice(this.#parts.findIndex(({ kind }) => kind === "line"), 1);
    this.#lines--;
    if (faded!.isTreated && !this.#isAsked) this.hasFaded = true;
  }

  /** Keeps a text unless it was told before. */
  tellOnce(text: string): void {
    if (!this.#parts.some((part) => part.text === text)) this.tell(text);
  }

  /** Whether the last that is remembered is one's own, or nothing is. */
  get isOwnTurn(): boolean {
    return this.#parts.at(-1)?.role !== "user";
  }

  /** What was told, without questions and lines: what a judge knows. */
  get toldTexts(): string[] {
    return this.#parts.filter(({ kind }) => kind === "told").map(({ text }) => text);
  }

  /** The messages of a call, which ends with texts that are not kept. */
  messages(system: string | null, ending: readonly string[]): ChatMessage[] {
    this.#isAsked = true;
    const messages: ChatMessage[] = system === null ? [] : [{ role: "system", content: system }];
    let open: string[] = [];
    const close = () => {
      if (open.length > 0) messages.push({ role: "user", content: open.join("\n\n") });
      open = [];
    };
    for (const { role, text } of this.#parts) {
      if (role === "user") {
        open.push(text);
        continue;
      }
      close();
      const last = messages.at(-1);
      // Chat templates want turns to alternate, the user's first.
      if (last?.role === "assistant") {
        messages[messages.length - 1] = { role, content: `${last.content}\n\n${text}` };
      } else if (last?.role === "user") messages.push({ role, content: text });
      else messages.push({ role: "user", content: "Begin." }, { role, content: text });
    }
    for (const text of ending) if (text !== "") open.push(text);
    close();
    return messages;
  }
}
