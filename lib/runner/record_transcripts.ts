import { checkColumns, checkName, checkRows, checkText, checkWhole } from "../core/checks.ts";
import { assignedColumns, personaColumns } from "../core/columns.ts";
import { cannot } from "../core/errors.ts";
import type { Treatments } from "../core/experiment.ts";
import type { Item } from "../core/item.ts";
import {
  type DrawOptions,
  drawRules,
  flag,
  type ReadOptions,
  readOptions,
  required,
  rule,
  type RulesFor,
  whole,
} from "../core/options.ts";
import type { Call, Respondent } from "../core/respondent.ts";
import { stream } from "../core/stream.ts";
import { columnOf, type Table } from "../core/table.ts";
import { declaredOptions, drawOptionOrder } from "../items/questionnaire.ts";
import { checkAttributeNames } from "../personas/declare_margins.ts";
import { composeTreatment } from "../treatments/compose_treatment.ts";
import { type CallerOptions, callerRules, OpenCalls, requireRespondent } from "./caller.ts";
import {
  askProbes,
  converse,
  opening,
  type Probes,
  type Said,
  type Speaker,
  type Talk,
  transcriptColumns,
  transcriptRows,
  transcriptTable,
} from "./converse.ts";
import { defaultInstruction } from "../prompts/questions.ts";
import { describer, type PersonaStyle } from "./plan_experiment.ts";

/** What a persona is made of: one row of the assigned table. */
export type PersonaAttributes = { readonly [attribute: string]: unknown };

/** Options of {@linkcode recordTranscripts}. */
export interface RecordTranscriptsOptions extends CallerOptions, DrawOptions {
  /** The arms, from `declareTreatments` (or `design.treatments`): an arm's text opens the first user message. */
  treatments: Treatments;
  /** The attributes that the model is told of a person (`design.stated`), and no others; `[]` for none. */
  stated: readonly string[];
  /** What the user says, turn by turn: the same lines for all, or lines by persona and arm. */
  script: readonly string[] | ((attributes: PersonaAttributes, arm: string) => readonly string[]);
  /** The questions asked on a branch; one named like an attribute asks that attribute back. */
  probes: readonly Item[];
  /**
   * Which attribute a probe of another name asks back; `null` for none.
   * @default {{}} the attribute of the probe's name, where it is stated
   */
  asksBack?: { readonly [probe: string]: string | null };
  /**
   * After which turns the probes are asked.
   * @default every turn of the script
   */
  turns?: readonly number[];
  /**
   * How a persona is described: options of `describePersona`, or a function from what is stated to a text.
   * @default {{}}
   */
  persona?: PersonaStyle;
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
}

/**
 * Records scripted conversations of a respondent with each persona in its arm, probing on branches along the way.
 *
 * The persona is the system message, the arm's treatment opens the first user message, and the script goes on from
 * there. After the turns asked for, the history is cut and the probes are asked: their answers are not kept in the
 * conversation, so that probing changes nothing (Li et al. 2024). The same probes are asked of each persona before any
 * dialogue (turn 0, without the treatment; twice where `retest`), and of the respondent without any persona
 * (kind `default`). The text of a refusal stays in the history as it came. Nothing is dropped: what could not be asked
 * is rows with status `failed` and the reason. As in `runExperiment` the run ends with the error where going on is
 * senseless, and where the first line, or the first probe, cannot be asked at all: the others would fail alike.
 *
 * Calls: `defaults`, and two for each persona, and for each persona and arm one per line and one per probed turn.
 *
 * @param assigned from `assignTreatments`: one row per persona and arm, with `persona_id` and `arm`
 * @param respondent who answers
 * @param options see {@linkcode RecordTranscriptsOptions} (defaults there)
 * @returns one row per line (`item` is `line`, `value` its text) and per probe and answer: the columns of `assigned`,
 * then `turn` (lines already answered; 0 before the dialogue), `kind` (`line`, `probe`, `default`), `replicate`,
 * `item`, `value`, `status`, `reason`, `raw`, `stated` (what the persona's text says of it), `range` (length of the
 * item's scale), `persona_text`, `option_order`, `model`, `cached`, `request_key`, `prompt_key` (of the messages sent)
 * @throws {RespondentError} if the respondent cannot answer at all; its `answers` hold the table as far as it had come
 * @throws {RangeError} if an arm is unknown, a stated attribute is no column, a turn is none of the script's, or a name
 * is taken
 * @see Li et al. 2024, Measuring and Controlling Instruction (In)Stability in Language Model Dialogs, arXiv 2402.10962
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import {
 *   choice, declareTreatments, recordTranscripts, scriptedRespondent, tableOf,
 * } from "@understudy/understudy";
 *
 * const assigned = tableOf({ persona_id: ["p1"], arm: ["threat"], party: ["left"] });
 * const respondent = scriptedRespondent(({ schema }) => schema ? '{"party": "left"}' : "I see.");
 * const transcripts = await recordTranscripts(assigned, respondent, {
 *   treatments: declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." }),
 *   stated: ["party"],
 *   script: ["What do you make of it?", "Tell me more."],
 *   probes: [choice("party", "Which party are you close to?", ["left", "right"])],
 *   defaults: 1,
 * });
 * assertEquals(transcripts.array("kind"), ["default", "probe", "probe", "line", "probe", "line", "probe"]);
 * assertEquals(transcripts.array("turn"), [0, 0, 0, 1, 1, 2, 2]);
 * ```
 */
