/** The longest text that may be a value, and the most layers of marks around one: more costs time and says nothing. */
const longestText = 20_000;
const mostLayers = 12;

/** Folds what does not change an answer's meaning: width, case, quotes, emphasis, white space, a closing stop. */
export function normalizeText(text: string): string {
  // What is cut off may have changed the meaning: with an ellipsis the rest is no value.
  if (text.length > longestText) return `${fold(text.slice(0, longestText))} \u2026`;
  let current = fold(text);
  for (let layer = 0; layer < mostLayers; layer++) {
    const next = unwrap(current);
    if (next === current || next === "") break;
    current = next;
  }
  return current;
}

function fold(text: string): string {
  // Nothing in ASCII has two forms.
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase().replace(/\s+/g, " ").trim();
  return text // Sorting a run of marks takes time that grows faster than the run: no letter has more (UAX #15, Stream-Safe).
    .replace(/(\p{Mark}{30})\p{Mark}+/gu, "$1") // NFKC would join a number and its exponent or fraction: 10² is not 102, 5½ is not 51/2.
    .replace(/(?<=\p{Nd})\p{No}/gu, "^$&").replace(/\p{No}(?=\p{Nd})/gu, "$&^").normalize("NFKC")
    .toLowerCase()
    .replace(/[\u00ad\u200b\u2060\ufeff]/g, "").replace(/[\u2018\u2019\u201a]/g, "'")
    .replace(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"').replace(/\s+/g, " ").trim();
}

/** Takes off one layer: paired marks around words, a pair around the whole, stops at the end. */
function unwrap(text: string): string {
  const bare = text.replace(
    /(?<![\p{L}\p{N}])(\*{1,3}|_{1,2}|`{1,3}|")(\S(?:.{0,200}?\S)?)\1(?![\p{L}\p{N}])/gu,
    "$2",
  ).replace(/^'(.+)'$/, "$1");
  let end = bare.length;
  while (end > 0 && ".! ".includes(bare[end - 1]!)) end--;
  return bare.slice(0, end).trim();
}

// What may stand before an answer without changing it. What is not listed makes a text unreadable, not readable.
const article = "(?:an? (?=[+-]?\\d|yes$|no$))?";
const noun =
  "(?:answers?|responses?|ratings?|scores?|choices?|selections?|rankings?|allocations?)(?: to (?:this|that|the) question)?";
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

const unwilling = "(?:(?:would |'d )?(?:much |really )?(?:prefer not to|rather not)" +
  "|(?:must |have to |will |'ll )?(?:respectfully |politely )?(?:declin(?:e|ing)|refuse)(?: to)?" +
  "|can ?not|can't|won't|will not|(?:don't|do not) (?:want|wish) to" +
  "|(?:am |'m )?(?:\\w+ )?(?:unable to|not able to|not comfortable(?: with)?|(?:not willing|unwilling) to))";
const adverb = "(?:(?:really|personally|honestly|ethically|directly|possibly|truthfully) )?";
const act =
  "(?:answer(?:ing)?|respond(?:ing)?|reply|comply|assist|participat(?:e|ing)|take part|comment(?:ing)?" +
  "|role-?play|provid(?:e|ing)|shar(?:e|ing)|disclos(?:e|ing))";

const declining = new RegExp(
  // "I can't say I support it" says something; "I can't say" does not.
  `(?:^|\\bi ?|[,.;:] |\\bbut )${unwilling} ${adverb}(?:${act}\\b|say(?:ing)?\\b(?! \\w)|help\\b(?! (?:but|it|\\w+ing)\\b))` +
    "|^(?:i )?(?:must )?(?:respectfully )?(?:decline|refuse)$|\\bno comment\\b",
);
const machine =
  /\bas an? (?:ai|artificial intelligence|(?:large )?language model)(?: (?:language )?model| assistant| system)?(?:,| i\b|$)/;

// A free text may speak of what one cannot say or share; only a sentence about the question itself refuses.
const opening =
  "^(?:(?:(?:i'm|i am) (?:\\w+ )?sorry|sorry|my apologies|i apologi[sz]e|unfortunately)[,.;:]?(?: but)? )?" +
  "(?:as an? (?:ai|(?:large )?language model)(?: (?:language )?model| assistant)?,? )?";
const target =
  "(?: you)?(?: (?:with|to|in|on))?(?: (?:that|this|it|(?:this|that|the|your|these|such) (?:\\w+ )?(?:question|request|survey|questionnaire|scenario|task|role-?play)s?))?(?:[.,;!]|$)";
const openRefusal = new RegExp(
  `${opening}(?:i ?${unwilling} ${adverb}(?:${act}|say|help(?= you| with))${target}` +
    "|i (?:must )?(?:respectfully )?decline(?:[.,;!]|$))|^(?:prefer not to|rather not) (?:say|answer)$|^no comment$",
);
const noOpinion = new RegExp(
  `${opening}i (?:do not|don't) have (?:personal |any |political )*(?:opinion|view|belief|feeling)s?\\b`,
);

export function declines(words: string): boolean {
  return declining.test(words);
}

/** Whether words refuse to answer a closed question: they decline, or speak as a machine in place of the subject. */
export function refuses(words: string): boolean {
  return declines(words) || machine.test(words);
}

export function refusesOpenly(words: string): boolean {
  return openRefusal.test(words) || machine.test(words) && noOpinion.test(words);
}

// What follows an answer may take it back. Words that may as well explain it ("I actually know soldiers", "I would not
// change my answer") do not.
const answerNoun =
  "(?:answers?|responses?|ratings?|scores?|choices?|selections?|rankings?|numbers?|values?|mind)";
const changing =
  "(?:chang(?:e|ing)|revis(?:e|ing)|correct(?:ing)?|retract(?:ing)?|reconsider(?:ing)?|updat(?:e|ing)" +
  "|amend(?:ing)?|withdraw(?:ing)?|adjust(?:ing)?|switch(?:ing)?)";
const retracting = new RegExp(
  "(?:^|[.!?;:,\u2026)] ?|- )(?:(?:oh|but|hmm+|um|and|sorry),? ){0,3}(?:wait\\b(?! for)|hold on\\b|correction\\b|oops\\b" +
    "|scratch that|strike that|on (?:second|further) thoughts?|on (?:further )?reflection|no[,:;.]? (?:wait|sorry|actually|i mean|make|\\d)" +
    "|(?:or )?(?:maybe|perhaps|rather|better|instead|make (?:it|that)|let's (?:say|make it))\\b.{0,20}\\d" +
    "|(?:sorry|apologies|my (?:mistake|bad|apologies)),? (?:i meant|it|that|this|the|my)" +
    "|(?:or )?actually,? (?:no\\b|not\\b|make|let me|wait|scratch|\\d|(?:my|the|a better) |(?:it|that|this)(?:'s| is|'d| would| should)" +
    ` |i(?:'d| would|'ll| will| want| meant| think| should| need)))` +
    `|(?<!\\bnot |\\bnever |n't |\\bto not |\\bnot to |\\bno need to |\\bneed not |\\bno reason to )\\b(?:${changing} (?:(?:that|this|it|my|the) (?:previous |first |earlier |initial |last )?${answerNoun}` +
    "|(?:that|this|it|them|myself)(?: (?:to|from|into)\\b|[.,;!]|$)))" +
    `|\\bchanged (?:my mind|(?:my|the) ${answerNoun})|\\btake (?:that|it|this) back\\b|\\bi (?:meant|mis(?:read|spoke|typed|counted)|made (?:a mistake|an error))\\b` +
    `|\\b(?:that|it|this|(?:my|the|which) ${answerNoun}) should (?:actually |instead |really )?(?:be|have been|say|read)\\b(?=.{0,30}(?:\\d|instead|not|"))` +
    `|\\b(?:ignore|disregard|forget|discard) (?:that|this|it|(?:the|my) (?:above|previous|first|earlier|initial|json|last|${answerNoun}))` +
    `|\\b(?:the|my) (?:correct|corrected|revised|updated|amended|new|real|true|actual) ${answerNoun} (?:is|are|would be|should be|:)`,
);

/** Whether what follows answers, under their names, takes them back. */
export function retracts(words: string, names: readonly string[]): boolean {
  const said = normalizeText(words.replace(/\n+/g, ". "));
  return retracting.test(said) || names.some((name) => said.includes(`${name.toLowerCase()} should be `));
}
