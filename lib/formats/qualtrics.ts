import { cannot } from "../core/errors.ts";
import type { Item } from "../core/item.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import {
  draftItems,
  htmlText,
  isThere,
  nodeOf,
  optionsOf,
  orderOf,
  type QualtricsNode,
  textOf,
} from "./qualtrics_kinds.ts";

/** A survey of Qualtrics, as far as it is understood. */
export interface QualtricsSurvey {
  /** Its questions in the order of the flow; each row of a matrix or of sliders is an item. */
  readonly items: readonly Item[];
  /**
   * One row for each item and each descriptive text (`item` is `null`), in the order of the flow: `block`, `page`, `shown`
   * (`always`, or by what), `question`, `item`, `text`, `forced`. A question that is no item has `text` `null`, too.
   */
  readonly blocks: Table;
  /** What is not understood, and so not done: `element`, `question`, `what`, `why`. */
  readonly notUnderstood: Table;
}

/** A survey while it is read; `seen` are the questions and blocks that its flow came to. */
interface Reading {
  readonly questions: ReadonlyMap<string, QualtricsNode>;
  readonly blocks: ReadonlyMap<string, QualtricsNode>;
  readonly items: Map<string, Item>;
  readonly rows: object[];
  readonly missed: object[];
  readonly seen: Set<string>;
  options: number;
}

const action = "load a survey of Qualtrics";
const most = { bytes: 50_000_000, options: 500_000, depth: 50 };

/**
 * Loads a survey that Qualtrics exported (`.qsf`) as items and blocks: multiple choice, text entry, matrix, slider, constant
 * sum, rank order, descriptive text. An ordered scale becomes likert, with the values that the data have.
 *
 * Items are named as the columns of the data, so that `loadHuman` with `qualtricsCodebook` finds them. HTML becomes plain
 * text. Logic, randomisers, piped text, scripts, pictures and other kinds of questions are not run: each is a row of
 * `notUnderstood`, and what it concerns stays as it is written.
 *
 * @param file the path of the file
 * @returns items, blocks, and what is not understood
 * @throws {RangeError} if the file is too large, no JSON, or holds no questions
 * @see https://www.qualtrics.com/support/survey-platform/survey-module/survey-tools/import-and-export-surveys/
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadQualtrics } from "@understudy/understudy/formats";
 *
 * const why = { QuestionText: "Why?<br>", DataExportTag: "why", QuestionType: "TE", Selector: "ML", QuestionJS: "run()" };
 * const SurveyElements = [
 *   { Element: "BL", Payload: [{ ID: "BL_1", BlockElements: [{ Type: "Question", QuestionID: "QID1" }] }] },
 *   { Element: "FL", Payload: { Flow: [{ Type: "Block", ID: "BL_1" }] } },
 *   { Element: "SQ", PrimaryAttribute: "QID1", Payload: why },
 * ];
 * const file = await Deno.makeTempFile({ suffix: ".qsf" });
 * await Deno.writeTextFile(file, JSON.stringify({ SurveyElements }));
 * const { items, notUnderstood } = await loadQualtrics(file);
 * assertEquals([items[0]!.kind, items[0]!.name, items[0]!.text], ["text", "why", "Why?"]);
 * assertEquals(notUnderstood.array("what"), ["QuestionJS"]);
 * ```
 */
export async function loadQualtrics(file: string | URL): Promise<QualtricsSurvey> {
  const { size } = await Deno.stat(file);
  if (size > most.bytes) {
    throw new RangeError(cannot(action, "file", `have at most ${most.bytes} bytes`, size));
  }
  const elements = partsOf(parseSurvey(await Deno.readTextFile(file)).SurveyElements);
  const of = (kind: string) => elements.filter(({ Element }) => Element === kind);
  const questions = new Map(
    of("SQ").map(({ Payload, PrimaryAttribute }) => {
      return [textOf(nodeOf(Payload).QuestionID) || textOf(PrimaryAttribute), nodeOf(Payload)] as const;
    }),
  );
  if (questions.size === 0) {
    throw new RangeError(cannot(action, "file", "hold questions (elements SQ)", elements));
  }
  const blocks = new Map(
    of("BL").flatMap(({ Payload }) => partsOf(Payload)).map((block) => [textOf(block.ID), block] as const),
  );
  const reading = {
    questions,
    blocks,
    items: new Map(),
    rows: [],
    missed: [],
    seen: new Set<string>(),
    options: 0,
  };
  readFlow(reading, of("FL").flatMap(({ Payload }) => partsOf(nodeOf(Payload).Flow)), "always", 0);
  readRest(reading, elements);
  return {
    items: Object.freeze([...reading.items.values()]),
    blocks: tableOfRows(reading.rows, ["block", "page", "shown", "question", "item", "text", "forced"]),
    notUnderstood: tableOfRows(reading.missed, ["element", "question", "what", "why"]),
  };
}

