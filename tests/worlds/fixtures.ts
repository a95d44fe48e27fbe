import { assert, assertEquals } from "@std/assert";
import { pchisq } from "lib-r-math";
import { type ChatMessage, type RespondentRequest, tableOf } from "@understudy/understudy/core";
import { choice, likert, parseReply, replySchema, yesNo } from "@understudy/understudy/items";
import {
  declareWorld,
  type World,
  type WorldBehaviour,
  type WorldDeclaration,
  worldTruth,
  type WorldTruthOptions,
} from "@understudy/understudy/worlds";
import { answerAsWorld } from "../../lib/worlds/answer_as_world.ts";
import { answerDistribution, contextOf } from "../../lib/worlds/answer_distribution.ts";
import { itemOf, possibleAnswers } from "../../lib/worlds/item_kinds.ts";
import { imaginedPeople } from "../../lib/worlds/people.ts";
import { itemsAsked, readPrompt } from "../../lib/worlds/read_prompt.ts";

/** A society in which exposure depends on ideology and party, with one item of every kind. */
export const society: WorldDeclaration = {
  name: "society",
  seed: 11,
  population: tableOf({
    party: ["A", "A", "B", "B", "B"],
    ideology: ["left", "right", "left", "middle", "right"],
    n: [30, 10, 5, 25, 30],
  }),
  counts: "n",
  stimuli: { control: "exercise", threat: ["incursion", "invasion"] },
  exposure: { threat: { ideology: { right: 1, left: -0.5 }, party: { B: 0.4 } } },
  items: {
    support: {
      kind: "scale",
      range: [1, 5],
      sd: 1.1,
      intercept: 2.6,
      effects: { ideology: { left: -1, right: 1 } },
      stimuli: { threat: { effect: 0.6, by: { ideology: { right: 0.4 } } } },
    },
    blame: {
      kind: "choice",
      options: { them: { stimuli: { threat: { effect: 0.7 } } }, us: {}, nobody: { intercept: -0.5 } },
    },
    gun: { kind: "yesNo", intercept: -0.5, effects: { ideology: { right: 1 } } },
    own_party: { kind: "attribute", attribute: "party" },
  },
};

/** One of every behaviour. */
export const everyBehaviour: Required<WorldBehaviour> = {
  refusal: { intercept: -1, stimuli: { threat: { effect: 0.8 } } },
  formatFailure: { intercept: -1, effects: { ideology: { right: 1 } } },
  position: { strength: 1.2, slot: "last" },
  acquiescence: 0.8,
  deference: { strength: 1.5, opinions: { "an incursion": { support: 1, gun: -1, blame: "us" } } },
  compression: 0.5,
  collapse: { support: { share: 0.4, answer: 3 }, blame: { share: 0.3, answer: "us" } },
  focalism: 2.5,
  wording: { sd: 1 },
  recallError: 0.3,
  decay: { rate: 0.7, default: { ideology: "middle" } },
  memorised: { threat: { support: { share: 0.5, effect: 2 }, blame: { share: 0.4, effect: { us: 2 } } } },
  subgroupError: {
    support: { effects: { party: { B: 1 } } },
    blame: { options: { us: { effects: { ideology: { right: 2 } } } } },
  },
  orderEffects: { gun: { after: { support: 1.5 } }, blame: { after: { support: { nobody: 2 } } } },
  unblinding: { phrases: ["an incursion"], strength: 0.8 },
};

/** The society with a behaviour. */
export function behaving(behaviour: WorldBehaviour, change: Partial<WorldDeclaration> = {}): World {
  return declareWorld({ ...society, ...change, behaviour });
}

/** The questions of the society, as a design would ask them. */
export const questions = [
  likert("support", "How much?", { points: 5 }),
  choice("blame", "Who is to blame?", ["them", "us", "nobody"], { order: "fixed" }),
  yesNo("gun", "Do you own one?"),
  choice("own_party", "Your party?", ["A", "B"], { order: "fixed" }),
];

/** A request of all questions in one user message; earlier messages may stand before it. */
export function requestOf(
  content: string,
  earlier: readonly ChatMessage[] = [],
  shown: { readonly [item: string]: readonly string[] } = {},
): RespondentRequest {
  return {
    messages: [...earlier, { role: "user", content }],
    schema: replySchema(questions, shown),
    replicate: 1,
  };
}

