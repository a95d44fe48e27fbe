import type { Item } from "../core/item.ts";
import { columnOf } from "../core/table.ts";
import { sum } from "../stats/moments.ts";
import type { WorldBehaviour } from "./behaviour.ts";
import type { World, WorldDeclaration } from "./declaration.ts";
import type { WorldScale } from "./item_kinds.ts";
import type { Coefficients } from "./predictor.ts";
import { keepFee, keepFeeItem, opinion, otherOpinion, paraphrase, town, type TownTexts } from "./town.ts";
import { worldTruth, type WorldTruthOptions } from "./truth.ts";

/** The name of a ready world: its fault. */
export type ReadyWorldName =
  | "clean"
  | "user drift"
  | "heterogeneous effects"
  | "focalism"
  | "position bias"
  | "acquiescence"
  | "sycophancy"
  | "correct answer"
  | "compression"
  | "refusal by arm"
  | "format failures by arm"
  | "order effects"
  | "persona decay"
  | "wording sensitivity"
  | "subgroup error"
  | "memorised effect";

/** A comparison in a world: all that `worldTruth` needs to know but what is asked. */
export type WorldContrast =
  & Omit<WorldTruthOptions, "what" | "by">
  & { readonly [name in "outcome" | "stimulus" | "reference"]: string }
  & Required<Pick<WorldTruthOptions, "personas">>;

export interface ReadyFault {
  readonly fault: string;
  readonly measure: string;
  /** What it changes of the town, by strength. */
  readonly change: (strength: number) => Partial<WorldDeclaration>;
  /** Its size, by the world's truth. */
  readonly size: (world: World, contrast: WorldContrast) => number;
  /** The outcome in which it shows; `support` if not given. */
  readonly outcome?: { readonly outcome: string; readonly category?: string };
  readonly texts?: TownTexts;
  /** Items whose options stand in a fixed order. */
  readonly fixed?: readonly string[];
  readonly turns?: number;
  /** Questions asked beside the town's: what the fault is told by. */
  readonly asked?: readonly Item[];
}

const bias = { measure: "the naive effect less the effect, in units of the outcome", size: naiveBias };
const level = {
  measure: "mean answer in the control arm, of the replies less of the people",
  size: (world: World, contrast: WorldContrast) => levelErrors(world, contrast)[0]!,
};

const support = town.items.support as WorldScale;

function supportBy(attribute: string, differences: Coefficients[string]): Partial<WorldDeclaration> {
  const warning = { effect: 0.6, by: { [attribute]: differences } };
  return { items: { ...town.items, support: { ...support, stimuli: { warning } } } };
}

/** Log-odds of a failure that happens when one group reads the warning. */
function failsFor(ideology: string, strength: number): NonNullable<WorldBehaviour["refusal"]> {
  return {
    intercept: -3,
    stimuli: { warning: { effect: 0, by: { ideology: { [ideology]: 3 * strength } } } },
  };
}

