import { cannot } from "../core/errors.ts";
import type { Design, Plan } from "../core/experiment.ts";
import type { DrawOptions, ReadOptions, RulesFor } from "../core/options.ts";
import { drawRules, oneOf, readOptions, rule, whole } from "../core/options.ts";
import { stream } from "../core/stream.ts";
import { type Table, tableOf } from "../core/table.ts";
import { alternativesOf } from "../items/elicited.ts";
import { declaredOptions } from "../items/mod.ts";
import { describePersona, type DescribePersonaOptions } from "../personas/describe_persona.ts";
import { orderDrawer, type Orders } from "../prompts/item_orders.ts";
import { defaultInstruction, questionsOf } from "../prompts/questions.ts";
import { readAssigned, readTexts, type Unit, unitsAsked } from "./assigned_units.ts";
import { planSessions, wordingsOf } from "./plan_sessions.ts";

/** Options of {@linkcode planExperiment}. */
export interface PlanExperimentOptions extends DrawOptions {
  /**
   * How many replies each persona gives in each of its arms.
   * @default 1
   */
  replicates?: number;
  /**
   * `draw`: each persona reads one wording of its arm, drawn at random; `all`: it is asked once with each.
   * @default "draw"
   */
  wordings?: "draw" | "all";
  /**
   * How the stated attributes read: options of `describePersona`, or a function from them to a text.
   * @default {}
   */
  persona?: PersonaStyle;
  /**
   * What stands between the treatment and the questions.
   * @default "Answer the questions below as yourself. Reply with one JSON object …", or nothing where each is asked
   * by itself
   */
  instruction?: string;
}

/** How the attributes that a design states become a text. */
export type PersonaStyle =
  | Omit<DescribePersonaOptions, "attributes">
  | ((stated: { readonly [attribute: string]: unknown }) => string);

const action = "plan an experiment";

const rules = {
  ...drawRules,
  replicates: whole(1),
  wordings: oneOf(["draw", "all"], "draw"),
  persona: rule<PersonaStyle, PersonaStyle>(checkStyle, {}),
  instruction: rule<string, undefined>(checkInstruction, undefined),
} satisfies RulesFor<PlanExperimentOptions>;

/**
 * Plans every call of an experiment, before any is paid for.
 *
 * One call asks one persona in one arm all questions at once, or (`ask` of the design) each is a call; in a conjoint this
 * holds for each of its tasks. Of a person the model is told what the design's `stated` names, and no other column of
 * `assigned`, whatever it holds; a slot of a treatment is filled from any of them. The order of questions, options and features is drawn once per persona, so that
 * it is the same in all of a persona's arms, tasks and replicates. Every draw is keyed by the persona: a persona more
 * changes nobody else's prompt.
 *
 * @param assigned from `assignTreatments`
 * @param design the design that was assigned
 * @param options see {@linkcode PlanExperimentOptions} (defaults there)
 * @returns the plan: `trials` has one row per persona, arm, wording and replicate, with `trial_id`, `persona_id`, `arm`,
 * `replicate`, `wording`, `seed`, `item_order` and `option_orders` (JSON texts), and in a conjoint `task` and `feature_order`;
 * `composePrompt(plan, trial_id)` shows a prompt; `summary` has one row per arm, with `personas`, `calls` and `prompts`,
 * how many different texts these calls send: personas who get the same text are one draw at temperature 0
 * @throws {TypeError} if `design` is not from `declareDesign`
 * @throws {RangeError} if a column or a stated attribute is missing, an arm is unknown, a persona stands twice in an arm
 * (1 and "1" are the same), a slot of somebody's treatment has no value, or an item is among a twin's `stated_questions`
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { assignTreatments, declareDesign, declareTreatments, planExperiment, tableOf, yesNo } from "@understudy/understudy";
 *
 * const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["age"] });
 * const personas = tableOf({ persona_id: ["p1", "p2"], age: [31, 64] });
 * const plan = planExperiment(assignTreatments(personas, design, { seed: 1 }), design, { seed: 1, replicates: 3 });
 * assertEquals(plan.trials.numRows(), 6);
 * assertEquals(plan.summary.objects().map((row) => Object.values(row)), [["control", 1, 3, 1], ["threat", 1, 3, 1]]);
 * ```
 */
export function planExperiment(assigned: Table, design: Design, options: PlanExperimentOptions = {}): Plan {
  checkDesign(design);
  const read = readOptions(action, options, rules);
  const columns = readAssigned(action, assigned, design);
  const persona = describer(design, read.persona);
  if (design.protocol !== null) return planSessions(action, { assigned, columns, design, ...read, persona });
  const units = unitsAsked(action, columns, design);
  const texts = readTexts(action, columns, { design, describe: persona });
  const { trials, arms } = listTrials(units, texts, design, read);
  const instruction = read.instruction ?? (design.ask === "together" ? defaultInstruction : "");
  const summary = summarise(arms, callsOfTrial(design));
  const prompt = { persona, instruction };
  return Object.freeze({ trials: tableOf(trials), summary, assigned, design, prompt, seed: read.seed });
}

/** What the plan tells of an arm: prompts by what they are composed of, as composing them all takes far longer. */
interface ArmCounts {
  calls: number;
  readonly personas: Set<string>;
  readonly prompts: Set<string>;
}

