import { normalizeText } from "./normalize_text.ts";

// What may stand before an answer without changing it. What is not listed makes a text unreadable, not readable.
const article = "(?:an? (?=[+-]?\\d|yes$|no$))?";
const noun =
  "(?:answers?|responses?|ratings?|scores?|choices?|selections?)(?: to (?:this|that|the) question)?";
const named = `(?:(?:an?|my|the|final|overall|honest|correct) ){0,3}${noun}`;
const frames = [
  /^(?:(?:sure|okay|certainly|of course)[,.!:]* )?here(?:'s| is| are) (?=my )/,
  new RegExp(`^${named} ?[:=] ?(?=\\S)`),
  new RegExp(`^${named} (?:is|are|would be|will be|of) ?:? ?${article}(?=\\S)`),
  new RegExp(
    `^i(?:'d|'ll| would| will)? (?:say|rate (?:it|this)(?: as| at)?|give (?:it|this)) ?:? ${article}(?=\\S)`,
  ),
  /^i(?:'d|'ll| would| will)? (?:choose|pick|select|answer(?: with)?|respond with|go with) ?:? (?=\S)/,
  /^(?:it|this|that)(?:'s| is| would be) (?:an? )?(?=[+-]?\d|yes$|no$)/,
];

/** The readings of a text as a framed answer ("my answer is 5", "I would say 5"): as it stands, then unframed. */
export function answerForms(text: string): string[] {
  const forms = [text];
  // Frames nest ("Here is my answer: I would say a 5"), but never deeply.
  for (let depth = 0; depth < 4; depth++) {
    const current = forms[forms.length - 1]!;
    const frame = frames.find((pattern) => pattern.test(current));
    if (frame === undefined) break;
    forms.push(normalizeText(current.replace(frame, "")));
  }
  return forms;
}

const object =
  / (?:with )?(?:it|this|that|(?:the|this|that) (?:statement|policy|proposal|idea|measure|reform|plan|claim|law))$/;

/** What a sentence in the first person states: "I strongly agree with it" states "strongly agree". */
export function statedForms(text: string): string[] {
  return answerForms(text).flatMap((form) => {
    const stated = /^(?:i'd|i would|i'm|i am|i) (.+)$/.exec(form)?.[1];
    return stated === undefined ? [] : [stated, stated.replace(object, "")];
  });
}
