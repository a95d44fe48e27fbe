import { imagine, type Imagined } from "./imagine.ts";
import { evaluatePredictor, logistic } from "./linear_predictor.ts";
import type { PromptReading } from "../prompt/read_prompt.ts";
import type { Cell, World } from "../world.ts";
import type { LinearPredictor } from "../world_predictor.ts";

/** What a respondent takes to be stated, and with which probability. */
export interface Remembering {
  /** The attributes. */
  readonly stated: { readonly [attribute: string]: string };
  /** Its probability. */
  readonly share: number;
}

/** What decides who answers. */
export type PersonReading = Pick<PromptReading, "stated" | "stimuli" | "unblinded" | "turns">;

/**
 * All that is stated is remembered, or with a probability that grows with the turns the default person answers. It
 * answers too where nothing is stated: who has no persona is who is left when the persona is forgotten.
 */
export function rememberings(world: World, { stated, turns }: PersonReading): Remembering[] {
  const { decay } = world.behaviour;
  if (decay === undefined || decay.rate === 0) return [{ stated, share: 1 }];
  const forgotten = Object.keys(stated).length === 0 ? 1 : 1 - Math.exp(-decay.rate * turns);
  if (forgotten === 0) return [{ stated, share: 1 }];
  const remembered = { stated, share: 1 - forgotten };
  return [...(forgotten < 1 ? [remembered] : []), { stated: decay.default, share: forgotten }];
}

/** Who is imagined where something is stated. */
export function imagineFor(world: World, stated: Remembering["stated"], reading: PersonReading): Imagined {
  const { unblinding } = world.behaviour;
  // Whoever knows that chance chose the treatment learns less about the person from it.
  const drift = world.drift * (reading.unblinded && unblinding !== undefined ? 1 - unblinding.strength : 1);
  return imagine(world, stated, reading.stimuli, drift);
}

/** The probability that a kind of person refuses, and that its reply does not fit the schema where it does not. */
export function failures(
  world: World,
  levels: Cell["levels"],
  stimuli: readonly string[],
): { readonly refused: number; readonly unparsed: number } {
  const rate = (predictor: LinearPredictor | undefined): number =>
    predictor === undefined ? 0 : logistic(evaluatePredictor(predictor, levels, stimuli));
  return { refused: rate(world.behaviour.refusal), unparsed: rate(world.behaviour.formatFailure) };
}

/** One kind of person that may be imagined. */
export interface ImaginedPerson {
  /** Its levels. */
  readonly levels: Cell["levels"];
  /** The names of what is remembered as stated. */
  readonly stated: readonly string[];
  /** The probability that it is imagined and refuses. */
  readonly refused: number;
  /** The probability that it is imagined and its reply cannot be read. */
  readonly unparsed: number;
  /** The probability that it is imagined and its reply can be read. */
  readonly readable: number;
}

/** Everybody whom a reading makes the respondent imagine. */
export function imaginedPeople(world: World, reading: PersonReading): ImaginedPerson[] {
  return rememberings(world, reading).flatMap(({ stated, share }) => {
    const { cells, shares } = imagineFor(world, stated, reading);
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
