import { checkColumns } from "../core/checks.ts";
import { type Distribution, distributionOf } from "../core/distribution.ts";
import { cannot } from "../core/errors.ts";
import { callback, type OutcomeOptions, outcomeRules, readOptions, required, rule } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { pickOutcome } from "../core/study.ts";
import { columnOf, type Table, tableOf } from "../core/table.ts";
import { dot } from "../stats/matrix.ts";

/** Options of {@linkcode scoreSimilarity}. */
export interface ScoreSimilarityOptions extends Pick<OutcomeOptions, "outcome"> {
  /** Turns texts, at most 100 at a time, to one list of numbers each: `openAiEmbedder`, or a function of your own. */
  embed: (texts: string[]) => Promise<number[][]>;
  /** Sets of sentences, one for each point of the scale: `[{ 1: "I would never buy it.", 2: … }, …]`; they are averaged. */
  anchors: readonly { readonly [point: string]: string }[];
  /**
   * Below 1 sharpens the distributions towards the nearest point, above 1 flattens them.
   * @default {1}
   */
  temperature?: number;
  /**
   * What the farthest point has in place of 0, on the scale of (1 + cosine) / 2.
   * @default {0}
   */
  epsilon?: number;
}

type Embed = ScoreSimilarityOptions["embed"];

const from = (least: number) => (action: string, name: string, value: unknown): void => {
  if (typeof value === "number" && value >= least && value < Infinity) return;
  throw new RangeError(cannot(action, name, `be a number of at least ${least}`, value));
};

const rules = {
  outcome: outcomeRules.outcome,
  embed: required<Embed>(callback().check),
  anchors: required<ScoreSimilarityOptions["anchors"]>(checkAnchors),
  temperature: rule<number, number>(from(0.001), 1),
  epsilon: rule<number, number>(from(0), 0),
};

function checkAnchors(action: string, name: string, value: unknown): void {
  const sets = [value].flat().map((set) => Object.entries(set ?? {}));
  const points = new Set(sets.map((set) => set.map(([point]) => point).join("\n")));
  const spoken = sets.flat().every(([, sentence]) => typeof sentence === "string" && sentence.trim() !== "");
  if (Array.isArray(value) && points.size === 1 && sets[0]!.length > 1 && spoken) return;
  throw new TypeError(cannot(action, name, "be sets of one sentence for each of the same points", value));
}

const action = "score similarity";

/**
 * Turns answers in words to answers on a scale, by their nearness to a sentence for each point of it.
 *
 * Semantic similarity rating: models that are asked for a number spread their answers too little. What comes of it depends
 * on embedder and sentences: try both on people's answers first. With a set of sentences p_r ∝ cos_r - min cos +
 * ε·[r is the minimum]; sets are averaged; then p^(1 / temperature), made to sum to 1.
 *
 * @param answers one row per answer, with `item` and `value`; those without a text stay as they are
 * @param options see {@linkcode ScoreSimilarityOptions}
 * @returns the answers, with `distribution` and, as where probabilities are elicited, a `value` drawn from it: estimators
 * take what is expected of each; the text is in `raw`
 * @throws {RangeError} if there is no such item, or embeddings are not one list of finite numbers for each text
 * @throws {TypeError} if an option is unknown or of the wrong type
 * @see Maier, Aslak and others 2025, LLMs Reproduce Human Purchase Intent via Semantic Similarity, arXiv 2510.08338
 * @example An embedder that counts two words
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { scoreSimilarity } from "@understudy/understudy/fidelity";
 *
 * const answers = tableOf({ arm: ["a", "b"], item: ["view", "view"], value: ["No, no.", "Yes, or no."] });
 * const count = (text: string) => [/no/gi, /yes/gi].map((word) => text.match(word)?.length ?? 0);
 * const scored = await scoreSimilarity(answers, {
 *   outcome: "view",
 *   anchors: [{ 1: "No.", 2: "Yes." }],
 *   embed: (texts) => Promise.resolve(texts.map(count)),
 * });
 * assertEquals(scored.get("distribution", 0), { 1: 1, 2: 0 });
 * ```
 */
export async function scoreSimilarity(answers: Table, options: ScoreSimilarityOptions): Promise<Table> {
  const { outcome, anchors, temperature, epsilon, embed } = readOptions(action, options, rules);
  checkColumns(action, answers, ["item", "value"]);
  if (!columnOf(answers, "item").includes(outcome)) pickOutcome(action, answers, outcome);
  const columns = Object.fromEntries(answers.columnNames().map((name) => [name, columnOf(answers, name)]));
  const texts = columns.value!.map((value, row) =>
    typeof value === "string" && value.trim() !== "" && columns.item![row] === outcome ? value : null
  );
  const points = Object.keys(anchors[0]!);
  const embedded = await embedTexts([...texts, ...anchors.flatMap((set) => Object.values(set))], embed);
  const rate = (text: string | null): Distribution | null => {
    if (text === null) return null;
    const total = points.map(() => 0);
    for (const set of anchors) {
      const cosines = points.map((point) => (1 + dot(embedded.get(text)!, embedded.get(set[point]!)!)) / 2);
      const least = Math.min(...cosines);
      const near = cosines.map((cosine) => cosine === least ? epsilon : cosine - least);
      const sum = near.reduce((all, each) => all + each, 0);
      // A text that is as near to all points is no evidence of any.
      near.forEach((each, place) => total[place]! += sum > 0 ? each / sum : 1 / points.length);
    }
    const largest = Math.max(...total);
    return distributionOf(points, total.map((each) => (each / largest) ** (1 / temperature)));
  };
  const rated = new Map([...new Set(texts)].map((text) => [text, rate(text)]));
  const value = texts.map((text, row) => {
    const distribution = rated.get(text)!;
    if (distribution === null) return columns.value![row];
    const draws = stream(0, "drawn answer", String(columns.request_key?.[row] ?? row), outcome);
    const point = points[draws.index(Object.values(distribution))]!;
    return Number.isNaN(Number(point)) ? point : Number(point);
  });
  const distribution = texts.map((text, row) => rated.get(text) ?? columns.distribution?.[row] ?? null);
  return tableOf({ ...columns, value, distribution, raw: columns.raw ?? texts });
}

/** Each distinct text with its embedding, of length 1; asked for in an order that does not depend on that of the rows. */
async function embedTexts(texts: readonly (string | null)[], embed: Embed): Promise<Map<string, number[]>> {
  const distinct = [...new Set(texts)].filter((text) => text !== null).sort();
  const embedded: number[][] = [];
  while (embedded.length < distinct.length) {
    const batch = distinct.slice(embedded.length, embedded.length + 100);
    const found: unknown[] = [await embed([...batch])].flat();
    for (const at of batch.keys()) {
      const given = found[at];
      const numbers: number[] = Array.isArray(given) && given.every(Number.isFinite) ? given : [];
      const norm = Math.sqrt(dot(numbers, numbers));
      const length = (embedded[0] ?? numbers).length;
      if (found.length !== batch.length || numbers.length !== length || !(norm > 0 && norm < Infinity)) {
        const rule =
          `return for each of ${batch.length} texts one list of ${length} finite numbers, not all 0`;
        throw new RangeError(cannot(action, "embed", rule, `${found.length}, one of which is ${given}`));
      }
      embedded.push(numbers.map((number) => number / norm));
    }
  }
  return new Map(distinct.map((text, at) => [text, embedded[at]!]));
}