export async function recordTranscripts(
  assigned: Table,
  respondent: Respondent,
  options: RecordTranscriptsOptions,
): Promise<Table> {
  requireRespondent(action, respondent);
  const settings = readOptions(action, options, rules);
  checkAssigned(assigned, settings);
  const talks = composeTalks(assigned, settings);
  const jobs = [...defaultJobs(settings), ...personaJobs(talks, settings), ...talks.map(conversationJob)];
  const calls = new OpenCalls(respondent, settings, { total: countCalls(jobs.length, talks, settings) });
  const results = await calls.runJobs(jobs.length, (index) => jobs[index]!(calls));
  const rows = results.flatMap((result) => result ?? []);
  return calls.settle(transcriptTable(rows, assigned.columnNames()));
}

const action = "record transcripts";

const rules = {
  ...callerRules,
  ...drawRules,
  treatments: required<Treatments>((_, name, value) => {
    if (Array.isArray((value as Treatments)?.arms)) return;
    const rule = "come from declareTreatments";
    throw new TypeError(`${cannot(action, name, rule, value)}; or pass design.treatments`);
  }),
  stated: required<readonly string[]>((_, name, value) => {
    if (Array.isArray(value)) return;
    const rule = "list the attributes that the model is told";
    throw new TypeError(`${cannot(action, name, rule, value)}; [] for none`);
  }),
  script: required<RecordTranscriptsOptions["script"]>((_, name, value) => {
    if (typeof value !== "function") checkLines(name, value);
  }),
  probes: required<readonly Item[]>(checkProbes),
  asksBack: rule<NonNullable<RecordTranscriptsOptions["asksBack"]>, { readonly [probe: string]: null }>(
    (_, name, value) => {
      if (typeof value === "object" && value !== null) return;
      throw new TypeError(cannot(action, name, "say which attribute each probe asks back", value));
    },
    {},
  ),
  turns: rule<readonly number[], undefined>((_, name, value) => {
    if (!Array.isArray(value)) throw new TypeError(cannot(action, name, "be a list of turns", value));
  }, undefined),
  persona: rule<PersonaStyle, PersonaStyle>((_, name, value) => {
    if (
      typeof value !== "function" && (typeof value !== "object" || value === null || "attributes" in value)
    ) {
      throw new TypeError(cannot(action, name, "say how 'stated' is described, not what", value));
    }
  }, {}),
  defaults: whole(10, 0, 10_000),
  retest: flag(true),
  instruction: rule<string, string>(checkText, defaultInstruction),
} satisfies RulesFor<RecordTranscriptsOptions>;

type Settings = ReadOptions<RecordTranscriptsOptions, typeof rules>;

function checkProbes(_: string, name: string, probes: unknown): void {
  if (!Array.isArray(probes) || probes.length === 0) {
    const example = '[yesNo("afraid", "Are you afraid?")]';
    throw new TypeError(`${cannot(action, name, "be a list of questions", probes)}; for example ${example}`);
  }
  for (const item of probes) checkName(action, name, item?.name);
  const names = probes.map((item) => item.name);
  const wrong = names.find((own, place) => own === "line" || names.indexOf(own) < place);
  if (wrong === undefined) return;
  throw new RangeError(cannot(action, name, "have distinct names other than 'line'", wrong));
}

function checkLines(name: string, lines: unknown): void {
  const fits = Array.isArray(lines) && lines.length > 0 &&
    lines.every((line) => typeof line === "string" && line.trim() !== "");
  if (!fits) throw new TypeError(cannot(action, name, "be a list of lines that are texts", lines));
}

/** Checks who is asked, and that no column of the personas is one of the transcripts. */
function checkAssigned(assigned: Table, { treatments, stated }: Settings): void {
  checkColumns(action, assigned, ["persona_id", "arm", ...stated], "assigned");
  checkRows(action, assigned, "assigned");
  const names = attributeNames(assigned);
  checkAttributeNames(action, "assigned", names);
  const taken = names.find((name) => transcriptColumns.includes(name));
  if (taken !== undefined) {
    throw new RangeError(
      `Cannot ${action} as 'assigned' must not have an attribute '${taken}', which is a column of the transcripts: rename it`,
    );
  }
  const arms = treatments.arms.map(({ name }) => name);
  const seen = new Set<string>();
  const personas = columnOf(assigned, "persona_id");
  columnOf<string>(assigned, "arm").forEach((arm, row) => {
    const persona = personas[row];
    if (!arms.includes(arm)) {
      const rule = `hold arms of the treatments (${arms.join(", ")})`;
      throw new RangeError(cannot(action, "assigned.arm", rule, arm));
    }
    if (persona === null || persona === undefined) {
      throw new RangeError(cannot(action, "assigned.persona_id", `have a value in row ${row + 1}`, persona));
    }
    // 1 and "1" would be asked with the same seeds, as one persona.
    const unit = JSON.stringify([String(persona), arm]);
    if (seen.has(unit)) {
      throw new RangeError(`Cannot ${action} as persona ${persona} stands twice in arm '${arm}'`);
    }
    seen.add(unit);
  });
}

