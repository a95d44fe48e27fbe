import { callback, readOptions, required, rule, type RulesFor, whole } from "../core/options.ts";
import { checkOneOf } from "../core/checks.ts";
import { columnOf, type Table, tableOfRows } from "../core/table.ts";
import { moments } from "../stats/moments.ts";
import type { World } from "./declaration.ts";
import { worldTruth, type WorldTruthOptions } from "./truth.ts";

/** Options of {@linkcode influenceTruth}; stimulus and what is stated are those of `worldTruth`. */
export interface InfluenceTruthOptions extends Pick<WorldTruthOptions, "stimulus" | "stated"> {
  /** The item: one of the world's `influence`. */
  outcome: string;
  /**
   * How often others are heard.
   * @default {1}
   */
  times?: number;
  /**
   * Whether one persona of a session is heard by another, by their ids.
   * @default everyone by everyone
   */
  hears?: (from: string, to: string) => boolean;
}

const action = "give the truth of an influence";

const rules = {
  outcome: required<string>(() => {}),
  times: whole(1, 0, 10_000),
  hears: callback<(from: string, to: string) => boolean, () => boolean>(() => true),
  stimulus: rule<string | readonly string[], undefined>(() => {}, undefined),
  stated: rule<readonly string[], undefined>(() => {}, undefined),
} satisfies RulesFor<InfluenceTruthOptions>;

/**
 * Gives the expected answer of each member of a discussion after others were heard, by closed form: x_t = W x_{t-1},
 * where a row of W keeps 1 − w of one's own value and shares w out among those whom one hears; who hears nobody stays.
 *
 * All speak at once before they answer again: with `rounds(n, [ask(items, { heard: "after" })])` the answers of round r are
 * those of time r − 1. x_0 is `worldTruth`'s mean. It holds where answers do not pile up at the ends of the scale, all lines
 * are remembered, and nobody but personas is heard.
 *
 * @param world from `declareWorld`, with `influence`
 * @param personas one row per persona: `persona_id`, attributes, and `session` where there are several
 * @param options see {@linkcode InfluenceTruthOptions} (defaults there)
 * @returns one row per stimulus, time and persona: `outcome`, `arm` (`null` without stimuli), `session`, `persona_id`,
 * `time` (how often others were heard, from 0), `value` (in units of the outcome)
 * @throws {RangeError} if the outcome has no influence, the stimulus does not exist, or a column is missing
 * @see DeGroot 1974, Reaching a Consensus, JASA 69
 * @example The gap between two who hear each other shrinks by 1 − 2w
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { declareWorld, influenceTruth } from "@understudy/understudy/worlds";
 *
 * const world = declareWorld({
 *   name: "town", seed: 1, attributes: { side: { shares: { left: 0.5, right: 0.5 } } },
 *   items: { support: { kind: "scale", range: [0, 100], sd: 5, effects: { side: { left: 40, right: 60 } } } },
 *   says: { support: "I give it {{value}}." }, influence: { support: 0.2 },
 * });
 * const pair = tableOf({ persona_id: ["p1", "p2"], side: ["left", "right"] });
 * const truth = influenceTruth(world, pair, { outcome: "support", times: 2 }).array("value") as number[];
 * assertAlmostEquals(truth[5]! - truth[4]!, 20 * (1 - 2 * 0.2) ** 2, 1e-6);
 * ```
 */
export function influenceTruth(world: World, personas: Table, options: InfluenceTruthOptions): Table {
  const { times, hears, outcome, ...asked } = readOptions(action, options, rules);
  checkOneOf(action, "outcome", outcome, Object.keys(world.influence));
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const means = worldTruth(world, { ...given, what: "mean", outcome, personas, by: "persona_id" });
  const [arms, first] = [columnOf(means, "arm"), columnOf<number>(means, "value")];
  const people = personas.objects() as { readonly persona_id: unknown; readonly session?: unknown }[];
  const members = Map.groupBy(people.keys(), (row) => people[row]!.session);
  const heardBy = people.map(({ session, persona_id: to }, i) =>
    members.get(session)!.filter((j) => j !== i && hears(String(people[j]!.persona_id), String(to)))
  );
  const moved = (own: number, heard: readonly number[]): number =>
    heard.length === 0 ? own : own + world.influence[outcome]! * (moments(heard).mean - own);
  const rows = [...new Set(arms)].flatMap((arm) => {
    let values = first.filter((_, row) => arms[row] === arm);
    return Array.from({ length: times + 1 }, (_, time) => {
      const before = values;
      if (time > 0) values = before.map((own, i) => moved(own, heardBy[i]!.map((j) => before[j]!)));
      return people.map(({ session = null, persona_id }, i) => {
        return { outcome, arm, session, persona_id, time, value: values[i]! };
      });
    }).flat();
  });
  return tableOfRows(rows, ["outcome", "arm", "session", "persona_id", "time", "value"]);
}
