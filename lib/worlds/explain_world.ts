import type { LatentShift, WorldBehaviour } from "./behaviour.ts";
import type { World } from "./declaration.ts";
import { predictorsOf, type WorldItem } from "./item_kinds.ts";
import { type Coefficients, isMoved, type LinearPredictor } from "./predictor.ts";

/**
 * Explains a world in words: who its people are, who meets which stimulus, what each item answers to, and what its
 * respondent does beside.
 *
 * @param world from `declareWorld`
 * @returns Markdown; in a notebook, `show` it or write it to a file
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { declareReadyStudy, explainWorld } from "@understudy/understudy/worlds";
 *
 * const text = explainWorld(declareReadyStudy("focalism").world);
 * assertStringIncludes(text, "What the text states of a person counts 2 times as much.");
 * ```
 */
export function explainWorld(world: World): string {
  const behaviour = Object.entries(world.behaviour).filter(([, part]) => part !== undefined)
    .map(([name, part]) => (explain[name as keyof WorldBehaviour] as (part: unknown) => string)(part));
  return [
    `# The world “${world.name}”`,
    "## People",
    bullets(Object.keys(world.attributes).map((attribute) => explainAttribute(world, attribute))),
    "## Who meets which stimulus",
    explainExposure(world),
    bullets(Object.keys(world.stimuli).map((stimulus) => explainStimulus(world, stimulus))),
    "## What each question answers to",
    bullets(Object.entries(world.items).map(([name, item]) => explainItem(world, name, item))),
    ...explainTalk(world),
    "## What the respondent does beside",
    behaviour.length === 0 ? "Nothing: it answers as the people whom it imagines." : bullets(behaviour),
  ].join("\n\n") + "\n";
}

function explainTalk({ says, influence, silence }: World): string[] {
  const lines = [
    ...Object.entries(says).map(([item, text]) => `${item} is told by “${text}”`),
    ...Object.entries(influence).map(([item, w]) => `${item} moves ${percent(w)} toward what is heard`),
    ...(silence === null ? [] : [`A turn is left unused with log-odds ${explainPredictor(silence)}`]),
  ];
  return lines.length === 0 ? [] : ["## What people tell each other", bullets(lines)];
}

function bullets(lines: readonly string[]): string {
  return lines.length === 0 ? "None." : lines.map((line) => `- ${line}`).join("\n");
}

function explainAttribute(world: World, attribute: string): string {
  const levels = world.attributes[attribute]!;
  const shares = new Map(levels.map((level) => [level, 0]));
  for (const { levels: own, probability } of world.cells) {
    shares.set(own[attribute]!, shares.get(own[attribute]!)! + probability);
  }
  const parents = world.parents[attribute]!;
  const depends = parents.length === 0 ? "" : `; depends on ${parents.join(", ")}`;
  return `${attribute}: ${explainShares([...shares])}${depends}`;
}

/** The shares of levels; of many numbers their range and mean. */
function explainShares(shares: readonly (readonly [string, number])[]): string {
  const numbers = shares.map(([level]) => Number(level));
  if (shares.length <= 8 || numbers.some(Number.isNaN)) {
    return shares.map(([level, share]) => `${level} ${percent(share)}`).join(", ");
  }
  const mean = shares.reduce((sum, [, share], i) => sum + share * numbers[i]!, 0);
  return `from ${Math.min(...numbers)} to ${Math.max(...numbers)}, mean ${Number(mean.toPrecision(3))}`;
}

function explainExposure(world: World): string {
  const depends = Object.values(world.exposure).some((coefficients) => Object.keys(coefficients).length > 0);
  if (!depends) {
    return "Everybody meets every stimulus equally often: nobody else is imagined when one is read.";
  }
  if (world.drift === 0) {
    return "Exposure differs, but the respondent does not learn from it: its drift is 0.";
  }
  return `The respondent imagines those who meet a stimulus, by Bayes' rule with drift ${world.drift}.`;
}

function explainStimulus({ stimuli, exposure }: World, stimulus: string): string {
  const phrases = stimuli[stimulus]!.map((phrase) => `“${phrase}”`);
  const known = phrases.join(" or ") || "its cell in a table of profiles";
  const odds = explainCoefficients(exposure[stimulus] ?? {});
  const meets = odds === "" ? "the same for everybody" : `log-odds of meeting it: ${odds}`;
  return `**${stimulus}**, known by ${known}: ${meets}`;
}

function explainItem(world: World, name: string, item: WorldItem): string {
  const moved = predictorsOf(item).some((predictor) => isMoved(world, predictor));
  const control = moved ? "" : " No stimulus moves it: a negative control.";
  const options = (predictors: { readonly [option: string]: LinearPredictor }): string =>
    list(predictors, (option, predictor) => `“${option}” ${explainPredictor(predictor)}`, " / ");
  switch (item.kind) {
    case "scale":
      return `${name}, from ${item.range[0]} to ${item.range[1]}: ${explainPredictor(item)}; ` +
        `noise with standard deviation ${item.sd}.${control}`;
    case "yesNo":
      return `${name}, yes or no: log-odds of yes ${explainPredictor(item)}.${control}`;
    case "choice":
      return `${name}, one of several, log-odds: ${options(item.options)}.${control}`;
    case "profile": {
      const parts = [explainPredictor(item), options(item.others ?? {})].filter(Boolean).join(" / ");
      return `${name}, one of the profiles shown, log-odds: ${parts}.${control}`;
    }
    case "attribute":
      return `${name}: tells the attribute ${item.attribute}.${control}`;
  }
}

