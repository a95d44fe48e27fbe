import { checkColumns, checkOneOf } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Conjoint, Treatments } from "../core/experiment.ts";
import { oneOf, readOptions, required, rule, type RulesFor } from "../core/options.ts";
import { columnOf, distinct, groupRows, type Table, tableOfRows } from "../core/table.ts";
import { sum } from "../stats/moments.ts";
import { addPart, answerShares, type Part, type Scene, type StatedGroup } from "./answer_shares.ts";
import { checkAsked, checkConditions, isTreatments, type WorldConditions } from "./conditions.ts";
import type { World } from "./declaration.ts";
import { armStimuli } from "./factors.ts";
import { itemOf, possibleAnswers, type WorldAnswer } from "./item_kinds.ts";
import type { Levels } from "./predictor.ts";
import { armCombinations, profileCombinations, scenesOf } from "./scenes.ts";

/** What is asked of a world: a truth about its people, or what its respondent makes of it. */
export type WorldQuantity =
  | "effect"
  | "naive effect"
  | "shares"
  | "naive shares"
  | "drift"
  | "amce"
  | "naive amce";

/** Options of {@linkcode worldTruth}: what, by whom, and how it is asked. */
export interface WorldTruthOptions extends WorldConditions {
  /**
   * `effect`: the average causal effect, had everybody meant met either stimulus; `naive effect`: the difference in
   * means that an experiment on the respondent converges to; `shares` and `naive shares`: the share of each answer,
   * among the people meant and among the replies that can be read; `drift`: the total variation distance
   * ½ Σ |p − q| of two arms' replies; `amce` and `naive amce`: the average marginal component effect of each level of
   * a factor or feature against its first, over the combinations that occur with both, as the design has them.
   *
   * @default {"effect"}
   */
  what?: WorldQuantity;
  /** The item, or an attribute; or several. */
  outcome: string | readonly string[];
  /**
   * For items with options: the answer whose share is the outcome. Of a drift all answers count.
   *
   * @default every answer, each in a row
   */
  category?: string | number;
  /**
   * The stimulus whose effect is asked for, or several; a combination of factors is named by its levels, such as
   * `calm.police`.
   *
   * @default every stimulus but the reference; of shares, every one
   */
  stimulus?: string | readonly string[];
  /**
   * The stimulus that others are compared with.
   *
   * @default the stimulus `control`, else the first of two in sorted order
   */
  reference?: string;
  /**
   * The conjoint whose component effects are asked for; those of a factorial, from `declareFactorial`, are asked for
   * by `treatments`.
   */
  conjoint?: Conjoint;
  /**
   * One row per persona; columns named after attributes hold their levels, `weight` their weights. What is missing
   * (`null`, `undefined`, `NaN`) is left open, as in a persona's text.
   *
   * @default one persona of whom nothing is stated
   */
  personas?: Table;
  /**
   * The attributes that the personas' texts state.
   *
   * @default every attribute of the world that is a column
   */
  stated?: readonly string[];
  /**
   * An attribute, for the truth in each of its levels (it need not be stated; of replies, it must be), or
   * `"persona_id"` for that of each persona.
   *
   * @default all people together
   */
  by?: string;
}

/** A comparison in a world: all options of {@linkcode worldTruth} but what is asked, and in which groups. */
export interface WorldContrast extends Omit<WorldTruthOptions, "what" | "by"> {
  /** The item. */
  outcome: string;
  /** The stimulus whose effect is asked for. */
  stimulus: string;
  /** The stimulus that it is compared with. */
  reference: string;
  /** One row per persona. */
  personas: Table;
}

const action = "give a world's truth";
const any = rule<never, undefined>(() => {}, undefined);

const rules = {
  what: oneOf(["effect", "naive effect", "shares", "naive shares", "drift", "amce", "naive amce"], "effect"),
  outcome: required<string | readonly string[]>((action, name, value) => {
    if (typeof value !== "string" && !Array.isArray(value)) {
      throw new TypeError(cannot(action, name, "be an item's name or a list of them", value));
    }
  }),
  category: any,
  stimulus: any,
  reference: any,
  personas: any,
  stated: any,
  by: any,
  conjoint: any,
  treatments: any,
  orders: any,
  itemOrder: any,
  turns: any,
  unblinded: any,
} satisfies RulesFor<WorldTruthOptions>;

