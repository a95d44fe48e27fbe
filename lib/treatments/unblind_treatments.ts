import { checkDistinct, checkOneOf, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Arm, Treatments } from "../core/experiment.ts";
import { readOptions, rule, type RulesFor } from "../core/options.ts";

type Versions = { readonly [arm: string]: string };

/** Options of {@linkcode unblindTreatments}. */
export interface UnblindTreatmentsOptions {
  /**
   * What each arm's version is called, for every arm: in the words of the study ("a price of $3"), never the text itself.
   * @default the arms' names, underscores as spaces
   */
  values?: { readonly [arm: string]: string };
  /**
   * The text that comes first, in which `{versions}` stands for the list of versions.
   * @default a sentence for each: the version was set by random assignment; which versions there are; nothing else
   * differs between those who read one and another
   */
  preface?: string;
}

const action = "unblind treatments";

const defaultPreface =
  "This is a randomised experiment. Which version of the following text a participant reads was set by random " +
  "assignment, whoever the participant is and whatever the circumstances. The versions are: {versions}. Nothing else " +
  "differs between participants who read one version and those who read another.";

const rules = {
  values: rule<Versions, undefined>(checkVersions, undefined),
  preface: rule<string, string>(checkPreface, defaultPreface),
} satisfies RulesFor<UnblindTreatmentsOptions>;

/**
 * Renders treatments unblinded: each text is preceded by what was randomised, and between what.
 *
 * Where one thing in a text varies, a model that does not know why also varies what it takes to go with it: who reads
 * it, when, where. Stating more attributes stops that and makes them salient. Saying that the version was drawn at
 * random, which versions there are and that nothing else differs removes the reason for it. It also tells the subject
 * what is studied, which people are seldom told: compare with the blind texts, and with stated attributes
 * (`compareRepairs`), before it is relied on. Every arm gets the same preface.
 *
 * @param treatments from `declareTreatments`
 * @param options see {@linkcode UnblindTreatmentsOptions} (defaults there)
 * @returns the same arms, wordings and slots, each wording with the preface
 * @throws {RangeError} if `values` leaves out an arm, names one that is not there, or gives two arms one name
 * @throws {TypeError} if a value or the preface is no text, or would be read as a template
 * @see Gui and Toubia 2023, arXiv 2312.15524
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { composeTreatment, declareTreatments, unblindTreatments } from "@understudy/understudy/treatments";
 *
 * const treatments = declareTreatments({ low: "A coffee costs $3.", high: "A coffee costs $5." });
 * const unblinded = unblindTreatments(treatments, { values: { low: "a price of $3", high: "a price of $5" } });
 * const text = composeTreatment(unblinded, "low");
 * assertStringIncludes(text, "The versions are: a price of $3; a price of $5.");
 * assertStringIncludes(text, "A coffee costs $3.");
 * ```
 */
export function unblindTreatments(
  treatments: Treatments,
  options: UnblindTreatmentsOptions = {},
): Treatments {
  if (!Array.isArray(treatments?.arms)) {
    throw new TypeError(
      cannot(action, "treatments", "be the result of declareTreatments({ … })", treatments),
    );
  }
  const { values, preface } = readOptions(action, options, rules);
  const versions = nameVersions(treatments.arms.map(({ name }: Arm) => name), values);
  const stated = preface.replaceAll("{versions}", () => versions.join("; "));
  const arms = treatments.arms.map((arm: Arm): Arm => {
    const wordings = arm.wordings.map((text) => `${stated}\n\n${text}`);
    return Object.freeze({ ...arm, wordings: Object.freeze(wordings) });
  });
  return Object.freeze({ arms: Object.freeze(arms) });
}

function nameVersions(arms: readonly string[], values: Versions | undefined): readonly string[] {
  if (values === undefined) return arms.map((name) => name.replaceAll("_", " "));
  const given = Object.keys(values);
  for (const arm of given) checkOneOf(action, "values", arm, arms);
  if (given.length < arms.length) {
    const rule = `name the version of every arm (${arms.join(", ")})`;
    throw new RangeError(cannot(action, "values", rule, given));
  }
  const names = arms.map((arm) => values[arm]!);
  checkDistinct(action, "values", "give each arm a name of its own", names);
  return names;
}

function checkVersions(_: string, argument: string, values: unknown): void {
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new TypeError(cannot(action, argument, "be an object with a name for each arm", values));
  }
  for (const [arm, name] of Object.entries(values)) checkPlainText(`${argument}.${arm}`, name);
}

function checkPreface(_: string, argument: string, preface: unknown): void {
  checkPlainText(argument, preface);
  if (!preface.includes("{versions}")) {
    throw new RangeError(cannot(action, argument, "contain {versions}", preface));
  }
}

/** A treatment's text is a template: braces in what is put before it would be read as slots. */
function checkPlainText(argument: string, text: unknown): asserts text is string {
  checkText(action, argument, text);
  if (/\{\{|\{%/.test(text)) throw new TypeError(cannot(action, argument, "hold no slots", text));
}
