import { checkColumns, checkText } from "../core/checks.ts";
import { assignedColumns, personaColumns } from "../core/columns.ts";
import { cannot, didYouMean } from "../core/errors.ts";
import type { Design } from "../core/experiment.ts";
import type { Call } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { columnOf, distinct, isMissing, type Table, tableOfRows } from "../core/table.ts";
import type { ControlCandidate, ControlLimits } from "./control_rules.ts";
import { askedName, judgeAttribute, judgeItem, judgeProposal, treatmentWords } from "./control_rules.ts";
import type { ElicitConfoundersOptions } from "./elicit_confounders.ts";
import { askForNames, entryText, mostFrequent, requireCall, textsOf } from "./list_questions.ts";
import type { DrawOptions, ReadOptions, RulesFor } from "../core/options.ts";
import { columns, drawRules, readOptions, required, rule, whole } from "../core/options.ts";

/** Options of {@linkcode suggestControls}. */
export interface SuggestControlsOptions extends DrawOptions, Pick<ElicitConfoundersOptions, "replicates"> {
  /** The outcome, or outcomes: never controls. */
  outcome: string | readonly string[];
  /**
   * The personas or their population: attributes that the persona text leaves open can be asked for.
   * @default {undefined} none
   */
  personas?: Table;
  /**
   * The attributes that the persona text states.
   * @default {undefined} those that the design states
   */
  stated?: readonly string[];
  /**
   * The way to a model that is asked for further controls, as `caller(respondent)`; it is never shown a treatment.
   * @default {undefined} rules only
   */
  call?: Call;
  /**
   * Where the people are and what they do, for the model.
   * @default {undefined} none
   */
  setting?: string;
}

const action = "suggest controls";
const rules = {
  ...drawRules,
  outcome: required<string | readonly string[]>(columns.check),
  personas: rule<Table, undefined>(
    (_, name, value) => checkColumns(action, value as Table, [], name),
    undefined,
  ),
  stated: rule<readonly string[], undefined>(() => {}, undefined),
  call: rule<Call, undefined>((action, name, call) => requireCall(action, name, call as Call), undefined),
  setting: rule<string, undefined>(checkText, undefined),
  replicates: whole(5),
} as const satisfies RulesFor<SuggestControlsOptions>;
type Settings = ReadOptions<SuggestControlsOptions, typeof rules>;

const suggestionColumns = ["control", "question", "options", "source", "in_design", "role", "reason"];

/**
 * Suggests negative controls for an experiment: questions whose answers its treatments cannot change.
 *
 * By rules: closed questions of the design that ask for past behaviour or a long-held trait, and attributes of the
 * population that the persona text leaves open (what it states cannot move). Outcomes, attitudes, and whatever shares
 * words with a treatment are left out, and stand in the table with the reason. The rules read English. A model, where
 * one can be called, proposes more; it is asked without any treatment, and what it proposes passes the same limits.
 *
 * What is no question of the design is to be added before it can be used, as the item `choice(control, question,
 * options)`. An attribute has a name of its own for that, such as `asked_ideology`, since no item may have the name of
 * an attribute; it is of no use to a repair that states that attribute. Its role is `add`, or already what it will be
 * where the design has no usable control: call this again with the design that has it.
 *
 * Half of the usable controls of the design steer a repair, the other half only judges it: a control that was used to
 * find the repair is still by construction. The halves are dealt by the seed and each control's name, not by its
 * answers. Whether a treatment can change a control is a judgement: read the list before it is used.
 *
 * @param design from `declareDesign`
 * @param options see {@linkcode SuggestControlsOptions}
 * @returns one row per question that was considered: `control`, `question`, `options` (a list), `source` (`rule` or
 * `respondent`), `in_design` (whether it is a question of the design), `role` (`steer`, `judge`, `add` or `excluded`),
 * `reason`
 * @throws {RangeError} if the outcome is no question of the design, or the setting contains a sentence, or six words in
 * a row, of a treatment's text
 * @throws {Error} if a model is asked and no reply can be read, or the calls were ended
 * @see Lipsitch, Tchetgen Tchetgen and Cohen 2010, Epidemiology 21(3):383-388
 * @example Past votes can serve, support cannot
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { declareDesign } from "@understudy/understudy/designs";
 * import { suggestControls } from "@understudy/understudy/drift";
 * import { likert, yesNo } from "@understudy/understudy/items";
 * import { declareTreatments } from "@understudy/understudy/treatments";
 *
 * const design = declareDesign({
 *   treatments: declareTreatments({ control: "The army exercised.", threat: "Troops crossed the border." }),
 *   items: [
 *     likert("support", "Do you support sending the navy?", { points: 7 }),
 *     yesNo("voted", "Did you vote in the last election?"),
 *     yesNo("travelled", "Did you ever cross the border?"),
 *   ],
 *   stated: ["age"],
 * });
 * const controls = await suggestControls(design, { outcome: "support" });
 * assertEquals(controls.array("role"), ["steer", "excluded", "excluded"]);
 * ```
 */
