import { checkLevel, checkSeed, checkWhole } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { isTable } from "../core/table.ts";

/** What all checks of how a respondent answers share. */
export interface AuditOptions {
  /**
   * The column of the arm.
   *
   * @default {"arm"} where there is such a column; else all answers are one arm
   */
  arm?: string;
  /**
   * The column of the persona: all answers of one persona count as one draw.
   *
   * @default {"persona_id"} where there is such a column; else each reply is a persona
   */
  persona?: string;
  /**
   * The level of the checks, after adjustment for their number; intervals have the confidence 1 − alpha.
   *
   * @default {0.05}
   */
  alpha?: number;
}

/** What checks that permute or resample have beside {@linkcode AuditOptions}. */
export interface AuditDrawOptions extends AuditOptions {
  /**
   * How many random permutations make a null, or bootstrap samples an interval.
   *
   * @default {2000}
   */
  draws?: number;
  /**
   * The seed of the draws.
   *
   * @default {0}
   */
  seed?: number;
}

/** The names of {@linkcode AuditOptions}, for the check of misspelt ones. */
export const auditOptionNames: readonly string[] = ["arm", "persona", "alpha"];

/** The names of {@linkcode AuditDrawOptions}. */
export const auditDrawOptionNames: readonly string[] = [...auditOptionNames, "draws", "seed"];

/** Checks the parts of an option that is an object itself: a misspelt one would be passed over in silence. */
export function checkParts(
  action: string,
  path: string,
  value: unknown,
  parts: { readonly known: readonly string[]; readonly example: string },
): void {
  if (typeof value !== "object" || value === null || Array.isArray(value) || isTable(value)) {
    throw new TypeError(`${cannot(action, path, "be an object", value)}; for example ${parts.example}`);
  }
  const unknown = Object.keys(value).find((name) => !parts.known.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(
    `Cannot ${action} as '${path}.${unknown}' is unknown: the parts of '${path}' are ${
      parts.known.join(", ")
    }; ` +
      `for example ${parts.example}`,
  );
}

/** The level, checked. */
export function readAlpha(action: string, { alpha = 0.05 }: AuditOptions): number {
  checkLevel(action, "alpha", alpha);
  return alpha;
}

/** Number and seed of the draws, checked. */
export function readDraws(
  action: string,
  { draws = 2000, seed = 0 }: AuditDrawOptions,
): { draws: number; seed: number } {
  checkWhole(action, "draws", draws, 20, 1e7);
  checkSeed(action, seed);
  return { draws, seed };
}

/** Names of items, one or several, checked. */
export function readNames(action: string, argument: string, names: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(names) ? names : [names];
  if (list.length === 0 || !list.every((name) => typeof name === "string" && name !== "")) {
    throw new TypeError(cannot(action, argument, "name at least one item", names));
  }
  return [...new Set(list as string[])];
}
