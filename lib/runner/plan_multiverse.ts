import { checkOneOf, checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { AskMode, Design, ElicitMode, Plan } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import { oneOf, readOptions, required, type RulesFor, whole } from "../core/options.ts";
import type { Respondent } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { columnOf, distinct, type Table, tableOf, takeRows } from "../core/table.ts";
import { planCosts } from "./plan_costs.ts";
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
   * `full`: every combination. `one at a time`: the base, and each alternative in its place alone. `fraction`: `maximum`
   * combinations, the base among them, drawn so that the alternatives of a choice are about equally many.
   * @default "full"
   */
  subset?: "full" | "one at a time" | "fraction";
  /**
   * The most configurations; of a fraction how many, where there are as many.
   * @default 256
   */
  maximum?: number;
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
  subset: oneOf(["full", "one at a time", "fraction"], "full"),
  maximum: whole(256),
} as const satisfies RulesFor<Pick<PlanMultiverseOptions, "choices" | "subset" | "maximum">>;

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
 * each choice, `calls`, `cost_low`, `cost`, `cost_high` (`NaN` without a known price, with a `reason`), `currency`; and `runs`
 * @throws {RangeError} if there are more configurations than `maximum`, an alternative is none, or as `planExperiment`
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
 * const { configurations, runs } = await planMultiverse(assigned, design, { choices: { model, stated } });
 * assertEquals(configurations.array("configuration"), [
 *   ...["base", "stated: nothing", "model: large", "model: large, stated: nothing"],
 * ]);
 * // for (const { configuration, plan, respondent } of runs) await runExperiment(plan, respondent, { store }) …
 * assertEquals(runs.length, 4);
 * ```
 */
export async function planMultiverse(
  assigned: Table,
  design: Design,
  options: PlanMultiverseOptions,
): Promise<Multiverse> {
  const { choices, subset, maximum, ...asked } = options ?? {};
  const read = readOptions(action, { choices, subset, maximum }, rules);
  // The base's own plan checks the table, the design and the options that all share.
  planExperiment(assigned, design, asked);
  const all = readChoices(read.choices, design);
  const few = someOf(assigned);
  const plans = new Map<string, Plan>();
  const rows = [];
  const runs = [];
  for (const picks of combinations(all, { ...read, seed: asked.seed ?? 1 })) {
    const chosen = new Map(all.map(({ name, alternatives }, at) => [name, alternatives[picks[at]!]!]));
    const differing = all.filter((_, at) => picks[at] !== 0).map(({ name }) =>
      `${name}: ${chosen.get(name)![0]}`
    );
    const configuration = differing.join(", ") || "base";
    const valueOf = (name: string) => chosen.get(name)?.[1];
    const [respondent, persona = asked.persona ?? {}] = ["model", "persona"].map(valueOf) as [
      Respondent,
      PersonaStyle?,
    ];
    const changed = Object.keys(changes).filter((name) => chosen.has(name))
      .reduce((own, name) => ({ ...own, ...changes[name]!(own, valueOf(name) as never) }), design);
    const planOf = (table: Table) => planExperiment(table, changed, { ...asked, persona });
    // Models are asked the same.
    const key = picks.filter((_, at) => all[at]!.name !== "model").join();
    const plan = plans.get(key) ?? planOf(assigned);
    plans.set(key, plan);
    const costs = await planCosts(planOf(few), { respondent });
    const ofFew = (name: string) => costs.get(name, costs.numRows() - 1) as number;
    const calls = columnOf<number>(plan.summary, "calls").reduce((sum, each) => sum + each, 0);
    const [cost_low, cost, cost_high] = ["cost_low", "cost", "cost_high"]
      .map((name) => ofFew(name) * calls / ofFew("calls"));
    const labels = Object.fromEntries([...chosen].map(([name, [label]]) => [name, label]));
    const priced = { calls, cost_low, cost, cost_high, currency: ofFew("currency"), reason: ofFew("reason") };
    rows.push({ configuration, is_base: differing.length === 0, ...labels, ...priced });
    runs.push({ configuration, plan, respondent });
  }
  return Object.freeze({ configurations: tableOf(rows), runs: Object.freeze(runs) });
}

/** So many personas, or groups of them, are priced: what all cost is in proportion. */
const mostPriced = 60;

function someOf(assigned: Table): Table {
  const units = columnOf(assigned, assigned.columnNames().includes("session") ? "session" : "persona_id");
  const all = distinct(units);
  const few = new Set(all.filter((_, place) => place % Math.ceil(all.length / mostPriced) === 0));
  return takeRows(assigned, [...units.keys()].filter((row) => few.has(units[row])));
}

/** A choice and its alternatives, each with the name that it has in the table. */
interface Choice {
  readonly name: string;
  readonly alternatives: readonly (readonly [label: string, value: unknown])[];
}

function checkChoices(_: string, name: string, choices: unknown): void {
  checkOptions(action, choices as object, ["model", "persona", ...Object.keys(changes)]);
  if (Object.hasOwn(choices as object, "model")) return;
  throw new TypeError(cannot(action, name, "have a 'model', such as { model: { small, large } }", choices));
}

function readChoices(choices: MultiverseChoices, { items, protocol, treatments }: Design): Choice[] {
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
    const alternatives: Choice["alternatives"] = Array.isArray(given)
      ? given.map((value) => [String(value), value])
      : Object.entries(Object(given));
    const labels = new Set(alternatives.map(([label]) => label));
    if (labels.size === 0 || labels.size < alternatives.length) throw wrong("have alternatives, each once");
    if (protocol !== null && ["item_order", "ask", "elicit", "scale"].includes(name)) {
      throw wrong("be left out where there is a protocol, whose steps say it");
    }
    for (const [, value] of alternatives) {
      if (allowed[name] !== undefined) checkOneOf(action, `choices.${name}`, value, allowed[name]);
      if (name !== "scale" || namesOf(value) === namesOf(items)) continue;
      throw wrong(`have the questions ${namesOf(items)} in each alternative`);
    }
    return { name, alternatives };
  });
}

/** Which alternative of each choice a configuration has, by its place; the base first. */
function combinations(
  choices: readonly Choice[],
  { subset, maximum, seed }: { subset: string; maximum: number; seed: number },
): number[][] {
  const sizes = choices.map(({ alternatives }) => alternatives.length);
  const base = sizes.map(() => 0);
  const alone = sizes.flatMap((size, at) =>
    Array.from({ length: size - 1 }, (_, pick) => base.with(at, pick + 1))
  );
  const possible = subset === "one at a time"
    ? 1 + alone.length
    : sizes.reduce((product, size) => product * size, 1);
  if (subset !== "fraction" && possible > maximum) {
    const rule = `be at least ${possible}, or { subset: "fraction" } or "one at a time" given`;
    throw new RangeError(cannot(action, "maximum", rule, maximum));
  }
  if (subset === "one at a time") return [base, ...alone];
  const wanted = Math.min(maximum, possible);
  const chosen = new Map([[base.join(), base]]);
  for (let round = 1; chosen.size < wanted; round++) {
    const columns = sizes.map((size, at) => {
      const spread = Array.from({ length: wanted }, (_, place) => place % size);
      return stream(seed, "multiverse", choices[at]!.name, round).shuffle(spread);
    });
    for (let place = 0; place < wanted && chosen.size < wanted; place++) {
      const row = columns.map((column) => column[place]!);
      chosen.set(row.join(), row);
    }
  }
  const differs = (a: readonly number[], b: readonly number[]) => a.findIndex((pick, at) => pick !== b[at]);
  return [...chosen.values()].sort((a, b) => a[differs(a, b)]! - b[differs(a, b)]!);
}
