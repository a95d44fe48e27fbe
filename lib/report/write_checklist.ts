import { cannot } from "../core/errors.ts";
import { escapeHtml } from "../core/format.ts";
import { escapeMarkdown } from "../core/render_table.ts";
import { distinct, tableOfRows } from "../core/table.ts";
import { toolkitVersion } from "../core/version.ts";
import { boxHtml, foldHtml, shortText, View } from "../core/view.ts";
import { visibleText } from "../core/visible_text.ts";
import { composePrompts } from "../prompts/compose_prompts.ts";
import { type FormItem, formItems, methodsSentences } from "./checklist_form.ts";
import { type Facts, readRecord, type StudyRecord } from "./study_record.ts";
import { writeReport } from "./write_report.ts";

const action = "compose a checklist";

/** So many different texts of a place are printed; of the others it is said how many there are. */
const mostTexts = 3;

/** An item as it was filled in, for one model. */
interface FilledItem extends Pick<FormItem, "list" | "item" | "title"> {
  readonly model: string;
  /** What the study's tables say, and the author. */
  readonly said: readonly string[];
  /** Texts that were sent. */
  readonly texts: readonly { readonly heading: string; readonly text: string }[];
  /** What the author is still asked, by name. */
  readonly open: { readonly [name: string]: string };
}

/** A reporting checklist, to `show`, to put into a report, or as text. */
export interface Checklist extends View {
  /** How many questions wait for the author, over all forms; those of optional items do not count. */
  readonly open: number;
  /** The methods paragraph. */
  readonly methods: string;
  /** The forms as Markdown. */
  readonly markdown: string;
  /** The forms as JSON. */
  readonly json: string;
}

function checklistOf(items: readonly FilledItem[], methods: string): Checklist {
  const open = items.flatMap((item) => isOptional(item) ? [] : Object.keys(item.open)).length;
  const head = `${open} ${
    open === 1 ? "question" : "questions"
  } open. The rest is filled in from plan, answers and tables.`;
  const blocks: Block[] = [["title", head], ["heading", "Methods"], ["line", methods]];
  for (const [form, own] of Map.groupBy(items, ({ model, list }) => `${model}: ${list}`)) {
    blocks.push(["heading", form], ...own.flatMap(blocksOf));
  }
  const markdown = `# Reporting checklist\n\n${blocks.map(writeMarkdown).join("\n\n")}\n`;
  const rows = items.map(({ said, open, ...item }) => (
    { ...item, said: said.join(" "), open: Object.keys(open).join(", ") }
  ));
  const view = new View({
    html: `<div style="max-width:100%;line-height:1.45">${blocks.map(writeHtml).join("")}</div>`,
    text: visibleText(markdown),
    table: tableOfRows(rows, ["model", "list", "item", "title", "said", "open"]),
  });
  const json = JSON.stringify({ toolkit: `Understudy ${toolkitVersion}`, open, methods, items }, null, 2);
  return Object.assign(view, { open, methods, markdown, json });
}

function isOptional({ list }: Pick<FormItem, "list">): boolean {
  return list.endsWith("optional");
}

