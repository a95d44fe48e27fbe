import { checkOneOf } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Treatments } from "../core/experiment.ts";
import { flag, oneOf, readOptions, required, rule, type RulesFor, whole } from "../core/options.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { sum } from "../stats/moments.ts";
import { answerShares, type Part, type PersonaOptions, readPeople } from "./answer_shares.ts";
import type { World } from "./declaration.ts";
import { attributeAsked, itemOf, possibleAnswers, type WorldAnswer } from "./item_kinds.ts";
import { itemsTogether, scenesOf, stimuliOf, type WorldConditions } from "./scenes.ts";

/** A truth about the people of a world. */
export type PeopleQuantity = "effect" | "mean" | "shares";

/** What is asked of a world: a truth about its people, or what its respondent makes of it. */
export type WorldQuantity = PeopleQuantity | `naive ${PeopleQuantity}` | "drift";

const truths: readonly PeopleQuantity[] = ["effect", "mean", "shares"];
const quantities: readonly WorldQuantity[] = [
  ...truths,
  ...truths.map((one) => `naive ${one}` as const),
  "drift",
];

/** Options of {@linkcode worldTruth}: what, by whom, and how it is asked. */
export interface WorldTruthOptions extends WorldConditions, PersonaOptions {
  /**
   * `effect`: the average causal effect, had everybody meant met either stimulus; `naive effect`: the difference in
   * means that an experiment on the respondent converges to; `mean`, `shares`, `naive mean`, `naive shares`: the mean
   * answer and the share of each, of the people meant and of the replies that can be read; `drift`: the total variation distance
   * ½ Σ |p − q| of two arms' replies.
   * @default {"effect"}
   */
  what?: WorldQuantity;
  /** The item, or an attribute; or several. A choice between the profiles of a conjoint has no such truth. */
  outcome: string | readonly string[];
  /**
   * For items with options: the answer whose share is the outcome. Of a drift all answers count.
   * @default every answer, each in a row
   */
  category?: string | number;
  /**
   * The stimulus whose effect is asked for, or several; a combination of factors is named by its levels, such as
   * `calm.police`.
   * @default every stimulus but the reference; of means and shares, every one (none where there is none)
   */
  stimulus?: string | readonly string[];
  /**
   * The stimulus that others are compared with.
   * @default the stimulus `control`, else the first of two in sorted order
   */
  reference?: string;
}

const action = "give a world's truth";

/** What the world itself decides about. */
const later = rule<never, undefined>(() => {}, undefined);

const rules = {
  what: oneOf(quantities, "effect"),
  outcome: required<string | readonly string[]>((action, name, value) => {
    if (typeof value === "string" || Array.isArray(value)) return;
    throw new TypeError(cannot(action, name, "be an item's name or a list of them", value));
  }),
  category: later,
  stimulus: later,
  reference: later,
  personas: later,
  stated: later,
  by: later,
  treatments: rule<Treatments, undefined>((action, name, value) => {
    if (Array.isArray((value as Treatments | null)?.arms)) return;
    throw new TypeError(cannot(action, name, "be the result of declareTreatments", value));
  }, undefined),
  orders: oneOf(["fixed", "reversed", "shuffled"], undefined),
  itemOrder: later,
  turns: whole(0, 0),
  unblinded: flag(false),
} satisfies RulesFor<WorldTruthOptions>;

/**
 * Gives the exact truth of a world: an effect, what an experiment on its respondent converges to, shares of answers, or
 * how far the people of two arms have drifted apart; of all people, by group, or by persona.
 *
 * Everything is enumerated. A truth (`effect`, `mean`, `shares`) holds everybody's attributes fixed, stated or not, and
 * ignores how it is asked: E over P(X | stated) of E[Y | do(stimulus), X] − E[Y | do(reference), X]. What replies show
 * counts all that the respondent's behaviour adds, among the replies that can be read. What the prompt decides must be
 * said: treatments, questions asked before, earlier replies; the default is a question asked alone, by a text that holds
 * nothing but its stimulus. With replicates, `estimateEffects` averages within personas first; where refusals depend on
 * what is stated, that is another mean.
 *
 * @param world from `declareWorld`
 * @param options what, of which outcome and stimuli, by whom, and how it is asked; see {@linkcode WorldTruthOptions}
 * @returns one row per quantity: `what`, `outcome` (of a category `item = answer`, as estimators write it), `category`
 * (`null` for means and drift), `arm` (`null` without stimuli), `reference` (`null` for means and shares), `by` and
 * `subgroup` (`null` for all people), `share` (of the people meant), `value` (in units of the outcome; a naive effect
 * minus the effect is its bias; a drift is exactly 0 where nothing but rounding differs; `NaN` for a level that nobody
 * has)
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
 */
