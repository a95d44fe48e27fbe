import type { Treatments } from "../../core/experiment.ts";

// Words of questions and of any text, which say nothing about what it is about.
const commonWords = new Set(
  ("about above after again against agree ago all almost already also although always among and another answer any " +
    "anyone anything are around ask asked because been before being below between both but can cannot choose come " +
    "could day did does doing done down during each either else even ever every everyone few first following for from " +
    "further gets give given goes going had has have having here herself himself his how however into its itself just " +
    "kind know last least less like likely little long made make many may might month more most mostly much must " +
    "myself name near never new next none not nothing now off often once one only option options other others our " +
    "ourselves out over own people per perhaps person please point question rather read really same say says scale " +
    "several shall she should since some someone something soon still such take than that the their them themselves " +
    "then there these they thing things think this those through time times today together too under until upon use " +
    "used using usually very want was way week well were what when where whether which while who whom whose why will " +
    "with within without would year years yes yet you your yours yourself").split(" "),
);

/** The stems of the words that say what a text is about: longer words, without their endings. */
function contentWords(text: string): Set<string> {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return new Set(words.filter((word) => word.length > 3 && !commonWords.has(word)).map(stem));
}

// The first six letters: "border" and "borders", "nation" and "national" are one. Errs to the safe side: a control
// that only seems to share a word is left out.
function stem(word: string): string {
  const singular = word.length > 4 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
  return [...singular].slice(0, 6).join("");
}

/** The content words of every arm's text, and of what is filled into it. */
export function treatmentWords(treatments: Treatments): Set<string> {
  const texts = treatments.arms.flatMap((arm) => [
    ...arm.wordings.map((wording) => wording.replace(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g, " ")),
    ...Object.values(arm.slots).map(String),
  ]);
  return contentWords(texts.join("\n"));
}

/** The content words of a text that also stand in another's set. */
export function sharedWords(text: string, words: ReadonlySet<string>): string[] {
  return [...contentWords(text)].filter((word) => words.has(word));
}
