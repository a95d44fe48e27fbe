import { checkLevel, checkOneOf, checkOptions, checkSeed, checkText, checkWhole } from "./checks.ts";
import { bases, type Basis } from "./columns.ts";
import { cannot } from "./errors.ts";
import { columnOf, distinct, isTable } from "./table.ts";

/** One option of a verb: its check, and the value that stands where it is left out. */
export interface Rule<Value, Default extends Value | undefined = Value | undefined> {
  /** Throws where a value that was given is wrong. */
  readonly check: (action: string, name: string, value: unknown) => void;
  /** The value where the option is left out. */
  readonly fallback: Default;
  /** Whether the option must be given. */
  readonly required: boolean;
  /** What a table itself says of an option that is left out. */
  readonly recorded?: (table: unknown) => Value | undefined;
}

/** One rule for each option: what a verb declares beside its options' interface. */
export type RulesFor<Options> = {
  readonly [Name in keyof Options]-?: Rule<Exclude<Options[Name], undefined>>;
};

/** Options as a verb works with them: checked, and with defaults. */
export type ReadOptions<Options, Rules> = {
  readonly [Name in keyof Rules & keyof Options]: Rules[Name] extends Rule<infer _Value, infer Default>
    ? undefined extends Options[Name] ? Exclude<Options[Name], undefined> | Default : Options[Name]
    : never;
};

/**
 * Reads the options of a verb: unknown names are refused, values checked, defaults filled in. A notebook's cells are
 * not type-checked, so this is where a misspelt option is found.
 *
 * @param action what the verb does, for its error messages
 * @param options as the caller gave them
 * @param rules the verb's one declaration of names, checks and defaults
 * @param table the verb's table, where rules ask what it records
 * @returns every option with its value or its default
 * @throws {TypeError} if an option is unknown or a required one is missing
 */
export function readOptions<Options extends object, const Rules extends RulesFor<Options>>(
  action: string,
  options: Options,
  rules: Rules & RulesFor<Options>,
  table?: unknown,
): ReadOptions<Options, Rules> {
  checkOptions(action, options, Object.keys(rules));
  const read: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries<Rule<unknown>>(rules)) {
    const value = (options as Record<string, unknown>)[name];
    if (value !== undefined || rule.required) rule.check(action, name, value);
    read[name] = value === undefined ? rule.recorded?.(table) ?? rule.fallback : value;
  }
  return read as ReadOptions<Options, Rules>;
}

type Check = Rule<unknown>["check"];

export function rule<Value, const Default extends Value | undefined>(
  check: Check,
  fallback: Default,
): Rule<Value, Default> {
  return { check, fallback, required: false };
}

/** A rule of an option that must be given. */
export function required<Value>(check: Check): Rule<Value, undefined> {
  return { check, fallback: undefined, required: true };
}

export function oneOf<const Value extends string | number, const Default extends Value | undefined>(
  allowed: readonly Value[],
  fallback: Default,
): Rule<Value, Default> {
  return rule((action, name, value) => checkOneOf<unknown>(action, name, value, allowed), fallback);
}

/** An option that is true or false. */
export function flag<const Default extends boolean>(fallback: Default): Rule<boolean, Default | boolean> {
  return rule((action, name, value) => checkOneOf<unknown>(action, name, value, [true, false]), fallback);
}

/** An option that is a whole number within limits. */
export function whole<Default extends number | undefined>(
  fallback: Default,
  minimum = 1,
  maximum?: number,
): Rule<number, Default | number> {
  return rule((action, name, value) => checkWhole(action, name, value, minimum, maximum), fallback);
}

export function callback<Value, const Default extends Value | undefined = undefined>(
  fallback?: Default,
): Rule<Value, Default> {
  const check: Check = (action, name, value) => {
    if (typeof value !== "function") throw new TypeError(cannot(action, name, "be a function", value));
  };
  return rule<Value, Default>(check, fallback as Default);
}

export const column: Rule<string, undefined> = rule<string, undefined>(checkColumnName, undefined);