function parseSurvey(json: string): QualtricsNode {
  try {
    return nodeOf(JSON.parse(json));
  } catch (cause) {
    throw new RangeError(cannot(action, "file", "hold JSON, as a .qsf of Qualtrics does", json), { cause });
  }
}

/** The objects of a list, or of an object that stands for one. */
function partsOf(value: unknown): QualtricsNode[] {
  return Object.values(nodeOf(value)).map(nodeOf);
}

function miss({ missed }: Reading, element: string, question: string, what: string, why: string): void {
  missed.push({ element, question, what: what.slice(0, 300), why: why.slice(0, 300) });
}

/** What Qualtrics itself says of a condition, or of embedded data. */
function describe(value: unknown, depth = 0): string {
  const own = htmlText(nodeOf(value).Description);
  const within = depth < 4 ? Object.values(nodeOf(value)).map((part) => describe(part, depth + 1)) : [];
  return [own, ...within].filter((words) => words !== "").join(" ");
}

/** Notes what a part of the file says under names that are not read. */
function missKeys(
  reading: Reading,
  place: readonly [string, string],
  node: QualtricsNode,
  read: string,
  of = "",
): void {
  for (const [key, value] of Object.entries(node)) {
    if (` ${read} `.includes(` ${key} `) || !isThere(value)) continue;
    const words = describe(value);
    miss(reading, ...place, `${key}${of}${words === "" ? "" : `: ${words}`}`, "it is not run");
  }
}

function readFlow(reading: Reading, flow: readonly QualtricsNode[], shown: string, depth: number): void {
  if (depth > most.depth) {
    throw new RangeError(cannot(action, "file", `nest its flow at most ${most.depth} deep`, depth));
  }
  for (const part of flow) {
    const [type, id, within] = [textOf(part.Type), textOf(part.FlowID), partsOf(part.Flow)];
    if (type === "Block" || type === "Standard") readBlock(reading, textOf(part.ID), shown);
    else if (type === "Group") readFlow(reading, within, shown, depth + 1);
    else {
      const drawn = type === "BlockRandomizer"
        ? `${textOf(part.SubSet) || within.length} of ${within.length} `
        : "";
      const by = `${drawn}by ${type} ${id}`;
      miss(reading, "FL", "", [by, describe({ ...part, Flow: null })].join(" ").trim(), "it is not run");
      readFlow(reading, within, shown === "always" ? by : `${shown}; ${by}`, depth + 1);
    }
  }
}

function readBlock(reading: Reading, id: string, shown: string): void {
  const block = reading.blocks.get(id) ?? {};
  const name = textOf(block.Description) || id;
  if (reading.seen.has(id)) {
    return miss(reading, "FL", "", `block ${name}`, "it is shown again: its items stand once");
  }
  reading.seen.add(id);
  missKeys(reading, ["BL", ""], nodeOf(block.Options), "BlockLocking BlockVisibility", ` of block ${name}`);
  let page = 1;
  for (const part of partsOf(block.BlockElements)) {
    const question = textOf(part.QuestionID);
    missKeys(reading, ["BL", question], part, "Type QuestionID");
    if (part.Type === "Page Break") page++;
    else if (part.Type !== "Question" || reading.seen.has(question) || !reading.questions.has(question)) {
      miss(reading, "BL", question, textOf(part.Type), "it is no question of this file, or asked before");
    } else readQuestion(reading, question, { block: name, page, shown, question });
  }
}

