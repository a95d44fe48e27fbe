import { checkColumns } from "../core/checks.ts";
import { cannot } from "../core/errors.ts";
import { columnOf, type Table } from "../core/table.ts";
import { type CodebookEntry, qualtricsIds } from "./human.ts";

/** Who somebody is and where: not for a table that will be shared. */
const personal = /^(ipAddress|recipient(LastName|FirstName|Email)|location(Latitude|Longitude))$/;

/**
 * Makes the codebook of a CSV export from Qualtrics with its three header rows, for {@linkcode loadHuman}: questions with
 * texts, -99 as no answer. Names, addresses and places are left out; unfinished responses and previews stay, told
 * by `Finished` and `Status`. Say which question is which: `[...codebook, { column: "Q3", name: "support" }]`.
 *
 * @param file the export, as `loadTable` reads it
 * @returns one entry for each column, with a `note` where there is something to look at
 * @throws {RangeError} if there is no row of ImportIds
 * @see https://www.qualtrics.com/support/survey-platform/data-and-analysis-module/data/download-data/understanding-your-dataset/
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableOf } from "@understudy/understudy/core";
 * import { qualtricsCodebook } from "@understudy/understudy/formats";
 *
 * const Q1 = ["Do you support it?", '{"ImportId":"QID1"}', "5"];
 * assertEquals(qualtricsCodebook(tableOf({ Q1 })), [{ column: "Q1", name: "Q1", text: Q1[0]!, missing: [-99] }]);
 * ```
 */
export function qualtricsCodebook(file: Table): CodebookEntry[] {
  const action = "make a codebook of Qualtrics";
  checkColumns(action, file, [], "file");
  const ids = qualtricsIds(file);
  const rule = "have ImportIds in its third row";
  if (ids === undefined) throw new RangeError(cannot(action, "file", rule, file.columnNames()));
  const names = [...ids.keys()].map((column) => column.replace(/\W+/g, "_").replace(/^(?=\d)/, "_"));
  return [...ids].map(([column, id], at): CodebookEntry => {
    const name = names.indexOf(names[at]!) === at ? names[at]! : column;
    if (id === "_recordId") return { column, name: "persona_id" };
    if (personal.test(id)) return { column, name: null, note: "left out: it tells who a person is" };
    if (id === "") return { column, name, note: "without an ImportId: it stays as it is" };
    if (!/^QID\d/.test(id)) return { column, name };
    if (/_DO(_|$)/.test(id)) return { column, name, note: "the order in which options were shown" };
    return { column, name, text: String(columnOf(file, column)[0] ?? ""), missing: [-99] };
  });
}

/**
 * Makes the codebook of a file of OpinionQA (Pew's American Trends Panel), for {@linkcode loadHuman}: texts, options,
 * refusals as no answer, `QKEY` as the person, `WEIGHT_W…` as the weight; codes or labels, as the file has them.
 *
 * @param responses `responses.csv` of a wave, as `loadTable` reads it
 * @param info its `info.csv`: `key`, `question`, `option_mapping`
 * @returns one entry for each column that is known, with a `note` where its options cannot be read
 * @throws {RangeError} if a column is missing
 * @see Santurkar et al. 2023, Whose opinions do language models reflect?; https://github.com/tatsu-lab/opinions_qa
 */
export function opinionQaCodebook(responses: Table, info: Table): CodebookEntry[] {
  const action = "make a codebook of OpinionQA";
  checkColumns(action, responses, [], "responses");
  checkColumns(action, info, ["key", "question", "option_mapping"], "info");
  const weights = responses.columnNames().filter((name) => /^WEIGHT_W\d+$/.test(name));
  const questions = (info.objects() as { [field: string]: unknown }[]).map((row): Question => {
    // A dictionary as Python writes one; a text that is not closed runs to the end.
    const parts = String(row.option_mapping ?? "").matchAll(
      /(-?\d{1,9}(?:\.\d{1,9})?): (?:'((?:[^'\\]|\\.)*)(?:'|$)|"((?:[^"\\]|\\.)*)(?:"|$))/gs,
    );
    const read = (text = "") => text.replace(/\\(.)/gs, "$1");
    const labels = [...parts].map(([, code, one, two]) => [code!, read(one ?? two)] as const);
    const entry = { column: String(row.key), text: String(row.question ?? "") };
    return labels.length > 0 ? { ...entry, labels } : { ...entry, note: "its options cannot be read" };
  });
  const own = weights.map((column) => ({ column, name: "weight" }));
  return codebookOf(responses, [{ column: "QKEY", name: "persona_id" }, ...own, ...questions]);
}