/**
 * Gives the exact truth of a world: an effect, what an experiment on its respondent converges to, shares of answers, or
 * how far the people of two arms have drifted apart; of all people, by group, or by persona.
 *
 * Everything is enumerated. A truth (`effect`, `shares`) holds everybody's attributes fixed, stated or not, and ignores
 * how it is asked: E over P(X | stated) of E[Y | do(stimulus), X] − E[Y | do(reference), X]. What replies show (`naive
 * effect`, `naive shares`, `drift`) counts all that the respondent's behaviour adds, among the replies that can be read:
 * who is imagined, who refuses, in which place an option stands, how a treatment is worded. What the prompt decides must
 * be said: the treatments, the questions asked before, earlier replies. A question asked alone, by a text that holds
 * nothing but its stimulus, is the default. With replicates, `estimateEffects` averages within personas first; where
 * refusals depend on what is stated, that is another mean.
 *
 * @param world from `declareWorld`
 * @param options what, of which outcome and stimuli, by whom, and how it is asked; see {@linkcode WorldTruthOptions}
 * @returns one row per quantity: `what`, `outcome` (of a category `item = answer`, as estimators write it), `category`
 * (`null` for means and drift), `arm`, `reference` (`null` for shares), `by` and `subgroup` (`null` for all people),
 * `share` (of the people meant), `value` (in units of the outcome; a naive effect minus the effect is its bias; a drift
 * is exactly 0 where nothing but rounding differs; `NaN` for a level that nobody has)
 * @throws {RangeError} if a name does not exist in the world
 * @throws {TypeError} if an option is unknown
 * @example The effect of a warning, and what an experiment makes of it
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { declareReadyStudy, worldTruth } from "@understudy/understudy/worlds";
 *
 * const { world, contrast } = declareReadyStudy("user drift", { seed: 1 });
 * const effect = worldTruth(world, contrast).get("value", 0) as number;
 * const naive = worldTruth(world, { ...contrast, what: "naive effect" }).get("value", 0) as number;
 * assertAlmostEquals(effect, 0.57, 0.01);
 * assertAlmostEquals(naive, 1.27, 0.01);
 * const drift = worldTruth(world, { ...contrast, what: "drift", outcome: ["news_source", "worship"] });
 * assertAlmostEquals(drift.get("value", 0) as number, 0.19, 0.01);
 * ```
 * @example By group, and a share by hand: P(threat | A) = 1/2, P(threat | B) = 3/4, so P(B | threat) = 3/5
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { declareWorld, worldTruth } from "@understudy/understudy/worlds";
 *
 * const world = declareWorld({
 *   name: "w",
 *   seed: 1,
 *   attributes: { party: { shares: { A: 0.5, B: 0.5 } } },
 *   stimuli: { control: "exercise", threat: "incursion" },
 *   exposure: { threat: { party: { B: Math.log(3) } } },
 *   items: {
 *     fear: { kind: "yesNo", stimuli: { threat: { effect: 0, by: { party: { B: Math.log(3) } } } } },
 *   },
 * });
 * const effects = worldTruth(world, { outcome: "fear", by: "party" });
 * assertAlmostEquals(effects.get("value", 1) as number, 0.75 - 0.5, 1e-12);
 * const shares = worldTruth(world, { what: "naive shares", outcome: "party", stimulus: "threat" });
 * assertAlmostEquals(shares.get("value", 1) as number, 3 / 5, 1e-12);
 * ```
 */
export function worldTruth(world: World, options: WorldTruthOptions): Table {
  const { what } = readOptions(action, options, rules);
  const ofPeople = what === "effect" || what === "shares" || what === "amce";
  const asked = ofPeople ? idealOf(world) : world;
  const conditions = ofPeople ? {} : options;
  const people = readPeople(world, ofPeople, options);
  const rows = [options.outcome].flat().flatMap((outcome) => {
    checkAsked(action, world, "outcome", outcome);
    checkConditions(action, world, outcome, options);
    const sharesIn = (scenes: readonly Scene[]) =>
      answerShares(asked, { outcome, scenes, conditions, ...people });
    const compared = what.endsWith("amce")
      ? componentsOf(asked, outcome, [conditions, options], sharesIn)
      : armsOf(asked, what, outcome, [conditions, options], sharesIn);
    return compared.flatMap(({ columns, own, other }) => {
      const total = sum([...own.values()].map(({ people }) => people));
      return people.subgroups.flatMap(({ subgroup, part, share = (own.get(part)?.people ?? 0) / total }) =>
        quantitiesOf(world, outcome, [what, options.category], [own.get(part), other?.get(part)])
          .map(({ category, value }) => ({
            what,
            outcome: category === null ? outcome : `${outcome} = ${category}`,
            category,
            ...columns,
            by: options.by ?? null,
            subgroup,
            share,
            value,
          }))
      );
    });
  });
  const labels = what.endsWith("amce") ? ["feature", "level", "reference"] : ["arm", "reference"];
  return tableOfRows(rows, ["what", "outcome", "category", ...labels, "by", "subgroup", "share", "value"]);
}

/** Two answers to be compared: what they are called, and how often each is given by part of the people. */
interface Compared {
  readonly columns: { readonly [column: string]: string | null };
  readonly own: ReadonlyMap<string, Part>;
  readonly other?: ReadonlyMap<string, Part>;
}

