import { cannot, checkText } from "../core/mod.ts";
import { normalizeText } from "./normalize_text.ts";

/** Checks that a list of options has at least two, and that no two read the same. */
export function checkOptionList(action: string, answers: readonly string[]): void {
  if (!Array.isArray(answers) || answers.length < 2) {
    throw new TypeError(cannot(action, "answers", "be a list of at least two options", answers));
  }
  const seen = new Map<string, string>();
  for (const answer of answers) {
    checkText(action, "answers", answer);
    const key = normalizeText(answer);
    const other = seen.get(key);
    if (other !== undefined) {
      throw new RangeError(
        cannot(action, "answers", "differ by more than case and punctuation", [other, answer]),
      );
    }
    seen.set(key, answer);
  }
}
