import { checkDistinct, checkOneOf, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { AskMode, Conjoint, Design, ElicitMode, Treatments } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import type { ReadOptions, RulesFor } from "../core/options.ts";
import { columns, oneOf, readOptions, required, rule } from "../core/options.ts";
import { flatSteps, type Protocol } from "../core/protocol.ts";
import { checkItems, protocolItems } from "./asked_items.ts";
import { readArmProbabilities } from "./assignment_strata.ts";
import type { Factorial } from "./declare_factorial.ts";
import { checkIsConjoint, checkNoColumn } from "./features.ts";

/** What {@linkcode declareDesign} needs to know. */
export interface DeclareDesignOptions {
  /** The arms, from `declareTreatments`; these or `factors`, or neither where there is a `conjoint`, or a `protocol` in
   * which nothing is randomised. */
  readonly treatments?: Treatments;
  /** Arms that are combinations of factors, from `declareFactorial`; each factor gets a column. */
  readonly factors?: Factorial;
  /** Profiles that are judged or chosen between, from `declareConjoint`; beside arms, which then precede them. */
  readonly conjoint?: Conjoint;
  /**
   * The questions, in the order declared; from `likert`, `choice` and the others. With a `conjoint`, one whose options
   * are its `labels` (and perhaps others) lets choose between the profiles; any other is asked of each profile.
   * These or a `protocol`.
   */
  readonly items?: readonly Item[];
  /** What a session goes through, from `declareProtocol`, in place of `items`: those of its ask steps are the questions. */
  readonly protocol?: Protocol;
  /**
   * The attributes that a persona's text states, in this order. The model is told nothing else of a person: `[]` tells
   * nothing. To state more of the same people, as a repair does: `{ ...design, stated: [...design.stated, "party"] }`.
   */
  readonly stated: readonly string[];
  /**
   * The arm with which the others are compared.
   * @default the arm named "control", else the first
   */
  readonly reference?: string;
  /**
   * The probability of each arm; they sum to 1, and one arm may be left out.
   * @default those of `factors`, else equal
   */
  readonly probabilities?: { readonly [arm: string]: number };
  /**
   * `complete`: the arms' sizes are fixed, to rounding. `simple`: each persona (or cluster) is assigned by itself.
   * @default "complete"
   */
  readonly assignment?: "simple" | "complete";
  /**
   * Attribute, or attributes, whose combinations are blocks: assignment is complete within each.
   * @default []
   */
  readonly blocks?: string | readonly string[];
  /**
   * The attribute that names clusters, each assigned as one.
   * @default null
   */
  readonly clusters?: string | null;
  /**
   * `between`: each persona sees one arm. `within`: each persona sees all, in an order of its own.
   * @default "between"
   */
  readonly subjects?: "between" | "within";
  /**
   * Within subjects: `separate`: each arm by itself, in which nothing of the others is told. `one`: all arms are one
   * conversation, in which later ones remember those before.
   * @default "separate"
   */
  readonly conversation?: "separate" | "one";
  /**
   * The probability of each arm in some blocks (named as in the column `block`: values joined by " / "); the others have
   * `probabilities`.
   * @default {}
   */
  readonly blockProbabilities?: { readonly [block: string]: { readonly [arm: string]: number } };
  /**
   * Whether each persona gets the questions in an order of its own.
   * @default "shuffled"
   */
  readonly itemOrder?: "fixed" | "shuffled";
  /**
   * `together`: all questions in one call. `in turn`: each in a call of its own, which follows those before with their
   * replies. `apart`: each in a call of its own, in which nothing of the others stands. One question a call is what small
   * models and endpoints without a schema can answer.
   * @default "together"
   */
  readonly ask?: AskMode;
  /**
   * `answer`: one answer. `log-probabilities`: how likely the model is to begin its reply with each answer, from a plain
   * question with the answers as digits or letters, asked `in turn` or `apart`; for models that answer without thinking
   * first, behind endpoints that tell log-probabilities. `percentages`: the model says how likely it is to give each
   * answer. `shares`: it says how many of 100 people would, as `planBaselines` asks of a population. All give the columns
   * `distribution` and `option_mass`, and `value` is drawn from the distribution. They are for questions with 2 to 20
   * answers of which one is given. Give these the `order` "reversed" or "shuffled": the place of an answer moves a small
   * model's probabilities (SmolLM2, 135 million weights: from high to low a mean 1.1 of 7 points higher).
   * @default "answer"
   */
  readonly elicit?: ElicitMode;
}

const action = "declare a design";
const areTreatments = "be the result of declareTreatments({ control: …, treated: … })";

/** The one arm of a conjoint, or of a protocol, that has no others. */
function loneArm(name: string): Treatments {
  const arm = Object.freeze({ name, wordings: Object.freeze([""]), slots: Object.freeze({}) });
  return Object.freeze({ arms: Object.freeze([arm]) });
}

/** Checked once the arms are known. */
const later = (): void => {};

const rules = {
  treatments: rule<Treatments, undefined>(checkTreatments, undefined),
  factors: rule<Factorial, undefined>(checkFactors, undefined),
  conjoint: rule<Conjoint, undefined>(checkIsConjoint, undefined),
  items: rule<readonly Item[], undefined>(checkItems, undefined),
  protocol: rule<Protocol, undefined>(checkIsProtocol, undefined),
  stated: required<readonly string[]>(checkStated),
  reference: rule<string, undefined>(checkText, undefined),
  probabilities: rule<{ readonly [arm: string]: number }, undefined>(later, undefined),
  assignment: oneOf(["simple", "complete"], "complete"),
  blocks: columns,
  clusters: rule<string | null, null>(
    (_, name, value) => value === null || checkText(action, name, value),
    null,
  ),
  subjects: oneOf(["between", "within"], "between"),
  conversation: oneOf(["separate", "one"], "separate"),
  blockProbabilities: rule<Design["blockProbabilities"], undefined>(later, undefined),
  itemOrder: oneOf(["fixed", "shuffled"], "shuffled"),
  ask: oneOf(["together", "in turn", "apart"], "together"),
  elicit: oneOf(["answer", "log-probabilities", "percentages", "shares"], "answer"),
} satisfies RulesFor<DeclareDesignOptions>;

/**
 * Declares an experiment: what is compared, how it is assigned, what is asked, and what the model is told of a person.
 *
 * Nothing is drawn and nothing is asked; everything that can be wrong without data is found here. What is left out of
 * `stated` the model imagines, and a treatment may change what it does. Within subjects every persona sees every arm,
 * so that each probability is 1 and blocks, clusters and probabilities have no place.
 *
 * @param options see {@linkcode DeclareDesignOptions} (defaults there)
 * @returns a frozen design for `assignTreatments` and `planExperiment`
 * @throws {RangeError} if names of items or arms occur twice, an item has the name of a column of the experiment's
 * tables, `stated` names such a column, a question, a factor or a feature, an arm is unknown, or probabilities do not
 * sum to 1 or leave out two arms
 * @throws {TypeError} if an option is unknown, there are neither arms nor profiles, or neither `items` nor a `protocol`
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { declareDesign, declareTreatments, yesNo } from "@understudy/understudy";
 *
 * const design = declareDesign({
 *   treatments: declareTreatments({ control: "A quiet day.", threat: "A border incursion." }),
 *   items: [yesNo("support", "Should the country respond?")],
 *   stated: ["age_group", "party"],
 * });
 * assertEquals(design.reference, "control");
 * assertEquals(design.probabilities, { control: 0.5, threat: 0.5 });
 * ```
 */
export function declareDesign(options: DeclareDesignOptions): Design {
  const read = readOptions(action, options, rules);
  const { factors, conjoint, stated, clusters, subjects, assignment, protocol } = read;
  const items = readItems(read);
  const treatments = readTreatments(read);
  const arms = treatments.arms.map(({ name }) => name);
  for (const arm of arms) checkText(action, "treatments", arm);
  checkDistinct(action, "treatments", "name each arm once", arms);
  const blocks = [read.blocks ?? []].flat();
  const drawn = [...Object.keys(factors?.factors ?? {}), ...Object.keys(conjoint?.features ?? {})];
  checkNotNamed("items", items.map(({ name }) => name), {
    "a block or cluster": clusters === null ? blocks : [...blocks, clusters],
    "a factor or feature": drawn,
  });
  checkNotNamed("stated", stated, {
    "a question": items.map(({ name }) => name),
    "a factor or feature": drawn,
  });
  if (conjoint !== undefined && protocol !== undefined) {
    throw new RangeError(cannot(action, "protocol", "be left out where there is a 'conjoint'", "both"));
  }
  if (conjoint !== undefined) checkQuestions(conjoint, items);
  const reference = read.reference ?? (arms.includes("control") ? "control" : arms[0]!);
  checkOneOf(action, "reference", reference, arms);
  checkCombination(options, blocks);
  const given = subjects === "within" ? undefined : options.probabilities ?? factors?.probabilities;
  return Object.freeze({
    treatments,
    factors: factors === undefined ? null : Object.freeze(
      Object.fromEntries(Object.entries(factors.factors).map(([name, { levels }]) => [name, levels])),
    ),
    conjoint: conjoint ?? null,
    items: Object.freeze([...items]),
    stated: Object.freeze([...stated]),
    reference,
    probabilities: readProbabilities("probabilities", given, arms, subjects),
    assignment,
    blocks: Object.freeze(blocks),
    clusters,
    subjects,
    conversation: read.conversation,
    protocol: protocol ?? null,
    blockProbabilities: readBlockProbabilities(options.blockProbabilities, arms),
    itemOrder: read.itemOrder,
    ask: read.ask,
    elicit: read.elicit,
  });
}

type Settings = ReadOptions<DeclareDesignOptions, typeof rules>;

function readTreatments({ treatments, factors, conjoint, protocol }: Settings): Treatments {
  if (treatments !== undefined && factors !== undefined) {
    throw new RangeError(cannot(action, "treatments", "be left out where 'factors' are given", "both"));
  }
  if (treatments !== undefined || factors !== undefined) return treatments ?? factors!;
  if (conjoint !== undefined) return loneArm("conjoint");
  if (protocol !== undefined) return loneArm("everybody");
  const others = "or give 'factors', a 'conjoint' or a 'protocol'";
  throw new TypeError(`${cannot(action, "treatments", areTreatments, treatments)}; ${others}`);
}

function checkTreatments(_: string, name: string, treatments: unknown): void {
  const { arms, factors } = Object(treatments) as Partial<Factorial>;
  if (!Array.isArray(arms) || arms.length === 0) {
    throw new TypeError(cannot(action, name, areTreatments, treatments));
  }
  if (factors === undefined) return;
  throw new TypeError(`Cannot ${action} as 'treatments' must not be a factorial: give it as 'factors'`);
}

function checkFactors(_: string, name: string, value: unknown): void {
  const { arms, factors, probabilities } = Object(value) as Partial<Factorial>;
  if (Array.isArray(arms) && typeof factors === "object" && typeof probabilities === "object") return;
  throw new TypeError(cannot(action, name, "be the result of declareFactorial({ factors, text })", value));
}

function checkIsProtocol(_: string, name: string, protocol: unknown): void {
  const { roles, steps } = Object(protocol) as Partial<Protocol>;
  if (typeof roles === "object" && Array.isArray(steps)) return;
  throw new TypeError(cannot(action, name, "be the result of declareProtocol({ steps })", protocol));
}

function readItems({ items, protocol, factors, stated }: Settings) {
  if (protocol === undefined) {
    checkItems(action, "items", items);
    return items;
  }
  if (items !== undefined) {
    const rule = "be left out where there is a 'protocol', which asks";
    throw new RangeError(cannot(action, "items", rule, items));
  }
  const named = Object.keys(factors?.factors ?? {});
  return protocolItems(action, protocol, { factors: named, stated });
}

function checkStated(_: string, argument: string, stated: unknown): void {
  if (!Array.isArray(stated)) {
    const rule = "list the attributes that the model is told of a person";
    const example = 'for example stated: ["age_group", "party"], or stated: [] to tell nothing';
    throw new TypeError(`${cannot(action, argument, rule, stated)}; ${example}`);
  }
  for (const name of stated) {
    checkText(action, argument, name);
    checkNoColumn(action, argument, name);
  }
  checkDistinct(action, argument, "name each attribute once", stated);
}

function checkNotNamed(argument: string, names: readonly string[], taken: Record<string, readonly string[]>) {
  for (const [what, others] of Object.entries(taken)) {
    const found = names.find((name) => others.includes(name));
    if (found === undefined) continue;
    throw new RangeError(cannot(action, argument, `not have the name of ${what}`, found));
  }
}

/** A question with some of the labels among its options lets choose wrongly; names of questions by profile are taken. */
function checkQuestions({ labels, profiles }: Conjoint, items: readonly Item[]): void {
  for (const item of items) {
    const { options = [] } = item;
    const named = labels.filter((label) => options.includes(label)).length;
    if (named > 0 && !["choice", "multipleChoice"].includes(item.kind)) {
      const rule = "be made by choice() or multipleChoice() where its options are the conjoint's labels";
      throw new RangeError(cannot(action, `items.${item.name}`, rule, item.kind));
    }
    if (named > 0 && named < profiles) {
      const rule = `have all labels of the conjoint (${labels.join(", ")}) among its options, or none`;
      throw new RangeError(cannot(action, `items.${item.name}`, rule, options));
    }
  }
  const names = items.map(({ name }) => name);
  const asked = names.flatMap((name) => labels.map((_, place) => `${name}_${place + 1}`));
  checkNotNamed("items", names, { "a question by profile": profiles === 1 ? [] : asked });
}

function readProbabilities(
  argument: string,
  probabilities: { readonly [arm: string]: number } | undefined,
  arms: readonly string[],
  subjects: "between" | "within",
): { readonly [arm: string]: number } {
  if (probabilities === undefined) {
    const each = subjects === "within" ? 1 : 1 / arms.length;
    return Object.freeze(Object.fromEntries(arms.map((arm) => [arm, each])));
  }
  const values = readArmProbabilities(action, argument, probabilities, arms);
  const never = arms.find((_, place) => values[place] === 0);
  if (never !== undefined) {
    throw new RangeError(cannot(action, argument, "be above 0 for every arm", `0 for '${never}'`));
  }
  return Object.freeze(Object.fromEntries(arms.map((arm, place) => [arm, values[place]!])));
}

function readBlockProbabilities(blocks: DeclareDesignOptions["blockProbabilities"], arms: readonly string[]) {
  if (blocks === undefined) return Object.freeze({});
  if (typeof blocks !== "object" || blocks === null || Array.isArray(blocks)) {
    const rule = "be an object of probabilities by block and arm";
    throw new TypeError(cannot(action, "blockProbabilities", rule, blocks));
  }
  const read = (block: string) =>
    readProbabilities(`blockProbabilities.${block}`, Object(blocks[block]), arms, "between");
  return Object.freeze(Object.fromEntries(Object.keys(blocks).map((block) => [block, read(block)])));
}

function checkCombination(options: DeclareDesignOptions, blocks: readonly string[]): void {
  const { assignment, clusters = null, probabilities, subjects, blockProbabilities } = options;
  const { ask, elicit, protocol, conversation } = options;
  const asked = flatSteps(protocol?.steps ?? []).flatMap((step) =>
    step.kind === "ask" ? [step.as ?? ask] : []
  );
  const modes = protocol === undefined ? [ask] : asked;
  if (elicit === "log-probabilities" && modes.some((mode) => (mode ?? "together") === "together")) {
    const rule = 'be "in turn" or "apart" for log-probabilities, which are those of one answer in a call';
    throw new RangeError(cannot(action, "ask", rule, ask ?? "together"));
  }
  const leftOut = (argument: string, where: string, value: unknown) =>
    new RangeError(cannot(action, argument, `be left out ${where}`, value));
  if (assignment === "simple" && blocks.length > 0) {
    throw leftOut("blocks", "where 'assignment' is simple", blocks);
  }
  if (blockProbabilities !== undefined && blocks.length === 0) {
    throw leftOut("blockProbabilities", "where there are no 'blocks'", blockProbabilities);
  }
  if (conversation !== undefined && subjects !== "within") {
    throw leftOut("conversation", "between subjects, where each has one arm", conversation);
  }
  if (subjects !== "within") return;
  const given = Object.entries({ blocks: blocks.length > 0, clusters: clusters !== null, probabilities })
    .find(([, value]) => value)?.[0] as "blocks" | undefined;
  if (given !== undefined) {
    throw leftOut(given, "within subjects, where every persona sees every arm", options[given]);
  }
  if (options.conjoint !== undefined) {
    throw leftOut("conjoint", "within subjects: its tasks are within already", "a conjoint");
  }
}
