import { checkOptions, checkSeed, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Arm, Treatments } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import { canonicalHash } from "../core/hash.ts";
import { buildPeople } from "./attributes.ts";
import { behaviourShape } from "./behaviour.ts";
import type { World, WorldDeclaration } from "./declaration.ts";
import { armStimuli, fillSlots, readStimuli } from "./factors.ts";
import { itemShape } from "./item_kinds.ts";
import { coefficients } from "./predictor.ts";
import { buildVocabulary, stimuliIn } from "./read_prompt.ts";
import { between, checkNewName, declaring, mapOf, nameOf } from "./shapes.ts";
import { checkTalk, readTalk } from "./talk.ts";

/** Options of {@linkcode declareWorld}. */
export interface DeclareWorldOptions {
  /** Arms that the world must recognise: each text must be that of the stimulus of the arm's name, and of no other. */
  treatments?: Treatments;
  /** Questions that will be asked: no text of theirs may contain a stimulus, or every arm would meet it. */
  items?: readonly Item[];
}

/**
 * Declares a causal model of people in an observational society, from which a respondent with known truth answers.
 *
 * A world says who its people are (a count table, or a graph of attributes), who meets which stimulus (exposure), how
 * each item is answered (with the causal effect of each stimulus), and how its respondent departs from all this
 * (behaviour). A respondent that learnt from it, shown a stimulus, imagines a person from P(X | stimulus, stated) ∝
 * P(stimulus | X) · P(X | stated): what a prompt leaves open shifts with the treatment. `worldTruth` gives the exact
 * truth; estimators are told nothing. For a world that is ready, see `declareReadyStudy`.
 *
 * @param declaration the society; see {@linkcode WorldDeclaration}
 * @param options treatments that must be recognised, and questions that must not be taken for one
 * @returns the world, validated and frozen
 * @throws {TypeError} if a part has the wrong shape
 * @throws {RangeError} if a part names an attribute, level or stimulus that does not exist, if a treatment's text
 * matches no stimulus or two, or if a question contains one
 * @example Exposure that depends on class, which depends on age: who reads of the threat is imagined to be of the upper class
 * ```ts
 * import { assert } from "@std/assert";
 * import { declareWorld, worldTruth } from "@understudy/understudy/worlds";
 *
 * const effects = { effects: { class: { upper: 2 } }, stimuli: { threat: { effect: 0.5 } } };
 * const world = declareWorld({
 *   name: "border",
 *   seed: 1,
 *   attributes: {
 *     age: { kind: "numeric", range: [20, 80], step: 10, mean: { intercept: 48 }, sd: 15 },
 *     class: { parents: ["age"], levels: { working: {}, upper: { effects: { age: { slope: 0.02 } } } } },
 *   },
 *   stimuli: { control: "exercise", threat: "incursion" },
 *   exposure: { threat: { class: { upper: 1 } } },
 *   items: { support: { kind: "scale", range: [1, 7], sd: 1, intercept: 3, ...effects } },
 * });
 * const naive = worldTruth(world, { what: "naive effect", outcome: "support" }).get("value", 0) as number;
 * assert(naive > 0.5 + 0.05);
 * ```
 */
export function declareWorld(declaration: WorldDeclaration, options: DeclareWorldOptions = {}): World {
  checkOptions(declaring, declaration, declarationNames);
  checkOptions(declaring, options, ["treatments", "items"]);
  checkText(declaring, "name", declaration.name);
  checkSeed(declaring, declaration.seed);
  const { name, seed, exposure = {}, drift = 1, items, behaviour = {}, phrases = {} } = declaration;
  const people = buildPeople(declaration);
  const stimuli = readStimuli(declaration, people.attributes);
  const parts = { name, seed, ...people, ...stimuli, exposure, drift, items, behaviour };
  const talk = readTalk(declaration);
  checkParts({ ...parts, ...talk });
  const vocabulary = buildVocabulary(parts.attributes, phrases);
  // A world without talk has the fingerprint that it had before there was any: its stored answers are its own.
  const talks = talkNames.some((name) => declaration[name] !== undefined);
  const fingerprint = canonicalHash({ ...parts, ...(talks ? talk : {}), vocabulary });
  const world: World = Object.freeze({ ...parts, ...talk, vocabulary, fingerprint });
  for (const arm of options.treatments?.arms ?? []) checkArmIsRecognised(world, arm);
  for (const item of options.items ?? []) checkItemText(world, item);
  for (const [name, text] of Object.entries(world.says)) {
    checkItemText(world, { kind: "text", name, text }, `says.${name}`);
  }
  return world;
}

const talkNames = ["says", "influence", "silence"] as const;

const declarationNames = [
  ...["name", "seed", "population", "counts", "attributes", "stimuli", "factors", "exposure"],
  ...["drift", "items", "behaviour", "phrases", ...talkNames],
];

/** Checks that everything a world names exists; its attributes are checked as they are built. */
function checkParts(world: Omit<World, "vocabulary" | "fingerprint">): void {
  between(0, 1)(world.drift, "drift", world);
  mapOf((stimulus, argument) => {
    nameOf("stimuli")(stimulus, `${argument}.${stimulus}`, world);
    return (value, at) => coefficients(value, at, { ...world, factors: {} });
  })(world.exposure, "exposure", world);
  mapOf((name) => {
    checkNewName("items", name);
    return itemShape;
  })(world.items, "items", world);
  behaviourShape(world.behaviour, "behaviour", world);
  checkTalk(world);
}

function checkItemText(world: World, item: Item, argument = "items"): void {
  const [found] = stimuliIn(world, [item.text, ...("options" in item ? item.options : [])].join("\n"));
  if (found === undefined) return;
  const rule = `contain no stimulus: item '${item.name}' contains a phrase of '${found}'`;
  throw new RangeError(cannot(declaring, argument, rule, item.text));
}

/** A world must not silently miss its treatment. */
function checkArmIsRecognised(world: World, { name, slots, wordings }: Arm): void {
  const expected = armStimuli(world, name, slots);
  for (const template of wordings) {
    const text = fillSlots(template, slots);
    const found = stimuliIn(world, text);
    if (expected?.length === found.length && expected.every((stimulus) => found.includes(stimulus))) continue;
    const stimuli = (expected ?? [name]).map((stimulus) => `'${stimulus}'`).join(" and of ");
    const rule =
      `be recognised: the text of arm '${name}' must contain a phrase of stimulus ${stimuli} and of no other ` +
      `(where a text is another and more, give it a phrase that holds the other's: the longer one counts)`;
    const what = found.join(" and ") || `no stimulus in ${JSON.stringify(text.slice(0, 60))}`;
    throw new RangeError(cannot(declaring, "treatments", rule, what));
  }
}
