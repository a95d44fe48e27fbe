import { cannot } from "../core/errors.ts";
import type { SlotValue } from "../core/experiment.ts";
import type { World, WorldDeclaration } from "./declaration.ts";
import { factorStimulus } from "./predictor.ts";
import { checkKnown, checkNewName, declaring, phraseList } from "./shapes.ts";

/** Reads stimuli and factors, whose levels are stimuli too; those of a list have no phrases: tables alone show them. */
export function readStimuli(
  { stimuli = {}, factors = {} }: WorldDeclaration,
  attributes: World["attributes"],
): Pick<World, "stimuli" | "factors"> {
  const read: { [stimulus: string]: readonly string[] } = {};
  const levelsOf: { [factor: string]: readonly string[] } = {};
  checkKnown(stimuli, "stimuli", Object.keys(stimuli));
  for (const [name, phrases] of Object.entries(stimuli)) {
    checkNewName("stimuli", name);
    read[name] = readPhrases(`stimuli.${name}`, phrases);
  }
  checkKnown(factors, "factors", Object.keys(factors));
  for (const [factor, declared] of Object.entries(factors)) {
    const argument = `factors.${factor}`;
    checkNewName("factors", factor);
    if (Object.hasOwn(attributes, factor)) {
      throw new RangeError(cannot(declaring, "factors", "differ from the attributes", factor));
    }
    if (!Array.isArray(declared)) checkKnown(declared, argument, Object.keys(declared ?? {}));
    const levels: [string, unknown][] = Array.isArray(declared)
      ? declared.map((level) => [String(level), undefined])
      : Object.entries(declared);
    if (levels.length < 2) {
      throw new RangeError(cannot(declaring, argument, "have at least two levels", declared));
    }
    levelsOf[factor] = levels.map(([level]) => level);
    for (const [level, phrases] of levels) {
      const list = phrases === undefined ? [] : readPhrases(`${argument}.${level}`, phrases);
      read[factorStimulus(factor, level)] = list;
    }
  }
  return { stimuli: read, factors: levelsOf };
}

function readPhrases(argument: string, phrases: unknown): readonly string[] {
  const list = typeof phrases === "string" ? [phrases] : phrases as readonly string[];
  phraseList(list, argument);
  return list;
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
    const level = Object.hasOwn(slots, factor) ? String(slots[factor]) : undefined;
    return level !== undefined && levels.includes(level) ? [factorStimulus(factor, level)] : [];
  });
  return shown.length > 0 ? shown : levelsNamed(Object.entries(factors), arm);
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