/** Every ready world: the town, and what is wrong with its respondent or special about its people. */
export const readyFaults: { readonly [name in ReadyWorldName]: ReadyFault } = {
  "clean": {
    fault: "Nothing is wrong: a simulated experiment finds the true effect.",
    ...bias,
    change: () => ({}),
  },
  "user drift": {
    fault: "People of the left meet the warning more often, so who reads it is imagined further left.",
    ...bias,
    change: (strength) => ({
      exposure: {
        control: { ideology: { left: -0.8 * strength, right: 0.8 * strength } },
        warning: { ideology: { left: 0.8 * strength, right: -0.8 * strength } },
      },
    }),
  },
  "heterogeneous effects": {
    fault: "The warning moves the left more than the right; the mean effect is found, but it is nobody's.",
    measure: "largest less smallest effect among ideologies, in points of support",
    change: (strength) => supportBy("ideology", { left: 0.6 * strength, right: -0.6 * strength }),
    size: effectRange("ideology"),
  },
  "focalism": {
    fault: "What a persona's text states counts for more than it does in life.",
    measure: "gap in mean support between young and old, of the replies less of the people",
    change: (strength) => ({ behaviour: { focalism: 1 + strength } }),
    size: gapError("age_group", ["young", "old"]),
  },
  "position bias": {
    fault: "The option that stands first is favoured; the design shows the payers in one fixed order.",
    measure: "share of the town in the control arm, of the replies less of the people",
    outcome: { outcome: "payer", category: "the town" },
    fixed: ["payer"],
    change: (strength) => ({ behaviour: { position: { strength: 1.2 * strength, slot: "first" } } }),
    size: level.size,
  },
  "acquiescence": {
    fault: "Whatever is asked, the respondent tends to agree: also that the fee should stay as it is.",
    ...level,
    outcome: { outcome: "fee" },
    asked: [keepFeeItem],
    change: (strength) => ({
      items: { ...town.items, keep_fee: keepFee },
      behaviour: { acquiescence: 0.8 * strength },
    }),
  },
  "sycophancy": {
    fault: "The warning's text also says what its writer thinks, and the respondent gives way to it.",
    ...bias,
    texts: { opinion: true },
    change: (strength) => ({
      behaviour: {
        deference: {
          strength: 0.6 * strength,
          opinions: { [opinion]: { support: 1, fee: 1 }, [otherOpinion]: { support: -1, fee: -1 } },
        },
      },
    }),
  },
  "correct answer": {
    fault: "A share of replies gives the one answer that the model takes to be right, in both arms.",
    ...bias,
    change: (strength) => ({ behaviour: { collapse: { support: { share: 0.5 * strength, answer: 6 } } } }),
  },
  "compression": {
    fault: "Answers lie closer together than people's do.",
    measure: "1 − standard deviation of support in the replies / that of the people, in the control arm",
    change: (strength) => ({ behaviour: { compression: 0.5 * strength } }),
    size: spreadLoss,
  },
  "refusal by arm": {
    fault: "Who stands on the right often refuses to answer after the warning, and supports pipes less.",
    ...bias,
    change: (strength) => ({ behaviour: { refusal: failsFor("right", strength) } }),
  },
  "format failures by arm": {
    fault: "Who stands on the left often replies to the warning in prose that cannot be read.",
    ...bias,
    change: (strength) => ({ behaviour: { formatFailure: failsFor("left", strength) } }),
  },
  "order effects": {
    fault: "Whoever has been asked who should pay supports new pipes less.",
    measure: `${level.measure}; half of the personas are asked who should pay first`,
    change: (strength) => ({ behaviour: { orderEffects: { support: { after: { payer: -strength } } } } }),
    size: level.size,
  },
  "persona decay": {
    fault:
      "With every reply the persona is forgotten more; a young owner with a degree answers in its place.",
    measure: `${bias.measure}, after three replies`,
    turns: 3,
    change: (strength) => ({
      ...supportBy("age_group", { young: 0.6, old: -0.6 }),
      behaviour: {
        decay: {
          rate: 0.4 * strength,
          default: { age_group: "young", education: "university", housing: "owned" },
        },
      },
    }),
    size: bias.size,
  },
  "wording sensitivity": {
    fault: "Each wording of an arm has an effect of its own, beside what it means.",
    measure: `${bias.measure}, with these four wordings of each arm`,
    texts: { wordings: true },
    change: (strength) => ({ behaviour: { wording: { sd: 0.5 * strength } } }),
    size: bias.size,
  },
  "subgroup error": {
    fault: "The respondent exaggerates how the warning moves people without a degree.",
    ...bias,
    change: (strength) => ({
      behaviour: {
        subgroupError: {
          support: { stimuli: { warning: { effect: 0, by: { education: { school: 0.8 * strength } } } } },
        },
      },
    }),
  },
  "memorised effect": {
    fault:
      "Half of the replies recite the effect of a famous study in place of this town's; in other words nobody knows it.",
    ...bias,
    change: (strength) => ({
      stimuli: { ...town.stimuli, paraphrase },
      items: {
        ...town.items,
        support: { ...support, stimuli: { ...support.stimuli, paraphrase: support.stimuli!.warning! } },
      },
      behaviour: { memorised: { warning: { support: { share: 0.5 * strength, effect: 2 } } } },
    }),
  },
};

function valuesOf(world: World, options: WorldTruthOptions): readonly number[] {
  return columnOf<number>(worldTruth(world, options), "value");
}

function naiveBias(world: World, contrast: WorldContrast): number {
  return valuesOf(world, { ...contrast, what: "naive effect" })[0]! - valuesOf(world, contrast)[0]!;
}

/** The largest less the smallest effect among the levels of an attribute. */
function effectRange(by: string): ReadyFault["size"] {
  return (world, contrast) => {
    const effects = valuesOf(world, { ...contrast, by });
    return Math.max(...effects) - Math.min(...effects);
  };
}

/** The mean answer in the reference arm, of the replies less of the people; by level of an attribute. */
function levelErrors(world: World, contrast: WorldContrast, by: { readonly by?: string } = {}): number[] {
  const asked = { ...contrast, ...by, stimulus: contrast.reference };
  const means = valuesOf(world, { ...asked, what: "mean" });
  return valuesOf(world, { ...asked, what: "naive mean" }).map((naive, k) => naive - means[k]!);
}

/** How much larger the error of the mean is in one level of an attribute than in another. */
function gapError(by: string, [high, low]: readonly [string, string]): ReadyFault["size"] {
  return (world, contrast) => {
    const errors = levelErrors(world, contrast, { by });
    const [ofHigh, ofLow] = [high, low].map((level) => errors[world.attributes[by]!.indexOf(level)]!);
    return ofHigh! - ofLow!;
  };
}

function spreadLoss(world: World, contrast: WorldContrast): number {
  const deviation = (what: "shares" | "naive shares"): number => {
    const table = worldTruth(world, { ...contrast, what, stimulus: contrast.reference });
    const [answers, shares] = ["category", "value"].map((name) => columnOf<number>(table, name));
    const mean = sum(answers!.map((answer, k) => answer * shares![k]!));
    return Math.sqrt(sum(answers!.map((answer, k) => (answer - mean) ** 2 * shares![k]!)));
  };
  return 1 - deviation("naive shares") / deviation("shares");
}