/** A number with its sign, to three significant digits. */
export function signed(value: number): string {
  const text = String(Number(Math.abs(value).toPrecision(3)));
  return value < 0 ? `−${text}` : `+${text}`;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))}%`;
}

/** `ideology (left +0.8, right −0.8), age (+0.02 a unit)`. */
function explainCoefficients(coefficients: Coefficients): string {
  const told = (level: string, value: number) =>
    level === "slope" ? `${signed(value)} a unit` : `${level} ${signed(value)}`;
  return list(coefficients, (name, byLevel) => `${name} (${list(byLevel, told, ", ")})`, ", ");
}

function explainPredictor(predictor: LinearPredictor): string {
  const effects = explainCoefficients(predictor.effects ?? {});
  const stimuli = Object.entries(predictor.stimuli ?? {}).map(([stimulus, { effect, by = {} }]) => {
    const moderators = explainCoefficients(by);
    return `**${stimulus}** ${signed(effect)}${moderators === "" ? "" : `, and by ${moderators}`}`;
  });
  const interactions = (predictor.interactions ?? []).map(({ where, effect }) => {
    return `${list(where, (name, level) => `${name} ${level}`, " with ")} ${signed(effect)}`;
  });
  const parts = [...(effects === "" ? [] : [effects]), ...stimuli, ...interactions];
  return [signed(predictor.intercept ?? 0), ...parts].join("; ");
}

/** Every fault of a respondent in one sentence each, with its size. */
const explain: {
  readonly [part in keyof Required<WorldBehaviour>]: (part: NonNullable<WorldBehaviour[part]>) => string;
} = {
  refusal: (part) => `It refuses requests, with log-odds ${explainPredictor(part)}.`,
  formatFailure: (part) =>
    `It replies in prose that cannot be read, with log-odds ${explainPredictor(part)}.`,
  position({ strength, slot, items }) {
    const where = items?.join(", ") ?? "every question";
    return `It favours the option shown ${slot} by ${signed(strength)} log-odds, in ${where}.`;
  },
  acquiescence: (part) =>
    `It agrees whatever is asked: ${signed(part)} log-odds of yes, and as many standard deviations on ` +
    "scales.",
  deference({ strength, opinions }) {
    const itemsOf = (items: typeof opinions[string]) => list(items, (item, to) => `${item} (${to})`);
    const moved = list(opinions, (phrase, items) => `“${phrase}” moves ${itemsOf(items)}`);
    return `It gives way to opinions by ${signed(strength)}: ${moved}.`;
  },
  compression: (part) =>
    `Its answers are drawn to the population's mean: ${percent(part)} of their spread is lost.`,
  collapse(part) {
    const answers = list(part, (item, { share, answer }) => `${item} ${percent(share)} ${answer}`);
    return `A share of replies is always the same: ${answers}.`;
  },
  focalism: (part) => `What the text states of a person counts ${Number(part.toPrecision(3))} times as much.`,
  wording: ({ sd }) => `Each wording has an effect of its own, with standard deviation ${sd}.`,
  recallError: (part) => `It tells ${percent(part)} of attributes wrongly when asked for them.`,
  decay(part) {
    const person = list(part.default, (attribute, level) => `${attribute} ${level}`) || "anybody";
    const lost = percent(1 - Math.exp(-part.rate));
    return `It forgets the person: ${lost} after one reply; then answers ${person}, as where nothing is stated.`;
  },
  memorised(part) {
    const effects = list(part, (stimulus, items) => {
      return list(items, (item, { share, effect }) => {
        return `of **${stimulus}** on ${item} ${explainShift(effect)} in ${percent(share)} of replies`;
      });
    });
    return `It recites known effects: ${effects}.`;
  },
  subgroupError(part) {
    const errors = list(part, (item, error) => {
      if (!("options" in error)) return `${item} ${explainPredictor(error)}`;
      return list(error.options, (option, own) => `${item} = ${option} ${explainPredictor(own)}`);
    });
    return `It is wrong about groups: ${errors}.`;
  },
  orderEffects(part) {
    const shifts = list(part, (item, { after }) => {
      return list(after, (other, shift) => `${item} ${explainShift(shift)} after ${other}`);
    });
    return `The questions before matter: ${shifts}.`;
  },
  unblinding: ({ phrases, strength }) =>
    `Where the text says “${phrases.join("” or “")}”, its drift is ${percent(strength)} less.`,
};

function list<Part>(
  parts: { readonly [name: string]: Part },
  write: (name: string, part: Part) => string,
  between = "; ",
): string {
  return Object.entries(parts).map(([name, part]) => write(name, part)).join(between);
}

function explainShift(shift: LatentShift): string {
  if (typeof shift === "number") return signed(shift);
  return list(shift, (option, value) => `${option} ${signed(value)}`);
}
