import {
  cannot,
  checkLevel,
  checkOneOf,
  checkOptions,
  checkRows,
  columnOf,
  isTable,
  showValue,
  type Table,
} from "../core/mod.ts";
import type { PowerNumber, PowerScenario, PowerTest, Scenario } from "./power_scenario.ts";

const common = ["n", "effect", "power", "alpha"] as const;
const spread = ["sides", "sd", "replicates", "reply_icc", "r_squared"] as const;
const grouped = ["cluster_size", "cluster_cv", "icc", "blocks"] as const;

/** The numbers that each test knows. */
const testNumbers: { readonly [test in PowerTest]: readonly PowerNumber[] } = {
  difference_in_means: [...common, ...spread, ...grouped, "sd_treatment", "share"],
  paired: [...common, ...spread, "sd_treatment", "correlation"],
  proportions: [
    ...common,
    "sides",
    "replicates",
    "reply_icc",
    "r_squared",
    ...grouped,
    "share",
    "reference_share",
  ],
  anova: [...common, ...spread.slice(1), ...grouped, "arms"],
  equivalence: [...common, ...spread.slice(1), ...grouped, "sd_treatment", "share", "bound"],
  paired_equivalence: [...common, ...spread.slice(1), "sd_treatment", "correlation", "bound"],
  correlation: [...common, "sides"],
  chi_square: [...common, "df_terms"],
  regression: [...common, "df_terms", "predictors"],
};

const defaults: { readonly [name in PowerNumber]?: number } = {
  power: 0.8,
  alpha: 0.05,
  sides: 2,
  sd: 1,
  share: 0.5,
  reference_share: 0.5,
  arms: 2,
  cluster_size: 1,
  cluster_cv: 0,
  icc: 0,
  blocks: 1,
  r_squared: 0,
  replicates: 1,
  reply_icc: 1,
  correlation: 0.5,
  df_terms: 1,
};

const numberNames = [...new Set(Object.values(testNumbers).flat())];
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
    const columns = names.map((name) => columnOf(scenarios, name));
    return Array.from(
      { length: scenarios.numRows() },
      (_, row) => Object.fromEntries(names.map((name, i) => [name, columns[i]![row]])),
    );
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
  if (Number.isNaN(numbers.predictors)) numbers.predictors = numbers.df_terms;
  if (test.toString().endsWith("equivalence") && given.effect === undefined) numbers.effect = 0;
  const scenario = { test, given, numbers, variance } as Scenario;
  checkTogether(action, scenario);
  return scenario;
}

type Rule = readonly [says: string, holds: (value: number) => boolean];
const positive: Rule = ["be a finite number above 0", (value) => value > 0];
const share: Rule = ["be a share from 0 to 1", (value) => value >= 0 && value <= 1];
const inside: Rule = ["lie between 0 and 1", (value) => value > 0 && value < 1];
const wholeFrom = (least: number): Rule => [
  `be a whole number of at least ${least}`,
  (value) => Number.isInteger(value) && value >= least,
];

const rules: { readonly [name in PowerNumber]: Rule } = {
  n: positive,
  effect: ["be a finite number", () => true],
  power: inside,
  alpha: inside,
  sides: ["be 1 or 2", (value) => value === 1 || value === 2],
  sd: positive,
  sd_treatment: positive,
  share: inside,
  reference_share: inside,
  arms: wholeFrom(2),
  cluster_size: ["be a finite number of at least 1", (value) => value >= 1],
  cluster_cv: ["be a finite number of at least 0", (value) => value >= 0],
  icc: share,
  blocks: wholeFrom(1),
  r_squared: ["be a share of at least 0 and below 1", (value) => value >= 0 && value < 1],
  replicates: wholeFrom(1),
  reply_icc: share,
  correlation: ["lie between -1 and 1", (value) => value > -1 && value < 1],
  bound: positive,
  df_terms: wholeFrom(1),
  predictors: wholeFrom(1),
};

function readNumbers(action: string, given: { [name: string]: unknown }): { [name in PowerNumber]: number } {
  const entries = numberNames.map((name) => {
    const value = given[name];
    if (value === undefined) return [name, defaults[name] ?? NaN];
    const [says, holds] = rules[name];
    if (typeof value !== "number") throw new TypeError(cannot(action, name, says, value));
    if (!Number.isFinite(value) || !holds(value)) throw new RangeError(cannot(action, name, says, value));
    return [name, value];
  });
  return Object.fromEntries(entries) as { [name in PowerNumber]: number };
}

function checkTogether(action: string, { test, numbers, variance }: Scenario): void {
  const { icc, reply_icc, replicates, correlation, reference_share, effect, df_terms, predictors } = numbers;
  const paired = test === "paired" || test === "paired_equivalence";
  if (replicates > 1 && Math.max(icc, paired ? correlation : 0) > reply_icc) {
    const name = paired ? "correlation" : "icc";
    const rule = `be at most 'reply_icc' (${reply_icc}), as replies of different draws share nothing more`;
    throw new RangeError(cannot(action, name, rule, numbers[name]));
  }
  if (
    test === "proportions" && !(reference_share + (effect || 0) >= 0 && reference_share + (effect || 0) <= 1)
  ) {
    const rule = `leave a share from 0 to 1 when added to 'reference_share' (${reference_share})`;
    throw new RangeError(cannot(action, "effect", rule, effect));
  }
  if (test === "correlation" && Math.abs(effect) >= 1) {
    throw new RangeError(cannot(action, "effect", "lie between -1 and 1", effect));
  }
  if (["anova", "chi_square", "regression"].includes(test) && effect < 0) {
    throw new RangeError(cannot(action, "effect", `be at least 0 for the test '${test}'`, effect));
  }
  if (test === "regression" && predictors < df_terms) {
    throw new RangeError(cannot(action, "predictors", `be at least 'df_terms' (${df_terms})`, predictors));
  }
  if (variance === "pooled" && test !== "proportions" && numbers.sd !== numbers.sd_treatment && !paired) {
    throw new RangeError(cannot(action, "variance", "be separate where 'sd_treatment' differs", variance));
  }
  checkLevel(action, "alpha", numbers.alpha);
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
    throw new RangeError(
      `${cannot(action, missing, `be given for the test '${test}'`, undefined)}; given were ${
        Object.keys(given).map((name) => showValue(name)).join(", ") || "no values"
      }`,
    );
  }
}
