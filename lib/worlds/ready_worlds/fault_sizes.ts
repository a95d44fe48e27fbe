import { columnOf, type Table } from "../../core/mod.ts";
import { answerShares } from "../truth/answer_shares.ts";
import { naiveEffect } from "../truth/naive_effect.ts";
import { trueEffect } from "../truth/true_effect.ts";
import { trueEffectByGroup } from "../truth/true_effect_by_group.ts";
import type { WorldContrast } from "../truth/contrast.ts";
import type { World } from "../world.ts";

/** Gives the size of a fault by the truth functions. */
export type SizeOf = (world: World, contrast: WorldContrast) => number;

/** naiveEffect − trueEffect. */
export function naiveBias(world: World, contrast: WorldContrast): number {
  return naiveEffect(world, contrast) - trueEffect(world, contrast);
}

/** The largest less the smallest effect among the levels of an attribute. */
export function effectRange(by: string): SizeOf {
  return (world, contrast) => {
    const effects = columnOf<number>(trueEffectByGroup(world, { ...contrast, by }), "effect");
    return Math.max(...effects) - Math.min(...effects);
  };
}

/** The mean answer, or the share of the category, in the reference arm: of the replies less of the people. */
export function levelError(world: World, contrast: WorldContrast): number {
  const shares = sharesOf(world, contrast);
  return moments(shares, ["naive_share", contrast.category]).mean -
    moments(shares, ["true_share", contrast.category]).mean;
}

/** How much of the standard deviation of the answers in the reference arm is lost. */
export function spreadLoss(world: World, contrast: WorldContrast): number {
  const shares = sharesOf(world, contrast);
  return 1 - moments(shares, ["naive_share"]).sd / moments(shares, ["true_share"]).sd;
}

/** The gap in the mean answer between two levels of an attribute: of the replies less of the people. */
export function gapError(attribute: string, [high, low]: readonly [string, string]): SizeOf {
  return (world, contrast) => {
    const error = (level: string): number => {
      const rows = columnOf(contrast.personas, attribute).flatMap((
        value,
        row,
      ) => (value === level ? [row] : []));
      return levelError(world, { ...contrast, personas: contrast.personas.reify(rows) as Table });
    };
    return error(high) - error(low);
  };
}

function sharesOf(world: World, contrast: WorldContrast): Table {
  return answerShares(world, { ...contrast, stimulus: contrast.reference });
}

function moments(
  shares: Table,
  [column, category]: readonly [string, (string | undefined)?],
): { readonly mean: number; readonly sd: number } {
  const values = columnOf<number | string>(shares, "value").map((value) =>
    category === undefined ? Number(value) : value === category ? 1 : 0
  );
  const weights = columnOf<number>(shares, column);
  const mean = values.reduce((sum, value, i) => sum + value * weights[i]!, 0);
  const square = values.reduce((sum, value, i) => sum + (value - mean) ** 2 * weights[i]!, 0);
  return { mean, sd: Math.sqrt(square) };
}
