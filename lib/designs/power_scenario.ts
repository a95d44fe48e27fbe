import { checkOneOf, checkOptions, checkRows } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { isTable, type Table } from "../core/table.ts";

/** What is tested, which decides the formula of the power. */
export type PowerTest =
  | "difference_in_means"
  | "paired"
  | "proportions"
  | "anova"
  | "equivalence"
  | "paired_equivalence";

/** One value, or several: each combination is a scenario of its own. */
export type Several<Value> = Value | readonly Value[];

/**
 * What is assumed about a study. Names are those of the columns of the resulting table, so that an object and a table
 * with one row per scenario say the same; an object's lists are crossed.
 */
export interface PowerScenario {
  /**
   * What is tested: `difference_in_means` (arm against reference), `paired` (each persona in both arms), `proportions`
   * (a difference of shares), `anova` (any difference among several arms), `equivalence` and `paired_equivalence` (the
   * effect lies within a bound).
   * @default "difference_in_means"
   */
  readonly test?: Several<PowerTest>;
  /** Names the scenario in tables and figures. */
  readonly label?: Several<string>;
  /** Personas in all arms together; paired: personas, each in both arms. Not for `planSampleSize`. */
  readonly n?: Several<number>;
  /**
   * The true effect in units of the outcome. `proportions`: a difference of shares; `anova`: the standard deviation of
   * the arms' means. Not for `planMinimumEffect`, except for the equivalence tests, where it is the true difference.
   * @default none; 0 for the equivalence tests
   */
  readonly effect?: Several<number>;
  /**
   * The power that is wanted; for `planSampleSize` and `planMinimumEffect`.
   * @default 0.8
   */
  readonly power?: Several<number>;
  /**
   * The level of the test; each of the two tests of an equivalence test.
   * @default 0.05
   */
  readonly alpha?: Several<number>;
  /**
   * 2: an effect in either direction is found, and both tails count. 1: only one in the direction of `effect`.
   * @default 2
   */
  readonly sides?: Several<1 | 2>;
  /**
   * Standard deviation of the outcome within an arm, one reply per persona.
   * @default 1
   */
  readonly sd?: Several<number>;
  /**
   * The same in the treatment arm, where it differs.
   * @default sd
   */
  readonly sd_treatment?: Several<number>;
  /**
   * Share of the personas in the treatment arm.
   * @default 0.5
   */
  readonly share?: Several<number>;
  /**
   * `separate`: each arm has a variance of its own (Welch; what `estimateEffects` does). `pooled`: one for both.
   * `arcsine`: for proportions, Cohen's h.
   * @default "separate"
   */
  readonly variance?: Several<"separate" | "pooled" | "arcsine">;
  /**
   * The share in the reference arm; for `proportions`.
   * @default 0.5
   */
  readonly reference_share?: Several<number>;
  /**
   * The number of arms; for `anova`.
   * @default 2
   */
  readonly arms?: Several<number>;
  /**
   * Personas per cluster, where clusters are assigned as one.
   * @default 1
   */
  readonly cluster_size?: Several<number>;
  /**
   * Standard deviation of the clusters' sizes divided by their mean.
   * @default 0
   */
  readonly cluster_cv?: Several<number>;
  /**
   * Share of the variance that lies between clusters.
   * @default 0
   */
  readonly icc?: Several<number>;
  /**
   * The number of blocks within which arms are assigned.
   * @default 1
   */
  readonly blocks?: Several<number>;
  /**
   * Share of the variance that blocks or covariates explain.
   * @default 0
   */
  readonly r_squared?: Several<number>;
  /**
   * Replies per persona and arm, which are averaged.
   * @default 1
   */
  readonly replicates?: Several<number>;
  /**
   * Share of the variance of single replies that lies between personas; the rest differs from reply to reply.
   * @default 1
   */
  readonly reply_icc?: Several<number>;
  /**
   * Correlation of a persona's replies in the two arms; for the paired tests. It cannot exceed `reply_icc`.
   * @default 0.5
   */
  readonly correlation?: Several<number>;
  /** The effect lies within plus and minus this bound; for the equivalence tests. Not for `planMinimumEffect`. */
  readonly bound?: Several<number>;
}

