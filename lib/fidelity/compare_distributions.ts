import { median, sampleCorrelation } from "simple-statistics";
import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { columns, type DrawOptions, drawRules, readOptions, type RulesFor, whole } from "../core/options.ts";
import { type WeightOptions, weightRules } from "../core/options.ts";
import { estimateRow } from "../core/rows.ts";
import { stream } from "../core/stream.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { ranks } from "../estimation/randomization/test_statistics.ts";
import { hellinger, jensenShannon, totalVariation } from "../stats/distances.ts";
import { moments } from "../stats/moments.ts";
import { permutationPValue, permuteLabels } from "../stats/permutation.ts";
import { resampleUnits } from "../stats/resampling.ts";
import { type AnswerCell, type DealtUnits, dealtUnits, gatherCells, sharesIn } from "./answer_cells.ts";
import { type ComparedItemsOptions, comparedItemsRules, itemsOfBoth, tablesOf } from "./compared_items.ts";

/** Options of {@linkcode compareDistributions}. */
export interface CompareDistributionsOptions extends ComparedItemsOptions, WeightOptions, DrawOptions {
  /**
   * The columns whose combinations are groups, in each of which distributions are compared; `[]` for none.
   * @default {undefined} `arm` where both tables have it, else all together
   */
  by?: string | readonly string[];
  /**
   * Answers of the runs that `planBaselines` plans. A table without the groups' columns stands for each group.
   * @default {} rows that say what is missing
   */
  baselines?: { readonly population?: Table; readonly empty?: Table; readonly random?: Table };
  /**
   * How many deals, bootstrap samples and split halves are drawn.
   * @default {500}
   */
  resamples?: number;
}

const action = "compare distributions";
const rules = {
  ...comparedItemsRules,
  ...weightRules,
  ...drawRules,
  by: columns,
  baselines: tablesOf<NonNullable<CompareDistributionsOptions["baselines"]>>("population", "empty", "random"),
  resamples: whole(500, 20, 100_000),
} as const satisfies RulesFor<CompareDistributionsOptions>;

const tableColumns = [
  ...["measure", "source", "estimate", "null_mean", "p_value", "n", "n_human", "cells", "basis"],
  ...["notes", "reason"],
];

const personas = ["synthetic", "population query", "empty persona", "random persona"] as const;
const sources = [...personas, "uniform", "human split half"] as const;

const apart =
  "null: few people are in all groups that their counterparts are in, so groups are dealt one by one; " +
  "p-values are somewhat low where personas answer alike in all";

/** The most groups between all of which distances are taken. */
const mostGroups = 200;

/** The measures; of the first four less is better. */
const measures = [
  ...["total variation", "Jensen-Shannon", "Hellinger", "Wasserstein", "weighted F1", "SimBench score"],
  ...["accuracy", "adaptability", "structure", "Population Fidelity Score"],
];

/**
 * Compares how people and a model distribute their answers, beside what less than a model of persons would score.
 *
 * A cell is a group by an item. Means over cells: `total variation`, `Jensen-Shannon` divergence (bits), `Hellinger` and
 * `Wasserstein` distance (of the scale's width; names are 1 apart); `weighted F1` of answers, by how many people gave them,
 * if paired as well as could be; `SimBench score`, 100 (1 - TV / TV of equally likely answers). The `Population Fidelity
 * Score` is the geometric mean of `accuracy` (1 - Wasserstein), `adaptability` (do an item's groups differ as much? the
 * ratio of median distances between them or its inverse, the lesser) and `structure` (do the same groups differ? Spearman's
 * correlation of these distances, at least 0); of several items the geometric mean of theirs, and its parts the means.
 *
 * Distances of samples are biased upward, and bootstrap intervals of them covered as little as 2% in simulations: there are none.
 * Beside each score stand its `null_mean`, what samples of these sizes from one population score (who is whom is dealt anew
 * within groups; for a population query and uniform answers people are resampled, against themselves), the `p_value` of
 * scoring worse, and the source `human split half`: halves of the people, which are noisier than all of them.
 *
 * @param human people's answers, long or wide
 * @param synthetic a model's answers, long or wide; those that are probabilities count as such
 * @param options see {@linkcode CompareDistributionsOptions}
 * @returns for each `source` (synthetic, population query, empty persona, random persona, uniform, human split half) and
 * `measure`: `estimate`, `null_mean`, `p_value`, `n` (the source's persons), `n_human`, `cells`, `basis`, `notes`, `reason`
 * @throws {RangeError} if a column or item is missing, an answer is not on its scale, or no cell has answers of both
 * @see Meister et al. 2025; Hu et al. 2025 (SimBench); da Silva et al. 2026 (Population Fidelity Score)
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { compareDistributions } from "@understudy/understudy/fidelity";
 *
 * const human = tableOf({ trust: [1, 2, 2, 3, 3, 3, 4, 5] });
 * const synthetic = tableOf({ trust: [3, 3, 3, 3, 3, 3, 4, 2] });
 * const scores = compareDistributions(human, synthetic, { items: "trust", scale: [1, 5] });
 * assertEquals([scores.get("measure", 0), scores.get("estimate", 0)], ["total variation", 3 / 8]);
 * ```
 */