function listTrials(
  units: Iterable<Unit>,
  texts: ArrayLike<number>,
  design: Design,
  { seed, replicates, wordings }: ReadOptions<PlanExperimentOptions, typeof rules>,
): { trials: ReturnType<typeof emptyTrials>; arms: Map<string, ArmCounts> } {
  const columns = emptyTrials(design);
  const arms = new Map(design.treatments.arms.map((arm) => [arm.name, arm]));
  const counts = new Map<string, ArmCounts>();
  const drawOrders = orderDrawer(design, seed);
  // A million equal orders are one string, not a million.
  const shared = new Map<string, Orders & { readonly id: number }>();
  for (const { persona, arm, task, rows } of units) {
    const drawn = drawOrders(persona);
    const key = `${drawn.items} ${drawn.options} ${drawn.features}`;
    const orders = shared.get(key) ?? { ...drawn, id: shared.size };
    if (orders.id === shared.size) shared.set(key, orders);
    const text = rows.length === 1 ? texts[rows[0]!] : rows.map((row) => texts[row]).join();
    const at = task === null ? [persona, arm] : [persona, arm, `t${task}`];
    const chosen = wordingsOf(arms.get(arm)!, { wordings, seed, session: persona });
    let count = counts.get(arm);
    if (count === undefined) counts.set(arm, count = { calls: 0, personas: new Set(), prompts: new Set() });
    count.calls += replicates * chosen.length;
    count.personas.add(persona);
    for (const wording of chosen) count.prompts.add(`${text} ${orders.id} ${wording}`);
    for (let replicate = 1; replicate <= replicates; replicate++) {
      for (const wording of chosen) {
        // One text: V8 keeps one that is put together by a template as its pieces.
        columns.trial_id.push([...at, `w${wording}`, `r${replicate}`].join(":"));
        columns.persona_id.push(persona);
        columns.arm.push(arm);
        columns.replicate.push(replicate);
        columns.wording.push(wording);
        columns.seed.push(stream(seed, "ask", ...at, wording, replicate).seed());
        columns.item_order.push(orders.items);
        columns.option_orders.push(orders.options);
        if (task === null) continue;
        columns.task!.push(task);
        columns.feature_order!.push(orders.features);
      }
    }
  }
  return { trials: columns, arms: counts };
}

function emptyTrials({ conjoint }: Design) {
  return {
    trial_id: [] as string[],
    persona_id: [] as string[],
    arm: [] as string[],
    replicate: [] as number[],
    wording: [] as number[],
    seed: [] as number[],
    item_order: [] as string[],
    option_orders: [] as string[],
    ...(conjoint === null ? {} : { task: [] as number[], feature_order: [] as string[] }),
  };
}

/** What the design does not state is kept from a function too, so that no text can tell it. */
export function describer(
  { stated }: Pick<Design, "stated">,
  style: PersonaStyle,
): Plan["prompt"]["persona"] {
  if (typeof style !== "function") {
    const options = { ...style, attributes: stated };
    return (attributes) => describePersona(attributes, options);
  }
  return (attributes) => style(Object.fromEntries(stated.map((name) => [name, attributes[name]])));
}

function checkDesign(design: Design): void {
  if (!Array.isArray(design?.items) || !Array.isArray(design.treatments?.arms)) {
    const wrong = cannot(action, "design", "be the design that was assigned", design);
    throw new TypeError(`${wrong}; for example planExperiment(assigned, design, { seed: 1 })`);
  }
  const hasAnswers = design.items.some((item) => alternativesOf(item).length > 0);
  if (!hasAnswers && !["answer", undefined].includes(design.elicit)) {
    const rule = 'be "answer" where no question has 2 to 20 answers of which one is given';
    throw new RangeError(cannot(action, "design.elicit", rule, design.elicit));
  }
  if (!Array.isArray(design.stated)) {
    const rule = "list the attributes that the model is told";
    throw new TypeError(cannot(action, "design.stated", rule, design.stated));
  }
}

function checkStyle(_: string, argument: string, style: unknown): void {
  if (typeof style === "function") return;
  if (typeof style !== "object" || style === null) {
    throw new TypeError(cannot(action, argument, "be options of describePersona, or a function", style));
  }
  if (!Object.hasOwn(style, "attributes")) return;
  const rule = "not choose attributes: declareDesign({ …, stated: [ … ] }) does";
  throw new TypeError(cannot(action, argument, rule, style));
}

function checkInstruction(_: string, argument: string, instruction: unknown): void {
  if (typeof instruction !== "string") {
    throw new TypeError(cannot(action, argument, "be a text", instruction));
  }
}

function summarise(arms: ReadonlyMap<string, ArmCounts>, each: number): Table {
  return tableOf(
    [...arms].sort(([a], [b]) => a < b ? -1 : 1).map(([arm, { personas, calls, prompts }]) => ({
      arm,
      personas: personas.size,
      calls: each * calls,
      prompts: each * prompts.size,
    })),
  );
}

function callsOfTrial(design: Design): number {
  if (design.ask === "together") return 1;
  const shown = Object.fromEntries(design.items.map((item) => [item.name, declaredOptions(item)]));
  return questionsOf(design, design.items.map(({ name }) => name), shown).length;
}