/** The names of a scenario's numbers. */
export type PowerNumber = Exclude<keyof PowerScenario, "test" | "label" | "variance">;

export interface Scenario {
  readonly test: PowerTest;
  /** The values that were given, to be repeated in the result. */
  readonly given: { readonly [name: string]: unknown };
  /** Every number, defaults filled in; `NaN` for `n`, `effect` and `bound` where they were not given. */
  readonly numbers: { readonly [name in PowerNumber]: number };
  readonly variance: "separate" | "pooled" | "arcsine";
}

const common = ["n", "effect", "power", "alpha"] as const;
const spread = ["sd", "replicates", "reply_icc", "r_squared"] as const;
const grouped = ["cluster_size", "cluster_cv", "icc", "blocks"] as const;
const unequal = ["sd_treatment", "share"] as const;

const testNumbers: { readonly [test in PowerTest]: readonly PowerNumber[] } = {
  difference_in_means: [...common, "sides", ...spread, ...grouped, ...unequal],
  paired: [...common, "sides", ...spread, "sd_treatment", "correlation"],
  proportions: [...common, "sides", ...spread.slice(1), ...grouped, "share", "reference_share"],
  anova: [...common, ...spread, ...grouped, "arms"],
  equivalence: [...common, ...spread, ...grouped, ...unequal, "bound"],
  paired_equivalence: [...common, ...spread, "sd_treatment", "correlation", "bound"],
};

type NumberRule = readonly [says: string, holds: (value: number) => boolean, fallback?: number];

const positive: NumberRule = ["be a finite number above 0", (value) => value > 0];
const inside: NumberRule = ["lie between 0 and 1", (value) => value > 0 && value < 1];
const share: NumberRule = ["be a share from 0 to 1", (value) => value >= 0 && value <= 1];
const wholeFrom = (least: number): NumberRule => {
  const holds = (value: number) => Number.isInteger(value) && value >= least;
  return [`be a whole number of at least ${least}`, holds, least];
};
const withDefault = ([says, holds]: NumberRule, fallback: number): NumberRule => [says, holds, fallback];

const numberRules: { readonly [name in PowerNumber]: NumberRule } = {
  n: positive,
  effect: ["be a finite number", () => true],
  power: withDefault(inside, 0.8),
  alpha: withDefault(inside, 0.05),
  sides: ["be 1 or 2", (value) => value === 1 || value === 2, 2],
  sd: withDefault(positive, 1),
  sd_treatment: positive,
  share: withDefault(inside, 0.5),
  reference_share: withDefault(inside, 0.5),
  arms: wholeFrom(2),
  cluster_size: ["be a finite number of at least 1", (value) => value >= 1, 1],
  cluster_cv: ["be a finite number of at least 0", (value) => value >= 0, 0],
  icc: withDefault(share, 0),
  blocks: wholeFrom(1),
  r_squared: ["be a share of at least 0 and below 1", (value) => value >= 0 && value < 1, 0],
  replicates: wholeFrom(1),
  reply_icc: withDefault(share, 1),
  correlation: ["lie between -1 and 1", (value) => value > -1 && value < 1, 0.5],
  bound: positive,
};

const numberNames = Object.keys(numberRules) as PowerNumber[];
const known = ["test", "label", "variance", ...numberNames];

/** Reads scenarios: a table's rows, or every combination of an object's values. */
export function readScenarios(
  action: string,
  scenarios: PowerScenario | Table,
  solved: "power" | "n" | "effect",
): Scenario[] {
  return rowsOf(action, scenarios).map((row) => {
    const scenario = completeScenario(action, row);
    checkSolved(action, scenario, solved);
    return scenario;
  });
}

function rowsOf(action: string, scenarios: PowerScenario | Table): { [name: string]: unknown }[] {
  if (isTable(scenarios)) {
    checkRows(action, scenarios, "scenarios");
    const names = scenarios.columnNames();
    checkOptions(action, Object.fromEntries(names.map((name) => [name, null])), known);
    return scenarios.objects() as { [name: string]: unknown }[];
  }
  checkOptions(action, scenarios, known);
  let rows: { [name: string]: unknown }[] = [{}];
  for (const [name, value] of Object.entries(scenarios)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.length === 0) throw new RangeError(cannot(action, name, "hold at least one value", value));
    rows = rows.flatMap((row) => values.map((single) => ({ ...row, [name]: single })));
  }
  return rows;
}