export function compareDistributions(
  human: Table,
  synthetic: Table,
  options: CompareDistributionsOptions = {},
): Table {
  const { resamples, seed, baselines, ...asked } = readOptions(action, options, rules);
  const items = itemsOfBoth(action, [human, synthetic], asked.items);
  const haveArms = [human, synthetic].every((table) => table.columnNames().includes("arm"));
  const by = [asked.by ?? (haveArms ? "arm" : [])].flat();
  checkColumns(action, synthetic, by, "synthetic");
  const tables = [human, synthetic, baselines.population, baselines.empty, baselines.random];
  const { cells, units, unequal, notes } = gatherCells(action, tables, { ...asked, items, by });
  const unitsOf = (source: number) => [...units.keys()].filter((unit) => units[unit]!.source === source);
  const people = unitsOf(0);
  const rows = sources.flatMap((source, place) => {
    const isHalf = source === "human split half";
    const basis = isHalf ? "human" as const : "synthetic" as const;
    const unknown = { source, basis, null_mean: NaN, n_human: NaN, cells: NaN };
    if (place < 4 && tables[place + 1] === undefined) {
      const reason = [`no ${source} was asked: planBaselines plans it`];
      return measures.map((measure) => estimateRow({ ...unknown, measure, reason }));
    }
    const others = isHalf ? people : unitsOf(place + 1);
    const all = [...people, ...others];
    const involved = new Set(all);
    const used = (entries: AnswerCell["entries"]) => entries.filter(({ unit }) => involved.has(unit));
    const own = cells.map((cell) => ({ ...cell, entries: used(cell.entries) }));
    const whole: DealtUnits = { cells: own, units, all };
    const score = (first: readonly number[], second: readonly number[] | null, held = whole) => {
      const [one, other] = [first, second ?? []].map((drawn) => {
        const times = new Float64Array(held.units.length);
        for (const unit of drawn) times[unit]!++;
        return times;
      });
      return measureCells(held.cells, one!, second && other!);
    };
    const random = stream(seed, action, source);
    const drawn: (readonly number[])[] = [];
    const isSample = place < 4 && source !== "population query";
    const why = unequal[0] || isSample && unequal[place + 1] || "";
    const dealt = isSample ? dealtUnits(whole) : whole;
    let exact = false;
    if (isHalf) {
      for (let draw = 0; draw < resamples; draw++) {
        // Every other person of a stratum is of the first half.
        const order = random.shuffle(people).sort((a, b) => units[a]!.stratum - units[b]!.stratum);
        drawn.push(score(order.filter((_, at) => at % 2 === 0), order.filter((_, at) => at % 2 === 1)));
      }
    } else if (why === "" && isSample) {
      const deal = (labels: Int32Array) => {
        const [one, other] = [0, 1].map((side) => dealt.all.filter((_, at) => labels[at] === side));
        drawn.push(score(one!, other!, dealt));
      };
      const groups = dealt.all.map((unit) => dealt.units[unit]!.stratum);
      const labels = dealt.all.map((unit) => dealt.units[unit]!.source === 0 ? 0 : 1);
      const limits = { permutations: resamples, exactLimit: resamples };
      ({ exact } = permuteLabels(labels, deal, { random, groups, ...limits }));
    } else if (why === "") {
      const again = (places: Int32Array) =>
        drawn.push(score(Array.from(places, (at) => people[at]!), people));
      resampleUnits(people.length, again, { random, replicates: resamples });
    }
    const observed = isHalf ? null : score(people, source === "uniform" ? null : others);
    return measures.map((measure, m) => {
      const nulls = isHalf ? [] : drawn.map((each) => each[m]!).filter((value) => !Number.isNaN(value));
      const [estimate, sign] = [observed?.[m] ?? meanOf(drawn, m), m < 4 ? 1 : -1];
      const p_value = permutationPValue(sign * estimate, nulls.map((value) => sign * value), { exact });
      const cells = (observed ?? drawn[0]!)[measures.length]!;
      const groups = `needs ${m === 7 ? "two" : "three"} groups ('by') that differ, at most ${mostGroups}`;
      const needs = m === 5 ? "people's answers are spread evenly over the categories" : m > 6 ? groups : "";
      const lacks = cells === 0 ? "no usable answers" : needs;
      return estimateRow({
        ...unknown,
        ...{ measure, estimate, null_mean: moments(nulls).mean, p_value: nulls.length > 0 ? p_value : NaN },
        ...{ n: others.length, n_human: people.length, cells },
        notes: [...notes[0]!, ...notes[place + 1] ?? [], dealt === whole ? "" : apart],
        reason: [Number.isNaN(estimate) ? lacks : "", isHalf || why === "" ? "" : `no null: ${why}`],
      });
    });
  });
  if (rows[0]!.cells > 0) return tableOfRows(rows, tableColumns);
  throw new RangeError(cannot(action, "synthetic", "have answers in a group in which people have", "none"));
}

