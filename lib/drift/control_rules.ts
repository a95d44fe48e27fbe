import type { Treatments } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import { declaredOptions, kindOf } from "../items/questionnaire.ts";
import { columnName } from "./list_questions.ts";

/** A question that may serve as a negative control, or why it may not. */
export interface ControlCandidate {
  /** The item's name, or one that an item may have; of an attribute that may not serve its own. */
  readonly control: string;
  readonly question: string;
  /** Its answers; empty where they are not a short list. */
  readonly options: readonly string[];
  readonly source: "rule" | "respondent";
  readonly usable: boolean;
  /** Whether no rule knows: a respondent may then decide. */
  readonly undecided?: boolean;
  readonly reason: string;
}

/** What no control may be about: outcomes, what the persona text states, and content words of the treatments. */
export interface ControlLimits {
  readonly outcomes: readonly string[];
  readonly stated: readonly string[];
  readonly words: ReadonlySet<string>;
}

// English questions only; a question that no rule knows is not offered.
const attitude =
  /\b(support|oppose|agree|favou?r|approve|feel|think|believe|should|trust|like|want|prefer|opinion|important|worr|afraid|fear|concern|intend|plan to|will you|would you|how likely)/i;
const pastBehaviour =
  /\b(did you|have you|has your|had you|were you|last (week|month|year|election|time)|past (week|month|year|\w+ (days|weeks|months|years))|how often do you|usually|do you (usually|regularly)|where do you (get|read|watch|listen)|ever)\b/i;
const longHeldTrait =
  /\b(born|grew up|raised|religio\w*|denomination|church|education|degree|school|married|marital|children|household|home ?owner|own (a|an|your)|live[sd]?|region|county|state|employ\w*|occupation|job|income|age|gender|sex|race|ethnic\w*|language|party|ideolog\w*|identify|left or right|liberal or conservative|handed|height|eye colou?r|birth\w*|siblings|newspaper|news source)\b/i;

const noRule = "no rule knows whether the treatment may change it: judge for yourself";

/** Why a name or question may not serve whatever it asks; `null` where it may. */
function whyExcluded(name: string, text: string, limits: ControlLimits): string | null {
  if (limits.outcomes.includes(name)) return "it is an outcome";
  if (limits.stated.some((stated) => name === stated || name === askedName(stated))) {
    return "the persona text states it, so that it cannot move";
  }
  const shared = [...contentWords(text)].filter((word) => limits.words.has(word));
  if (shared.length > 0) return `its words stand in the treatments too (${shared.join(", ")}…)`;
  return null;
}

/** The name of a question that asks for an attribute: no item may have the name of the attribute itself. */
export function askedName(attribute: string): string {
  return `asked_${columnName(attribute)}`.slice(0, 64);
}

export function judgeItem(item: Item, limits: ControlLimits): ControlCandidate {
  const { name: control, text: question } = item;
  const text = [question, ...item.options ?? []].join("\n");
  const not = whyExcluded(control, text, limits) ?? kindOf(item).uncountable ?? whyNotSettled(question);
  const yes = pastBehaviour.test(question)
    ? "asks for past behaviour, which the treatment cannot change"
    : "asks for a long-held trait, which the treatment should not change";
  const judged = { usable: not === null, undecided: not === noRule, reason: not ?? yes };
  return { control, question, options: declaredOptions(item), source: "rule", ...judged };
}

function whyNotSettled(text: string): string | null {
  if (attitude.test(text)) return "asks for an attitude or intention, which the treatment may change";
  if (pastBehaviour.test(text) || longHeldTrait.test(text)) return null;
  return noRule;
}

/** Most distinct values of an attribute that is asked for as it stands. */
const mostLevels = 10;

export function judgeAttribute(
  name: string,
  levels: readonly string[],
  limits: ControlLimits,
): ControlCandidate {
  const readable = name.replaceAll("_", " ");
  const many = levels.length > mostLevels;
  const not = whyExcluded(name, [readable, ...levels].join("\n"), limits) ??
    (levels.length < 2 ? "everybody has the same value" : null) ??
    (many ? `its ${levels.length} values are too many categories: bin them` : null);
  return {
    control: not === null ? askedName(name) : name,
    question: `What is your ${readable}?`,
    options: many ? [] : levels,
    source: "rule",
    usable: not === null,
    reason: not ??
      `an attribute of the population that the persona text leaves open; of no use to a repair that states ${name}`,
  };
}

export function judgeProposal(
  proposal: Pick<ControlCandidate, "control" | "question" | "options"> & { why: string; share: number },
  limits: ControlLimits,
): ControlCandidate {
  const { control, question, options, why, share } = proposal;
  const not = whyExcluded(control, [control.replaceAll("_", " "), question, ...options].join("\n"), limits) ??
    (question === "" ? "no question was given" : null) ??
    (options.length < 2 ? "fewer than two answers were given" : null) ??
    (attitude.test(question) ? "asks for an attitude or intention, which the treatment may change" : null);
  const said = `in ${Math.round(share * 100)}% of replies${why === "" ? "" : `: ${why}`}`;
  return { control, question, options, source: "respondent", usable: not === null, reason: not ?? said };
}

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