/** The persona's own columns. */
function attributeNames(assigned: Table): string[] {
  const own = Object.keys({ ...personaColumns, ...assignedColumns });
  return assigned.columnNames().filter((name) => !own.includes(name));
}

/** One conversation with who holds it. */
interface SpeakerTalk extends Talk {
  readonly speaker: Speaker;
}

type Rows = { [column: string]: unknown }[];

/** A sequence of calls. */
type Job = (call: Call) => Promise<Rows>;

function countCalls(jobs: number, talks: readonly SpeakerTalk[], { defaults, retest }: Settings): number {
  const personas = jobs - defaults - talks.length;
  const inTalks = talks.reduce((sum, { lines, turns }) => sum + lines.length + turns.length, 0);
  return defaults + personas * (retest ? 2 : 1) + inTalks;
}

/** Composes every text before the first call: a text that cannot be written costs nothing. */
function composeTalks(assigned: Table, settings: Settings): SpeakerTalk[] {
  const { script, seed, treatments, stated } = settings;
  const names = attributeNames(assigned);
  const columns = assigned.columnNames().map((name) => [name, columnOf(assigned, name)] as const);
  return Array.from({ length: assigned.numRows() }, (_, row) => {
    const cells: PersonaAttributes = Object.fromEntries(columns.map(([name, values]) => [name, values[row]]));
    const [persona, arm] = [String(cells.persona_id), String(cells.arm)];
    const attributes = pick(cells, names);
    const told = pick(cells, stated);
    const text = describer(settings, settings.persona)(told);
    const lines = [...(typeof script === "function" ? script(attributes, arm) : script)];
    checkLines("script", lines);
    const turns = settings.turns ?? lines.map((_, i) => i + 1);
    for (const turn of turns) checkWhole(action, "turns", turn, 1, lines.length);
    lines[0] = `${composeTreatment(treatments, arm, { attributes })}\n\n${lines[0]}`;
    const speaker = { persona, arm, text, assigned: cells, stated: statedOf(told, settings) };
    return {
      system: text,
      lines,
      turns,
      probes: probesFor(settings, persona),
      seed,
      key: [persona, arm],
      speaker,
    };
  });
}

/** What the persona's text states of each probe. */
function statedOf(told: PersonaAttributes, { probes, asksBack }: Settings): Speaker["stated"] {
  return Object.fromEntries(probes.map(({ name }) => {
    const attribute = Object.hasOwn(asksBack, name) ? asksBack[name] : name;
    return [name, attribute && Object.hasOwn(told, attribute) ? told[attribute] : null];
  }));
}

function pick(cells: PersonaAttributes, names: readonly string[]): PersonaAttributes {
  return Object.fromEntries(names.map((name) => [name, cells[name]]));
}

/** The probes with options in the order that this persona sees, the same at all turns. */
function probesFor({ probes, seed, instruction }: Settings, persona: string): Probes {
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

function defaultJobs(settings: Settings): Job[] {
  const { defaults, seed } = settings;
  const nobody: Speaker = { persona: null, arm: null, text: "", assigned: {}, stated: {} };
  return Array.from({ length: defaults }, (_, i) => async (call) => {
    const probes = probesFor(settings, `nobody ${i + 1}`);
    const at = { messages: [], turn: 0, replicate: i + 1, role: "default" as const };
    const said = await askProbes({ probes, seed, key: [] }, at, call);
    return transcriptRows([said], nobody, probes);
  });
}

/**
 * Asks each persona once before the dialogue, whatever its arms; each of its arms has these rows. Who is described
 * otherwise in another arm is asked there too.
 */
function personaJobs(talks: readonly SpeakerTalk[], { retest }: Settings): Job[] {
  const byPersona = Map.groupBy(talks, ({ speaker, system }) => JSON.stringify([speaker.persona, system]));
  return [...byPersona.values()].map((arms) => async (call) => {
    const { system, probes, seed, speaker } = arms[0]!;
    const said: Said[] = [];
    for (const replicate of retest ? [1, 2] : [1]) {
      const at = { messages: opening(system), turn: 0, replicate, role: "probe" as const };
      said.push(await askProbes({ probes, seed, key: [speaker.persona!] }, at, call));
    }
    return arms.flatMap((talk) => transcriptRows(said, talk.speaker, probes));
  });
}

function conversationJob(talk: SpeakerTalk): Job {
  return async (call) => transcriptRows(await converse(talk, call), talk.speaker, talk.probes);
}
