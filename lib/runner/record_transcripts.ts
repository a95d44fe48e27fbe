import {
  assignedColumns,
  type Call,
  cannot,
  checkColumns,
  checkName,
  checkRows,
  checkSeed,
  checkWhole,
  columnOf,
  type Item,
  personaColumns,
  type Respondent,
  RespondentError,
  stream,
  type Table,
  type Treatments,
} from "../core/mod.ts";
import { declaredOptions, drawOptionOrder } from "../items/mod.ts";
import { checkAttributeNames } from "../personas/attribute_names.ts";
import { describePersona, type DescribePersonaOptions } from "../personas/mod.ts";
import { composeTreatment } from "../treatments/mod.ts";
import { type CallerOptions, checkCalls, OpenCalls } from "./caller.ts";
import {
  converse,
  opening,
  probe,
  type Probes,
  type Said,
  type Speaker,
  type Talk,
  transcriptColumns,
  transcriptRows,
  transcriptTable,
} from "./converse.ts";
import { defaultInstruction } from "./plan_experiment.ts";

/** What a persona is made of: one row of the assigned table. */
export type PersonaAttributes = { readonly [attribute: string]: unknown };

/** Options of {@linkcode recordTranscripts}. */
export interface RecordTranscriptsOptions extends CallerOptions {
  /** The arms, from `declareTreatments` (or `design.treatments`): an arm's text opens the first user message. */
  treatments: Treatments;
  /** What the user says, turn by turn: the same lines for all, or lines by persona and arm. */
  script: readonly string[] | ((attributes: PersonaAttributes, arm: string) => readonly string[]);
  /** The questions asked on a branch; one named like an attribute asks that attribute back. */
  probes: readonly Item[];
  /**
   * After which turns the probes are asked.
   * @default every turn of the script
   */
  turns?: readonly number[];
  /**
   * How a persona is described: options of `describePersona`, or a function from its attributes to a text.
   * @default {{}}
   */
  persona?: DescribePersonaOptions | ((attributes: PersonaAttributes) => string);
  /**
   * Which attribute each probe asks back; a probe that is left out, or `null`, asks for none.
   * @default the attribute of the probe's name, where the personas have it and `persona` does not leave it out; where
   * `persona` is a function, every attribute is taken to be in its text
   */
  stated?: { readonly [item: string]: string | null };
  /**
   * How often the probes are asked without any persona: the model's default answers.
   * @default {10}
   */
  defaults?: number;
  /**
   * Whether each persona is asked the probes twice before the dialogue, so that answers which vary by themselves are
   * not taken for drift.
   * @default {true}
   */
  retest?: boolean;
  /**
   * What stands before the probes.
   * @default {"Answer the questions below as yourself. Reply with one JSON object …"}
   */
  instruction?: string;
  /**
   * The seed of option orders and of each call.
   * @default {0}
   */
  seed?: number;
}

/**
 * Records scripted conversations of a respondent with each persona in its arm, probing on branches along the way.
 *
 * The persona is the system message, the arm's treatment opens the first user message, and the script goes on from
 * there. After the turns asked for, the history is cut and the probes are asked: their answers are not kept in the
 * conversation, so that probing changes nothing (Li et al. 2024). The same probes are asked of each persona before any
 * dialogue (turn 0, without the treatment; twice where `retest`), and of the respondent without any persona
 * (role `default`). The text of a refusal stays in the history as it came. Nothing is dropped: what could not be asked
 * is rows with status `failed` and the reason. As in `runExperiment` the run ends with the error where going on is
 * senseless, and where the first line, or the first probe, cannot be asked at all: the others would fail alike.
 *
 * Calls: `defaults`, and two for each persona, and for each persona and arm one per line and one per probed turn.
 *
 * @param assigned from `assignTreatments`: one row per persona and arm, with `persona_id` and `arm`
 * @param respondent who answers
 * @param options see {@linkcode RecordTranscriptsOptions} (defaults there)
 * @returns one row per line (`item` is `line`, `value` its text) and per probe and answer: the columns of `assigned`,
 * then `turn` (lines already answered; 0 before the dialogue), `role` (`line`, `probe`, `default`), `replicate`,
 * `item`, `value`, `status`, `reason`, `raw`, `stated` (what the persona's text says of it), `range` (length of the
 * item's scale), `persona_text`, `option_order`, `model`, `cached`, `request_key`
 * @throws {RespondentError} if the respondent cannot answer at all; its `answers` hold the table as far as it had come
 * @throws {RangeError} if an arm is unknown, a turn is none of the script's, or a name is taken
 * @see Li et al. 2024, Measuring and Controlling Instruction (In)Stability in Language Model Dialogs, arXiv 2402.10962
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { choice } from "@understudy/understudy/items";
 * import { scriptedRespondent } from "@understudy/understudy/respondents";
 * import { recordTranscripts } from "@understudy/understudy/runner";
 * import { declareTreatments } from "@understudy/understudy/treatments";
 *
 * const assigned = tableOf({ persona_id: ["p1"], arm: ["threat"], party: ["left"] });
 * const transcripts = await recordTranscripts(
 *   assigned,
 *   scriptedRespondent(({ schema }) => schema ? '{"party": "left"}' : "I see."),
 *   {
 *     treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
 *     script: ["What do you make of it?", "Tell me more."],
 *     probes: [choice("party", "Which party are you close to?", ["left", "right"])],
 *     defaults: 1,
 *   },
 * );
 * assertEquals(transcripts.array("role"), ["default", "probe", "probe", "line", "probe", "line", "probe"]);
 * assertEquals(transcripts.array("turn"), [0, 0, 0, 1, 1, 2, 2]);
 * ```
 */
