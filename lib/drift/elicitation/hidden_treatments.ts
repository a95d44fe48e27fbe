import type { Treatments } from "../../core/experiment.ts";
import { showValue } from "../../core/errors.ts";

// What stands between slots and tags is the text that every subject of an arm reads.
const templateMarks = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/;

/** Shorter parts and sentences, such as "Good morning", give nothing away. */
const fewestWords = 4;

/** As many words in a row are taken from a text, not met by chance. */
const runLength = 6;

/**
 * Checks that a text that will be sent holds no part of any arm's text: who is asked must not meet the treatment. Parts
 * are texts between slots, sentences, and runs of six words; what stands in all arms is no treatment, and may be said.
 */
export function checkHidden(action: string, text: string, treatments: Treatments | undefined): void {
  const sent = ` ${fold(text)} `;
  const arms = (treatments?.arms ?? []).map((arm) => ({
    name: arm.name,
    plain: arm.wordings.flatMap((wording) => wording.split(templateMarks)),
    filled: arm.wordings.flatMap((wording) => fill(wording, arm.slots).split(templateMarks)),
  }));
  const read = arms.map(({ filled }) => filled.map((part) => ` ${fold(part)} `));
  const inAll = (part: string): boolean =>
    arms.length > 1 && read.every((texts) => texts.some((own) => own.includes(` ${part} `)));
  for (const { name, plain, filled } of arms) {
    const pieces = [
      ...plain.map(fold),
      ...filled.flatMap((part) => [...sentencesOf(part), ...runsOf(part)]),
    ];
    const shown = pieces.find((piece) =>
      piece.split(" ").length >= fewestWords && sent.includes(` ${piece} `) && !inAll(piece)
    );
    if (shown === undefined) continue;
    throw new RangeError(
      `Cannot ${action} as the question would show the treatment: it contains text of arm '${name}', ` +
        `${showValue(shown)}; describe the circumstances in other words`,
    );
  }
}

/** A wording with the values that its arm fills in; what each persona fills in stays a slot. */
function fill(wording: string, slots: Treatments["arms"][number]["slots"]): string {
  return wording.replace(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g, (mark, name) => {
    return Object.hasOwn(slots, name) ? String(slots[name]) : mark;
  });
}

function sentencesOf(text: string): string[] {
  return text.split(/[.!?;:\n]+(?:\s|$)/).map(fold).filter((sentence) => sentence !== "");
}

function runsOf(text: string): string[] {
  const words = fold(text).split(" ");
  return words.slice(runLength - 1).map((_, from) => words.slice(from, from + runLength).join(" "));
}

/** Words without case, punctuation and white space. */
function fold(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");
}
