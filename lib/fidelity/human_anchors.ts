import { cannot } from "../core/errors.ts";
import { estimateRow, estimateTableColumns } from "../core/rows.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { inferEstimate } from "../stats/inference.ts";

/** An arm: its name, how many people it had, and their mean or the share who said yes. */
export type AnchorArm = readonly [name: string, people: number, mean: number];

/**
 * A published contrast of two arms of people, and the effect as published: Cohen's d (Welch's t · √(1/n + 1/n)) or a
 * conditional odds ratio.
 */
export type HumanAnchor = readonly [
  study: string,
  arm: AnchorArm,
  reference: AnchorArm,
  measure: "d" | "odds ratio",
  effect: number,
];

const odds = "odds ratio";

/**
 * Published results of people: contrasts of Many Labs 2 (Klein et al. 2018, AMPPS 1(4): 443-490; from its public individual
 * data); shares of 108 people who requested each amount in the 11–20 money game, and of equilibrium play (Arad and
 * Rubinstein 2012; 20 is level 0, 19 level 1, 18 level 2, 17 level 3); and, over the truth, the median and interquartile
 * range of 52 people's estimates in five questions (data of PLOS ONE, doi 10.1371/journal.pone.0078433), where a model that
 * knows the answers has a range near 0.
 */
export const humanAnchors: {
  readonly manyLabs: readonly HumanAnchor[];
  readonly moneyRequest: { readonly [series in "request" | "people" | "equilibrium"]: readonly number[] };
  readonly crowd: { readonly [series in "median" | "interquartile_range"]: readonly number[] };
} = frozen({
  manyLabs: [
    ["Knobe side effect", ["harm", 4000, 5.3403], ["help", 3982, 2.1657], "d", 1.74849],
    ["Hsee less is better", ["scarf", 3850, 5.5049], ["coat", 3796, 4.6146], "d", 0.78226],
    ["Ross false consensus 1", ["sign", 3892, 69.186], ["refuse", 3313, 43.345], "d", 1.18023],
    ["Ross false consensus 2", ["pay", 4279, 72.481], ["court", 3548, 48.765], "d", 0.95233],
    ["Gray moral typecasting", ["adult", 4028, 5.4084], ["baby", 3974, 3.7748], "d", 0.95299],
    ["Bauer consumer", ["individual", 3300, 4.0973], ["consumer", 3308, 3.9223], "d", 0.12118],
    ["Critcher incidental anchor", ["P97", 3444, 49.873], ["P17", 3382, 48.976], "d", 0.04078],
    ["Tversky framing", ["cheap", 3609, 1782 / 3609], ["expensive", 3619, 1162 / 3619], odds, 2.06218],
    ["Hauser trolley", ["side effect", 3484, 2458 / 3484], ["greater good", 3358, 577 / 3358], odds, 11.5415],
  ],
  moneyRequest: {
    request: [11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    people: [0.04, 0, 0.03, 0.06, 0.01, 0.06, 0.32, 0.3, 0.12, 0.06],
    equilibrium: [0, 0, 0, 0, 0.25, 0.25, 0.2, 0.15, 0.1, 0.05],
  },
  crowd: {
    median: [0.9223, 0.3644, 0.9434, 0.5313, 0.9708],
    interquartile_range: [0.5255, 0.8068, 0.9245, 0.5488, 2.5773],
  },
});

/** A value that cannot be changed, nor what it holds. */
function frozen<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

function checkAnchor(anchor: unknown): void {
  const [study, arm, reference, measure, effect] = [anchor].flat();
  const isArm = ([name, people, mean]: unknown[]) =>
    typeof name === "string" && Number.isInteger(people) && Number(people) > 1 && Number.isFinite(mean) &&
    (measure === "d" || Number(mean) > 0 && Number(mean) < 1);
  const isEffect = Number.isFinite(effect) && (measure === "d" || measure === odds && Number(effect) > 0);
  if (typeof study === "string" && isEffect && [arm, reference].every((own) => isArm([own].flat()))) return;
  const rule = "each be [study, [arm, people, mean], [reference, people, mean], effect's measure, effect]: " +
    '"d", or "odds ratio" above 0 with shares between 0 and 1 as means';
  throw new RangeError(cannot("estimate anchors", "anchors", rule, anchor));
}

/**
 * Makes a table of human effects, for `compareEffects`, of published contrasts: all on the scale of Cohen's d.
 *
 * Log odds ratios are multiplied by √3/π (Hasselblad and Hedges 1995). Famous results may have been learnt by heart:
 * `checkGeneralisation` tells.
 *
 * @param anchors published contrasts; if left out, those of Many Labs 2
 * @returns one row per contrast: `study`, `arm`, `reference`, `estimator` (the published measure), `estimate` (arm less
 * reference), `std_error`, `statistic`, `df`, `p_value`, `conf_low`, `conf_high`, `conf_level`, `n`, `basis`, `notes`, `reason`
 * @throws {RangeError} if an anchor is none, such as one of shares that are 0 or 1
 * @see Hedges and Olkin 1985, Statistical Methods for Meta-Analysis, chapter 5
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { estimateAnchors } from "@understudy/understudy/fidelity";
 *
 * assertEquals(estimateAnchors().get("estimate", 0), 1.74849);
 * ```
 */
export function estimateAnchors(anchors: readonly HumanAnchor[] = humanAnchors.manyLabs): Table {
  (Array.isArray(anchors) ? anchors : [anchors]).forEach(checkAnchor);
  const rows = anchors.map(([study, [arm, n1, mean1], [reference, n0, mean0], estimator, effect]) => {
    const ofMeans = 1 / n1 + 1 / n0 + effect ** 2 / (2 * (n1 + n0));
    const ofShares = 1 / (n1 * mean1 * (1 - mean1)) + 1 / (n0 * mean0 * (1 - mean0));
    const found = estimator === "d"
      ? { estimate: effect, stdError: Math.sqrt(ofMeans) }
      : { estimate: Math.log(effect) * Math.sqrt(3) / Math.PI, stdError: Math.sqrt(3 * ofShares) / Math.PI };
    const inferred = inferEstimate({ ...found, df: Infinity }, 0.05);
    return { study, ...estimateRow({ ...inferred, arm, reference, estimator, n: n1 + n0, basis: "human" }) };
  });
  return tableOfRows(rows, ["study", ...estimateTableColumns().filter((name) => name !== "outcome")]);
}