function completeScenario(action: string, row: { [name: string]: unknown }): Scenario {
  const given = Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== null && value !== undefined && !Number.isNaN(value)),
  );
  const { test = "difference_in_means", variance = "separate" } = given as PowerScenario;
  checkOneOf<unknown>(action, "test", test, Object.keys(testNumbers));
  const allowed = testNumbers[test as PowerTest];
  const foreign = numberNames.find((name) => given[name] !== undefined && !allowed.includes(name));
  if (foreign !== undefined) {
    throw new RangeError(cannot(action, foreign, `be left out for the test '${test}'`, given[foreign]));
  }
  const methods = test === "proportions" ? ["separate", "pooled", "arcsine"] : ["separate", "pooled"];
  checkOneOf<unknown>(action, "variance", variance, methods);
  const numbers = { ...readNumbers(action, given) };
  if (Number.isNaN(numbers.sd_treatment)) numbers.sd_treatment = numbers.sd;
  if (test.toString().endsWith("equivalence") && given.effect === undefined) numbers.effect = 0;
  const scenario = { test, given, numbers, variance } as Scenario;
  checkTogether(action, scenario);
  return scenario;
}

function readNumbers(action: string, given: { [name: string]: unknown }): { [name in PowerNumber]: number } {
  const entries = numberNames.map((name) => {
    const value = given[name];
    const [says, holds, fallback = NaN] = numberRules[name];
    if (value === undefined) return [name, fallback];
    if (typeof value !== "number") throw new TypeError(cannot(action, name, says, value));
    if (!Number.isFinite(value) || !holds(value)) throw new RangeError(cannot(action, name, says, value));
    return [name, value];
  });
  return Object.fromEntries(entries) as { [name in PowerNumber]: number };
}

function checkTogether(action: string, { test, numbers, variance }: Scenario): void {
  const { icc, reply_icc, replicates, correlation, reference_share, effect } = numbers;
  const paired = test === "paired" || test === "paired_equivalence";
  if (replicates > 1 && Math.max(icc, paired ? correlation : 0) > reply_icc) {
    const name = paired ? "correlation" : "icc";
    const rule = `be at most 'reply_icc' (${reply_icc}), as replies of different draws share nothing more`;
    throw new RangeError(cannot(action, name, rule, numbers[name]));
  }
  const other = reference_share + (effect || 0);
  if (test === "proportions" && !(other >= 0 && other <= 1)) {
    const rule = `leave a share from 0 to 1 when added to 'reference_share' (${reference_share})`;
    throw new RangeError(cannot(action, "effect", rule, effect));
  }
  if (test === "anova" && effect < 0) {
    throw new RangeError(cannot(action, "effect", `be at least 0 for the test '${test}'`, effect));
  }
  if (variance === "pooled" && test !== "proportions" && numbers.sd !== numbers.sd_treatment && !paired) {
    throw new RangeError(cannot(action, "variance", "be separate where 'sd_treatment' differs", variance));
  }
}

/** What is asked for must not be given, and everything else must be. */
function checkSolved(action: string, { test, given }: Scenario, solved: "power" | "n" | "effect"): void {
  const equivalence = test.endsWith("equivalence");
  const target = solved === "effect" && equivalence ? "bound" : solved;
  if (given[target] !== undefined) {
    throw new RangeError(cannot(action, target, "be left out, as it is what is asked for", given[target]));
  }
  const needed = ["n", equivalence ? "bound" : "effect"].filter((name) => name !== target);
  const missing = needed.find((name) => given[name] === undefined);
  if (missing !== undefined) {
    const names = Object.keys(given).join(", ") || "nothing";
    const said = cannot(action, missing, `be given for the test '${test}'`, undefined);
    throw new RangeError(`${said}; given: ${names}`);
  }
}
