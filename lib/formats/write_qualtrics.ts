import { cannot } from "../core/errors.ts";
import { escapeHtml } from "../core/format.ts";
import type { Item } from "../core/item.ts";
import { type Table, tableOfRows } from "../core/table.ts";
import type { LikertItem } from "../items/likert.ts";
import { declaredOptions } from "../items/questionnaire.ts";

const forms: { readonly [kind: string]: string } = {
  ...{ choice: "MC:SingleAnswer", likert: "MC:SingleAnswer:Horizontal", yesNo: "MC:SingleAnswer" },
  ...{ multipleChoice: "MC:MultipleAnswer", ranking: "RO", allocation: "CS", percentages: "CS" },
  ...{ text: "TE:Essay", number: "TE:SingleLine" },
};

/**
 * Writes items as a text that Qualtrics imports ("Advanced Format"), so that people can be asked what a model was: a name
 * becomes the column of the data, a point of a scale its value.
 *
 * @param items the items; a text between them becomes a text to read, an empty one a page break
 * @param file the path of the `.txt` file
 * @returns what the format cannot say and is to be set in Qualtrics: `item`, `what`
 * @throws {TypeError} if something is no item
 * @see https://www.qualtrics.com/support/survey-platform/survey-module/survey-tools/import-and-export-surveys/
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { writeQualtrics } from "@understudy/understudy/formats";
 * import { number } from "@understudy/understudy/items";
 *
 * const file = await Deno.makeTempFile({ suffix: ".txt" });
 * const lost = await writeQualtrics([number("age", "How old are you?", { minimum: 18 })], file);
 * assertEquals((await Deno.readTextFile(file)).split("\n").slice(4, 7), [
 *   "[[Question:TE:SingleLine]]", "[[ID:age]]", "How old are you?",
 * ]);
 * assertEquals(lost.array("what"), ["minimum: 18"]);
 * ```
 */
export async function writeQualtrics(items: readonly (Item | string)[], file: string | URL): Promise<Table> {
  const written = items.map((item) => {
    if (typeof item === "string") return item === "" ? "[[PageBreak]]" : `[[Question:DB]]\n${lineOf(item)}`;
    if (!Object.hasOwn(forms, item?.kind)) {
      throw new TypeError(cannot("write a survey for Qualtrics", "items", "be items and texts", item));
    }
    return [`[[Question:${forms[item.kind]}]]`, `[[ID:${item.name}]]`, lineOf(item.text), ...choicesOf(item)]
      .join("\n");
  });
  const whole = ["[[AdvancedFormat]]", "[[Block:Questions]]", ...written].join("\n\n");
  await Deno.writeTextFile(file, `${whole}\n`);
  return tableOfRows(items.flatMap((item) => typeof item === "string" ? [] : lostOf(item)), ["item", "what"]);
}

/** A text on a line of its own that Qualtrics takes neither for HTML nor for a tag. */
function lineOf(text: string): string {
  return text.split("\n").map((line) => escapeHtml(line.trim())).join("<br>").replaceAll("[[", "[&#91;");
}

/** The options of an item, with their values where these are numbers. */
function choicesOf(item: Item): string[] {
  const options = declaredOptions(item);
  const { labels = options } = item as Partial<LikertItem>;
  const values = item.kind === "yesNo" ? ["1", "0"] : item.kind === "likert" ? options : [];
  if (values.length === 0) return options.length === 0 ? [] : ["[[Choices]]", ...options.map(lineOf)];
  const points = values.flatMap((value, at) => [`[[Choice:${value}]]`, lineOf(labels[at] || value)]);
  return ["[[AdvancedChoices]]", ...points];
}

/** Settings of an item for which the format has no word. */
function lostOf(item: Item): object[] {
  const said = ["kind", "name", "text", "options", "texts", "points", "labels", "from"];
  const none = item.kind === "number" ? null : 0;
  const usual: unknown[] = [null, false, none, "fixed", item.options?.length];
  return Object.entries(item).filter(([key, value]) => !said.includes(key) && !usual.includes(value))
    .map(([key, value]) => ({ item: item.name, what: `${key}: ${value}` }));
}