type SharesIn = (scenes: readonly Scene[]) => Map<string, Part>;

/** Stimuli, each with the reference; of shares each by itself. */
function armsOf(
  world: World,
  what: WorldQuantity,
  outcome: string,
  [conditions, options]: readonly [WorldConditions, WorldTruthOptions],
  sharesIn: SharesIn,
): Compared[] {
  if (itemOf(world, outcome).kind === "profile") {
    throw new RangeError(
      cannot(action, "what", `be 'amce' where profiles are chosen, as in '${outcome}'`, what),
    );
  }
  const answersIn = (arm: string) => sharesIn(scenesOf(world, outcome, arm, conditions));
  const [stimuli, reference] = comparisonOf(world, what, options);
  const other = reference === null ? {} : { other: answersIn(reference) };
  return stimuli.map((arm) => ({ columns: { arm, reference }, own: answersIn(arm), ...other }));
}

/** Levels of factors or features, each with the first: over combinations that occur with both, as the design has them. */
function componentsOf(
  world: World,
  outcome: string,
  [conditions, { conjoint, treatments }]: readonly [WorldConditions, WorldTruthOptions],
  sharesIn: SharesIn,
): Compared[] {
  if (conjoint === undefined && (treatments === undefined || !isTreatments(treatments))) {
    const rule = "be the result of declareConjoint, or 'treatments' that of declareFactorial";
    throw new TypeError(cannot(action, "conjoint", rule, conjoint));
  }
  const combinations = conjoint === undefined
    ? armCombinations(world, outcome, treatments as Treatments, conditions)
    : profileCombinations(action, world, outcome, [conjoint, conditions]);
  const seen = combinations.map(({ levels, probability, scenes }) => ({
    levels,
    probability,
    parts: sharesIn(scenes),
  }));
  const withLevel = (combination: Levels, feature: string, level: string) =>
    seen.find(({ levels }) => levelsKey({ ...combination, [feature]: level }) === levelsKey(levels));
  return Object.keys(seen[0]!.levels).flatMap((feature) => {
    const [reference, ...others] = distinct(seen.map(({ levels }) => levels[feature]!));
    return others.map((level): Compared => {
      const [own, other] = [new Map<string, Part>(), new Map<string, Part>()];
      for (const one of seen.filter(({ levels }) => levels[feature] === level)) {
        const base = withLevel(one.levels, feature, reference!);
        if (base === undefined) continue;
        const weight = one.probability + base.probability;
        for (const [parts, from] of [[own, one.parts], [other, base.parts]] as const) {
          for (const [name, { people, answers }] of from) {
            addPart(parts, name, {
              people: weight * people,
              answers: answers.map((answer) => weight * answer),
            });
          }
        }
      }
      return { columns: { feature, level, reference: reference! }, own, other };
    });
  });
}