function checkColumnName(action: string, name: string, value: unknown): void {
  if (typeof value === "string" && value !== "") return;
  throw new TypeError(cannot(action, name, "be the name of one column", value));
}

export const columns: Rule<string | readonly string[], undefined> = rule<
  string | readonly string[],
  undefined
>(checkNameList, undefined);

/** The name of a column, or several: at least one. */
export const requiredColumns: Rule<string | readonly string[], undefined> = required<
  string | readonly string[]
>((action, name, value) => {
  checkNameList(action, name, value);
  if (Array.isArray(value) && value.length === 0) {
    throw new RangeError(cannot(action, name, "name at least one column", value));
  }
});

function checkNameList(action: string, name: string, value: unknown): void {
  const names = [value].flat();
  if (!names.every((each) => typeof each === "string" && each !== "")) {
    throw new TypeError(cannot(action, name, "be a column's name or a list of them", value));
  }
  if (new Set(names).size !== names.length) {
    throw new RangeError(cannot(action, name, "name each column once", value));
  }
}

function checkCategory(action: string, name: string, value: unknown): void {
  if (["string", "number", "boolean"].includes(typeof value)) return;
  throw new TypeError(cannot(action, name, "be a text, a number, true or false", value));
}

/** Quantiles: a list of shares strictly between 0 and 1. */
export const quantileList: Rule<readonly number[], readonly number[]> = rule<
  readonly number[],
  readonly number[]
>((action, name, value) => {
  if (!Array.isArray(value) || value.length === 0) {
    throw new TypeError(cannot(action, name, "be a list of numbers", value));
  }
  for (const quantile of value) checkLevel(action, name, quantile);
}, [0.25, 0.5, 0.75]);

/** What is measured. */
export interface OutcomeOptions {
  /** The outcome: an item's name in a table of answers, a column's in a wide table. */
  outcome: string;
  /**
   * Takes the share of this answer, for outcomes that are not numbers: of those who chose it, or ranked it first; of an
   * allocation the amount that it was given.
   * @default {undefined} the outcome is a number
   */
  category?: string | number | boolean;
  /**
   * Of sessions the step of the protocol in which the outcome was asked.
   * @default {undefined} the only one; where there are several, one must be named
   */
  step?: string;
  /**
   * Of sessions the round in which the outcome was asked.
   * @default {undefined} all rounds, which count as replicates do
   */
  round?: number;
}

/** What is compared with what. */
export interface ArmOptions {
  /**
   * The column of arms.
   * @default {"arm"}
   */
  arm?: string;
  /**
   * The arm that the others are compared with.
   * @default {undefined} the reference that `assignTreatments` recorded; else the arm named `control`; else the first
   * of two arms in sorted order
   */
  reference?: string | number | boolean;
}

/** How the arms were assigned. */
export interface AssignmentOptions {
  /**
   * The column of blocks within which arms were assigned, or several columns whose combinations are the blocks; `[]`
   * for none.
   * @default {undefined} `block` in a table that `assignTreatments` assigned in blocks, else none
   */
  blocks?: string | readonly string[];
  /**
   * The column of clusters that were assigned as one; `"prompt"` for personas who were sent the same text (column
   * `prompt_key` of answers), whatever they reply; `null` for none.
   * @default {undefined} `cluster` in a table that `assignTreatments` assigned in clusters; else the sessions where several
   * personas heard each other in one; else the prompts where personas share them and replies to the same prompt never differ, as at temperature 0; else none
   */
  clusters?: string | null;
  /**
   * The column that says which rows are the same persona.
   * @default {"persona_id"} where the table has it; otherwise each row is a unit of its own
   */
  persona?: string;
}

/** How much each unit counts. */
export interface WeightOptions {
  /**
   * The column of weights.
   * @default {undefined} every unit counts the same
   */
  weights?: string;
}

/** How sure an interval is. */
export interface IntervalOptions {
  /**
   * One less the confidence level.
   * @default {0.05}
   */
  alpha?: number;
}