export async function recordTranscripts(
  assigned: Table,
  respondent: Respondent,
  options: RecordTranscriptsOptions,
): Promise<Table> {
  checkTranscripts(assigned, respondent, options);
  const talks = composeTalks(assigned, options);
  const jobs = [...defaultJobs(options), ...personaJobs(talks), ...talks.map(conversationJob)];
  const calls = new OpenCalls(respondent, options);
  const results = await calls.runJobs(jobs.length, (index) => jobs[index]!(calls));
  const { failure } = calls;
  const rows = results.flatMap((result) => result ?? []);
  const table = transcriptTable(rows, assigned.columnNames());
  if (failure === undefined) return table;
  if (failure instanceof RespondentError) failure.answers = table;
  throw failure;
}

/** One conversation with who holds it. */
interface SpeakerTalk extends Talk {
  readonly speaker: Speaker;
  readonly retest: boolean;
}

type Rows = { [column: string]: unknown }[];

/** A sequence of calls. */
type Job = (call: Call) => Promise<Rows>;

/** Composes every text before the first call: a text that cannot be written costs nothing. */
function composeTalks(assigned: Table, options: RecordTranscriptsOptions): SpeakerTalk[] {
  const names = attributeNames(assigned);
  const columns = assigned.columnNames().map((name) => [name, columnOf(assigned, name)] as const);
  return Array.from({ length: assigned.numRows() }, (_, row) => {
    const cells: PersonaAttributes = Object.fromEntries(columns.map(([name, values]) => [name, values[row]]));
    const [persona, arm] = [String(cells.persona_id), String(cells.arm)];
    const attributes = Object.fromEntries(names.map((name) => [name, cells[name]]));
    const text = describe(attributes, options.persona);
    const { script } = options;
    const lines = [...(typeof script === "function" ? script(attributes, arm) : script)];
    const turns = checkScript(lines, options.turns);
    lines[0] = `${composeTreatment(options.treatments, arm, { attributes })}\n\n${lines[0]}`;
    return {
      system: text,
      lines,
      turns,
      probes: probesFor(options, persona),
      seed: options.seed ?? 0,
      key: [persona, arm],
      retest: options.retest ?? true,
      speaker: { persona, arm, text, assigned: cells, stated: statedOf(attributes, options) },
    };
  });
}

function describe(attributes: PersonaAttributes, persona: RecordTranscriptsOptions["persona"] = {}): string {
  return typeof persona === "function" ? persona(attributes) : describePersona(attributes, persona);
}

/** What the persona's text states of each probe. */
function statedOf(attributes: PersonaAttributes, options: RecordTranscriptsOptions): Speaker["stated"] {
  const { persona = {}, probes, stated } = options;
  const described = typeof persona === "function" ? undefined : persona.attributes;
  return Object.fromEntries(probes.map(({ name }) => {
    const attribute = stated === undefined ? name : stated[name] ?? null;
    if (attribute === null || (described !== undefined && !described.includes(attribute))) {
      return [name, null];
    }
    return [name, Object.hasOwn(attributes, attribute) ? attributes[attribute] ?? null : null];
  }));
}

/** The probes with options in the order that this persona sees, the same at all turns. */
function probesFor(options: RecordTranscriptsOptions, persona: string): Probes {
  const { probes, seed = 0, instruction = defaultInstruction } = options;
  // Without what every object inherits: a probe may be called constructor.
  const shown: { [item: string]: readonly string[] } = Object.create(null);
  for (const item of probes) {
    const order = declaredOptions(item).length === 0
      ? []
      : drawOptionOrder(item, stream(seed, "option order", persona, item.name));
    if (order.length > 0) shown[item.name] = order;
  }
  return { items: probes, shown, instruction };
}

function defaultJobs(options: RecordTranscriptsOptions): Job[] {
  const { defaults = 10, seed = 0 } = options;
  const nobody: Speaker = { persona: null, arm: null, text: "", assigned: {}, stated: {} };
  return Array.from({ length: defaults }, (_, i) => async (call) => {
    const probes = probesFor(options, `nobody ${i + 1}`);
    const at = { messages: [], turn: 0, replicate: i + 1, role: "default" as const };
    const said = await probe({ probes, seed, key: [] }, at, call);
    return transcriptRows([said], nobody, probes);
  });
}