function levelsKey(levels: Levels): string {
  return JSON.stringify(Object.entries(levels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const ideals = new WeakMap<World, World>();

/** The world whose respondent adds nothing to its people: what its replies show is the truth. */
function idealOf(world: World): World {
  const ideal = ideals.get(world) ?? { ...world, behaviour: {}, drift: 0 };
  ideals.set(world, ideal);
  return ideal;
}

/** The stimuli that are asked for, and the one that they are compared with; none for shares. */
function comparisonOf(
  world: World,
  what: WorldQuantity,
  { stimulus, reference, treatments = {} }: WorldTruthOptions,
): readonly [readonly string[], string | null] {
  const declared = isTreatments(treatments)
    ? treatments.arms.map(({ name }) => name).filter((name) => armStimuli(world, name) !== undefined)
    : Object.keys(world.stimuli);
  const known = (argument: string, name: string): string => {
    if (armStimuli(world, name) === undefined) checkOneOf(action, argument, name, declared);
    return name;
  };
  const asked = stimulus === undefined ? undefined : [stimulus].flat().map((name) => known("stimulus", name));
  if (what.endsWith("shares")) return [asked ?? declared, null];
  const compared = known("reference", reference ?? defaultReference(declared));
  return [asked ?? declared.filter((name) => name !== compared), compared];
}

function defaultReference(names: readonly string[]): string {
  if (names.includes("control")) return "control";
  if (names.length === 2) return [...names].sort()[0]!;
  throw new RangeError(cannot(action, "reference", `be named, one of ${names.join(", ")}`, undefined));
}

/** Who is asked, which part of the people somebody belongs to, and the parts that rows are about. */
interface PeopleAsked {
  readonly groups: readonly StatedGroup[];
  readonly partOf: (group: number, levels: Levels) => string;
  readonly subgroups: readonly {
    readonly subgroup: unknown;
    readonly part: string;
    readonly share?: number;
  }[];
}

function readPeople(world: World, ofPeople: boolean, options: WorldTruthOptions): PeopleAsked {
  const { personas, by } = options;
  const groups = groupByStated(world, options);
  if (by === undefined) return { groups, partOf: () => "", subgroups: [{ subgroup: null, part: "" }] };
  if (by === "persona_id") {
    if (personas === undefined) throw new TypeError(cannot(action, "personas", "be given", personas));
    checkColumns(action, personas, ["persona_id"], "personas");
    const weights = weightsOf(personas);
    const total = sum(weights);
    const groupOf = new Map(groups.flatMap(({ rows }, group) => rows.map((row) => [row, String(group)])));
    const subgroups = columnOf(personas, "persona_id").map((subgroup, row) => ({
      subgroup,
      part: groupOf.get(row)!,
      share: weights[row]! / total,
    }));
    return { groups, partOf: (group) => String(group), subgroups };
  }
  checkOneOf(action, "by", by, [...Object.keys(world.attributes), "persona_id"]);
  const subgroups = world.attributes[by]!.map((level) => ({ subgroup: level, part: level }));
  if (ofPeople) return { groups, partOf: (_, levels) => levels[by]!, subgroups };
  // Whom a respondent imagines is not seen; what is stated is.
  if (groups.some(({ stated }) => stated[by] === undefined)) {
    throw new RangeError(cannot(action, "by", "be stated of every persona where 'what' is of replies", by));
  }
  return { groups, partOf: (group) => groups[group]!.stated[by]!, subgroups };
}

/** Groups personas by what their texts state. */
function groupByStated(world: World, { personas, stated }: WorldTruthOptions): StatedGroup[] {
  if (personas === undefined) return [{ stated: {}, weight: 1, rows: [0] }];
  checkColumns(action, personas, stated ?? [], "personas");
  const known = Object.keys(world.attributes);
  for (const attribute of stated ?? []) checkOneOf(action, "stated", attribute, known);
  const names = personas.columnNames();
  const attributes = stated ?? known.filter((attribute) => names.includes(attribute));
  const columns = attributes.map((attribute) => columnOf(personas, attribute));
  const weights = weightsOf(personas);
  // What a persona lacks its text leaves open, as in describePersona.
  const facts = Array.from(
    { length: personas.numRows() },
    (_, row) =>
      attributes.flatMap((attribute, i): [string, string][] => {
        const value = columns[i]![row];
        const missing = value === null || value === undefined || Number.isNaN(value);
        return missing ? [] : [[attribute, String(value)]];
      }),
  );
  return [...groupRows(facts.map((fact) => JSON.stringify(fact))).values()].map((rows) => ({
    stated: Object.fromEntries(facts[rows[0]!]!),
    weight: sum(rows.map((row) => weights[row]!)),
    rows,
  }));
}

function weightsOf(personas: Table): readonly number[] {
  if (personas.columnNames().includes("weight")) return columnOf<number>(personas, "weight");
  return new Array<number>(personas.numRows()).fill(1);
}

/** The values of a quantity, from how often each answer is given in the arm and in the reference. */
function quantitiesOf(
  world: World,
  outcome: string,
  [what, category]: readonly [WorldQuantity, WorldAnswer | undefined],
  [own, other]: readonly [Part | undefined, Part | undefined],
): { readonly category: WorldAnswer | null; readonly value: number }[] {
  const item = itemOf(world, outcome);
  // A profile is chosen, or not.
  const values = item.kind === "profile" ? [1, 0] : possibleAnswers(world, item);
  const [p, q] = [own, other].map((part) => {
    const total = sum(part?.answers ?? []);
    return values.map((_, k) => (part?.answers[k] ?? NaN) / total);
  });
  if (what === "drift") {
    const distance = sum(p!.map((share, k) => Math.abs(share - q![k]!) / 2));
    // Shares that are sums of the same numbers in another order differ in their last digits.
    return [{ category: null, value: distance < 1e-14 ? 0 : distance }];
  }
  if (category !== undefined) checkOneOf(action, "category", category, values);
  const asked = category === undefined ? values : [category];
  if (what.endsWith("shares")) {
    return asked.map((answer) => ({ category: answer, value: p![values.indexOf(answer)]! }));
  }
  const difference = (score: (answer: WorldAnswer) => number): number =>
    sum(values.map((answer, k) => score(answer) * p![k]!)) -
    sum(values.map((answer, k) => score(answer) * q![k]!));
  if (category === undefined && values.every((answer) => Number.isFinite(Number(answer)))) {
    return [{ category: null, value: difference(Number) }];
  }
  return asked.map((answer) => ({
    category: answer,
    value: difference((other) => (other === answer ? 1 : 0)),
  }));
}