/** One number of a world's truth. */
export function effectOf(world: World, options: WorldTruthOptions): number {
  const table = worldTruth(world, options);
  assertEquals(table.numRows(), 1);
  return table.get("value", 0) as number;
}

/** The naive effect. */
export const naiveOf = (world: World, options: WorldTruthOptions): number =>
  effectOf(world, { ...options, what: "naive effect" });

/** The drift of an item. */
export const driftOf = (world: World, options: WorldTruthOptions): number =>
  effectOf(world, { ...options, what: "drift" });

/** A row of {@linkcode answerProbabilities}. */
export interface AnswerRow {
  readonly item: string;
  readonly value: string | number | null;
  readonly status: "answered" | "refused" | "unparsed";
  readonly probability: number;
}

/** The exact probability of every answer to a request, by enumeration of everybody that may be imagined. */
export function answerProbabilities(world: World, request: RespondentRequest): AnswerRow[] {
  const reading = readPrompt(world, request.messages);
  const asked = itemsAsked(world, request, reading);
  const people = imaginedPeople(world, reading);
  const sum = (of: (person: typeof people[number]) => number) =>
    people.reduce((total, person) => total + of(person), 0);
  return asked.flatMap(({ name, item: of }, place) => {
    const context = contextOf(world, reading, [], [asked, place]);
    const answers = people.map(({ levels, stated }) =>
      answerDistribution(world, of, levels, { ...context, stated })
    );
    return [
      ...possibleAnswers(world, itemOf(world, of), reading.profiles.map(({ label }) => label)).map(
        (value, k): AnswerRow => {
          const probability = people.reduce(
            (total, { readable }, i) => total + readable * answers[i]![k]!,
            0,
          );
          return { item: name, value, status: "answered", probability };
        },
      ),
      { item: name, value: null, status: "refused", probability: sum(({ refused }) => refused) },
      { item: name, value: null, status: "unparsed", probability: sum(({ unparsed }) => unparsed) },
    ];
  });
}

/**
 * Holds that the replies to a request over seeds have the enumerated probabilities: for each item the chi-square of
 * all its answers, refusals and failures is no less probable than 1 in 10,000.
 */
export function assertFrequencies(world: World, request: RespondentRequest, draws = 600): void {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < draws; seed++) {
    for (const key of answersOf(world, { ...request, seed })) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = answerProbabilities(world, request);
  for (const item of new Set(rows.map((row) => row.item))) {
    const cells = rows.filter((row) => row.item === item)
      .map((row) => ({ ...row, seen: counts.get(keyOf(item, row.status, row.value)) ?? 0 }));
    assertEquals(cells.reduce((sum, { seen }) => sum + seen, 0), draws, `an answer to ${item} is not listed`);
    const total = cells.reduce((sum, { probability }) => sum + probability, 0);
    assert(Math.abs(total - 1) < 1e-9, `the probabilities of ${item} sum to ${total}`);
    const possible = cells.filter(({ probability }) => probability > 0);
    const chiSquare = possible.reduce(
      (sum, { probability, seen }) => sum + (seen - draws * probability) ** 2 / (draws * probability),
      0,
    );
    assert(cells.every(({ probability, seen }) => probability > 0 || seen === 0));
    const p = possible.length === 1 ? 1 : pchisq(chiSquare, possible.length - 1, undefined, false) as number;
    assert(p > 1e-4, `chi-square of ${item} is ${chiSquare} with ${possible.length - 1} df`);
  }
}

/** What a reply says to each question, as an experiment would read it. */
function answersOf(world: World, request: RespondentRequest): string[] {
  const answers = parseReply(questions, answerAsWorld(world, request));
  return questions.map(({ name }, i) => keyOf(name, answers[i]!.status, answers[i]!.value));
}

function keyOf(item: string, status: string, value: unknown): string {
  return JSON.stringify([item, status, value]);
}

/** A probability of an answer, among the answers that can be read. */
export function probabilityOf(
  world: World,
  request: RespondentRequest,
  item: string,
  value: unknown,
): number {
  const rows = answerProbabilities(world, request);
  const answered = rows.filter((row) => row.item === item && row.status === "answered");
  const total = answered.reduce((sum, { probability }) => sum + probability, 0);
  return answered.find((row) => row.value === value)!.probability / total;
}
