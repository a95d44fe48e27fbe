import type { Treatments } from "../../core/experiment.ts";
import { showValue } from "../../core/errors.ts";

// What stands between slots and tags is the text that every subject of an arm reads.
const templateMarks = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/;

/** Shorter parts, such as "Good morning", give nothing away. */
const fewestWords = 4;

/** Checks that a text that will be sent holds no part of any arm's text: who is asked must not meet the treatment. */
export function checkHidden(action: string, text: string, treatments: Treatments | undefined): void {
  const folded = fold(text);
  for (const arm of treatments?.arms ?? []) {
    const shown = arm.wordings.flatMap((wording) => wording.split(templateMarks)).map(fold)
      .find((part) => part.split(" ").length >= fewestWords && folded.includes(part));
    if (shown === undefined) continue;
    throw new RangeError(
      `Cannot ${action} as the question would show the treatment: it contains text of arm '${arm.name}', ` +
        `${showValue(shown)}; describe the circumstances in other words`,
    );
  }
}

/** Words without case, punctuation and white space. */
function fold(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");
}
