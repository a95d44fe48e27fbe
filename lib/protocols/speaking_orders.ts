import { checkShare } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { callback, readOptions, required, rule } from "../core/options.ts";
import type { Member, SpeakingOrder, SpeakingTurn } from "../core/protocol.ts";

/**
 * Members speak by their seats, again from the first when all have spoken.
 *
 * @returns an order for `say`
 */
export function inOrder(): SpeakingOrder {
  const next = ({ turn, members }: SpeakingTurn) => members[(turn - 1) % members.length] ?? null;
  return Object.freeze({ name: "in order", asks: false, next });
}

/**
 * Speakers respond to each other: the first is drawn, the second is another, and then with probability `p` it is the
 * one before the last, else any but the last. Of n members the one before the last has p + (1 - p) / (n - 1) of the turns.
 *
 * @param p from 0 to 1
 * @returns an order for `say`
 * @see the Python package SynDisco (Tsirmpas et al. 2025): its RespondTurnManager
 */
export function responding(p: number): SpeakingOrder {
  checkShare("order speakers", "p", p);
  const next = (turn: SpeakingTurn) => {
    const others = exceptLast(turn);
    const before = others.find(({ member }) => member === turn.spoken.at(-2));
    return before !== undefined && turn.draw("respond") < p ? before : drawn(others, turn);
  };
  return Object.freeze({ name: "responding", asks: false, next });
}

/** Options of {@linkcode propensity}. */
export interface PropensityOptions {
  /**
   * The share of its propensity that a member regains with each turn of others.
   * @default 0.1
   */
  readonly recovery?: number;
  /**
   * How much a member is inclined to speak, at least 0: a pure function.
   * @default all the same
   */
  readonly base?: (member: Member) => number;
}

/**
 * Speakers are drawn by their propensities: one who speaks falls to 0 and regains a share with each turn of others.
 *
 * @param options see {@linkcode PropensityOptions}
 * @returns an order for `say`
 * @see the R package asanaei/FocusGroup: its ProbabilisticFlow
 */
export function propensity(options: PropensityOptions = {}): SpeakingOrder {
  const { recovery, base } = readOptions("order speakers", options, {
    recovery: rule<number, number>(checkShare, 0.1),
    base: callback<(member: Member) => number, () => number>(() => 1),
  });
  const next = (turn: SpeakingTurn) => {
    const weights = turn.members.map((member) => {
      const last = turn.spoken.lastIndexOf(member.member);
      const regained = last < 0 ? 1 : Math.min(1, recovery * (turn.spoken.length - 1 - last));
      const weight = base(member);
      if (weight >= 0 && weight < Infinity) return weight * regained;
      throw new RangeError(cannot("order speakers", "base", "give numbers of at least 0", weight));
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let rest = turn.draw("speaker") * total;
    return turn.members.find((_, place) => (rest -= weights[place]!) < 0) ?? drawn(exceptLast(turn), turn);
  };
  return Object.freeze({ name: "propensity", asks: false, next });
}

/** Options of {@linkcode desire}: the desire, from 0 to 10, from which somebody speaks. */
export type DesireOptions = { readonly threshold: number };

const threshold = required<number>((action, name, value) => {
  if (typeof value === "number" && value >= 0 && value <= 10) return;
  throw new RangeError(cannot(action, name, "be a number from 0 to 10", value));
});

/**
 * Whoever wants to most speaks: before each turn all but the last speaker are asked, on branches, how much they want to.
 *
 * The highest speaks where it reaches the threshold, or after more than 2 lines of the step one less; nobody where none
 * does (in FocusGroup the highest all the same). Ties are drawn, and so is one whose answer cannot be read.
 *
 * @param options see {@linkcode DesireOptions}
 * @returns an order for `say`
 * @see the R package asanaei/FocusGroup: its DesireBasedFlow
 */
export function desire(options: DesireOptions): SpeakingOrder {
  const { threshold: from } = readOptions("order speakers", options, { threshold });
  const next = (turn: SpeakingTurn) => {
    const others = exceptLast(turn);
    const desires = others.map(({ member }) => turn.desires.get(member) ?? null);
    const most = Math.max(...desires.filter((desire) => desire !== null));
    const least = turn.spoken.length > 2 ? from - 1 : from;
    // Who did not say how much may want to as much as who wants to most.
    const wanting = others.filter((_, place) =>
      desires[place] === null || desires[place] === most && most >= least
    );
    return wanting.length === 0 ? null : drawn(wanting, turn);
  };
  return Object.freeze({ name: "desire", asks: true, asked: exceptLast, next });
}

/** All but the last speaker; the last, too, where there is nobody else. */
function exceptLast({ members, spoken }: SpeakingTurn): readonly Member[] {
  const others = members.filter(({ member }) => member !== spoken.at(-1));
  return others.length > 0 ? others : members;
}

function drawn(members: readonly Member[], turn: SpeakingTurn): Member | null {
  return members[Math.floor(turn.draw("speaker") * members.length)] ?? null;
}