/**
 * Asks each persona once before the dialogue, whatever its arms; each of its arms has these rows. Who is described
 * otherwise in another arm is asked there too.
 */
function personaJobs(talks: readonly SpeakerTalk[]): Job[] {
  const byPersona = Map.groupBy(talks, ({ speaker, system }) => JSON.stringify([speaker.persona, system]));
  return [...byPersona.values()].map((arms) => async (call) => {
    const { system, probes, seed, retest, speaker } = arms[0]!;
    const said: Said[] = [];
    for (const replicate of retest ? [1, 2] : [1]) {
      const at = { messages: opening(system), turn: 0, replicate, role: "probe" as const };
      said.push(await probe({ probes, seed, key: [speaker.persona!] }, at, call));
    }
    return arms.flatMap((talk) => transcriptRows(said, talk.speaker, probes));
  });
}

function conversationJob(talk: SpeakerTalk): Job {
  return async (call) => transcriptRows(await converse(talk, call), talk.speaker, talk.probes);
}

const action = "record transcripts";

const optionNames = [
  ...["treatments", "script", "probes", "turns", "persona", "stated", "defaults", "retest", "instruction"],
  "seed",
];

/** Checks everything before the first call is paid for. */
function checkTranscripts(
  assigned: Table,
  respondent: Respondent,
  options: RecordTranscriptsOptions,
): void {
  checkColumns(action, assigned, ["persona_id", "arm"], "assigned");
  checkRows(action, assigned, "assigned");
  checkCalls(action, respondent, options, optionNames);
  checkSeed(action, options.seed ?? 0);
  checkWhole(action, "defaults", options.defaults ?? 10, 0, 10_000);
  if (typeof (options.retest ?? true) !== "boolean") {
    throw new TypeError(cannot(action, "retest", "be true or false", options.retest));
  }
  checkNames(assigned);
  checkProbes(options);
  checkArms(assigned, options);
}

/** The persona's own columns. */
function attributeNames(assigned: Table): string[] {
  const own = Object.keys({ ...personaColumns, ...assignedColumns });
  return assigned.columnNames().filter((name) => !own.includes(name));
}

function checkNames(assigned: Table): void {
  const names = attributeNames(assigned);
  checkAttributeNames(action, "assigned", names);
  const taken = names.find((name) => transcriptColumns.includes(name));
  if (taken === undefined) return;
  throw new RangeError(
    `Cannot ${action} as 'assigned' must not have an attribute '${taken}', which is a column of the transcripts: rename it`,
  );
}

function checkProbes({ probes, treatments }: RecordTranscriptsOptions): void {
  if (!Array.isArray(probes) || probes.length === 0) {
    throw new TypeError(
      `${
        cannot(action, "probes", "be a list of questions", probes)
      }; for example [yesNo("afraid", "Are you afraid?")]`,
    );
  }
  const seen = new Set<string>();
  for (const item of probes) {
    checkName(action, "probes", item?.name);
    if (item.name === "line" || seen.has(item.name)) {
      throw new RangeError(cannot(action, "probes", "have distinct names other than 'line'", item.name));
    }
    seen.add(item.name);
  }
  if (!Array.isArray(treatments?.arms)) {
    throw new TypeError(
      `${cannot(action, "treatments", "come from declareTreatments", treatments)}; or pass design.treatments`,
    );
  }
}

function checkArms(assigned: Table, { treatments }: RecordTranscriptsOptions): void {
  const arms = treatments.arms.map(({ name }) => name);
  const seen = new Set<string>();
  const personas = columnOf(assigned, "persona_id");
  columnOf(assigned, "arm").forEach((arm, row) => {
    if (!arms.includes(arm as string)) {
      throw new RangeError(
        cannot(action, "assigned.arm", `hold arms of the treatments (${arms.join(", ")})`, arm),
      );
    }
    if (personas[row] === null || personas[row] === undefined) {
      throw new RangeError(
        cannot(action, "assigned.persona_id", `have a value in row ${row + 1}`, personas[row]),
      );
    }
    // 1 and "1" would be asked with the same seeds, as one persona.
    const unit = JSON.stringify([String(personas[row]), arm]);
    if (seen.has(unit)) {
      throw new RangeError(`Cannot ${action} as persona ${personas[row]} stands twice in arm '${arm}'`);
    }
    seen.add(unit);
  });
}

/** Checks what one persona hears in one arm, and at which turns it is probed. */
function checkScript(
  lines: readonly string[],
  turns: readonly number[] | undefined,
): readonly number[] {
  if (
    !Array.isArray(lines) || lines.length === 0 ||
    lines.some((line) => typeof line !== "string" || line.trim() === "")
  ) {
    throw new TypeError(cannot(action, "script", "be a list of lines that are texts", lines));
  }
  const all = turns ?? lines.map((_, i) => i + 1);
  if (!Array.isArray(all)) throw new TypeError(cannot(action, "turns", "be a list of turns", all));
  for (const turn of all) checkWhole(action, "turns", turn, 1, lines.length);
  return all;
}
