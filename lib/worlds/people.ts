import { cannot } from "../core/errors.ts";
import { logistic } from "../stats/logistic_regression.ts";
import { groupRows, type Table, tableOf } from "../core/table.ts";
import type { World } from "./declaration.ts";
import type { Levels, LinearPredictor } from "./predictor.ts";
import { evaluatePredictor, softmax, splitFactor, sumCoefficients } from "./predictor.ts";
import type { PromptReading } from "./read_prompt.ts";

/**
 * Gives the people of a world as a table: the population to sample personas from.
 *
 * Leave out the columns that a survey would not know. With `share` renamed to `weight` the table is everybody at once,
 * as `worldTruth` takes `personas`.
 *
 * @param world from `declareWorld`
 * @returns one row per kind of person: each attribute (numbers where all its levels are numbers), and `share` (of the
 * population; they sum to 1)
 * @throws {RangeError} if an attribute is called `share`
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { samplePersonas } from "@understudy/understudy/personas";
 * import { declareWorld, worldPeople } from "@understudy/understudy/worlds";
 *
 * const attributes = { party: { shares: { A: 0.25, B: 0.75 } } };
 * const people = worldPeople(declareWorld({ name: "w", seed: 1, attributes, items: { fear: { kind: "yesNo" } } }));
 * assertEquals(people.objects(), [{ party: "A", share: 0.25 }, { party: "B", share: 0.75 }]);
 * assertEquals(samplePersonas(people, { n: 400, seed: 1, weights: "share" }).numRows(), 400);
 * ```
 */
export function worldPeople(world: World): Table {
  if (Object.hasOwn(world.attributes, "share")) {
    const rule = "have no attribute called share";
    throw new RangeError(cannot("give a world's people", "world", rule, world.name));
  }
  const attributes = Object.entries(world.attributes).map(([name, levels]) => {
    // "07" must stay text, or a persona would state "7".
    const isNumeric = levels.every((one) => Number.isFinite(Number(one)) && String(Number(one)) === one);
    return [name, world.cells.map((cell) => isNumeric ? Number(cell.levels[name]) : cell.levels[name]!)];
  });
  const share = world.cells.map(({ probability }) => probability);
  return tableOf({ ...Object.fromEntries(attributes), share });
}

type Computed = ReturnType<typeof compute>;

const known = new WeakMap<World, Computed>();

/**
 * How probable each kind of person is to one who learnt from the world, given what a text states and shows:
 * P(X | stimuli, stated) ∝ Π P(stimulus | X)^drift · P(X | stated). Kinds of people are places among the world's cells;
 * their shares sum to 1. An error if nobody fits.
 */
