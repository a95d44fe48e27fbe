import type { ItemAnswers } from "./audit_answers.ts";

/** Answers of one run or of two, and within which group the orders of options may change places. */
export interface Runs {
  readonly answers: ItemAnswers;
  /** For each answer its persona, where personas answered in both runs; `null` where orders were dealt in one run. */
  readonly groups: Int32Array | null;
  /** What a reader must know of it; empty where the answers are those of the first run. */
  readonly note: string;
}

/**
 * Puts two runs together, each with an order of its own. A persona that answered in both is its own comparison: its
 * orders change places. Those who answered in one run alone are left out, unless nobody answered in both.
 */
export function stackRuns(first: ItemAnswers, second: ItemAnswers): Runs {
  const [one, two] = [new Set(first.persona), new Set(second.persona)];
  const both = [...one].filter((persona) => two.has(persona));
  if (both.length === 0) {
    const note = "two runs of different personas: assumes that they differ in the order alone";
    return { answers: join(first, second, () => true), groups: null, note };
  }
  const places = new Map(both.map((persona, place) => [persona, place]));
  const answers = join(first, second, (persona) => places.has(persona));
  const left = new Set([...one, ...two]).size - both.length;
  return {
    answers,
    groups: Int32Array.from(answers.persona, (persona) => places.get(persona)!),
    note: [
      "both runs together",
      ...(left === 0 ? [] : [`personas left out who answered in one run: ${left}`]),
    ]
      .join("; "),
  };
}

function join(first: ItemAnswers, second: ItemAnswers, holds: (persona: string) => boolean): ItemAnswers {
  const of = <K extends keyof ItemAnswers>(name: K): ItemAnswers[K] =>
    [first, second].flatMap((run) =>
      (run[name] as readonly unknown[]).filter((_, at) => holds(run.persona[at]!))
    ) as unknown as ItemAnswers[K];
  return {
    item: first.item,
    value: of("value"),
    persona: of("persona"),
    unit: of("unit"),
    arm: of("arm"),
    block: of("block"),
    reply: of("reply"),
    order: of("order"),
    position: of("position"),
    row: of("row"),
    missing: first.missing + second.missing,
    numeric: first.numeric && second.numeric,
    several: first.several || second.several,
  };
}
