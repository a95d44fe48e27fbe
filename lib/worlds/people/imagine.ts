import { groupRows } from "../../core/mod.ts";
import { softmax, sumCoefficients } from "./linear_predictor.ts";
import type { World } from "../world.ts";

/** Kinds of people (places among the world's cells) and how probable each is; those of probability 0 are left out. */
export interface Imagined {
  /** Places among the world's cells. */
  readonly cells: Int32Array;
  /** Their probabilities, which sum to 1. */
  readonly shares: Float64Array;
}

/** What a world has already imagined; a pure function's values, so that nothing depends on what was asked before. */
interface Memory {
  readonly known: Map<string, Imagined>;
  /** The numbers held. */
  size: number;
  /** For each stimulus, P(stimulus | X) of each cell. */
  propensities?: { readonly [stimulus: string]: Float64Array };
  /** For each attribute and level, the cells that have it. */
  readonly places: Map<string, Map<string, number[]>>;
}

const memories = new WeakMap<World, Memory>();
/** Numbers that a world may hold before it forgets; about 16 megabytes. */
const mostHeld = 2_000_000;

/**
 * How probable each kind of person is to one who learnt from the world, given what a text states and shows:
 * P(X | stimuli, stated) ∝ Π P(stimulus | X)^drift · P(X | stated).
 *
 * @throws {RangeError} if no kind of person fits what is stated
 */
export function imagine(
  world: World,
  stated: { readonly [attribute: string]: string },
  stimuli: readonly string[],
  drift: number = world.drift,
): Imagined {
  const memory = memories.get(world) ?? { known: new Map(), size: 0, places: new Map() };
  memories.set(world, memory);
  const facts = Object.entries(stated).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = drift === 0 ? [] : stimuli;
  const key = JSON.stringify([facts, shown, drift]);
  const found = memory.known.get(key);
  if (found) return found;
  const shares = shown.map((name) => propensity(world, memory, name));
  const imagined = weighCells(world, placesOf(world, memory, facts), shares.map((share) => [share, drift]));
  memory.size += imagined.cells.length;
  if (memory.size > mostHeld) {
    memory.known.clear();
    memory.size = imagined.cells.length;
  }
  memory.known.set(key, imagined);
  return imagined;
}

type Fact = readonly [attribute: string, level: string];

/** The cells that fit what is stated. */
function placesOf(world: World, memory: Memory, facts: readonly Fact[]): ArrayLike<number> {
  const lists = facts.map((fact) => placesWith(world, memory, fact)).sort((a, b) => a.length - b.length);
  // Most facts leave few cells: only those of the rarest are looked at.
  const found = lists.length === 0
    ? world.cells.map((_, i) => i)
    : lists[0]!.filter((i) =>
      facts.every(([attribute, level]) => world.cells[i]!.levels[attribute] === level)
    );
  if (found.length > 0) return found;
  const said = facts.map(([name, level]) => `${name} ${level}`).join(", ");
  throw new RangeError(`the world '${world.name}' has nobody with ${said}`);
}

function placesWith(world: World, memory: Memory, [attribute, level]: Fact): readonly number[] {
  const known = memory.places.get(attribute) ??
    groupRows(world.cells.map(({ levels }) => levels[attribute]!));
  memory.places.set(attribute, known);
  return known.get(level) ?? [];
}

/** Bayes' rule with the propensity of meeting each stimulus, tempered by the drift dial. */
function weighCells(
  world: World,
  places: ArrayLike<number>,
  propensities: readonly (readonly [Float64Array, number])[],
): Imagined {
  const cells = Int32Array.from(places);
  const weights = Float64Array.from(
    cells,
    (cell) =>
      propensities.reduce(
        (product, [shares, drift]) => product * shares[cell]! ** drift,
        world.cells[cell]!.probability,
      ),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) throw new RangeError(`the world '${world.name}' has nobody who meets these stimuli`);
  return { cells, shares: weights.map((weight) => weight / total) };
}

/** P(stimulus | X) in the observational society, for every kind of person. */
function propensity(world: World, memory: Memory, stimulus: string): Float64Array {
  memory.propensities ??= computePropensities(world);
  return memory.propensities[stimulus]!;
}

function computePropensities(world: World): { readonly [stimulus: string]: Float64Array } {
  const names = Object.keys(world.stimuli);
  const all = Object.fromEntries(names.map((name) => [name, new Float64Array(world.cells.length)]));
  world.cells.forEach((cell, i) => {
    const shares = softmax(names.map((name) => sumCoefficients(world.exposure[name], cell.levels)));
    names.forEach((name, k) => all[name]![i] = shares[k]!);
  });
  return all;
}
