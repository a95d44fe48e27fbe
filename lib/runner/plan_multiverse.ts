import { checkOptions } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Arm, AskMode, Design, ElicitMode, Plan } from "../core/experiment.ts";
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

/** What is asked in a configuration, and of whom. */
interface Setup {
  readonly design: Design;
  readonly persona: PersonaStyle;
  readonly respondent: Respondent | undefined;
}

function designed(setup: Setup, change: Partial<Design>): Setup {
  return { ...setup, design: { ...setup.design, ...change } };
}

/** What each choice changes, in the order in which it is done. */
const changes: { readonly [name: string]: (setup: Setup, alternative: never) => Setup } = {
  model: (setup, respondent: Respondent) => ({ ...setup, respondent }),
  persona: (setup, persona: PersonaStyle) => ({ ...setup, persona }),
  stated: (setup, stated: readonly string[]) => designed(setup, { stated }),
  ask: (setup, ask: AskMode) => designed(setup, { ask }),
  elicit: (setup, elicit: ElicitMode) => designed(setup, { elicit }),
  scale: (setup, items: readonly Item[]) => designed(setup, { items }),
  item_order: (setup, order: Design["itemOrder"] | "reversed") => {
    if (order !== "reversed") return designed(setup, { itemOrder: order });
    return designed(setup, { items: setup.design.items.toReversed(), itemOrder: "fixed" });
  },
  wording: (setup, place: number) => {
    const chosen = ({ wordings, ...arm }: Arm) => ({
      ...arm,
      wordings: [wordings[place - 1] ?? wordings.at(-1)!],
    });
    return designed(setup, { treatments: { arms: setup.design.treatments.arms.map(chosen) } });
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
    const chosen = all.map(({ name, alternatives }, at) => ({
      name,
      pick: picks[at]!,
      ...alternatives[picks[at]!]!,
    }));
    const differing = chosen.filter(({ pick }) => pick > 0).map(({ name, label }) => `${name}: ${label}`);
    const configuration = differing.join(", ") || "base";
    let setup: Setup = { design, persona: asked.persona ?? {}, respondent: undefined };
    for (const [name, change] of Object.entries(changes)) {
      const own = chosen.find((choice) => choice.name === name);
      if (own !== undefined) setup = change(setup, own.value as never);
    }
    const planOf = (table: Table) =>
      planExperiment(table, setup.design, { ...asked, persona: setup.persona });
    // Models are asked the same.
    const key = chosen.map(({ name, pick }) => name === "model" ? "" : pick).join();
    const plan = plans.get(key) ?? planOf(assigned);
    plans.set(key, plan);
    const respondent = setup.respondent!;
    const costs = await planCosts(planOf(few), { respondent });
    const calls = columnOf<number>(plan.summary, "calls").reduce((sum, each) => sum + each, 0);
    const ofAll = (name: string) => costs.get(name, costs.numRows() - 1) as number;
    const [cost_low, cost, cost_high] = ["cost_low", "cost", "cost_high"]
      .map((name) => ofAll(name) * calls / ofAll("calls"));
    const labels = Object.fromEntries(chosen.map(({ name, label }) => [name, label]));
    const priced = { calls, cost_low, cost, cost_high, currency: ofAll("currency"), reason: ofAll("reason") };
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

/** A choice and its alternatives, by the names that they have in the table. */
interface Choice {
  readonly name: string;
  readonly alternatives: readonly { readonly label: string; readonly value: unknown }[];
}

function checkChoices(_: string, name: string, choices: unknown): void {
  checkOptions(action, choices as object, Object.keys(changes));
  if (Object.hasOwn(choices as object, "model")) return;
  throw new TypeError(cannot(action, name, "have a 'model', such as { model: { small, large } }", choices));
}

function readChoices(choices: MultiverseChoices, { items, protocol, treatments }: Design): Choice[] {
  const namesOf = (items: unknown) => [items].flat().map((item) => Object(item).name).sort().join();
  const wordings = Math.max(...treatments.arms.map((arm) => arm.wordings.length));
  return Object.entries(choices).map(([name, given]) => {
    const labelled = Array.isArray(given)
      ? given.map((value) => [String(value), value])
      : Object.entries(Object(given));
    const alternatives = labelled.map(([label, value]) => ({ label, value }));
    const check = (isRight: boolean, rule: string) => {
      if (!isRight) throw new RangeError(cannot(action, `choices.${name}`, rule, given));
    };
    const each = (isRight: (value: unknown) => boolean) => alternatives.every(({ value }) => isRight(value));
    check(
      labelled.length > 0 && new Set(labelled.map(([label]) => label)).size === labelled.length,
      "have alternatives, each once",
    );
    const isOfSteps = protocol !== null && ["item_order", "ask", "elicit", "scale"].includes(name);
    check(!isOfSteps, "be left out where there is a protocol, whose steps say it");
    const isWording = (place: unknown) =>
      Number.isInteger(place) && Number(place) > 0 && Number(place) <= wordings;
    check(name !== "wording" || each(isWording), `name wordings from 1 to ${wordings}`);
    const isSame = (own: unknown) => namesOf(own) === namesOf(items);
    check(name !== "scale" || each(isSame), `have the questions ${namesOf(items)} in each alternative`);
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
