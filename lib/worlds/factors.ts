import { cannot } from "../core/errors.ts";
import type { SlotValue } from "../core/experiment.ts";
import type { World, WorldDeclaration, WorldPhrase } from "./declaration.ts";
import { factorStimulus } from "./predictor.ts";
import { checkKnown, checkNewName, declaring, phraseList } from "./shapes.ts";

/** Reads factors: for each level its phrases; those of a list are read from tables alone. */
export function readFactors(
  declared: NonNullable<WorldDeclaration["factors"]>,
  attributes: World["attributes"],
): World["factors"] {
  checkKnown(declared, "factors", Object.keys(declared));
  return Object.fromEntries(
    Object.entries(declared).map(([factor, levels]) => {
      checkNewName("factors", factor);
      if (Object.hasOwn(attributes, factor)) {
        throw new RangeError(cannot(declaring, "factors", "differ from the attributes", factor));
      }
      const argument = `factors.${factor}`;
      if (!Array.isArray(levels)) checkKnown(levels, argument, Object.keys(levels ?? {}));
      const read = Array.isArray(levels)
        ? Object.fromEntries(levels.map((level) => [String(level), []]))
        : mapPhrases(levels as { readonly [level: string]: string | readonly string[] }, argument);
      if (Object.keys(read).length < 2) {
        throw new RangeError(cannot(declaring, argument, "have at least two levels", levels));
      }
      return [factor, read];
    }),
  );
}

/** For each name one or more phrases, as a list. */
export function mapPhrases(
  declared: { readonly [name: string]: string | readonly string[] },
  argument: string,
): { readonly [name: string]: readonly string[] } {
  return Object.fromEntries(
    Object.entries(declared).map(([name, phrases]) => {
      const list = typeof phrases === "string" ? [phrases] : phrases;
      phraseList(list, `${argument}.${name}`);
      return [name, list.map((phrase) => phrase.replace(/\s+/g, " ").trim())];
    }),
  );
}

/** Every level of every factor, as it stands among stimuli, and its phrases. */
export function levelPhrases(factors: World["factors"]): [string, readonly string[]][] {
  return Object.entries(factors).flatMap(([factor, levels]) =>
    Object.entries(levels).map(([level, phrases]): [string, readonly string[]] => [
      factorStimulus(factor, level),
      phrases,
    ])
  );
}

/** Every level of every factor, as it stands among stimuli. */
export function levelStimuli(factors: World["factors"]): string[] {
  return levelPhrases(factors).map(([stimulus]) => stimulus);
}

/** Every phrase that shows a level, the longest first. */
export function factorVocabulary(factors: World["factors"]): WorldPhrase[] {
  return Object.entries(factors).flatMap(([attribute, levels]) =>
    Object.entries(levels).flatMap(([level, phrases]) => phrases.map((text) => ({ text, attribute, level })))
  ).sort((a, b) => b.text.length - a.text.length);
}

/**
 * The stimuli of an arm: the stimulus of its name, or the levels of factors that its slots hold, or of which its name
 * is made (`calm.police`); `undefined` where it is none of these.
 */
export function armStimuli(
  { stimuli, factors }: Pick<World, "stimuli" | "factors">,
  arm: string,
  slots: { readonly [slot: string]: SlotValue } = {},
): readonly string[] | undefined {
  if (Object.hasOwn(stimuli, arm)) return [arm];
  const shown = Object.entries(factors).flatMap(([factor, levels]) => {
    const level = Object.hasOwn(slots, factor) ? String(slots[factor]) : "";
    return Object.hasOwn(levels, level) ? [factorStimulus(factor, level)] : [];
  });
  const byFactor = Object.entries(factors).map(([factor, levels]) => [factor, Object.keys(levels)] as const);
  return shown.length > 0 ? shown : levelsNamed(byFactor, arm);
}

/** The levels of which a name is made, joined by full stops; levels may have full stops themselves. */
function levelsNamed(
  factors: readonly (readonly [string, readonly string[]])[],
  name: string,
): string[] | undefined {
  for (const [factor, levels] of factors) {
    for (const level of levels) {
      const stimulus = factorStimulus(factor, level);
      if (name === level) return [stimulus];
      if (!name.startsWith(`${level}.`)) continue;
      const others = factors.filter(([other]) => other !== factor);
      const rest = levelsNamed(others, name.slice(level.length + 1));
      if (rest !== undefined) return [stimulus, ...rest];
    }
  }
  return undefined;
}

/** A template with an arm's own slots filled; those of personas are left. */
export function fillSlots(template: string, slots: { readonly [slot: string]: SlotValue }): string {
  return template.replace(
    /\{\{\s*(\w+)\s*\}\}/g,
    (slot, name: string) => Object.hasOwn(slots, name) ? String(slots[name]) : slot,
  );
}
