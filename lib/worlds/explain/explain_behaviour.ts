import type { World } from "../world.ts";
import type { LatentShift, WorldBehaviour } from "../world_behaviour.ts";
import { explainPredictor, percent, signed } from "./explain_predictor.ts";

type Explain = {
  readonly [part in keyof Required<WorldBehaviour>]: (part: NonNullable<WorldBehaviour[part]>) => string;
};

/** Every fault of a respondent in one sentence each, with its size. */
export function explainBehaviour(world: World): string[] {
  return Object.entries(world.behaviour).filter(([, part]) => part !== undefined).map(([name, part]) =>
    (explain[name as keyof WorldBehaviour] as (part: unknown) => string)(part)
  );
}

const explain: Explain = {
  refusal: (part) => `It refuses requests, with log-odds ${explainPredictor(part)}.`,
  formatFailure: (part) =>
    `It replies in prose that cannot be read, with log-odds ${explainPredictor(part)}.`,
  position: ({ strength, slot, items }) =>
    `It favours the option shown ${slot} by ${signed(strength)} log-odds, in ${
      items?.join(", ") ?? "every question"
    }.`,
  acquiescence: (part) =>
    `It agrees whatever is asked: ${
      signed(part)
    } log-odds of yes, and as many standard deviations on scales.`,
  deference: ({ strength, opinions }) =>
    `It gives way to opinions by ${signed(strength)}: ${
      list(opinions, (phrase, items) => `“${phrase}” moves ${list(items, (item, to) => `${item} (${to})`)}`)
    }.`,
  compression: (part) =>
    `Its answers are drawn to the population's mean: ${percent(part)} of their spread is lost.`,
  collapse: (part) =>
    `A share of replies is always the same: ${
      list(part, (item, collapsed) =>
        `${item} ${percent(collapsed.share)} ${
          "slot" in collapsed ? `the option shown ${collapsed.slot}` : String(collapsed.answer)
        }`)
    }.`,
  focalism: (part) => `What the text states of a person counts ${Number(part.toPrecision(3))} times as much.`,
  wording: ({ sd }) => `Each wording has an effect of its own, with standard deviation ${sd}.`,
  recallError: (part) => `It tells ${percent(part)} of attributes wrongly when asked for them.`,
  decay: (part) =>
    `It forgets the person: ${percent(1 - Math.exp(-part.rate))} after one reply; then answers ${
      list(part.default, (attribute, level) => `${attribute} ${level}`) || "anybody"
    }, as where nothing is stated.`,
  memorised: (part) =>
    `It recites known effects: ${
      list(part, (stimulus, items) =>
        list(items, (item, { share, effect }) =>
          `of **${stimulus}** on ${item} ${explainShift(effect)} in ${percent(share)} of replies`))
    }.`,
  subgroupError: (part) =>
    `It is wrong about groups: ${
      list(part, (item, error) =>
        "options" in error
          ? list(error.options, (option, predictor) =>
            `${item} = ${option} ${explainPredictor(predictor)}`)
          : `${item} ${explainPredictor(error)}`)
    }.`,
  orderEffects: (part) =>
    `The questions before matter: ${
      list(part, (item, { after }) =>
        list(after, (other, shift) =>
          `${item} ${explainShift(shift)} after ${other}`))
    }.`,
  unblinding: ({ phrases, strength }) =>
    `Where the text says “${phrases.join("” or “")}”, its drift is ${percent(strength)} less.`,
};

function list<Part>(
  parts: { readonly [name: string]: Part },
  write: (name: string, part: Part) => string,
): string {
  return Object.entries(parts).map(([name, part]) => write(name, part)).join("; ");
}

function explainShift(shift: LatentShift): string {
  return typeof shift === "number"
    ? signed(shift)
    : list(shift, (option, value) => `${option} ${signed(value)}`);
}