export function worldTruth(world: World, options: WorldTruthOptions): Table {
  const asked = readAsked(world, options);
  const { what } = asked;
  const rows = [options.outcome].flat().flatMap((outcome) => {
    checkOutcome(world, outcome, options);
    return armsOf(asked, outcome).flatMap(({ own, other, ...labels }) => {
      const total = sum([...own.values()].map(({ people }) => people));
      return asked.people.subgroups.flatMap(({ subgroup, part, share }) =>
        quantitiesOf(asked, outcome, [own.get(part), other?.get(part)]).map(({ category, value }) => ({
          what,
          outcome: category === null ? outcome : `${outcome} = ${category}`,
          category,
          ...labels,
          by: options.by ?? null,
          subgroup,
          share: share ?? (own.get(part)?.people ?? 0) / total,
          value,
        }))
      );
    });
  });
  const names = ["what", "outcome", "category", "arm", "reference", "by", "subgroup", "share", "value"];
  return tableOfRows(rows, names);
}

type Asked = ReturnType<typeof readAsked>;

/** For a truth about people, of a world whose respondent adds nothing, how it is asked does not count. */
function readAsked(world: World, design: WorldTruthOptions) {
  const { what } = readOptions(action, design, rules);
  const ofPeople = truths.some((truth) => truth === what);
  const people = readPeople(action, world, [ofPeople, design]);
  const conditions = ofPeople ? null : design;
  return { world: ofPeople ? idealOf(world) : world, what, design, conditions, people };
}

/** How often each answer is given by part of the people: of each stimulus, and where it is compared of the reference. */
function armsOf(asked: Asked, outcome: string) {
  const { world, what, design } = asked;
  const answersIn = (arm: string | null) =>
    answerShares(asked, outcome, scenesOf(action, asked, [outcome, arm]));
  const [stimuli, reference] = comparisonOf(world, what, design);
  const other = reference === null ? undefined : answersIn(reference);
  return stimuli.map((arm) => ({ arm, reference, own: answersIn(arm), other }));
}

const ideals = new WeakMap<World, World>();

/** The world whose respondent adds nothing to its people: what its replies show is the truth. */
function idealOf(world: World): World {
  const ideal = ideals.get(world) ?? { ...world, behaviour: {}, drift: 0 };
  ideals.set(world, ideal);
  return ideal;
}

/** The stimuli that are asked for, and the one that they are compared with; none for means and shares. */
function comparisonOf(
  world: World,
  what: WorldQuantity,
  { stimulus, reference, treatments }: WorldTruthOptions,
): readonly [readonly (string | null)[], string | null] {
  const isKnown = (name: string): boolean => stimuliOf(world, name, treatments) !== undefined;
  const declared = treatments?.arms.map(({ name }) => name).filter(isKnown) ?? Object.keys(world.stimuli);
  const known = (argument: string, name: string): string => {
    if (!isKnown(name)) checkOneOf(action, argument, name, declared);
    return name;
  };
  const asked = stimulus === undefined ? undefined : [stimulus].flat().map((name) => known("stimulus", name));
  const every = Object.keys(world.stimuli).length === 0 ? [null] : declared;
  if (/shares|mean/.test(what)) return [asked ?? every, null];
  const compared = known("reference", reference ?? defaultReference(declared));
  return [asked ?? declared.filter((name) => name !== compared), compared];
}

function defaultReference(names: readonly string[]): string {
  if (names.includes("control")) return "control";
  if (names.length === 2) return [...names].sort()[0]!;
  throw new RangeError(cannot(action, "reference", `be named, one of ${names.join(", ")}`, undefined));
}

/** Checks that an outcome can be asked in a world, among the items that are asked with it. */
function checkOutcome(world: World, outcome: string, { itemOrder = [outcome] }: WorldTruthOptions): void {
  const together = itemsTogether(itemOrder);
  for (const [argument, name] of [["outcome", outcome], ...together.map((name) => ["itemOrder", name])]) {
    if (attributeAsked(world, name!) === undefined) {
      checkOneOf(action, argument!, name, Object.keys(world.items));
    }
  }
  if (itemOf(world, outcome).kind === "profile") {
    throw new RangeError(cannot(action, "outcome", "be no choice between profiles", outcome));
  }
  if (together.includes(outcome)) return;
  throw new RangeError(cannot(action, "itemOrder", `contain '${outcome}'`, itemOrder));
}

/** The values of a quantity, from how often each answer is given in the arm and in the reference. */
function quantitiesOf(
  { world, what, design: { category } }: Asked,
  outcome: string,
  [own, other]: readonly [Part | undefined, Part | undefined],
): { readonly category: WorldAnswer | null; readonly value: number }[] {
  const item = itemOf(world, outcome);
  const values = possibleAnswers(world, item);
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
  const mean = (shares: readonly number[], score: (answer: WorldAnswer) => number): number =>
    sum(values.map((answer, k) => score(answer) * shares[k]!));
  const value = (score: (answer: WorldAnswer) => number): number =>
    mean(p!, score) - (what.endsWith("mean") ? 0 : mean(q!, score));
  if (category === undefined && values.every((answer) => Number.isFinite(Number(answer)))) {
    return [{ category: null, value: value(Number) }];
  }
  return asked.map((answer) => ({ category: answer, value: value((other) => (other === answer ? 1 : 0)) }));
}