export function imagine(world: World, stated: Levels, { stimuli, unblinded }: PersonReading): {
  readonly cells: Int32Array;
  readonly shares: Float64Array;
} {
  const { unblinding } = world.behaviour;
  // Whoever knows that chance chose the treatment learns less about the person from it.
  const drift = world.drift * (unblinded && unblinding !== undefined ? 1 - unblinding.strength : 1);
  const computed = known.get(world) ?? compute(world);
  known.set(world, computed);
  const cells = Int32Array.from(cellsWith(world, computed, Object.entries(stated)));
  const propensities = (drift === 0 ? [] : stimuli).map((name) => computed.propensities.get(name)!);
  // Bayes' rule with the propensity of meeting each stimulus, tempered by the drift dial.
  const weights = Float64Array.from(cells, (cell) => {
    const { probability } = world.cells[cell]!;
    return propensities.reduce((product, shares) => product * shares[cell]! ** drift, probability);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) throw new RangeError(`the world '${world.name}' has nobody who meets these stimuli`);
  return { cells, shares: weights.map((weight) => weight / total) };
}

/** P(stimulus | X) of each cell, and the cells that have a level of an attribute. */
function compute(world: World) {
  const { attributes, cells } = world;
  const placesOf = (name: string) => groupRows(cells.map(({ levels }) => levels[name]!));
  const places = new Map(Object.keys(attributes).map((name) => [name, placesOf(name)]));
  return { propensities: computePropensities(world), places };
}

function cellsWith(world: World, { places }: Computed, facts: [string, string][]): readonly number[] {
  const lists = facts.map(([attribute, level]) => places.get(attribute)!.get(level) ?? []);
  // Most facts leave few cells: only those of the rarest are looked at.
  const [rarest] = lists.sort((a, b) => a.length - b.length);
  if (rarest === undefined) return world.cells.map((_, cell) => cell);
  const found = rarest.filter((cell) =>
    facts.every(([attribute, level]) => world.cells[cell]!.levels[attribute] === level)
  );
  if (found.length > 0) return found;
  const said = facts.map(([name, level]) => `${name} ${level}`).join(", ");
  throw new RangeError(`the world '${world.name}' has nobody with ${said}`);
}

/** P(stimulus | X) in the observational society, for every kind of person; of each factor, one level is met. */
function computePropensities(world: World): ReadonlyMap<string, Float64Array> {
  const propensities = new Map<string, Float64Array>();
  for (const names of Map.groupBy(Object.keys(world.stimuli), (name) => splitFactor(name)[0]).values()) {
    for (const name of names) propensities.set(name, new Float64Array(world.cells.length));
    world.cells.forEach((cell, i) => {
      const shares = softmax(names.map((name) => sumCoefficients(world.exposure[name], cell.levels)));
      names.forEach((name, k) => propensities.get(name)![i] = shares[k]!);
    });
  }
  return propensities;
}

type PersonReading = Pick<PromptReading, "stated" | "stimuli" | "unblinded" | "turns">;

/**
 * All that is stated is remembered, or with a probability that grows with the turns the default person answers. It
 * answers too where nothing is stated: who has no persona is who is left when the persona is forgotten.
 */
export function rememberings(
  world: World,
  { stated, turns }: PersonReading,
): { readonly stated: Levels; readonly share: number }[] {
  const { decay } = world.behaviour;
  if (decay === undefined || decay.rate === 0) return [{ stated, share: 1 }];
  const forgotten = Object.keys(stated).length === 0 ? 1 : 1 - Math.exp(-decay.rate * turns);
  if (forgotten === 0) return [{ stated, share: 1 }];
  const remembered = { stated, share: 1 - forgotten };
  return [...(forgotten < 1 ? [remembered] : []), { stated: decay.default, share: forgotten }];
}

/** The probability that a kind of person refuses, that its reply does not fit the schema, and that its turn is silent. */
export function failures(
  world: World,
  levels: Levels,
  stimuli: readonly string[],
): { readonly refused: number; readonly unparsed: number; readonly silent: number } {
  const rate = (predictor: LinearPredictor | null = null): number =>
    predictor === null ? 0 : logistic(evaluatePredictor(predictor, levels, stimuli));
  const { refusal, formatFailure } = world.behaviour;
  return { refused: rate(refusal), unparsed: rate(formatFailure), silent: rate(world.silence) };
}

export interface ImaginedPerson {
  readonly levels: Levels;
  /** The names of what is remembered as stated. */
  readonly stated: readonly string[];
  /** The probabilities that it is imagined and refuses, that its reply cannot be read, and that it can. */
  readonly refused: number;
  readonly unparsed: number;
  readonly readable: number;
}

export function imaginedPeople(world: World, reading: PersonReading): ImaginedPerson[] {
  return rememberings(world, reading).flatMap(({ stated, share }) => {
    const { cells, shares } = imagine(world, stated, reading);
    const names = Object.keys(stated);
    return Array.from(cells, (cell, i) => {
      const { levels } = world.cells[cell]!;
      const { refused, unparsed } = failures(world, levels, reading.stimuli);
      const answering = share * shares[i]! * (1 - refused);
      return {
        levels,
        stated: names,
        refused: share * shares[i]! * refused,
        unparsed: answering * unparsed,
        readable: answering * (1 - unparsed),
      };
    });
  });
}