const understood =
  "QuestionText QuestionText_Unsafe QuestionID DataExportTag QuestionType Selector SubSelector Type " +
  "Configuration QuestionDescription Choices ChoiceOrder Answers AnswerOrder Validation NextChoiceId NextAnswerId " +
  "SurveyLanguage DataVisibility RecodeValues VariableNaming ChoiceDataExportTags Labels ColumnLabels SearchSource " +
  "Randomization ClarifyingSymbolType Display InputWidth InputHeight TextEntrySize ForceResponse ForceResponseType " +
  "MinChoices MaxChoices ChoiceTotal ValidNumber EnforceRange";

function readQuestion(reading: Reading, id: string, place: object): void {
  reading.seen.add(id);
  const question = reading.questions.get(id)!;
  const settings = nodeOf(nodeOf(question.Validation).Settings);
  const kind = [question.QuestionType, question.Selector, question.SubSelector].map(textOf).join(" ").trim();
  const note = (what: string, why: string) => miss(reading, "SQ", id, what, why);
  noteBeside(reading, id, question, settings);
  const row = { ...place, item: null, text: null, forced: settings.ForceResponse === "ON" };
  if (question.QuestionType === "DB") {
    return void reading.rows.push({ ...row, text: htmlText(question.QuestionText) });
  }
  const drafts = draftItems(question, textOf(question.DataExportTag) || id);
  if (drafts.length === 0) reading.rows.push(row);
  if (drafts.length === 0) note(kind, "there is no such kind of question here");
  const each = Object.keys(nodeOf(question[drafts.length > 1 ? "Answers" : "Choices"])).length + 1;
  reading.options += drafts.length * each;
  if (reading.options > most.options) {
    throw new RangeError(cannot(action, "file", `hold at most ${most.options} options`, reading.options));
  }
  for (const [tag, make] of drafts) {
    // As qualtricsCodebook names the columns of the data.
    const name = tag.replace(/\W+/g, "_").replace(/^(?=\d)/, "_");
    try {
      if (reading.items.has(name)) throw new RangeError(`there is another item called ${name}`);
      const item = make(name);
      reading.items.set(name, item);
      reading.rows.push({ ...row, item: name, text: item.text });
    } catch (error) {
      note(`${kind} ${tag}`, (error as Error).message);
      reading.rows.push(row);
    }
  }
}

/** Notes what a question says beside its words and choices. */
function noteBeside(reading: Reading, id: string, question: QualtricsNode, settings: QualtricsNode): void {
  const options = [...optionsOf(question, "Choice"), ...optionsOf(question, "Answer")];
  const html = [question.QuestionText, ...options.map(({ node }) => node.Display)].map(textOf).join(" ");
  const beside = html.match(
    /\$\{[^{}]{1,300}\}|<(?:img|svg|video|audio|iframe|embed|object|script|input|canvas)\b/gi,
  );
  for (const what of new Set(beside)) {
    miss(reading, "SQ", id, what, "only words are read, as they are written");
  }
  missKeys(reading, ["SQ", id], question, understood);
  for (const { text, node } of options) missKeys(reading, ["SQ", id], node, understood, ` of '${text}'`);
  missKeys(reading, ["SQ", id], settings, understood, " of its validation");
  const order = orderOf(question);
  const isInRows = /^(?:Matrix|Slider)$/.test(textOf(question.QuestionType));
  if (order === "fixed" || order !== undefined && !isInRows) return;
  miss(reading, "SQ", id, "Randomization", "only choices can be in random order, and only all of them");
}

/** What is read of elements, or tells nothing of questions; of others all is noted. */
const heeded: { readonly [element: string]: string } = {
  ...Object.fromEntries(
    "BL FL SQ PROJ STAT QC RS PL PRE BR QG QGO".split(" ").map((element) => [element, ""]),
  ),
  ...{ SO: "Header Footer EOSMessage", SCO: "ScoringCategories" },
};

/** Notes what other elements say, and questions to which the flow does not come. */
function readRest(reading: Reading, elements: readonly QualtricsNode[]): void {
  for (const { Element, Payload } of elements) {
    const keys = Object.hasOwn(heeded, textOf(Element)) ? heeded[textOf(Element)]!.split(" ") : undefined;
    const told = keys?.map((key) => [key, nodeOf(Payload)[key]]) ?? [["Payload", Payload]];
    missKeys(reading, [textOf(Element), ""], Object.fromEntries(told), "");
  }
  for (const [id] of reading.questions) {
    if (!reading.seen.has(id)) {
      miss(reading, "SQ", id, "the question", "it is in no block of the survey flow");
    }
  }
}