/** What a t distribution rests on. */
export interface DegreesOptions {
  /**
   * Degrees of freedom: `satterthwaite` fits the t distribution to the variances at hand (Bell and McCaffrey 2002), and
   * holds where one arm is small or varies more; `residual` does as the reference packages do: units less coefficients,
   * the normal distribution for `horvitz_thompson`, and Welch's t also for shares and for arms that (almost) agree.
   * @default {"satterthwaite"}
   */
  df?: "satterthwaite" | "residual";
}

/** What an estimate rests on. */
export interface BasisOptions {
  /**
   * What the estimate rests on.
   * @default {"synthetic"} but where all rows of the table agree in a column `basis`, as those of `loadHuman`, what they say
   */
  basis?: Basis;
}

/** How answers that were elicited as probabilities count. */
export interface ElicitedOptions {
  /**
   * Of answers that are probabilities (column `distribution`) takes what is `expected` of each: its mean, or with a
   * `category` its probability; or the answer that was `drawn` from each, which aims at the same and varies more.
   * Probabilities of a rare answer are skewed: with 15 personas in an arm intervals of 95% then covered 92%.
   * @default {"expected"}
   */
  elicited?: "expected" | "drawn";
}

/** What an estimate of arms against a reference is told: outcome, arms, assignment, interval and basis. */
export interface ComparisonOptions
  extends OutcomeOptions, ArmOptions, AssignmentOptions, IntervalOptions, BasisOptions {}

/** What an estimate of effects is told: the comparison, weights, and how probabilities count. */
export interface EffectOptions extends ComparisonOptions, WeightOptions, ElicitedOptions {}

/** What an estimate of rows is told, whatever is compared: outcome, weights, interval and basis. */
export interface MeasureOptions extends OutcomeOptions, WeightOptions, IntervalOptions, BasisOptions {}

/** How chance is drawn. */
export interface DrawOptions {
  /**
   * The seed of all draws: any whole number; the same seed gives the same result.
   * @default {1}
   */
  seed?: number;
}

function checkOutcome(action: string, name: string, value: unknown): void {
  if (!Array.isArray(value)) return checkText(action, name, value);
  const several = "for several make a call each and stack the tables: first.concat(second)";
  throw new TypeError(`${cannot(action, name, "name one outcome", value)}; ${several}`);
}

export const outcomeRules = {
  outcome: required<string>(checkOutcome),
  category: rule<string | number | boolean, undefined>(checkCategory, undefined),
  step: rule<string, undefined>(checkText, undefined),
  round: whole(undefined, 0),
} as const;

export const armRules = {
  arm: rule<string, "arm" | string>(checkColumnName, "arm"),
  reference: rule<string | number | boolean, undefined>(checkCategory, undefined),
} as const;

export const assignmentRules = {
  blocks: columns,
  clusters: rule<string | null, undefined>((action, name, value) => {
    if (value !== null) checkColumnName(action, name, value);
  }, undefined),
  persona: column,
} as const;

export const weightRules = { weights: column } as const;

export const intervalRules = { alpha: rule<number, number>(checkLevel, 0.05) } as const;

export const degreesRules = { df: oneOf(["satterthwaite", "residual"], "satterthwaite") } as const;

function recordedBasis(table: unknown): Basis | undefined {
  const said = isTable(table) && table.columnNames().includes("basis")
    ? distinct(columnOf(table, "basis"))
    : [];
  return said.length === 1 ? bases.find((basis) => basis === said[0]) : undefined;
}

/** Rules of {@linkcode BasisOptions}. */
export const basisRules = { basis: { ...oneOf(bases, "synthetic"), recorded: recordedBasis } } as const;

export const elicitedRules = { elicited: oneOf(["expected", "drawn"], "expected") } as const;

export const drawRules = {
  seed: rule<number, number>((action, _, value) => checkSeed(action, value), 1),
} as const;

/** Rules of {@linkcode ComparisonOptions}. */
export const comparisonRules = {
  ...outcomeRules,
  ...armRules,
  ...assignmentRules,
  ...intervalRules,
  ...basisRules,
} as const;

export const effectRules = { ...comparisonRules, ...weightRules, ...elicitedRules } as const;

export const measureRules = { ...outcomeRules, ...weightRules, ...intervalRules, ...basisRules } as const;