/**
 * Composes the reporting checklist of a study: GUIDE-LLM, a form for each model, and our extension for synthetic experiments.
 *
 * What plan, replies and tables know is filled in, and so is the methods paragraph; what only the author knows is asked for
 * by name, and stays open, and is counted, until `author` says it. No number stands there that the study does not have.
 *
 * @param record plan and answers, and what else there is; see {@linkcode StudyRecord}
 * @returns a {@linkcode Checklist}; its `table` has one row per `model` and `item`: `list`, `title`, what is `said`, and the
 * names that are `open`
 * @throws {TypeError} if a part of the record is unknown, or an answer of the author's is no text
 * @throws {RangeError} if a table lacks a column, there are no answers, or one of the author's is "N/A" without a reason
 * @see A reporting checklist for large language models in behavioural science, Nature Human Behaviour 2026
 * @example
 * ```ts
 * import { assertEquals, assertStringIncludes } from "@std/assert";
 * import { assignTreatments, declareDesign, declareTreatments, planExperiment, tableOf, yesNo } from "@understudy/understudy";
 * import { runExperiment, scriptedRespondent } from "@understudy/understudy";
 * import { composeChecklist } from "@understudy/understudy/report";
 *
 * const treatments = declareTreatments({ control: "It is quiet.", threat: "Troops cross the border." });
 * const design = declareDesign({ treatments, items: [yesNo("fear", "Are you afraid?")], stated: ["age"] });
 * const personas = tableOf({ persona_id: ["p1", "p2"], age: [31, 64] });
 * const plan = planExperiment(assignTreatments(personas, design), design);
 * const answers = await runExperiment(plan, scriptedRespondent(() => "yes"));
 * const { methods, table } = await composeChecklist({ plan, answers, author: { funding: "N/A: no money was paid" } });
 * assertStringIncludes(methods, "2 simulated personas took part");
 * assertEquals(table.get("open", table.array("item").indexOf("F.1")), "code");
 * ```
 */
export async function composeChecklist(record: StudyRecord): Promise<Checklist> {
  const models = readRecord(action, record);
  const prompts = (await composePrompts(record.plan)).objects() as PromptRow[];
  const texts: { readonly [item: string]: FilledItem["texts"] } = {
    "C.1": textsOf(prompts, "user"),
    "C.2": textsOf(prompts, "system"),
  };
  const items = models.flatMap(({ model, facts }) =>
    formItems.map(({ sentences, questions, ...form }): FilledItem => {
      const asked = Object.entries(questions).map(([name, question]) => {
        const given = record.author?.[name];
        return { name, question, answer: typeof given === "object" ? given[model] : given };
      });
      const said = asked.flatMap(({ answer }) => answer === undefined ? [] : [`Author: ${answer}`]);
      const open = asked.filter(({ name, answer }) => answer === undefined && !facts.has(name));
      return {
        model,
        ...form,
        said: [...sentences.flatMap((sentence) => fill(sentence, facts)), ...said],
        texts: texts[form.item] ?? [],
        open: Object.fromEntries(open.map(({ name, question }) => [name, question])),
      };
    })
  );
  const told = models.flatMap(({ facts }) => methodsSentences.flatMap((sentence) => fill(sentence, facts)));
  return checklistOf(items, distinct(told).join(" "));
}

/** Fills a sentence with facts; none where one is unknown. One that is a fact alone is a line for each of its parts. */
function fill(sentence: string, facts: Facts): string[] {
  const names = [...sentence.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name!);
  const cut = (text: string) => shortText(text, longest);
  if (sentence === `{${names[0]}}`) return (facts.get(names[0]!) ?? []).map(cut);
  if (!names.every((name) => facts.has(name))) return [];
  return [cut(sentence.replaceAll(/\{([^}]*)\}/g, (_, name) => facts.get(name)!.join("; ")))];
}

/** What a table says may be of any length. */
const longest = 4000;

type PromptRow = { readonly [column: string]: unknown };

/** The different texts of a message by where it was sent, those that most personas got first. */
function textsOf(prompts: readonly PromptRow[], message: "user" | "system"): FilledItem["texts"] {
  const placeOf = ({ arm, wording, item, step }: PromptRow) =>
    [`arm ${arm}, wording ${wording}`, item && `question ${item}`, step && `step ${step}`].filter(Boolean);
  const places = Map.groupBy(prompts, (row) => message === "system" ? "persona" : placeOf(row).join(", "));
  return [...places].flatMap(([place, own]) => {
    const personasOf = (rows: readonly PromptRow[]) =>
      rows.reduce((sum, row) => sum + Number(row.personas), 0);
    const texts = [...Map.groupBy(own, (row) => String(row[message]))]
      .map(([text, same]) => ({ text, personas: personasOf(same) })).sort((a, b) => b.personas - a.personas);
    return texts.slice(0, mostTexts).map(({ text, personas }, at) => {
      const sent = message === "system" ? "" : `, personas: ${personas}`;
      return { heading: `${place}: text ${at + 1} of ${texts.length}${sent}`, text };
    });
  });
}

