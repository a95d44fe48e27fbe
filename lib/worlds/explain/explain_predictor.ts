import type { Coefficients, LinearPredictor } from "../world_predictor.ts";

/** A number with its sign, to three significant digits. */
export function signed(value: number): string {
  const text = String(Number(Math.abs(value).toPrecision(3)));
  return value < 0 ? `−${text}` : `+${text}`;
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))}%`;
}

/** Coefficients in words: `ideology (left +0.8, right −0.8), age (+0.02 a unit)`. */
export function explainCoefficients(coefficients: Coefficients): string {
  return Object.entries(coefficients).map(([attribute, byLevel]) =>
    `${attribute} (${explainLevels(byLevel)})`
  )
    .join(", ");
}

/** The coefficients of one attribute. */
export function explainLevels(byLevel: Coefficients[string]): string {
  return Object.entries(byLevel)
    .map(([level, value]) => (level === "slope" ? `${signed(value)} a unit` : `${level} ${signed(value)}`))
    .join(", ");
}

/** A linear predictor in words. */
export function explainPredictor(predictor: LinearPredictor): string {
  const effects = explainCoefficients(predictor.effects ?? {});
  const stimuli = Object.entries(predictor.stimuli ?? {}).map(([stimulus, { effect, by = {} }]) => {
    const moderators = explainCoefficients(by);
    return `**${stimulus}** ${signed(effect)}${moderators === "" ? "" : `, and by ${moderators}`}`;
  });
  return [signed(predictor.intercept ?? 0), ...(effects === "" ? [] : [effects]), ...stimuli].join("; ");
}
