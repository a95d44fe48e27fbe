import { checkColumns, checkText } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import type { Design, Plan } from "../core/experiment.ts";
import { columns, readOptions, required, type RulesFor, whole } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { columnOf, distinct, groupRows, type Table, tableOf } from "../core/table.ts";
import { alternativesOf } from "../items/elicited.ts";
import { describePersona } from "../personas/describe_persona.ts";
import { planExperiment, type PlanExperimentOptions } from "./plan_experiment.ts";

/** Options of {@linkcode planBaselines}; those of `planExperiment` should be the ones of the study itself. */
export interface PlanBaselinesOptions extends PlanExperimentOptions {
  /** The people whom the personas stand for, as it reads after "100": `"adults in the United States"`. */
  population: string;
  /**
   * Columns of `assigned` that make groups, each of which the population query then asks about: those by which
   * distributions will be compared.
   * @default {undefined} one query about all people
   */
  by?: string | readonly string[];
  /**
   * How many personas of each arm, drawn at random, are asked as empty and as random persona.
   * @default 100
   */
  perArm?: number;
}

/** Plans of the runs that a fidelity score stands beside. */
export interface BaselinePlans {
  /** No persona: how many of 100 people would give each answer. */
  readonly population: Plan;
  /** A persona of whom nothing is known. */
  readonly empty: Plan;
  /** Personas of whom attributes of others are told. */
  readonly random: Plan;
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
 * the design does not ask them together), of items with 2 to 20 answers. It beat panels of personas in each of nine
 * published comparisons. `empty` asks personas of whom nothing is told but that they are a person; `random` personas of
 * whom is told what is true of others, each stated attribute shuffled by itself (columns `told_…`; their own attributes
 * keep their names, so that answers are compared with those of the same person or group). The runs' answers are the
 * `baselines` of `compareDistributions` and `scoreFidelity`.
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
 * import { tableOf } from "@understudy/understudy/core";
 * import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
 * import { yesNo } from "@understudy/understudy/items";
 * import { planBaselines } from "@understudy/understudy/runner";
 * import { declareTreatments } from "@understudy/understudy/treatments";
 *
 * const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["age"] });
 * const assigned = assignTreatments(tableOf({ persona_id: [1, 2, 3, 4], age: [31, 64, 45, 20] }), design);
 * const plans = planBaselines(assigned, design, { population: "adults in the United States" });
 * assertEquals(Object.values(plans).map((plan) => plan.trials.numRows()), [2, 4, 4]);
 * // const population = await runExperiment(plans.population, model);
 * ```
 */
export function planBaselines(assigned: Table, design: Design, options: PlanBaselinesOptions): BaselinePlans {
  const { population, by, perArm, ...asked } = options ?? {};
  const read = readOptions(action, { population, by, perArm }, rules);
  // The study's own plan checks the table, the design and the options that they share.
  planExperiment(assigned, design, asked);
  if (design.conjoint !== null) {
    throw new RangeError(cannot(action, "design", "have no conjoint: each task shows other profiles", "one"));
  }
  const groups = [read.by ?? []].flat();
  checkColumns(action, assigned, groups, "assigned");
  const { seed = 1, persona = {} } = asked;
  const few = personasOfEachArm(assigned, read.perArm, seed);
  const told = (name: string) => `told_${name}`;
  return Object.freeze({
    population: planPopulation(assigned, design, { ...asked, population: read.population, by: groups }),
    empty: planExperiment(few, { ...design, stated: [] }, { ...asked, persona: () => "You are a person." }),
    random: planExperiment(
      tellOfOthers(few, assigned, { names: design.stated, told, seed }),
      { ...design, stated: design.stated.map(told) },
      {
        ...asked,
        persona: (stated) => {
          const own = Object.fromEntries(design.stated.map((name) => [name, stated[told(name)]]));
          return typeof persona === "function"
            ? persona(own)
            : describePersona(own, { ...persona, attributes: design.stated });
        },
      },
    ),
  });
}

/** One persona that is all people, or one for each group of them, in every arm. */
function planPopulation(
  assigned: Table,
  design: Design,
  { population, by, ...asked }: PlanExperimentOptions & { population: string; by: readonly string[] },
): Plan {
  const values = by.map((name) => columnOf(assigned, name));
  const keys = columnOf(assigned, "persona_id").map((_, row) => values.map((column) => String(column[row])));
  const groups = [...groupRows(keys.map((key) => JSON.stringify(key))).values()];
  const people = design.treatments.arms.flatMap(({ name: arm }) =>
    groups.map(([row]) => ({
      persona_id: ["population", ...keys[row!]!].join(", "),
      arm,
      reference_arm: design.reference,
      ...Object.fromEntries(by.map((name, place) => [name, values[place]![row!]])),
    }))
  );
  const together = design.ask === "together";
  const json = together ? " Reply with one JSON object whose properties are the names in brackets." : "";
  return planExperiment(tableOf(people), {
    ...design,
    items: design.items.filter((item) => alternativesOf(item).length > 0),
    stated: by,
    ask: together ? "together" : "apart",
    elicit: "shares",
  }, {
    ...asked,
    // Further queries would say much the same.
    replicates: 1,
    persona: (stated) => {
      const group = describePersona(stated, { attributes: by, person: "list" });
      return `Think of 100 ${population}${group === "" ? "." : `, of each of whom is true:\n${group}`}`;
    },
    instruction: `All of them read what stands above, if anything does, and are asked what follows.${json}`,
  });
}

/** The rows of so many personas of each arm; of those who are in several arms the same in each. */
function personasOfEachArm(assigned: Table, perArm: number, seed: number): Table {
  const ids = columnOf(assigned, "persona_id").map(String);
  const order = stream(seed, "baseline personas").shuffle(distinct(ids).sort());
  const rank = new Map(order.map((id, place) => [id, place]));
  const rows = [...groupRows(columnOf(assigned, "arm")).values()].flatMap((own) =>
    own.toSorted((a, b) => rank.get(ids[a]!)! - rank.get(ids[b]!)!).slice(0, perArm)
  ).sort((a, b) => a - b);
  return tableOf(
    Object.fromEntries(
      assigned.columnNames().map((name) => {
        const values = columnOf(assigned, name);
        return [name, rows.map((row) => values[row])];
      }),
    ),
  );
}

/** What each persona is told to be: of each attribute the value of another persona of the study. */
function tellOfOthers(
  few: Table,
  assigned: Table,
  { names, told, seed }: { names: readonly string[]; told: (name: string) => string; seed: number },
): Table {
  const first = [...groupRows(columnOf(assigned, "persona_id").map(String))];
  const added = names.map((name) => {
    const values = columnOf(assigned, name);
    const shuffled = stream(seed, "told of others", name).shuffle(first.map(([, [row]]) => values[row!]));
    const byPersona = new Map(first.map(([id], place) => [id, shuffled[place]]));
    return [told(name), columnOf(few, "persona_id").map((id) => byPersona.get(String(id)))];
  });
  const own = few.columnNames().map((name) => [name, columnOf(few, name)]);
  return tableOf(Object.fromEntries([...own, ...added]));
}