/** The measures, in their order, of people's answers against others', and then in how many cells there are both. */
function measureCells(
  cells: readonly AnswerCell[],
  human: ArrayLike<number>,
  other: ArrayLike<number> | null,
): readonly number[] {
  const [each, parts]: [number[][], number[][]] = [[], []];
  for (const own of Map.groupBy(cells, ({ item }) => item).values()) {
    const { scores } = own[0]!;
    // Distances are Σ |difference|: Wasserstein's of how much lies below, times the way to the next category.
    const place = (shares: Float64Array): Float64Array => {
      let below = 0;
      if (scores === null) return shares.map((share) => share / 2);
      return shares.map((share, k) => (below += share) * ((scores[k + 1] ?? scores[k]!) - scores[k]!));
    };
    const uniform = Float64Array.from(own[0]!.labels, () => 1 / own[0]!.labels.length);
    const pairs = own.map((cell) => [sharesIn(cell, human), other === null ? uniform : sharesIn(cell, other)])
      .filter((pair): pair is [Float64Array, Float64Array] => !pair.includes(null));
    if (pairs.length === 0) continue;
    const found = pairs.map(([p, q]) => [
      ...[totalVariation(p, q), jensenShannon(p, q), hellinger(p, q), distance(place(p), place(q))],
      // F1 = 2 min(p, q)/(p + q), from precision min(p, q)/q and recall min(p, q)/p
      p.reduce((sum, share, k) => sum + 2 * share * Math.min(share, q[k]!) / (share + q[k]! || 1), 0),
      totalVariation(p, uniform),
    ]);
    each.push(...found);
    // All pairs of many groups would take too long.
    const few = pairs.length > mostGroups ? [] : pairs;
    const [between, apart] = [0, 1].map((side) => {
      const placed = few.map((pair) => place(pair[side]!));
      return placed.flatMap((one, at) => placed.slice(0, at).map((two) => distance(one, two)));
    }) as [number[], number[]];
    const ratio = few.length > 1 ? median(apart) / median(between) : NaN;
    const alike = apart.every((each) => each < 1e-12);
    const [r, s] = [between, apart].map((own) => Array.from(ranks(Float64Array.from(own)))) as typeof parts;
    const structure = few.length < 3 ? NaN : alike ? 0 : sampleCorrelation(r!, s!);
    parts.push([1 - meanOf(found, 3), Math.min(ratio, 1 / ratio), Math.max(0, structure)]);
  }
  const distances = [0, 1, 2, 3, 4].map((at) => meanOf(each, at));
  const uneven = meanOf(each, 5);
  const simBench = uneven > 1e-12 ? 100 * (1 - distances[0]! / uneven) : NaN;
  const fidelity = Math.exp(meanOf(parts.map((own) => [Math.log(own[0]! * own[1]! * own[2]!) / 3]), 0));
  return [...distances, simBench, ...[0, 1, 2].map((at) => meanOf(parts, at)), fidelity, each.length];
}

function meanOf(rows: readonly (readonly number[])[], at: number): number {
  return rows.reduce((sum, row) => sum + row[at]!, 0) / rows.length;
}

function distance(one: Float64Array, two: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < one.length; k++) sum += Math.abs(one[k]! - two[k]!);
  return sum;
}
