import { checkLevel, checkOptions, checkSeed, checkWhole } from "../../core/checks.ts";
import { varianceOptionNames, type VarianceOptions } from "./variance_rows.ts";

interface VarianceSettings extends VarianceOptions {
  readonly alpha?: number;
}

/** Checks the options that both verbs share. */
export function checkVarianceOptions(
  action: string,
  options: VarianceSettings,
  more: readonly string[] = [],
): { alpha: number; seed: number; draws: number } {
  checkOptions(action, options, [...varianceOptionNames, "alpha", ...more]);
  const { alpha = 0.05, seed = 0, draws = 200 } = options;
  checkLevel(action, "alpha", alpha);
  checkSeed(action, seed);
  checkWhole(action, "draws", draws, 50, 100_000);
  return { alpha, seed, draws };
}