export async function suggestControls(design: Design, options: SuggestControlsOptions): Promise<Table> {
  const settings = checkSuggestion(design, options);
  const { outcome, personas, stated = design.stated, seed } = settings;
  const limits = { outcomes: [outcome].flat(), stated, words: treatmentWords(design.treatments) };
  const { proposals, note } = await proposeControls(design, settings, limits);
  const candidates = firstOfEachName([
    ...design.items.map((item) => judgeItem(item, limits)),
    ...attributesOf(personas, limits),
    ...proposals,
  ]);
  const roleOf = dealRoles(candidates, design, seed);
  const rows = candidates.map(({ reason, source, control, question, options, usable }) => {
    const in_design = isItem(design, control);
    const notes = [source === "respondent" ? note : "", usable && !in_design ? howToAdd : ""];
    return {
      control,
      question,
      options,
      source,
      in_design,
      role: roleOf(control, usable),
      reason: [reason, ...notes].filter((part) => part !== "").join("; "),
    };
  });
  // Usable ones first, those that steer before those that judge.
  const roles = ["steer", "judge", "add", "excluded"];
  rows.sort((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role));
  return tableOfRows(rows, suggestionColumns);
}

function checkSuggestion(design: Design, options: SuggestControlsOptions): Settings {
  if (!Array.isArray(design?.items) || !Array.isArray(design.treatments?.arms)) {
    throw new TypeError(cannot(action, "design", "be the result of declareDesign({ … })", design));
  }
  if (options === undefined) {
    throw new TypeError(
      `${cannot(action, "outcome", "name questions", options)}; for example { outcome: "support" }`,
    );
  }
  const settings = readOptions(action, options, rules);
  const outcomes = [settings.outcome].flat();
  const names = design.items.map(({ name }) => name);
  const unknown = outcomes.find((outcome) => !names.includes(outcome));
  if (outcomes.length === 0 || unknown !== undefined) {
    const must = `name questions (${names.join(", ")})`;
    throw new RangeError(cannot(action, "outcome", must, settings.outcome) + didYouMean(unknown, names));
  }
  return settings;
}

function attributesOf(personas: Table | undefined, limits: ControlLimits): ControlCandidate[] {
  if (personas === undefined) return [];
  const own = [...Object.keys(personaColumns), ...Object.keys(assignedColumns)];
  return personas.columnNames().filter((name) => !own.includes(name)).map((name) => {
    const present = columnOf(personas, name).filter((value) => !isMissing(value));
    return judgeAttribute(name, distinct(present.map(String)), limits);
  });
}

function firstOfEachName(candidates: readonly ControlCandidate[]): ControlCandidate[] {
  const first = new Map<string, ControlCandidate>();
  for (const candidate of candidates) {
    const key = candidate.control.toLowerCase();
    const known = first.get(key);
    if (known === undefined) first.set(key, candidate);
    // The design's own wording is what is asked; where no rule knows it, the respondent's word counts.
    else if (known.undecided && candidate.usable) {
      const { source, reason } = candidate;
      first.set(key, { ...known, usable: true, undecided: false, source, reason });
    }
  }
  return [...first.values()];
}

const howToAdd = "no question of the design yet: add choice(control, question, options)";

function isItem({ items }: Design, control: string): boolean {
  return items.some(({ name }) => name === control);
}

/**
 * Only questions of the design have answers to steer and to judge by; where it has none, those to be added. Half of them
 * steer, one more where they are odd: in an order that hangs on the seed and each name alone.
 */
function dealRoles(
  candidates: readonly ControlCandidate[],
  design: Design,
  seed: number,
): (control: string, usable: boolean) => string {
  const usable = candidates.filter((candidate) => candidate.usable).map(({ control }) => control);
  const asked = usable.filter((control) => isItem(design, control));
  const dealt = asked.length > 0 ? asked : usable;
  const places = new Map(
    dealt.map((control) => [control, stream(seed, "control role", control).uniform()] as const),
  );
  const order = dealt.toSorted((a, b) => places.get(a)! - places.get(b)!);
  const steering = order.slice(0, Math.ceil(order.length / 2));
  return (control, may) =>
    !may ? "excluded" : !places.has(control) ? "add" : steering.includes(control) ? "steer" : "judge";
}

const question = {
  asks: [
    "A survey is to ask each person about things that nothing they read or hear today can change: what they did in the " +
    "past, where they come from, what has long been so. People should differ in their answers. Name up to ten such " +
    "questions. Give each a short name, its wording, its two to seven possible answers, and a sentence on why it cannot " +
    "change.",
  ],
  schema: "elicited_controls",
  list: "controls",
  properties: { name: "text", question: "text", options: "texts", why: "text" },
} as const;

/** Asks a model for controls, without any treatment; none where there is none to call. */
async function proposeControls(
  { treatments }: Design,
  { personas, call, setting, replicates, seed }: Settings,
  limits: ControlLimits,
): Promise<{ proposals: ControlCandidate[]; note: string }> {
  if (call === undefined) return { proposals: [], note: "" };
  const asked = { ...question, setting, stated: limits.stated };
  const { named, notes } = await askForNames(action, call, asked, { replicates, seed, treatments });
  const taken = personas === undefined ? [] : personas.columnNames().map((column) => column.toLowerCase());
  const proposals = named.map(({ name, entries, share }) => {
    const [first] = entries;
    // What has the name of an attribute, or of any column of the personas, can be no item.
    const stands = limits.stated.includes(name) || !taken.includes(name.toLowerCase());
    return judgeProposal({
      control: stands ? name : askedName(name),
      question: entryText(first!, "question"),
      options: mostFrequent(entries.map((entry) => textsOf(entry, "options"))),
      why: entryText(first!, "why"),
      share,
    }, limits);
  });
  return { proposals, note: notes };
}
