import {
  type Arm,
  assignedColumns,
  cannot,
  checkColumns,
  checkOneOf,
  checkOptions,
  checkRows,
  checkSeed,
  checkWhole,
  columnOf,
  type Design,
  personaColumns,
  type Plan,
  stream,
  type Table,
  tableOf,
} from "../core/mod.ts";
import { declaredOptions, drawOptionOrder } from "../items/mod.ts";
import { checkAttributeNames } from "../personas/attribute_names.ts";
import { describePersona, type DescribePersonaOptions } from "../personas/mod.ts";
import { openSlots } from "../treatments/mod.ts";

/** Options of {@linkcode planExperiment}. */
export interface PlanExperimentOptions {
  /**
   * Seed of the orders in which options and questions are shown, of the wording drawn, and of each call's seed.
   * @default {0}
   */
  seed?: number;
  /**
   * How many replies each persona gives in each of its arms.
   * @default {1}
   */
  replicates?: number;
  /**
   * `draw`: each persona reads one wording of its arm, drawn at random; `all`: it is asked once with each.
   * @default {"draw"}
   */
  wordings?: "draw" | "all";
  /**
   * How the stated attributes read: options of `describePersona`, or a function from them to a text.
   * @default {{}}
   */
  persona?: PersonaStyle;
  /**
   * What stands between the treatment and the questions.
   * @default {"Answer the questions below as yourself. Reply with one JSON object …"}
   */
  instruction?: string;
}

/** How the attributes that a design states become a text. */
export type PersonaStyle =
  | Omit<DescribePersonaOptions, "attributes">
  | ((stated: { readonly [attribute: string]: unknown }) => string);

const action = "plan an experiment";

/** What stands between the treatment and the questions unless the plan says otherwise. */
export const defaultInstruction: string =
  "Answer the questions below as yourself. Reply with one JSON object whose properties are the names in brackets.";

/**
 * Plans every call of an experiment, before any is paid for.
 *
 * One call asks one persona in one arm all questions at once. Of a person the model is told what the design's `stated`
 * names, and no other column of `assigned`, whatever it holds; a slot of a treatment is filled from any of them. The order of questions and options is drawn once per
 * persona, so that it is the same in all of a persona's arms and replicates. Every draw is keyed by the persona: a
 * persona more changes nobody else's prompt.
 *
 * @param assigned from `assignTreatments`
 * @param design the design that was assigned
 * @param options seed, replicates, wordings and how personas are described
 * @returns the plan: `trials` has one row per call, with `trial_id`, `persona_id`, `arm`, `replicate`, `wording`,
 * `seed`, `item_order` and `option_orders` (JSON texts); `composePrompt(plan, trial_id)` shows a prompt
 * @throws {TypeError} if `design` is not from `declareDesign`
 * @throws {RangeError} if a column or a stated attribute is missing, an arm is unknown, or a slot is neither declared nor an attribute
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { assignTreatments, declareDesign } from "@understudy/understudy/designs";
 * import { yesNo } from "@understudy/understudy/items";
 * import { planExperiment } from "@understudy/understudy/runner";
 * import { declareTreatments } from "@understudy/understudy/treatments";
 *
 * const design = declareDesign({
 *   treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
 *   items: [yesNo("fear", "Are you afraid?")],
 *   stated: ["age"],
 * });
 * const personas = tableOf({ persona_id: ["p1", "p2"], weight: [1, 1], age: [31, 64] });
 * const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1, replicates: 3 });
 * assertEquals(plan.trials.numRows(), 6);
 * ```
 */
export function planExperiment(assigned: Table, design: Design, options: PlanExperimentOptions = {}): Plan {
  checkPlan(assigned, design, options);
  const { seed = 0, replicates = 1, wordings = "draw", instruction = defaultInstruction } = options;
  const columns = emptyTrials();
  const shared = new Map<string, string>();
  // A million equal orders are one string, not a million.
  const intern = (text: string): string => shared.get(text) ?? (shared.set(text, text), text);
  const arms = new Map(design.treatments.arms.map((arm) => [arm.name, arm]));
  const personas = columnOf<string>(assigned, "persona_id");
  const assignedArms = columnOf<string>(assigned, "arm");
  for (let row = 0; row < personas.length; row++) {
    const persona = personas[row]!;
    const orders = drawOrders(design, seed, persona);
    for (let replicate = 1; replicate <= replicates; replicate++) {
      for (
        const wording of chooseWordings(arms.get(assignedArms[row]!)!, wordings, seed, persona)
      ) {
        const key = [persona, assignedArms[row]!, wording, replicate] as const;
        columns.trial_id.push(`${key[0]}:${key[1]}:w${wording}:r${replicate}`);
        columns.persona_id.push(persona);
        columns.arm.push(key[1]);
        columns.replicate.push(replicate);
        columns.wording.push(wording);
        columns.seed.push(stream(seed, "ask", ...key).bits() >>> 1);
        columns.item_order.push(intern(orders.items));
        columns.option_orders.push(intern(orders.options));
      }
    }
  }
  return Object.freeze({
    trials: tableOf(columns),
    assigned,
    design,
    prompt: { persona: describer(design, options), instruction },
  });
}

function emptyTrials() {
  return {
    trial_id: [] as string[],
    persona_id: [] as string[],
    arm: [] as string[],
    replicate: [] as number[],
    wording: [] as number[],
    seed: [] as number[],
    item_order: [] as string[],
    option_orders: [] as string[],
  };
}

