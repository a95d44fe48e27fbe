import { cannot } from "../core/errors.ts";
import type { Item } from "../core/item.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import { draftItems, htmlText, isThere, longestText, nodeOf, optionsOf } from "./qualtrics_kinds.ts";
import { orderOf, type QualtricsNode, textOf } from "./qualtrics_kinds.ts";

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

type Row = { readonly [column: string]: string | number | boolean | null };

const most = { bytes: 50_000_000, options: 100_000, depth: 50 };

function refuse(rule: string, value: unknown, cause?: unknown): RangeError {
  return new RangeError(cannot("load a survey of Qualtrics", "file", rule, value), { cause });
}

/**
 * Loads a survey that Qualtrics exported (`.qsf`) as items and blocks: multiple choice, text entry, matrix, slider, constant
 * sum, rank order, descriptive text. The columns of a matrix become likert, with the values that the data have.
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
 * const block = { ID: "BL_1", BlockElements: [{ Type: "Question", QuestionID: "QID1" }] };
 * const why = { QuestionText: "Why?<br>", DataExportTag: "why", QuestionType: "TE", Selector: "ML", QuestionJS: "run()" };
 * const SurveyElements = [
 *   { Element: "BL", Payload: [block] },
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
  if (size > most.bytes) throw refuse(`have at most ${most.bytes} bytes`, size);
  const elements = partsOf(parseSurvey(await Deno.readTextFile(file)).SurveyElements);
  const of = (kind: string) => elements.filter(({ Element }) => Element === kind);
  const payloads = (kind: string) => of(kind).map(({ Payload }) => nodeOf(Payload));
  const questions = of("SQ").map(({ Payload, PrimaryAttribute }) => {
    return [textOf(nodeOf(Payload).QuestionID) || textOf(PrimaryAttribute), nodeOf(Payload)] as const;
  });
  const blocks = payloads("BL").flatMap(partsOf).map((block) => [textOf(block.ID), block] as const);
  const reader = new SurveyReader(new Map(questions), new Map(blocks));
  if (reader.questions.size === 0) throw refuse("hold questions (elements SQ)", elements);
  reader.readFlow(payloads("FL").flatMap(({ Flow }) => partsOf(Flow)), "always", 0);
  reader.readRest(elements);
  return {
    items: Object.freeze([...reader.items.values()]),
    blocks: tableOfRows(reader.rows, ["block", "page", "shown", "question", "item", "text", "forced"]),
    notUnderstood: tableOfRows(reader.missed, ["element", "question", "what", "why"]),
  };
}

function parseSurvey(json: string): QualtricsNode {
  try {
    return nodeOf(JSON.parse(json));
  } catch (cause) {
    throw refuse("hold JSON, as a .qsf of Qualtrics does", json, cause);
  }
}

/** The objects of a list, or of an object that stands for one. */
function partsOf(value: unknown): QualtricsNode[] {
  return Object.values(nodeOf(value)).map(nodeOf);
}

/** What Qualtrics itself says of a condition, or of embedded data. */
function describe(value: unknown, depth = 0): string {
  const own = htmlText(nodeOf(value).Description);
  const within = depth < 4 ? Object.values(nodeOf(value)).map((part) => describe(part, depth + 1)) : [];
  return [own, ...within].filter((words) => words !== "").join(" ");
}

// What is read of questions, choices and validations, or says only how they look.
const understood = new Set(
  ("ID QuestionText QuestionText_Unsafe QuestionID DataExportTag QuestionType Selector SubSelector Type Configuration " +
    "QuestionDescription Choices ChoiceOrder Answers AnswerOrder Validation NextChoiceId NextAnswerId SurveyLanguage " +
    "DataVisibility RecodeValues VariableNaming ChoiceDataExportTags Labels ColumnLabels SearchSource Randomization " +
    "ClarifyingSymbolType Display InputWidth InputHeight TextEntrySize ForceResponse ForceResponseType MinChoices " +
    "MaxChoices ChoiceTotal ValidNumber EnforceRange BlockLocking BlockVisibility").split(" "),
);
const pipesAndMedia =
  /\$\{[^{}]{1,300}\}|<(?:img|svg|video|audio|iframe|embed|object|script|input|canvas)\b/gi;
// Elements that say nothing of questions, but for what is said around them.
const around = /^(?:BL|FL|SQ|SO|SCO|PROJ|STAT|QC|RS|PL|PRE|BR|QG|QGO)$/;

/** Walks through a survey; `#seen` are the questions and blocks to which its flow came. */
class SurveyReader {
  readonly items: Map<string, Item> = new Map();
  readonly rows: Row[] = [];
  readonly missed: object[] = [];
  readonly #seen = new Set<string>();
  #options = 0;

  constructor(
    readonly questions: ReadonlyMap<string, QualtricsNode>,
    readonly blocks: ReadonlyMap<string, QualtricsNode>,
  ) {}

