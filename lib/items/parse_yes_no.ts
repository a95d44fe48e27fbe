import { showValue } from "../core/mod.ts";
import { normalizeText } from "./normalize_text.ts";
import { answerForms } from "./parse_frame.ts";
import type { Reading } from "./reading.ts";

const yes = /^(?:yes|yeah|yep|y|true|1|yes \(1\)|1 \(yes\))$/;
const no = /^(?:no|nope|n|false|0|no \(0\)|0 \(no\))$/;

// What may follow a yes or a no: only what says the same again. "Yes, I did not" and "No, but …" are neither.
const verb = "(?:do|did|have|had|am|was|would|will|could|should|is|are|were|does|has)";
const subject = "(?:i|it|they|we|he|she)";
const affirming = new RegExp(
  `^(?:${subject} (?:(?:certainly|definitely|absolutely) )?(?:${verb}|can)(?: so)?|definitely|absolutely|certainly|of course|indeed|always|very much(?: so)?|once|twice)$`,
);
const denying = new RegExp(
  `^(?:${subject} (?:${verb}(?:n't| not)|can't|cannot|won't|never (?:do|did|have|had|would|will))|i'm not|never|not at all|(?:definitely|absolutely|certainly|of course) not)$`,
);

/** Reads yes (1) or no (0). */
export function parseYesNo(raw: unknown): Reading {
  if (typeof raw === "boolean") return { value: raw ? 1 : 0 };
  if (raw === 1 || raw === 0) return { value: raw + 0 };
  if (typeof raw === "string") {
    for (const form of answerForms(normalizeText(raw))) {
      const [, word, rest] = /^(yes|no) ?[,.;:!\u2013\u2014-] ?(.+)$/.exec(form) ?? [];
      if (yes.test(form) || word === "yes" && affirming.test(rest!)) return { value: 1 };
      if (no.test(form) || word === "no" && denying.test(rest!)) return { value: 0 };
    }
  }
  return { reason: `${showValue(raw)} is neither yes nor no` };
}
