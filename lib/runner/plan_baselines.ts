import { checkColumns, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Design, Plan } from "../core/experiment.ts";
import { columns, readOptions, required, type RulesFor, whole } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { columnOf, groupRows, heldColumns, type Table, tableOf } from "../core/table.ts";
import { alternativesOf } from "../items/elicited.ts";
import { describePersona } from "../personas/describe_persona.ts";
import { describer, planExperiment, type PlanExperimentOptions } from "./plan_experiment.ts";

/** Options of {@linkcode planBaselines}; those of `planExperiment` should be the ones of the study itself. */
export interface PlanBaselinesOptions extends PlanExperimentOptions {
  /** The people whom the personas stand for, as it reads after "100": `"adults in the United States"`. */
  population: string;
  /**
   * Columns whose combinations are groups: the population query is then about each (in each `arm` it is asked anyway).
   * @default {undefined} one query about all people
   */
  by?: string | readonly string[];
  /**
   * How many personas of each arm, drawn at random, are asked as empty and as random persona.
   * @default 100
   */
  perArm?: number;
}

const action = "plan baselines";

const rules = {
  population: required<string>(checkText),
  by: columns,
  perArm: whole(100),
} as const satisfies RulesFor<Pick<PlanBaselinesOptions, "population" | "by" | "perArm">>;

/**
 * Plans the runs beside which a fidelity score must stand: a model that knows nothing of the persons may score as well.
 *
 * `population` asks for the distribution itself, without a persona: one call for each arm and group (and item, where
 * the design does not ask them together), of items with 2 to 20 answers. It beat panels of personas in nine of nine
 * published comparisons. `empty` tells a persona only that it is a person; `random` tells it what is true of others, each
 * stated attribute shuffled by itself (columns `told_…`; its own keep their names, so that its answers are compared with
 * those of the same person or group). The answers are the `baselines` of `compareDistributions` and `scoreFidelity`.
 *
 * @param assigned from `assignTreatments`, as of the study itself
 * @param design the design that was assigned
 * @param options see {@linkcode PlanBaselinesOptions}
 * @returns three plans for `runExperiment`: `population`, `empty` and `random`
 * @throws {RangeError} if the design has a conjoint, or no item that has 2 to 20 answers; or as `planExperiment`
 * @see arXiv 2609.07305 (population query); Toubia et al. 2025, Twin-2K-500 (empty and random personas)
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { assignTreatments, declareDesign, declareTreatments, tableOf, yesNo } from "@understudy/understudy";
 * import { planBaselines } from "@understudy/understudy/runner";
 *
 * const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["age"] });
 * const assigned = assignTreatments(tableOf({ persona_id: [1, 2, 3, 4], age: [31, 64, 45, 20] }), design);
 * const plans = planBaselines(assigned, design, { population: "adults in the United States" });
 * assertEquals(Object.values(plans).map((plan) => plan.trials.numRows()), [2, 4, 4]);
 * // const population = await runExperiment(plans.population, model);
 * ```
 */
export function planBaselines(
  assigned: Table,
  design: Design,
  options: PlanBaselinesOptions,
): Readonly<Record<"population" | "empty" | "random", Plan>> {
  const { population, by, perArm, ...asked } = options ?? {};
  const read = readOptions(action, { population, by, perArm }, rules);
  // The study's own plan checks the table, the design and the options that they share.
  planExperiment(assigned, design, asked);
  if (design.conjoint !== null) {
    throw new RangeError(cannot(action, "design", "have no conjoint: each task is another", design.conjoint));
  }
  const columns = heldColumns(assigned);
  const ids = columns.persona_id!.map(String);
  const personas = [...groupRows(ids)].sort(([a], [b]) => a < b ? -1 : 1);
  const { seed = 1, persona = {} } = asked;
  const rank = new Map(stream(seed, "baseline personas").shuffle(personas).map(([id], place) => [id, place]));
  // Of those who are in several arms, the same in each.
  const rows = [...groupRows(columns.arm!).values()].flatMap((own) =>
    own.toSorted((a, b) => rank.get(ids[a]!)! - rank.get(ids[b]!)!).slice(0, read.perArm)
  ).sort((a, b) => a - b);
  const { stated } = design;
  const told = stated.map((name) => {
    const values = personas.map(([, [row]]) => columns[name]![row!]);
    const shuffled = stream(seed, "told of others", name).shuffle(values);
    const ofPersona = new Map(personas.map(([id], place) => [id, shuffled[place]]));
    return [`told_${name}`, ids.map((id) => ofPersona.get(id))] as const;
  });
  const few = tableOf(Object.fromEntries(
    [...Object.entries(columns), ...told].map(([name, values]) => [name, rows.map((row) => values[row])]),
  ));
  const describeOther = (attributes: { readonly [attribute: string]: unknown }) => {
    const other = Object.fromEntries(stated.map((name) => [name, attributes[`told_${name}`]]));
    return describer(design, persona)(other);
  };
  const others = { ...design, stated: told.map(([name]) => name) };
  const groups = [read.by ?? []].flat().filter((name) => name !== "arm");
  return {
    population: planPopulation(assigned, design, { ...asked, population, by: groups }),
    empty: planExperiment(few, { ...design, stated: [] }, { ...asked, persona: () => "You are a person." }),
    random: planExperiment(few, others, { ...asked, persona: describeOther }),
  };
}

/** One persona that is all people, or one for each group of them, in every arm. */
function planPopulation(
  assigned: Table,
  design: Design,
  { population, by, ...asked }: PlanExperimentOptions & { population: string; by: readonly string[] },
): Plan {
  checkColumns(action, assigned, by, "assigned");
  const columns = [...by, "arm"].map((name) => columnOf(assigned, name));
  const keys = columns[0]!.map((_, row) => JSON.stringify(columns.map((values) => String(values[row]))));
  const rows = [...groupRows(keys).values()].map(([row]) => row!);
  const people = tableOf({
    persona_id: rows.map((row) => ["population", ...by.map((_, at) => columns[at]![row])].join(", ")),
    ...Object.fromEntries([...by, "arm"].map((name, at) => [name, rows.map((row) => columns[at]![row])])),
  });
  const ask = design.ask === "together" ? "together" : "apart";
  const names = " Reply with one JSON object whose properties are the names in brackets.";
  const reply = ask === "together" ? names : "";
  const items = design.items.filter((item) => alternativesOf(item).length > 0);
  return planExperiment(people, { ...design, items, stated: by, ask, elicit: "shares" }, {
    ...asked,
    replicates: 1,
    persona: (stated) => {
      const group = describePersona(stated, { attributes: by, person: "list" });
      return `Think of 100 ${population}${group === "" ? "." : `, of each of whom is true:\n${group}`}`;
    },
    instruction: `All of them read what stands above, if anything does, and are asked what follows.${reply}`,
  });
}