/** A part of a checklist's page. */
type Block = readonly [
  kind: "heading" | "title" | "line" | "open" | "optional" | "text",
  said: string,
  more?: string,
];

function blocksOf(item: FilledItem): Block[] {
  const kind = isOptional(item) ? "optional" : "open";
  const isEmpty = item.said.length + item.texts.length + Object.keys(item.open).length === 0;
  return [
    ["title", `${item.item} ${item.title}`],
    ...(isEmpty ? ["nothing to tell"] : item.said).map((line) => ["line", line] as const),
    ...Object.entries(item.open).map(([name, question]) => [kind, question, `author.${name}`] as const),
    ...item.texts.map(({ heading, text }) => ["text", heading, text] as const),
  ];
}

function writeMarkdown([kind, said, more = ""]: Block): string {
  const text = escapeMarkdown(visibleText(said).replace(/\s+/g, " ")).replace(/^[#>+=-]/, "\\$&");
  // A fence must be longer than any in the text.
  const fence = "`".repeat(
    (more.match(/`+/g) ?? []).reduce((most, { length }) => Math.max(most, length + 1), 3),
  );
  return {
    heading: `## ${text}`,
    title: `### ${text}`,
    line: text,
    open: `- [ ] **OPEN** \`${more}\`: ${text}`,
    optional: `- optional, not given: \`${more}\`: ${text}`,
    text: `${text}\n\n${fence}text\n${visibleText(more)}\n${fence}`,
  }[kind];
}

function writeHtml([kind, said, more = ""]: Block): string {
  const text = escapeHtml(visibleText(said));
  return {
    heading: `<h3>${text}</h3>`,
    title: `<div style="margin-top:.9em"><b>${text}</b></div>`,
    line: `<div style="overflow-wrap:anywhere">${text}</div>`,
    open: `<div style="${openStyle}"><b>OPEN</b> <code>${more}</code>: ${text}</div>`,
    optional: `<div style="opacity:.75">optional, not given: <code>${more}</code>: ${text}</div>`,
    text: foldHtml(text, boxHtml(escapeHtml(visibleText(more)))),
  }[kind];
}

const openStyle =
  "border-left:4px solid #d55e00;background:rgba(213,94,0,.12);padding:.2em .6em;margin:.3em 0";

/**
 * Writes a study's checklist to a file: `.md`, `.html` (one self-contained page) or `.json`, by how its name ends.
 *
 * @param path where it goes; a file that is there is replaced
 * @param record as of {@linkcode composeChecklist}, or the checklist that it composed
 * @returns the checklist, when the file is written
 * @throws {RangeError} if the path ends in none of these; nothing is written then
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { writeChecklist } from "@understudy/understudy/report";
 *
 * await assertRejects(() => writeChecklist("checklist.pdf", {} as never), RangeError, "end in .md, .html or .json");
 * ```
 */
export async function writeChecklist(path: string, record: StudyRecord | Checklist): Promise<Checklist> {
  const [, format] = /\.(md|html|json)$/.exec(path) ?? [];
  if (format === undefined) {
    throw new RangeError(cannot("write a checklist", "path", "end in .md, .html or .json", path));
  }
  const checklist = record instanceof View ? record : await composeChecklist(record);
  if (format === "html") {
    const sections = [{ heading: "GUIDE-LLM, and our extension for synthetic experiments", view: checklist }];
    await writeReport(path, { title: "Reporting checklist", sections });
  } else await Deno.writeTextFile(path, format === "md" ? checklist.markdown : checklist.json);
  return checklist;
}
