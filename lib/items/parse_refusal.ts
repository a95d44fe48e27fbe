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

/** Whether words decline to answer. */
export function declines(words: string): boolean {
  return declining.test(words);
}

/** Whether words refuse to answer a closed question: they decline, or speak as a machine in place of the subject. */
export function refuses(words: string): boolean {
  return declines(words) || machine.test(words);
}

/** Whether a free text refuses to be one. */
export function refusesOpenly(words: string): boolean {
  return openRefusal.test(words) || machine.test(words) && noOpinion.test(words);
}
