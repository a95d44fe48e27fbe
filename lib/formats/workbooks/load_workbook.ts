import { cannot } from "../../core/errors.ts";
import { readOptions, rule, type RulesFor } from "../../core/options.ts";
import { loading, type Sheet, sheetFault } from "./sheet_rows.ts";
import { readSheets, writeSheets } from "./sheets.ts";
import type { FacilitatorFunction } from "./module_sheets.ts";
import { readWorkbookV1 } from "./version_1.ts";
import { readWorkbookV2 } from "./version_2.ts";
import type { Workbook } from "./workbook.ts";

/** Options of {@linkcode loadWorkbook}. */
export interface LoadWorkbookOptions {
  /**
   * Of version 2 what facilitators do, by their names: pure functions of the session, which give `s.me` a value in round
   * `s.round`. Without one a facilitator is listed in `notUnderstood`, and a text that needs it cannot be filled.
   * @default {{}}
   */
  functions?: { readonly [facilitator: string]: FacilitatorFunction };
}

const rules = {
  functions: rule<Functions, Functions>((action, name, value) => {
    if (Object.values(Object(value)).every((f) => typeof f === "function")) return;
    throw new TypeError(cannot(action, name, "be functions by the facilitators' names", value));
  }, {}),
} satisfies RulesFor<LoadWorkbookOptions>;

type Functions = NonNullable<LoadWorkbookOptions["functions"]>;

/**
 * Loads an experiment that was written for Talking to Machines: an .xlsx file, or a folder with a CSV file for each sheet.
 *
 * Every cell is checked; formulas and macros are refused and never run. Slots and comparisons of Jinja become texts of the
 * arm and role. Arms are assigned by `assignTreatments`, people to groups by `assignGroups`, unless the workbook does.
 *
 * Unlike there, the highest number of a range may be answered, an empty cell says nothing, and each subject remembers
 * the whole session. What a question's text has in slots is told before it, and the question then is "Your answer:".
 *
 * Of version 2 the groups of each module's rounds are who hears whom, and those who are ever in one are a session.
 *
 * @param path the file or the folder
 * @param options see {@linkcode LoadWorkbookOptions}
 * @returns personas, arms, protocol, questions, groups and the log of adaptations: see {@linkcode Workbook}
 * @throws {RangeError} if a cell is wrong (the message names sheet, row and column), or the file is no sound workbook
 * @see https://github.com/talking-to-machines/talking-to-machines
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadWorkbook } from "@understudy/understudy/formats";
 *
 * const folder = await Deno.makeTempDir();
 * const sheets = {
 *   settings: "settings_label,value\nnum_groups,2\n",
 *   treatment: "treatment_label,value\ncontrol,A quiet day.\nthreat,A border incursion.\n",
 *   role: "role_label,value\nfacilitator,\nsubject,You are a citizen.\n",
 *   constant: "constant_label,value\n",
 *   profile: "ID,age\nID,How old are you?\np1,31\np2,64\n",
 *   prompt: "type,round_order,llm_text,response_name,response_type,response_options\n" +
 *     "context,1,{{ treatment.description }},,,\n" +
 *     "private_question,2,Should the country respond?,respond,category,\"['yes', 'no']\"\n",
 * };
 * for (const [name, text] of Object.entries(sheets)) await Deno.writeTextFile(`${folder}/${name}.csv`, text);
 *
 * const { personas, items, adaptations } = await loadWorkbook(folder);
 * assertEquals([personas.numRows(), items[0]!.kind, adaptations.numRows()], [2, "choice", 2]);
 * ```
 */
export async function loadWorkbook(
  path: string | URL,
  options: LoadWorkbookOptions = {},
): Promise<Workbook> {
  const { functions } = readOptions(loading, options, rules);
  const sheets = await readSheets(path);
  const names = sheets.map(({ name }) => name);
  if (names.includes("settings")) return readWorkbookV1(sheets);
  if (names.includes("Settings")) return readWorkbookV2(sheets, functions);
  throw sheetFault(loading, { sheet: "settings" }, "be there, or of version 2 Settings", names);
}

/**
 * Writes a workbook: cell for cell what {@linkcode loadWorkbook} read.
 *
 * @param workbook what was loaded, or anything else with `sheets`: for each its name, and its rows of cells
 * @param path the file, where it ends in `.xlsx`, or a folder for CSV files
 * @throws {RangeError} if a sheet's name is none that a spreadsheet and a file can have, or a cell is no text of at most
 * 32767 characters, no number, and not true or false
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { writeWorkbook } from "@understudy/understudy/formats";
 *
 * const folder = await Deno.makeTempDir();
 * await writeWorkbook({ sheets: [{ name: "constant", rows: [["constant_label", "value"], ["pie", 10]] }] }, folder);
 * assertEquals(await Deno.readTextFile(`${folder}/constant.csv`), "constant_label,value\npie,10\n");
 * ```
 */
export async function writeWorkbook(
  workbook: { readonly sheets: readonly Sheet[] },
  path: string | URL,
): Promise<void> {
  await writeSheets(workbook.sheets, path);
}