function drawOrders(design: Design, seed: number, persona: string): { items: string; options: string } {
  const names = design.items.map((item) => item.name);
  const items = design.itemOrder === "shuffled" ? stream(seed, "item order", persona).shuffle(names) : names;
  const options: { [item: string]: readonly string[] } = {};
  for (const item of design.items) {
    // A stream costs a hash: it is opened only where something is drawn.
    const order = isDrawn(item)
      ? drawOptionOrder(item, stream(seed, "option order", persona, item.name))
      : declaredOptions(item);
    if (order.length > 0) options[item.name] = order;
  }
  return { items: JSON.stringify(items), options: JSON.stringify(options) };
}

function isDrawn(item: Design["items"][number]): boolean {
  return "order" in item && item.order !== "fixed";
}

function chooseWordings(
  arm: Arm,
  wordings: "draw" | "all",
  seed: number,
  persona: string,
): number[] {
  const count = arm.wordings.length;
  if (wordings === "all") return Array.from({ length: count }, (_, i) => i + 1);
  return [count === 1 ? 1 : 1 + stream(seed, "wording", persona, arm.name).integer(count)];
}

/** What the design does not state is kept from a function too, so that no text can tell it. */
function describer({ stated }: Design, options: PlanExperimentOptions): Plan["prompt"]["persona"] {
  const { persona = {} } = options;
  if (typeof persona !== "function") {
    return (attributes) => describePersona(attributes, { ...persona, attributes: stated });
  }
  return (attributes) => persona(Object.fromEntries(stated.map((name) => [name, attributes[name]])));
}

function checkPlan(assigned: Table, design: Design, options: PlanExperimentOptions): void {
  checkDesign(design);
  checkOptions(action, options, ["seed", "replicates", "wordings", "persona", "instruction"]);
  checkColumns(action, assigned, ["persona_id", "arm"], "assigned");
  checkStated(assigned, design, options);
  checkRows(action, assigned, "assigned");
  checkSeed(action, options.seed ?? 0);
  checkWhole(action, "replicates", options.replicates ?? 1, 1);
  checkOneOf(action, "wordings", options.wordings ?? "draw", ["draw", "all"]);
  const arms = design.treatments.arms.map((arm) => arm.name);
  for (const arm of new Set(columnOf(assigned, "arm"))) {
    if (!arms.includes(arm as string)) {
      throw new RangeError(
        cannot(action, "assigned.arm", `hold arms of the design (${arms.join(", ")})`, arm),
      );
    }
  }
  const seen = new Set<string>();
  const personas = columnOf(assigned, "persona_id");
  columnOf(assigned, "arm").forEach((arm, row) => {
    const unit = JSON.stringify([personas[row], arm]);
    if (seen.has(unit)) {
      throw new RangeError(
        `Cannot ${action} as persona ${
          personas[row]
        } stands twice in arm '${arm}': use replicates to ask it again`,
      );
    }
    seen.add(unit);
  });
  checkTexts(assigned, design, describer(design, options));
}

function checkDesign(design: Design): void {
  if (!Array.isArray(design?.items) || !Array.isArray(design.treatments?.arms)) {
    const rule = "be the design that was assigned";
    throw new TypeError(
      `${cannot(action, "design", rule, design)}; for example planExperiment(assigned, design, { seed: 1 })`,
    );
  }
}

function checkStated(assigned: Table, { stated }: Design, { persona }: PlanExperimentOptions): void {
  if (!Array.isArray(stated)) {
    throw new TypeError(
      cannot(action, "design.stated", "list the attributes that the model is told", stated),
    );
  }
  if (typeof persona === "object" && Object.hasOwn(persona, "attributes")) {
    const rule = "not choose attributes: declareDesign({ …, stated: [ … ] }) does";
    throw new TypeError(cannot(action, "persona", rule, persona));
  }
  const names = assigned.columnNames();
  const unknown = stated.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      cannot(action, "design.stated", `name columns of 'assigned' (${names.join(", ")})`, unknown),
    );
  }
}

/** Writes each persona once, so that a text that cannot be written stops the plan and not a run that is half paid. */
function checkTexts(assigned: Table, design: Design, describe: Plan["prompt"]["persona"]): void {
  const columns = Object.fromEntries(assigned.columnNames().map((name) => [name, columnOf(assigned, name)]));
  const own = Object.keys({ ...personaColumns, ...assignedColumns });
  const attributes = Object.keys(columns).filter((name) => !own.includes(name));
  checkAttributeNames(action, "assigned", attributes);
  const slots = openSlots(design.treatments);
  for (const slot of slots) {
    if (!attributes.includes(slot)) {
      throw new RangeError(
        `Cannot ${action} as slot '${slot}' of the treatments has no value: declare it in slots or give the personas ` +
          `an attribute of that name (they have ${attributes.join(", ") || "none"})`,
      );
    }
  }
  for (let row = 0; row < assigned.numRows(); row++) {
    const gap = slots.find((slot) => isMissing(columns[slot]![row]));
    if (gap !== undefined) {
      throw new RangeError(
        `Cannot ${action} as slot '${gap}' of the treatments has no value for persona ${
          columns.persona_id![row]
        }`,
      );
    }
    const text = describe(
      Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[row]])),
    );
    if (typeof text !== "string") {
      throw new TypeError(cannot(action, "persona", "give a text", text));
    }
  }
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === "" || Number.isNaN(value);
}