  #miss(element: string, question: string, what: string, why = "it is not run"): void {
    this.missed.push({ element, question, what: what.slice(0, 300), why: why.slice(0, 300) });
  }

  /** Notes what a part of the file says under names that are not read. */
  #missKeys(element: string, question: string, node: QualtricsNode, of = ""): void {
    for (const [key, value] of Object.entries(node)) {
      if (understood.has(key) || !isThere(value)) continue;
      this.#miss(element, question, `${key}${of} ${describe(value)}`.trim());
    }
  }

  readFlow(flow: readonly QualtricsNode[], shown: string, depth: number): void {
    if (depth > most.depth) throw refuse(`nest its flow at most ${most.depth} deep`, depth);
    for (const part of flow) {
      const [type, id, within] = [textOf(part.Type), textOf(part.FlowID), partsOf(part.Flow)];
      if (type === "Block" || type === "Standard") this.#readBlock(textOf(part.ID), shown);
      else if (type === "Group") this.readFlow(within, shown, depth + 1);
      else {
        const count = textOf(part.SubSet) || within.length;
        const by = `${type === "BlockRandomizer" ? `${count} of ${within.length} ` : ""}by ${type} ${id}`;
        this.#miss("FL", "", `${by} ${describe({ ...part, Flow: null })}`.trim());
        this.readFlow(within, shown === "always" ? by : `${shown}; ${by}`, depth + 1);
      }
    }
  }

  #readBlock(id: string, shown: string): void {
    const block = this.blocks.get(id);
    const name = textOf(block?.Description) || id;
    const again = "there is none, or it is shown again: its items stand once";
    if (block === undefined || this.#seen.has(id)) return this.#miss("FL", "", `block ${name}`, again);
    this.#seen.add(id);
    this.#missKeys("BL", "", nodeOf(block.Options), ` of block ${name}`);
    let page = 1;
    for (const part of partsOf(block.BlockElements)) {
      const question = textOf(part.QuestionID);
      this.#missKeys("BL", question, part);
      if (part.Type === "Page Break") page++;
      else if (part.Type !== "Question" || this.#seen.has(question) || !this.questions.has(question)) {
        this.#miss("BL", question, textOf(part.Type), "it is no question of this file, or asked before");
      } else this.#readQuestion(question, { block: name, page, shown, question, item: null, text: null });
    }
  }

  #readQuestion(id: string, place: Row): void {
    this.#seen.add(id);
    const question = this.questions.get(id)!;
    const count = (list: unknown) => Object.keys(nodeOf(list)).length;
    this.#options += count(question.Choices) * Math.max(1, count(question.Answers));
    if (this.#options > most.options) throw refuse(`hold at most ${most.options} options`, this.#options);
    const settings = nodeOf(nodeOf(question.Validation).Settings);
    this.#readBeside(id, question, settings);
    const row = { ...place, forced: settings.ForceResponse === "ON" };
    const text = htmlText(question.QuestionText);
    if (question.QuestionType === "DB") return void this.rows.push({ ...row, text });
    const kind = `${textOf(question.QuestionType)} ${textOf(question.Selector)}`;
    const drafts = draftItems(question, textOf(question.DataExportTag) || id);
    if (drafts.length === 0) {
      this.#miss("SQ", id, kind, "there is no such kind of question here");
      this.rows.push(row);
    }
    for (const [tag, make] of drafts) {
      // As qualtricsCodebook names the columns of the data.
      const name = tag.replace(/\W+/g, "_").replace(/^(?=\d)/, "_");
      try {
        const item = make(name);
        if (this.items.has(name)) throw new RangeError("another item has this name");
        this.items.set(name, item);
        this.rows.push({ ...row, item: name, text: item.text });
      } catch (error) {
        this.#miss("SQ", id, `${kind} ${tag}`, (error as Error).message);
        this.rows.push(row);
      }
    }
  }

  /** Notes what a question says beside its words and choices. */
  #readBeside(id: string, question: QualtricsNode, settings: QualtricsNode): void {
    const options = [...optionsOf(question, "Choice"), ...optionsOf(question, "Answer")];
    const html = [question.QuestionText, ...options.map(({ node }) => node.Display)].map(textOf).join(" ");
    if (html.length > longestText) this.#miss("SQ", id, "long texts", `${longestText} characters are read`);
    for (const what of new Set(html.match(pipesAndMedia))) this.#miss("SQ", id, what, "only words are read");
    this.#missKeys("SQ", id, { ...question, NotApplicable: nodeOf(question.Configuration).NotApplicable });
    for (const { text, node } of options) this.#missKeys("SQ", id, node, ` of '${text}'`);
    this.#missKeys("SQ", id, settings, " of its validation");
    const order = orderOf(question);
    const inRows = ["Matrix", "Slider"].includes(textOf(question.QuestionType));
    if (order !== undefined && (order === "fixed" || !inRows)) return;
    this.#miss("SQ", id, "Randomization", "only choices can be in random order, and only all of them");
  }

  /** Notes what other elements say, and questions to which the flow does not come. */
  readRest(elements: readonly QualtricsNode[]): void {
    for (const { Element, Payload } of elements) {
      const { Header, Footer, EOSMessage, ScoringCategories } = nodeOf(Payload);
      const said = { Header, Footer, EOSMessage, ScoringCategories };
      this.#missKeys(textOf(Element), "", around.test(textOf(Element)) ? said : { Payload });
    }
    for (const id of this.questions.keys()) {
      if (!this.#seen.has(id)) this.#miss("SQ", id, "the question", "it is in no block of the survey flow");
    }
  }
}
