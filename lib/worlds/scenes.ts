import { cannot } from "../core/errors.ts";
import type { Conjoint, Treatments } from "../core/experiment.ts";
import { sum } from "../stats/moments.ts";
import type { Scene } from "./answer_shares.ts";
import { textsOf, type WorldConditions } from "./conditions.ts";
import type { World } from "./declaration.ts";
import { armStimuli } from "./factors.ts";
import { itemOf } from "./item_kinds.ts";
import { factorStimulus, splitFactor } from "./predictor.ts";
import { readText, wordingShift } from "./read_prompt.ts";

/** What the texts of an arm show; each text is as frequent as the others. */
export function scenesOf(
  world: World,
  outcome: string,
  arm: string,
  conditions: WorldConditions,
): Scene[] {
  const { turns = 0, unblinded = false } = conditions;
  const texts = textsOf(arm, conditions);
  if (texts === undefined) {
    const stimuli = armStimuli(world, arm)!;
    const wordings = everyWording(world, outcome, stimuli);
    return [{ stimuli, profiles: [], opinions: [], unblinded, turns, wordings, share: 1 }];
  }
  return texts.map((text) => {
    const { wording, ...read } = readText(world, text);
    const wordings = [{ shift: wordingShift(world, outcome, wording), share: 1 }];
    return { ...read, unblinded: unblinded || read.unblinded, turns, wordings, share: 1 / texts.length };
  });
}

/**
 * A normal effect of wording on a grid, on which the trapezoidal rule is exact to rounding: the grid is as fine as the
 * answers are sharp, since what an item's noise smooths less needs a smaller step. One text has one draw for each
 * stimulus in it.
 */
function everyWording(world: World, name: string, stimuli: readonly string[]): Scene["wordings"] {
  const sd = (world.behaviour.wording?.sd ?? 0) * Math.sqrt(stimuli.length);
  if (sd === 0) return [{ shift: 0, share: 1 }];
  const item = itemOf(world, name);
  const noise = (item.kind === "scale" ? item.sd : 1) * (1 - (world.behaviour.compression ?? 0));
  const half = Math.ceil(34 * Math.max(1, sd / (2 * noise)));
  const step = 8.5 / half;
  return Array.from({ length: 2 * half + 1 }, (_, i) => (i - half) * step).map((z) => ({
    shift: sd * z,
    share: step * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI),
  }));
}

/** A combination of levels that a design shows: an arm of a factorial, or a profile of a conjoint. */
export interface Combination {
  /** Its level of each factor or feature. */
  readonly levels: { readonly [factor: string]: string };
  /** How often the design shows it. */
  readonly probability: number;
  /** What whoever judges it may see. */
  readonly scenes: readonly Scene[];
}

/** Profiles whose tasks are more than these are not enumerated. */
const mostTasks = 20_000;

/** The arms of a factorial, by their slots. */
export function armCombinations(
  world: World,
  outcome: string,
  treatments: Treatments & { readonly probabilities?: { readonly [arm: string]: number } },
  conditions: WorldConditions,
): Combination[] {
  return treatments.arms.map(({ name, slots }) => {
    const stimuli = armStimuli(world, name, slots) ?? [];
    return {
      levels: Object.fromEntries(stimuli.map(splitFactor)),
      probability: treatments.probabilities?.[name] ?? 1 / treatments.arms.length,
      scenes: scenesOf(world, outcome, name, conditions),
    };
  });
}

/**
 * The profiles of a conjoint. Where one is chosen it stands at each place equally often, beside others that are
 * drawn as the design draws them: no two of a task are the same.
 */
export function profileCombinations(
  action: string,
  world: World,
  outcome: string,
  [conjoint, { turns = 0, unblinded = false }]: readonly [Conjoint, WorldConditions],
): Combination[] {
  const profiles = declaredProfiles(conjoint);
  const others = itemOf(world, outcome).kind === "profile" ? conjoint.profiles - 1 : 0;
  const tasks = profiles.length ** (others + 1) * (others + 1);
  if (tasks > mostTasks) {
    throw new RangeError(cannot(action, "conjoint", `have at most ${mostTasks} different tasks`, tasks));
  }
  const labels = conjoint.labels.slice(0, others + 1);
  return profiles.map((own) => {
    const shown = groupsBeside(profiles.filter((profile) => profile !== own), others);
    const total = sum(shown.map(({ probability }) => probability));
    const scenes = shown.flatMap(({ group, probability }) =>
      labels.map((_, judged): Scene => ({
        stimuli: [],
        opinions: [],
        unblinded,
        turns,
        wordings: [{ shift: 0, share: 1 }],
        judged,
        profiles: group.toSpliced(judged, 0, own).map(({ levels }, place) => ({
          label: labels[place]!,
          stimuli: Object.entries(levels).map(([feature, level]) => factorStimulus(feature, level)),
        })),
        share: probability / total / labels.length,
      }))
    );
    return { ...own, scenes };
  });
}

type Profile = Pick<Combination, "levels" | "probability">;

/** Every profile that no restriction excludes, and its probability. */
function declaredProfiles({ features, restrictions }: Conjoint): Profile[] {
  const all = Object.entries(features).reduce<Profile[]>(
    (profiles, [feature, { levels, probabilities }]) =>
      profiles.flatMap((profile) =>
        levels.map((level, k) => ({
          levels: { ...profile.levels, [feature]: String(level) },
          probability: profile.probability * probabilities[k]!,
        }))
      ),
    [{ levels: {}, probability: 1 }],
  ).filter(({ levels }) =>
    !restrictions.some((restriction) =>
      Object.entries(restriction).every(([feature, forbidden]) =>
        forbidden.map(String).includes(levels[feature]!)
      )
    )
  );
  const total = sum(all.map(({ probability }) => probability));
  return all.map((profile) => ({ ...profile, probability: profile.probability / total }));
}

/** Every ordered group of different profiles, and in which share it is drawn. */
function groupsBeside(
  profiles: readonly Profile[],
  size: number,
): { readonly group: readonly Profile[]; readonly probability: number }[] {
  if (size === 0) return [{ group: [], probability: 1 }];
  return profiles.flatMap((first) =>
    groupsBeside(profiles.filter((other) => other !== first), size - 1).map(({ group, probability }) => ({
      group: [first, ...group],
      probability: probability * first.probability,
    }))
  );
}