/** A question of a documented layout, with the labels of its codes. */
type Question = CodebookEntry & { readonly labels?: readonly (readonly [code: string, label: string])[] };

/** Entries for the columns that a file has; where its answers are labels, these are the codes. */
function codebookOf(file: Table, questions: readonly Question[]): CodebookEntry[] {
  const present = file.columnNames();
  const own = questions.filter(({ column }) => present.includes(column));
  const isLabelled = own.some(({ column, labels = [] }) => {
    const words = labels.map(([, label]) => label).filter((label) => Number.isNaN(Number(label)));
    return columnOf(file, column).some((cell) => words.includes(cell as string));
  });
  const valueOf = (label: string) => /^refused$/i.test(label) ? null : label;
  return own.map(({ labels = [], ...entry }) => {
    const coded = labels.map(([code, label]) => [isLabelled ? label : code, valueOf(label)] as const);
    return coded.length === 0 ? entry : { ...entry, codes: Object.fromEntries(coded) };
  });
}

/**
 * Makes the codebook of a file of Twin-2K-500, for {@linkcode loadHuman}: `pid` as the person, each question's text with its
 * row, options by position or label, as the file has them. Load another wave's file for the retest.
 *
 * @param responses `wave1_3_response.csv`, `wave4_response.csv` or those of labels, as `loadTable` reads them
 * @param catalog `question_catalog.json`, as `loadTable` reads it
 * @returns one entry for each column that is known, with a `note` where there is something to look at
 * @throws {RangeError} if a column is missing
 * @see Toubia et al. 2025, Twin-2K-500; https://huggingface.co/datasets/LLM-Digital-Twin/Twin-2K-500
 */
export function twin2kCodebook(responses: Table, catalog: Table): CodebookEntry[] {
  const action = "make a codebook of Twin-2K-500";
  checkColumns(action, responses, ["pid"], "responses");
  checkColumns(action, catalog, ["QuestionText", "QuestionType", "csv_columns"], "catalog");
  const list = (value: unknown): string[] => Array.isArray(value) ? value.map(String) : [];
  const questions = (catalog.objects() as { [field: string]: unknown }[]).flatMap((row): Question[] => {
    const columns = list(row.csv_columns);
    const scale = list(row.QuestionType === "MC" ? row.Options : row.Columns);
    // Of several answers each option is a column.
    const several = row.QuestionType === "MC" && columns.length > 1;
    const parts = several ? scale : [...list(row.Rows), ...list(row.Statements)];
    return columns.map((column, at) => {
      const part = columns.length > 1 ? parts[at] ?? "" : "";
      const entry = { column, text: `${row.QuestionText ?? ""} ${part}`.trim() };
      const isOdd = columns.length > 1 && parts.length !== columns.length;
      if (isOdd) return { ...entry, note: `${columns.length} columns for ${parts.length} rows` };
      // Of two payments the columns are 1 and 2, also as labels, and the row names both.
      const [left, right] = scale.join() === "1,2" ? part.split(":") : [];
      if (right !== undefined) return { ...entry, codes: { 1: left!, 2: right } };
      const labels = (several ? [part] : scale).map((label, place) => [String(place + 1), label] as const);
      const note = "the price in its text is one person's";
      return { ...entry, labels, ...(/priced at:\s*\$/.test(entry.text) ? { note } : {}) };
    });
  });
  return codebookOf(responses, [{ column: "pid", name: "persona_id" }, ...questions]);
}
