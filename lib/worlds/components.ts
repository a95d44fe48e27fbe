import { cannot } from "../core/errors.ts";
import type { Conjoint } from "../core/experiment.ts";
import { distinct } from "../core/table.ts";
import { sum } from "../stats/moments.ts";
import { addPart, answerShares, type Part } from "./answer_shares.ts";
import { itemOf } from "./item_kinds.ts";
import { factorStimulus, type Levels, splitFactor } from "./predictor.ts";
import { bareScene, isTreatments, type Scene, scenesOf, stimuliOf, type WorldConditions } from "./scenes.ts";

/** A level of a factor or feature, and its first level: how often each answer is given, by part of the people. */
export interface Component {
  readonly feature: string;
  readonly level: string;
  readonly reference: string;
  readonly own: ReadonlyMap<string, Part>;
  readonly other: ReadonlyMap<string, Part>;
}

/** Levels of factors or features, each with the first: over combinations that occur with both, as the design has them. */
export function componentsOf(action: string, asked: AskedOfDesign, outcome: string): Component[] {
  const combinations = combinationsOf(action, asked, outcome).map(({ scenes, ...combination }) => ({
    ...combination,
    parts: answerShares(asked, outcome, scenes),
  }));
  const withLevel = (combination: Levels, feature: string, level: string) =>
    combinations.find(({ levels }) => levelsKey({ ...combination, [feature]: level }) === levelsKey(levels));
  return Object.keys(combinations[0]!.levels).flatMap((feature) => {
    const [reference, ...others] = distinct(combinations.map(({ levels }) => levels[feature]!));
    return others.map((level): Component => {
      const [own, other] = [new Map<string, Part>(), new Map<string, Part>()];
      for (const one of combinations.filter(({ levels }) => levels[feature] === level)) {
        const base = withLevel(one.levels, feature, reference!);
        if (base === undefined) continue;
        const weight = one.probability + base.probability;
        for (const [parts, from] of [[own, one.parts], [other, base.parts]] as const) {
          for (const [name, { people, answers }] of from) {
            addPart(parts, name, {
              people: weight * people,
              answers: answers.map((answer) => weight * answer),
            });
          }
        }
      }
      return { feature, level, reference: reference!, own, other };
    });
  });
}

function levelsKey(levels: Levels): string {
  return JSON.stringify(Object.entries(levels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A combination of levels that a design shows: an arm of a factorial, or a profile of a conjoint. */
interface Combination {
  /** Its level of each factor or feature. */
  readonly levels: { readonly [factor: string]: string };
  /** How often the design shows it. */
  readonly probability: number;
  /** What whoever judges it may see. */
  readonly scenes: readonly Scene[];
}

/** Profiles whose tasks are more than these are not enumerated. */
const mostTasks = 20_000;

type AskedOfDesign = Parameters<typeof answerShares>[0] & {
  readonly design: WorldConditions & { readonly conjoint?: Conjoint };
};

/** The profiles of a conjoint, or the arms of a factorial by their slots. */
function combinationsOf(action: string, asked: AskedOfDesign, outcome: string): Combination[] {
  const { world, design: { conjoint, treatments } } = asked;
  if (conjoint !== undefined) return profilesOf(action, asked, outcome, conjoint);
  if (!isTreatments(treatments)) {
    const rule = "be the result of declareConjoint, or 'treatments' that of declareFactorial";
    throw new TypeError(cannot(action, "conjoint", rule, conjoint));
  }
  const { probabilities } = treatments as { readonly probabilities?: { readonly [arm: string]: number } };
  return treatments.arms.map(({ name }) => ({
    levels: Object.fromEntries((stimuliOf(world, name, treatments) ?? []).map(splitFactor)),
    probability: probabilities?.[name] ?? 1 / treatments.arms.length,
    scenes: scenesOf(action, asked, [outcome, name]),
  }));
}

/**
 * The profiles of a conjoint. Where one is chosen it stands at each place equally often, beside others that are
 * drawn as the design draws them: no two of a task are the same.
 */
function profilesOf(
  action: string,
  { world, conditions }: AskedOfDesign,
  outcome: string,
  conjoint: Conjoint,
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
        ...bareScene(conditions ?? {}),
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
