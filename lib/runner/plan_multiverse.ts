import { checkOneOf, checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { AskMode, Design, ElicitMode, Plan } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import { oneOf, readOptions, required, type RulesFor } from "../core/options.ts";
import type { Respondent } from "../core/respondent.ts";
import { columnOf, type Table, tableOf } from "../core/table.ts";
import { type PersonaStyle, planExperiment, type PlanExperimentOptions } from "./plan_experiment.ts";

/** What could have been done otherwise: the alternatives of each choice, the base configuration's first. */
export interface MultiverseChoices {
  /** Who is asked, by the names that tables give them. */
  model: { readonly [name: string]: Respondent };
  /** Which wording of each arm, from 1; the last one of an arm that has fewer. */
  wording?: readonly number[];
  /** The questions as they are declared, from the last to the first, or in an order of each persona's own. */
  item_order?: readonly ("fixed" | "reversed" | "shuffled")[];
  /** How the stated attributes read. */
  persona?: { readonly [name: string]: PersonaStyle };
  /** Which attributes are stated. */
  stated?: { readonly [name: string]: readonly string[] };
  /** How questions become calls. */
  ask?: readonly AskMode[];
  /** How answers are elicited. */
  elicit?: readonly ElicitMode[];
  /** The questions, with other scales: by the same names, which estimates then bring to one unit. */
  scale?: { readonly [name: string]: readonly Item[] };
}

/** Options of {@linkcode planMultiverse}; those of `planExperiment` are the base configuration's. */
export interface PlanMultiverseOptions extends PlanExperimentOptions {
  /** The choices and their alternatives. */
  choices: MultiverseChoices;
  /**
   * `full`: every combination. `one at a time`: the base, and each alternative in its place alone.
   * @default "full"
   */
  subset?: "full" | "one at a time";
}

/** A study's configurations, planned; from {@linkcode planMultiverse}. */
export interface Multiverse {
  /** One row per configuration; see `configurationColumns`, and a column for each choice. */
  readonly configurations: Table;
  /** The same in their order, each a plan as any other, with who is to be asked. */
  readonly runs: readonly {
    readonly configuration: string;
    readonly plan: Plan;
    readonly respondent: Respondent;
  }[];
}

const action = "plan a multiverse";

const rules = {
  choices: required<MultiverseChoices>(checkChoices),
  subset: oneOf(["full", "one at a time"], "full"),
} as const satisfies RulesFor<Pick<PlanMultiverseOptions, "choices" | "subset">>;

/** What choices change of a design, in the order in which it is done. */
const changes: { readonly [name: string]: (design: Design, alternative: never) => Partial<Design> } = {
  stated: (_, stated: readonly string[]) => ({ stated }),
  ask: (_, ask: AskMode) => ({ ask }),
  elicit: (_, elicit: ElicitMode) => ({ elicit }),
  scale: (_, items: readonly Item[]) => ({ items }),
  item_order: ({ items }, order: Design["itemOrder"] | "reversed") =>
    order === "reversed" ? { items: items.toReversed(), itemOrder: "fixed" } : { itemOrder: order },
  wording({ treatments }, place: number) {
    const chosen = (texts: readonly string[]) => [texts[place - 1] ?? texts.at(-1)!];
    return {
      treatments: { arms: treatments.arms.map((arm) => ({ ...arm, wordings: chosen(arm.wordings) })) },
    };
  },
};

/**
 * Plans a study in every configuration that would have been as good, so that none stands alone: 252 configurations of one
 * published study of synthetic answers gave correlations with people's from .23 to .84.
 *
 * The same personas in the same arms are asked in each. Nobody is asked here; each configuration is a plan as any other.
 * Run all of them, with the same estimator, and draw what they give with `plotSpecifications`; report all, also those of
 * another sign. Say beforehand which is the base.
 *
 * @param assigned from `assignTreatments`
 * @param design the design that was assigned, as the base has it where a choice says nothing
 * @param options see {@linkcode PlanMultiverseOptions} (defaults there)
 * @returns `configurations`, one row each: `configuration` (its name: what differs from the base), `is_base`, a column for
 * each choice, and `calls`; and `runs`
 * @throws {RangeError} if there are more than 1000 configurations, an alternative is none, or as `planExperiment`
 * @see `planCosts(plan, { respondent })`, for what one costs
 * @see Cummins 2025, The threat of analytic flexibility in silicon samples; Simonsohn et al. 2020 (specification curve)
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { assignTreatments, declareDesign, declareTreatments, scriptedRespondent, tableOf, yesNo } from "@understudy/understudy";
 * import { planMultiverse } from "@understudy/understudy/runner";
 *
 * const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["age"] });
 * const assigned = assignTreatments(tableOf({ persona_id: [1, 2, 3, 4], age: [31, 64, 45, 20] }), design);
 * const model = { small: scriptedRespondent(() => "yes"), large: scriptedRespondent(() => "no") };
 * const stated = { age: ["age"], nothing: [] };
 * const { configurations, runs } = planMultiverse(assigned, design, { choices: { model, stated } });
 * assertEquals(configurations.array("configuration"), [
 *   ...["base", "stated: nothing", "model: large", "model: large, stated: nothing"],
 * ]);
 * // for (const { configuration, plan, respondent } of runs) await runExperiment(plan, respondent, { store }) …
 * assertEquals(runs.length, 4);
 * ```
 */
export function planMultiverse(assigned: Table, design: Design, options: PlanMultiverseOptions): Multiverse {
  const { choices, subset, ...asked } = options ?? {};
  const read = readOptions(action, { choices, subset }, rules);
  // The base's own plan checks the table, the design and the options that all share.
  planExperiment(assigned, design, asked);
  const plans = new Map<string, Plan>();
  const rows = [];
  const runs = [];
  for (const chosen of combinations(readChoices(read.choices, design), read.subset)) {
    const differing = chosen.filter(({ isBase }) => !isBase).map(({ name, label }) => `${name}: ${label}`);
    const configuration = differing.join(", ") || "base";
    const valueOf = (name: string) => chosen.find((pick) => pick.name === name)?.value;
    // Models are asked the same.
    const key = differing.filter((difference) => !difference.startsWith("model: ")).join();
    const persona = valueOf("persona") as PersonaStyle | undefined ?? asked.persona ?? {};
    const changed = Object.keys(changes).filter((name) => valueOf(name) !== undefined)
      .reduce((own, name) => ({ ...own, ...changes[name]!(own, valueOf(name) as never) }), design);
    const plan = plans.get(key) ?? planExperiment(assigned, changed, { ...asked, persona });
    plans.set(key, plan);
    const labels = Object.fromEntries(chosen.map(({ name, label }) => [name, label]));
    const calls = columnOf<number>(plan.summary, "calls").reduce((sum, each) => sum + each, 0);
    rows.push({ configuration, is_base: differing.length === 0, ...labels, calls });
    runs.push({ configuration, plan, respondent: valueOf("model") as Respondent });
  }
  return Object.freeze({ configurations: tableOf(rows), runs: Object.freeze(runs) });
}

/** An alternative of a choice, with the name that it has in the table; the first of its choice is the base's. */
interface Alternative {
  readonly name: string;
  readonly label: string;
  readonly value: unknown;
  readonly isBase: boolean;
}

function checkChoices(_: string, name: string, choices: unknown): void {
  checkOptions(action, choices as object, ["model", "persona", ...Object.keys(changes)]);
  if (Object.hasOwn(choices as object, "model")) return;
  throw new TypeError(cannot(action, name, "have a 'model', such as { model: { small, large } }", choices));
}

function readChoices(choices: MultiverseChoices, { items, protocol, treatments }: Design): Alternative[][] {
  const namesOf = (items: unknown) => [items].flat().map((item) => Object(item).name).sort().join();
  const wordings = Math.max(...treatments.arms.map((arm) => arm.wordings.length));
  const allowed: { readonly [name: string]: readonly unknown[] } = {
    wording: Array.from({ length: wordings }, (_, place) => place + 1),
    item_order: ["fixed", "reversed", "shuffled"],
    ask: ["together", "in turn", "apart"],
    elicit: ["answer", "log-probabilities", "percentages", "shares"],
  };
  return Object.entries(choices).map(([name, given]) => {
    const wrong = (rule: string) => new RangeError(cannot(action, `choices.${name}`, rule, given));
    const alternatives: [label: string, value: unknown][] = Array.isArray(given)
      ? given.map((value) => [String(value), value])
      : Object.entries(Object(given));
    const labels = new Set(alternatives.map(([label]) => label));
    if (labels.size === 0 || labels.size < alternatives.length) throw wrong("have alternatives, each once");
    if (protocol !== null && ["item_order", "ask", "elicit", "scale"].includes(name)) {
      throw wrong("be left out where there is a protocol, whose steps say it");
    }
    return alternatives.map(([label, value], place) => {
      if (allowed[name] !== undefined) checkOneOf(action, `choices.${name}`, value, allowed[name]);
      if (name === "scale" && namesOf(value) !== namesOf(items)) {
        throw wrong(`have the questions ${namesOf(items)} in each alternative`);
      }
      return { name, label, value, isBase: place === 0 };
    });
  });
}

const most = 1000;

/** What each configuration chose, the base first. */
function combinations(choices: readonly (readonly Alternative[])[], subset: string): Alternative[][] {
  const count = choices.reduce((product, { length }) => product * length, 1);
  if (subset === "one at a time") {
    const base = choices.map(([first]) => first!);
    const alone = choices.flatMap((own, at) => own.slice(1).map((other) => base.with(at, other)));
    return [base, ...alone];
  }
  if (count > most) {
    const rule = `have at most ${most} combinations, or { subset: "one at a time" } be given`;
    throw new RangeError(cannot(action, "choices", rule, count));
  }
  return choices.reduce<Alternative[][]>(
    (chosen, own) => chosen.flatMap((picks) => own.map((pick) => [...picks, pick])),
    [[]],
  );
}
